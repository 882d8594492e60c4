"""Claims of GPUs by real processes that compete for made-up devices."""

import errno
import fcntl
import logging
import os
import signal
import stat
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from nrag import gpus

SCRIPTS = Path(__file__).parents[1] / "scripts"

HOLDER = """
import logging, os, sys, time
from pathlib import Path
from nrag import gpus
gpus.DRIVER = (Path(sys.argv[1]) / "driver", Path(sys.argv[1]) / "dev")
gpus.LOOK_EVERY, gpus.INSTANT = 0.01, 0.5
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
print("claimed", *gpus.claim(int(sys.argv[2]), os.environ), os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
start = time.monotonic()
time.sleep(float(sys.argv[3]))
print("held", os.environ["CUDA_VISIBLE_DEVICES"], start, time.monotonic(), flush=True)
"""
"""Claims so many devices of a made-up machine, says which, and holds them for a while."""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Makes a machine with so many devices."""
    monkeypatch.setattr(gpus, "DRIVER", (tmp_path / "driver", tmp_path / "dev"))

    def make(devices):
        (tmp_path / "dev").mkdir()
        for number in range(devices):
            (tmp_path / "driver" / f"0000:0{number}:00.0").mkdir(parents=True)
            (tmp_path / "dev" / f"nvidia{number}").touch()
        return tmp_path

    return make


@pytest.fixture
def here(monkeypatch, tmp_path):
    """The folder in which this process claims devices, which it lets go of after the test."""
    monkeypatch.setattr(gpus.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(gpus, "_CLAIMED", [])
    yield tmp_path
    for file in gpus._CLAIMED:
        file.close()


@pytest.fixture
def jobs():
    """Starts jobs, each in a process of its own; whatever is left of them is ended."""
    started = []

    def start(folder, number=1, seconds=60.0, **environ):
        kept = {name: value for name, value in os.environ.items() if name != gpus.VISIBLE}
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", HOLDER, str(folder), str(number), str(seconds)],
                env=kept | {"PYTHONPATH": str(SCRIPTS), "TMPDIR": str(folder), "PATH": ""} | environ,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for job in started:
        job.kill()
        job.communicate()


def told(job, beginning):
    """The next line of a job that begins so; that it did not wait meanwhile is asserted."""
    for line in job.stdout:
        if line.startswith(beginning):
            return line.split()
        assert not line.startswith("waiting")
    raise AssertionError(f"the job ended without saying {beginning!r}")


def test_no_two_jobs_hold_one_device_and_who_finds_none_free_waits(machine, jobs):
    folder = machine(2)
    first, second = jobs(folder), jobs(folder)
    assert {told(first, "claimed")[1], told(second, "claimed")[1]} == {"0", "1"}
    third = jobs(folder)
    assert told(third, "waiting")[:3] == ["waiting", "for", "1"]
    first.kill()
    assert told(third, "claimed")[1] in ("0", "1")


def test_a_killed_holder_frees_its_device(machine, jobs):
    folder = machine(1)
    holder = jobs(folder)
    told(holder, "claimed")
    waiting = jobs(folder)
    told(waiting, "waiting")
    holder.send_signal(signal.SIGKILL)
    assert told(waiting, "claimed") == ["claimed", "0", "0"]


def test_many_jobs_of_one_and_several_devices_all_get_their_turn_and_never_share(machine, jobs):
    folder = machine(3)
    crowd = [jobs(folder, number, 0.05) for number in (1, 2, 3, 2, 1, 2)]
    lines = [job.communicate(timeout=60)[0].splitlines()[-1].split() for job in crowd]
    spans = [(devices.split(","), float(start), float(end)) for _, devices, start, end in lines]
    assert [len(set(devices)) for devices, _, _ in spans] == [1, 2, 3, 2, 1, 2]
    for device in "012":
        held = sorted((start, end) for devices, start, end in spans if device in devices)
        assert all(end < start for (_, end), (start, _) in pairwise(held))


def test_one_that_needs_all_devices_is_not_passed_over(machine, jobs):
    folder = machine(2)
    holders = [jobs(folder), jobs(folder)]
    for holder in holders:
        told(holder, "claimed")
    both = jobs(folder, 2)
    told(both, "waiting")
    late = jobs(folder)
    told(late, "waiting")
    holders[0].kill()
    holders[0].wait()
    with pytest.raises(subprocess.TimeoutExpired):
        late.wait(timeout=0.3)
    holders[1].kill()
    assert told(both, "claimed") == ["claimed", "0", "1", "0,1"]


def test_devices_that_the_user_names_are_the_only_ones_taken(machine, jobs):
    folder = machine(4)
    named = {"CUDA_VISIBLE_DEVICES": "2,GPU-5e1f"}
    first, second = jobs(folder, **named), jobs(folder, **named)
    claims = [told(first, "claimed"), told(second, "claimed")]
    # The second word is what CUDA_VISIBLE_DEVICES says from then on.
    assert sorted(claims) == [["claimed", "2", "2"], ["claimed", "GPU-5e1f", "GPU-5e1f"]]


def test_a_list_of_devices_may_have_spaces_and_repeats_and_keeps_its_order():
    assert gpus.shown({"CUDA_VISIBLE_DEVICES": "3, 1 ,3,2"}) == ["3", "1", "2"]


def test_a_scheduler_that_assigned_the_device_is_not_asked_twice(machine, jobs):
    """Numbers begin at 0 in every job of a cluster: the same number is another device there."""
    folder = machine(1)
    for job in ("11", "12"):
        holder = jobs(folder, CUDA_VISIBLE_DEVICES="0", SLURM_JOB_ID=job)
        assert told(holder, "claimed") == ["claimed", "0", "0"]
    assert not list(folder.glob("nrag-gpus*"))


@pytest.mark.parametrize("scheduler", ["SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"])
def test_the_job_of_any_scheduler_has_its_devices_for_itself(scheduler, here):
    environ = {scheduler: "11", "CUDA_VISIBLE_DEVICES": "1,3"}
    assert gpus.claim(2, environ) == ["1", "3"]
    assert environ["CUDA_VISIBLE_DEVICES"] == "1,3"
    assert not list(here.glob("nrag-gpus*"))


def test_jobs_within_one_allocation_share_its_devices_out(machine, jobs):
    folder = machine(2)
    first, second, other = (jobs(folder, CUDA_VISIBLE_DEVICES="0,1", SLURM_JOB_ID=job) for job in ("11", "11", "12"))
    assert {told(first, "claimed")[1], told(second, "claimed")[1]} == {"0", "1"}
    assert told(other, "claimed")[1] == "0"


def test_more_devices_than_there_are_is_an_error_that_says_what_is_seen(machine):
    machine(1)
    with pytest.raises(gpus.GpuError, match="2 GPUs are needed, and this job sees 1; CUDA_VISIBLE_DEVICES is not set"):
        gpus.claim(2, {})
    with pytest.raises(gpus.GpuError, match="CUDA_VISIBLE_DEVICES is '7'"):
        gpus.claim(2, {"CUDA_VISIBLE_DEVICES": "7"})


@pytest.mark.parametrize("visible", ["", "-1"])
def test_nothing_is_claimed_where_all_devices_are_hidden(visible, machine):
    machine(1)
    environ = {"CUDA_VISIBLE_DEVICES": visible}
    assert gpus.claim(1, environ) == []
    assert environ == {"CUDA_VISIBLE_DEVICES": visible}


def test_a_folder_of_locks_that_is_another_users_is_refused(machine, monkeypatch, tmp_path):
    machine(1)
    monkeypatch.setattr(gpus.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(gpus.os, "getuid", lambda: 12345)
    with pytest.raises(gpus.GpuError, match=r"nrag-gpus-12345, which is another user's; set TMPDIR"):
        gpus.claim(1, {})


def test_a_claim_is_told_in_the_log(machine, here, caplog):
    machine(1)
    with caplog.at_level(logging.INFO, logger="nrag"):
        gpus.claim(1, {})
    assert caplog.messages == ["GPU 0"]


def test_a_link_in_place_of_the_folder_of_locks_is_refused_and_empties_nothing(machine, monkeypatch, tmp_path):
    machine(1)
    monkeypatch.setattr(gpus.tempfile, "tempdir", str(tmp_path))
    elsewhere = tmp_path / "mine"
    elsewhere.mkdir()
    (elsewhere / "turn").write_text("kept")
    (tmp_path / f"nrag-gpus-{os.getuid()}").symlink_to(elsewhere)
    with pytest.raises(gpus.GpuError, match="set TMPDIR to a folder of your own"):
        gpus.claim(1, {})
    assert (elsewhere / "turn").read_text() == "kept"


def test_a_lock_that_cannot_be_opened_is_told(machine, monkeypatch, tmp_path):
    machine(1)
    monkeypatch.setattr(gpus.tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"nrag-gpus-{os.getuid()}" / "0").mkdir(parents=True)
    with pytest.raises(gpus.GpuError, match="cannot be opened: Is a directory"):
        gpus.claim(1, {})


# ------------------------------------------------------------------------------- locks and their folder


def locks(here, *parts):
    """The folder of this user's locks, made if need be."""
    folder = here / "-".join(["nrag-gpus", str(os.getuid()), *parts])
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def taken(file):
    """A lock that another job has, until it is closed; None if it is not to be had."""
    opened = file.open("a")
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        opened.close()
        return None
    return opened


