"""What is told of a cluster before any job, with programs of a made-up SLURM; tests/slurm has a real one."""

import math
import os
from pathlib import Path

import pytest

from nrag import slurm

NONE = {"max_gpu": 0, "max_mem_mb": math.inf, "max_runtime": math.inf}
PARTITIONS = {"cpu": NONE | {"max_runtime": 60}, "gpu": NONE | {"max_gpu": 2}}
FILE = Path("partitions.yaml")
SCONTROL = """case "$*" in *partition*) cat <<END
PartitionName=cpu AllowGroups=ALL TotalNodes={nodes} TRES=cpu=8,mem=9000M
PartitionName=gpu AllowGroups=ALL TotalNodes={nodes}
PartitionName=off TotalNodes=7
END
;; *) echo 'AccountingStorageType   = {kept}'
esac"""


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """A cluster with the partitions cpu and gpu whose programs answer as the test says."""
    (tmp_path / "bin").mkdir()

    def install(name, script):
        file = tmp_path / "bin" / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    for program in slurm.PROGRAMS:
        install(program, "")
    install("sinfo", "printf 'cpu|(null)|9000\\ngpu|gpu:a100:2(S:0-1),craynetwork:4|5000+\\n'")
    install("scontrol", SCONTROL.format(kept="accounting_storage/none", nodes=1))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return install


def asking(gpus=0, megabytes=0, minutes=0):
    return {"the job": slurm.Asked(gpus, megabytes, minutes, "ask for less")}


def problems(**changes):
    given = {"partition_file": FILE, "described": PARTITIONS, "partitions": (), "status_command": "squeue", "asked": {}}
    return slurm.problems(**given | changes)


def test_a_cluster_that_has_what_is_named_has_no_problem(cluster):
    assert problems(partitions={"cpu,gpu"}) == []
    assert problems(asked=asking(gpus=2, megabytes=5000, minutes=9000)) == []
    assert problems(asked=asking(megabytes=9000, minutes=60)) == []


def test_where_no_file_describes_partitions_or_the_resource_names_one_no_size_is_judged(cluster):
    much = asking(gpus=9, megabytes=10**9, minutes=10**9)
    assert problems(partition_file=None, described={}, asked=much) == []
    assert problems(partitions={"gpu"}, asked=much) == []
    assert problems(asked=much) != []


def test_a_partition_that_is_not_there_is_named_with_those_that_are(cluster):
    (line,) = problems(partitions={"cpu,long"})
    assert line == "resource slurm_partition: the cluster has no partition 'long', only cpu, gpu, off"
    (line,) = problems(described={"long": NONE})
    assert line == "partitions.yaml: the cluster has no partition 'long', only cpu, gpu, off"


def test_a_partition_in_quotes_is_a_name(cluster):
    assert problems(partitions={"'gpu'"}) == []
    assert "no partition 'gpux'" in problems(partitions={'"gpux"'})[0]


def test_an_expression_is_no_name_of_a_partition(cluster):
    assert problems(partitions={"'long' if attempt > 1 else 'cpu'"}) == []


def test_gpus_that_no_partition_of_the_file_takes_are_a_problem(cluster):
    """As in a file that was made by asking a cluster which keeps no account of its GPUs."""
    (line,) = problems(described={"cpu": NONE, "gpu": NONE}, asked=asking(gpus=1))
    assert "partitions.yaml: the job asks for 1 GPU, and no partition has so large a max_gpu: add it" in line
    (line,) = problems(asked=asking(gpus=3))
    assert "asks for 3 GPUs, and no partition has so large a max_gpu" in line


def test_memory_and_time_that_no_partition_allows_are_a_problem_and_what_to_do_is_told(cluster):
    limited = {"cpu": NONE | {"max_mem_mb": 900}, "gpu": {"max_gpu": 2, "max_mem_mb": 500, "max_runtime": 60}}
    assert problems(described=limited, asked=asking(megabytes=900, minutes=9000)) == []
    (line,) = problems(described=limited, asked=asking(megabytes=901))
    assert line.startswith("partitions.yaml: the job asks for at least 901 MB, and no partition allows so")
    assert line.endswith("mend it, or ask for less")
    (line,) = problems(described=limited, asked=asking(gpus=1, megabytes=400, minutes=61))
    assert "asks for at least 1 GPU, 400 MB, 61 minutes, and no partition allows so much" in line
    assert "(max_mem_mb, max_runtime; gpu: 500 MB, 60 minutes)" in line


