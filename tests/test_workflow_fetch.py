"""Models of the hub in real runs: fetched where there is a network, used where there is none."""

import contextlib
import dataclasses
import os
import re
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
from small_hub import Hub
from tiny import write_model
from workflow_runs import EVERYTHING, STUDY, Place, jobs, products, refusal, write_data

from nrag import checkpoints, models, store

FAR = {"far": {"id": "org/far"}}
NOWHERE = "http://127.0.0.1:9"
"""A hub that nothing answers for."""


def environment(folder, url):
    """What a run needs to know of a hub and of the cache below a folder."""
    return {"HF_HOME": str(folder / "home"), "HF_ENDPOINT": url, "HF_HUB_OFFLINE": "0"}


@pytest.fixture
def served():
    """A hub without models."""
    with contextlib.closing(Hub()) as running:
        yield running


def study(folder, checkout, served, files):
    """A study of one model of the hub, nothing run, the cache empty; the model's files in `model`."""
    place = Place(folder / "study", checkout, environment(folder, served.url))
    write_data(place.folder)
    shutil.copytree(files, folder / "model")
    served.push("org/far", folder / "model")
    place.write(STUDY | {"models": FAR})
    return place


@pytest.fixture
def unfetched(tmp_path, checkout, served, tiny_bert):
    """A study of one model of the hub, nothing run, the cache empty; the model's files in `model`."""
    return study(tmp_path, checkout, served, tiny_bert)


@pytest.fixture(scope="module")
def once(tmp_path_factory, checkout, tiny_bert):
    """Such a study in its folder, fetched; not to be written to."""
    folder = tmp_path_factory.mktemp("fetched")
    with contextlib.closing(Hub()) as running:
        study(folder, checkout, running, tiny_bert).make("fetch", cores=1)
    return folder


@pytest.fixture
def fetched(once, tmp_path, checkout, served):
    """A study of one model of the hub, fetched; the model's files in `model`."""
    shutil.copytree(once, tmp_path, symlinks=True, dirs_exist_ok=True)
    served.push("org/far", tmp_path / "model")
    return Place(tmp_path / "study", checkout, environment(tmp_path, served.url))


def record(place, model="far"):
    return checkpoints.fetched(place.results / "models" / f"{model}.json")


def offline(place):
    """The same study where nothing answers for the hub."""
    return dataclasses.replace(place, variables=place.variables | {"HF_ENDPOINT": NOWHERE})


def cached(place, file):
    """A file of the model in the cache."""
    (path,) = Path(place.variables["HF_HOME"]).glob(f"hub/models--org--far/snapshots/{record(place).commit}/{file}")
    return path


# ----------------------------------------------------------------------------------- before anything is there


def test_the_plan_needs_no_network_no_cache_and_no_record(unfetched):
    printed = offline(unfetched).make("--dry-run")
    assert set(jobs(printed)) == EVERYTHING | {"fetch_model"}
    block = printed.partition("rule extract_activations:")[2].partition("rule ")[0]
    assert "input: results/corpora/words/texts.parquet, results/models/far.json" in block
    assert "mem_mb=<TBD>" in block


def test_a_study_of_folders_has_nothing_to_fetch(unfinished):
    assert "nothing to fetch: no model and no corpus of this study is of the hub" in unfinished.make("fetch")
    assert not (unfinished.results / "models").exists()


@pytest.mark.slow
def test_all_that_cannot_be_fetched_is_told_together_before_any_job(unfetched, served, tmp_path):
    folder = tmp_path / "model"
    served.push("org/pickled", shutil.copytree(folder, tmp_path / "pickled"))
    content = served.repositories["org/pickled"].commits[served.repositories["org/pickled"].refs["main"]]
    content["pytorch_model.bin"] = content.pop("model.safetensors")
    served.push("org/gated", folder)
    served.repositories["org/gated"].gate = 403
    wrong = {"typo": {"id": "org/typo"}, "pickled": {"id": "org/pickled"}, "gated": {"id": "org/gated"}}
    wrong |= {"old": {"id": "org/far", "revision": "v9"}}
    unfetched.write(STUDY | {"models": FAR | wrong})
    for target in ("fetch", "all"):
        printed = refusal(unfetched.run(target))
        told = dict(re.findall(r"^model '(\w+)': (.*)$", printed, re.MULTILINE))
        assert set(told) == set(wrong)
        assert "no public model of the hub" in told["typo"]
        assert "only pickled weights (pytorch_model.bin)" in told["pickled"]
        assert "is gated: ask for access at" in told["gated"]
        assert told["old"] == "the hub has no org/far at v9: mend the revision"
        assert "Finished jobid" not in printed
    assert served.asked("content") == []


