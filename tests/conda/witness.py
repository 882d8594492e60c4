"""Runs at the start of every Python of a test environment: when a job ends, writes down where it ran.

Part of the test's `python` package, as sitecustomize; does nothing outside of jobs.
"""

import atexit
import os
import sys


def _testify() -> None:
    job = getattr(sys.modules["__main__"], "snakemake", None)
    folder = os.environ.get("CONDA_TEST_JOURNAL")
    if job is None or folder is None:
        return
    import json

    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    told = {"rule": job.rule, "prefix": sys.prefix, "path": sys.path, "modules": files}
    with open(os.path.join(folder, f"{job.rule}-{os.getpid()}.json"), "w", encoding="utf-8") as file:
        json.dump(told, file)


atexit.register(_testify)
