"""What the tests share."""

import os
import sys
from pathlib import Path

import pytest

import nrag  # noqa: F401 - before any test imports NumPy: one thread

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent / "conda"))
os.environ["HF_HUB_OFFLINE"] = "1"

from workflow_runs import checkout, finished, unfinished  # noqa: F401 - fixtures of test_workflow*.py


def pytest_addoption(parser):
    parser.addoption("--write-architectures", action="store_true", help="write docs/architectures.md from its test")


def pytest_collection_modifyitems(items):
    """What takes longest first, so that no process is left alone with it."""
    longest = ("tests/slurm/", "tests/conda/", "tests/test_workflow", "")
    items.sort(key=lambda item: next(rank for rank, start in enumerate(longest) if item.nodeid.startswith(start)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Of several processes (`make test`) each gets whole files."""
    from processes import WholeFiles

    return WholeFiles(config, log)


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory):
    from tiny import write_model

    return write_model(tmp_path_factory.mktemp("models") / "bert", "bert")


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory):
    from tiny import write_model

    return write_model(tmp_path_factory.mktemp("models") / "llama", "llama")


@pytest.fixture(scope="module")
def conda(tmp_path_factory):
    """A stand-in for conda as the command that runs find."""
    from conda_runs import installed

    with installed(tmp_path_factory.mktemp("conda")) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def checkout_of_conda(tmp_path_factory):
    """A copy of the checkout whose environments ask for the Python that runs here."""
    from conda_runs import checkout_of_this_python

    return checkout_of_this_python(tmp_path_factory.mktemp("checkout"))
