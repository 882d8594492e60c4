"""What a study reads and draws: the files behind a corpus, the figures of its comparisons."""

import contextlib
import itertools
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from nrag import checkpoints, contracts, dataset_files
from nrag.studies.expansion import labellings_by_model
from nrag.studies.identity import basis_identity, reduction_identity
from nrag.studies.mazes import checkpoint_of
from nrag.studies.places import corpus_path, model_folder
from nrag.studies.study import PLANE, Embedding, Run, Study, component_graphs, runs


def corpus_files(study: Study, corpus: str) -> list[str]:
    """The files that a corpus is read from, sorted; none for packages and datasets of the hub.

    Files of a folder are named one by one, so that a changed, new or deleted text is noticed.
    """
    path = corpus_path(study, corpus)
    if path is None:
        return []
    if not Path(path).is_dir():
        return [path]
    if dataset_files.is_saved(Path(path)):
        return [str(file) for file in dataset_files.saved_files(Path(path), study.corpora[corpus].get("split"))]
    return sorted(str(file) for file in Path(path).rglob("*.txt"))


def models_here(study: Study) -> list[str]:
    """The models that can be run: those of the hub, and those whose folder is there."""
    here = []
    for model in study.models:
        with contextlib.suppress(checkpoints.CheckpointError):
            model_folder(study, model)
            here.append(model)
    return here


def hub_models(study: Study) -> list[str]:
    """The models that are got from the hub."""
    return [model for model in models_here(study) if model_folder(study, model) is None]


def trained_models(study: Study) -> list[str]:
    """The models that stages of training make."""
    return [model for model in study.models if checkpoint_of(study, model)]


def hub_corpora(study: Study) -> list[str]:
    """The corpora that are got from the hub."""
    return [name for name, corpus in study.corpora.items() if "hub" in corpus]


def controls(study: Study) -> dict[str, list[str]]:
    """The untrained models of its architecture, same id, that stand beside each trained model."""
    untrained = {name: model["id"] for name, model in study.models.items() if model["weights"] == "random"}
    trained = {name: model["id"] for name, model in study.models.items() if model["weights"] == "trained"}
    return {name: [twin for twin, its in untrained.items() if its == own] for name, own in trained.items()}


def contrasted(study: Study) -> list[tuple[tuple[str, str], list[tuple[str, str]]]]:
    """Space and name of every trained model, and of the controls that it is held against, if it has any.

    A model in a space of its own is held against controls in theirs; one in a shared space against those that share
    it, for coordinates of other spaces are of another basis.
    """
    found = []
    for space, described in study.spaces.items():
        for model in described["models"]:
            own = controls(study).get(model, [])
            alone = space == model
            beside = [(name if alone else space, name) for name in own if alone or name in described["models"]]
            if beside:
                found.append(((space, model), beside))
    return found


def traced(study: Study) -> list[tuple[str, str]]:
    """Every model and corpus of which neurons are traced, in the config's order."""
    asked = study.neurons or {"models": (), "corpora": ()}
    return [
        (model, corpus)
        for model in study.models
        if model in asked["models"]
        for corpus in study.corpora
        if corpus in asked["corpora"]
    ]


def followed(study: Study) -> dict[str, list[tuple[str, str]]]:
    """By corpus the pairs of models whose neurons are held against each other: both traced, in a shared space."""
    pairs, found = set(traced(study)), {}
    for corpus in study.corpora:
        own = (
            pair
            for space in study.spaces.values()
            for pair in itertools.combinations(space["models"], 2)
            if all((model, corpus) in pairs for model in pair)
        )
        # Two spaces may have a pair in common.
        if both := list(dict.fromkeys(own)):
            found[corpus] = both
    return found


def linked_runs(study: Study) -> list[Run]:
    """The runs whose regions are told by neurons: those of spaces with a model that is traced, in the same corpus."""
    pairs = set(traced(study))
    return [
        run for run in runs(study) if any((model, run.corpus) in pairs for model in study.spaces[run.space]["models"])
    ]


