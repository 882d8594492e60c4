"""Memory that is given back: what arrays held is the system's again, and not a hole in the heap."""

import subprocess
import sys

import pytest

# Blocks of 8 MiB with a small one behind each, that keeps the end of the heap where it is. The first, larger one makes
# glibc take those that follow from the heap.
HOLES = """
import sys
import numpy as np
from nrag.heap import give_large_blocks_back

def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))

held = sys.argv[1] == "give" and give_large_blocks_back()
large = np.ones(30 * 2**20, dtype=np.uint8)
del large
blocks, small = [], []
for _ in range(20):
    blocks.append(np.ones(8 * 2**20, dtype=np.uint8))
    small.append(bytes(2000))
before = resident()
blocks.clear()
print((before - resident()) // 1024)
"""


def given_back(how):
    done = subprocess.run(
        [sys.executable, "-c", HOLES, how], capture_output=True, text=True, check=True, cwd="scripts"
    )  # fmt: skip
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is Linux's")
def test_large_arrays_go_back_to_the_system_when_they_are_freed(monkeypatch, pytestconfig):
    monkeypatch.chdir(pytestconfig.rootpath)
    assert given_back("give") > 150
    assert given_back("keep") < 100
