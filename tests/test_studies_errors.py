"""What a config may not say, and how the user is told: every message as a user reads it."""

# ruff: noqa: E501 (a message stands in one line, as a user reads it)
import contextlib
import copy
import urllib
from pathlib import Path

import pytest
import yaml

from nrag import studies

SMALL = """
study: s
models:
  m: {id: org/m}
corpora:
  c: {path: c.csv, label: area}
"""


def lines_of(text, tmp_path, config=None):
    """The lines of the error that a config file gives, without the file's name."""
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(studies.StudyError) as caught:
        studies.load(yaml.safe_load(text) if config is None else config, files=[file])
    assert str(caught.value) == "\n".join(caught.value.lines)
    assert all(line.count("\n") == 0 for line in caught.value.lines)
    return [line.removeprefix(f"{file}: ") for line in caught.value.lines]


def changed(**changes):
    """The small config with top keys replaced, as YAML text."""
    return yaml.safe_dump(yaml.safe_load(SMALL) | changes, sort_keys=False)


def model(**keys):
    return changed(models={"m": {"id": "org/m"} | keys})


def lineage(**keys):
    """A shared space of four models, compared as the keys say."""
    models = {name: {"id": f"org/{name}"} for name in ("m", "base", "sft", "again")}
    spaces = {"line": {"models": ["sft", "base", "again"]}}
    return changed(models=models, spaces=spaces, checkpoints=keys.pop("checkpoints", {"line": keys}))


def corpus(**keys):
    return changed(corpora={"c": keys})


def own_labels(*without, **keys):
    """A labelling whose labels differ from model to model, but for some keys."""
    how = {"path": "a.csv", "by": ["model", "id"], "column": "right"} | keys
    return corpus(path="c.csv", label={"right": {key: how[key] for key in how if key not in without}})


def reduction(**keys):
    return changed(reductions={"r": keys})


