"""What a config may not say although every single key is right: the rules that span several keys."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from nrag import checkpoints, contracts, dataset_files
from nrag.studies import drift
from nrag.studies.expansion import UMAP, control, labellings, labellings_by_model, labellings_of_documents
from nrag.studies.label_checks import own_label_problems
from nrag.studies.maze_checks import maze_problems
from nrag.studies.mazes import checkpoint_of, shape_of, trained_here
from nrag.studies.places import answered_set, corpus_path, labels_path, model_folder
from nrag.studies.products import corpus_files
from nrag.studies.remains import needs_model, needs_source
from nrag.studies.schema import did_you_mean, shown, unknown
from nrag.studies.sources import Place
from nrag.studies.study import CLUSTERED_SIZE, PLANE, Study

Problem = tuple[Place, str]


def contradictions(config: Mapping[str, Any], study: Study, results: Path | None = None) -> list[Problem]:
    """Place and message of everything that does not go together, in the config as read and the study it means.

    With the folder of results, sources that are not there are told too, and neither they nor models are
    missed where what is made of them is there.
    """
    return [
        *_models(config, study, results),
        *(problem for name in study.corpora for problem in _corpus(study, name)),
        *(_sources(study, results) if results else ()),
        *_spaces(config, study),
        *(problem for name, each in config.get("reductions", {}).items() for problem in _reduction(name, each)),
        *_components(config, study),
        *_grids(study),
        *_comparisons(config, study),
        *_statistics(study),
        *_maps(config, study),
        *_stability(study),
        *_neurons(study),
        *drift.problems(config, study),
        *maze_problems(config, study),
    ]


# ---------------------------------------------------------------------------------------- models


def _models(config: Mapping[str, Any], study: Study, results: Path | None) -> Iterator[Problem]:
    for name, given in config.get("models", {}).items():
        place = ("models", name)
        if "seed" in given and given.get("weights") != "random":
            yield (*place, "seed"), "is for untrained weights only: write weights: random too, or leave it out"
        if given.get("controls") and given.get("weights") == "random":
            yield (*place, "controls"), "this model is untrained itself; untrained twins belong to a trained one"
        for number in range(given.get("controls", 0)):
            if control(name, number) in config["models"]:
                why = f"{name} has controls: {given['controls']}, which makes a model of this name"
                yield ("models", control(name, number)), f"{why}; leave one of them out"
        if given.get("gpus", 1) > 1 and "device_map" not in given:
            why = f"{given['gpus']} GPUs are used only with device_map: auto"
            yield (*place, "gpus"), f"{why}; write it too, or gpus: 1"
        if name == contracts.BAG_OF_WORDS:
            yield place, "is the name of what texts are without a model; rename the model"
        yield from _stored(name, study)
        if trained_here(given.get("id", "")):
            if "revision" in given:
                yield (*place, "revision"), "only a hub model has revisions; leave it out"
            continue
        try:
            folder = model_folder(study, name)
        except checkpoints.CheckpointError as error:
            if needs_model(study, name, results):
                yield (*place, "id"), str(error)
        else:
            if folder is not None and "revision" in given:
                yield (*place, "revision"), f"only a hub model has revisions, this is the folder {folder}; leave it out"


def _stored(name: str, study: Study) -> Iterator[Problem]:
    store = study.models[name]["store"]
    for pooling in study.pooling:
        if pooling not in store:
            yield ("models", name, "store"), f"lacks {pooling}, which pooling asks for; it has {', '.join(store)}"


# --------------------------------------------------------------------------------------- corpora


def _corpus(study: Study, name: str) -> Iterator[Problem]:
    place, given = ("corpora", name), study.corpora[name]
    sources = [key for key in ("path", "hub", "packages", "mazes") if key in given]
    if len(sources) != 1:
        yield place, f"has {' and '.join(sources)}: keep one" if sources else "needs path, hub, packages or mazes"
    for key in ("name", "revision"):
        if key in given and "hub" not in given and sources:
            yield (
                (*place, key),
                f"belongs to a dataset of the hub (hub:), and this corpus has {sources[0]}; leave it out",
            )
    yield from _split(place, given, corpus_path(study, name))
    yield from _labels(place, given, study)
    least, most = given["min_documents"], given.get("max_documents_per_label")
    if most is not None and most < least:
        yield (*place, "max_documents_per_label"), f"{most} is less than min_documents, {least}: no label could pass"


def _sources(study: Study, results: Path) -> Iterator[Problem]:
    for corpus in study.corpora:
        place, path = ("corpora", corpus, "path"), corpus_path(study, corpus)
        for file in [file for file in corpus_files(study, corpus) if "{" in file or "}" in file][:1]:
            yield place, f"{file} has a brace in its name, which Snakemake reads as a placeholder; rename it"
        # A table of mazes is made by its rule.
        gone = path is not None and "mazes" not in study.corpora[corpus] and not Path(path).exists()
        if gone and needs_source(study, corpus, results):
            beside = [entry.name for entry in Path(path).parent.iterdir()] if Path(path).parent.is_dir() else []
            why = f"there is no file or folder {path}{did_you_mean(Path(path).name, beside)}"
            ending = "" if why.endswith("?") else ";"
            yield (
                place,
                f"{why}{ending} relative paths start from data: {study.data}, which is {study.data.resolve()}",
            )
        for labelling in labellings_by_model(study.corpora[corpus]):
            yield from _table_of_labels(study, corpus, labelling, results)


def _table_of_labels(study: Study, corpus: str, labelling: str, results: Path) -> Iterator[Problem]:
    """What is wrong with the file of labels that differ from model to model; answers are made by a rule."""
    place, how = ("corpora", corpus, "label", labelling, "path"), study.corpora[corpus]["label"][labelling]
    if answered_set(how["path"]) is not None:
        return
    path, made = labels_path(study, corpus, labelling), results / "corpora" / corpus / f"labels-{labelling}.parquet"
    if "{" in path or "}" in path:
        yield place, f"{path} has a brace in its name, which Snakemake reads as a placeholder; rename it"
    elif not Path(path).is_file() and not made.is_file():
        beside = [entry.name for entry in Path(path).parent.iterdir()] if Path(path).parent.is_dir() else []
        why = f"there is no file {path}{did_you_mean(Path(path).name, beside) or ';'}"
        yield place, f"{why} relative paths start from data: {study.data}, which is {study.data.resolve()}"


def _split(place: Place, given: Mapping[str, Any], path: str | None) -> Iterator[Problem]:
    """What is wrong with `split`: of a .txt file a way to cut it, of a dataset a name, of anything else nothing."""
    place, split = (*place, "split"), given.get("split")
    if "mazes" in given:
        return
    if path is not None and path.lower().endswith(".txt"):
        if split is None:
            yield place, "required for a .txt file, but missing: paragraphs, or {tokens: 256}"
        elif isinstance(split, str) and split != "paragraphs":
            yield place, f"{shown(split)} is no way to cut a .txt file: write paragraphs, or {{tokens: 256}}"
    elif split is not None and (isinstance(split, dict) or not ("hub" in given or _may_have_splits(path))):
        why = "cuts a .txt file into documents, or names a split of a dataset"
        yield place, f"{why}; this corpus has documents already, leave it out"


def _may_have_splits(path: str | None) -> bool:
    """Whether a path is a saved dataset, or is gone and may have been one."""
    if path is None:
        return False
    return dataset_files.is_saved(Path(path)) or not (Path(path).exists() or Path(path).suffix)


def _labels(place: Place, given: Mapping[str, Any], study: Study) -> Iterator[Problem]:
    label = given.get("label", {})
    if "labels" in given and not labellings_of_documents(given):
        why = " that is the same for all models" if label else ""
        yield (*place, "labels"), f"chooses labels, but the corpus has no label{why}: name its column"
    yield from _twice((*place, "labels"), given.get("labels", []))
    taken = {column.name for column in contracts.CORPUS.columns}
    for name, how in label.items():
        if name in taken:
            yield (*place, "label", name), "a labelling may not be named like a column of every corpus; rename it"
        cut = how.get("cut") if isinstance(how, dict) else None
        if isinstance(cut, list) and any(not low < high for low, high in pairwise(cut)):
            yield (*place, "label", name, "cut"), f"{shown(cut)} does not rise"
        yield from own_label_problems((*place, "label", name), how if isinstance(how, dict) else {}, study)
    if set(label) == {"column", "cut"}:
        yield (*place, "label"), "a labelling needs a name: label: {NAME: {column: ..., cut: ...}}"


def _twice(place: Place, labels: Any) -> Iterator[Problem]:
    """Labels that are there twice."""
    for number, label in enumerate(labels if isinstance(labels, list) else ()):
        if any(_one_label(label, other) for other in labels[:number]):
            misread = not isinstance(label, str) and label in labels[:number]
            hint = f": if they are written differently, YAML reads both as {shown(label)}; write them in quotes"
            yield place, f"{shown(label)} is there twice{hint if misread else ''}"


def _one_label(one: Any, other: Any) -> bool:
    """Whether two labels are one: true and 'True' are, for both find the same label in the data."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    return str(one).lower() == str(other).lower()


