"""How tests are divided among processes: by files, whose tests share what takes long to make.

pytest-xdist 3.8 cannot do it under pytest 9.2: the names to which it adds groups are no longer those that count.
"""

from xdist.scheduler import LoadScopeScheduling


class WholeFiles(LoadScopeScheduling):
    """A file's tests are one process's, and so are all that need the one cluster."""

    def _split_scope(self, nodeid: str) -> str:
        place = nodeid.partition("::")[0]
        return "slurm" if place.startswith("tests/slurm/") else place
