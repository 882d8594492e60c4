"""What the tests share."""

import os
import re
import sys
from pathlib import Path

import pytest

import nrag  # noqa: F401 - before any test imports NumPy: one thread

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent / "conda"))
os.environ["HF_HUB_OFFLINE"] = "1"

from workflow_runs import ROOT, checkout, finished, unfinished  # noqa: F401 - fixtures of test_workflow*.py


def pytest_addoption(parser):
    parser.addoption("--write-architectures", action="store_true", help="write docs/architectures.md from its test")


def pytest_collection_modifyitems(items):
    """Of several processes (`make test`) each gets whole files, those of whole runs first, for they take longest.

    There is one cluster, so all its tests are one process's.
    """
    for item in items:
        place = item.path.relative_to(ROOT).as_posix()
        item.add_marker(pytest.mark.xdist_group("slurm" if place.startswith("tests/slurm/") else place))
    items.sort(key=lambda item: not re.search(r"slurm|conda|workflow", item.path.relative_to(ROOT).as_posix()))


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
