"""Models of the hub on the cluster: fetched where the workflow was started, read by jobs that ask nobody."""

import contextlib
import shutil

import pytest
from small_hub import Hub
from submissions import on_cluster, submit
from workflow_runs import STUDY, jobs, write_data

from nrag import store

pytestmark = pytest.mark.slow


def test_a_model_of_the_hub_is_fetched_without_a_job_and_extracted_by_one(cluster, tmp_path, checkout, tiny_bert):
    before = {job.number for job in cluster.jobs()}
    with contextlib.closing(Hub()) as served:
        commit = served.push("org/far", shutil.copytree(tiny_bert, tmp_path / "model"))
        hub = {"HF_HOME": str(tmp_path / "home"), "HF_ENDPOINT": served.url, "HF_HUB_OFFLINE": "0"}
        place = on_cluster(cluster, tmp_path / "study", checkout, **hub)
        write_data(place.folder)
        place.write(STUDY | {"models": {"far": {"id": "org/far"}}})
        done = submit(place, "activations")
        assert done.returncode == 0, done.stdout[-20_000:]
        assert jobs(done.stdout) == {"fetch_model": 1, "read_corpus": 1, "extract_activations": 1}
    assert {job.rule for job in cluster.jobs() if job.number not in before} == {"read_corpus", "extract_activations"}
    attributes = store.read_attributes(place.results / "activations" / "far" / "words.h5")
    assert attributes["revision"] == commit
