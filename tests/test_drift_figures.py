"""The figures of drift: which lines and panels they have, where these lie, what captions say of them."""

import numpy as np
import pandas as pd
import pytest
from draw_drift import draw_drift
from draw_members import draw_members
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import average, cophenet, dendrogram
from test_captions import FIGURE, written  # noqa: F401 the fixture
from test_drift import SIZE, cells_of, corpus_of, in_blocks, moved
from test_figures import check_texts

from nrag import contracts, figures, graphs, regions, store
from nrag.drift import names, tables
from nrag.drift.similarity import similarities
from nrag.figures import distance_axis, drift_lines, drift_panels, style

MODELS = ["start", "early", "late", "twin", "far"]
"""In the order of the figures, which is not that of the alphabet."""

FLOORS = {"another seed": ["late", "twin"]}
SERIES = {"tuned": ["start", "early", "late"]}
LABELS = ("sea", "sky")
CONSTANT = {model: {0: [0]} for model in MODELS}


def planes_of(layers=4, documents=120):
    """Cells of a start, and of models that are ever farther from it; layer 0 is constant."""
    generator = np.random.default_rng(0)
    start = cells_of(generator, layers=layers, documents=documents)
    late = moved(start, generator, share=0.6)
    planes = {
        "start": start,
        "early": moved(start, generator, share=0.2),
        "late": late,
        "twin": moved(late, generator, share=0.3),
        "far": np.minimum(cells_of(generator, layers=layers, documents=documents), 1),
    }
    for plane in planes.values():
        plane[0] = 1
    return {(model, 0): plane for model, plane in planes.items()}


def drift_of(planes, *, labels=LABELS):
    layers, documents, _ = planes["start", 0].shape
    labelled = corpus_of(documents, labels=[LABELS[number % 2] for number in range(documents)])
    of_cells = tables.drift_of_cells(
        planes,
        labelled,
        tables.Labels("label", labels),
        size=SIZE,
        constant=CONSTANT,
        permutations=39,
        seed=0,
    )
    generator = np.random.default_rng(1)
    common = generator.normal(size=(layers, documents, 4))
    apart = dict(zip(MODELS, (0, 0.5, 1, 1.2, 9), strict=True))
    of_layers = {}
    for layer in range(layers):
        states = {
            model: common[layer] + far * generator.normal(size=(documents, 4)) if layer else np.ones((documents, 4))
            for model, far in apart.items()
        }
        blocks = {model: in_blocks(each.astype(np.float32)) for model, each in states.items()}
        of_layers[layer] = similarities(blocks, np.arange(documents))
    of_states = tables.drift_of_states(of_layers, documents=documents)
    return pd.concat([of_cells, of_states], ignore_index=True)


@pytest.fixture(scope="module")
def drift():
    return drift_of(planes_of())


@pytest.fixture(scope="module")
def by_layer(drift):
    return figures.drift_table(drift, base="start", models=MODELS, floors=FLOORS)


@pytest.fixture(scope="module")
def along(drift):
    return figures.series_table(drift, series=SERIES | {"back": ["late", "start"]}, floors=FLOORS)


@pytest.fixture(scope="module")
def near(drift):
    return figures.dendrogram_table(drift, models=MODELS)


def value_of(drift, statistic, one, other, layer):
    first, second = sorted((one, other))
    rows = drift[(drift["model_a"] == first) & (drift["model_b"] == second) & (drift["statistic"] == statistic)]
    return rows.loc[rows["layer"].isna() if layer is None else rows["layer"] == layer, "value"].item()


# ------------------------------------------------------------------------------------- by layer


def test_lines_are_the_models_in_order_without_the_base_then_the_floors(by_layer):
    for statistic in drift_lines.SHOWN:
        lines = by_layer[by_layer["statistic"] == statistic].drop_duplicates(["kind", "name"])
        assert lines["name"].tolist() == ["early", "late", "twin", "far", "another seed"]
        assert (lines["reference"] == ["start"] * 4 + ["late"]).all()
    told = by_layer[by_layer["statistic"] == drift_lines.INFORMATION]
    assert told["name"].unique().tolist() == MODELS


