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


def problems(tmp_path, *, described=PARTITIONS, **changes):
    file = tmp_path / "partitions.yaml"
    file.write_text(f"partitions: {described}")
    given = {"partition_file": file, "partitions": (), "status_command": "squeue"} | changes
    return slurm.problems(**given)


def test_a_cluster_that_has_what_is_named_has_no_problem(cluster, tmp_path):
    assert problems(tmp_path, partitions={"cpu,gpu"}, gpus=2) == []
    assert problems(tmp_path, partition_file=None, gpus=8) == []


def test_a_partition_that_is_not_there_is_named_with_those_that_are(cluster, tmp_path):
    (line,) = problems(tmp_path, partitions={"cpu,long"})
    assert line == "resource slurm_partition: the cluster has no partition 'long', only cpu, gpu"
    (line,) = problems(tmp_path, described="{long: {}}")
    assert line == f"{tmp_path / 'partitions.yaml'}: the cluster has no partition 'long', only cpu, gpu"


def test_an_expression_is_no_name_of_a_partition(cluster, tmp_path):
    assert problems(tmp_path, partitions={"'long' if attempt > 1 else 'cpu'"}) == []


def test_gpus_that_no_partition_of_the_file_takes_are_a_problem(cluster, tmp_path):
    """As in a file that was made by asking a cluster which keeps no account of its GPUs."""
    (line,) = problems(tmp_path, described="{cpu: {max_threads: 8}, gpu: {max_threads: 8}}", gpus=1)
    assert "a job asks for 1 GPU, and no partition has so large a max_gpu: add it" in line
    assert problems(tmp_path, described="{gpu: {max_gpu: 1}}", gpus=2) != []
    assert problems(tmp_path, described="{gpu: {max_threads: 8}}", gpus=0) == []
    # The resource decides, and the file is not asked.
    assert problems(tmp_path, described="{gpu: {max_threads: 8}}", gpus=1, partitions={"gpu"}) == []


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
    assert "whether jobs of an earlier run are still at work here is not known" in caplog.text