def package_versions(study: Study, corpus: str) -> dict[str, str]:
    """The installed version of every package of a corpus that is read from packages."""
    found = {}
    for package in study.corpora[corpus].get("packages", ()):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            # An import name, or not installed: the check before any job tells.
            found[package] = ""
    return found


def comparisons(study: Study) -> dict[str, dict[str, dict[str, Any]]]:
    """Labelling and labels of what is drawn, by corpus and name of the comparison; without labels, all as one."""
    whole = {"all": {"labelling": None, "labels": []}}
    return {
        corpus: {
            name: {key: each[key] for key in ("labelling", "labels")}
            for name, each in study.comparisons.get(corpus, whole).items()
        }
        for corpus in study.corpora
    }


def comparisons_of_documents(study: Study, corpus: str) -> dict[str, dict[str, Any]]:
    """Those of `comparisons` whose labels are the same for all models: what asks for one label a document has these."""
    differing = labellings_by_model(study.corpora[corpus])
    return {name: each for name, each in comparisons(study)[corpus].items() if each["labelling"] not in differing}


class Probing(NamedTuple):
    """One file of probes: a space's documents of one corpus, pooled in one way, with the labels of a comparison."""

    space: str
    corpus: str
    pooling: str
    comparison: str


def probings(study: Study) -> Iterator[Probing]:
    """Every file of probes, in the config's order; none where one label, or none, is compared."""
    for corpus in study.corpora if study.probing else ():
        for comparison, compared in comparisons_of_documents(study, corpus).items():
            if compared["labelling"] and _may_be_several(compared["labels"]):
                for pooling in study.pooling:
                    for space in study.spaces:
                        yield Probing(space, corpus, pooling, comparison)


def labelled_comparisons(study: Study, corpus: str) -> dict[str, dict[str, Any]]:
    """The comparisons of a corpus that the table of tests tells of: labelling, labels, and within what these are
    permuted, None for all documents. Those of one label are said to be that.
    """
    if not study.statistics:
        return {}
    usual = study.statistics["within"].get(corpus)
    return {
        name: each | {"within": study.comparisons[corpus][name].get("within", usual) or None}
        for name, each in comparisons(study)[corpus].items()
        if each["labelling"]
    }


def labelled_runs(study: Study) -> list[Run]:
    """The runs that the table of tests tells of, beside those of words."""
    return [run for run in runs(study) if labelled_comparisons(study, run.corpus)]


def permuted_comparisons(study: Study, corpus: str) -> dict[str, dict[str, Any]]:
    """Those of `labelled_comparisons` that may have two labels or more, which are tested against permuted ones."""
    labelled = labelled_comparisons(study, corpus)
    return {name: each for name, each in labelled.items() if _may_be_several(each["labels"])}


def tested_comparisons(study: Study, corpus: str) -> dict[str, dict[str, Any]]:
    """Those of `permuted_comparisons` whose labels are the same for all models, and which intervals, variants,
    rarefaction and figures of separation are of.
    """
    same = comparisons_of_documents(study, corpus)
    return {name: each for name, each in permuted_comparisons(study, corpus).items() if name in same}


def tested_runs(study: Study) -> list[Run]:
    """The runs in which labels are tested."""
    return [run for run in runs(study) if tested_comparisons(study, run.corpus)]


def permuted_within(study: Study) -> dict[str, list[str]]:
    """The columns that labels are permuted within, by corpus."""
    tested = {corpus: permuted_comparisons(study, corpus).values() for corpus in study.corpora}
    within = {corpus: dict.fromkeys(each["within"] for each in every) for corpus, every in tested.items()}
    return {
        corpus: columns
        for corpus, named in within.items()
        if (columns := [column for column in named if column not in (None, contracts.TEXT_LENGTH)])
    }


def planes(study: Study) -> list[tuple[str, str, int]]:
    """Reduction, bins and size of every way in which a space is divided into regions, in the config's order."""
    flat = [name for name, reduction in study.reductions.items() if reduction["components"] == PLANE]
    return [(reduction, *grid) for reduction in flat for grid in study.grids]