# ---------------------------------------------------------------------------- spaces, reductions


def _spaces(config: Mapping[str, Any], study: Study) -> Iterator[Problem]:
    for name, given in config.get("spaces", {}).items():
        place = ("spaces", name)
        if name in study.models:
            yield place, "is the name of a model, and every model is a space of its own name; rename the space"
        if name == contracts.BAG_OF_WORDS:
            yield place, "is the name of what texts are without a model; rename the space"
        for member in given.get("models", []):
            if member not in study.models:
                yield (*place, "models"), unknown("model", member, study.models)
        yield from _shapes((*place, "models"), given, study)


def _shapes(place: Place, given: Mapping[str, Any], study: Study) -> Iterator[Problem]:
    shapes = {model: _shape(study, model) for model in given.get("models", []) if model in study.models}
    known = {model: shape for model, shape in shapes.items() if shape}
    for said, key in (("one width", "width"), ("as many layers", "layers")):
        numbers = {model: getattr(shape, key) for model, shape in known.items()}
        if len(set(numbers.values())) > 1:
            listed = ", ".join(f"{model} has {number}" for model, number in numbers.items())
            yield place, f"the members must have {said}: {listed}"


def _reduction(name: str, given: Mapping[str, Any]) -> Iterator[Problem]:
    place = ("reductions", name)
    method = given.get("method")
    for key in UMAP if method in ("pca", "svd") else ():
        if key in given:
            why = "draws nothing and has no seeds" if key == "seeds" else f"does not know {key}"
            yield (*place, key), f"{method} {why}; only umap does: leave it out"
    if given.get("basis") == "per-label" and given.get("components", PLANE) == PLANE:
        yield (
            (*place, "basis"),
            (
                "is for component graphs, which a reduction to components: 2 has none of: regions are the same for "
                "all labels; leave it out, or ask for other components"
            ),
        )
    if "keep_dead" in given and given.get("standardise") not in ("zscore", "minmax"):
        yield (*place, "keep_dead"), "is for standardise: zscore or minmax only"


