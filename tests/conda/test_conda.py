"""`--sdm conda`, executed: every rule in an environment of its own, made of a local channel and local wheels.

The command `conda` is a stand-in (`stand_in.py`): Snakemake, rattler's solver, pip and the interpreters are real, the
packages are what is installed here (`channel.py`). What conda-forge itself has and would solve is not tested.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import channel
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_environments import ENVIRONMENTS, RULES, named_in
from workflow_runs import EVERYTHING, STUDY, Place, copy_checkout, edited, products

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Conda:
    """The stand-in, the environments it has made, and what their jobs told."""

    root: Path

    @property
    def options(self):
        """The words that a run needs; environments of equal files are made once."""
        return ("--sdm", "conda", "--conda-prefix", self.root / "environments")

    def jobs(self):
        """What every job that ended has told, since they were asked last."""
        told = [json.loads(file.read_text()) for file in (self.root / "journal").iterdir()]
        shutil.rmtree(self.root / "journal")
        (self.root / "journal").mkdir()
        return told

    def environment(self, file):
        """The folder of the environment that was made of a file."""
        (copy,) = (copy for copy in self.root.glob("environments/*.yaml") if copy.read_text() == file.read_text())
        return copy.with_suffix("")


@pytest.fixture(scope="module")
def conda(tmp_path_factory):
    """The stand-in as the command that a run finds."""
    root = tmp_path_factory.mktemp("conda")
    channel.build(root)
    (root / "bin").mkdir()
    (root / "journal").mkdir()
    command = f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("stand_in.py")} {root} "$@"\n'
    (root / "bin" / "conda").write_text(command)
    (root / "bin" / "conda").chmod(0o755)
    (root / "bin" / "activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{root}/bin{os.pathsep}{os.environ['PATH']}")
        patch.setenv(channel.JOURNAL, str(root / "journal"))
        yield Conda(root)


@pytest.fixture(scope="module")
def checkout_of_conda(tmp_path_factory):
    """A copy of the checkout whose environments ask for the Python that runs here."""
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"))
    for file in (checkout / "envs").glob("*.yaml"):
        file.write_text(file.read_text().replace("- python =3.11\n", f"- python ={channel.PYTHON}\n"))
    return checkout


@pytest.fixture(scope="module")
def run(conda, checkout_of_conda, finished, tmp_path_factory):
    """The tiny study, run to its end in environments of conda. Not to be written to: copy it."""
    place = Place(tmp_path_factory.mktemp("run"), checkout_of_conda)
    for name in ("data", "models"):
        shutil.copytree(finished.folder / name, place.folder / name)
    place.write(STUDY)
    place.make(*conda.options)
    return place


@pytest.fixture(scope="module")
def jobs(run, conda):
    """What the jobs of that run told."""
    return conda.jobs()


def test_a_run_in_conda_environments_makes_the_same_files(run, finished):
    here, there = products(run.results), products(finished.results)
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []
