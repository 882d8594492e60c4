"""What the sources of corpora hold, before they are read for good."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def only_made(name: str, corpus: Mapping[str, Any], results: Path) -> bool:
    """Whether a corpus was read and its source is gone since."""
    gone = "path" in corpus and not Path(corpus["path"]).exists()
    return gone and (results / "corpora" / name / "texts.parquet").is_file()


def survey(name: str, corpus: Mapping[str, Any], compared: Sequence[Mapping[str, Any]]) -> Any:
    """What `nrag.corpora` finds in a source, and misses there for what is compared."""
    from nrag import corpora

    required: dict[str, Any] = {}
    for comparison in compared:
        if comparison["labels"] == "all":
            required.setdefault(comparison["labelling"], [])
        elif comparison["labelling"]:
            required.setdefault(comparison["labelling"], []).extend(comparison["labels"])
    definition = {key: value for key, value in corpus.items() if key != "seed"}
    return corpora.survey(definition, data=Path(), seed=corpus.get("seed", 0), required=required, name=name)
