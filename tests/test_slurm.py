"""What is told of a cluster before any job, with programs of a made-up SLURM; tests/slurm has a real one."""

import os

import pytest

from nrag import slurm

PARTITIONS = "{cpu: {max_runtime: 60}, gpu: {max_gpu: 2}, far: {cluster: other}}"


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
    install("sinfo", "printf 'cpu\\ngpu\\n'")
    install("scontrol", "echo 'AccountingStorageType = accounting_storage/none'")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return install


def asking(gpus, megabytes=0):
    return {"the job": slurm.Asked(gpus, megabytes)}


def problems(tmp_path, *, described=PARTITIONS, **changes):
    file = tmp_path / "partitions.yaml"
    file.write_text(f"partitions: {described}")
    given = {"partition_file": file, "partitions": (), "status_command": "squeue"} | changes
    return slurm.problems(**given)


def test_a_cluster_that_has_what_is_named_has_no_problem(cluster, tmp_path):
    assert problems(tmp_path, partitions={"cpu,gpu"}, asked=asking(2)) == []
    assert problems(tmp_path, partition_file=None, asked=asking(8, 10**9)) == []


def test_a_partition_that_is_not_there_is_named_with_those_that_are(cluster, tmp_path):
    (line,) = problems(tmp_path, partitions={"cpu,long"})
    assert line == "resource slurm_partition: the cluster has no partition 'long', only cpu, gpu"
    (line,) = problems(tmp_path, described="{long: {}}")
    assert line == f"{tmp_path / 'partitions.yaml'}: the cluster has no partition 'long', only cpu, gpu"


def test_an_expression_is_no_name_of_a_partition(cluster, tmp_path):
    assert problems(tmp_path, partitions={"'long' if attempt > 1 else 'cpu'"}) == []


def test_gpus_that_no_partition_of_the_file_takes_are_a_problem(cluster, tmp_path):
    """As in a file that was made by asking a cluster which keeps no account of its GPUs."""
    (line,) = problems(tmp_path, described="{cpu: {max_threads: 8}, gpu: {max_threads: 8}}", asked=asking(1))
    assert "partitions.yaml: the job asks for 1 GPU, and no partition has so large a max_gpu: add it" in line
    assert problems(tmp_path, described="{gpu: {max_gpu: 1}}", asked=asking(2)) != []
    assert problems(tmp_path, described="{gpu: {max_threads: 8}}", asked=asking(0)) == []
    # The resource decides, and the file is not asked.
    assert problems(tmp_path, described="{gpu: {max_threads: 8}}", asked=asking(1), partitions={"gpu"}) == []


def test_memory_that_no_partition_has_is_a_problem_and_says_how_to_ask_for_less(cluster, tmp_path):
    described = "{cpu: {max_mem_mb: 900}, gpu: {max_gpu: 2, max_mem_mb: 500}}"
    assert problems(tmp_path, described=described, asked=asking(0, 900)) == []
    (line,) = problems(tmp_path, described=described, asked=asking(0, 901))
    assert "the job asks for at least 901 MB, and max_mem_mb of the largest partition is 900: mend it" in line
    (line,) = problems(tmp_path, described=described, asked=asking(1, 1234))
    assert "asks for at least 1,234 MB, and max_mem_mb of the largest partition with so many GPUs is 500" in line
    # A limit left out is none.
    assert problems(tmp_path, described="{cpu: {}}", asked=asking(0, 10**9)) == []
    assert problems(tmp_path, described="{far: {cluster: other}, cpu: {max_mem_mb: 1}}", asked=asking(0, 2)) != []


LIMITS = ["max_runtime", "max_mem_mb", "max_threads", "max_gpu", "available_gpu_models"]


@pytest.mark.parametrize(
    ("described", "told"),
    [
        ("{cpu: {max_mem: 9}}", "partition 'cpu': unknown limit 'max_mem', did you mean 'max_mem_mb'?"),
        ("{cpu: {colour: red}}", f"partition 'cpu': unknown limit 'colour', known are {', '.join(sorted(LIMITS))}"),
        ("{cpu: }", "partition 'cpu': expected limits, as in {max_runtime: 60}, or {} for none; found nothing"),
        ("{cpu: 3}", "partition 'cpu': expected limits, as in {max_runtime: 60}, or {} for none; found 3"),
        ("{12: {}}", "partition 12: write its name in quotes"),
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


def test_sacct_knows_nothing_where_no_accounting_is_kept(cluster, tmp_path):
    (line,) = problems(tmp_path, status_command="sacct")
    assert "slurm-status-command: squeue" in line
    cluster("scontrol", "echo 'AccountingStorageType = accounting_storage/slurmdbd'")
    assert problems(tmp_path, status_command="sacct") == []


def test_what_slurm_says_instead_of_an_answer_is_told(cluster, tmp_path):
    cluster("sinfo", "echo 'sinfo: error: Unable to contact slurm controller' >&2; exit 1")
    assert problems(tmp_path) == ["SLURM does not answer: sinfo: error: Unable to contact slurm controller"]


def test_a_program_that_says_nothing_is_not_waited_for(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(slurm, "PATIENCE", 0.2)
    cluster("sinfo", "exec /bin/sleep 5")
    assert problems(tmp_path) == ["SLURM does not answer: sinfo said nothing for 0.2 s"]


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


def test_a_queue_that_does_not_answer_is_told_and_stops_nothing(cluster, tmp_path, caplog):
    cluster("squeue", "exit 1")
    assert slurm.at_work(tmp_path) == []
    assert "whether jobs of an earlier run are at work here is not known" in caplog.text