@pytest.mark.parametrize("layer", [None, 1, 2])
def test_values_are_those_of_the_drift_and_likeness_is_turned_to_distance(drift, by_layer, layer):
    for model in MODELS[1:]:
        for statistic in drift_lines.SHOWN:
            rows = by_layer[(by_layer["statistic"] == statistic) & (by_layer["name"] == model)]
            found = rows.loc[rows["layer"].isna() if layer is None else rows["layer"] == layer, "value"].item()
            expected = value_of(drift, statistic, "start", model, layer)
            assert found == pytest.approx(1 - expected if statistic == names.CKA else expected)
    turned = by_layer[(by_layer["statistic"] == names.CKA) & by_layer["low"].notna()]
    assert (turned["low"] <= turned["high"]).all()
    alike = drift[(drift["statistic"] == names.CKA) & (drift["layer"] == 2) & (drift["model_a"] == "far")]
    far = turned[(turned["layer"] == 2) & (turned["name"] == "far")]
    assert (
        far[["low", "high"]].to_numpy().tolist()
        == (1 - alike.loc[alike["model_b"] == "start", ["high", "low"]]).to_numpy().tolist()
    )


def test_what_regions_tell_is_that_of_each_model_by_itself(drift, by_layer):
    told = by_layer[(by_layer["statistic"] == drift_lines.INFORMATION) & (by_layer["layer"] == 2)]
    for model, value in zip(told["name"], told["value"], strict=True):
        own = drift[(drift["layer"] == 2) & (drift["statistic"] == names.REGIONS)]
        a, b = own["model_a"] == model, own["model_b"] == model
        assert set(own.loc[a, "label_information_a"]) | set(own.loc[b, "label_information_b"]) == {value}


def test_lines_lie_where_the_table_says_and_layers_without_differences_are_gaps(by_layer):
    panels = figures.draw_drift(by_layer).axes[1:]
    looks = drift_panels.looks_of(by_layer)
    for panel, (statistic, rows) in zip(panels, by_layer.groupby("statistic", sort=False), strict=True):
        half = 0.5 if statistic == names.EDGES else 0.0
        for model in MODELS[1:]:
            own = rows[(rows["name"] == model) & (rows["kind"] == "member") & rows["layer"].notna()]
            color = looks["member", model].color
            (line,) = (
                each
                for each in panel.lines
                if to_hex(each.get_color()) == color
                and len(each.get_xdata()) == len(own)
                and each.get_linestyle() != "None"
            )
            np.testing.assert_allclose(line.get_xdata(), own["layer"].astype(float) + half)
            np.testing.assert_allclose(line.get_ydata().astype(float), own["value"])
            assert np.isnan(line.get_ydata()[0])


def test_marks_within_their_own_exchanges_are_hollow(by_layer):
    panel = figures.draw_drift(by_layer).axes[1]
    color = drift_panels.looks_of(by_layer)["member", "early"].color
    marks = [each for each in panel.lines if to_hex(each.get_color()) == color and each.get_linestyle() == "None"]
    hollow = {value for each in marks if each.get_markerfacecolor() == "white" for value in each.get_ydata()}
    rows = by_layer[(by_layer["statistic"] == names.REGIONS) & (by_layer["name"] == "early")]
    expected = rows.loc[rows["value"] <= rows["null_quantile"], "value"]
    assert hollow == set(expected)
    assert 0 < len(expected) < len(rows) - 1


@pytest.mark.parametrize("high", [0.003, 0.02, 0.07, 0.3, 1.0, 1.4])
def test_distances_stand_at_their_square_roots_with_round_ticks_that_do_not_touch(high):
    panel = Figure().add_axes((0, 0, 1, 1))
    distance_axis.dress(panel, np.array([np.nan, 0.0, high / 100, high]), height=60)
    end = max(high, distance_axis.LEAST)
    stand = panel.transAxes.inverted().transform(panel.transData.transform([(0, 0), (0, end / 100), (0, end)]))[:, 1]
    low, small, large = stand
    assert 0 < low < 0.05 < 0.9 < large < 1
    assert (small - low) / (large - low) == pytest.approx(0.1)
    ticks = panel.get_yticks()
    assert ticks[0] == 0
    assert len(ticks) > 2
    assert ticks[-1] <= end
    assert np.diff(np.sqrt(ticks / end)).min() * 60 >= 12
    assert [label.get_text() for label in panel.get_yticklabels()] == [f"{tick:g}" for tick in ticks]
    assert all(f"{tick:.0e}"[0] in "012358" for tick in ticks)


def test_floors_are_grey_and_models_are_told_apart(by_layer):
    looks = drift_panels.looks_of(by_layer)
    assert looks["floor", "another seed"].color == style.QUIET
    members = [look for (kind, _), look in looks.items() if kind == "member"]
    assert len({look.color for look in members}) == len({look.marker for look in members[1:]}) + 1 == len(MODELS)


