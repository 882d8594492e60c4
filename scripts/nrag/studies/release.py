"""Which nrag this is: its version and, in a clone of its repository, the commit."""

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from nrag import programs

VERSION = "0.1.0"
"""That of the release, the same in pyproject.toml and CITATION.cff."""

CODE = ("Snakefile", "workflow", "scripts")
"""What decides results in a checkout. Not config.yaml, which its user edits."""


def release_of(checkout: Path, environ: Mapping[str, str]) -> str:
    """The version of nrag in a folder: "0.1.0", in a clone "0.1.0+COMMIT", "0.1.0+COMMIT.edited" with changed code.

    A folder within another repository has that repository's commits, which say nothing of nrag: no commit then,
    nor without git.
    """
    git = ["git", "-C", str(checkout)]
    found = programs.answer([*git, "rev-parse", "--show-toplevel", "--short=12", "HEAD"], environ).splitlines()
    if len(found) != 2 or Path(found[0]).resolve() != checkout.resolve():
        return VERSION
    edited = programs.answer([*git, "status", "--porcelain", "--", *CODE], environ)
    return f"{VERSION}+{found[1]}{'.edited' if edited else ''}"


def workflow_versions(checkout: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The versions of what reads the config and runs the jobs: here, where it does so."""
    here = {each: metadata.version(each) for each in ("jsonschema", "snakemake")}
    return {"nrag": release_of(checkout, environ)} | here
