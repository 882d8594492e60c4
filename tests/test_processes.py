"""How tests are divided among processes: by files, whose tests share what takes long to make."""

import pytest

pytest.importorskip("xdist")

from processes import WholeFiles


class Config:
    """As much of pytest's as a scheduler reads."""

    def getvalue(self, name):
        return {"tx": ["popen", "popen"], "maxschedchunk": None}.get(name)


def test_a_file_is_one_process_and_so_is_the_cluster():
    shared = WholeFiles(Config())._split_scope
    one, other = "tests/test_figures.py::test_a", "tests/test_figures.py::test_b[x@y::z]"
    assert shared(one) == shared(other) != shared("tests/test_page.py::test_a")
    # There is one cluster.
    assert shared("tests/slurm/test_submission.py::a") == shared("tests/slurm/test_fetching.py::b")
    assert shared("tests/conda/test_conda.py::a") != shared("tests/slurm/test_fetching.py::b")
