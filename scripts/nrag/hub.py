"""Models and datasets of the Hugging Face hub: their files in this machine's cache, all of one commit.

The cache is asked first and the network only for what it lacks. No weights here but safetensors, and no
torch: what the files mean is the business of `models`.
"""

import errno
import glob
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import huggingface_hub
from huggingface_hub import constants, errors

from nrag import checkpoints, dataset_files

LOG = logging.getLogger("nrag")

DESCRIPTION = ("*.json", "*.txt", "*.model", "*.jinja", "*.py")
"""Files at the top of a model that tell what it is, beside its weights."""

DATASET_CARD = ("README.md", ".huggingface.yaml", "dataset_infos.json")
"""Files at the top of a dataset that tell which of its others are which split, and what their columns are."""

PATIENCE = 5
"""Seconds that a hub may take to answer."""

# ValueError is of a wall's page, which is no JSON; RuntimeError of hf_xet's damaged data; ImportError of a SOCKS proxy.
_FAULTS = (errors.HTTPError, errors.OIDCError, OSError, ValueError, RuntimeError, ImportError)
"""What a download raises if the network, the hub, the disk or a token is at fault; anything else is a bug."""


class HubError(ValueError):
    """The files of a model or dataset are neither in the cache nor to be had."""


@dataclass(frozen=True)
class Kind:
    """What a repository of the hub holds."""

    name: str
    description: tuple[str, ...]
    """Patterns of the files that tell what it is."""
    left_out: str | None
    """Pattern of files that never count."""
    address: str
    """Between the hub's own address and the id."""
    unknown: str
    """The sentence for an id that is none."""
    again: str
    """What a user types to get another commit."""


MODELS = Kind(
    "model",
    DESCRIPTION,
    "*/*",
    "",
    "there is no folder {id}, and no public model of the hub: mend the id, or {login}",
    checkpoints.FETCH_AGAIN,
)
DATASETS = Kind(
    "dataset",
    DATASET_CARD,
    None,
    "datasets/",
    "there is no public dataset {id} on the hub: mend hub:, or {login}",
    dataset_files.FETCH_AGAIN,
)

Fetched = checkpoints.Fetched | dataset_files.Fetched


@dataclass(frozen=True)
class Snapshot:
    """One commit of a model or dataset in the cache: what describes it, perhaps its weights or data."""

    id: str
    folder: Path
    """Named after the commit."""
    sizes: Mapping[str, int]
    """Bytes of every file of the commit (of a model, at its top), also of those that are not in the cache."""
    listed: bool
    """Whether the hub told these files; else they are what some other program left in the cache."""
    kind: Kind = MODELS

    @property
    def commit(self) -> str:
        """The commit."""
        return self.folder.name

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{self.id} at commit {self.commit[:12]}"


def describe(repository: str, *, kind: Kind = MODELS, revision: str | None = None, newest: bool = False) -> Snapshot:
    """The description of a model or dataset in the cache, as it was at one commit.

    A branch, a tag and no `revision` are what the cache knows of them; with `newest`, what the hub
    says now. The network is asked for that and for files that the cache lacks, and for nothing else.

    Raises HubError with the reason and the cure if it is not to be had.
    """
    commit = _known(repository, revision, kind)
    moves = newest and commit != revision
    here = _described_here(repository, commit, kind) if commit and not moves else None
    if here and here.listed:
        return here
    asked = revision if moves else commit or revision
    try:
        folder = _ask(repository, asked, kind.description, kind)
    except _FAULTS as error:
        reason = _told(error, f"{repository}{f' at {revision}' if revision else ''}", repository, kind)
        if here is None:
            raise HubError(reason) from error
        LOG.warning("%s; taken as it is in the cache", reason)
        return here
    return Snapshot(repository, folder, *_files(repository, folder, kind), kind)