def test_limits_larger_than_every_node_of_a_partition_are_a_problem(cluster):
    described = {"cpu": NONE, "gpu": NONE | {"max_gpu": 8}}
    assert problems(described=described, asked=asking(gpus=2)) == []
    (line,) = problems(described=described, asked=asking(gpus=3, megabytes=7))
    assert "asks for at least 3 GPUs, 7 MB, and no node of gpu has so much (sinfo: 2 GPUs and 5,000 MB)" in line
    assert "asks for at least 3 GPUs, and no node" in problems(described=described, asked=asking(gpus=3))[0]
    # The one has the memory, the other the GPUs.
    assert problems(described=described, asked=asking(gpus=1, megabytes=9000)) != []


def test_one_node_that_is_large_enough_will_do(cluster):
    cluster("sinfo", "printf 'cpu|(null)|100\\ncpu|(null)|9000\\ngpu|gpu:1|9000\\ngpu|gpu:2|1000\\n'")
    cluster("scontrol", SCONTROL.format(kept="", nodes=2))
    described = {"cpu": NONE, "gpu": NONE | {"max_gpu": 8}}
    assert problems(described=described, asked=asking(megabytes=9000)) == []
    assert problems(described=described, asked=asking(gpus=2, megabytes=1000)) == []
    assert problems(described=described, asked=asking(gpus=2, megabytes=9000)) != []


def test_one_partition_with_such_a_node_will_do_whatever_the_others_allow(cluster):
    cluster("sinfo", "printf 'cpu|(null)|9000\\ngpu|gpu:2|5000\\n'")
    described = {"cpu": NONE | {"max_gpu": 8}, "gpu": NONE | {"max_gpu": 4}, "off": NONE}
    assert problems(described=described, asked=asking(gpus=2)) == []
    assert problems(described={"cpu": NONE, "gpu": NONE}, asked=asking(megabytes=9000)) == []
    # Of the third nothing is known.
    assert problems(described=described, asked=asking(megabytes=9001)) == []
    assert problems(described={"cpu": NONE, "gpu": NONE}, asked=asking(megabytes=9001)) != []


def test_nodes_that_are_switched_off_and_not_shown_are_not_judged(cluster):
    assert problems(described={"off": NONE | {"max_gpu": 8}}, asked=asking(gpus=8, megabytes=10**6)) == []
    cluster("scontrol", SCONTROL.format(kept="", nodes=2))
    assert problems(described={"cpu": NONE}, asked=asking(megabytes=10**6)) == []


def test_how_a_user_likes_lists_of_jobs_and_nodes_changes_nothing(cluster, monkeypatch):
    monkeypatch.setenv("SINFO_PARTITION", "cpu")
    monkeypatch.setenv("SQUEUE_PARTITION", "cpu")
    cluster("sinfo", 'test -z "$SINFO_PARTITION" && printf "CLUSTER: x\\ncpu|(null)|9\\ngpu|gpu:2|9\\n"')
    cluster("squeue", 'test -z "$SQUEUE_PARTITION" && echo "7|rule_all|/here"')
    assert problems(asked=asking(gpus=1)) == []
    assert slurm.at_work(Path("/here")) == ["7"]


@pytest.mark.parametrize(
    ("shown", "gpus"),
    [("gpu:4", 4), ("gpu:a:1,gpu:b:2", 3), ("gpu:1g.5gb:7(S:0)", 7), ("gpu:a:no_consume:2", 2), ("mps:9", 0)],
)
def test_gpus_of_nodes_are_read_however_they_are_written(shown, gpus, cluster):
    cluster("sinfo", f"echo 'gpu|{shown}|100'")
    described = {"gpu": NONE | {"max_gpu": 99}}
    assert problems(described=described, asked=asking(gpus=gpus)) == []
    assert problems(described=described, asked=asking(gpus=gpus + 1)) != []


LIMITS = ["max_runtime", "max_mem_mb", "max_threads", "max_gpu", "available_gpu_models"]