class Pooled(NamedTuple):
    """A space's documents of one corpus, pooled in one way: what all its reductions start from."""

    space: str
    corpus: str
    pooling: str


def judged(study: Study) -> list[Pooled]:
    """What the faithfulness of regions is measured of; nothing without statistics, or without regions."""
    found = dict.fromkeys(Pooled(*run[:3]) for run in runs(study))
    return list(found) if study.statistics else []


def remembered_runs(study: Study) -> list[Run]:
    """The runs whose paths are asked for memory."""
    return list(runs(study)) if study.statistics else []


def word_runs(study: Study) -> list[Run]:
    """The runs of the bag of words, beside those of models: under every reduction and grid of corpora that are tested.

    Words have no tokens to pool, so one run stands beside those of every pooling.
    """
    if not study.statistics or not study.statistics["bag_of_words"]:
        return []
    of_models = dict.fromkeys((run.corpus, run.reduction, run.bins, run.size) for run in tested_runs(study))
    return [Run(contracts.BAG_OF_WORDS, corpus, contracts.WORDS, *how) for corpus, *how in of_models]


def word_reduction(study: Study, reduction: str) -> dict[str, Any]:
    """A reduction as words are reduced: as it is, but for `standardise`.

    Components of words are singular vectors, whose lengths are what the decomposition found: standardised, the last of
    them, which are noise, would weigh as much as the first.
    """
    return {key: value for key, value in reduction_identity(study, reduction).items() if key != "keep_dead"} | {
        "standardise": "none"
    }


def tested_conditions(study: Study) -> list[tuple[str, str, str, str, int]]:
    """Corpus, pooling, reduction, bins and size of the runs in which labels are tested, whatever their space."""
    return list(dict.fromkeys(tuple(run[1:]) for run in tested_runs(study)))


def varied_places(study: Study) -> list[dict[str, str]]:
    """Every space and corpus whose tested runs are held against each other."""
    pairs = dict.fromkeys((run.space, run.corpus) for run in tested_runs(study))
    return [{"space": space, "corpus": corpus} for space, corpus in pairs]


def never_pale(study: Study) -> list[str]:
    """Corpora whose NRAGs `figures: stability` leaves as they are: nothing is tested of them, and so nothing varied."""
    if not study.figures["stability"]:
        return []
    varied = {place["corpus"] for place in varied_places(study)}
    return [corpus for corpus in dict.fromkeys(run.corpus for run in runs(study)) if corpus not in varied]


def drawn_places(study: Study) -> list[dict[str, Any]]:
    """What a figure of stability has as its references: every reduction to a plane, under first pooling and grid."""
    planes = dict.fromkeys(run.reduction for run in runs(study))
    grid = study.grids[0]
    return [
        {"pooling": study.pooling[0], "reduction": reduction, "bins": grid.bins, "size": grid.size}
        for reduction in planes
    ]


def _may_be_several(labels: Any) -> bool:
    """Whether labels of a comparison can be more than one; what `all` means is in the data."""
    return labels == "all" or (isinstance(labels, list) and len(labels) > 1)


def asked(study: Study) -> dict[str, Any]:
    """What a study's methods say that no file tells: what was asked for, without what is of one machine or of looks."""
    shared = {name: dict(space) for name, space in study.spaces.items() if name not in study.models}
    asked_for = {
        "name": study.name,
        "controls": controls(study),
        "pooling": list(study.pooling),
        "spaces": shared,
        "grids": [tuple(grid) for grid in study.grids],
    }
    correlations = dict(study.correlations) if any(component_graphs(study)) else None
    probing = study.probing if any(probings(study)) else None
    turned_on = {"probing": probing, "statistics": study.statistics, "correlations": correlations}
    turned_on |= {"checkpoints": study.checkpoints}
    turned_on["neurons"] = study.neurons if traced(study) else None
    return asked_for | {name: dict(keys) for name, keys in turned_on.items() if keys}