@pytest.fixture
def looks(monkeypatch):
    """What happens between two looks at the devices, a function each; `seconds` are what is waited each time."""
    between = []
    seconds = []

    def sleep(duration):
        seconds.append(duration)
        between.pop(0)()

    asked = []
    lock = gpus._lock

    def look(file):
        asked.append(file)
        assert len(asked) < 50, "looks without a pause"
        return lock(file)

    monkeypatch.setattr(gpus.time, "sleep", sleep)
    monkeypatch.setattr(gpus, "_lock", look)
    monkeypatch.setattr(gpus, "INSTANT", 1000)
    between_looks = SimpleNamespace(between=between, seconds=seconds)
    yield between_looks
    assert between == []


def test_whoever_waits_says_once_for_what_and_looks_at_intervals(machine, here, looks, caplog):
    machine(3)
    holders = [taken(locks(here) / device) for device in "02"]
    looks.between[:] = [lambda: None, lambda: None, holders[1].close]
    with caplog.at_level(logging.INFO, logger="nrag"):
        assert gpus.claim(2, {}) == ["1", "2"]
    assert caplog.messages == ["waiting for 2 of the GPUs 0, 1, 2, which other jobs hold", "GPU 1,2"]
    assert looks.seconds == [gpus.LOOK_EVERY] * 3
    holders[0].close()


