"""From a config to a study: defaults, spelling, controls, spaces, comparisons, paths."""

import copy
import datetime
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nrag import contracts, metrics, regions, studies
from nrag.figures import metric_panels
from nrag.studies import drift, products, schema

ROOT = Path(__file__).parents[1]

SMALL = {"study": "s", "models": {"m": {"id": "org/m"}}, "corpora": {"c": {"path": "c.csv", "label": "area"}}}


def small(**changes):
    return copy.deepcopy(SMALL) | changes


def default():
    return yaml.safe_load((ROOT / "config.yaml").read_text())


def test_the_default_config_is_the_study_of_the_readme():
    study = studies.load(default(), files=[ROOT / "config.yaml"])
    assert list(study.models) == ["minilm", "minilm-untrained-0"]
    assert study.corpora["docstrings"]["packages"] == ["networkx", "scikit-learn", "scipy", "pandas"]
    assert [reduction["seeds"] for reduction in study.reductions.values()] == [[0], [0, 1, 2]]
    assert list(study.comparisons["docstrings"]) == ["graphs-tables", "all"]
    assert [run.folder for run in studies.runs(study)] == [
        f"{model}/docstrings/mean/{reduction}/equal-10" for model in study.models for reduction in ("pca", "umap")
    ]


def test_commented_defaults_of_the_default_config_are_the_defaults():
    text = (ROOT / "config.yaml").read_text()
    model = schema.properties("model")
    for key in ("dtype", "max_tokens", "weights", "store", "prompt", "matmul_precision", "batch_tokens"):
        line = next(line for line in text.splitlines() if line.strip().startswith(f"# {key}:"))
        assert yaml.safe_load(line.strip().removeprefix("# "))[key] == model[key]["default"], line


def test_everything_but_study_models_and_corpora_has_a_default():
    study = studies.load(small())
    assert (study.seed, study.device, study.data, study.pooling) == (0, "auto", Path(), ("mean",))
    assert study.grids == (studies.Grid("equal", 10),)
    assert study.reductions == {"pca": {"method": "pca", "components": 2, "standardise": "none", "seeds": [0]}}
    assert study.comparisons == {"c": {"all": {"labelling": "label", "labels": "all"}}}
    looks = {"formats": ["pdf", "svg", "png"], "width": "text", "colormap": "nrag"}
    assert study.figures == looks | {"positions": "fixed", "edges": "all", "maps": True, "stability": False}
    assert study.metrics == {"sources": 2000}
    assert study.models["m"]["store"] == list(contracts.POOLINGS)


def test_umap_alone_gets_neighbours_and_distances():
    study = studies.load(small(reductions={"u": {"method": "umap"}, "s": {"method": "svd"}}))
    assert study.reductions["u"] == {
        "method": "umap",
        "components": 2,
        "standardise": "none",
        "seeds": [0],
        "n_neighbors": 15,
        "min_dist": 0.1,
        "metric": "cosine",
    }
    assert set(study.reductions["s"]) == {"method", "components", "standardise", "seeds"}


def test_a_scalar_is_a_list_of_one():
    scalars = small(
        corpora={"c": {"path": "c.csv", "label": {"l": {"column": "score", "cut": 3}}, "labels": "up to 3"}},
        models={"m": {"id": "org/m", "store": "max"}},
        pooling="max",
        grid={"size": 7, "bins": "quantile"},
        reductions={"u": {"method": "umap", "seeds": 4}},
        comparisons={"c": {"one": "up to 3"}},
        figures={"formats": "svg"},
    )
    lists = small(
        corpora={"c": {"path": "c.csv", "label": {"l": {"column": "score", "cut": [3]}}, "labels": ["up to 3"]}},
        models={"m": {"id": "org/m", "store": ["max"]}},
        pooling=["max"],
        grid={"size": [7], "bins": ["quantile"]},
        reductions={"u": {"method": "umap", "seeds": [4]}},
        comparisons={"c": {"one": ["up to 3"]}},
        figures={"formats": ["svg"]},
    )
    assert studies.load(scalars) == studies.load(lists)
    assert studies.load(scalars).comparisons["c"]["one"]["labels"] == ["up to 3"]


def test_text_from_the_command_line_becomes_what_the_key_holds():
    """Snakemake hands nested values of --config on as text, and YAML reads 1e-3 as text."""
    text = small(
        seed="2",
        models={"m": {"id": "7", "controls": "1", "trust_remote_code": "True", "batch_tokens": "64", "revision": "3"}},
        reductions={"u": {"method": "umap", "min_dist": "1e-3", "seeds": ["5", "3"], "epochs": "null"}},
        grid={"size": ["4", "5"]},
        comparisons={"c": {"pair": ["1", "true"]}},
    )
    study = studies.load(text)
    assert study.seed == 2
    assert study.models["m"]["trust_remote_code"] is True
    assert study.models["m"]["batch_tokens"] == 64
    assert (study.models["m"]["id"], study.models["m"]["revision"]) == ("7", "3"), "keys of text keep text"
    assert list(study.models) == ["m", "m-untrained-0"]
    assert study.reductions["u"]["min_dist"] == 0.001
    assert study.reductions["u"]["seeds"] == [3, 5]
    assert "epochs" not in study.reductions["u"]
    assert [grid.size for grid in study.grids] == [4, 5]
    assert study.comparisons["c"]["pair"]["labels"] == ["1", "true"], "labels are text"