@pytest.mark.slow
def test_without_a_network_a_cache_and_a_record_one_line_names_the_command(unfetched):
    told = {"all": f"run `{unfetched.fetch}` where there is a network", "fetch": "try again where there is a network"}
    for target, cure in told.items():
        printed = refusal(offline(unfetched).run(target))
        (line,) = re.findall(r"^model 'far': .*", printed, re.MULTILINE)
        assert line.endswith(f"Connection refused); {cure}")
    assert products(unfetched.results) == {}


# ------------------------------------------------------------------------------------------ what is fetched


@pytest.mark.slow
def test_a_fetched_model_is_extracted_without_a_network_from_its_commit(fetched, served, tmp_path):
    commit = record(fetched).commit
    shutil.copytree(tmp_path / "model", tmp_path / "first")
    about = store.read_attributes(fetched.results / "models" / "far.json")
    assert about["provenance"] == {"software": {}, "parameters": {"id": "org/far", "weights": "trained"}, "inputs": {}}
    assert str(tmp_path) not in (fetched.results / "models" / "far.json").read_text()
    served.push("org/far", write_model(tmp_path / "model", seed=3))
    served.requests.clear()
    assert "far: org/far at commit" in fetched.make("fetch", cores=1)
    fetched.make("activations")
    assert served.requests == []
    attributes = store.read_attributes(fetched.results / "activations" / "far" / "words.h5")
    assert attributes["revision"] == commit
    assert attributes["provenance"]["inputs"]["model"] == about["content"]
    files = models.load(str(tmp_path / "first"), root=tmp_path)
    assert (attributes["weights"], attributes["vocabulary"]) == (files.weights, files.vocabulary)
    shutil.rmtree(fetched.variables["HF_HOME"])
    assert offline(fetched).planned("activations") == {}


@pytest.mark.slow
def test_one_command_fetches_and_extracts_every_model_from_its_commit(unfetched, served, tmp_path):
    first = served.repositories["org/far"].refs["main"]
    second = served.push("org/far", write_model(tmp_path / "model", seed=3))
    unfetched.write(
        STUDY | {"models": {"far": {"id": "org/far", "controls": 1}, "pinned": {"id": "org/far", "revision": first}}}
    )
    printed = unfetched.make("activations")
    assert jobs(printed) == {"read_corpus": 1, "fetch_model": 3, "extract_activations": 3}
    for model, commit in {"far": second, "far-untrained-0": second, "pinned": first}.items():
        assert record(unfetched, model).commit == commit
        attributes = store.read_attributes(unfetched.results / "activations" / model / "words.h5")
        assert attributes["revision"] == commit
    assert record(unfetched, "pinned").revision == first
    twin = record(unfetched, "far-untrained-0")
    assert "model.safetensors" not in twin.files
    assert twin.weight_bytes == record(unfetched).weight_bytes
    printed = unfetched.make("check")
    assert f"far: org/far at commit {second[:12]}, weights " in printed
    assert f"far-untrained-0: org/far at commit {second[:12]}, untrained weights" in printed
    assert f"pinned: org/far at commit {first[:12]}, weights " in printed


# -------------------------------------------------------------------------------------- fetched once more


@pytest.mark.slow
def test_the_same_commit_fetched_again_extracts_nothing_and_another_one_does(fetched, served, tmp_path):
    fetched.make("activations")
    first = (fetched.results / "models" / "far.json").read_bytes()
    before = record(fetched).commit
    fetched.make("fetch", "--forcerun", "fetch_model", cores=1)
    assert (fetched.results / "models" / "far.json").read_bytes() == first
    assert fetched.planned("activations") == {}
    later = served.push("org/far", write_model(tmp_path / "model", seed=3))
    fetched.make("fetch", "--forceall", cores=1)
    assert record(fetched).commit == before
    assert fetched.planned("activations") == {}
    fetched.make("fetch", "--forcerun", "fetch_model", cores=1)
    assert record(fetched).commit == later
    assert fetched.planned("activations") == {"extract_activations": 1}


@pytest.mark.slow
def test_the_record_of_another_model_is_never_extracted(fetched, served, tmp_path):
    """Results were copied from another machine: Snakemake no longer knows what made them."""
    near = served.push("org/near", write_model(tmp_path / "near", seed=3))
    fetched.write(STUDY | {"models": {"far": {"id": "org/near"}}})
    shutil.rmtree(fetched.folder / ".snakemake")
    told = (
        "its record in results/models is of org/far, and the config says org/near; "
        "run `{} --forcerun fetch_model`, or delete the record"
    )
    assert "fetch_model" not in fetched.planned("activations")
    for target in ("activations", "check", "fetch"):
        printed = refusal(fetched.run(target))
        assert f"model 'far': {told.format(fetched.fetch)}" in printed
        assert "Finished jobid" not in printed
    # Without the check before any job, the job itself refuses, which knows no config file.
    assert told.format(checkpoints.FETCH) in refusal(fetched.run("activations", "--no-hooks"))
    assert not (fetched.results / "activations" / "far" / "words.h5").exists()
    fetched.make("fetch", "--forcerun", "fetch_model", cores=1)
    assert (record(fetched).id, record(fetched).commit) == ("org/near", near)
    fetched.make("activations")
    attributes = store.read_attributes(fetched.results / "activations" / "far" / "words.h5")
    assert attributes["revision"] == near


