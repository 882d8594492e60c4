"""Models of the hub: what is asked of it, what is kept, what is refused. Against a small hub over real HTTP."""

import dataclasses
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_hub import Hub
from tiny import edit_json, write_model

from nrag import checkpoints, hub, models

TINY = "org/tiny"
SCRIPTS = Path(__file__).parents[1] / "scripts"


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A hub that this process talks to, with an empty cache."""
    from huggingface_hub import constants

    running = Hub()
    monkeypatch.setattr(constants, "ENDPOINT", running.url)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", running.url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", str(tmp_path / "harnesses.json"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    yield running
    running.close()


@pytest.fixture
def folder(tiny_bert, tmp_path):
    """A model's files, to be changed and pushed."""
    return shutil.copytree(tiny_bert, tmp_path / "model")


def weighed(folder, *, seed):
    """The folder with other weights."""
    return write_model(folder, "bert", seed=seed)


def sharded(folder):
    """The folder with its weights in two files and an index."""
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    shards = {name: f"model-0000{1 + number % 2}-of-00002.safetensors" for number, name in enumerate(sorted(weights))}
    for shard in set(shards.values()):
        held = {name: value for name, value in weights.items() if shards[name] == shard}
        save_file(held, folder / shard, metadata={"format": "pt"})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": shards}))
    return folder


def reason(wrong=hub.HubError, **options):
    """Why a fetch was refused, in one line."""
    with pytest.raises(wrong) as caught:
        models.fetch(options.pop("model_id", TINY), **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ------------------------------------------------------------------------------------ what is got


def test_what_was_fetched_is_of_one_commit_and_loads_without_a_network(served, folder, tmp_path):
    commit = served.push(TINY, folder)
    fetched = models.fetch(TINY)
    content = (folder / "model.safetensors").read_bytes()
    assert (fetched.id, fetched.revision, fetched.commit) == (TINY, None, commit)
    assert fetched.shape == checkpoints.Shape(layers=3, width=16)
    assert fetched.weight_bytes == len(content)
    assert fetched.files["model.safetensors"] == checkpoints.File(len(content), hashlib.sha256(content).hexdigest())
    small = (folder / "config.json").read_bytes()
    assert fetched.files["config.json"].etag == hashlib.sha1(b"blob %d\0" % len(small) + small).hexdigest()
    served.close()
    loaded = models.load(TINY, root=tmp_path, fetched=fetched)
    assert loaded.revision == commit
    assert loaded.weights == models.load(str(folder), root=tmp_path).weights


def test_only_what_is_loaded_is_got(served, folder):
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}")
    further = {"README__md": b"#", "consolidated__safetensors": b"the same again", "pytorch_model__bin": b"pickled"}
    served.push(TINY, folder, **further)
    assert set(models.fetch(TINY).files) == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    for name in ("onnx", "README", "consolidated", "pytorch_model"):
        assert served.asked("resolve", name) == []


