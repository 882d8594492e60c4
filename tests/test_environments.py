"""What conda installs is what the rules import, in the versions that the lock pins and the tests ran with."""

import functools
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import MatchSpec
from test_layers import imports_of

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "scripts"
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
CONDA_NAMES = {"matplotlib-base": "matplotlib"}

NEEDED = {
    "analysis": {"numba": "umap-learn computes with it, and its version may move documents"},
    "figures": {},
    "training": {
        "pip": "installs what is named below it",
    },
    "model": {
        "pip": "installs what is named below it",
    },
}
"""Packages that no rule imports, and why their environment names them all the same."""

NOT_IN_JOBS = {"nrag/plans/checks.py": ("nrag.colormaps", "nrag.models")}
"""Imports of functions that Snakemake's own process calls before any job, and does without where they fail."""


def locked():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pins}


def pins_of(path):
    """Name, operator and version of every dependency."""
    for entry in yaml.safe_load(path.read_text())["dependencies"]:
        if isinstance(entry, dict):
            yield from (re.fullmatch(r"([\w-]+)(==)([\w.]+)", pin).groups() for pin in entry["pip"])
        elif entry != "pip":
            yield re.fullmatch(r"([\w-]+) (=)([\w.]+)", entry).groups()


def named_in(path):
    """The distributions that an environment's file names, as PyPI calls them."""
    entries = yaml.safe_load(path.read_text())["dependencies"]
    names = {name for name, _, _ in pins_of(path)} | {entry for entry in entries if entry == "pip"}
    return {canonicalize_name(CONDA_NAMES.get(name, name)) for name in names} - {"python"}


def rules():
    """Script and environment of every rule that has a script."""
    for file in (ROOT / "Snakefile", *sorted((ROOT / "workflow" / "rules").glob("*.smk"))):
        text = file.read_text(encoding="utf-8")
        for name, body in re.findall(r"^rule (\w+):\n((?:(?:    .*)?\n)*)", text, re.MULTILINE):
            if "    script:" in body:
                (script,) = re.findall(r'scripts/(\w+\.py)"', body)
                environments = re.findall(r'^    conda:\n +"[./]*envs/(\w+)\.yaml"$', body, re.MULTILINE)
                yield name, script, environments


RULES = {name: (script, *environments) for name, script, environments in rules()}


def imported_by(script):
    """Distributions that a script imports, and with it the library, at the top of a file or inside a function."""
    pending, seen, modules = [SCRIPTS / script], set(), set()
    while pending:
        file = pending.pop()
        if file in seen:
            continue
        seen.add(file)
        for name, _ in imports_of(file):
            if not name.startswith("nrag"):
                modules.add(name.split(".")[0])
            elif not name.startswith(NOT_IN_JOBS.get(file.relative_to(SCRIPTS).as_posix(), ())):
                pending += library_files(name)
    return {distribution_of(module) for module in modules - set(sys.stdlib_module_names)}


def library_files(name):
    """Files that run when a module of the library is imported; a name inside of a module is none."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        place = SCRIPTS.joinpath(*parts[:count])
        yield from (file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file())


def distribution_of(module):
    """The distribution that a module is installed with here; the error says which module is not."""
    return canonicalize_name(distributions()[module][0])


distributions = functools.cache(metadata.packages_distributions)


# ---------------------------------------------------------------------------------- what rules need


def test_every_rule_with_a_script_has_one_environment():
    assert {len(places) for places in RULES.values()} == {2}
    assert {environment for _, environment in RULES.values()} == {path.stem for path in ENVIRONMENTS}
    assert {script for script, _ in RULES.values()} == {path.name for path in SCRIPTS.glob("*.py")}


@pytest.mark.parametrize("rule", RULES)
def test_every_package_that_a_rule_imports_is_named_in_its_environment(rule):
    script, environment = RULES[rule]
    assert imported_by(script) - named_in(ROOT / "envs" / f"{environment}.yaml") == set()


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_every_package_of_an_environment_is_imported_by_one_of_its_rules_or_needed_for_a_reason(path):
    imported = {
        name for script, environment in RULES.values() if environment == path.stem for name in imported_by(script)
    }
    used = imported | set(NEEDED[path.stem]) | read_by_the_default_study()[path.stem]
    assert named_in(path) - used == set()
    assert set(NEEDED[path.stem]) <= named_in(path) - imported


def test_the_walk_reaches_what_functions_import():
    assert "umap-learn" in imported_by("reduce_layers.py")
    assert {"torch", "huggingface-hub"} <= imported_by("extract_activations.py")
    assert "torch" not in imported_by("print_plan.py")


def read_by_the_default_study():
    """What rules read of installed packages without importing it."""
    study = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    texts = {canonicalize_name(name) for corpus in study["corpora"].values() for name in corpus.get("packages", ())}
    ids = (model["id"] for model in study["models"].values())
    modules = {model.removeprefix("package:").split("/")[0] for model in ids if model.startswith("package:")}
    return {
        "analysis": texts,
        "figures": set(),
        "training": set(),
        "model": {distribution_of(module) for module in modules},
    }


def test_what_the_default_study_reads_of_packages_is_in_the_environments_that_read_it():
    for name, packages in read_by_the_default_study().items():
        assert packages <= named_in(ROOT / "envs" / f"{name}.yaml")
    assert all(read_by_the_default_study()[name] for name in ("analysis", "model"))


# --------------------------------------------------------------------------------- versions and form


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_every_line_is_one_that_conda_and_pip_understand(path):
    for entry in yaml.safe_load(path.read_text())["dependencies"]:
        if isinstance(entry, dict):
            assert list(entry) == ["pip"]
            assert all(Requirement(line).specifier for line in entry["pip"])
        else:
            MatchSpec(entry, strict=True)


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_no_frozen_file_stands_for_an_environment_with_packages_of_pip(path):
    # Explicit pins know packages of conda alone, and Snakemake would take them for the whole.
    frozen = list(path.parent.glob(f"{path.stem}.*.pin.txt"))
    assert not frozen or "pip" not in named_in(path)


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_pins_agree_with_the_lock(path):
    lock = locked()
    for name, operator, version in pins_of(path):
        if name == "python":
            assert version == "3.11"
            continue
        pinned = lock[canonicalize_name(CONDA_NAMES.get(name, name))]
        assert pinned == version if operator == "==" else f"{pinned}.".startswith(f"{version}."), name


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_packages_come_from_conda_forge_alone(path):
    assert yaml.safe_load(path.read_text())["channels"] == ["conda-forge", "nodefaults"]


def test_the_lock_is_what_runs_here():
    here = {canonicalize_name(dist.metadata["Name"]): dist.version for dist in metadata.distributions()}
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
