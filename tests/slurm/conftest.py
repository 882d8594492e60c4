"""One cluster for all tests of this folder, and the tiny study as it was submitted to it."""

import pytest
from submissions import submit_through_trouble
from toy_cluster import MissingError, ToyCluster, install


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A running SLURM; without it the tests are skipped, with the reason."""
    try:
        install()
        started = ToyCluster(tmp_path_factory.mktemp("slurm")).start()
    except MissingError as error:
        pytest.skip(f"no SLURM here: {error}")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def submitted(cluster, finished, tmp_path_factory):
    """The study of `finished`, run on the cluster with everything in its way that may happen there."""
    return submit_through_trouble(cluster, finished, tmp_path_factory.mktemp("submitted"))
