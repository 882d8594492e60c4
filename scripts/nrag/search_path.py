"""What a job may import: what its own environment holds.

Snakemake appends the search path of its own process to that of every script, to find itself there. A
package that an environment lacks would then come, unseen and in whatever version, from where
Snakemake is installed.
"""

import site
import sys
from collections.abc import Sequence
from pathlib import Path

LIBRARY = str(Path(__file__).parents[1])
"""The folder of the package nrag."""


def leave_launcher_out() -> None:
    """Take what Snakemake appended off this process' search path, if this is a job in another environment."""
    if not hasattr(sys.modules["__main__"], "snakemake"):
        return
    launcher = str(Path(sys.modules["snakemake"].__file__ or "").parents[1])
    user = site.getusersitepackages() if site.ENABLE_USER_SITE else None
    sys.path[:] = without_launcher(sys.path, own=site.getsitepackages(), launcher=launcher, user=user)


def without_launcher(path: Sequence[str], *, own: Sequence[str], launcher: str, user: str | None = None) -> list[str]:
    """A job's search path, ended where Snakemake's begins, and then the folder of this library.

    `own` are the environment's folders of packages, `launcher` is the one that Snakemake was imported
    from, `user` that of `pip install --user`, which is no part of an environment either. The path
    stays as it is if Snakemake's own has all of `own`, for then both are one environment.

    >>> job = ["scripts", "python3.11", "env/site-packages", "base/site-packages", "python3.13"]
    >>> without_launcher(job, own=["env/site-packages"], launcher="base/site-packages")[:-1]
    ['scripts', 'python3.11', 'env/site-packages']
    """
    there = [folder for folder in own if folder in path]
    # None of them there, in an interpreter without folders of packages: nothing tells, as below.
    if all(path.count(folder) > 1 for folder in there):
        return list(path)
    started = max(path.index(folder) for folder in there) + 1
    if launcher not in path[started:]:
        # An environment with a Snakemake of its own: nothing tells where the other one's path begins.
        return list(path)
    kept = path[: path.index(launcher, started)]
    return [*(folder for folder in kept if folder != user), LIBRARY]