@pytest.mark.slow
def test_a_model_that_the_config_changes_is_fetched_by_the_run_itself(fetched, served, tmp_path):
    near = served.push("org/near", write_model(tmp_path / "near", seed=3))
    fetched.write(STUDY | {"models": {"far": {"id": "org/near"}}})
    assert re.search("far: org/near, to fetch .results/models has org/far", fetched.make("check"))
    printed = fetched.make("activations")
    assert jobs(printed) == {"read_corpus": 1, "fetch_model": 1, "extract_activations": 1}
    assert record(fetched).commit == near
    attributes = store.read_attributes(fetched.results / "activations" / "far" / "words.h5")
    assert attributes["revision"] == near
    # What cannot be had is told although there are activations of that name.
    fetched.write(STUDY | {"models": {"far": {"id": "org/typo"}}})
    for target in ("check", "activations"):
        printed = refusal(fetched.run(target))
        assert "model 'far': there is no folder org/typo, and no public model of the hub" in printed
        assert "Finished jobid" not in printed


@pytest.mark.slow
def test_a_newer_commit_that_cannot_be_had_leaves_the_record(fetched, served, tmp_path):
    before = (fetched.results / "models" / "far.json").read_bytes()
    served.push("org/far", write_model(tmp_path / "model", seed=3), model__safetensors=b"")
    served.repositories["org/far"].gate = 403
    printed = refusal(fetched.run("fetch", "--forcerun", "fetch_model", cores=1))
    assert "is gated: ask for access at" in printed
    assert (fetched.results / "models" / "far.json").read_bytes() == before
    assert fetched.planned("fetch") == {}


@pytest.mark.slow
def test_what_the_cache_lost_is_told_before_any_job_and_fetched_again(fetched, served, tmp_path):
    commit = record(fetched).commit
    served.push("org/far", write_model(tmp_path / "model", seed=3))
    cached(fetched, "model.safetensors").resolve().unlink()
    printed = refusal(fetched.run())
    (line,) = re.findall(r"^model 'far': .*", printed, re.MULTILINE)
    assert "is not whole in" in line
    assert f"(missing: model.safetensors); run `{fetched.fetch}` where there is a network" in line
    assert "Finished jobid" not in printed
    fetched.make("fetch", cores=1)
    assert record(fetched).commit == commit
    offline(fetched).make("activations")


@pytest.mark.slow
def test_a_job_that_finds_a_file_missing_says_so_and_waits_for_no_network(fetched, served):
    """As on a compute node that does not see the cache of the login node: the check before any job saw it."""
    cached(fetched, "model.safetensors").resolve().unlink()
    fetched.make("results/corpora/words/texts.parquet", "--no-hooks")
    served.requests.clear()
    printed = refusal(fetched.run("activations", "--no-hooks"))
    assert "was fetched, but is not whole in" in printed
    assert "run `snakemake fetch --cores 1` where there is a network, into a cache that this machine sees" in printed
    assert served.requests == []


@pytest.mark.slow
def test_a_killed_download_goes_on_with_what_is_missing(unfetched, served):
    served.holding["model.safetensors"] = held = threading.Event()
    process = unfetched.start("fetch", cores=1)
    end = time.monotonic() + 120
    while not served.asked("GET", "/content/"):
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    held.set()
    served.holding.clear()
    served.requests.clear()
    unfetched.make("fetch", cores=1)
    assert served.files() == {"model.safetensors"}


@pytest.mark.slow
def test_a_model_that_another_study_means_otherwise_is_refused_though_they_share_no_corpus(fetched):
    (fetched.folder / "data" / "others.csv").write_bytes((fetched.folder / "data" / "words.csv").read_bytes())
    corpora = {"others": {"path": "data/others.csv", "label": "label"}}
    second = {
        "study": "second",
        "device": "cpu",
        "corpora": corpora,
        "models": {"far": {"id": "org/far", "revision": "v1"}},
    }
    printed = refusal(fetched.run("fetch", config=fetched.write(second, "second.yaml")))
    assert "models.far.revision: 'v1' in study 'second', not set in study 'tiny'" in printed
    assert "both would write results/models/far.json" in printed