def test_panels_are_read_line_by_line_and_their_axis_names_the_layers(by_layer):
    panels = figures.draw_drift(by_layer).axes[1:]
    corners = [panel.get_position().min for panel in panels]
    assert corners[0][0] == corners[2][0] < corners[1][0] == corners[3][0]
    assert corners[2][1] == corners[3][1] < corners[0][1] == corners[1][1]
    for panel in panels:
        assert [tick.get_text() for tick in panel.get_xticklabels()] == ["emb", "1", "2", "3", "mean"]
        assert panel.get_xticks()[:4].tolist() == [0, 1, 2, 3]


def test_band_halves_and_strokes_are_those_of_the_models(by_layer):
    panels = dict(zip(by_layer["statistic"].unique(), figures.draw_drift(by_layer).axes[1:], strict=True))
    rows = by_layer[(by_layer["kind"] == "member") & (by_layer["layer"] == 2)]
    own = rows[rows["statistic"] == names.REGIONS]
    band = np.concatenate([path.vertices for each in panels[names.REGIONS].collections for path in each.get_paths()])
    heights = band[band[:, 0] == 2, 1]
    assert (heights.min(), heights.max()) == (own["null_quantile"].min(), own["null_quantile"].max())
    (halves,) = [line for line in panels[names.REGIONS].lines if line.get_zorder() == 2 and len(line.get_xdata()) == 4]
    assert halves.get_ydata()[2] == own["halves"].max() > own["halves"].min()
    strokes = [each for group in panels[names.CKA].collections for each in getattr(group, "get_segments", list)()]
    drawn = sorted(tuple(stroke[:, 1]) for stroke in strokes if stroke[0, 0] == 2)
    own = rows[rows["statistic"] == names.CKA]
    assert drawn == sorted(own[["low", "high"]].itertuples(index=False, name=None))


def test_hollow_marks_are_spoken_of_where_there_are_any(by_layer):
    hollow = "Hollow: not above the 95 % of its own exchanges."
    assert hollow in drift_panels.notes_of(by_layer)
    # A floor has no marks.
    of_floors = by_layer.assign(within=by_layer["kind"] == "floor")
    assert hollow not in drift_panels.notes_of(of_floors)


LONG = {model: f"checkpoints-of-one-lineage-are-often-named-alike-{model}" for model in MODELS}
SEVERAL = {f"the distance of two draws of the same training, number {place}": ["late", "twin"] for place in range(6)}


@pytest.mark.parametrize("width", figures.WIDTHS)
def test_names_that_begin_alike_are_told_apart(drift, width):
    renamed = drift.replace({"model_a": LONG, "model_b": LONG})
    models, floors = list(LONG.values()), {name: [LONG[each] for each in pair] for name, pair in SEVERAL.items()}
    by_layer = figures.drift_table(renamed, base=models[0], models=models, floors=floors)
    along = figures.series_table(renamed, series={"tuned": models[:4]}, floors=floors)
    for drawn in (figures.draw_drift(by_layer, width=width), figures.draw_series(along, width=width)):
        legend = [text.get_text() for text in drawn.axes[0].texts if "floor" in text.get_text()]
        assert len(set(legend)) == len(SEVERAL)
        assert [text.endswith((f"number {place}", f"{place} (mean)")) for place, text in enumerate(legend)] == [
            True
        ] * 6
    legend = drift_panels.entries(drift_panels.looks_of(by_layer))
    assert [name.rpartition("-")[2] for name, _ in legend[: len(MODELS)]] == MODELS
    assert len(set(legend)) == len(legend) == len(MODELS) + len(SEVERAL) + 2
    assert [tick.get_text().rpartition("-")[2] for tick in drawn.axes[1].get_xticklabels()] == MODELS[:4]
    tree = figures.draw_dendrogram(figures.dendrogram_table(renamed, models=models), width=width)
    named = [text.get_text().rpartition("-")[2] for text in tree.axes[0].texts]
    assert sorted(name for name in named if name in MODELS) == sorted(2 * MODELS)


