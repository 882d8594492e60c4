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
    """The version of nrag in a folder: "0.1.0", in a clone "0.1.0+COMMIT", "0.1.0+COMMIT.edited" with edited code.

    COMMIT is the last that touched the code. The version alone without git or an answer of it, and in a folder of
    another repository, whose commits say nothing of nrag. Files that git does not know are no edits: they run only
    where a file that it knows names them.
    """
    # Where a hook runs, GIT_DIR and its like name a repository, whatever the folder.
    environ = {name: value for name, value in environ.items() if not name.startswith("GIT_")}
    # Every job comes by here: without optional locks, none of them writes the index.
    git = ["git", "--no-optional-locks", "-C", str(checkout)]
    try:
        top = programs.ask([*git, "rev-parse", "--show-toplevel"], environ).strip()
        commit = programs.ask([*git, "rev-list", "-1", "--abbrev-commit", "--abbrev=12", "HEAD", "--", *CODE], environ)
        edits = programs.ask([*git, "status", "--porcelain", "--untracked-files=no", "--", *CODE], environ)
    except programs.NoAnswerError:
        return VERSION
    if not commit or Path(top).resolve() != checkout.resolve():
        return VERSION
    return f"{VERSION}+{commit.strip()}{'.edited' if edits else ''}"


def workflow_versions(checkout: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The versions of what reads the config and runs the jobs: here, where it does so."""
    here = {each: metadata.version(each) for each in ("jsonschema", "snakemake")}
    return {"nrag": release_of(checkout, environ)} | here
