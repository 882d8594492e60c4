"""What conda installs, what the lock pins and what the tests ran with are the same versions."""

import re
from importlib import metadata
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
CONDA_NAMES = {"matplotlib-base": "matplotlib"}


def locked():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {name.lower(): version for name, version in pins}


def pins_of(path):
    """Name, operator and version of every dependency."""
    for entry in yaml.safe_load(path.read_text())["dependencies"]:
        if isinstance(entry, dict):
            yield from (re.fullmatch(r"([\w-]+)(==)([\w.]+)", pin).groups() for pin in entry["pip"])
        elif entry != "pip":
            yield re.fullmatch(r"([\w-]+) (=)([\w.]+)", entry).groups()


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_pins_agree_with_the_lock(path):
    lock = locked()
    for name, operator, version in pins_of(path):
        if name == "python":
            assert version == "3.11"
            continue
        pinned = lock[CONDA_NAMES.get(name, name)]
        assert pinned == version if operator == "==" else f"{pinned}.".startswith(f"{version}."), name


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_packages_come_from_conda_forge_alone(path):
    assert yaml.safe_load(path.read_text())["channels"] == ["conda-forge", "nodefaults"]


def test_the_lock_is_what_runs_here():
    here = {dist.metadata["Name"].lower(): dist.version for dist in metadata.distributions()}
    differing = {
        name: (version, here.get(name))
        for name, version in locked().items()
        # A local version names the build of the same release.
        if name in here and here[name].split("+")[0] != version
    }
    assert differing == {}


def test_the_lock_pins_exactly():
    text = (ROOT / "requirements.lock").read_text()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in text.splitlines() if line and line[0] != "#")
    assert "torch==2.13.0" in text.splitlines()