@pytest.mark.parametrize("width", figures.WIDTHS)
def test_letters_of_drift_can_be_read_and_do_not_overlap(by_layer, along, near, width):
    # A long name at the right edge has half its letters beyond the last place.
    lengthened = along.replace({"model": {"late": "sft-continued"}})
    for drawn in (
        figures.draw_drift(by_layer, width=width),
        figures.draw_series(along, width=width),
        figures.draw_series(lengthened, width=width),
        figures.draw_dendrogram(near, width=width),
    ):
        assert drawn.get_size_inches()[0] == style.WIDTHS[width]
        with style.styled():
            drawn.draw_without_rendering()  # names of axes have no place before
        for panel in drawn.axes[1:]:
            for axis in (panel.xaxis, panel.yaxis):
                low, high = sorted(axis.get_view_interval())
                for tick in axis.get_major_ticks():
                    tick.label1.set_visible(low <= tick.get_loc() <= high)
        check_texts(drawn)


def test_without_labels_and_floors_there_are_three_panels_and_no_grey_line():
    drift = drift_of(planes_of(documents=60), labels=())
    table = figures.drift_table(drift, base="start", models=MODELS, floors={})
    assert table["statistic"].unique().tolist() == list(drift_lines.SHOWN)
    assert set(table["kind"]) == {"member"}
    assert len(figures.draw_drift(table).axes) == 1 + 3


def test_a_pair_that_was_not_compared_is_no_gap():
    drift = drift_of(planes_of(documents=40))
    with pytest.raises(ValueError, match="the drift holds no region_divergence of start and nobody"):
        figures.drift_table(drift, base="start", models=["start", "nobody"], floors={})


# --------------------------------------------------------------------------- along the training


def test_a_series_begins_at_nothing_and_goes_on_in_its_order(drift, along):
    own = along[(along["series"] == "tuned") & (along["kind"] == "member") & along["layer"].isna()]
    for statistic in drift_lines.SHOWN:
        rows = own[own["statistic"] == statistic].sort_values("position")
        assert rows["model"].tolist() == SERIES["tuned"]
        assert rows["value"].iloc[0] == 0
        expected = value_of(drift, statistic, "start", "late", None)
        assert rows["value"].iloc[2] == pytest.approx(1 - expected if statistic == names.CKA else expected)
    assert (along[along["series"] == "back"]["position"].dropna() <= 1).all()
    floors = along[along["kind"] == "floor"]
    assert set(floors["series"]) == {"tuned", "back"}
    assert floors["position"].isna().all()


def test_a_panel_has_a_line_for_each_layer_and_their_mean(along):
    drawn = figures.draw_series(along)
    assert len(drawn.axes) == 1 + 2 * 3
    on_regions = drawn.axes[1]
    drawn_lines = [line for line in on_regions.lines if line.get_marker() == "o"]
    assert len(drawn_lines) == 3 + 1  # layer 0 is constant
    assert [tick.get_text() for tick in on_regions.get_xticklabels()] == SERIES["tuned"]
    legend = figures.draw_series(along).axes[0]
    keys = {text.get_text(): line.get_color() for text, line in zip(legend.texts, legend.lines, strict=False)}
    rows = along[(along["series"] == "tuned") & (along["kind"] == "member") & (along["statistic"] == names.REGIONS)]
    for line, layer in zip(drawn_lines, (1, 2, 3), strict=False):
        assert line.get_color() == keys[f"layer {layer}"]
        assert line.get_ydata().tolist() == rows.loc[rows["layer"] == layer, "value"].tolist()
    assert len(set(keys.values())) == len(keys)
    floor = [line for line in on_regions.lines if len(line.get_xdata()) == 2 and line.get_marker() == "None"]
    level = along[(along["kind"] == "floor") & (along["statistic"] == names.REGIONS) & along["layer"].isna()]
    assert level["value"].iloc[0] in {line.get_ydata()[0] for line in floor}


# ------------------------------------------------------------------------------------- the tree


def test_trees_are_those_of_average_linkage_on_edges_and_on_the_last_layer(drift, near):
    edges, states = (near[near["statistic"] == statistic] for statistic in (names.EDGES, names.CKA))
    assert len(edges) == len(states) == 10
    assert edges["layer"].isna().all()
    assert (states["layer"] == 3).all()
    for rows in (edges, states):
        np.testing.assert_allclose(rows["joined_at"], cophenet(average(rows["value"].to_numpy())))
    pair = edges[(edges["reference"] == "start") & (edges["model"] == "far")]
    assert pair["value"].item() == value_of(drift, names.EDGES, "start", "far", None)