def test_whole_floats_are_whole_numbers():
    assert [run.folder for run in studies.runs(studies.load(small(grid={"size": 8.0})))] == ["m/c/mean/pca/equal-8"]


def test_an_empty_value_is_a_value_not_given():
    empty = small(seed=None, spaces=None, comparisons={"c": None}, grid={"size": None})
    empty["models"]["m"]["revision"] = None
    assert studies.load(empty) == studies.load(small())


def test_controls_inherit_every_key_and_number_their_seeds():
    models = {"b": {"id": "org/b"}, "m": {"id": "org/m", "max_tokens": 64, "prompt": "q: {text}", "controls": 2}}
    study = studies.load(small(models=models))
    assert list(study.models) == ["b", "m", "m-untrained-0", "m-untrained-1"]
    trained, twin = study.models["m"], study.models["m-untrained-1"]
    assert twin == trained | {"weights": "random", "seed": 1}
    assert "seed" not in trained
    assert all("controls" not in model for model in study.models.values())


def test_random_weights_have_seed_zero_unless_told_otherwise():
    models = {"a": {"id": "org/a", "weights": "random"}, "b": {"id": "org/a", "weights": "random", "seed": 5}}
    study = studies.load(small(models=models))
    assert [model["seed"] for model in study.models.values()] == [0, 5]


def test_every_model_is_a_space_and_members_of_shared_ones_have_one_order():
    models = {"b": {"id": "org/b"}, "a": {"id": "org/a"}}
    study = studies.load(small(models=models, spaces={"ab": {"models": ["b", "a"], "centre": True}}))
    assert study.spaces == {
        "b": {"models": ["b"], "centre": False, "scale": False},
        "a": {"models": ["a"], "centre": False, "scale": False},
        "ab": {"models": ["a", "b"], "centre": True, "scale": False},
    }


def test_grids_are_every_combination_of_bins_and_sizes():
    study = studies.load(small(grid={"size": [5, 9], "bins": ["quantile", "equal"]}))
    assert study.grids == (("quantile", 5), ("quantile", 9), ("equal", 5), ("equal", 9))


def test_only_reductions_to_a_plane_have_nrags():
    study = studies.load(small(reductions={"p": {"method": "pca"}, "deep": {"method": "pca", "components": 5}}))
    assert [each.reduction for each in studies.embeddings(study)] == ["p", "deep"]
    assert [run.reduction for run in studies.runs(study)] == ["p"]


def test_stems_of_different_runs_differ():
    models = {name: {"id": "org/m"} for name in ("a", "a-b", "b", "a_b")}
    corpora = {name: {"path": "c.csv"} for name in ("b", "b-c", "c", "b_c")}
    runs = list(studies.runs(studies.load(small(models=models, corpora=corpora, pooling=["mean", "max"]))))
    assert len({run.stem for run in runs}) == len({run.folder for run in runs}) == 32


@pytest.mark.parametrize(
    ("written", "labelling", "labels"),
    [
        ("all", "area", "all"),
        (["x", "y"], "area", ["x", "y"]),
        ({"labels": ["high", "low"], "labelling": "level"}, "level", ["high", "low"]),
        ({"labels": "all", "labelling": "level"}, "level", "all"),
        ({"labels": ["x"]}, "area", ["x"]),
        (["all"], "area", ["all"]),
    ],
)
def test_a_comparison_names_its_labelling(written, labelling, labels):
    corpora = {"c": {"path": "c.csv", "label": {"area": "area", "level": {"column": "score", "cut": "median"}}}}
    study = studies.load(small(corpora=corpora, comparisons={"c": {"it": written}}))
    assert study.comparisons["c"]["it"] == {"labelling": labelling, "labels": labels}


def test_labels_that_are_no_text_are_handed_on_as_yaml_reads_them():
    config = yaml.safe_load("{c: {pair: [2019-01-02, true], other: [1.5, 7]}}")
    labels = [each["labels"] for each in studies.load(small(comparisons=config)).comparisons["c"].values()]
    assert labels == [[datetime.date(2019, 1, 2), True], [1.5, 7]]


def test_a_corpus_without_label_has_no_comparison():
    corpora = {"plain": {"path": "a.txt", "split": {"tokens": 9}}, "p": {"packages": "scipy"}, "c": {"path": "c.csv"}}
    study = studies.load(small(corpora=corpora))
    assert study.comparisons == {"p": {"all": {"labelling": "label", "labels": "all"}}}
    assert [studies.labellings(corpus) for corpus in study.corpora.values()] == [[], ["label"], []]


def test_labels_of_a_second_labelling_are_not_those_that_the_corpus_chooses():
    corpora = {"c": {"path": "c.csv", "label": {"area": "area", "other": "other"}, "labels": ["ai", "cv"]}}
    studies.load(small(corpora=corpora, comparisons={"c": {"x": {"labelling": "other", "labels": ["old", "new"]}}}))


def test_as_many_documents_as_needed_may_be_drawn():
    studies.load(small(corpora={"c": {"path": "c.csv", "min_documents": 7, "max_documents_per_label": 7}}))


def test_one_labelling_is_the_same_however_it_is_written():
    written = ["area", {"label": "area"}, {"label": {"column": "area"}}]
    loaded = [studies.load(small(corpora={"c": {"path": "c.csv", "label": label}})) for label in written]
    assert loaded[0] == loaded[1] == loaded[2]


