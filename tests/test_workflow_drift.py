"""Checkpoints held against each other through the workflow: what is made, what it says, what is made again."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from tiny import write_model
from workflow_runs import DRIFTING, STUDY, Place, jobs, products, write_data

MODELS = ["base", "half", "whole", "other"]
LINEAGE = {
    "base": "base",
    "floors": {"more of the same": ["half", "whole"]},
    "series": {"tuned": ["base", "half", "whole"]},
    "permutations": 99,
}
DRIFTED = STUDY | {
    "models": {name: {"id": f"./models/{name}"} for name in MODELS},
    "spaces": {"lineage": {"models": ["whole", "half", "base", "other"], "centre": True, "scale": True}},
    "pooling": ["last"],
    "reductions": {"pca": {"method": "pca"}},
    "statistics": False,
    "probing": False,
    "checkpoints": {"lineage": LINEAGE},
    "figures": {"formats": ["svg"]},
}
STEM = "lineage--words--last--pca--equal-5"
TARGETS = [
    "results/studies/tiny/tables/drift.tsv",
    *(f"results/studies/tiny/figures/{kind}--{STEM}.tsv" for kind in ("drift", "series", "dendrogram", "members")),
]
"""The spaces of single models, which are not compared, are left out: they would take most of the time."""

pytestmark = pytest.mark.slow


def disturbed(source, folder, *, by, seed):
    """A copy of a model whose weights have moved: noise of a seed, times `by` of each matrix' own spread."""
    from safetensors.numpy import load_file, save_file

    folder.mkdir(parents=True)
    for file in source.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    generator = np.random.default_rng(seed)
    weights = load_file(source / "model.safetensors")
    for name, values in sorted(weights.items()):
        noise = generator.normal(size=values.shape).astype(np.float32)
        weights[name] = values + by * values.std() * noise
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


@pytest.fixture(scope="module")
def first_run(tmp_path_factory, checkout):
    """A base, what became of it and what has nothing to do with it, compared; and what the run printed."""
    place = Place(tmp_path_factory.mktemp("drifted"), checkout)
    write_data(place.folder, number=100)
    models = place.folder / "models"
    base = write_model(models / "base", "llama")
    write_model(models / "other", "llama", seed=1)
    for name, by in (("half", 0.15), ("whole", 0.4)):
        disturbed(base, models / name, by=by, seed=1)
    place.write(DRIFTED)
    return place, place.make(*TARGETS)


@pytest.fixture(scope="module")
def drifted(first_run):
    """Not to be written to: copy it."""
    return first_run[0]


def table(place):
    return pd.read_csv(place.results / "studies/tiny/tables/drift.tsv", sep="\t")


def of(found, one, other, statistic, layer=None):
    """The value of a pair: of a layer, or the mean of them."""
    first, second = sorted((one, other))
    rows = found[(found["model_a"] == first) & (found["model_b"] == second) & (found["statistic"] == statistic)]
    (row,) = rows[rows["layer"].isna() if layer is None else rows["layer"] == layer].itertuples()
    return row


def test_every_rule_of_drift_ran_and_what_is_made_is_made_once(first_run):
    drifted, printed = first_run
    ran = jobs(printed)
    assert {rule: ran[rule] for rule in DRIFTING} == {
        "compare_states": 1,
        "compare_checkpoints": 1,
        "collect_drift": 1,
        "draw_drift": 3,
        "draw_members": 1,
    }
    assert drifted.planned(*TARGETS) == {}


def test_what_was_moved_farther_lies_farther_and_other_weights_farthest_but_for_chance(drifted):
    found = table(drifted)
    for statistic, sign in (
        ("region_divergence", 1), ("edge_divergence", 1), ("changed_documents", 1), ("region_agreement", -1),
        ("own_region_agreement", -1), ("linear_cka", -1),
    ):  # fmt: skip
        half, whole, other = (sign * of(found, "base", model, statistic).value for model in ("half", "whole", "other"))
        assert half < whole < other, statistic
    assert of(found, "base", "other", "edge_divergence").p == 0.01
    assert (found["p"].dropna() >= 0.01).all()


def test_floors_stand_beside_every_pair(drifted):
    found = table(drifted)
    floor = of(found, "half", "whole", "edge_divergence")
    rows = found[(found["statistic"] == "edge_divergence") & found["layer"].isna()]
    assert [json.loads(told) for told in rows["floors"]] == [{"more of the same": pytest.approx(floor.value)}] * len(
        rows
    )
    assert not floor.beyond_floors
    assert of(found, "base", "other", "edge_divergence").beyond_floors


def test_words_are_told_by_regions_beside_the_drift(drifted):
    found = table(drifted)
    rows = found[found["statistic"] == "region_divergence"]
    assert set(rows["labelling"]) == {"topic"}
    assert rows["label_information_a"].notna().all()


def test_tables_of_figures_are_in_the_order_of_the_config(drifted):
    figures = drifted.results / "studies/tiny/figures"
    drawn = pd.read_csv(figures / f"drift--{STEM}.tsv", sep="\t")
    lines = drawn[drawn["statistic"] == "edge_divergence"].drop_duplicates(["kind", "name"])
    assert lines["name"].tolist() == ["half", "whole", "other", "more of the same"]
    series = pd.read_csv(figures / f"series--{STEM}.tsv", sep="\t")
    assert list(series[series["kind"] == "member"].sort_values("position")["model"].unique()) == [
        "base",
        "half",
        "whole",
    ]
    members = pd.read_csv(figures / f"members--{STEM}.tsv", sep="\t")
    assert list(members["model"].unique()) == ["base", "half", "whole", "other"]


def test_one_core_or_two_change_no_byte(drifted, tmp_path):
    place = drifted.copy(tmp_path / "copy")
    before = products(place.results)
    for made in ("drift", "tables", "figures"):
        shutil.rmtree(place.results / "studies/tiny" / made)
    assert set(jobs(place.make(*TARGETS, cores=1))) == DRIFTING
    assert products(place.results) == before


@pytest.mark.parametrize(
    ("keys", "rules"),
    [
        ({"permutations": 49}, DRIFTING - {"compare_states", "draw_members"}),
        ({"floors": {}}, {"collect_drift", "draw_drift"}),
        ({"base": "half"}, {"draw_drift", "draw_members"}),
    ],
)
def test_a_changed_key_makes_again_what_depends_on_it(drifted, tmp_path, keys, rules):
    place = drifted.copy(tmp_path / "copy")
    place.write(DRIFTED | {"checkpoints": {"lineage": LINEAGE | keys}})
    assert set(place.planned(*TARGETS)) == rules


def test_without_the_block_nothing_is_compared(drifted, tmp_path):
    place = drifted.copy(tmp_path / "copy")
    place.write({key: value for key, value in DRIFTED.items() if key != "checkpoints"})
    assert not set(place.planned()) & DRIFTING
