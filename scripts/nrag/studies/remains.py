"""Whether what was made of a source or a model stands for it, now that it is gone."""

import functools
from pathlib import Path
from typing import Any

from nrag.studies import identity, schema, sources
from nrag.studies.expansion import expanded
from nrag.studies.places import RESOLVED
from nrag.studies.study import Study


def needs_source(study: Study, corpus: str, results: Path) -> bool:
    """Whether a corpus is still to be read: its texts are not there, or are those of another meaning of its name."""
    if not (results / "corpora" / corpus / "texts.parquet").is_file():
        return True
    known = [_texts(other, corpus) for other in _recorded(results) if corpus in other.corpora]
    return bool(known) and _texts(study, corpus) not in known


def needs_model(study: Study, model: str, results: Path | None) -> bool:
    """Whether a model, or an untrained twin of it, is still to read a corpus; without results it is.

    So it is if the activations that are there are those of another meaning of its name, or of other texts.
    """
    if results is None:
        return True
    alike = [name for name in study.models if study.models[name].get("id") == study.models[model].get("id")]
    return any(_needs(study, name, corpus, results) for name in alike for corpus in study.corpora)


def _needs(study: Study, model: str, corpus: str, results: Path) -> bool:
    if not (results / "activations" / model / f"{corpus}.h5").is_file():
        return True
    known = [
        _pass(other, model, corpus) for other in _recorded(results) if model in other.models and corpus in other.corpora
    ]
    return bool(known) and _pass(study, model, corpus) not in known


def _pass(study: Study, model: str, corpus: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return identity.model_identity(study, model), _texts(study, corpus)


def _texts(study: Study, corpus: str) -> dict[str, Any]:
    """What decides a corpus' texts; how the labelling that chooses them is called does not."""
    meaning = identity.texts_identity(study, corpus)
    return meaning | ({"label": list(meaning["label"].values())} if "label" in meaning else {})


def _recorded(results: Path) -> tuple[Study, ...]:
    """The studies that were run in a results folder; a record that says no study says nothing."""
    files = sorted(results.glob(f"studies/*/{RESOLVED}"))
    return _read(tuple((file, file.stat().st_mtime_ns) for file in files))


@functools.lru_cache(maxsize=2)
def _read(files: tuple[tuple[Path, int], ...]) -> tuple[Study, ...]:
    """Read once for all names: every parse, on compute nodes too, asks for each model and corpus that is gone."""
    configs = (schema.read(source.content) for source in sources.read([file for file, _ in files])[0])
    return tuple(expanded(config) for config in configs if isinstance(config, dict) and not schema.problems(config))