def test_who_waits_for_the_turn_takes_nothing_and_says_so_only_after_a_while(machine, here, looks, caplog, monkeypatch):
    machine(1)
    turn = taken(locks(here) / "turn")

    def free():
        file = taken(locks(here) / "0")
        assert file is not None
        file.close()

    looks.between[:] = [free, turn.close]
    with caplog.at_level(logging.INFO, logger="nrag"):
        gpus.claim(1, {})
    assert caplog.messages == ["GPU 0"]
    for file in gpus._CLAIMED:
        file.close()
    turn = taken(locks(here) / "turn")
    monkeypatch.setattr(gpus, "INSTANT", -1)
    looks.between[:] = [free, turn.close]
    with caplog.at_level(logging.INFO, logger="nrag"):
        gpus.claim(1, {})
    assert caplog.messages[1:] == ["waiting for 1 of the GPUs 0, which other jobs hold", "GPU 0"]


def test_devices_and_jobs_whose_names_have_slashes_have_locks_of_their_own(machine, here):
    environ = {"CUDA_VISIBLE_DEVICES": "MIG-GPU-5e1f/7/0,MIG-GPU-5e1f/8/0", "PBS_JOBID": "../11"}
    assert gpus.claim(1, environ) == ["MIG-GPU-5e1f/7/0"]
    (folder,) = here.glob("nrag-gpus*")
    assert sorted(path.name for path in folder.iterdir()) == ["MIG-GPU-5e1f_7_0", "MIG-GPU-5e1f_8_0", "turn"]
    assert taken(folder / "MIG-GPU-5e1f_7_0") is None
    taken(folder / "MIG-GPU-5e1f_8_0").close()
    taken(folder / "turn").close()


def test_the_folder_of_locks_is_for_this_user_alone_and_what_lies_there_keeps_its_content(machine, here):
    machine(1)
    gpus.claim(1, {})
    (folder,) = here.glob("nrag-gpus*")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in gpus._CLAIMED:
        file.close()
    for name in ("0", "turn"):
        (folder / name).write_text("kept")
    gpus.claim(1, {})
    assert [(folder / name).read_text() for name in ("0", "turn")] == ["kept", "kept"]


def test_a_folder_of_locks_that_cannot_be_made_is_told(machine, here, monkeypatch):
    machine(1)
    monkeypatch.setattr(gpus.tempfile, "tempdir", str(here / "none"))
    with pytest.raises(gpus.GpuError) as told:
        gpus.claim(1, {})
    folder = here / "none" / f"nrag-gpus-{os.getuid()}"
    assert str(told.value) == f"GPUs are claimed in {folder}, which cannot be made: No such file or directory"


def test_a_file_system_without_locks_is_told(machine, here, looks, monkeypatch):
    """As some clusters' parallel ones are; to wait for such a lock would be for ever."""

    def unsupported(file, operation):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    machine(1)
    monkeypatch.setattr(gpus.fcntl, "flock", unsupported)
    with pytest.raises(gpus.GpuError) as told:
        gpus.claim(1, {})
    file = locks(here) / "turn"
    assert str(told.value) == (
        f"GPUs are claimed by locks, and {file} cannot be locked: Function not implemented; "
        "set TMPDIR to a folder on a disk of this machine"
    )
