"""Models of the hub: what is asked of it, what is kept, what is refused. Against a small hub over real HTTP."""

import dataclasses
import errno
import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import errors
from small_hub import Hub
from tiny import edit_json, write_model

from nrag import checkpoints, hub, models
from nrag.models import fetching

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


def purged(folder):
    """Only the link is left."""
    (folder / "model.safetensors").resolve().unlink()
    return ["model.safetensors"]


def cut_off(folder):
    content = (folder / "tokenizer.json").resolve()
    content.write_bytes(content.read_bytes()[:-1])
    return ["tokenizer.json"]


def grown(folder):
    content = (folder / "tokenizer.json").resolve()
    content.write_bytes(content.read_bytes() + b" ")
    return ["tokenizer.json"]


def purged_and_cut_off(folder):
    return [*purged(folder), *cut_off(folder)]


def gone(folder):
    shutil.rmtree(folder)
    return []


def gone_with_the_cache(folder):
    shutil.rmtree(folder.parents[2])
    return []


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


def test_everything_that_describes_a_model_is_got_and_listed_in_order(served, folder):
    beside = {"vocab__txt": b"a", "spiece__model": b"b", "chat_template__jinja": b"c", "modeling__py": b"d"}
    served.push(TINY, folder, **beside)
    names = [name.replace("__", ".") for name in beside]
    snapshot = hub.describe(TINY)
    assert all((snapshot.folder / name).is_file() for name in names)
    listed = list(hub.files(snapshot, []))
    assert listed == sorted(listed)
    assert set(names) < set(listed)


def test_what_another_commit_brought_is_not_got_again(served, folder):
    served.push(TINY, folder)
    first = models.fetch(TINY)
    served.push(TINY, folder, notes__txt=b"new")
    served.requests.clear()
    second = models.fetch(TINY, newest=True)
    assert second.commit != first.commit
    assert served.asked("content") == []


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
    assert hub.describe(TINY).commit == first
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
    assert hub.whole(first).name == first.commit
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


def test_a_cache_without_a_list_of_files_knows_the_sizes_behind_its_links(served, folder, tmp_path, monkeypatch):
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    shutil.rmtree(hub.whole(fetched).parents[1] / "trees")
    # The library remembers the lists of a place.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str((tmp_path / "cache").rename(tmp_path / "moved")))
    served.close()
    assert not hub.describe(TINY).listed
    assert models.fetch(TINY) == fetched


@pytest.mark.parametrize(("lost", "serves"), [("config.json", False), ("tokenizer.json", True)])
def test_a_cache_describes_a_model_only_with_its_config(lost, serves, served, copied, caplog):
    (copied / lost).unlink()
    served.close()
    with pytest.raises(models.ModelError if serves else hub.HubError):
        models.fetch(TINY)
    assert ("taken as it is in the cache" in caplog.text) == serves


def test_a_cache_whose_list_of_files_the_hub_did_not_give_tells_only_what_is_there(copied, monkeypatch):
    monkeypatch.setattr("huggingface_hub.HfApi.list_repo_tree", raising(errors.OfflineModeIsEnabled("cut off")))
    snapshot = hub.describe(TINY)
    assert not snapshot.listed
    assert set(snapshot.sizes) == {path.name for path in copied.iterdir()}


def test_a_description_that_the_cache_lost_a_file_of_is_completed(served, folder):
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    (hub.whole(fetched) / "tokenizer.json").unlink()
    assert models.fetch(TINY) == fetched


# -------------------------------------------------------------------------------- what is refused


def without_depth(folder):
    edit_json(folder / "config.json", num_hidden_layers=None)
    return "org/tiny at commit {commit}/config.json tells neither depth"


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


@pytest.mark.parametrize("damage", [without_depth, pickled, without_tokenizer, adapter, no_model, unknown, shard_lost])
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
    assert reason(model_id="org/typo", revision="v1").startswith("there is no folder org/typo, and no public model")
    assert reason(model_id="a/b/c").startswith("'a/b/c' is no folder here, and no id of the hub: ")


def test_a_revision_that_the_hub_does_not_have_is_refused(served, folder):
    served.push(TINY, folder)
    assert reason(revision="v9") == "the hub has no org/tiny at v9: mend the revision"
    assert "has no org/tiny at " in reason(revision="0" * 40)


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_model_says_where_to_ask_for_it(status, served, folder):
    served.push(TINY, folder)
    served.repositories[TINY].gate = status
    assert f"org/tiny is gated: ask for access at {served.url}/org/tiny, and log in" in reason()