def add(snapshot: Snapshot, names: Iterable[str]) -> None:
    """Get further files of a snapshot into the cache; those that are there stay.

    Raises HubError with the reason and the cure if they are not to be had, or do not fit on the disk.
    """
    missing = [name for name in names if not (snapshot.folder / name).is_file()]
    if not missing:
        return
    _refuse_without_room(snapshot.name, sum(snapshot.sizes.get(file, 0) for file in missing))
    try:
        _ask(snapshot.id, snapshot.commit, map(glob.escape, missing), snapshot.kind)
    except _FAULTS as error:
        raise HubError(_told(error, snapshot.name, snapshot.id, snapshot.kind)) from error
    if lost := [file for file in missing if not (snapshot.folder / file).is_file()]:
        raise HubError(f"{snapshot.name} lacks {_some(lost)}, and the hub does not give it; {_cure()}")


def files(snapshot: Snapshot, further: Iterable[str]) -> dict[str, checkpoints.File]:
    """The files of a description, and `further` ones that are in the cache, by name."""
    described = [name for name in snapshot.sizes if any(fnmatch(name, each) for each in snapshot.kind.description)]
    return {
        name: checkpoints.File((snapshot.folder / name).stat().st_size, _etag(snapshot.folder / name))
        for name in sorted({*described, *further})
    }


def whole(fetched: Fetched) -> Path:
    """The folder of a model or dataset that was fetched, without asking the network.

    Raises HubError if the cache of this machine lacks a file of it.
    """
    folder, lost = _lost(fetched)
    if folder is None or lost:
        raise HubError(
            f"{fetched.name} was fetched, but is not whole in {constants.HF_HUB_CACHE} here (missing: {_some(lost)}); "
            f"{_cure()}, into a cache that this machine sees (HF_HOME)"
        )
    return folder


def restore(fetched: Fetched) -> Path:
    """The folder of a model or dataset that was fetched; what the cache has lost is got again, of the same commit.

    Raises HubError with the reason and the cure if it is not to be had.
    """
    folder, lost = _lost(fetched)
    if lost:
        kind = _kind(fetched)
        damaged = folder is not None and any((folder / name).is_file() for name in lost)
        LOG.info("%s: getting %s again", fetched.name, _some(lost))
        _refuse_without_room(fetched.name, sum(fetched.files[name].size for name in lost))
        try:
            _ask(fetched.id, fetched.commit, map(glob.escape, lost), kind, force_download=damaged)
        except _FAULTS as error:
            lost_commit = f"run `{kind.again}`, which takes another commit"
            raise HubError(_told(error, fetched.name, fetched.id, kind, no_commit=lost_commit)) from error
    return whole(fetched)


def _kind(fetched: Fetched) -> Kind:
    return DATASETS if isinstance(fetched, dataset_files.Fetched) else MODELS


def _known(repository: str, revision: str | None, kind: Kind) -> str | None:
    """The commit that the cache knows for a revision; a commit is its own."""
    asked = {"repo_type": kind.name, "revision": revision, "local_files_only": True}
    try:
        return huggingface_hub.HfApi().resolve_revision(repository, **asked).resolved
    except (errors.RevisionResolutionError, errors.HFValidationError):
        return None


def _described_here(repository: str, commit: str, kind: Kind) -> Snapshot | None:
    try:
        folder = _download(repository, commit, kind.description, kind, local_files_only=True)
    except errors.LocalEntryNotFoundError:
        return None
    here = Snapshot(repository, folder, *_files(repository, folder, kind), kind)
    # A model without this file was not described whole; a dataset may have no description.
    return here if kind is DATASETS or (folder / "config.json").is_file() else None


def _ask(repository: str, revision: str | None, patterns: Iterable[str], kind: Kind, **options: bool) -> Path:
    # Without a network the library tries for half a minute, and behind some walls for ever.
    try:
        info = huggingface_hub.HfApi().repo_info(repository, repo_type=kind.name, revision=revision, timeout=PATIENCE)
        commit = info.sha
    except (KeyError, TypeError, AssertionError):
        commit = None
    if commit is None:
        # JSON that tells of no model or dataset.
        raise OSError(f"{constants.ENDPOINT} answers as no hub does")
    return _download(repository, revision, patterns, kind, **options)