def test_all_shards_are_got_and_weighed(served, folder, tmp_path):
    whole = models.load(str(folder), root=tmp_path).weights
    served.push(TINY, sharded(folder))
    fetched = models.fetch(TINY)
    shards = [folder / f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    assert fetched.weight_bytes == sum(shard.stat().st_size for shard in shards)
    assert {shard.name for shard in shards} < set(fetched.files)
    assert models.load(TINY, root=tmp_path, fetched=fetched).weights == whole


def test_an_untrained_model_needs_no_weights_but_knows_their_size(served, folder, tmp_path):
    served.push(TINY, folder)
    fetched = models.fetch(TINY, weights="random")
    assert served.asked("model.safetensors") == []
    assert "model.safetensors" not in fetched.files
    assert fetched.weight_bytes == (folder / "model.safetensors").stat().st_size
    assert models.load(TINY, root=tmp_path, weights="random", fetched=fetched).revision == fetched.commit


def test_an_untrained_model_may_have_pickled_weights(served, folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    served.push(TINY, folder)
    assert models.fetch(TINY, weights="random").weight_bytes == 0


# ---------------------------------------------------------------------------- which commit, and when


def test_what_the_cache_holds_is_not_asked_for_again(served, folder):
    first = served.push(TINY, folder)
    fetched = models.fetch(TINY)
    served.push(TINY, weighed(folder, seed=3))
    served.requests.clear()
    assert models.fetch(TINY) == models.fetch(TINY, previous=fetched) == fetched
    assert models.fetch(TINY, revision=first) == dataclasses.replace(fetched, revision=first)
    assert served.requests == []


def test_the_newest_commit_is_asked_for_only_if_wanted(served, folder):
    first = models.fetch(served.push(TINY, folder) and TINY)
    second = served.push(TINY, weighed(folder, seed=3))
    newest = models.fetch(TINY, previous=first, newest=True)
    assert newest.commit == second != first.commit
    assert models.fetch(TINY, previous=first) == first


def test_a_recorded_commit_holds_although_the_cache_knows_a_newer_one(served, folder):
    served.push(TINY, folder)
    first = models.fetch(TINY)
    served.push(TINY, weighed(folder, seed=3))
    models.fetch(TINY, newest=True)
    shutil.rmtree(hub.whole(first))
    assert models.fetch(TINY, previous=first) == first


def test_another_revision_than_the_recorded_one_is_looked_up(served, folder):
    first = served.push(TINY, folder, ref="v1")
    second = served.push(TINY, weighed(folder, seed=3), ref="v2")
    served.push(TINY, weighed(folder, seed=4))
    fetched = models.fetch(TINY, revision="v1")
    assert fetched.commit == first
    assert models.fetch(TINY, revision="v2", previous=fetched).commit == second
    assert models.fetch(TINY, revision=first).commit == first


def test_a_commit_does_not_move(served, folder):
    first = served.push(TINY, folder)
    fetched = models.fetch(TINY, revision=first)
    served.push(TINY, weighed(folder, seed=3))
    served.requests.clear()
    assert models.fetch(TINY, revision=first, newest=True) == fetched
    assert served.requests == []


def test_without_a_network_the_newest_commit_is_an_error_and_not_an_old_one(served, folder):
    served.push(TINY, folder)
    models.fetch(TINY)
    served.close()
    assert "Connection refused" in reason(newest=True)


@pytest.fixture
def copied(served, folder, tmp_path):
    """A cache that an older program filled: it tells no list of files, and copies stand for links."""
    commit = served.push(TINY, folder)
    place = tmp_path / "cache" / "models--org--tiny"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text(commit)
    return shutil.copytree(folder, place / "snapshots" / commit)


def test_a_cache_without_a_list_of_files_is_completed_at_its_own_commit(served, copied, folder):
    (copied / "tokenizer.json").unlink()
    (copied / "model.safetensors").unlink()
    served.push(TINY, weighed(folder, seed=3))
    fetched = models.fetch(TINY)
    assert fetched.commit == copied.name
    assert (copied / "tokenizer.json").is_file()
    assert served.asked("resolve", "/config.json") == []


def test_a_cache_without_a_list_of_files_serves_where_there_is_no_network(served, copied, caplog):
    served.close()
    with caplog.at_level(logging.WARNING, logger="nrag"):
        fetched = models.fetch(TINY)
    assert fetched.commit == copied.name
    assert fetched.files["model.safetensors"].etag is None
    assert "taken as it is in the cache" in caplog.text
    (copied / "model.safetensors").unlink()
    assert "no weights (model.safetensors)" in reason(models.ModelError)


# -------------------------------------------------------------------------------- what is refused


def encoder_decoder(folder):
    edit_json(folder / "config.json", is_encoder_decoder=True)
    return "org/tiny at commit {commit} is an encoder-decoder"


def pickled(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    return "org/tiny at commit {commit} has only pickled weights (pytorch_model.bin)"


def without_tokenizer(folder):
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    return "org/tiny at commit {commit} has no tokenizer"


def adapter(folder):
    (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
    return "org/tiny at commit {commit} has no weights (model.safetensors), only adapter_model.safetensors"


def no_model(folder):
    (folder / "config.json").unlink()
    return "org/tiny at commit {commit} has no config.json"


def unknown(folder):
    edit_json(folder / "config.json", model_type="from-next-year")
    return "org/tiny at commit {commit}: config or tokenizer cannot be read"


def shard_lost(folder):
    (sharded(folder) / "model-00002-of-00002.safetensors").unlink()
    return "org/tiny at commit {commit} lacks the weights file model-00002-of-00002.safetensors"


@pytest.mark.parametrize(
    "damage", [encoder_decoder, pickled, without_tokenizer, adapter, no_model, unknown, shard_lost]
)
def test_what_cannot_be_loaded_is_refused_before_its_weights_are_got(damage, served, folder, tmp_path):
    message = damage(folder)
    commit = served.push(TINY, folder)
    said = reason(models.ModelError)
    assert message.format(commit=commit[:12]) in said
    assert served.asked("content") == []
    assert models.refusal(TINY, root=tmp_path) == said
    assert str(tmp_path) not in said


def test_a_model_that_the_hub_does_not_have_is_refused(served):
    assert reason(model_id="org/typo").startswith("there is no folder org/typo, and no public model of the hub")
    assert "a/b/c" in reason(model_id="a/b/c")


def test_a_revision_that_the_hub_does_not_have_is_refused(served, folder):
    served.push(TINY, folder)
    assert reason(revision="v9") == "the hub has no org/tiny at v9: mend the revision"
    assert "has no org/tiny at " in reason(revision="0" * 40)


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_model_says_where_to_ask_for_it(status, served, folder):
    served.push(TINY, folder)
    served.repositories[TINY].gate = status
    assert f"org/tiny is gated: ask for access at {served.url}/org/tiny, and log in" in reason()


def test_a_model_that_does_not_fit_on_the_disk_is_refused_before_it_is_got(served, folder):
    served.push(TINY, folder)
    served.lying["model.safetensors"] = 10**15
    said = reason()
    assert "needs 1000000.0 GB in " in said
    assert "set HF_HOME" in said
    assert served.asked("content") == []


def test_a_disk_that_fills_up_is_named(served, folder, monkeypatch):
    import errno
    import os

    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere")

    served.push(TINY, folder)
    monkeypatch.setattr("huggingface_hub.snapshot_download", full)
    assert "does not fit into" in reason()


def test_no_network_and_nothing_in_the_cache_name_the_command(served):
    served.close()
    said = reason()
    assert said.startswith("org/tiny is not whole on this machine, and the hub does not give it (")
    assert said.endswith("Connection refused); run `snakemake fetch --cores 1` where there is a network")


def test_the_switch_of_the_hubs_library_that_forbids_requests_holds(served, folder, monkeypatch):
    from huggingface_hub import constants

    served.push(TINY, folder)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "offline mode is enabled" in reason()
    assert served.requests == []


# ----------------------------------------------------------------------------- what breaks, what is lost


def test_a_download_that_breaks_off_goes_on_where_it_was(served, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1000)
    half = (folder / "model.safetensors").stat().st_size // 2
    served.push(TINY, folder)
    served.breaking["model.safetensors"] = 1
    fetched = models.fetch(TINY)
    assert len(served.asked("content", f"bytes={half // 1000 * 1000}-")) == 1
    assert models.load(TINY, root=tmp_path, fetched=fetched).weights


def test_a_hub_that_keeps_breaking_off_is_told_and_leaves_the_rest_to_the_next_run(served, folder, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    served.push(TINY, folder)
    served.breaking["model.safetensors"] = 100
    assert "closed connection" in reason()
    served.breaking.clear()
    served.requests.clear()
    models.fetch(TINY)
    assert served.files() == {"model.safetensors"}


def purged(folder):
    """Only the link is left."""
    (folder / "model.safetensors").resolve().unlink()
    return ["model.safetensors"]


def cut_off(folder):
    content = (folder / "tokenizer.json").resolve()
    content.write_bytes(content.read_bytes()[:-1])
    return ["tokenizer.json"]


def gone(folder):
    shutil.rmtree(folder)
    return []


@pytest.mark.parametrize("lose", [purged, cut_off, gone])
def test_what_the_cache_lost_is_told_with_the_command_and_got_again(lose, served, folder, tmp_path):
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    before = models.load(TINY, root=tmp_path, fetched=fetched)
    lost = lose(hub.whole(fetched))
    served.push(TINY, weighed(folder, seed=3))
    served.requests.clear()
    with pytest.raises(
        hub.HubError, match=r"is not whole in .* here \(missing: .*run `snakemake fetch --cores 1`"
    ) as told:
        models.load(TINY, root=tmp_path, fetched=fetched)
    assert all(name in str(told.value) for name in lost)
    assert models.refusal(TINY, root=tmp_path, fetched=fetched) == str(told.value)
    assert served.requests == []
    hub.restore(fetched)
    again = models.load(TINY, root=tmp_path, fetched=fetched)
    assert (again.weights, again.vocabulary, again.revision) == (before.weights, before.vocabulary, fetched.commit)
    if lost:
        assert served.files() == set(lost)


def test_what_is_whole_is_not_restored(served, folder):
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    served.requests.clear()
    assert hub.restore(fetched).name == fetched.commit
    assert served.requests == []


def test_what_was_lost_and_cannot_be_got_is_told_without_waiting(served, folder, monkeypatch):
    """The hub's library alone would try for 23 seconds."""
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("waits"))
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    purged(hub.whole(fetched))
    served.close()
    with pytest.raises(hub.HubError, match=r"the hub does not give it \(.*Connection refused\)"):
        hub.restore(fetched)


# --------------------------------------------------------------------------- the check before any job


def test_a_fetched_model_is_checked_as_a_folder_is(served, folder, tmp_path):
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights["embeddings.word_embeddings.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    served.close()
    assert "word_embeddings" in models.refusal(TINY, root=tmp_path, fetched=fetched)


@pytest.mark.parametrize(("weights", "least"), [("trained", 0), ("random", 10**12)])
def test_of_large_and_of_untrained_models_the_check_reads_the_description_alone(
    weights, least, served, folder, tmp_path, monkeypatch
):
    served.push(TINY, folder)
    fetched = models.fetch(TINY, weights=weights)
    monkeypatch.setattr(models, "LARGE", least)
    monkeypatch.setattr(models, "load", lambda *arguments, **options: pytest.fail("loaded"))
    assert models.refusal(TINY, root=tmp_path, weights=weights, fetched=fetched) is None


def test_a_job_that_extracts_may_not_ask_the_hub():
    program = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n"
        "import extract_activations\n"
        "from huggingface_hub import constants\n"
        "assert constants.is_offline_mode()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=os.environ | {"HF_HUB_OFFLINE": "0"})


def test_a_hub_model_that_was_not_fetched_is_not_loaded(served, folder, tmp_path):
    served.push(TINY, folder)
    with pytest.raises(models.ModelError, match="was not fetched; run `snakemake fetch --cores 1`"):
        models.load(TINY, root=tmp_path)
    assert served.requests == []