def test_names_stand_at_the_leaves_of_their_tree_and_distances_fall_towards_them(near):
    drawn = figures.draw_dendrogram(near)
    middle = drawn.get_size_inches()[0] * 36
    for right, (_, rows) in zip((False, True), near.groupby("statistic", sort=False), strict=True):
        texts = [text for text in drawn.axes[0].texts if text.get_text() in MODELS]
        own = [text for text in texts if (text.get_position()[0] > middle) == right]
        upwards = [text.get_text() for text in sorted(own, key=lambda text: text.get_position()[1])]
        leaves = dendrogram(average(rows["value"].to_numpy()), no_plot=True)["leaves"]
        assert upwards == [MODELS[leaf] for leaf in leaves]
        low, high = drawn.axes[1 + right].get_xlim()
        assert low > high == 0


def test_joints_stand_at_their_distances_and_near_models_stand_beside_each_other(near):
    drawn = figures.draw_dendrogram(near)
    for panel, (_, rows) in zip(drawn.axes[1:], near.groupby("statistic", sort=False), strict=True):
        joints = {round(max(line.get_xdata()), 9) for line in panel.lines}
        assert joints == set(np.round(rows["joined_at"].unique(), 9))
    named = sorted(
        (text for text in drawn.axes[0].texts if text.get_text() in MODELS and text.get_position()[0] < 252),
        key=lambda text: text.get_position()[1],
    )
    order = [text.get_text() for text in named]
    assert abs(order.index("late") - order.index("twin")) == 1


def test_where_every_layer_is_constant_the_tree_of_states_is_none(drift):
    dull = drift.assign(value=drift["value"].mask(drift["statistic"] == names.CKA))
    table = figures.dendrogram_table(dull, models=MODELS)
    assert table.loc[table["statistic"] == names.CKA, "joined_at"].isna().all()
    said = [text.get_text() for text in figures.draw_dendrogram(table).axes[0].texts]
    assert "undefined: a layer is constant" in said


# ------------------------------------------------------------------------------ NRAGs of members


@pytest.fixture(scope="module")
def edges():
    found = regions.table_of(
        {(model, 0, layer): plane[layer].T for (model, _), plane in planes_of().items() for layer in range(len(plane))}
    )
    return graphs.edges_of(found, {})


def members_of(edges, **options):
    usual = {"base": "start", "models": MODELS, "constant": {model: [0] for model in MODELS}}
    return figures.members_table(edges, **usual | options)


def test_regions_stand_at_one_height_under_all_models_and_colours_say_what_changed(edges):
    table = members_of(edges)
    heights = table[table["item"] == "region"].groupby(["layer", "x0", "y0"])["position0"].nunique()
    assert (heights == 1).all()
    shared = style.colormaps.colormap("nrag")(0.5)
    own = table[table["model"] == "start"]
    assert set(own["color"]) == {to_hex(shared)}
    assert (own["share"] == own["base_share"]).all()
    larger, both = table[["share", "base_share"]].max(axis=1), table["share"] + table["base_share"]
    np.testing.assert_allclose(table["leading_share"], larger / both, atol=1e-6)
    assert (table["leading"] == np.where(table["base_share"] > table["share"], "start", table["model"])).all()
    new = table[(table["base_share"] == 0) & (table["item"] == "edge")]
    assert set(new["color"]) == {to_hex(style.colormaps.colormap("nrag")(1.0))}
    assert set(new["leading"]) == set(MODELS[1:])
    far = table[(table["model"] == "far") & (table["item"] == "region") & (table["layer"] == 1)]
    assert far["base_share"].sum() < 1  # regions that only the base has are in its own panel


def test_every_model_has_a_panel_with_its_name_in_order(edges):
    drawn = figures.draw_nrag(members_of(edges))
    titles = [text.get_text() for text in drawn.axes[0].texts if text.get_text() in MODELS]
    assert titles == MODELS
    said = [text.get_text() for text in drawn.axes[0].texts]
    assert {"only start", "both alike", "only this checkpoint"} <= set(said)
    assert said.count("n = 120") == len(MODELS)


@pytest.mark.parametrize("width", figures.WIDTHS)
def test_letters_of_members_can_be_read_and_do_not_overlap(edges, width):
    check_texts(figures.draw_nrag(members_of(edges), width=width))


def test_a_base_that_is_none_of_the_models_is_refused(edges):
    with pytest.raises(ValueError, match="the base nobody is none of the models start, early"):
        members_of(edges, base="nobody")


# ------------------------------------------------------------------------- captions and scripts