def figures(study: Study) -> list[dict[str, Any]]:
    """Every figure: its name, what it shows, and of which models.

    In the order in which a page shows them: by corpus and comparison; first how far the labels lie apart under every
    condition, what of it holds and how well they are told, of all models at once, then by how the states were pooled,
    reduced and binned the graphs of all models, their region maps, the metrics of all, and these by number of
    documents; then the component graphs.
    """
    drawn = []
    for corpus, named in comparisons(study).items():
        for comparison in named:
            poolings = dict.fromkeys(each.pooling for each in probings(study) if each[1::2] == (corpus, comparison))
            conditions: dict[tuple, list] = {}
            for run in runs(study):
                if run.corpus == corpus:
                    conditions.setdefault(run[1:], []).append(run)
            if comparison in tested_comparisons(study, corpus):
                drawn += [
                    _figure("separation", None, _models_of(study, each), condition, comparison)
                    for condition, each in conditions.items()
                ]
                drawn += [_stability_figure(study, corpus, comparison)] if conditions else []
            drawn += [_probing_figure(study, corpus, pooling, comparison) for pooling in poolings]
            for condition, of_condition in conditions.items():
                for kind in ["nrag", *(["maps"] if study.figures["maps"] else []), *large_maps(study)]:
                    for run in of_condition:
                        models = list(study.spaces[run.space]["models"])
                        drawn.append(_figure(kind, run.space, models, condition, comparison))
                models = _models_of(study, of_condition)
                drawn.append(_figure("metrics", None, models, condition, comparison))
                if comparison in tested_comparisons(study, corpus):
                    drawn.append(_figure("rarefaction", None, models, condition, comparison))
            if comparison in comparisons_of_documents(study, corpus):
                graphs = [each for each in component_graphs(study) if each.corpus == corpus]
                drawn += [_component_figure(study, each, comparison) for each in graphs]
    return drawn


def _models_of(study: Study, several: list[Run]) -> list[str]:
    return list(dict.fromkeys(model for run in several for model in study.spaces[run.space]["models"]))


def large_maps(study: Study) -> dict[str, dict[str, Any]]:
    """The figures of a layer drawn large: kind of figure, its layer, and the numbers in its cells."""
    maps = study.figures["maps"]
    if not isinstance(maps, dict):
        return {}
    numbers = maps.get("numbers", "documents")
    return {f"map-{layer}": {"layer": layer, "numbers": numbers} for layer in maps["layers"]}


def _component_figure(study: Study, graph: Embedding, comparison: str) -> dict[str, Any]:
    return {
        "name": f"components--{graph.stem}--{comparison}",
        "kind": "components",
        "space": graph.space,
        "models": list(study.spaces[graph.space]["models"]),
        "corpus": graph.corpus,
        "comparison": comparison,
        "pooling": graph.pooling,
        "reduction": graph.reduction,
        "components": study.reductions[graph.reduction]["components"],
        **basis_identity(study, graph.reduction),
    }


def _probing_figure(study: Study, corpus: str, pooling: str, comparison: str) -> dict[str, Any]:
    return {
        "name": f"probing--{corpus}--{pooling}--{comparison}",
        "kind": "probing",
        "space": None,
        "models": list(study.models),
        "corpus": corpus,
        "comparison": comparison,
        "pooling": pooling,
        "reduction": None,
    }


def _stability_figure(study: Study, corpus: str, comparison: str) -> dict[str, Any]:
    of_probes = _probing_figure(study, corpus, study.pooling[0], comparison)
    return of_probes | {"name": f"stability--{corpus}--{comparison}", "kind": "stability"}


def _figure(kind: str, space: str | None, models: list[str], condition: tuple, comparison: str) -> dict[str, Any]:
    corpus, pooling, reduction, bins, size = condition
    parts = [kind, space, corpus, pooling, reduction, f"{bins}-{size}", comparison]
    return {
        "name": "--".join(part for part in parts if part),
        "kind": kind,
        "space": space,
        "models": models,
        "corpus": corpus,
        "comparison": comparison,
        "pooling": pooling,
        "reduction": reduction,
        "bins": bins,
        "size": size,
    }
