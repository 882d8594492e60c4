"""Which nrag made a study."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from nrag.studies.release import VERSION, release_of

ROOT = Path(__file__).parents[1]


def git(folder, *arguments):
    subprocess.run(
        ["git", "-C", folder, "-c", "user.name=n", "-c", "user.email=n@example.org", *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def clone(tmp_path):
    if not shutil.which("git"):
        pytest.skip("no git")
    folder = tmp_path / "clone"
    (folder / "scripts").mkdir(parents=True)
    for file in ("Snakefile", "config.yaml", "scripts/a.py"):
        (folder / file).write_text("one\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "one")
    return folder


def test_the_version_is_the_same_wherever_it_is_written():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    assert project == str(citation) == VERSION


def test_a_clone_has_its_commit_and_says_whether_its_code_was_edited(clone):
    found = release_of(clone, os.environ)
    assert re.fullmatch(re.escape(VERSION) + r"\+[0-9a-f]{12}", found)
    (clone / "config.yaml").write_text("mine\n", encoding="utf-8")
    assert release_of(clone, os.environ) == found
    (clone / "scripts" / "a.py").write_text("two\n", encoding="utf-8")
    assert release_of(clone, os.environ) == f"{found}.edited"
    git(clone, "commit", "--quiet", "--all", "--message", "two")
    assert release_of(clone, os.environ) not in (found, f"{found}.edited")


def test_without_a_repository_of_its_own_the_version_alone_is_known(clone, tmp_path):
    copy = clone / "copied"
    copy.mkdir()
    assert release_of(copy, os.environ) == release_of(tmp_path, os.environ) == VERSION
    assert release_of(clone, {"PATH": ""}) == VERSION
