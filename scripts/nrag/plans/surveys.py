"""What the sources of corpora hold, before they are read for good."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nrag.plans import records


def only_made(name: str, corpus: Mapping[str, Any], results: Path) -> bool:
    """Whether a corpus was read and its source is gone since, be it from the cache of the hub."""
    made = (results / "corpora" / name / "texts.parquet").is_file()
    return made and ((_is_lost if "hub" in corpus else _is_gone)(name, corpus, results))


def _is_gone(name: str, corpus: Mapping[str, Any], results: Path) -> bool:
    return "path" in corpus and not Path(corpus["path"]).exists()


def _is_lost(name: str, corpus: Mapping[str, Any], results: Path) -> bool:
    from nrag import hub

    fetched = records.fetched_dataset(name, corpus, results)
    try:
        return fetched is not None and not hub.whole(fetched)
    except hub.HubError:
        return True


def survey(
    name: str,
    corpus: Mapping[str, Any],
    compared: Sequence[Mapping[str, Any]],
    results: Path,
    *,
    within: Sequence[str] = (),
) -> Any:
    """What `nrag.corpora` finds in a source, and misses there for what is compared, and permuted `within` columns.

    A dataset of the hub that is still to be fetched has nothing wrong, and documents of which nobody knows the number.
    """
    from nrag import corpora, dataset_readers

    dataset_readers.register()
    fetched = records.fetched_dataset(name, corpus, results)
    if "hub" in corpus and fetched is None:
        return corpora.Survey()

    required: dict[str, Any] = {}
    for comparison in compared:
        if comparison["labels"] == "all":
            required.setdefault(comparison["labelling"], [])
        elif comparison["labelling"]:
            required.setdefault(comparison["labelling"], []).extend(comparison["labels"])
    definition = {key: value for key, value in corpus.items() if key != "seed"}
    definition |= {"fetched": fetched} if fetched else {}
    definition |= {"within": list(within)} if within else {}
    return corpora.survey(definition, data=Path(), seed=corpus.get("seed", 0), required=required, name=name)


def survey_table(table: Mapping[str, Any], ids: Sequence[str] | None) -> Any:
    """What `nrag.corpora` finds in a table of labels that differ from model to model.

    `ids` are those of the corpus' documents, where they are known; else those of the table count, if it has any.
    """
    from nrag.corpora import Survey, by_model

    found = Survey()
    given = {key: table[key] for key in table if key not in ("path", "ids")}
    ids = table.get("ids") if ids is None else ids
    counts = found.attempt(by_model.look, Path(table["path"]), ids=ids, **given)
    found.labellings = {table["labelling"]: counts} if counts else {}
    return found


def unprobed(
    name: str,
    corpus: Mapping[str, Any],
    compared: Sequence[Mapping[str, Any]],
    labellings: Mapping[str, Mapping[str, int]],
    probing: Mapping[str, Any],
) -> Iterator[str]:
    """A line for each comparison whose labels cannot be probed; `labellings` count the documents of every label.

    A comparison of one named label is not meant to be. What groups forbid is known when the corpus is read.
    """
    from nrag import corpora
    from nrag.probing import conditions

    for comparison in compared:
        labelling, labels = comparison["labelling"], comparison["labels"]
        if labelling in labellings and (labels == "all" or len(labels) > 1):
            counts, least = labellings[labelling], corpus["min_documents"]
            chosen = corpora.choose_labels(counts, labels, labelling=labelling, min_documents=least)
            found = conditions.problem({label: counts[label] for label in chosen}, test_size=probing["test_size"])
            if found:
                shown = "all" if labels == "all" else ", ".join(chosen)
                yield f"corpus '{name}', labels {shown}: nothing will be probed: {found}"