CAPTIONED = {"models": MODELS, "space": "lineage", "size": SIZE, "reduction": "pca"}


def test_captions_name_base_floors_and_what_is_left_out(by_layer, along, near, written):  # noqa: F811 the fixture
    said = written(by_layer, kind="drift", documents=120, **CAPTIONED)
    assert said.startswith("How far early, late, twin and far lie from start on c, layer by layer")
    assert "no drift, of another seed (late and twin)" in said
    assert "Layer 0 is left out: all documents have one vector there." in said
    assert "what the regions are good for" in said
    said = written(along, kind="series", **CAPTIONED)
    assert "tuned (start, early, late) and back (late, start)" in said
    said = written(near, kind="dendrogram", **CAPTIONED)
    assert "hidden states in layer 3" in said
    assert "no drift" not in said
    alone = by_layer[(by_layer["kind"] == "member") & (by_layer["statistic"] != drift_lines.INFORMATION)]
    said = written(alone, kind="drift", seeds=(0, 1), **CAPTIONED)
    assert "No floor: how far apart another seed or mere further steps would lie is not known." in said
    assert "Labels:" not in said
    assert "Drawn: seed 0 of 0 and 1." in said


def test_a_caption_of_members_counts_the_edges_that_are_new_for_want_of_documents(edges, written):  # noqa: F811
    table = members_of(edges)
    said = written(table, kind="members", **CAPTIONED)
    drawn = table[(table["item"] == "edge") & table["drawn"] & (table["model"] != "start")]
    single = ((drawn["documents"] == 1) & (drawn["base_share"] == 0)).sum()
    assert f"{single:,} of {len(drawn):,} edges here" in said
    assert "from what start alone has" in said
    assert FIGURE["corpus"] in said


def test_scripts_draw_the_first_seed_twice_to_the_same_bytes(drift, edges, tmp_path):
    of_cells = drift[drift["statistic"] != names.CKA]
    again = of_cells.assign(seed=1, value=of_cells["value"] * 0)
    both = pd.concat([of_cells, again]).sort_values(list(contracts.DRIFT.key), kind="stable", na_position="first")
    of_states = drift[drift["statistic"] == names.CKA].reset_index(drop=True)
    for name, rows in (("cells", both.reset_index(drop=True)), ("states", of_states)):
        store.write_table(tmp_path / f"{name}.parquet", rows, contracts.DRIFT, provenance={})
    asked = {
        "drift": {"base": "start", "models": MODELS, "floors": FLOORS},
        "series": {"series": SERIES, "floors": FLOORS},
        "dendrogram": {"models": MODELS},
    }
    inputs = [str(tmp_path / "cells.parquet"), str(tmp_path / "states.parquet")]
    for kind, shown in asked.items():
        files = [str(tmp_path / f"{kind}.{suffix}") for suffix in ("pdf", "svg")]
        table = str(tmp_path / f"{kind}.tsv")
        draw_drift(*inputs, files, table, kind=kind, shown=shown, width="text")
        first = [(tmp_path / f"{kind}.{suffix}").read_bytes() for suffix in ("pdf", "svg")]
        draw_drift(*inputs, files, table, kind=kind, shown=shown, width="text")
        assert first == [(tmp_path / f"{kind}.{suffix}").read_bytes() for suffix in ("pdf", "svg")]
        rows = store.read_tsv(table)
        assert set(rows["seed"].dropna()) == {"0"}
        assert pd.to_numeric(rows["value"]).max() > 0.2


def test_the_script_of_members_reads_the_constant_layers(edges, tmp_path):
    cells = regions.table_of(
        {(model, 0, layer): plane[layer].T for (model, _), plane in planes_of().items() for layer in range(4)}
    )
    constant = {model: {"0": [0]} for model in MODELS}
    store.write_table(tmp_path / "cells.parquet", cells, contracts.CELLS, provenance={}, constant_layers=constant)
    store.write_table(tmp_path / "edges.parquet", edges, contracts.EDGES, provenance={})
    draw_members(
        str(tmp_path / "cells.parquet"),
        str(tmp_path / "edges.parquet"),
        [str(tmp_path / "members.svg")],
        str(tmp_path / "members.tsv"),
        base="start",
        models=MODELS,
        width="text",
        colormap="nrag",
        keep=None,
    )
    rows = store.read_tsv(tmp_path / "members.tsv")
    assert set(rows.loc[rows["drawn"] == "False", "layer"]) == {"0"}
    assert rows["model"].unique().tolist() == MODELS
