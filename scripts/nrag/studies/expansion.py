"""From what a config says to what it means: defaults, controls, spaces, labellings, comparisons.

Works on a config whose keys and values the schema allows, or on what is left of one after its wrong
places were taken out, so that the rules across keys can be checked in the same round.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrag.studies.mazes import expanded_mazes
from nrag.studies.schema import complete, filled, properties
from nrag.studies.study import CORRELATIONS, Grid, Study

UMAP = {"seeds": [0], "n_neighbors": 15, "min_dist": 0.1, "metric": "cosine", "epochs": None}
"""What only UMAP reads, with its defaults; without epochs its own rule decides."""

ONLY_LABELLING = "label"
"""Name of a corpus' labelling where the config names none."""


def expanded(config: Mapping[str, Any]) -> Study:
    """The study that a config means."""
    top = filled(config, "")
    models = _with_controls({name: _model(each) for name, each in top.get("models", {}).items()})
    corpora = {name: _corpus(each) for name, each in top.get("corpora", {}).items()}
    grid = complete(top["grid"], properties("")["grid"]["properties"])
    figures = complete(top["figures"], properties("")["figures"]["properties"])
    return Study(
        name=top.get("study", ""),
        seed=top["seed"],
        device=top["device"],
        data=Path(top["data"]),
        models=models,
        corpora=corpora,
        spaces=_own_spaces(models) | {name: _space(each) for name, each in top["spaces"].items()},
        pooling=tuple(top["pooling"]),
        reductions={name: _reduction(each) for name, each in top["reductions"].items()},
        grids=tuple(Grid(bins, size) for bins in grid["bins"] for size in grid["size"]),
        comparisons=_comparisons(top["comparisons"], corpora),
        metrics=complete(top["metrics"], properties("")["metrics"]["properties"]),
        probing=_probing(top["probing"], seed=top["seed"]),
        statistics=_statistics(top["statistics"], corpora, seed=top["seed"]),
        figures=figures | {"formats": _in_order(figures["formats"], properties("")["figures"], "formats")},
        correlations=CORRELATIONS | top.get("correlations", {}),
        neurons=_neurons(top.get("neurons", False), models, corpora, seed=top["seed"]),
        checkpoints={
            space: _checkpoints(each, top["spaces"].get(space, {}), seed=top["seed"])
            for space, each in top.get("checkpoints", {}).items()
        },
        mazes={name: expanded_mazes(each, seed=top["seed"]) for name, each in top.get("mazes", {}).items()},
    )


def control(model: str, number: int) -> str:
    """Name of an untrained twin of a model.

    >>> control("minilm", 0)
    'minilm-untrained-0'
    """
    return f"{model}-untrained-{number}"


def labellings(corpus: Mapping[str, Any]) -> list[str]:
    """Names of a corpus' labellings, the first first; none if its documents have no label.

    >>> labellings({"path": "papers.csv", "label": {"area": "area", "level": {"column": "score", "cut": "median"}}})
    ['area', 'level']
    """
    named = corpus.get("label", {})
    usual = [ONLY_LABELLING] if "packages" in corpus and not set(named) - set(labellings_by_model(corpus)) else []
    return [*usual, *named]


