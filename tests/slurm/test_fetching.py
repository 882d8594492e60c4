"""A model of the hub on the cluster: fetched where the workflow was started, read by jobs that ask nobody.

It is run twice: with `device: cuda`, on nodes whose GPUs are none, and then on the CPU, when the hub is gone.
"""

import contextlib
import shutil

import pytest
from small_hub import Hub
from submissions import on_cluster, submit
from workflow_runs import STUDY, jobs, write_data

from nrag import store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(cluster, tmp_path_factory, checkout, tiny_bert):
    """The place, the commit, and for each device what its run printed and which jobs it submitted."""
    folder = tmp_path_factory.mktemp("hub")
    submitted, printed = {}, {}
    with contextlib.closing(Hub()) as served:
        commit = served.push("org/far", shutil.copytree(tiny_bert, folder / "model"))
        hub = {"HF_HOME": str(folder / "home"), "HF_ENDPOINT": served.url, "HF_HUB_OFFLINE": "0"}
        place = on_cluster(cluster, folder / "study", checkout, **hub)
        write_data(place.folder)
        place.write(STUDY | {"models": {"far": {"id": "org/far"}}})
        printed["unfetched"] = submit(place, "check", overrides=["device=cpu"])
        before = [job.number for job in cluster.jobs()]
        printed["cuda"] = submit(place, "activations", "--retries", "0", overrides=["device=cuda"])
        submitted["cuda"] = [job for job in cluster.jobs() if job.number not in before]
    before = [job.number for job in cluster.jobs()]
    printed["cpu"] = submit(place, "activations", overrides=["device=cpu"])
    submitted["cpu"] = [job for job in cluster.jobs() if job.number not in before]
    return place, commit, printed, submitted


def test_a_model_of_the_hub_is_fetched_without_a_job_of_the_cluster(runs):
    _, _, printed, submitted = runs
    assert jobs(printed["cuda"].stdout) == {"fetch_model": 1, "read_corpus": 1, "extract_activations": 1}
    assert [job.rule for job in submitted["cuda"]] == ["read_corpus", "extract_activations"]


def test_a_model_of_which_nothing_is_known_yet_is_not_taken_for_one_that_is_too_large(runs):
    """Its job asks for the memory of an assumed one only until it is fetched, 28 GB; the node has 16."""
    _, _, printed, _ = runs
    assert printed["unfetched"].returncode == 0, printed["unfetched"].stdout


def test_a_job_that_finds_no_gpu_under_cuda_fails_and_its_log_is_shown(runs):
    _, _, printed, submitted = runs
    assert printed["cuda"].returncode != 0
    assert "device: cuda, but torch finds 0 GPUs here and needs 1" in printed["cuda"].stdout
    assert "results/logs/extract_activations/far--words.log" in printed["cuda"].stdout
    job = submitted["cuda"][-1]
    assert (job.partition, job.gpus, job.state) == ("gpu", 1, "FAILED")


def test_under_cpu_the_same_job_lands_elsewhere_and_reads_the_recorded_commit_without_a_network(runs):
    place, commit, printed, submitted = runs
    assert printed["cpu"].returncode == 0, printed["cpu"].stdout[-20_000:]
    (job,) = submitted["cpu"]
    assert (job.rule, job.partition, job.gpus, job.state) == ("extract_activations", "cpu", 0, "COMPLETED")
    attributes = store.read_attributes(place.results / "activations" / "far" / "words.h5")
    assert attributes["revision"] == commit