def gated(served, snapshot):
    served.repositories[TINY].gate = 401
    return f"org/tiny at commit {snapshot.commit[:12]} is gated: ask for access at {served.url}/org/tiny, and log in"


def test_a_model_that_was_gated_meanwhile_is_named_with_its_commit(served, folder):
    served.push(TINY, folder)
    snapshot = hub.describe(TINY)
    message = gated(served, snapshot)
    with pytest.raises(hub.HubError) as told:
        hub.add(snapshot, ["model.safetensors"])
    assert str(told.value).startswith(message)


@pytest.mark.parametrize("lose", [purged, cut_off])
def test_a_model_that_was_gated_after_it_was_fetched_is_named_with_its_commit(lose, served, folder):
    """What is got anew although it is there fails in the hub's library with another error, of this cause."""
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    lose(hub.whole(fetched))
    message = gated(served, fetched)
    with pytest.raises(hub.HubError) as told:
        hub.restore(fetched)
    assert str(told.value).startswith(message)


def test_a_model_that_does_not_fit_on_the_disk_is_refused_before_it_is_got(served, folder):
    commit = served.push(TINY, folder)
    served.lying["model.safetensors"] = 10**15
    said = reason()
    assert said.startswith(f"org/tiny at commit {commit[:12]} needs 1000000.0 GB in ")
    assert "set HF_HOME" in said
    assert served.asked("content") == []


def test_what_is_not_loaded_needs_no_room(served, folder):
    served.push(TINY, folder, pytorch_model__bin=b"pickled")
    served.lying["pytorch_model.bin"] = 10**15
    assert "model.safetensors" in models.fetch(TINY).files


@pytest.fixture
def disk(monkeypatch, tmp_path):
    """A disk of the cache with so many bytes free, beside an empty one for everything else."""
    free = SimpleNamespace(free=0)

    def usage(path):
        within = Path(path).is_relative_to(tmp_path / "cache")
        return SimpleNamespace(total=10**18, used=0, free=free.free if within else 0)

    monkeypatch.setattr(hub.shutil, "disk_usage", usage)
    return free


def test_what_was_lost_needs_room_for_itself_alone(served, folder, disk):
    disk.free = 10**12
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    purged(hub.whole(fetched))
    served.requests.clear()
    disk.free = fetched.weight_bytes - 1
    with pytest.raises(
        hub.HubError, match=rf"{fetched.name} needs 0\.0 GB in .*, and 0\.0 GB are free there; make room"
    ):
        hub.restore(fetched)
    assert served.requests == []
    disk.free = fetched.weight_bytes
    assert hub.restore(fetched) == hub.whole(fetched)


def test_room_is_told_in_gigabytes(served, folder, disk):
    served.push(TINY, folder)
    served.lying["model.safetensors"] = 7 * 10**9
    disk.free = 2 * 10**9
    assert re.search(r" needs 7\.0 GB in .*cache, and 2\.0 GB are free there; make room", reason())


def full(number):
    return OSError(number, os.strerror(number), "/somewhere")


def caused(error, cause):
    """The error as one that another led to."""
    error.__cause__ = cause
    return error


def in_passing(error, context):
    """The error as one that was raised while another was handled, and is not of it."""
    error.__context__, error.__suppress_context__ = context, True
    return error


def raising(error):
    """What raises the error wherever the network is asked."""

    def raise_it(*arguments, **options):
        if options.get("local_files_only"):
            raise errors.LocalEntryNotFoundError("nothing here")
        raise error

    return raise_it


def asking(served, folder):
    """Everything that asks the hub, of a model whose weights the cache lost."""
    served.push(TINY, folder)
    snapshot, fetched = hub.describe(TINY), models.fetch(TINY)
    purged(snapshot.folder)
    return (
        lambda: hub.describe(TINY),
        lambda: hub.add(snapshot, ["model.safetensors"]),
        lambda: hub.restore(fetched),
    )


