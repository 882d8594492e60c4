"""Samples of documents, from cells to files, tables and the figure of rarefaction."""

import json

import numpy as np
import pandas as pd
import pytest
from collect_samples import collect_samples
from draw_rarefaction import draw_rarefaction
from permute_labels import permute_labels
from sample_documents import sample_documents
from test_probing import texts_in
from test_statistics_wiring import ASKED as TESTED
from test_statistics_wiring import COMPARISONS, EMPTY, cells_of, corpus_of

from nrag import captions, contracts, figures, store
from nrag.compared import documents_of
from nrag.figures import style
from nrag.statistics.rarefaction import rarefaction

KINDS = {"intervals": contracts.INTERVALS, "contrasts": contracts.CONTRASTS, "rarefaction": contracts.RAREFACTION}
ASKED = {"subsamples": 40, "seed": 0}
SPACES = ("m", "u0", "u1", "u2")
CONTROLS = [(("m", "m"), [(name, name) for name in SPACES[1:]])]
COUNTS = {"a": 30, "b": 30, "c": 10}


def write_place(folder):
    """Cells in which most documents of the labels of model m lie apart and those of three untrained ones do not."""
    labels = ["a", "b"] * 30 + ["c"] * 10
    astray = ["ab"[label == "a"] if number % 10 == 9 else label for number, label in enumerate(labels)]
    for number, name in enumerate(SPACES):
        cells = cells_of(astray, models=["other"] * number + [name], apart=name == "m")
        store.write_table(folder / f"{name}.parquet", cells[cells["model"] == name], contracts.CELLS, provenance=EMPTY)
    corpus = corpus_of(labels)
    store.write_table(folder / "c.parquet", corpus, contracts.CORPUS, provenance=EMPTY, labellings={"label": COUNTS})
    return folder


