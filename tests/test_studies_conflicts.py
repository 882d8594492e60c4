"""A name means one thing in a results folder."""

import copy

import pytest
import yaml

from nrag import studies

OURS = {
    "study": "ours",
    "models": {"m": {"id": "org/m"}, "n": {"id": "org/n"}},
    "corpora": {"c": {"path": "c.csv", "label": "area"}},
    "reductions": {"p": {"method": "pca"}, "u": {"method": "umap", "seeds": [0, 1]}},
}


def record(config, results, *, name="theirs"):
    """Write the resolved config of another study, as a run leaves it."""
    folder = results / "studies" / name
    folder.mkdir(parents=True)
    study = studies.load(config | {"study": name})
    (folder / "config.resolved.yaml").write_text(yaml.safe_dump(studies.resolved(study), sort_keys=False))


def theirs(**changes):
    return copy.deepcopy(OURS) | changes


def conflicts(config, results):
    return studies.conflicts(studies.load(config), results)


def test_the_same_definitions_do_not_conflict(tmp_path):
    record(theirs(), tmp_path)
    assert conflicts(OURS, tmp_path) == []


def test_an_empty_or_missing_results_folder_has_no_conflicts(tmp_path):
    assert conflicts(OURS, tmp_path / "nowhere") == []


def test_a_conflict_names_both_studies_the_key_and_both_values(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record(theirs(models={"m": {"id": "org/m", "max_tokens": 128}}), tmp_path / "results")
    assert conflicts(OURS, tmp_path / "results") == [
        "models.m.max_tokens: 512 in study 'ours', 128 in study 'theirs' "
        "(results/studies/theirs/config.resolved.yaml), and both would write results/activations/m/c.h5; "
        "rename it in one of them, or make them agree; or delete results/studies/theirs if nobody needs it"
    ]


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"corpora": {"c": {"path": "c.csv", "label": "area", "text": "body"}}}, ["corpora.c.text"]),
        ({"corpora": {"c": {"path": "c.csv", "label": "area", "labels": ["a"]}}}, ["corpora.c.labels"]),
        ({"data": "elsewhere"}, ["corpora.c.path"]),
        ({"seed": 5}, []),
        ({"correlations": {"permutations": 99}}, []),
        ({"models": {"m": {"id": "org/m", "controls": 3, "batch_tokens": 9}}}, []),
        ({"models": {"m": {"id": "org/x", "revision": "v2"}}}, ["models.m.id", "models.m.revision"]),
        ({"models": {"m": {"id": "org/m", "store": "mean"}}}, ["models.m.store"]),
        ({"reductions": {"u": {"method": "umap", "seeds": [1, 0]}}}, []),
        ({"reductions": {"u": {"method": "umap"}}}, ["reductions.u.seeds"]),
        ({"reductions": {"u": {"method": "pca"}, "other": {"method": "svd"}}},
         [f"reductions.u.{key}" for key in ("method", "seeds", "n_neighbors", "min_dist", "metric")]),
        ({"grid": {"size": 3, "bins": "quantile"}, "device": "cuda", "comparisons": {"c": {"all": ["x"]}}}, []),
        ({"figures": {"width": "column", "metrics": "density"}}, []),
        ({"metrics": {"sources": 2000}}, []),
        ({"metrics": {"sources": 9}}, ["metrics.sources"]),
        ({"metrics": {"sources": 9}, "grid": {"size": 3}}, []),
    ],
)  # fmt: skip
def test_what_decides_a_shared_file_must_agree(changes, keys, tmp_path):
    record(theirs(**changes), tmp_path)
    assert sorted(line.partition(":")[0] for line in conflicts(OURS, tmp_path)) == sorted(keys)