def _components(config: Mapping[str, Any], study: Study) -> Iterator[Problem]:
    widths = {model: width for model in study.models if (width := _width(study, model)) is not None}
    for name, reduction in study.reductions.items() if widths else ():
        narrowest = min(widths, key=lambda model: (widths[model], model))
        if name in config.get("reductions", {}) and reduction["components"] > widths[narrowest]:
            yield (
                ("reductions", name, "components"),
                (f"{reduction['components']} is more than model {narrowest} is wide, {widths[narrowest]}"),
            )


def _grids(study: Study) -> Iterator[Problem]:
    for grid in study.grids:
        if grid.bins == "kmeans" and grid.size > CLUSTERED_SIZE:
            why = f"{grid.size} is too large for bins: kmeans, the most is {CLUSTERED_SIZE}"
            yield ("grid", "size"), f"{why}; leave out one of the two"


def _width(study: Study, model: str) -> int | None:
    """Width of a model whose files are here, None for others."""
    shape = _shape(study, model)
    return shape.width if shape else None


def _shape(study: Study, model: str) -> checkpoints.Shape | None:
    """Depth and width of a model whose files are here, or that is described in `mazes:`; None for others."""
    try:
        if checkpoint_of(study, model):
            return shape_of(study, model)
        folder = model_folder(study, model)
        return None if folder is None else checkpoints.shape(folder)
    except checkpoints.CheckpointError:
        return None


# ----------------------------------------------------------------------------------- comparisons


def _comparisons(config: Mapping[str, Any], study: Study) -> Iterator[Problem]:
    for corpus, named in config.get("comparisons", {}).items():
        place = ("comparisons", corpus)
        if corpus not in study.corpora:
            yield place, unknown("corpus", corpus, study.corpora)
        elif not labellings(study.corpora[corpus]):
            yield place, f"corpus {corpus} has no label to compare; give it label: COLUMN, or leave this out"
        else:
            for name in named:
                yield from _comparison((*place, name), study.comparisons[corpus][name], study.corpora[corpus])