@pytest.mark.parametrize(
    ("described", "told"),
    [
        ("{cpu: {max_mem: 9}}", "partition 'cpu': unknown limit 'max_mem', did you mean 'max_mem_mb'?"),
        ("{cpu: {colour: red}}", f"partition 'cpu': unknown limit 'colour', known are {', '.join(sorted(LIMITS))}"),
        ("{cpu: }", "partition 'cpu': expected limits, as in {max_runtime: 60}, or {} for none; found nothing"),
        ("{cpu: 3}", "partition 'cpu': expected limits, as in {max_runtime: 60}, or {} for none; found 3"),
        ("{12: {}}", "partition 12: a partition needs a name, in quotes if it is a number"),
        ("{' ': {}}", "partition ' ': a partition needs a name, in quotes if it is a number"),
        ("{cpu: {max_runtime: }}", "partition 'cpu': max_runtime: expected a number, found None"),
        ("{cpu: {cluster: a, clusters: b}}", "partition 'cpu': cluster and clusters mean the same: keep one"),
        ("{cpu: {max_mem_mb: 9 GB}}", "partition 'cpu': max_mem_mb: expected a number, found '9 GB'"),
        ("{cpu: {max_gpu: true}}", "partition 'cpu': max_gpu: expected a number, found True"),
    ],
)
def test_what_the_executor_could_not_read_is_told(described, told, tmp_path):
    file = tmp_path / "partitions.yaml"
    file.write_text(f"partitions: {described}")
    assert slurm.misread(file, LIMITS) == [f"{file}: {told}"]


@pytest.mark.parametrize(
    "text", ["partitions: {cpu: {max_runtime: 1-00:00:00, max_mem_mb: 9.5}, far: {cluster: x}, any: {}}", "{", "", "3"]
)
def test_what_it_can_read_and_what_it_tells_itself_is_not_told(text, tmp_path):
    file = tmp_path / "partitions.yaml"
    file.write_text(text)
    assert slurm.misread(file, LIMITS) == []
    assert slurm.misread(tmp_path / "absent.yaml", LIMITS) == []


def test_sacct_knows_nothing_where_no_accounting_is_kept(cluster):
    (line,) = problems(status_command="sacct")
    assert "slurm-status-command: squeue" in line
    cluster("scontrol", SCONTROL.format(kept="(null)", nodes=1))
    assert problems(status_command="sacct") != []
    cluster("scontrol", SCONTROL.format(kept="accounting_storage/slurmdbd", nodes=1))
    assert problems(status_command="sacct") == []


def test_what_slurm_says_instead_of_an_answer_is_told(cluster, tmp_path):
    cluster("sinfo", "echo 'sinfo: error: Unable to contact slurm controller' >&2; exit 1")
    (line,) = problems()
    assert line.startswith(
        "SLURM does not answer: sinfo: error: Unable to contact slurm controller; is this a login node"
    )


def test_a_program_that_says_nothing_is_not_waited_for(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(slurm, "PATIENCE", 0.2)
    cluster("sinfo", "exec /bin/sleep 5")
    (line,) = problems()
    assert line.startswith("SLURM does not answer: sinfo said nothing for 0.2 s; ")


def test_jobs_at_work_are_those_of_snakemake_in_this_folder_alone(cluster, tmp_path, monkeypatch):
    here = tmp_path / "a|b"
    monkeypatch.setenv("LOGNAME", "somebody else")
    cluster(
        "squeue",
        f'test "$*" = "--noheader --user={os.getuid()} --format=%i|%k|%Z" && cat <<END\n'
        f"1|rule_read_corpus_wildcards_words|{here}\n"
        f"2|rule_read_corpus_wildcards_words|{tmp_path}\n"
        f"3|(null)|{here}\n"
        f"4_[1-3]|rule_graph_bin_regions|{here}\nEND",
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert slurm.at_work(here) == ["1", "4_[1-3]"]


def test_without_slurm_no_job_is_at_work(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert slurm.at_work(tmp_path) == []


def test_a_queue_that_does_not_answer_stops_nothing_and_is_told_where_jobs_were_submitted(cluster, tmp_path, caplog):
    cluster("squeue", "exit 1")
    assert slurm.at_work(tmp_path) == []
    assert caplog.text == ""
    (tmp_path / slurm.LOGS).mkdir(parents=True)
    assert slurm.at_work(tmp_path) == []
    assert "whether jobs of an earlier run are at work here is not known" in caplog.text
