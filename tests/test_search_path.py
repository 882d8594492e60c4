"""A job imports what its own environment holds, not what Snakemake's does; anywhere else nothing changes."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from snakemake.common import get_snakemake_searchpaths

from nrag import search_path

SCRIPTS = Path(__file__).parents[1] / "scripts"

JOB = f"""
import sys
sys.path.extend({[*get_snakemake_searchpaths(), str(SCRIPTS)]!r})
from snakemake.iocontainers import Snakemake
snakemake = "what describes the job"
"""
"""As Snakemake begins every script."""

ENVIRONMENT = ["scripts", "env/lib/python3.11", "env/site"]
LAUNCHER = ["base/site", "repository", "base/lib/python3.13", "base/site"]


def cleaned(path, **options):
    return search_path.without_launcher(path, **{"own": ["env/site"], "launcher": "base/site"} | options)


def ran(python, program, **variables):
    """What a program prints, in an interpreter of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | variables
    done = subprocess.run([python, "-c", program], env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The interpreter of an environment without any package."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=True)
    return folder / "bin" / "python"


# ------------------------------------------------------------------------------- another environment


def test_what_snakemake_appended_goes_and_the_library_stays():
    assert cleaned([*ENVIRONMENT, *LAUNCHER]) == [*ENVIRONMENT, search_path.LIBRARY]
    assert Path(search_path.LIBRARY) == SCRIPTS


def test_folders_that_the_environment_itself_adds_stay():
    added = [*ENVIRONMENT, "env/added-by-pth"]
    assert cleaned([*added, *LAUNCHER]) == [*added, search_path.LIBRARY]


def test_a_folder_of_both_stays_where_the_environment_has_it():
    # As with a PYTHONPATH that Snakemake was told to leave to its jobs.
    assert cleaned(["base/site", *ENVIRONMENT, *LAUNCHER]) == ["base/site", *ENVIRONMENT, search_path.LIBRARY]


def test_an_environment_that_shares_some_of_the_launchers_packages_gets_no_more_of_them():
    sharing = [*ENVIRONMENT, "base/site"]
    assert cleaned([*sharing, *LAUNCHER], own=["env/site", "base/site"]) == [*sharing, search_path.LIBRARY]


def test_packages_of_the_user_are_not_the_environments():
    path = ["scripts", "user/site", "env/site", *LAUNCHER, "user/site"]
    assert cleaned(path, user="user/site") == ["scripts", "env/site", search_path.LIBRARY]
    alone = ["scripts", "user/site", "env/site", "user/site", "base/lib/python3.11"]
    assert cleaned(alone, user="user/site", launcher="user/site") == ["scripts", "env/site", search_path.LIBRARY]


def test_folders_of_packages_that_are_not_on_the_path_tell_nothing():
    # As on Debian, whose interpreter names more of them than it has.
    path = [*ENVIRONMENT, *LAUNCHER]
    assert cleaned(path, own=["env/absent", "env/site"]) == cleaned(path)
    assert cleaned(path, own=["env/absent"]) == path


@pytest.fixture
def job(monkeypatch):
    """Makes this process a job with the given search path, and returns what it is left with."""

    def run(path, *, enabled=True):
        monkeypatch.setattr(sys.modules["__main__"], "snakemake", "what describes the job", raising=False)
        monkeypatch.setattr(sys.modules["snakemake"], "__file__", "base/site/snakemake/__init__.py")
        monkeypatch.setattr(search_path.site, "getsitepackages", lambda: ["env/absent", "env/site"])
        monkeypatch.setattr(search_path.site, "getusersitepackages", lambda: "user/site")
        monkeypatch.setattr(search_path.site, "ENABLE_USER_SITE", enabled)
        with monkeypatch.context() as patch:
            # Whoever holds the list holds what is left.
            patch.setattr(sys, "path", path)
            search_path.leave_launcher_out()
        return path

    return run


@pytest.mark.parametrize("enabled", [False, None])
def test_a_job_leaves_out_packages_of_the_user_where_they_are_in_use(enabled, job):
    path = ["scripts", "user/site", "env/site", *LAUNCHER]
    assert job([*path]) == ["scripts", "env/site", search_path.LIBRARY]
    assert job([*path], enabled=enabled) == ["scripts", "user/site", "env/site", search_path.LIBRARY]


def test_packages_of_the_user_that_snakemake_appended_do_not_tell_where_the_environment_ends(job):
    path = ["scripts", "env/site", "base/site", "user/site", *LAUNCHER]
    assert job(path) == ["scripts", "env/site", search_path.LIBRARY]


def test_a_job_in_another_environment_cannot_import_what_snakemake_could(bare):
    assert ran(bare, f"{JOB}\nimport packaging\nprint('lent')") == "lent\n"
    assert "No module named 'packaging'" in ran(bare, f"{JOB}\nimport nrag, packaging")
    assert ran(bare, f"{JOB}\nimport nrag.checkpoints, sqlite3, snakemake\nprint('own')") == "own\n"


# ------------------------------------------------------------------------------ the same environment


def test_nothing_changes_where_snakemake_and_its_jobs_share_an_environment(tmp_path):
    program = f"{JOB}\nbefore = list(sys.path)\nimport nrag\nprint(sys.path == before, {str(tmp_path)!r} in sys.path)"
    assert ran(sys.executable, program, PYTHONPATH=str(tmp_path)) == "True True\n"


def test_packages_and_folders_of_the_user_stay_in_a_shared_environment():
    path = ["scripts", "pythonpath", "user/site", "base/site", "base/site", "pythonpath", "user/site", "scripts"]
    assert cleaned(path, own=["base/site"], user="user/site") == path
    assert cleaned(path, own=["base/site"], user="user/site", launcher="user/site") == path


def test_an_environment_with_a_snakemake_of_its_own_is_left_alone():
    path = [*ENVIRONMENT, *LAUNCHER]
    assert cleaned(path, launcher="env/site") == path


def test_a_process_that_is_no_job_is_left_alone(bare):
    program = JOB.replace("snakemake =", "another =")
    assert ran(bare, f"{program}\nimport nrag, packaging\nprint('lent')") == "lent\n"