def _download(repository: str, revision: str | None, patterns: Iterable[str], kind: Kind, **options: bool) -> Path:
    return Path(
        huggingface_hub.snapshot_download(
            repository,
            repo_type=kind.name,
            revision=revision,
            allow_patterns=list(patterns),
            ignore_patterns=kind.left_out,
            etag_timeout=PATIENCE,
            **options,
        )
    )


def _files(repository: str, folder: Path, kind: Kind) -> tuple[dict[str, int], bool]:
    """Sizes of the files of a commit, and whether the hub told them."""
    try:
        tree = huggingface_hub.get_cached_repo_tree(repository, repo_type=kind.name, revision=folder.name)
        sizes, listed = {file.path: file.size for file in tree}, True
    except errors.CachedRepoTreeNotFoundError:
        files = (path for path in folder.rglob("*") if path.is_file())
        sizes, listed = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}, False
    return {name: size for name, size in sizes.items() if not kind.left_out or not fnmatch(name, kind.left_out)}, listed


def _lost(fetched: Fetched) -> tuple[Path | None, list[str]]:
    """The folder of a fetched model or dataset, None if it is gone, and which of its files are not there in full."""
    try:
        folder = _download(fetched.id, fetched.commit, [], _kind(fetched), local_files_only=True)
    except errors.LocalEntryNotFoundError:
        return None, list(fetched.files)
    sizes = {name: (folder / name).stat().st_size for name in fetched.files if (folder / name).is_file()}
    return folder, [name for name, file in fetched.files.items() if sizes.get(name) != file.size]


def _etag(path: Path) -> str | None:
    """The name of the content that a file of the cache links to."""
    return Path(os.readlink(path)).name if path.is_symlink() else None


def _refuse_without_room(name: str, size: int) -> None:
    cache = Path(constants.HF_HUB_CACHE)
    there = next(parent for parent in (cache.absolute(), *cache.absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if size > free:
        raise HubError(
            f"{name} needs {size / 1e9:.1f} GB in {cache}, and {free / 1e9:.1f} GB are free there; "
            "make room, or set HF_HOME to a folder on a larger disk"
        )


def _told(error: BaseException, name: str, repository: str, kind: Kind, *, no_commit: str = "mend the revision") -> str:
    """Why a model or dataset is not to be had and what to do, in one line."""
    login = "log in (`hf auth login`, or HF_TOKEN)"
    for cause in _causes(error):
        match cause:
            case errors.GatedRepoError():
                return (
                    f"{name} is gated: ask for access at {constants.ENDPOINT}/{kind.address}{repository}, and {login}"
                )
            case errors.RepositoryNotFoundError():
                return kind.unknown.format(id=repository, login=login)
            case errors.RevisionNotFoundError():
                return f"the hub has no {name}: {no_commit}"
            case errors.HFValidationError():
                here = "no folder here, and " if kind is MODELS else ""
                return f"{repository!r} is {here}no id of the hub: {_first_line(cause)}"
            case OSError(errno=errno.ENOSPC | errno.EDQUOT):
                return f"{name} does not fit into {constants.HF_HUB_CACHE}: {cause.strerror}; make room, or set HF_HOME"
            case OSError(errno=int()) if cause.filename:
                return (
                    f"{name} cannot be kept in the cache: {cause.strerror}: {cause.filename}; mend it, or set HF_HOME"
                )
    cause = list(_causes(error))[-1]
    return f"{name} is not whole on this machine, and the hub does not give it ({_first_line(cause)}); {_cure()}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _cure() -> str:
    return f"run `{checkpoints.FETCH}` where there is a network"


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _some(names: list[str], shown: int = 3) -> str:
    rest = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + rest