@pytest.fixture
def place(tmp_path):
    return write_place(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A place and its samples, not to be written to."""
    folder = write_place(tmp_path_factory.mktemp("made"))
    return folder, sampled(folder)


def sampled(place, *, stem="s", spaces=SPACES, controls=CONTROLS, comparisons=COMPARISONS, **asked):
    paths = {kind: place / f"{stem}-{kind}.parquet" for kind in KINDS}
    sample_documents(
        [place / f"{name}.parquet" for name in spaces],
        place / "c.parquet",
        paths,
        spaces=spaces,
        comparisons=comparisons,
        controls=controls,
        min_documents=5,
        size=4,
        statistics=ASKED | asked,
    )
    return {kind: store.read_table(path, KINDS[kind]) for kind, path in paths.items()}


def test_training_adds_what_was_planted_and_labels_tell_of_themselves(made):
    _, found = made
    whole = {kind: table[table["layer"].isna()] for kind, table in found.items()}
    assert set(whole["intervals"]["comparison"]) == {"pair", "uneven", "every"}
    assert set(zip(whole["intervals"]["space"], whole["intervals"]["model"], strict=True)) == {(s, s) for s in SPACES}
    divergence = whole["intervals"][whole["intervals"]["metric"] == "region_divergence"]

    def told(comparison, model, test="separation"):
        keys = {"comparison": comparison, "model": model, "test": test}
        return divergence[np.logical_and.reduce([divergence[name] == value for name, value in keys.items()])]

    trained, untrained = (told("pair", model).squeeze() for model in ("m", "u0"))
    assert trained["effect_low"] > 0.15
    assert abs(untrained["effect"]) < 0.2
    assert (trained["m"], told("uneven", "m")["m"].item()) == (15, 5)
    floors = told("pair", "m", "floor")
    assert floors["label"].tolist() == ["a", "b"]
    assert (floors["high"] < trained["low"]).all()
    adds = whole["contrasts"].set_index(["comparison", "metric"]).loc[("pair", "region_divergence")].squeeze()
    assert adds["low"] > 0.1
    assert (adds["controls"], adds["model"]) == (3, "m")
    assert set(whole["contrasts"]["model"]) == {"m"}
    assert set(whole["contrasts"].loc[whole["contrasts"]["comparison"] == "every", "test"]) == {"separation", "range"}
    assert json.loads(whole["contrasts"]["labels"].iloc[0]) == ["a", "b", "c"]
    curves = whole["rarefaction"].groupby(["comparison", "label"])["n"].max()
    assert curves.to_dict() == {
        ("every", "a"): 30, ("every", "b"): 30, ("every", "c"): 10, ("pair", "a"): 30, ("pair", "b"): 30,
        ("uneven", "b"): 30, ("uneven", "c"): 10,
    }  # fmt: skip
    few = whole["intervals"][
        (whole["intervals"]["comparison"] == "uneven") & (whole["intervals"]["test"] == "separation")
    ]
    assert few["note"].str.contains("c: too few documents for an interval (10)", regex=False).all()


def test_the_same_seed_gives_the_same_bytes_and_another_space_changes_no_row(made, place):
    folder, first = made
    sampled(place)
    for kind in KINDS:
        assert (place / f"s-{kind}.parquet").read_bytes() == (folder / f"s-{kind}.parquet").read_bytes()
    alone = sampled(place, stem="u", spaces=("m",), controls=[])
    assert alone["contrasts"].empty
    kept = first["intervals"][first["intervals"]["space"] == "m"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone["intervals"], kept)
    moved = sampled(place, stem="v", spaces=("m",), controls=[], seed=1)
    assert (moved["intervals"]["value"] != kept["value"]).any()
    assert (moved["rarefaction"]["mean"] != alone["rarefaction"]["mean"]).any()


def test_strata_that_hold_one_label_each_leave_no_effect_and_say_so(place):
    corpus = store.read_table(place / "c.parquet", contracts.CORPUS)
    corpus = corpus.assign(own=corpus["label"])
    store.write_table(place / "c.parquet", corpus, contracts.CORPUS, provenance=EMPTY, labellings={"label": COUNTS})
    found = sampled(place, comparisons={"pair": COMPARISONS["pair"] | {"within": "own"}})
    told = found["intervals"][found["intervals"]["test"] == "separation"]
    np.testing.assert_allclose(told["effect"], 0, atol=1e-9)
    assert told["note"].str.contains("labels can be dealt in no other way").all()
    assert found["contrasts"]["note"].str.contains("labels can be dealt in no other way: no effect").all()


def test_notes_tell_of_a_row_what_concerns_it_and_nothing_of_a_p(place):
    corpus = store.read_table(place / "c.parquet", contracts.CORPUS)
    # One of the strata has both labels, one document of each: the labels can be dealt in two ways.
    own = corpus["label"].where(corpus["document"] > 1, "both")
    store.write_table(
        place / "c.parquet", corpus.assign(own=own), contracts.CORPUS, provenance=EMPTY, labellings={"label": COUNTS}
    )
    within = {"pair": COMPARISONS["pair"] | {"within": "own"}}
    options = {"comparisons": within, "min_documents": 5, "size": 4, "statistics": TESTED}
    permute_labels(place / "m.parquet", place / "c.parquet", place / "tests.parquet", **options)
    of_tests = store.read_table(place / "tests.parquet", contracts.TESTS)["note"]
    assert of_tests.str.contains("the labels can be dealt in 2 ways only: p is hardly below 0.5", regex=False).all()
    found = sampled(place, comparisons=within)
    strata = "2 of 3 strata hold one label, which their documents (58) keep in every permutation"
    separations = found["intervals"][found["intervals"]["test"] == "separation"]
    for notes in (separations["note"], found["contrasts"]["note"]):
        assert notes.str.contains(strata, regex=False).all()
        assert not notes.str.contains("ways only|p is", regex=True).any()


def test_without_two_labels_there_is_no_row_and_the_tables_are_empty(place):
    found = sampled(place, comparisons={"one": COMPARISONS["one"]})
    assert all(table.empty for table in found.values())
    gathered = collected(place, ["s"])
    assert all(table.empty for table in gathered.values())
    assert {"space", "value", "low", "sign_depends_on", "note"} <= set(gathered["contrasts"].columns)
    assert "sign_depends_on" not in gathered["rarefaction"].columns


def collected(place, stems):
    """Nothing was varied: what a sign depends on is asked in test_statistics_stability.py."""
    tables = {kind: place / f"{kind}.tsv" for kind in KINDS}
    collect_samples(
        {kind: [place / f"{stem}-{kind}.parquet" for stem in stems] for kind in KINDS},
        [],
        tables,
        conditions=[dict.fromkeys(contracts.RUN[1:], "") | {"corpus": "c", "reduction": stem} for stem in stems],
        varied=[],
    )
    return {kind: store.read_tsv(path) for kind, path in tables.items()}


def test_the_tables_hold_every_row_of_every_condition_and_of_rarefaction_the_graphs(place):
    pair = {"comparisons": {"pair": COMPARISONS["pair"]}}
    found = {stem: sampled(place, stem=stem, seed=number, **pair) for number, stem in enumerate("st")}
    gathered = collected(place, list(found))
    for kind, table in gathered.items():
        assert table.columns[:6].tolist() == list(contracts.RUN)
        assert table["reduction"].unique().tolist() == ["s", "t"]
        assert set(table["space"]) == ({"m"} if kind == "contrasts" else set(SPACES))
        parts = [of_stem[kind] for of_stem in found.values()]
        expected = sum(len(part) if kind != "rarefaction" else part["layer"].isna().sum() for part in parts)
        assert len(table) == expected > 0
    value = gathered["intervals"]["value"].astype(float)
    np.testing.assert_allclose(value, pd.concat([each["intervals"]["value"] for each in found.values()]), rtol=1e-9)


# ---------------------------------------------------------------------------------- the figure


def shown_of(made, comparison="uneven", controls=CONTROLS, labels=("b", "c"), **keys):
    rows = made[1]["rarefaction"]
    rows = rows[rows["comparison"] == comparison]
    return figures.rarefaction_table(rows, dict(controls), labels=labels, **keys), rows


def test_a_trained_model_stands_beside_the_lowest_and_highest_of_its_controls(made):
    shown, rows = shown_of(made)
    assert shown["model"].unique().tolist() == ["m"]
    assert shown["metric"].unique().tolist() == list(figures.RAREFIED_METRICS)
    assert shown["label"].unique().tolist() == ["b", "c"]
    assert (shown["matched"] == 10).all()
    assert (shown["controls"] == 3).all()
    of_graphs = rows[rows["layer"].isna()].pivot(index=["metric", "label", "n"], columns="model", values="mean")
    for row in shown.itertuples():
        each = of_graphs.loc[(row.metric, row.label, row.n)]
        others = each[[name for name in SPACES if name != "m"]]
        assert (row.mean, row.untrained_low, row.untrained_high) == (each["m"], others.min(), others.max())
    assert (shown.groupby(["metric", "label"], sort=False)["n"].diff().dropna() > 0).all()


def test_an_untrained_model_of_no_trained_one_and_models_of_shared_spaces_have_lines_of_their_own(made):
    shown, _ = shown_of(made, controls=[(("m", "m"), [("u0", "u0")])])
    assert shown["model"].unique().tolist() == ["m", "u1", "u2"]
    assert shown.groupby("model", sort=False)["controls"].max().tolist() == [1, 0, 0]
    assert shown.loc[shown["model"] == "u1", ["untrained_low", "untrained_high"]].isna().all(axis=None)
    shared, rows = shown_of(made)
    moved = rows.assign(space="all")
    pairs = {("all", "m"): [("all", name) for name in SPACES[1:]]}
    named = figures.rarefaction_table(moved, pairs, labels=["b", "c"])
    assert named["model"].unique().tolist() == ["m in all"]
    pd.testing.assert_frame_equal(named.drop(columns="model"), shared.drop(columns="model"))


def test_chosen_metrics_have_their_order_and_those_that_cannot_be_rarefied_are_left_out(made):
    shown, rows = shown_of(made, shown=["density", "modularity", "regions"])
    assert shown["metric"].unique().tolist() == ["density", "regions"]
    none = figures.rarefaction_table(rows, dict(CONTROLS), labels=["b", "c"], shown=["modularity"])
    assert none.empty
    assert texts_in(figures.draw_rarefaction(none, problem="Not rarefied: so it is.")) == ["Not rarefied: so it is."]


@pytest.mark.parametrize("width", ["text", "column"])
def test_the_figure_names_labels_with_n_and_marks_the_smallest(made, width):
    shown, _ = shown_of(made)
    drawn = figures.draw_rarefaction(shown, width=width)
    said = texts_in(drawn)
    assert {"b  (n = 30)", "c  (n = 10)", "untrained controls", "mean degree"} <= set(said)
    assert any("smallest label (10)" in text for text in said)
    panels = drawn.axes[1:]
    assert len(panels) == 4
    for panel, metric in zip(panels, figures.RAREFIED_METRICS, strict=True):
        lines = {tuple(line.get_xdata()): line for line in panel.lines if line.get_linestyle() == "-"}
        (matched,) = [line for line in panel.lines if len(set(line.get_xdata())) == 1 and len(line.get_xdata()) == 2]
        assert set(matched.get_xdata()) == {10}
        own = shown[(shown["metric"] == metric) & (shown["label"] == "b")]
        assert lines[tuple(own["n"])].get_ydata().tolist() == own["mean"].tolist()
    assert drawn.get_figwidth() == style.WIDTHS[width]
    assert figures.render(drawn, "svg") == figures.render(figures.draw_rarefaction(shown, width=width), "svg")


def test_curves_stand_over_the_documents_that_were_drawn(made):
    _, rows = shown_of(made)
    more = rows.assign(documents=rows["n"] + 2.5)
    shown = figures.rarefaction_table(more, dict(CONTROLS), labels=["b", "c"], shown=["regions"])
    (panel,) = figures.draw_rarefaction(shown).axes[1:]
    lines = [line.get_xdata().tolist() for line in panel.lines if len(line.get_xdata()) > 2]
    own = [shown.loc[shown["label"] == label, "n"] + 2.5 for label in ("b", "c")]
    assert len(lines) == 6
    assert {tuple(line) for line in lines} == {tuple(each) for each in own}


def test_without_controls_nothing_is_said_of_them(made):
    shown, _ = shown_of(made, controls=[(("m", "m"), [])])
    alone = shown[shown["model"] == "m"]
    said = " ".join(texts_in(figures.draw_rarefaction(alone)))
    assert "untrained" not in said
    one, _ = shown_of(made, controls=[(("m", "m"), [("u0", "u0")])])
    of_one = " ".join(texts_in(figures.draw_rarefaction(one)))
    assert "Dashes, hollow marks: the" in of_one
    assert "Bands" not in of_one
    several, _ = shown_of(made)
    of_both = figures.draw_rarefaction(pd.concat([one[one["model"] == "m"], several.assign(model="n")]))
    assert {"untrained control", "untrained controls"} <= set(texts_in(of_both))
    notes = " ".join(reversed(texts_in(of_both)))
    assert all(part in notes for part in ("Dashes, hollow marks: the", "of 3 untrained controls"))
    assert "u1" in texts_in(figures.draw_rarefaction(shown))


@pytest.mark.parametrize(("number", "said"), [(1, "untrained control"), (3, "untrained controls")])
def test_the_key_shows_what_is_drawn_of_the_controls(made, number, said):
    shown, _ = shown_of(made, controls=[(("m", "m"), CONTROLS[0][1][:number])])
    drawn = figures.draw_rarefaction(shown[shown["model"] == "m"])
    canvas, *panels = drawn.axes
    assert said in texts_in(drawn)
    # Once in the key, and in the panels once for each label.
    tints, ends = (1, 2) if number > 1 else (0, 1)
    for axes, times in [(canvas, 1), *((panel, 2) for panel in panels)]:
        assert len(axes.collections) == tints * times
        dashed = [line for line in axes.lines if line.is_dashed() and len(set(line.get_xdata())) > 1]
        assert len(dashed) == ends * times


def test_the_script_writes_figure_table_and_caption(made, tmp_path):
    place, _ = made
    options = {"controls": CONTROLS, "min_documents": 5, "width": "text", "colormap": "nrag"}
    paths = [str(place / "s-rarefaction.parquet"), str(place / "c.parquet")]
    draw_rarefaction(
        *paths,
        [str(tmp_path / "f.svg")],
        str(tmp_path / "f.tsv"),
        name="uneven",
        comparison=COMPARISONS["uneven"],
        **options,
    )
    shown = store.read_tsv(tmp_path / "f.tsv")
    assert len(shown) == len(shown_of(made)[0])
    figure = {"kind": "rarefaction", "corpus": "x", "space": None, "models": list(SPACES), "pooling": "mean"}
    figure |= {"reduction": "pca", "bins": "equal", "size": 4, "comparison": "uneven"}
    said = captions.caption(figure, shown, documents=70, seeds=[0])
    assert "of m on x: b (n = 30), c (n = 10)." in said
    assert "the smallest label (10)" in said
    assert "3 untrained controls" in said
    draw_rarefaction(
        *paths, [str(tmp_path / "o.svg")], str(tmp_path / "o.tsv"), name="one", comparison=COMPARISONS["one"], **options
    )
    empty = store.read_tsv(tmp_path / "o.tsv")
    assert empty.empty
    assert "were not rarefied" in captions.caption(figure | {"comparison": "one"}, empty, documents=70, seeds=[0])


def test_curves_of_models_with_the_same_cells_are_the_same(made):
    """What the figure sets side by side was drawn from the same documents."""
    documents = documents_of(store.read_table(made[0] / "c.parquet", contracts.CORPUS), "label", ["a", "b"])
    plane = np.random.default_rng(0).integers(0, 4, (3, 70, 2)).astype(np.int16)
    found = rarefaction({("x", 0): plane, ("y", 0): plane}, documents, size=4, seed=0)
    one, other = (found[found["model"] == name].drop(columns="model").reset_index(drop=True) for name in "xy")
    pd.testing.assert_frame_equal(one, other)