EVERYTHING = """
study: full
seed: 3
device: cpu
data: inputs
models:
  m: {id: org/m, revision: v1, dtype: bfloat16, max_tokens: 9, store: [max, mean], batch_tokens: 77, controls: 2}
  r: {id: org/r, weights: random, seed: 4, prompt: "{text}?", matmul_precision: high, trust_remote_code: true,
      gpus: 2, device_map: auto}
  tuned: {id: "mazes:small/base/233@1"}
corpora:
  c:
    {path: c.csv, text: body, id: doi, group: g, time: t, hover: h, min_documents: 3, max_documents_per_label: 5,
     label: {area: area, level: {column: s, cut: [1, 2]}}, labels: [b, 2019-01-02, a, true], duplicates: drop}
  p: {packages: [scipy, networkx], contradictions: drop}
  t: {path: t.txt, split: paragraphs}
  mazes: {mazes: small, label: first_move}
spaces: {both: {models: [r, m], scale: true}}
pooling: [max, mean]
reductions:
  u: {method: umap, seeds: [2, 1], n_neighbors: 5, min_dist: 0.5, metric: euclidean, epochs: 9, components: 3}
  z: {method: svd, standardise: zscore, keep_dead: true}
grid: {size: [3, 4], bins: [equal, quantile]}
comparisons: {c: {x: {labelling: level, labels: all}, y: [b, true]}}
metrics: {sources: 500}
figures: {formats: [png, pdf], width: column, colormap: viridis, metrics: [modularity, density]}
correlations: {threshold: {quantile: 0.9}, permutations: 199}
mazes:
  small:
    {width: 3, height: 2, shifts: [{width: 4}], seeds: [1, 0], pairs: {wrong: {from: sft}}, model: {heads: 2},
     stages: {base: {method: pretraining, checkpoints: 3}, sft: {method: sft, from: base},
              dpo: {method: dpo, from: sft}, judge: {method: reward, from: sft},
              rloo: {method: rloo, from: sft, reward: judge}}}
"""


@pytest.mark.parametrize("config", [default(), small(), yaml.safe_load(EVERYTHING)])
def test_a_resolved_config_gives_the_same_study_again(config):
    study = studies.load(config)
    written = yaml.safe_dump(studies.resolved(study), sort_keys=False)
    assert "&id" not in written, "no YAML references"
    assert studies.load(yaml.safe_load(written)) == study


def test_the_order_of_keys_in_a_config_does_not_matter():
    def backwards(value):
        return {k: backwards(value[k]) for k in reversed(value)} if isinstance(value, dict) else value

    config = yaml.safe_load(EVERYTHING)
    turned = backwards(config)
    for named in studies.loading.NAMED:  # the order of names is the user's
        turned[named] = {name: turned[named][name] for name in config.get(named, {})}
    turned["corpora"]["c"]["label"] = config["corpora"]["c"]["label"]
    stages, small = config["mazes"]["small"]["stages"], turned["mazes"]["small"]
    small["stages"] = {name: small["stages"][name] for name in stages}
    turned["comparisons"]["c"] = {name: turned["comparisons"]["c"][name] for name in config["comparisons"]["c"]}
    here, there = studies.load(config), studies.load(turned)
    assert json.dumps(studies.resolved(here), default=str) == json.dumps(studies.resolved(there), default=str)


def test_loading_leaves_the_config_and_the_defaults_alone():
    config = yaml.safe_load(EVERYTHING)
    before = copy.deepcopy(config)
    study = studies.load(config)
    assert config == before
    study.models["m"]["store"].append("changed")
    studies.load(small()).models["m"]["store"].append("changed")
    assert studies.load(small()).models["m"]["store"] == list(contracts.POOLINGS)
    schema.filled({}, "")["pooling"].append("changed")
    assert schema.filled({}, "")["pooling"] == ["mean"]
    studies.resolved(study)["corpora"]["c"]["labels"].append("changed")
    assert "changed" not in study.corpora["c"]["labels"]


def test_importing_takes_the_standard_library_only():
    code = "import sys, nrag.studies; print([m for m in ('yaml', 'jsonschema', 'numpy', 'torch') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "scripts", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# ------------------------------------------------------------------------------- what a name means


def identities(study):
    return {
        "models": {name: studies.model_identity(study, name) for name in study.models},
        "texts": {name: studies.texts_identity(study, name) for name in study.corpora},
        "corpora": {name: studies.corpus_identity(study, name) for name in study.corpora},
        "reductions": {name: studies.reduction_identity(study, name) for name in study.reductions},
        "bases": {name: studies.basis_identity(study, name) for name in study.reductions},
        "correlations": {"all": {**study.correlations, "seed": study.seed}},
        "spaces": {name: studies.space_identity(study, name) for name in study.spaces},
        "metrics": {"": studies.metrics_identity(study)},
    }


TWINS = {"models.m", "models.m-untrained-0", "models.m-untrained-1"}


