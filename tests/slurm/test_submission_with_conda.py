"""Both at once: jobs of a cluster, each in the environment of its rule."""

import shutil

import pytest
from submissions import on_cluster, submit
from workflow_runs import STUDY, products

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(cluster, conda, checkout_of_conda, finished, tmp_path_factory):
    """The coordinates of the tiny study's encoder, made on the cluster. Not to be written to."""
    path = f"{conda.root / 'bin'}:{cluster.environment['PATH']}"
    place = on_cluster(cluster, tmp_path_factory.mktemp("both") / "study", checkout_of_conda, PATH=path)
    for part in ("data", "models"):
        shutil.copytree(finished.folder / part, place.folder / part)
    place.write(STUDY | {"models": {"encoder": STUDY["models"]["encoder"]}})
    done = submit(place, "coordinates", *conda.options)
    assert done.returncode == 0, done.stdout[-20_000:]
    return place


def test_every_job_of_the_cluster_ran_in_the_environment_of_its_rule(place, conda):
    told = {job["rule"]: job for job in conda.jobs()}
    environments = {"read_corpus": "analysis", "extract_activations": "model", "reduce_layers": "analysis"}
    assert {rule: job["prefix"] for rule, job in told.items()} == {
        rule: str(conda.environment(place.checkout / "envs" / f"{name}.yaml")) for rule, name in environments.items()
    }


def test_they_make_the_files_of_a_local_run_without_conda(place, finished):
    here, there = products(place.results), products(finished.results)
    made = [name for name in here if name.startswith(("corpora/", "activations/", "coordinates/"))]
    assert len(made) == 5
    assert [name for name in made if here[name] != there[name]] == []
