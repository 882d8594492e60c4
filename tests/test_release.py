"""Which nrag made a study."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from nrag.studies.release import CODE, VERSION, release_of, workflow_versions

ROOT = Path(__file__).parents[1]
# Under a hook GIT_DIR names the repository of these tests; a user's own settings may sign commits.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
ENVIRONMENT |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
FILES = ("Snakefile", "config.yaml", "README.md", "scripts/a.py", "workflow/rules/a.smk")
NUMBERED = re.escape(VERSION) + r"\+[0-9a-f]{12}"


def git(folder, *arguments):
    who = ("-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True, env=ENVIRONMENT)


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def commit(folder, file, text):
    write(folder / file, text)
    git(folder, "add", file)
    git(folder, "commit", "--quiet", "--message", text)


@pytest.fixture
def clone(tmp_path):
    if not shutil.which("git"):
        pytest.skip("no git")
    folder = tmp_path / "clone"
    for file in FILES:
        write(folder / file, "one")
    git(tmp_path, "init", "--quiet", str(folder))
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "one")
    return folder


def test_the_version_is_the_same_wherever_it_is_written():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    assert project == str(citation) == VERSION


@pytest.mark.parametrize("file", ["Snakefile", "scripts/a.py", "workflow/rules/a.smk"])
def test_edited_code_is_said_to_be_and_committed_code_has_its_commit(clone, file):
    found = release_of(clone, ENVIRONMENT)
    assert re.fullmatch(NUMBERED, found)
    write(clone / file, "two")
    assert release_of(clone, ENVIRONMENT) == f"{found}.edited"
    git(clone, "add", file)
    assert release_of(clone, ENVIRONMENT) == f"{found}.edited"
    git(clone, "commit", "--quiet", "--message", "two")
    assert re.fullmatch(NUMBERED, release_of(clone, ENVIRONMENT))
    assert release_of(clone, ENVIRONMENT) != found


def test_what_is_no_code_leaves_a_study_as_made(clone):
    found = release_of(clone, ENVIRONMENT)
    for file in ("README.md", "config.yaml"):
        write(clone / file, "mine")
        assert release_of(clone, ENVIRONMENT) == found
        commit(clone, file, "committed")
        assert release_of(clone, ENVIRONMENT) == found
    write(clone / "scripts" / "notes.txt", "unknown to git")
    assert release_of(clone, ENVIRONMENT) == found


def test_a_hook_of_another_repository_changes_nothing(clone, tmp_path):
    found = release_of(clone, ENVIRONMENT)
    other = tmp_path / "other"
    git(tmp_path, "init", "--quiet", str(other))
    hook = {"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / "index")}
    assert release_of(clone, ENVIRONMENT | hook) == found


def test_nothing_is_written_to_the_clone(clone):
    # A file with another time and the same bytes is what `git status` would note in the index.
    os.utime(clone / "Snakefile", (1, 1))
    before = (clone / ".git" / "index").read_bytes()
    assert re.fullmatch(NUMBERED, release_of(clone, ENVIRONMENT))
    assert (clone / ".git" / "index").read_bytes() == before


def test_without_a_repository_of_its_own_the_version_alone_is_known(clone, tmp_path):
    commit(clone, "copied/Snakefile", "of another repository")
    empty = tmp_path / "empty"
    git(tmp_path, "init", "--quiet", str(empty))
    assert release_of(clone / "copied", ENVIRONMENT) == release_of(tmp_path, ENVIRONMENT) == VERSION
    assert release_of(empty, ENVIRONMENT) == VERSION
    commit(empty, "config.yaml", "code unknown to git")
    assert release_of(empty, ENVIRONMENT) == VERSION


def test_without_an_answer_the_version_alone_is_known(clone, tmp_path):
    assert release_of(clone, {"PATH": ""}) == VERSION
    # A git that answers everything but what was edited.
    program = tmp_path / "bin" / "git"
    write(program, f'#!/bin/sh\ncase " $* " in *" status "*) exit 1;; esac\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    assert release_of(clone, ENVIRONMENT | {"PATH": str(program.parent)}) == VERSION


def test_the_code_is_that_of_this_repository():
    assert all((ROOT / each).exists() for each in CODE)


def test_what_runs_the_workflow_is_nrag_snakemake_and_the_check_of_its_config(clone):
    versions = {each: metadata.version(each) for each in ("jsonschema", "snakemake")}
    assert workflow_versions(clone, ENVIRONMENT) == {"nrag": release_of(clone, ENVIRONMENT)} | versions
