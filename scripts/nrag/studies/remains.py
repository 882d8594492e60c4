"""Whether what was made of a source or a model stands for it, now that it is gone."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nrag.studies import identity, schema, sources
from nrag.studies.expansion import expanded
from nrag.studies.places import RESOLVED
from nrag.studies.study import Study


def needs_source(study: Study, corpus: str, results: Path) -> bool:
    """Whether a corpus is still to be read: its texts are not there, or are those of another meaning of its name."""
    read = (results / "corpora" / corpus / "texts.parquet").is_file()
    return not read or _made_otherwise(identity.texts_identity(study, corpus), "corpora", corpus, results)


def needs_model(study: Study, model: str, results: Path | None) -> bool:
    """Whether a model, or an untrained twin of it, is still to read a corpus; without results it is.

    So it is if the activations that are there are those of another meaning of its name.
    """
    if results is None:
        return True
    alike = [name for name in study.models if study.models[name].get("id") == study.models[model].get("id")]
    files = [f"activations/{name}/{corpus}.h5" for name in alike for corpus in study.corpora]
    made = all((results / file).is_file() for file in files)
    meanings = {name: identity.model_identity(study, name) for name in alike}
    return not made or any(_made_otherwise(meanings[name], "models", name, results) for name in alike)


def _made_otherwise(meaning: Mapping[str, Any], kind: str, name: str, results: Path) -> bool:
    """Whether the studies that were run in a results folder know a name, and none of them with this meaning."""
    meant = {"corpora": identity.texts_identity, "models": identity.model_identity}[kind]
    known = [meant(study, name) for study in _recorded(results) if name in getattr(study, kind)]
    return bool(known) and meaning not in known


def _recorded(results: Path) -> Iterator[Study]:
    """The studies that were run in a results folder; a record that is none is told by `conflicts`."""
    for source in sources.read(sorted(results.glob(f"studies/*/{RESOLVED}")))[0]:
        config = schema.read(source.content)
        if isinstance(config, dict) and not schema.problems(config):
            yield expanded(config)