REVISION = f"models.m.revision: only a hub model has revisions, this is the folder {Path(urllib.__file__).parent}; leave it out"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (model(dtpe="float32"), "models.m.dtpe: unknown key 'dtpe', did you mean 'dtype'?"),
        (model(dtype="float23"), "models.m.dtype: 'float23' is not one of float32, bfloat16, float16; did you mean 'float32'?"),
        (model(max_tokens="many"), "models.m.max_tokens: expected a whole number, found 'many'"),
        (model(max_tokens=1.5), "models.m.max_tokens: expected a whole number, found 1.5"),
        (model(max_tokens=True), "models.m.max_tokens: expected a whole number, found true"),
        (model(max_tokens=0), "models.m.max_tokens: 0 is too small, the least is 1"),
        (model(batch_tokens="big"), "models.m.batch_tokens: expected auto or a whole number, found 'big'"),
        (model(gpus=0), "models.m.gpus: 0 is too small, the least is 1"),
        (model(gpus=2), "models.m.gpus: 2 GPUs are used only with device_map: auto; write it too, or gpus: 1"),
        (model(device_map="balanced"), "models.m.device_map: 'balanced' is not one of auto"),
        (model(trust_remote_code="yes"), "models.m.trust_remote_code: expected true or false, found 'yes'"),
        (model(prompt="Say:"), "models.m.prompt: 'Say:' lacks {text}, which stands for the document"),
        (model(store="meen"), "models.m.store: 'meen' is not one of mean, last, first, max; did you mean 'mean'?"),
        (model(store=["max", "meen"]), "models.m.store[1]: 'meen' is not one of mean, last, first, max; did you mean 'mean'?"),
        (model(store=["max"]), "models.m.store: lacks mean, which pooling asks for; it has max"),
        (model(seed=1), "models.m.seed: is for untrained weights only: write weights: random too, or leave it out"),
        (model(weights="random", controls=1), "models.m.controls: this model is untrained itself; untrained twins belong to a trained one"),
        (model(id="./nowhere"), "models.m.id: there is no folder nowhere"),
        (model(id="package:no_such_package/model"), "models.m.id: the package 'no_such_package' is not installed here (pip install no-such-package; "
         "for --sdm conda name it in envs/model.yaml too)"),
        (changed(models={"m": {"id": "package:urllib/.", "revision": "v1"}}), REVISION),
        (changed(comparisons={"c": ["a", "b"]}),
         "comparisons.c: expected keys with values, found ['a', 'b']: give the comparison a name: {NAME: [a, b]}"),
        (changed(comparisons={"c": {"a": [False, False]}}),
         "comparisons.c.a: false is there twice: if they are written differently, YAML reads both as false; write them in quotes"),
        (changed(grid={"size": 501}), "grid.size: 501 is too large, the most is 500"),
        (changed(grid={"size": [10, 31], "bins": ["equal", "kmeans"]}),
         "grid.size: 31 is too large for bins: kmeans, the most is 30; leave out one of the two"),
        (model(id=""), "models.m.id: is empty text"),
        (changed(models={"m": {}}), "models.m.id: required, but missing"),
        (changed(models={"m": None}), "models.m.id: required, but missing"),
        (changed(models={"m": {"id": None}}), "models.m.id: required, but empty"),
        (changed(models=None), "models: required, but empty"),
        (changed(models={}), "models: is empty"),
        (changed(study=None), "study: required, but empty"),
        (changed(models={"m": {"id": "org/m", "controls": 2}, "m-untrained-1": {"id": "org/x"}}),
         "models.m-untrained-1: m has controls: 2, which makes a model of this name; leave one of them out"),
        (changed(models={"a/b": {"id": "x"}}),
         "models.'a/b': 'a/b' cannot be a name: small letters and digits, joined by single - or _, at most 40; 'a-b' would do"),
        (changed(models={"a--b": {"id": "x"}}),
         "models.a--b: 'a--b' cannot be a name: small letters and digits, joined by single - or _, at most 40; 'a-b' would do"),
        (changed(study="My study"),
         "study: 'My study' cannot be a name: small letters and digits, joined by single - or _, at most 40; 'my-study' would do"),
        (corpus(label="x"), "corpora.c: needs path, hub, packages or mazes"),
        (corpus(path="c.csv", packages="scipy"), "corpora.c: has path and packages: keep one"),
        (own_labels("by"), "corpora.c.label.right.by: required beside path, but missing: the columns of the model and of the document's id"),
        (own_labels(by="model"), "corpora.c.label.right.by: ['model'] must be two columns: of the model, and of the document's id"),
        (own_labels(by=["a", "b", "c"]), "corpora.c.label.right.by: ['a', 'b', 'c'] must be two columns: of the model, and of the document's id"),
        (own_labels(path="a.txt"), "corpora.c.label.right.path: 'a.txt' is no table: .csv, .tsv, .jsonl, .json, .parquet, or mazes:SET"),
        (own_labels(path="mazes:small", column="solved"), "corpora.c.label.right.path: there is no set of mazes 'small'; there are none"),
        (own_labels("path", "by", where={"sample": 0}), "corpora.c.label.right.where: is of a table with labels for every model: name it with path, or leave this out"),
        (own_labels(where={}), "corpora.c.label.right.where: is empty"),
        (corpus(path="c.csv", labels=["x"], label={"right": {"path": "a.csv", "by": ["m", "d"], "column": "right"}}),
         "corpora.c.labels: chooses labels, but the corpus has no label that is the same for all models: name its column"),
        (corpus(path="c.txt"), "corpora.c.split: required for a .txt file, but missing: paragraphs, or {tokens: 256}"),
        (corpus(path="c.csv", split="paragraphs"),
         "corpora.c.split: cuts a .txt file into documents, or names a split of a dataset; this corpus has documents already, leave it out"),
        (corpus(path="c.txt", split="lines"), "corpora.c.split: 'lines' is no way to cut a .txt file: write paragraphs, or {tokens: 256}"),
        (corpus(hub="org/c", split={"tokens": 9}),
         "corpora.c.split: cuts a .txt file into documents, or names a split of a dataset; this corpus has documents already, leave it out"),
        (corpus(path="c.csv", hub="org/c"), "corpora.c: has path and hub: keep one"),
        (corpus(path="c.csv", revision="v1"),
         "corpora.c.revision: belongs to a dataset of the hub (hub:), and this corpus has path; leave it out"),
        (corpus(hub="org/c", split=7), "corpora.c.split: expected text or keys with values (tokens), found 7: "
         "YAML reads it so; if text is meant, put it in quotes"),
        (corpus(path="c.csv", labels=["a"]), "corpora.c.labels: chooses labels, but the corpus has no label: name its column"),
        (corpus(path="c.csv", label="l", labels=["a", "b", "a"]), "corpora.c.labels: 'a' is there twice"),
        (corpus(path="c.csv", label="l", labels=[True, "True"]), "corpora.c.labels: 'True' is there twice"),
        (corpus(path="c.csv", label={"text": "x"}),
         "corpora.c.label.text: a labelling may not be named like a column of every corpus; rename it"),
        (corpus(path="c.csv", label={"l": {"column": "x", "cut": [2, 1]}}), "corpora.c.label.l.cut: [2, 1] does not rise"),
        (corpus(path="c.csv", label={"l": {"column": "x", "cut": [2, 2]}}), "corpora.c.label.l.cut: [2, 2] does not rise"),
        (corpus(path="c.csv", label={"l": {"column": "x", "cut": "mean"}}),
         "corpora.c.label.l.cut: expected median or tertiles or a list, found 'mean'"),
        (corpus(path="c.csv", label={"column": "x", "cut": "median"}),
         "corpora.c.label: a labelling needs a name: label: {NAME: {column: ..., cut: ...}}"),
        (corpus(path="c.csv", min_documents=2), "corpora.c.min_documents: 2 is too small, the least is 3"),
        (corpus(path="c.csv", max_documents_per_label=9),
         "corpora.c.max_documents_per_label: 9 is less than min_documents, 10: no label could pass"),
        (changed(pooling=["mean", "mean"]), "pooling: 'mean' is there twice"),
        (changed(pooling=[]), "pooling: is empty"),
        (reduction(method="ummap"), "reductions.r.method: 'ummap' is not one of pca, svd, umap; did you mean 'umap'?"),
        (reduction(components=2), "reductions.r.method: required, but missing"),
        (reduction(method="pca", components=0), "reductions.r.components: 0 is too small, the least is 1"),
        (reduction(method="pca", basis="per-label"), "reductions.r.basis: is for component graphs, which a reduction to components: 2 has none of: regions are the same for all labels; leave it out, or ask for other components"),
        (reduction(method="pca", components=3, basis="label"), "reductions.r.basis: 'label' is not one of all-documents, per-label; did you mean 'per-label'?"),
        (changed(correlations={"threshold": 0.3}), "correlations.threshold: expected keys with values (fdr, rho, quantile), found 0.3"),
        (changed(correlations={"threshold": {"fdr": 0.05, "rho": 0.3}}), "correlations.threshold: takes one of fdr, rho, quantile, has 2"),
        (changed(correlations={"threshold": {"fdr": 0}}), "correlations.threshold.fdr: 0 must be above 0"),
        (changed(correlations={"threshold": {"quantile": 1}}), "correlations.threshold.quantile: 1 must be below 1"),
        (changed(neurons={"models": "n"}), "neurons.models: there is no model 'n'; there are m"),
        (changed(neurons={"corpora": ["d"]}), "neurons.corpora: there is no corpus 'd'; there are c"),
        (changed(neurons={"blocks": "some"}), "neurons.blocks: expected all or a list, found 'some'"),
        (changed(neurons={"threshold": 1}), "neurons.threshold: 1 is too large, the most is 0.9"),
        (changed(neurons={"augment": {"model": "./no"}}), "neurons.augment.model: there is no folder no"),
        (changed(neurons={"augment": {"model": "org/mlm"}}), "neurons.augment.model: must be a folder or a package, for "
         "nothing is fetched here; ./NAME is a folder beside the config"),
        (changed(neurons="yes"), "neurons: expected true or false or keys with values (models, corpora, blocks, per_block, "
         "examples, context, threshold, importance, sufficiency, augment, test, test_tokens, seed), found 'yes'"),
        (changed(query=3), "query: expected text, found 3: YAML reads it so; if text is meant, put it in quotes"),
        (changed(correlations={"permutations": 5}), "correlations.permutations: 5 is too small, the least is 19"),
        (reduction(method="pca", seeds=[0]), "reductions.r.seeds: pca draws nothing and has no seeds; only umap does: leave it out"),
        (reduction(method="svd", min_dist=0.2), "reductions.r.min_dist: svd does not know min_dist; only umap does: leave it out"),
        (reduction(method="umap", min_dist=float("nan")), "reductions.r.min_dist: nan is no number"),
        (reduction(method="umap", keep_dead=True), "reductions.r.keep_dead: is for standardise: zscore or minmax only"),
        (reduction(method="umap", seeds=40000), "reductions.r.seeds: 40000 is too large, the most is 32767"),
        (changed(reductions={}), "reductions: is empty"),
        (changed(grid={"size": 0}), "grid.size: 0 is too small, the least is 2"),
        (changed(grid={"size": 1}), "grid.size: 1 is too small, the least is 2"),
        (changed(grid={"size": "ten"}), "grid.size: expected a whole number, found 'ten'"),
        (changed(grid={"size": [5, 0]}), "grid.size[1]: 0 is too small, the least is 2"),
        (changed(grid=10), "grid: expected keys with values (size, bins), found 10"),
        (changed(spaces={"m": {"models": ["m", "m2"]}}, models={"m": {"id": "x"}, "m2": {"id": "x"}}),
         "spaces.m: is the name of a model, and every model is a space of its own name; rename the space"),
        (changed(spaces={"s": {"models": ["m", "mm"]}}), "spaces.s.models: there is no model 'mm'; there are m"),
        (changed(spaces={"s": {"models": ["m"]}}), "spaces.s.models: needs at least 2, has 1"),
        (changed(spaces={"s": {"models": ["m", "m"]}}), "spaces.s.models: 'm' is there twice"),
        (changed(comparisons={"papers": {"a": "all"}}), "comparisons.papers: there is no corpus 'papers'; there are c"),
        (changed(comparisons={"c": {"a": ["x", "y", "x"]}}), "comparisons.c.a: 'x' is there twice"),
        (changed(comparisons={"c": {"a": []}}), "comparisons.c.a: is empty"),
        (changed(comparisons={"c": {"a": None}}), "comparisons.c.a.labels: required, but missing"),
        (changed(comparisons={"c": {"a": {"labels": {"x": 1}}}}), "comparisons.c.a.labels: expected all or a list, found keys with values (x)"),
        (changed(comparisons={"c": {"a": {"labelling": "lable", "labels": "all"}}}),
         "comparisons.c.a.labelling: there is no labelling 'lable', did you mean 'label'?"),
        (changed(comparisons={"c": {"a": {"labelling": "label"}}}), "comparisons.c.a.labels: required, but missing"),
        (changed(comparisons={"c": {"a": {"labels": "all", "of": 1}}}), "comparisons.c.a.of: unknown key 'of'; there are labelling, labels, within"),
        (changed(corpora={"c": {"path": "c.csv"}}, comparisons={"c": {"a": "all"}}),
         "comparisons.c: corpus c has no label to compare; give it label: COLUMN, or leave this out"),
        (changed(corpora={"c": {"packages": ["scipy", "pandas"]}}, comparisons={"c": {"a": ["scipy", "panda"]}}),
         "comparisons.c.a: 'panda' is not among corpora.c.packages (scipy, pandas): correct one of the two"),
        (changed(corpora={"c": {"path": "c.csv", "label": "l", "labels": ["ai", "dl"]}}, comparisons={"c": {"a": ["ai", "cv"]}}),
         "comparisons.c.a: 'cv' is not among corpora.c.labels (ai, dl): correct one of the two"),
        (changed(corpora={"c": {"packages": ["scipy", "pandas"], "labels": ["scypi", "pandas"]}}, comparisons={"c": {"a": ["scipy"]}}),
         "comparisons.c.a: 'scipy' is not among corpora.c.labels (scypi, pandas): correct one of the two"),
        (changed(figures={"formats": ["pdf", "gif"]}), "figures.formats[1]: 'gif' is not one of pdf, svg, png"),
        (changed(figures={"metrics": ["density", "modularty"]}), "figures.metrics[1]: 'modularty' is not one of the 46 words "
         "of docs/metrics.md; did you mean 'modularity'?"),
        (changed(metrics={"sources": 0}), "metrics.sources: 0 is too small, the least is 1"),
        (changed(probing=5), "probing: expected true or false or keys with values (n_splits, test_size, seed, fit), found 5"),
        (changed(probing={"n_split": 5}), "probing.n_split: unknown key 'n_split', did you mean 'n_splits'?"),
        (changed(probing={"test_size": 0.7}), "probing.test_size: 0.7 is too large, the most is 0.5"),
        (changed(probing={"fit": "test"}), "probing.fit: 'test' is not one of train, all"),
        (changed(figures={"positions": "spring"}), "figures.positions: 'spring' is not one of fixed, free"),
        (changed(figures={"edges": {"fdr": 0}}), "figures.edges.fdr: 0 must be above 0"),
        (changed(figures={"edges": {"fdr": 1}}), "figures.edges.fdr: 1 must be below 1"),
        (changed(figures={"edges": {"document": 2}}), "figures.edges.document: unknown key 'document', did you mean 'documents'?"),
        (changed(figures={"edges": 2}), "figures.edges: expected all or keys with values (documents, share, fdr), found 2"),
        (changed(figures={"maps": {"numbers": "percent"}}), "figures.maps.layers: required, but missing"),
        (changed(figures={"maps": {"layers": [1, -1]}}), "figures.maps.layers[1]: -1 is too small, the least is 0"),
        (changed(statistics=False, figures={"stability": True}),
         "figures.stability: is measured with the statistics, which are turned off; write statistics: true"),
        (changed(statistics={"permutations": 9}), "statistics.permutations: 9 is too small, the least is 19"),
        (changed(statistics={"permutations_costly": 9}), "statistics.permutations_costly: 9 is too small, the least is 19"),
        (changed(statistics={"within": {"d": "pair"}}), "statistics.within.d: there is no corpus 'd'; there are c"),
        (changed(statistics={"bag_of_words": "yes"}), "statistics.bag_of_words: expected true or false, found 'yes'"),
        (changed(models={"bag-of-words": {"id": "org/m"}}), "models.bag-of-words: is the name of what texts are without a model; rename the model"),
        (lineage(checkpoints={"lin": {}}), "checkpoints.lin: there is no shared space 'lin', did you mean 'line'?"),
        (lineage(checkpoints={"base": {}}),
         "checkpoints.base: is the space of one model, which has none to be compared with; name one of spaces:"),
        (lineage(base="bas"), "checkpoints.line.base: there is no member 'bas', did you mean 'base'?"),
        (lineage(base="m"), "checkpoints.line.base: there is no member 'm'; there are again, base, sft"),
        (lineage(floors={"another seed": ["sft"]}),
         "checkpoints.line.floors.'another seed': ['sft'] is no pair: name two models whose distance is the floor"),
        (lineage(floors={"seed": ["sft", "sft"]}),
         "checkpoints.line.floors.seed: ['sft', 'sft'] is no pair: name two models whose distance is the floor"),
        (lineage(floors={"seed": ["sft", "base", "again"]}),
         "checkpoints.line.floors.seed: ['sft', 'base', 'again'] is no pair: name two models whose distance is the floor"),
        (lineage(floors={"seed": ["sft", "agan"]}),
         "checkpoints.line.floors.seed: there is no member 'agan', did you mean 'again'?"),
        (lineage(series={"steps": ["sft"]}),
         "checkpoints.line.series.steps: ['sft'] is no series: name two models or more, in the order of training"),
        (lineage(series={"steps": ["base", "sft", "base"]}), "checkpoints.line.series.steps: 'base' is there twice"),
        (lineage(labelling="areas"), "checkpoints.line.labelling: there is no labelling 'areas'; there are label"),
        (lineage(permutations=18), "checkpoints.line.permutations: 18 is too small, the least is 19"),
        (lineage(permutatons=99), "checkpoints.line.permutatons: unknown key 'permutatons', did you mean 'permutations'?"),
        (lineage(checkpoints=True), "checkpoints: expected keys with values, found true"),
        (changed(spaces={"bag-of-words": {"models": ["m", "m2"]}}, models={"m": {"id": "org/m"}, "m2": {"id": "org/n"}}),
         "spaces.bag-of-words: is the name of what texts are without a model; rename the space"),
        (changed(statistic={}), "statistic: unknown key 'statistic', did you mean 'statistics'?"),
        (changed(x={}), "x: unknown key 'x'; there are study, seed, device, data, models, corpora, spaces, pooling, "
         "reductions, grid, comparisons, metrics, probing, statistics, neurons, checkpoints, mazes, query, figures, correlations"),
        (changed(study=7), "study: expected text, found 7: YAML reads it so; if text is meant, put it in quotes"),
        (corpus(path="c.csv", label=2019), "corpora.c.label: expected text or keys with values, found 2019: "
         "YAML reads it so; if text is meant, put it in quotes"),
        ("[a]", "expected keys with values (study, seed, device, data, models, corpora, spaces, pooling, reductions, grid, "
         "comparisons, metrics, probing, statistics, neurons, checkpoints, mazes, query, figures, correlations), found ['a']"),
    ],
)  # fmt: skip
def test_a_wrong_config_is_refused_in_one_line(text, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert lines_of(text, tmp_path) == [f"config.yaml: {expected}"]


def test_everything_wrong_is_said_at_once_in_the_order_of_the_file(tmp_path):
    text = """
study: Demo
sede: 3
models:
  first: {id: org/m, dtpe: float32}
  second: {dtype: int8}
corpora:
  c: {path: c.txt, text: 7}
reductions:
  p: {method: pca, seeds: 3}
grid: {size: ten, bins: equl}
comparisons: {d: {all: all}}
"""
    assert [line.partition(":")[0] for line in lines_of(text, tmp_path)] == [
        "study",
        "sede",
        "models.first.dtpe",
        "models.second.dtype",
        "models.second.id",
        "corpora.c.text",
        "corpora.c.split",
        "reductions.p.seeds",
        "grid.size",
        "grid.bins",
        "comparisons.d",
    ]


def test_one_mistake_gives_one_line(tmp_path):
    """A corpus whose label was misspelled is not also blamed for having none."""
    text = SMALL.replace("label: area", "lable: area") + "comparisons: {c: {all: all}}\n"
    assert lines_of(text, tmp_path) == ["corpora.c.lable: unknown key 'lable', did you mean 'label'?"]


def test_what_is_wrong_in_itself_is_still_known_by_its_name(tmp_path):
    text = changed(models={"m": "org/m", "n": {"id": "org/n"}}, spaces={"s": {"models": ["m", "n"]}})
    assert [line.partition(":")[0] for line in lines_of(text, tmp_path)] == ["models.m"]


@pytest.mark.parametrize(
    ("name", "read_as"),
    [("on", "true"), ("no", "false"), ("007", "7"), ("null", "nothing"), ("1.5", "1.5"), ("2019-01-02", "2019-01-02")],
)
def test_a_name_that_yaml_misreads_is_shown_as_written(name, read_as, tmp_path):
    text = f"study: s\nmodels:\n  {name}: {{id: org/m}}\ncorpora: {{c: {{path: c.csv}}}}\n"
    first = lines_of(text, tmp_path)[0]
    place = f"'{name}'" if name == "1.5" else name
    assert first == f"models.{place}: YAML reads this name as {read_as}: put it in quotes"


@pytest.mark.parametrize("nothing", ["null", "~", ""])
def test_a_label_that_yaml_reads_as_nothing_wants_quotes(nothing, tmp_path):
    text = SMALL + f"comparisons:\n  c:\n    pair:\n      - x\n      - {nothing}\n"
    assert lines_of(text, tmp_path) == [
        "comparisons.c.pair[1]: expected a label, found nothing: YAML reads null, ~ and an empty place so; "
        "if a label is meant, put it in quotes"
    ]


def test_a_key_that_is_there_twice_is_found_with_its_lines(tmp_path):
    text = "study: s\nmodels:\n  m: {id: a}\n  m: {id: b}\n  m: {id: c}\ncorpora:\n  c: {path: c.csv, path: d.csv}\n"
    assert lines_of(text, tmp_path) == [
        "models: 'm' is there twice, in lines 3 and 4: keep one",
        "models: 'm' is there twice, in lines 3 and 5: keep one",
        "corpora.c: 'path' is there twice, in lines 7 and 7: keep one",
    ]


def test_models_of_unequal_width_or_depth_do_not_share_a_space(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, (width, layers) in {"narrow": (64, 2), "wide": (128, 2), "deep": (64, 3)}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(f'{{"num_hidden_layers": {layers}, "hidden_size": {width}}}')
    models = {name: {"id": f"./{name}"} for name in ("narrow", "wide", "deep")} | {"hub": {"id": "org/m"}}
    shared = {"s": ["narrow", "wide"], "t": ["narrow", "hub"], "d": ["deep", "narrow"]}
    shared = {"spaces": {name: {"models": members} for name, members in shared.items()}}
    assert lines_of(changed(models=models, **shared), tmp_path) == [
        "config.yaml: spaces.s.models: the members must have one width: narrow has 64, wide has 128",
        "config.yaml: spaces.d.models: the members must have as many layers: deep has 3, narrow has 2",
    ]
    studies.load(yaml.safe_load(changed(models=models, reductions={"p": {"method": "pca", "components": 64}})))
    deep = changed(models=models, reductions={"p": {"method": "pca", "components": 65}})
    assert lines_of(deep, tmp_path) == ["config.yaml: reductions.p.components: 65 is more than model deep is wide, 64"]


def test_a_layer_to_be_drawn_large_that_a_model_does_not_have_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, layers in {"shallow": 2, "deep": 12}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(f'{{"num_hidden_layers": {layers}, "hidden_size": 8}}')
    # Its untrained twins lack the layer too, which is not said again.
    models = {name: {"id": f"./{name}", "controls": 2} for name in ("shallow", "deep")} | {"hub": {"id": "org/m"}}
    text = changed(models=models, figures={"maps": {"layers": [0, 2, 3, "last"]}})
    why = "3 is no layer of model shallow, whose last is 2; write last, or a smaller one"
    assert lines_of(text, tmp_path) == [f"config.yaml: figures.maps.layers: {why}"]
    studies.load(yaml.safe_load(changed(models=models, figures={"maps": {"layers": [2, "last"]}})))


def test_a_source_that_is_not_there_is_told_among_the_rest_until_it_was_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "papers.csv").touch()
    config = yaml.safe_load(changed(corpora={"c": {"path": "paper.csv"}}, data="in", grid={"size": 0}))
    with pytest.raises(studies.StudyError) as caught:
        studies.load(config, results=tmp_path / "results")
    assert caught.value.lines == [
        "config: corpora.c.path: there is no file or folder in/paper.csv, did you mean 'papers.csv'? "
        f"relative paths start from data: in, which is {tmp_path / 'in'}",
        "config: grid.size: 0 is too small, the least is 2",
    ]
    read = tmp_path / "results" / "corpora" / "c" / "texts.parquet"
    read.parent.mkdir(parents=True)
    read.touch()
    studies.load(config | {"grid": {}}, results=tmp_path / "results")


def test_a_model_that_is_gone_is_missed_while_it_or_a_twin_has_a_corpus_to_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = yaml.safe_load(changed(models={"m": {"id": "./net", "controls": 1}}))
    for corpus, model in (("corpora/c/texts.parquet", "m/c.h5"), ("corpora/c/texts.parquet", "m-untrained-0/c.h5")):
        for file in (tmp_path / "results" / corpus, tmp_path / "results" / "activations" / model):
            assert_refused = pytest.raises(studies.StudyError, match="models.m.id: there is no folder net")
            with assert_refused:
                studies.load(config, results=tmp_path / "results")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    studies.load(config, results=tmp_path / "results")


def test_the_file_that_is_wrong_is_named_and_so_is_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    base, more = tmp_path / "base.yaml", tmp_path / "more.yaml"
    base.write_text(SMALL + "pooling: meen\ndevice: gpu\n")
    more.write_text("models:\n  m: {dtype: int8}\n  n: {dtype: float32}\ndevice: gpu\n")
    config = yaml.safe_load(base.read_text())
    config["models"]["m"]["dtype"] = "int8"
    config["models"]["n"] = {"dtype": "float32"}
    config["grid"] = {"size": "zero"}
    config["models"]["m"]["max_tokens"] = "0"
    with pytest.raises(studies.StudyError) as caught:
        studies.load(config, files=[base, more])
    assert [line.split(": ")[:2] for line in caught.value.lines] == [
        ["more.yaml", "models.m.dtype"],
        ["--config", "models.m.max_tokens"],
        ["more.yaml", "models.n.id"],
        ["base.yaml", "pooling"],
        ["more.yaml", "device"],
        ["--config", "grid.size"],
    ]


def test_a_wrong_value_of_the_command_line_over_a_right_one_of_the_file_blames_the_command_line(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(SMALL + "seed: 3\n")
    with pytest.raises(studies.StudyError, match="^--config: seed: -1 is too small"):
        studies.load(yaml.safe_load(file.read_text()) | {"seed": "-1"}, files=[file])


def test_text_that_spells_no_number_stays_in_the_message(tmp_path):
    config = yaml.safe_load(SMALL) | {"seed": "3x"}
    assert lines_of(SMALL, tmp_path, config) == ["--config: seed: expected a whole number, found '3x'"]


def test_a_file_that_is_no_yaml_gives_a_line_too(tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text("study: [")
    with pytest.raises(studies.StudyError, match=r"broken.yaml: cannot be read as YAML: .*line 2"):
        studies.load(yaml.safe_load(SMALL), files=[file])


def test_no_config_ends_in_another_error_than_ours():
    """Whatever stands at any place, the answer is a study or a StudyError."""
    whole = yaml.safe_load(SMALL) | {
        "spaces": {"s": {"models": ["m", "n"], "centre": True}},
        "reductions": {"u": {"method": "umap", "seeds": [1, 2]}},
        "grid": {"size": [3], "bins": "equal"},
        "comparisons": {"c": {"x": ["a"], "y": {"labelling": "label", "labels": ["a"]}}},
        "figures": {"formats": ["pdf"]},
    }
    whole["models"]["n"] = {"id": "org/n", "store": ["mean"], "controls": 1}
    whole["corpora"]["c"]["label"] = {"label": {"column": "x", "cut": [1, 2]}}
    studies.load(whole)
    refused = 0
    for place in places(whole):
        for odd in (None, "", "text", 0, -1, 1e999, True, [], [None], [[]], {}, {"a": {}}, {1: 2}, {"": None}):
            config = copy.deepcopy(whole)
            inner = config
            for step in place[:-1]:
                inner = inner[step]
            inner[place[-1]] = odd
            with contextlib.suppress(studies.StudyError):
                studies.load(config)
                continue
            refused += 1
    assert refused > 300


def places(value, here=()):
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*here, key)
        yield from places(inner, (*here, key))


def test_the_errors_that_the_docs_quote_are_the_real_ones(tmp_path):
    docs = (Path(__file__).parents[1] / "docs" / "config.md").read_text(encoding="utf-8")
    text = changed(models={"minilm": {"id": "org/m", "dtpe": "float32"}}, grid={"size": "ten"})
    quoted = [line for line in docs.splitlines() if line.startswith("config.yaml: ")]
    assert quoted == [f"config.yaml: {line.removeprefix('config.yaml: ')}" for line in lines_of(text, tmp_path)]