def _comparison(place: Place, comparison: Mapping[str, Any], corpus: Mapping[str, Any]) -> Iterator[Problem]:
    there = labellings(corpus)
    if comparison["labelling"] not in there:
        yield (*place, "labelling"), unknown("labelling", comparison["labelling"], there)
    labels = comparison.get("labels", [])
    yield from _twice(place, labels)
    key = "packages" if "labels" not in corpus and "label" not in corpus else "labels"
    known = corpus.get(key, [])
    # Other labels are known only once the data are read; what is no text is matched with them then.
    first = labellings_of_documents(corpus)[:1]
    if known and [comparison["labelling"]] == first and all(isinstance(each, str) for each in known):
        for label in labels if isinstance(labels, list) else ():
            if isinstance(label, str) and label not in known:
                # Either may be the misspelt one.
                why = f"{label!r} is not among corpora.{place[1]}.{key} ({', '.join(known)})"
                yield place, f"{why}: correct one of the two"


# ------------------------------------------------------------------------------------ statistics


def _statistics(study: Study) -> Iterator[Problem]:
    for corpus in study.statistics["within"] if study.statistics else ():
        if corpus not in study.corpora:
            yield ("statistics", "within", corpus), unknown("corpus", corpus, study.corpora)


# --------------------------------------------------------------------------------------- figures


def _stability(study: Study) -> Iterator[Problem]:
    if study.figures["stability"] and not study.statistics:
        yield ("figures", "stability"), "is measured with the statistics, which are turned off; write statistics: true"


def _maps(config: Mapping[str, Any], study: Study) -> Iterator[Problem]:
    maps = config.get("figures", {}).get("maps")
    wanted = [layer for layer in maps.get("layers", []) if isinstance(layer, int)] if isinstance(maps, dict) else []
    seen = set()
    for model, given in study.models.items() if wanted else ():
        # Twins of one id have one shape, and one line.
        if given["id"] in seen:
            continue
        seen.add(given["id"])
        shape = _shape(study, model)
        for layer in wanted:
            if shape and layer > shape.layers:
                why = f"{layer} is no layer of model {model}, whose last is {shape.layers}"
                yield ("figures", "maps", "layers"), f"{why}; write last, or a smaller one"


# --------------------------------------------------------------------------------------- neurons


def _neurons(study: Study) -> Iterator[Problem]:
    if not study.neurons:
        return
    for kind, word, known in (("models", "model", study.models), ("corpora", "corpus", study.corpora)):
        for name in study.neurons[kind]:
            if name not in known:
                yield ("neurons", kind), unknown(word, name, known)
    chosen = [model for model in study.neurons["models"] if model in study.models]
    yield from _beyond("blocks", "block", {model: _depth(study, model) for model in chosen}, study.neurons["blocks"])
    widths = {model: _neurons_of(study, model) for model in chosen}
    yield from _beyond("per_block", "neuron", widths, study.neurons["per_block"])
    if isinstance(study.neurons["augment"], dict):
        try:
            if checkpoints.locate(study.neurons["augment"]["model"], root=study.data) is None:
                why = "must be a folder or a package, for nothing is fetched here; ./NAME is a folder beside the config"
                yield ("neurons", "augment", "model"), why
        except checkpoints.CheckpointError as error:
            yield ("neurons", "augment", "model"), str(error)


def _beyond(key: str, word: str, numbers: Mapping[str, int | None], wanted: Any) -> Iterator[Problem]:
    """What is asked for by number and not there; `numbers` are how many each model has, None where nobody knows yet."""
    for model, number in numbers.items():
        beyond = [each for each in wanted if number is not None and each >= number] if isinstance(wanted, list) else []
        if beyond:
            yield ("neurons", key), f"there is no {word} {beyond[0]}; model {model} has 0 to {number - 1}"
            return


def _depth(study: Study, model: str) -> int | None:
    shape = _shape(study, model)
    return shape.layers if shape else None


def _neurons_of(study: Study, model: str) -> int | None:
    try:
        folder = model_folder(study, model)
        return None if folder is None else checkpoints.intermediate_size(folder)
    except checkpoints.CheckpointError:
        return None