def labellings_by_model(corpus: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Those whose labels differ from model to model, by name, as a complete config has them.

    >>> labellings_by_model({"label": {"area": "area", "right": {"path": "answers.csv", "column": "right"}}})
    {'right': {'path': 'answers.csv', 'column': 'right'}}
    """
    return {name: how for name, how in corpus.get("label", {}).items() if isinstance(how, dict) and "path" in how}


def labellings_of_documents(corpus: Mapping[str, Any]) -> list[str]:
    """Those that give a document one label, whatever the model; as columns in corpus.parquet."""
    return [name for name in labellings(corpus) if name not in labellings_by_model(corpus)]


def _model(definition: Mapping[str, Any]) -> dict[str, Any]:
    seed = {"seed": 0} if definition.get("weights") == "random" else {}
    model = filled(seed | dict(definition), "model")
    return model | {"store": _in_order(model["store"], properties("model")["store"], "default")}


def _with_controls(models: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The models, each followed by its untrained twins. A twin does not replace a model of its name."""
    every: dict[str, dict[str, Any]] = {}
    for name, definition in models.items():
        every[name] = {key: value for key, value in definition.items() if key != "controls"}
        for number in range(definition["controls"]):
            twin = _model(every[name] | {"weights": "random", "seed": number})
            every.setdefault(control(name, number), {key: twin[key] for key in twin if key != "controls"})
    return every


def _corpus(definition: Mapping[str, Any]) -> dict[str, Any]:
    label = definition.get("label")
    if isinstance(label, str):
        label = {ONLY_LABELLING: label}
    named = {} if label is None else {"label": {name: _labelling(how) for name, how in label.items()}}
    of_mazes = {"text": "prompt", "id": "id", "split": "test"} if "mazes" in definition else {}
    return filled(of_mazes | dict(definition) | named, "corpus")


def _labelling(how: str | Mapping[str, Any]) -> Any:
    if isinstance(how, dict) and "path" in how:
        return {key: how[key] for key in ("path", "by", "column", "where", "cut") if key in how}
    return how["column"] if isinstance(how, dict) and set(how) == {"column"} else how


def _own_spaces(models: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {model: _space({"models": [model]}) for model in models}


def _space(definition: Mapping[str, Any]) -> dict[str, Any]:
    # The fit must not depend on the order in which a study happens to name the members.
    return filled({**definition, "models": sorted(definition.get("models", []))}, "space")


def _reduction(definition: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(definition)
    if given.get("method") == "umap":
        given = {key: value for key, value in UMAP.items() if value is not None} | given
    if given.get("standardise") == "zscore":
        given = {"keep_dead": False} | given
    given["seeds"] = sorted(given.get("seeds", [0]))
    return filled(given, "reduction")


def _comparisons(given: Mapping[str, Any], corpora: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """By corpus, in the order of the corpora; `all` where a labelled corpus has none."""
    every = {name: given.get(name) or {"all": "all"} for name, corpus in corpora.items() if labellings(corpus)}
    every |= {name: named for name, named in given.items() if name not in every}
    return {
        name: {key: _comparison(each, corpora.get(name, {})) for key, each in named.items()}
        for name, named in every.items()
    }


def _comparison(definition: Any, corpus: Mapping[str, Any]) -> dict[str, Any]:
    given = definition if isinstance(definition, dict) else {"labels": definition}
    first = next(iter(labellings(corpus)), None)
    within = {"within": given["within"]} if "within" in given else {}
    return {"labelling": given.get("labelling", first), "labels": given.get("labels", []), **within}


def _probing(given: Any, *, seed: int) -> dict[str, Any] | None:
    written = {} if given is True else given
    return None if written is False else filled({"seed": seed, **written}, "probing")


def _statistics(given: Any, corpora: Mapping[str, Any], *, seed: int) -> dict[str, Any] | None:
    written = {} if given is True else given
    if written is False:
        return None
    within = written.get("within", {})
    by_corpus = within if isinstance(within, dict) else dict.fromkeys(corpora, within)
    return filled({"seed": seed, **written, "within": dict(by_corpus)}, "statistics")


def _neurons(given: Any, models: Mapping[str, Any], corpora: Mapping[str, Any], *, seed: int) -> dict[str, Any] | None:
    written = {} if given is True else given
    if written is False:
        return None
    everything = {"models": list(models), "corpora": list(corpora), "seed": seed}
    found = filled(everything | written, "neurons")
    for key in ("blocks", "per_block"):
        if isinstance(found[key], list):
            found[key] = sorted(found[key])
    return found


def _checkpoints(given: Mapping[str, Any], space: Mapping[str, Any], *, seed: int) -> dict[str, Any]:
    # Of the space as it was written: its models are sorted in what it means.
    first = next(iter(space.get("models", ())), "")
    return filled({"base": first, "seed": seed, **given}, "checkpoints")


def _in_order(chosen: list[str], rule: Mapping[str, Any], key: str) -> list[str]:
    order = rule["properties"][key]["default"] if "properties" in rule else rule[key]
    return [each for each in order if each in chosen]