NOT_GIVEN = "org/tiny is not whole on this machine, and the hub does not give it ({}); run `snakemake fetch --cores 1`"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (full(errno.ENOSPC), "org/tiny does not fit into {cache}: No space left on device; make room, or set HF_HOME"),
        (full(errno.EDQUOT), "org/tiny does not fit into {cache}: Disk quota exceeded; make room, or set HF_HOME"),
        (full(errno.EACCES), "org/tiny cannot be kept in the cache: Permission denied: /somewhere; mend it, or set"),
        (caused(ValueError("forced"), full(errno.EACCES)), "org/tiny cannot be kept in the cache: Permission denied"),
        # hf_xet's: of the system too, and without a file.
        (ConnectionError("no route"), NOT_GIVEN.format("no route")),
        (OSError(errno.EIO, "Input/output error"), NOT_GIVEN.format("[Errno 5] Input/output error")),
        (errors.OIDCError("no id token is available"), NOT_GIVEN.format("no id token is available")),
        (RuntimeError("Data Integrity Error"), NOT_GIVEN.format("Data Integrity Error")),
        (
            ImportError("\n the 'socksio' package is not installed\nat all"),
            NOT_GIVEN.format("the 'socksio' package is not installed"),
        ),
        (caused(OSError("not here"), TimeoutError()), NOT_GIVEN.format("TimeoutError")),
        (in_passing(OSError("not here"), full(errno.EACCES)), NOT_GIVEN.format("not here")),
    ],
    ids=repr,
)
def test_whatever_is_at_fault_is_told_in_one_line(error, message, served, folder, monkeypatch, tmp_path):
    served.push(TINY, folder)
    monkeypatch.setattr("huggingface_hub.snapshot_download", raising(error))
    assert reason().startswith(message.format(cache=tmp_path / "cache"))


@pytest.mark.parametrize(
    "error", [TypeError("a bug"), AttributeError("a bug"), KeyError("a bug"), AssertionError()], ids=repr
)
def test_a_programming_error_is_no_fault_of_the_hub(error, served, folder, monkeypatch):
    asks = asking(served, folder)
    monkeypatch.setattr("huggingface_hub.snapshot_download", raising(error))
    for ask in asks:
        with pytest.raises(type(error)) as caught:
            ask()
        assert caught.value is error


@pytest.mark.parametrize("fault", [OSError("no route"), RuntimeError("damaged")], ids=repr)
def test_a_fault_is_told_wherever_the_hub_is_asked(fault, served, folder, monkeypatch):
    asks = asking(served, folder)
    monkeypatch.setattr("huggingface_hub.snapshot_download", raising(fault))
    for ask in asks:
        with pytest.raises(hub.HubError, match=rf"the hub does not give it \({fault}\)") as told:
            ask()
        assert told.value.__cause__ is fault


@pytest.mark.parametrize(
    "page", [b"<html>log in</html>", b"", b"{}", b"[]", b"null", b'{"error": "no"}', b'{"id": "a/b"}']
)
def test_a_wall_that_answers_in_the_hubs_place_is_told(page, served, folder):
    served.push(TINY, folder)
    served.wall = page
    assert "the hub does not give it (" in reason()


def test_a_proxy_that_cannot_be_used_is_told(served, monkeypatch):
    import huggingface_hub

    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for proxy in ("socks5://127.0.0.1:9", "unheard-of://127.0.0.1:9"):
        monkeypatch.setenv("ALL_PROXY", proxy)
        monkeypatch.setenv("HTTP_PROXY", proxy)
        # Its client reads these variables once.
        huggingface_hub.close_session()
        assert "the hub does not give it (" in reason()
    huggingface_hub.close_session()


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


@pytest.mark.parametrize("lose", [purged, cut_off, grown, purged_and_cut_off, gone, gone_with_the_cache])
def test_what_the_cache_lost_is_told_with_the_command_and_got_again(lose, served, folder, tmp_path, caplog):
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
    if lost:
        assert sorted(re.search(r"missing: (.*?)\)", str(told.value))[1].split(", ")) == sorted(lost)
    assert models.refusal(TINY, root=tmp_path, fetched=fetched) == str(told.value)
    assert served.requests == []
    with caplog.at_level(logging.INFO, logger="nrag"):
        assert hub.restore(fetched) == hub.whole(fetched)
    assert f"{fetched.name}: getting " in caplog.text
    again = models.load(TINY, root=tmp_path, fetched=fetched)
    assert (again.weights, again.vocabulary, again.revision) == (before.weights, before.vocabulary, fetched.commit)
    if lost:
        assert served.files() == set(lost)


def test_of_many_files_that_were_lost_three_are_named(served, folder):
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    place = hub.whole(fetched)
    first, *others = fetched.files
    assert len(others) == 3
    for name in others:
        (place / name).unlink()
    with pytest.raises(hub.HubError, match=rf"\(missing: {', '.join(others)}\); run"):
        hub.whole(fetched)
    (place / first).unlink()
    with pytest.raises(hub.HubError, match=rf"\(missing: {', '.join([first, *others[:2]])} and 1 more\); run"):
        hub.whole(fetched)