@pytest.mark.parametrize(
    "changes",
    [
        # another corpus: no activations, coordinates or graphs in common
        {
            "corpora": {"d": {"path": "d.csv"}},
            "models": {"m": {"id": "org/m", "max_tokens": 9}},
            "reductions": {"p": {"method": "svd"}},
        },
        # a packaged model has no record of what was fetched
        {"corpora": {"d": {"path": "d.csv"}}, "models": {"m": {"id": "package:urllib/."}}},
        # other models: their reductions lie in other folders
        {"models": {"x": {"id": "org/x"}}, "reductions": {"p": {"method": "svd"}}},
        # another pooling: the coordinates lie in other folders
        {"pooling": "max", "reductions": {"p": {"method": "svd"}}},
    ],
)
def test_names_are_compared_only_where_both_reach_the_same_file(changes, tmp_path):
    record(theirs(**changes), tmp_path)
    assert conflicts(OURS, tmp_path) == []


@pytest.mark.parametrize(
    ("model", "keys"),
    [
        ({"id": "org/x"}, ["models.m.id"]),
        ({"id": "org/m", "revision": "v1"}, ["models.m.revision"]),
        ({"id": "org/m", "weights": "random"}, ["models.m.weights"]),
    ],
)
def test_studies_without_a_corpus_in_common_share_what_was_fetched(model, keys, tmp_path):
    record(theirs(corpora={"d": {"path": "d.csv"}}, models={"m": model}), tmp_path)
    lines = conflicts(OURS, tmp_path)
    assert [line.partition(":")[0] for line in lines] == keys
    assert "both would write results/models/m.json" in lines[0]


def test_a_seed_that_draws_belongs_to_the_corpus(tmp_path):
    corpora = {"c": {"path": "c.csv", "label": "area", "max_documents_per_label": 20}}
    record(theirs(corpora=corpora, seed=5), tmp_path)
    assert [line.partition(":")[0] for line in conflicts(theirs(corpora=corpora), tmp_path)] == ["corpora.c.seed"]


def test_another_first_labelling_is_another_corpus(tmp_path):
    record(theirs(corpora={"c": {"path": "c.csv", "label": {"a": "a", "b": "b"}}}), tmp_path)
    here = conflicts(theirs(corpora={"c": {"path": "c.csv", "label": {"b": "b", "a": "a"}}}), tmp_path)
    (line,) = here
    assert line.startswith("corpora.c.label: {b: 'b', a: 'a'} in study 'ours', {a: 'a', b: 'b'} in study 'theirs'")


def test_another_table_of_labels_is_another_corpus(tmp_path):
    def corpora(path):
        return {"c": {"path": "c.csv", "label": {"right": {"path": path, "by": ["m", "id"], "column": "right"}}}}

    record(theirs(corpora=corpora("one.csv")), tmp_path)
    assert conflicts(theirs(corpora=corpora("one.csv")), tmp_path) == []
    (line,) = conflicts(theirs(corpora=corpora("other.csv")), tmp_path)
    assert line.startswith("corpora.c.label: {right: {path: 'other.csv', by: ['m', 'id'], column: 'right'}} in study")


def test_a_value_that_differs_deep_inside_is_shown_whole(tmp_path):
    def corpora(cut):
        return {"c": {"path": "c.csv", "label": {"area": "area", "level": {"column": "score", "cut": cut}}}}

    record(theirs(corpora=corpora([*range(30), 40])), tmp_path)
    (line,) = conflicts(theirs(corpora=corpora([*range(30), 50])), tmp_path)
    assert "28, 29, 50]}} in study 'ours'" in line
    assert "28, 29, 40]}} in study 'theirs'" in line


def test_studies_may_ask_for_different_numbers_of_documents(tmp_path):
    record(theirs(corpora={"c": {"path": "c.csv", "label": "area", "min_documents": 3}}), tmp_path)
    assert conflicts(OURS, tmp_path) == []


def test_a_shared_space_conflicts_with_another_of_its_name(tmp_path):
    record(theirs(spaces={"s": {"models": ["m", "n"], "centre": True}}), tmp_path)
    here = conflicts(theirs(spaces={"s": {"models": ["m", "n"]}}), tmp_path)
    assert [line.partition(":")[0] for line in here] == ["spaces.s.centre"]