def changed(before, after):
    old, new = identities(studies.load(before)), identities(studies.load(after))
    return {f"{kind}.{name}" for kind in old for name in old[kind] if old[kind][name] != new[kind].get(name)}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("seed",), 9, {"texts.c", "corpora.c", "correlations.all"}),
        (("reductions", "u", "basis"), "per-label", {"bases.u"}),
        (("reductions", "u", "basis"), "all-documents", set()),
        (("correlations", "permutations"), 99, {"correlations.all"}),
        (("correlations", "threshold"), {"rho": 0.3}, {"correlations.all"}),
        (("device",), "cuda", set()),
        (("study",), "other", set()),
        (("data",), "elsewhere", {"texts.c", "corpora.c", "texts.t", "corpora.t"}),
        (("models", "m", "batch_tokens"), 12, set()),
        (("models", "m", "device_map"), "auto", set()),
        (("models", "r", "gpus"), 4, set()),
        (("models", "m", "max_tokens"), 12, TWINS),
        (("models", "m", "controls"), 1, {"models.m-untrained-1", "spaces.m-untrained-1"}),
        (("models", "r", "seed"), 7, {"models.r"}),
        (("models", "r", "trust_remote_code"), False, {"models.r"}),
        (("models", "m", "store"), ["mean", "max"], set()),
        (("models", "m", "store"), ["mean", "max", "last"], TWINS),
        (("corpora", "c", "hover"), "x", {"corpora.c"}),
        (("corpora", "c", "min_documents"), 4, set()),
        (("corpora", "c", "text"), "x", {"texts.c", "corpora.c"}),
        (("corpora", "c", "label", "level"), "x", {"corpora.c"}),
        (("corpora", "c", "label", "area"), "x", {"texts.c", "corpora.c"}),
        (("corpora", "c", "labels"), ["a", True, "b", datetime.date(2019, 1, 2)], set()),
        (("corpora", "c", "labels"), ["a", True, "b"], {"texts.c", "corpora.c"}),
        (("corpora", "c", "max_documents_per_label"), 6, {"texts.c", "corpora.c"}),
        (("corpora", "p", "packages"), ["networkx", "scipy"], {"texts.p", "corpora.p"}),
        (("reductions", "u", "seeds"), [1, 2], set()),
        (("reductions", "u", "seeds"), [1], {"reductions.u"}),
        (("reductions", "z", "keep_dead"), False, {"reductions.z"}),
        (("spaces", "both", "models"), ["m", "r"], set()),
        (("spaces", "both", "centre"), True, {"spaces.both"}),
        (("grid", "size"), [5], set()),
        (("figures", "colormap"), "nrag", set()),
        (("figures", "metrics"), ["density"], set()),
        (("metrics", "sources"), 9, {"metrics."}),
        (("figures", "maps"), {"layers": [1]}, set()),
        (("figures", "stability"), True, set()),
        (("comparisons", "c"), {"z": ["a"]}, set()),
    ],
)  # fmt: skip
def test_an_identity_changes_with_what_changes_its_products_and_nothing_else(path, value, expected):
    before, after = yaml.safe_load(EVERYTHING), yaml.safe_load(EVERYTHING)
    inner = after
    for step in path[:-1]:
        inner = inner[step]
    assert inner.get(path[-1]) != value
    inner[path[-1]] = value
    assert changed(before, after) == expected


def test_labels_decide_the_texts_only_where_documents_are_chosen_by_them():
    corpus = {"path": "c.csv", "label": {"a": "area", "b": "other"}}
    drops = ({"contradictions": "drop"}, {"duplicates": "drop"})
    for choosing in ({}, {"labels": ["x"]}, {"max_documents_per_label": 20}, *drops):
        study = studies.load(small(corpora={"c": corpus | choosing}))
        assert studies.texts_identity(study, "c").get("label") == ({"a": "area"} if choosing else None)


BY_MODEL = {"path": "answers.csv", "by": ["model", "id"], "column": "right"}


def test_labels_of_each_models_own_decide_nothing_but_themselves():
    plain = {"path": "c.csv", "label": {"area": "area"}, "labels": ["x"], "max_documents_per_label": 20}
    label = {"right": {"where": {"sample": 0}, **BY_MODEL}, "area": "area"}
    before = studies.load(small(corpora={"c": plain}))
    after = studies.load(small(corpora={"c": plain | {"label": label}}, data="in"))
    assert studies.documents_identity(before, "c") == studies.corpus_identity(before, "c")
    for identity in (studies.documents_identity, studies.texts_identity):
        assert identity(after, "c") | {"path": "c.csv"} == identity(before, "c")
    assert list(studies.corpus_identity(after, "c")["label"]) == ["right", "area"]
    assert studies.corpus_identity(after, "c")["label"]["right"]["path"] == "in/answers.csv"
    own = {"by": ["model", "id"], "column": "right", "where": {"sample": 0}}
    assert studies.labels_identity(after, "c", "right") == own
    assert studies.labellings_of_documents(after.corpora["c"]) == ["area"]
    assert after.comparisons["c"]["all"]["labelling"] == "right"


def test_packages_keep_their_label_beside_labels_of_each_models_own():
    study = studies.load(small(corpora={"p": {"packages": "scipy", "label": {"right": BY_MODEL}}}))
    assert studies.labellings(study.corpora["p"]) == ["label", "right"]
    assert "label" not in studies.documents_identity(study, "p")


def test_what_asks_for_one_label_a_document_leaves_labels_of_each_models_own_out():
    label = {"area": "area", "right": BY_MODEL}
    compared = {"c": {"area": "all", "right": {"labelling": "right", "labels": "all"}}}
    reductions = {"p": {"method": "pca"}, "p3": {"method": "pca", "components": 3}}
    study = studies.load(
        small(corpora={"c": {"path": "c.csv", "label": label}}, comparisons=compared, reductions=reductions)
    )
    kinds = {}
    for figure in products.figures(study):
        kinds.setdefault(figure["comparison"], set()).add(figure["kind"])
    assert kinds["right"] == {"nrag", "maps", "metrics"}
    assert kinds["area"] > kinds["right"]
    assert {probing.comparison for probing in products.probings(study)} == {"area"}
    assert set(products.tested_comparisons(study, "c")) == {"area"}
    assert set(products.permuted_comparisons(study, "c")) == {"area", "right"}


