"""Models of the hub: got into this machine's cache, or refused before any job."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrag import checkpoints, hub
from nrag.models.errors import ModelError
from nrag.models.loading import described, folder_of, load

LARGE = 4e9
"""Bytes of weights beyond which the check before any job reads the description alone."""


def settings(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A model's definition as its products record it: without the place of a local folder.

    What the model is, its weights and its tokenizer say; where it lay would make other bytes of the same.
    """
    named = definition["id"].startswith("package:") or not Path(definition["id"]).expanduser().is_dir()
    return {key: value for key, value in definition.items() if key != "id" or named}


def fetch(
    model_id: str,
    *,
    weights: str = "trained",
    revision: str | None = None,
    trust_remote_code: bool = False,
    previous: checkpoints.Fetched | None = None,
    newest: bool = False,
) -> checkpoints.Fetched:
    """A model of the hub, got into this machine's cache: its description, and its weights unless they are random.

    The commit is that of `previous`, if that is the same model at the same revision; else what the
    cache knows of the revision, then the hub. With `newest` the hub alone decides.

    Raises ModelError before any weights are got if the model cannot be used, hub.HubError if it is
    not to be had.
    """
    same = previous is not None and (previous.id, previous.revision) == (model_id, revision) and not newest
    snapshot = hub.describe(model_id, revision=previous.commit if same else revision, newest=newest)
    loaded = _accepted(snapshot, weights=weights, trust_remote_code=trust_remote_code)
    got = loaded if weights == "trained" else []
    hub.add(snapshot, got)
    return checkpoints.Fetched(
        id=model_id,
        revision=revision,
        commit=snapshot.commit,
        shape=checkpoints.shape(snapshot.folder),
        weight_bytes=sum(snapshot.sizes.get(name, 0) for name in loaded),
        files=hub.files(snapshot, got),
    )


def refusal(
    model_id: str,
    *,
    root: Path,
    weights: str = "trained",
    revision: str | None = None,
    fetched: checkpoints.Fetched | None = None,
    max_tokens: int = 512,
    trust_remote_code: bool = False,
) -> str | None:
    """Why `fetch` or `load` would refuse a model, None if they would not: what the check before any job asks.

    Of a hub model that is still to be fetched, of an untrained one, and of one with more than `LARGE`
    bytes of weights only the description is read: a login node should not load it.
    """
    how = {"weights": weights, "trust_remote_code": trust_remote_code}
    try:
        if fetched is None and checkpoints.locate(model_id, root=root) is None:
            _accepted(hub.describe(model_id, revision=revision), **how)
            return None
        folder = folder_of(model_id, root, revision=revision, fetched=fetched)
        size = fetched.weight_bytes if fetched else sum(file.stat().st_size for file in checkpoints.weights_of(folder))
        if size > LARGE or (fetched and weights == "random"):
            described(folder, trust_remote_code=trust_remote_code)
        else:
            load(model_id, root=root, revision=revision, fetched=fetched, max_tokens=max_tokens, **how)
    except (ModelError, checkpoints.CheckpointError, hub.HubError) as error:
        return str(error)
    return None


def _accepted(snapshot: hub.Snapshot, *, weights: str, trust_remote_code: bool) -> list[str]:
    """Names of the weights files of a model of the hub, which may still be elsewhere.

    Raises ModelError if the model could not be loaded with them.
    """
    found = checkpoints.problems(snapshot.folder, weights="random")
    loaded = []
    try:
        loaded = checkpoints.loaded_weights(snapshot.folder, snapshot.sizes)
    except checkpoints.CheckpointError as error:
        found += [str(error)] if weights == "trained" else []
    if weights == "trained" and snapshot.listed:
        lacking = [name for name in loaded if name not in snapshot.sizes]
        found += [f"{snapshot.folder} lacks the weights file {name}" for name in lacking]
    if not found:
        try:
            described(snapshot.folder, trust_remote_code=trust_remote_code)
        except ModelError as error:
            found = [str(error)]
    if found:
        # The folder's name says little: it lies in the cache and is called after the commit.
        raise ModelError("; ".join(found).replace(str(snapshot.folder), snapshot.name))
    return loaded
