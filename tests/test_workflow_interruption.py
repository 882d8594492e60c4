"""Killed, crowded, out of disk: no half file is ever taken for a whole one, and the next run goes on."""

import fcntl
import os
import re
import resource
import shutil
import signal
import subprocess
import time

import pytest
from workflow_runs import STUDY, jobs, products, refusal, small_disk, write_data

LARGE = STUDY | {
    "models": {"encoder": {"id": "./models/bert", "batch_tokens": 40}},
    "corpora": {"words": {"path": "data/words.csv", "label": "label"}},
    "statistics": False,
}
"""One document a batch: an extraction long enough to be hit."""

EVERYTHING = ("activations", "coordinates", "corpora", "nrags", "studies")
MADE_FIRST = re.compile("(activations|coordinates)/(encoder|decoder)/|corpora/words/(rows|texts)|studies/tiny/config")
"""What there is once there are coordinates."""

FULL = 120_000
"""Bytes a file may have where the disk is full."""


def wait_for(reached, process, *, seconds=120):
    """Return once `reached` holds; a run that ends before, or never gets there, is an error."""
    end = time.monotonic() + seconds
    while not reached():
        assert process.poll() is None, "the run ended first"
        assert time.monotonic() < end
        time.sleep(0.002)


def kill(process):
    """SIGKILL for a run and all its jobs: as when a machine goes down."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_second_run_in_the_same_folder_is_refused_while_the_first_is_at_work(unfinished):
    unfinished.results.mkdir()
    with (unfinished.results / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        printed = refusal(unfinished.run())
        assert f"another run is at work in {unfinished.results}" in printed
        assert unfinished.planned()["extract_activations"] == 1  # looking on is allowed
    assert products(unfinished.results) == {}


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_under_the_name_of_the_product(unfinished):
    """A limit on file sizes stands for the disk: the model's activations are larger, everything before is smaller.

    600 x 4 hidden states x 16 x 4 bytes are 153,600; Snakemake's copy of the page's template is the largest before.
    """
    write_data(unfinished.folder, number=300)
    before = max(file.stat().st_size for file in (unfinished.checkout / "workflow").rglob("*") if file.is_file())
    assert before < FULL
    activations = unfinished.results / "activations" / "encoder" / "words.h5"
    done = unfinished.run(
        "activations", before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, resource.RLIM_INFINITY))
    )
    assert done.returncode != 0
    assert "File too large" in done.stdout
    assert not activations.exists()
    assert set(products(unfinished.results / "corpora")) == {"words/texts.parquet", "words/rows.parquet"}
    assert jobs(unfinished.make("activations")) == {"extract_activations": 1}
    assert activations.stat().st_size > FULL


@pytest.mark.slow
def test_an_extraction_that_filled_the_disk_says_so_in_one_line_and_goes_on_when_there_is_room(unfinished):
    """The folder of activations is a disk of its own; the rows are 600 x 4 hidden states x 16 x 4 x 4 bytes."""
    write_data(unfinished.folder, number=300)
    unfinished.write(LARGE)
    whole = unfinished.copy(unfinished.folder.with_name("whole"))
    whole.make("activations")

    folder = unfinished.results / "activations"
    done = folder / "encoder" / ".words.h5.partial" / "done.bin"
    log = unfinished.results / "logs" / "extract_activations" / "encoder--words.log"
    no_room = "cannot be written: No space left on device ("
    folder.mkdir(parents=True)
    with small_disk(folder, "300k"):
        printed = refusal(unfinished.run("activations"))
        assert f" ERROR results/activations/encoder/.words.h5.partial {no_room}0.0 MB are free there)" in printed
        reached = done.read_bytes().count(1)
        assert 50 < reached < 600

        # Room for the rows, and not for the file beside them.
        subprocess.run(["mount", "-o", "remount,size=900k", folder], check=True)
        printed = refusal(unfinished.run("activations"))
        assert f"{reached} of 600 documents were done before: going on" in printed
        assert f" ERROR results/activations/encoder/words.h5 {no_room}" in printed
        assert "Segmentation" not in printed

        subprocess.run(["mount", "-o", "remount,size=5m", folder], check=True)
        unfinished.make("activations")
        assert "600 of 600 documents were done before: going on" in log.read_text(encoding="utf-8")
        assert products(folder) == products(whole.results / "activations")


@pytest.mark.slow
def test_a_killed_extraction_goes_on_where_it_was_and_ends_in_the_same_bytes(unfinished):
    write_data(unfinished.folder, number=1000)
    unfinished.write(LARGE)
    whole = unfinished.copy(unfinished.folder.with_name("whole"))
    whole.make("activations")

    folder = unfinished.results / "activations" / "encoder"
    done = folder / ".words.h5.partial" / "done.bin"
    process = unfinished.start("activations", cores=1)
    wait_for(lambda: done.exists() and done.read_bytes().count(1) > 200, process)
    kill(process)
    reached = done.read_bytes().count(1)
    assert 200 < reached < 2000
    assert not (folder / "words.h5").exists()

    unfinished.make("activations")
    log = (unfinished.results / "logs" / "extract_activations" / "encoder--words.log").read_text(encoding="utf-8")
    assert f"{reached} of 2000 documents were done before: going on" in log
    assert not done.exists()
    assert products(unfinished.results) == products(whole.results)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lost", "name", "targets"),
    [
        (EVERYTHING, "activations/encoder/words.h5", ["coordinates"]),
        (("studies",), "studies/tiny/figures", []),
    ],
)
def test_a_killed_run_is_finished_by_the_next_one_without_unlocking(finished, tmp_path, lost, name, targets):
    place = finished.copy(tmp_path / "study")
    for folder in lost:
        shutil.rmtree(place.results / folder)
    process = place.start(*targets)
    wait_for((place.results / name).exists, process)
    kill(process)
    place.make(*targets)
    here, there = products(place.results), products(finished.results)
    assert here.keys() == {name for name in there if not targets or MADE_FIRST.match(name)}
    assert [name for name in here if here[name] != there[name]] == []
    assert place.planned(*targets) == {}


@pytest.mark.slow
def test_a_killed_workflow_whose_job_lives_on_does_not_spoil_the_next_run(unfinished):
    """Only the main process dies: its job still writes when the next run starts the same one."""
    write_data(unfinished.folder, number=1000)
    unfinished.write(LARGE)
    done = unfinished.results / "activations" / "encoder" / ".words.h5.partial" / "done.bin"
    process = unfinished.start("activations", cores=1)
    wait_for(lambda: done.exists() and done.read_bytes().count(1) > 20, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    second = unfinished.run("activations")
    if second.returncode:
        assert "another process is writing to" in second.stdout
        deadline = time.monotonic() + 60
        while (done.exists() or jobs_of(process)) and time.monotonic() < deadline:
            time.sleep(0.1)
        unfinished.make("activations")
    assert unfinished.planned("activations") == {}
    assert not done.exists()


def jobs_of(process):
    """Whether a process of the run's group still lives."""
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True