def test_a_lost_link_is_made_again_without_its_content(served, folder):
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    (hub.whole(fetched) / "model.safetensors").unlink()
    served.requests.clear()
    hub.restore(fetched)
    assert served.asked("content") == []


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


def test_weights_that_cannot_be_got_are_told_without_waiting(served, folder, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("waits"))
    served.push(TINY, folder)
    snapshot = hub.describe(TINY)
    served.close()
    with pytest.raises(hub.HubError, match=r"the hub does not give it \(.*Connection refused\)"):
        hub.add(snapshot, ["model.safetensors"])


def test_a_hub_has_some_seconds_for_every_answer_of_the_revision_asked_for(served, folder, monkeypatch):
    import huggingface_hub

    given = []

    def told(ask, seconds):
        def asked(*arguments, **options):
            # The library asks further on its own, and decides about that.
            if options.get(seconds) is not None:
                given.append((options["revision"], options[seconds]))
            return ask(*arguments, **options)

        return asked

    served.push(TINY, folder, ref="v1")
    served.push(TINY, weighed(folder, seed=3))
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", told(huggingface_hub.HfApi.model_info, "timeout"))
    monkeypatch.setattr("huggingface_hub.snapshot_download", told(huggingface_hub.snapshot_download, "etag_timeout"))
    models.fetch(TINY, revision="v1")
    commit = served.repositories[TINY].refs["v1"]
    assert [revision for revision, _ in given] == ["v1", "v1", commit, commit]
    assert {seconds for _, seconds in given} == {hub.PATIENCE}
    assert 1 <= hub.PATIENCE <= 60


def test_a_recorded_commit_that_the_hub_dropped_names_the_command_that_takes_another(served, folder):
    commit = served.push(TINY, folder)
    fetched = models.fetch(TINY)
    purged(hub.whole(fetched))
    later = served.push(TINY, weighed(folder, seed=3))
    del served.repositories[TINY].commits[commit]
    with pytest.raises(hub.HubError) as told:
        hub.restore(fetched)
    assert str(told.value) == (
        f"the hub has no {fetched.name}: run `snakemake fetch --cores 1 --forcerun fetch_model`, "
        "which takes another commit"
    )
    assert models.fetch(TINY, previous=fetched, newest=True).commit == later


def test_files_whose_names_look_like_patterns_are_got(served, folder):
    served.push(TINY, folder, **{"part[1]__safetensors": b"weights"})
    snapshot = hub.describe(TINY)
    name = "part[1].safetensors"
    hub.add(snapshot, [name])
    assert (snapshot.folder / name).read_bytes() == b"weights"
    shape = checkpoints.Shape(layers=3, width=16)
    fetched = checkpoints.Fetched(TINY, None, snapshot.commit, shape, 7, hub.files(snapshot, [name]))
    (snapshot.folder / name).resolve().unlink()
    assert (hub.restore(fetched) / name).read_bytes() == b"weights"


def test_a_file_that_the_commit_does_not_have_is_told(served, folder):
    served.push(TINY, folder)
    snapshot = hub.describe(TINY)
    with pytest.raises(hub.HubError, match=r"lacks more\.safetensors, and the hub does not give it; run `snakemake"):
        hub.add(snapshot, ["model.safetensors", "more.safetensors"])


# --------------------------------------------------------------------------- the check before any job


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ({"model_id": "org/near"}, "org/near"),
        ({"model_id": TINY, "revision": "v1"}, "org/tiny at v1"),
    ],
)
def test_another_model_than_the_fetched_one_is_not_loaded(named, asked, served, folder, tmp_path):
    served.push(TINY, folder)
    fetched = models.fetch(TINY)
    with pytest.raises(models.ModelError) as told:
        models.load(**named, root=tmp_path, fetched=fetched)
    assert str(told.value) == (
        f"{named['model_id']}: its record in results/models is of org/tiny, and the config says {asked}; "
        "run `snakemake fetch --cores 1 --forcerun fetch_model`, or delete the record"
    )
    assert models.refusal(**named, root=tmp_path, fetched=fetched) == str(told.value)


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
    monkeypatch.setattr(fetching, "LARGE", least)
    monkeypatch.setattr(fetching, "load", lambda *arguments, **options: pytest.fail("loaded"))
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