def test_a_space_conflicts_with_a_model_of_its_name(tmp_path):
    record(theirs(models={"s": {"id": "org/s"}}), tmp_path)
    here = conflicts(theirs(spaces={"s": {"models": ["m", "n"]}}), tmp_path)
    assert [line.partition(":")[0] for line in here] == ["spaces.s.models"]


def test_the_studys_own_record_is_no_other_study(tmp_path):
    record(theirs(models={"m": {"id": "org/else"}}), tmp_path, name="ours")
    assert conflicts(OURS, tmp_path) == []


def test_every_other_study_is_compared(tmp_path):
    for name in ("a", "b"):
        record(theirs(models={"m": {"id": f"org/{name}"}}), tmp_path, name=name)
    assert len(conflicts(OURS, tmp_path)) == 2


def test_a_model_that_is_gone_does_not_hide_its_study(tmp_path, monkeypatch):
    """The other study's checkpoint was deleted; its activations are still there to be protected."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "config.json").write_text('{"num_hidden_layers": 2, "hidden_size": 8}')
    record(theirs(models={"m": {"id": "./net"}}), tmp_path)
    (tmp_path / "net" / "config.json").unlink()
    (tmp_path / "net").rmdir()
    assert [line.partition(":")[0] for line in conflicts(OURS, tmp_path)] == ["models.m.id"]


@pytest.mark.parametrize(
    "content", ["models: {m: {", "", "- a", "study: x\nmodels: {m: {id: y, later_key: 1}}\ncorpora: {}", "\0"]
)
def test_a_record_that_is_none_gives_a_line_with_a_way_out(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / "studies" / "theirs"
    folder.mkdir(parents=True)
    (folder / "config.resolved.yaml").write_text(content)
    (line,) = conflicts(OURS, tmp_path / "results")
    assert line.startswith("results/studies/theirs/config.resolved.yaml: ")
    assert line.endswith("; mend it, or delete results/studies/theirs if nobody needs it")


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"correlations": {"permutations": 99}}, ["correlations.permutations"]),
        ({"correlations": {"threshold": {"rho": 0.3}}}, ["correlations.threshold"]),
        ({"seed": 5}, ["seed"]),
        (
            {"reductions": {"wide": {"method": "pca", "components": 10, "basis": "per-label"}}},
            ["reductions.wide.basis"],
        ),
        ({"reductions": {"own": {"method": "pca", "components": 10, "basis": "per-label"}}}, []),
    ],
)
def test_component_graphs_of_one_name_are_made_one_way(tmp_path, changes, keys):
    ours = OURS | {"reductions": {"wide": {"method": "pca", "components": 10}}}
    record(ours | changes, tmp_path)
    lines = conflicts(ours, tmp_path)
    assert [line.split(":")[0] for line in lines] == keys
    assert all("both would write results/nrags/m/c/mean/wide/" in line for line in lines)


@pytest.mark.parametrize(
    ("here", "there", "keys"),
    [
        ({"context": 9}, {"context": 9}, []),
        ({"context": 9}, {}, ["neurons.context"]),
        (
            {"context": 9, "corpora": "c"},
            {"blocks": [0], "per_block": 5},
            ["neurons.blocks", "neurons.per_block", "neurons.context"],
        ),
        ({"context": 9}, False, []),
        ({"context": 9}, {"models": "n"}, []),
        ({"context": 9, "seed": 3}, {"context": 9}, ["neurons.seed"]),
    ],
)
def test_neurons_of_one_model_and_corpus_are_traced_one_way(here, there, keys, tmp_path):
    models = {"models": {"m": {"id": "org/m"}, "n": {"id": "org/n"}}}
    record(theirs(neurons=there, **models), tmp_path / "results")
    found = conflicts(theirs(neurons=here, **models | {"study": "ours"}), tmp_path / "results")
    if "models" in (there or {}):
        # n is traced by both.
        assert [line.partition(":")[0] for line in found] == ["neurons.context"]
        assert "results/neurons/n/c/examples.h5" in found[0]
    else:
        assert sorted(line.partition(":")[0] for line in found) == sorted(keys)
    assert all("rename the model in one of them" in line for line in found)