def test_a_table_of_labels_calls_a_model_by_its_name_or_its_id_and_an_untrained_one_by_its_name():
    models = {"m": {"id": "org/m", "controls": 1}, "org": {"id": "m"}, "sft": {"id": "mazes:small/sft@0"}}
    models |= {"late": {"id": "mazes:small/sft/90@1"}, "early": {"id": "mazes:small/sft/45@0"}}
    stages = {"base": {"method": "pretraining"}}
    stages |= {"sft": {"method": "sft", "from": "base", "steps": 90, "checkpoints": 2}}
    study = studies.load(small(models=models, mazes={"small": {"seeds": [0, 1], "stages": stages}}))
    assert {model: studies.named_in_tables(study, model) for model in study.models} == {
        "m": ["m", "org/m"],
        "m-untrained-0": ["m-untrained-0"],
        "org": ["org"],
        "sft": ["sft", "mazes:small/sft@0", "mazes:small/sft/90@0"],
        "late": ["late", "mazes:small/sft@1", "mazes:small/sft/90@1"],
        "early": ["early", "mazes:small/sft/45@0"],
    }


def test_no_identity_holds_nothing():
    for kind in identities(studies.load(yaml.safe_load(EVERYTHING))).values():
        assert all(value is not None for each in kind.values() for value in each.values())


def test_paths_start_from_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in" / "net").mkdir(parents=True)
    models = {"near": {"id": "net"}, "same": {"id": str(tmp_path / "in" / "net")}, "hub": {"id": "org/m"}}
    corpora = {
        "c": {"path": "c.csv"},
        "d": {"path": "../c.csv"},
        "e": {"path": "/far/c.csv"},
        "p": {"packages": "scipy"},
    }
    study = studies.load(small(models=models, corpora=corpora, data="in"))
    assert [studies.model_identity(study, name)["id"] for name in models] == ["in/net", "in/net", "org/m"]
    assert [studies.corpus_path(study, name) for name in corpora] == ["in/c.csv", "c.csv", "/far/c.csv", None]
    assert studies.corpus_identity(study, "d")["path"] == "c.csv"


# ------------------------------------------------------------------------------ schema and its docs


def rules(rule, place=""):
    """Every key of the schema with its place: (dotted place, rule)."""
    for key, each in rule.get("properties", {}).items():
        yield f"{place}{key}", each
        yield from rules(each, f"{place}{key}.")
    further = rule.get("additionalProperties")
    for inner in [*rule.get("anyOf", []), *([further] if isinstance(further, dict) else [])]:
        yield from rules(inner, place)


def objects(rule):
    if isinstance(rule, dict):
        if rule.get("type") == "object":
            yield rule
        for inner in rule.values():
            yield from objects(inner)
    elif isinstance(rule, list):
        for inner in rule:
            yield from objects(inner)


def keys():
    whole = schema.schema()
    yield from rules(whole)
    for kind, rule in whole["$defs"].items():
        yield from rules(rule, f"{kind}.")


def test_every_key_of_the_schema_is_described():
    assert len(list(keys())) > 50
    for place, rule in keys():
        assert len(rule.get("description", "")) > 10, place
    for kind, rule in schema.schema()["$defs"].items():
        assert "description" in rule, kind


def test_no_object_of_the_schema_takes_unknown_keys():
    for rule in objects(schema.schema()):
        assert "additionalProperties" in rule
        assert rule["additionalProperties"] is False or isinstance(rule["additionalProperties"], dict)


def test_the_schema_is_one():
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(schema.schema())


def test_the_schema_as_written_takes_the_default_config_so_that_editors_do():
    import jsonschema

    for config in (default(), small(pooling="mean", comparisons={"c": {"a": "x", "b": ["x", "y"], "all": "all"}})):
        jsonschema.validate(config, schema.schema())


def test_every_default_of_the_schema_is_allowed_by_it():
    import jsonschema

    validator = jsonschema.Draft202012Validator(schema.schema())
    for place, rule in keys():
        if "default" in rule:
            assert validator.evolve(schema=rule).is_valid(rule["default"]), place


def test_poolings_are_those_of_the_contracts():
    assert tuple(schema.schema()["$defs"]["pooling"]["enum"]) == contracts.POOLINGS


def test_metrics_to_draw_are_those_of_the_graph_level():
    assert set(schema.schema()["$defs"]["metric"]["enum"]) == set(metrics.METRICS["graph"])
    assert set(metric_panels.SHOWN) <= set(metrics.METRICS["graph"])


def test_the_largest_grid_of_the_schema_is_that_of_the_regions():
    assert schema.schema()["$defs"]["size"]["maximum"] == regions.MAX_SIZE


