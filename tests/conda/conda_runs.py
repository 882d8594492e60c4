"""Runs under `--sdm conda`: the stand-in for the command, and the environments that it makes."""

import contextlib
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import channel
import pytest
import witness
from workflow_runs import copy_checkout


@dataclass(frozen=True)
class Conda:
    """The stand-in, the environments it has made, and what their jobs told."""

    root: Path

    @property
    def options(self):
        """The words that a run needs; environments of equal files are made once."""
        return ("--sdm", "conda", "--conda-prefix", self.root / "environments")

    def jobs(self):
        """What every job that ended since the last call has told."""
        told = [json.loads(file.read_text()) for file in (self.root / "journal").iterdir()]
        shutil.rmtree(self.root / "journal")
        (self.root / "journal").mkdir()
        return told

    def environment(self, file):
        """The folder of the environment that was made of a file."""
        (copy,) = (copy for copy in self.root.glob("environments/*.yaml") if copy.read_text() == file.read_text())
        return copy.with_suffix("")


@contextlib.contextmanager
def installed(root):
    """The stand-in as the command that a run finds."""
    channel.build(root)
    (root / "bin").mkdir()
    (root / "journal").mkdir()
    command = f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("stand_in.py")} {root} "$@"\n'
    (root / "bin" / "conda").write_text(command)
    (root / "bin" / "conda").chmod(0o755)
    (root / "bin" / "activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{root}/bin{os.pathsep}{os.environ['PATH']}")
        patch.setenv(witness.JOURNAL, str(root / "journal"))
        yield Conda(root)


def checkout_of_this_python(folder):
    """A copy of the checkout whose environments ask for the Python that runs here."""
    checkout = copy_checkout(folder)
    for file in (checkout / "envs").glob("*.yaml"):
        file.write_text(file.read_text().replace("- python =3.11\n", f"- python ={channel.PYTHON}\n"))
    return checkout
