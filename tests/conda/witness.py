"""Runs at the start of every Python of a test environment: when a job ends, writes down where it ran.

Part of the test's `python` package, imported by a .pth file; does nothing outside of jobs.
"""

import atexit
import os
import sys

JOURNAL = "CONDA_TEST_JOURNAL"
"""Variable with the folder of what jobs tell: rule, environment, search path and the files of what was imported."""


def _testify() -> None:
    job = getattr(sys.modules["__main__"], "snakemake", None)
    if job is None or JOURNAL not in os.environ:
        return
    import json

    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    told = {"rule": job.rule, "prefix": sys.prefix, "path": sys.path, "modules": files}
    with open(os.path.join(os.environ[JOURNAL], f"{job.rule}-{os.getpid()}.json"), "w", encoding="utf-8") as file:
        json.dump(told, file)


atexit.register(_testify)