def test_every_key_is_explained_in_the_docs_with_its_default():
    rows = {}
    for line in (ROOT / "docs" / "config.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            rows.setdefault(line.split("|")[1].strip().strip("`"), []).append(line)
    places = list(keys())
    assert sorted(rows) == sorted({place.rpartition(".")[2] for place, _ in places})
    for place, rule in places:
        key, simple = place.rpartition(".")[2], rule.get("default")
        if isinstance(simple, str | int | float):
            written = str(simple).lower() if isinstance(simple, bool) else str(simple)
            assert any(f"| `{written}` |" in row for row in rows[key]), f"{place}: the docs lack its default {written}"


def test_controls_are_found_by_id_for_trained_models_alone():
    models = {"a": {"id": "x", "controls": 2}, "b": {"id": "y"}, "c": {"id": "x", "weights": "random", "seed": 9}}
    assert products.controls(studies.load(small(models=models))) == {
        "a": ["a-untrained-0", "a-untrained-1", "c"],
        "b": [],
    }


def test_models_are_held_against_their_own_controls_in_spaces_that_can_be_compared():
    models = {"a": {"id": "x", "controls": 2}, "b": {"id": "y"}}
    study = studies.load(small(models=models))
    twins = ["a-untrained-0", "a-untrained-1"]
    assert products.controls(study) == {"a": twins, "b": []}
    assert products.contrasted(study) == [(("a", "a"), [(name, name) for name in twins])]
    shared = {"both": {"models": ["a", "a-untrained-1"]}, "trained": {"models": ["a", "b"]}}
    beside = products.contrasted(studies.load(small(models=models, spaces=shared)))
    assert beside[1:] == [(("both", "a"), [("both", "a-untrained-1")])]


def test_samples_and_their_figures_are_of_the_comparisons_that_are_tested():
    compared = {"c": {"pair": ["x", "y"], "one": "x", "every": "all"}}
    given = {"comparisons": compared, "pooling": ["mean", "last"], "grid": {"size": [4, 5]}}
    study = studies.load(small(**given))
    conditions = products.tested_conditions(study)
    assert conditions == [("c", pooling, "pca", "equal", size) for pooling in ("mean", "last") for size in (4, 5)]
    drawn = [figure for figure in products.figures(study) if figure["kind"] == "rarefaction"]
    assert len(drawn) == 2 * len(conditions)
    assert {figure["comparison"] for figure in drawn} == {"pair", "every"}
    assert drawn[0]["name"] == "rarefaction--c--mean--pca--equal-4--pair"
    off = studies.load(small(**given, statistics=False))
    assert products.tested_conditions(off) == []
    assert "rarefaction" not in {figure["kind"] for figure in products.figures(off)}


def test_every_comparison_of_several_labels_is_probed_in_every_space_and_pooling():
    compared = {"c": {"pair": ["x", "y"], "one": "x", "every": "all"}}
    study = studies.load(small(comparisons=compared, pooling=["mean", "last"]))
    (space,) = study.spaces
    places = [(space, "c", pooling, name) for name in ("pair", "every") for pooling in ("mean", "last")]
    assert list(products.probings(study)) == places
    assert [figure["name"] for figure in products.figures(study) if figure["kind"] == "probing"] == [
        "--".join(["probing", *place[1:]]) for place in places
    ]
    shown = [(figure["comparison"], figure["kind"]) for figure in products.figures(study)]
    assert shown.count(("pair", "separation")) == 2
    assert shown.index(("pair", "stability")) == 2
    assert shown.index(("pair", "probing")) == 3
    assert shown[shown.index(("every", "separation")) - 1][0] != "every"
    for off in ({"probing": False}, {"corpora": {"c": {"path": "c.csv"}}, "comparisons": {}}):
        study = studies.load(small(**{"comparisons": compared} | off))
        assert list(products.probings(study)) == []
        assert "probing" not in {figure["kind"] for figure in products.figures(study)}


def test_a_tested_comparison_begins_with_how_far_its_labels_lie_apart_under_every_condition():
    compared = {"c": {"pair": ["x", "y"], "one": "x", "every": "all"}}
    reductions = {"pca": {"method": "pca"}, "wide": {"method": "pca", "components": 5}}
    keys = {"comparisons": compared, "pooling": ["mean", "last"], "reductions": reductions, "grid": {"size": [5, 10]}}
    study = studies.load(small(**keys))
    conditions = [f"c--{pooling}--pca--equal-{size}" for pooling in ("mean", "last") for size in (5, 10)]
    figures = products.figures(study)
    for comparison in ("pair", "every"):
        own = [figure for figure in figures if figure["comparison"] == comparison]
        assert [figure["name"] for figure in own[:4]] == [f"separation--{each}--{comparison}" for each in conditions]
        assert {figure["kind"] for figure in own[4:]} >= {"probing", "nrag", "metrics", "components"}
        assert own[0]["models"] == list(study.models)
        assert "separation" not in {figure["kind"] for figure in own[4:]}
    assert {figure["kind"] for figure in figures if figure["comparison"] == "one"}.isdisjoint({"separation"})
    off = studies.load(small(**keys | {"statistics": False}))
    assert "separation" not in {figure["kind"] for figure in products.figures(off)}


def test_words_are_tested_beside_every_pooling_once_and_are_no_model():
    reductions = {"pca": {"method": "pca", "standardise": "zscore"}, "wide": {"method": "pca", "components": 5}}
    keys = {"reductions": reductions, "pooling": ["mean", "last"], "grid": {"size": [5, 10]}}
    study = studies.load(small(**keys))
    found = products.word_runs(study)
    assert found == [studies.Run("bag-of-words", "c", "words", "pca", "equal", size) for size in (5, 10)]
    assert not any("bag-of-words" in names for names in (study.models, study.spaces, products.controls(study)))
    assert not {run.space for run in studies.runs(study)} & {"bag-of-words"}
    own, words = studies.reduction_identity(study, "pca"), products.word_reduction(study, "pca")
    assert (own["standardise"], own["keep_dead"]) == ("zscore", False)
    assert words == {key: own[key] for key in own if key != "keep_dead"} | {"standardise": "none"}
    plain = studies.load(small())
    assert products.word_reduction(plain, "pca") == studies.reduction_identity(plain, "pca")
    for off in (
        {"statistics": False},
        {"statistics": {"bag_of_words": False}},
        {"comparisons": {"c": {"one": ["a"]}}},
        {"corpora": {"c": {"path": "c.csv"}}, "comparisons": {}},
    ):
        assert products.word_runs(studies.load(small(**keys | off))) == []


def test_stability_is_drawn_once_a_comparison_of_several_labels_with_every_plane_under_the_first_grid():
    reductions = {"pca": {"method": "pca"}, "wide": {"method": "pca", "components": 3}, "svd": {"method": "svd"}}
    options = {
        "comparisons": {"c": {"pair": ["x", "y"], "one": "x"}},
        "reductions": reductions,
        "grid": {"size": [5, 10], "bins": ["quantile", "equal"]},
        "pooling": ["last", "mean"],
    }
    study = studies.load(small(**options))
    drawn = [figure for figure in products.figures(study) if figure["kind"] == "stability"]
    assert [figure["name"] for figure in drawn] == ["stability--c--pair"]
    first = {"pooling": "last", "bins": "quantile", "size": 5}
    assert products.drawn_places(study) == [first | {"reduction": name} for name in ("pca", "svd")]
    assert products.varied_places(study) == [{"space": space, "corpus": "c"} for space in study.spaces]
    for off in (
        {"statistics": False},
        {"reductions": {"wide": reductions["wide"]}},
        {"comparisons": {"c": {"one": "x"}}},
    ):
        study = studies.load(small(**options | off))
        assert "stability" not in {figure["kind"] for figure in products.figures(study)}
        assert products.varied_places(study) == []


def test_corpora_without_a_tested_comparison_are_told_where_stability_is_to_be_drawn():
    several = {
        "corpora": {"c": {"path": "c.csv", "label": "area"}, "d": {"path": "d.csv"}, "e": SMALL["corpora"]["c"]},
        "comparisons": {"c": {"pair": ["x", "y"]}, "e": {"one": "x"}},
    }
    drawn = small(**several, figures={"stability": True})
    assert products.never_pale(studies.load(drawn)) == ["d", "e"]
    assert products.never_pale(studies.load(small(**several))) == []
    assert products.never_pale(studies.load(small(figures={"stability": True}))) == []


def test_splits_are_drawn_by_the_seed_of_the_study_unless_they_have_one():
    assert studies.load(small(seed=3)).probing == {"n_splits": 20, "test_size": 0.3, "seed": 3, "fit": "train"}
    assert studies.load(small(seed=3, probing={"seed": 4})).probing["seed"] == 4
    assert studies.load(small(probing=True)) == studies.load(small())
    assert studies.load(small(probing="false")).probing is None  # as --config gives it
    off = studies.load(small(probing=False))
    assert off.probing is None
    assert studies.resolved(off)["probing"] is False
    assert studies.load(studies.resolved(off)) == off


def test_labels_are_permuted_within_one_column_of_every_corpus_or_one_of_each():
    study = studies.load(small(seed=3, statistics={"within": "pair", "permutations": 99}))
    assert study.statistics["within"] == dict.fromkeys(study.corpora, "pair")
    assert (study.statistics["permutations"], study.statistics["seed"]) == (99, 3)
    assert study.statistics["permutations_costly"] == 99
    assert studies.load(small(statistics={"permutations_costly": 0})).statistics["permutations_costly"] == 0
    assert studies.load(small(statistics={"within": {"c": "pair"}, "seed": 4})).statistics["within"] == {"c": "pair"}
    assert studies.load(small()).statistics["within"] == {}
    named = {
        "usual": ["a", "b"],
        "own": {"labels": "all", "within": "pair"},
        "none": {"labels": "all", "within": False},
    }
    study = studies.load(small(comparisons={"c": named | {"one": "a"}}, statistics={"within": "text-length"}))
    tested = products.tested_comparisons(study, "c")
    assert {name: each["within"] for name, each in tested.items()} == {
        "usual": "text-length",
        "own": "pair",
        "none": None,
    }
    # The table of tests tells of one label, too, and nothing is permuted for it.
    assert products.labelled_comparisons(study, "c") == tested | {
        "one": {"labelling": "label", "labels": ["a"], "within": "text-length"}
    }
    assert products.permuted_within(study) == {"c": ["pair"]}
    alone = studies.load(small(comparisons={"c": {"one": "a"}}))
    assert products.labelled_runs(alone) == list(studies.runs(alone)) != []
    assert products.tested_runs(alone) == products.word_runs(alone) == []
    assert products.labelled_runs(studies.load(small(statistics=False))) == []
    assert products.labelled_runs(studies.load(small(corpora={"c": {"path": "c.csv"}}, comparisons={}))) == []
    assert {key for each in products.comparisons(study)["c"].values() for key in each} == {"labelling", "labels"}
    assert studies.load(studies.resolved(study)) == study
    off = studies.load(small(statistics=False))
    assert off.statistics is None
    assert studies.load(studies.resolved(off)) == off


def test_faithfulness_and_path_memory_are_of_every_division_into_regions_and_of_nothing_without_statistics():
    reductions = {"pca": {"method": "pca"}, "umap": {"method": "umap"}, "ten": {"method": "pca", "components": 10}}
    given = {"reductions": reductions, "grid": {"size": [5, 6]}, "pooling": ["mean", "last"]}
    study = studies.load(small(**given))
    (space,) = study.spaces
    assert products.planes(study) == [(name, "equal", size) for name in ("pca", "umap") for size in (5, 6)]
    assert products.judged(study) == [(space, "c", "mean"), (space, "c", "last")]
    assert products.remembered_runs(study) == list(studies.runs(study))
    assert len(products.remembered_runs(study)) == 8
    for less in ({"statistics": False}, {"reductions": {"ten": reductions["ten"]}}):
        study = studies.load(small(**given | less))
        assert products.judged(study) == products.remembered_runs(study) == []
    # Corpora without labels have regions and paths too.
    study = studies.load(small(corpora={"c": {"path": "c.csv"}}, comparisons={}))
    assert len(products.judged(study)) == len(products.remembered_runs(study)) == 1


def test_methods_are_told_what_was_asked_for_and_nothing_of_looks_machines_or_what_is_turned_off():
    study = studies.load(small(device="cpu", figures={"width": "column"}))
    told = products.asked(study)
    assert set(told) == {"name", "controls", "pooling", "spaces", "grids", "probing", "statistics"}
    assert told == products.asked(studies.load(small(device="auto", figures={"width": "text"})))
    assert told["spaces"] == {}
    off = studies.load(small(probing=False, statistics=False, reductions={"ten": {"method": "pca", "components": 10}}))
    assert set(products.asked(off)) == set(told) - {"probing", "statistics"} | {"correlations"}
    tracing = studies.load(small(neurons={"examples": 9}))
    assert products.asked(tracing) == told | {"neurons": tracing.neurons}
    two = small(models={"m": {"id": "m"}, "n": {"id": "n"}}, spaces={"both": {"models": ["m", "n"], "centre": True}})
    assert products.asked(studies.load(two))["spaces"] == {
        "both": {"models": ["m", "n"], "centre": True, "scale": False}
    }


# ------------------------------------------------------------------------------------ checkpoints


LINEAGE = {
    "models": {name: {"id": f"org/{name}"} for name in ("base", "sft", "sft-1", "again", "dpo")},
    "spaces": {"line": {"models": ["sft", "dpo", "base", "sft-1", "again"], "centre": True, "scale": True}},
}


def lineage(**keys):
    return studies.load(small(**LINEAGE, checkpoints={"line": keys}))


def test_nothing_is_compared_without_the_block_and_an_empty_one_has_defaults():
    without = studies.load(small(**LINEAGE))
    assert without.checkpoints == {}
    assert "checkpoints" not in studies.resolved(without)
    assert drift.drifting_runs(without) == drift.compared_states(without) == drift.figures(without) == []
    assert lineage().checkpoints["line"] == {
        "base": "sft",  # the first that the space names, though its models are sorted
        "floors": {},
        "series": {},
        "permutations": 199,
        "seed": 0,
    }
    assert lineage().spaces["line"]["models"] == sorted(LINEAGE["models"])


def test_a_resolved_study_compares_the_same():
    study = lineage(
        floors={"another seed": ["sft", "again"]}, series={"sft": ["base", "sft-1", "sft"]}, labelling="label"
    )
    assert studies.load(studies.resolved(study)) == study


def test_models_stand_in_the_order_of_training():
    assert drift.in_order(lineage(base="base"), "line") == ["base", "again", "dpo", "sft", "sft-1"]
    named = lineage(base="base", series={"sft": ["base", "sft-1", "sft"]}, floors={"seed": ["sft", "again"]})
    assert drift.in_order(named, "line") == ["base", "sft-1", "sft", "again", "dpo"]


def test_every_run_of_a_compared_space_has_its_figures_and_other_spaces_none():
    study = studies.load(small(**LINEAGE, checkpoints={"line": {}}, grid={"size": [5, 10]}, pooling=["mean", "last"]))
    runs = drift.drifting_runs(study)
    assert [run.folder for run in runs] == [
        f"line/c/{pooling}/pca/equal-{size}" for pooling in ("mean", "last") for size in (5, 10)
    ]
    assert drift.compared_states(study) == [("line", "c", "mean"), ("line", "c", "last")]
    figures = drift.figures(study)
    assert [figure["name"] for figure in figures[:3]] == [
        f"{kind}--line--c--mean--pca--equal-5" for kind in ("drift", "dendrogram", "members")
    ]
    assert len(figures) == 3 * 4
    assert {figure["comparison"] for figure in figures} == {"checkpoints of line"}
    assert "series" in {figure["kind"] for figure in drift.figures(lineage(series={"a": ["base", "sft"]}))}


def test_the_labelling_beside_the_drift_is_the_one_asked_for_where_a_corpus_has_it():
    corpora = {
        "c": {"path": "c.csv", "label": {"area": "area", "move": "move"}},
        "d": {"path": "d.csv", "label": "move"},
        "e": {"path": "e.csv"},
    }
    for asked, expected in (({}, ["area", "label", None]), ({"labelling": "move"}, ["move", None, None])):
        study = studies.load(small(**LINEAGE, corpora=corpora, checkpoints={"line": asked}))
        assert [drift.labelling_beside(study, "line", corpus) for corpus in corpora] == expected


def test_a_study_without_a_plane_has_no_regions_to_compare():
    wide = {"pca3": {"method": "pca", "components": 3}}
    with pytest.raises(studies.StudyError, match="checkpoints: compares regions, and no reduction has components: 2"):
        studies.load(small(**LINEAGE, checkpoints={"line": {}}, reductions=wide))
