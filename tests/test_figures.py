import hashlib
import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from scipy.optimize import minimize

from nrag import colormaps, contracts, figures, graphs, store
from nrag.figures import canvas, graph_arrangement, graph_table, layout, scales, style
from nrag.metrics import METRICS

EDGE = ["layer", "x0", "y0", "x1", "y1"]
KEY = ["model", "seed", "labelling", "label", *EDGE]


def edges_of(cells, labels=None, *, model="m", labelling="label"):
    """Edges of `cells`, (layers, documents, 2), of all documents and of each label, by counting one by one."""
    cells, labels = np.asarray(cells), None if labels is None else np.asarray(labels, dtype=object)
    counts = {}
    for layer, document in itertools.product(range(len(cells) - 1), range(cells.shape[1])):
        place = (layer, *cells[layer, document].tolist(), *cells[layer + 1, document].tolist())
        keys = [(model, 0, "", "", *place)]
        keys += [(model, 0, labelling, labels[document], *place)] if labels is not None else []
        for key in keys:
            counts[key] = counts.get(key, 0) + 1
    rows = [(*key, count) for key, count in sorted(counts.items())]
    return pd.DataFrame(rows, columns=[*KEY, "documents"])


def drifting(layers=7, labels=("networkx", "pandas"), each=40, *, model="m", size=6, seed=0):
    """Edges of documents whose labels are clusters that drift through the layers."""
    rng = np.random.default_rng(seed)
    names = np.repeat(np.array(labels, dtype=object), each)
    centres = {name: rng.normal(size=2) for name in labels}
    places = rng.normal(size=(len(names), 2)) / 2
    cells = []
    for _ in range(layers):
        places = 0.8 * places + 0.3 * rng.normal(size=places.shape)
        spread = places + np.array([centres[name] for name in names])
        cells.append(np.clip((spread + 2) / 4 * size, 0, size - 1).astype(int))
    return edges_of(np.array(cells), names, model=model)


def table_of(edges, labels, models=("m",), **options):
    return figures.nrag_table(edges, models=list(models), labelling="label", labels=list(labels), **options)


TWO = ("networkx", "pandas")


@pytest.fixture(scope="module")
def two():
    return table_of(drifting(), TWO)


# ---------------------------------------------------------------------------------------- layout


def test_a_regions_documents_are_those_of_its_edges():
    edges = edges_of([[[0, 1], [0, 1], [2, 0]], [[1, 1], [3, 0], [3, 0]], [[0, 0], [0, 0], [5, 2]]])
    found = layout.regions_of(edges[edges["label"] == ""])
    assert found.to_numpy().tolist() == [
        [0, 0, 1, 2], [0, 2, 0, 1], [1, 1, 1, 1], [1, 3, 0, 2], [2, 0, 0, 2], [2, 5, 2, 1],
    ]  # fmt: skip


def test_crossings_are_the_crossing_pairs_of_documents():
    rng = np.random.default_rng(3)
    for _ in range(20):
        link = rng.integers(0, 3, size=(4, 5))
        orders = [rng.permutation(4), rng.permutation(5)]
        lower, upper = np.argsort(orders[0]), np.argsort(orders[1])
        documents = [(lower[i], upper[j]) for i, j in np.ndindex(4, 5) for _ in range(link[i, j])]
        slow = sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in itertools.combinations(documents, 2))
        assert layout.crossings([link], orders) == slow


def test_paths_that_need_not_cross_do_not_cross():
    rng = np.random.default_rng(0)
    cells = np.array([np.stack([rng.permutation(12), np.zeros(12, int)], axis=1) for _ in range(6)])
    edges = edges_of(np.repeat(cells, 3, axis=1))
    heights = layout.positions(layout.regions_of(edges), edges).set_index(["layer", "x"])["position"]
    ranks = [heights.loc[layer].reindex(cells[layer, :, 0]).rank().tolist() for layer in range(6)]
    assert all(rank == ranks[0] or rank == [13 - place for place in ranks[0]] for rank in ranks)
    assert all(rank == ranks[0] for rank in ranks)


def test_labels_that_separate_are_drawn_apart():
    cells = np.array([[[0, d % 5] if d < 50 else [9, d % 7] for d in range(100)] for _ in range(5)])
    edges = edges_of(cells)
    heights = layout.positions(layout.regions_of(edges), edges)
    low, high = (heights.loc[heights["x"] == x, "position"] for x in (0, 9))
    assert low.max() < high.min() or high.max() < low.min()


def test_regions_of_a_layer_keep_the_room_their_documents_need():
    edges = drifting(size=9).query("label == ''")
    regions = layout.regions_of(edges)
    placed = regions.merge(layout.positions(regions, edges)).sort_values(["layer", "position"])
    scale = layout.FILLED / placed.groupby("layer")["documents"].apply(lambda counts: np.sqrt(counts).sum()).max()
    for _, layer in placed.groupby("layer"):
        widths = scale * np.sqrt(layer["documents"].to_numpy())
        places = layer["position"].to_numpy()
        assert (np.diff(places) >= (widths[1:] + widths[:-1]) / 2 - 2e-5).all()
        assert places[0] >= widths[0] / 2 - 2e-5
        assert places[-1] <= 1 - widths[-1] / 2 + 2e-5


def test_heights_are_the_nearest_that_keep_the_order():
    rng = np.random.default_rng(5)
    for _ in range(5):
        target, pull, widths = rng.uniform(size=5), rng.uniform(1, 5, size=5), rng.uniform(0.05, 0.19, size=5)
        order = rng.permutation(5)
        room = (widths[order][1:] + widths[order][:-1]) / 2
        slow = minimize(
            lambda heights, target=target, pull=pull: (pull * (heights - target) ** 2).sum(),
            np.full(5, 0.5),
            bounds=[(width / 2, 1 - width / 2) for width in widths],
            constraints={"type": "ineq", "fun": lambda heights, o=order, r=room: np.diff(heights[o]) - r},
        )
        assert np.allclose(layout._apart(target, pull, widths, order), slow.x, atol=2e-3)


def test_heights_do_not_depend_on_the_order_of_rows():
    edges = drifting().query("label == ''")
    shuffled = edges.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        layout.positions(layout.regions_of(edges), edges), layout.positions(layout.regions_of(shuffled), shuffled)
    )


# ----------------------------------------------------------------------------------------- table


def test_every_panel_draws_the_documents_of_its_edges(two):
    edges = drifting()
    for label in TWO:
        wanted = edges[edges["label"] == label][[*EDGE, "documents"]]
        found = two[(two["label"] == label) & (two["item"] == "edge")][[*EDGE, "documents"]]
        assert sorted(map(tuple, found.to_numpy().tolist())) == sorted(map(tuple, wanted.to_numpy().tolist()))
    together = two[(two["label"] == "") & (two["item"] == "edge")].set_index(EDGE)["documents"]
    assert together.to_dict() == edges[edges["label"] != ""].groupby(EDGE)["documents"].sum().to_dict()


def test_regions_and_edges_of_each_layer_sum_to_n(two):
    sums = two.groupby(["label", "item", "layer"])[["documents", "share"]].sum()
    assert set(sums.loc["networkx", "documents"]) == {40}
    assert set(sums.loc["", "documents"]) == {80}
    assert np.allclose(sums["share"], 1, atol=1e-6)


def test_a_region_has_one_height_and_one_color_in_all_panels(two):
    regions = two[two["item"] == "region"].groupby(["layer", "x0", "y0"])
    assert (regions[["position0", "color"]].nunique() == 1).all(axis=None)
    assert two["position0"].between(0, 1).all()


def test_models_of_a_shared_space_share_the_heights():
    edges = pd.concat([drifting(model="base", seed=1), drifting(model="tuned", seed=2)])
    table = table_of(edges, TWO, ["base", "tuned"])
    regions = table[table["item"] == "region"].groupby(["layer", "x0", "y0"])
    assert (regions["position0"].nunique() == 1).all()
    assert table["model"].drop_duplicates().tolist() == ["base", "tuned"]
    alone = table_of(edges, TWO, ["tuned"])["position0"]
    assert set(table.loc[table["model"] == "tuned", "position0"]) != set(alone)


@pytest.mark.parametrize("seed", range(4))
def test_the_first_label_lies_above_whichever_is_compared_first(seed):
    edges = drifting(seed=seed, each=20, layers=4)
    for labels in (TWO, TWO[::-1]):
        regions = table_of(edges, labels).query("item == 'region' and label != ''")
        weighted = regions.assign(height=regions["position0"] * regions["documents"]).groupby("label")
        means = weighted["height"].sum() / weighted["documents"].sum()
        assert means["networkx"] > means["pandas"]


def test_edges_end_where_their_regions_are(two):
    heights = two[two["item"] == "region"].set_index(["label", "layer", "x0", "y0"])["position0"].to_dict()
    for row in two[two["item"] == "edge"].itertuples():
        assert row.position0 == heights[row.label, row.layer, row.x0, row.y0]
        assert row.position1 == heights[row.label, row.layer + 1, row.x1, row.y1]


def test_color_counts_each_label_as_a_share_of_its_own_documents():
    # 4 of 8 cats and 1 of 2 dogs take the first path: alike, though four times as many are cats.
    cells = [[[0, 0]] * 4 + [[1, 0]] * 4 + [[0, 0], [2, 0]]] * 2
    table = table_of(edges_of(cells, ["cat"] * 8 + ["dog"] * 2), ["cat", "dog"])
    colors = table.query("label == '' and item == 'region' and layer == 0").set_index("x0")["color"]
    assert colors.to_dict() == {0: "#a6a6a6", 1: "#1f4e9c", 2: "#d6402b"}


def test_the_first_label_has_the_first_end_of_the_map():
    shares = np.array([[0.3, 0.1], [0.0, 0.2]])
    mirrored = [colormaps.colormap("coolwarm")(value) for value in (0.25, 1.0)]
    assert figures.region_colors(shares, colormap="coolwarm") == [mpl.colors.to_hex(color) for color in mirrored]


def test_more_labels_fade_to_grey_the_more_they_share():
    shares = np.array([[0.0, 0.2, 0.0], [0.1, 0.1, 0.1], [0.0, 0.3, 0.15]])
    alone, alike, between = figures.region_colors(shares)
    assert alone == style.PALETTE[1]
    assert alike == colormaps.SHARED
    assert between not in (alone, alike)


def test_labels_without_colors_of_their_own_are_dark_alone_and_grey_alike():
    shares = np.array([[0.1] * 9, [0.2] + [0.0] * 8, [0.2, 0.1] + [0.0] * 7])
    alike, alone, between = figures.region_colors(shares)
    assert (alike, alone) == (colormaps.SHARED, style.NEUTRAL)
    assert between not in (alike, alone)
    assert figures.region_colors(np.ones((2, 1))) == [style.NEUTRAL] * 2


def test_constant_layers_are_not_drawn_and_have_no_say():
    edges = drifting()
    noisy = edges.copy()
    noisy.loc[noisy["layer"] == 0, ["x0", "y0"]] = (noisy.loc[noisy["layer"] == 0, ["y1", "x1"]] + 1).to_numpy() % 6
    noisy = noisy.groupby(KEY, as_index=False)["documents"].sum()
    one, other = (table_of(rows, TWO, constant={"m": [0]}) for rows in (edges, noisy))
    assert not one.loc[one["layer"] == 0, "drawn"].any()
    assert one.loc[one["layer"] > 0, "drawn"].all()
    later = ["label", "item", *EDGE]
    # q counts the occupied regions of all layers; a constant layer in earnest has but one.
    pd.testing.assert_frame_equal(
        one[one["layer"] > 0].sort_values(later, ignore_index=True).drop(columns="q"),
        other[other["layer"] > 0].sort_values(later, ignore_index=True).drop(columns="q"),
    )


def test_edges_into_and_out_of_a_constant_layer_are_not_drawn():
    table = table_of(drifting(), TWO, constant={"m": [3]})
    drawn = table.groupby(["item", "layer"])["drawn"].agg(["any", "all"])
    assert drawn.loc["edge", "any"].to_dict() == {0: True, 1: True, 2: False, 3: False, 4: True, 5: True}
    assert drawn.loc["region", "all"].to_dict() == {layer: layer != 3 for layer in range(7)}


def test_the_heaviest_edges_are_drawn(monkeypatch):
    monkeypatch.setattr(graph_table, "MOST_EDGES", 20)
    table = table_of(drifting(), TWO).query("item == 'edge'")
    for _, panel in table.groupby("label"):
        assert panel["drawn"].sum() == 20
        assert panel.loc[panel["drawn"], "documents"].min() >= panel.loc[~panel["drawn"], "documents"].max()
    lightest = table[table["drawn"]].groupby("label")["layer"].nunique()
    assert (lightest > 3).all()


def edges_in(table, label=""):
    return table[(table["item"] == "edge") & (table["label"] == label)]


def test_edges_are_kept_by_documents_by_share_and_by_both():
    edges = drifting(each=80)
    everything = table_of(edges, TWO)
    for keep, holds in (
        ({"documents": 3}, lambda rows: rows["documents"] >= 3),
        ({"share": 0.05}, lambda rows: rows["documents"] >= 4),
        ({"documents": 3, "share": 0.05}, lambda rows: rows["documents"] >= 4),
    ):
        rows = edges_in(table_of(edges, TWO, keep=keep), "pandas")
        assert rows["drawn"].tolist() == holds(rows).tolist()
        assert 0 < rows["drawn"].sum() < len(rows)
        assert rows["left_out"].isna().tolist() == rows["drawn"].tolist()
    filtered = table_of(edges, TWO, keep={"documents": 3})
    same = [column for column in everything if column not in ("drawn", "left_out")]
    pd.testing.assert_frame_equal(filtered[same], everything[same])
    assert filtered.loc[filtered["item"] == "region", "drawn"].all()
    assert set(edges_in(filtered)["left_out"].dropna()) == {"fewer than 3 documents"}


def test_every_panel_judges_its_edges_by_its_own_documents():
    edges = drifting(each=80)
    table = table_of(edges, TWO, keep={"fdr": 0.1})
    both = edges[edges["label"] != ""].groupby(EDGE, as_index=False)["documents"].sum()
    panels = {label: edges[edges["label"] == label] for label in TWO} | {"": both}
    for label, rows in panels.items():
        found = graphs.significance(graphs.nrag_of(rows, layers=7, size=6))
        drawn = edges_in(table, label)
        assert drawn["p"].tolist() == found.p.tolist()
        assert drawn["q"].tolist() == found.q.tolist()
        assert drawn["drawn"].tolist() == (found.q <= 0.1).tolist()
        assert 0 < drawn["drawn"].sum() < len(drawn)
    assert table.loc[table["item"] == "region", ["p", "q"]].isna().all(axis=None)


def test_of_edges_that_are_kept_the_heaviest_are_drawn(monkeypatch):
    monkeypatch.setattr(graph_table, "MOST_EDGES", 5)
    rows = edges_in(table_of(drifting(each=80), TWO, keep={"documents": 2}))
    assert rows["drawn"].sum() == 5
    assert rows.loc[rows["documents"] == 1, "left_out"].unique().tolist() == ["fewer than 2 documents"]
    assert set(rows.loc[~rows["drawn"] & (rows["documents"] > 1), "left_out"]) == {"beyond the 5 heaviest"}


def test_free_panels_are_laid_out_for_their_own_regions():
    edges = drifting()
    fixed, free = (table_of(edges, TWO, positions=how) for how in figures.POSITIONS)
    for label in TWO:
        own = edges[edges["label"] == label]
        heights = layout.positions(layout.regions_of(own), own)["position"].to_numpy()
        panel = free[(free["label"] == label) & (free["item"] == "region")]
        turned = np.allclose(panel["position0"], 1 - heights)
        assert turned or np.allclose(panel["position0"], heights)
        there = fixed[(fixed["label"] == label) & (fixed["item"] == "region")]["position0"].to_numpy()
        away = np.square(panel["position0"].to_numpy() - there).sum()
        assert away <= np.square(1 - panel["position0"].to_numpy() - there).sum()
    regions = free[free["item"] == "region"].groupby(["layer", "x0", "y0"])
    assert (regions["position0"].nunique() > 1).any()
    heights = free[free["item"] == "region"].set_index(["label", "layer", "x0", "y0"])["position0"].to_dict()
    for row in free[free["item"] == "edge"].itertuples():
        assert row.position0 == heights[row.label, row.layer, row.x0, row.y0]
        assert row.position1 == heights[row.label, row.layer + 1, row.x1, row.y1]


def test_positions_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="positions are fixed or free, not 'spring'"):
        table_of(drifting(), TWO, positions="spring")


@pytest.mark.parametrize("name", ["nrag", "coolwarm", "RdBu", "viridis", "PiYG"])
def test_what_two_labels_share_has_the_middle_of_any_colormap(name):
    # Of either label half goes one common way; the other halves go ways of their own.
    cells = [[[0, 0]] * 2 + [[1, 0]] * 2 + [[0, 0]] * 2 + [[2, 0]] * 2] * 2
    table = table_of(edges_of(cells, ["a"] * 4 + ["b"] * 4), ["a", "b"], colormap=name)
    middle, first, second = (mpl.colors.to_hex(colormaps.colormap(name)(place)) for place in (0.5, 0.0, 1.0))
    for item in ("region", "edge"):
        colors = table[table["item"] == item].groupby("x0")["color"].unique().str.join(" ")
        assert colors.to_dict() == {0: middle, 1: first, 2: second}, "in every panel"


@pytest.mark.parametrize("count", [3, 8, 12])
def test_what_many_labels_share_is_grey_in_every_panel(count):
    labels = [f"label {place:02}" for place in range(count)]
    cells = [[cell for place in range(count) for cell in ([0, 0], [1 + place, 0])]] * 2
    table = table_of(edges_of(cells, np.repeat(labels, 2)), labels)
    assert set(table.loc[table["x0"] == 0, "color"]) == {colormaps.SHARED}
    assert colormaps.SHARED not in set(table.loc[table["x0"] > 0, "color"])


def test_one_label_or_none_has_one_panel():
    edges = drifting()
    assert set(table_of(edges, ["pandas"])["label"]) == {"pandas"}
    every = figures.nrag_table(edges, models=["m"], labelling="", labels=[])
    assert set(every["label"]) == {""}
    assert every.query("item == 'region' and layer == 3")["documents"].sum() == 80


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ["networkx", "numpy"]}, "no label numpy, only networkx, pandas"),
        ({"models": ["m", "n"]}, "no model n, only m"),
        ({"colormap": "coolwram"}, "did you mean coolwarm"),
    ],
)
def test_what_is_not_there_is_said(change, message):
    with pytest.raises(ValueError, match=message):
        figures.nrag_table(drifting(), **{"models": ["m"], "labelling": "label", "labels": list(TWO)} | change)


def test_two_seeds_are_not_one_figure():
    edges = drifting()
    with pytest.raises(ValueError, match="one seed"):
        table_of(pd.concat([edges, edges.assign(seed=1)]), TWO)


def test_a_label_without_documents_under_a_model_is_refused():
    edges = pd.concat([drifting(model="m"), drifting(model="n").query("label != 'pandas'")])
    with pytest.raises(ValueError, match="no document of pandas under n"):
        table_of(edges, TWO, ["m", "n"])


# ---------------------------------------------------------------------------------------- figure

LONG = ("a label that goes on and on, longer than any panel\nis wide", "$x_1$ & <b>", "_hidden", "Ü 100 %")


def every_figure():
    shared = pd.concat([drifting(model="base"), drifting(model="tuned-with-a-name", seed=2)])
    many = tuple(f"label {place}" for place in range(10))
    yield "two", table_of(drifting(), TWO), {}
    yield "column", table_of(drifting(), TWO), {"width": "column"}
    yield "four", table_of(drifting(labels=LONG), LONG), {}
    yield "four in a column", table_of(drifting(labels=LONG), LONG), {"width": "column"}
    yield "one", table_of(drifting(), ["pandas"]), {"width": "column"}
    yield "ten", table_of(drifting(labels=many, each=12), many), {}
    yield "ten in a column", table_of(drifting(labels=many, each=9, layers=13), many), {"width": "column"}
    yield "filtered", table_of(drifting(), TWO, keep={"documents": 2, "fdr": 0.05}), {"width": "column"}
    yield "many filtered", table_of(drifting(labels=many, each=12), many, keep={"share": 0.02}, positions="free"), {}
    yield "none left", table_of(drifting(), TWO, keep={"documents": 99}), {}
    yield "shared", table_of(shared, TWO, ["base", "tuned-with-a-name"]), {"width": "column"}
    yield "constant", table_of(drifting(), TWO, constant={"m": [0, 3]}), {"width": "column"}
    yield "deep", table_of(drifting(layers=25), TWO), {"width": "column"}
    yield "two layers", table_of(drifting(layers=2), TWO), {"colormap": "viridis"}


def boxes_of(figure):
    """Every visible text and where it stands, in points."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    return [(text, text.get_window_extent(renderer).transformed(mpl.transforms.Affine2D().scale(72 / figure.dpi)))
            for text in texts]  # fmt: skip


def check_texts(figure):
    across, up = figure.get_size_inches() * 72
    boxes = boxes_of(figure)
    for text, box in boxes:
        assert text.get_fontsize() >= 7, text.get_text()
        assert box.x0 >= 0, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.x1 <= across, text.get_text()
        assert box.y1 <= up, text.get_text()
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        up = min(first.y1, second.y1) - max(first.y0, second.y0)
        # A box holds the room for descenders of its line; letters touch only beyond that.
        assert across <= 0.3 or up <= 2, (one.get_text(), other.get_text())


@pytest.mark.parametrize(("table", "options"), [pytest.param(*rest, id=name) for name, *rest in every_figure()])
def test_letters_can_be_read_at_final_size_and_do_not_overlap(table, options):
    figure = figures.draw_nrag(table, **options)
    assert figure.get_size_inches()[0] == style.WIDTHS[options.get("width", "text")]
    assert figure.get_size_inches()[1] <= style.TALLEST + 1e-9
    check_texts(figure)


def test_labels_are_written_as_they_are():
    labels = ("$x_1$", "_hidden")
    boxes = boxes_of(figures.draw_nrag(table_of(drifting(labels=labels), labels)))
    assert not any(text.get_parse_math() for text, _ in boxes)
    texts = [text.get_text() for text, _ in boxes]
    assert {"$x_1$", "_hidden", "both labels", "emb", "layer", "n = 40", "only $x_1$"} <= set(texts)


@pytest.mark.parametrize("label", ["US$ 5 to US$ 10", "x_{$", "$\\frac$", "a_b^c", "100 $"])
def test_a_dollar_sign_in_a_label_is_a_dollar_sign(label):
    assert style.text_width("$x$") > 2 * style.text_width("x")
    metrics = metrics_of(models=("m",), labels=(label, "b"))
    table = figures.metric_table(metrics, models=["m"], labelling="label", labels=[label, "b"])
    for width in style.WIDTHS:
        for figure in (figures.draw_metrics(table, width=width), figures.draw_nrag(labelled(label), width=width)):
            assert figures.render(figure, "png")
    assert label in {text.get_text() for text, _ in boxes_of(figures.draw_nrag(labelled(label)))}


def labelled(label):
    return table_of(drifting(labels=(label, "b")), (label, "b"))


def test_labels_that_the_font_lacks_are_a_warning_in_the_log(tmp_path):
    with store.logged(tmp_path / "job.log"):
        figures.render(figures.draw_nrag(labelled("语言")), "png")
    assert "missing from font(s) DejaVu Sans" in (tmp_path / "job.log").read_text(encoding="utf-8")
    with store.logged(tmp_path / "other.log"):
        figures.render(figures.draw_nrag(labelled("Sprache")), "png")
    assert (tmp_path / "other.log").read_text(encoding="utf-8") == ""


def collections(figure, kind):
    return [part for part in figure.findobj(PathCollection) if (part.get_gid() or "").startswith(kind)]


def test_edges_grow_with_documents_within_bounds(two):
    scale = scales.Scale.of(two, 150.0)
    shares = np.sort(two["share"].unique())
    widths, alphas = (function(scale.weights(shares)) for function in (scales.edge_width, scales.edge_alpha))
    assert (np.diff(widths) >= 0).all()
    assert (np.diff(alphas) >= 0).all()
    for panel in collections(figures.draw_nrag(two), "edges"):
        drawn = np.asarray(panel.get_linewidths())
        assert scales.EDGE_WIDTHS[0] < drawn.min() <= drawn.max() <= scales.EDGE_WIDTHS[1]
        assert (np.diff(drawn) >= 0).all(), "light ones first"


def test_each_edge_is_one_curve_between_two_circles(two):
    figure = figures.draw_nrag(two)
    assert len(collections(figure, "edges")) == 3
    for panel, label in zip(collections(figure, "edges"), (*TWO, "together"), strict=True):
        assert panel.get_gid().endswith(label)
        circles = [part for part in collections(figure, "regions") if part.get_gid().endswith(label)]
        centres = {tuple(np.round(place, 4)) for part in circles for place in part.get_offsets()}
        points = np.concatenate([path.vertices for path in panel.get_paths()]).reshape(-1, 4, 2)
        ends = {tuple(np.round(place, 4)) for place in points[:, [0, 3]].reshape(-1, 2)}
        rows = two[two["label"].replace("", "together") == label]
        assert len(points) == (rows["item"] == "edge").sum()
        assert len(centres) == (rows["item"] == "region").sum()
        assert ends == centres


def test_areas_of_circles_are_shares_of_documents(two):
    scale = scales.Scale.of(two, 150.0)
    small, large = scale.diameters(np.array([0.05, 0.2]))
    assert large == pytest.approx(2 * small)
    assert scale.diameters(np.array([1e-6]))[0] == scales.CIRCLES[0]
    assert scale.diameters(two["share"].to_numpy()).max() <= scales.CIRCLES[1] + 1e-9


def test_constant_layers_are_marked():
    figure = figures.draw_nrag(table_of(drifting(), TWO, constant={"m": [0]}))
    texts = [text.get_text() for text, _ in boxes_of(figure)]
    assert texts.count("constant") == 3
    assert any(text.startswith("constant: every document") for text in texts)


def test_a_figure_of_constant_layers_alone_says_so_and_has_no_keys():
    figure = figures.draw_nrag(table_of(drifting(), TWO, constant={"m": list(range(7))}))
    assert figures.render(figure, "png")
    texts = [text.get_text() for text, _ in boxes_of(figure)]
    assert texts.count("constant") == 3 * 7
    assert not [text for text in texts if "% of n" in text]


def test_small_multiples_are_readable_and_share_heights_and_scale():
    labels = [f"label {place:02}" for place in range(12)]
    table = table_of(drifting(labels=labels, each=9, layers=13), labels)
    for across in style.WIDTHS.values():
        panels, (_, up) = graph_arrangement.arrange(table, across * 72)
        assert [panel.label for panel in panels] == ["", *labels]
        assert up <= style.TALLEST * 72 + 1e-9
        assert len({(panel.width, panel.height) for panel in panels[1:]}) == 1
        assert min(panel.height for panel in panels) >= graph_arrangement.LEAST_HEIGHT
        assert (panels[1].width - 2 * graph_arrangement.INSET) / 12 >= graph_arrangement.LEAST_STEP
    regions = table[table["item"] == "region"].groupby(["layer", "x0", "y0"])
    assert (regions["position0"].nunique() == 1).all()


def test_a_note_says_how_many_edges_are_left_out(monkeypatch):
    monkeypatch.setattr(graph_table, "MOST_EDGES", 50)
    table = table_of(drifting(), ["pandas"])
    edges = table[table["item"] == "edge"]
    carried = 100 * edges.loc[edges["drawn"], "documents"].sum() / edges["documents"].sum()
    texts = " ".join(text.get_text() for text, _ in boxes_of(figures.draw_nrag(table)))
    assert "Edges left out: beyond the 50 heaviest." in texts
    assert f"pandas: 50 of {len(edges)} ({carried:.0f}\u00a0%)" in texts


def test_a_note_gives_a_range_only_where_single_labels_differ(monkeypatch):
    labels = [f"label {place}" for place in range(6)]
    edges = drifting(labels=labels, each=9)
    most = int(edges.groupby("label").size().drop("").max())
    monkeypatch.setattr(graph_table, "MOST_EDGES", most)
    assert "(100\u00a0%)" in said_of(edges, labels)
    assert "100 to 100" not in said_of(edges, labels)
    monkeypatch.setattr(graph_table, "MOST_EDGES", most // 2)
    said = said_of(edges, labels)
    assert f"single labels: {most // 2}" in said
    assert re.search(r"\(\d+ to \d+\u00a0%\)", said)


def test_a_note_names_all_reasons(monkeypatch):
    monkeypatch.setattr(graph_table, "MOST_EDGES", 5)
    said = said_of(drifting(), ["pandas"], keep={"documents": 2})
    assert "Edges left out: fewer than 2 documents or beyond the 5 heaviest." in said


def said_of(edges, labels, **options):
    return " ".join(text.get_text() for text, _ in boxes_of(figures.draw_nrag(table_of(edges, labels, **options))))


def test_the_table_is_enough_to_draw_the_figure_again(two, tmp_path):
    path = tmp_path / "nrag.tsv"
    store.write_tsv(path, two, provenance={})
    read = store.read_tsv(path)
    for name, kind in two.dtypes.items():
        read[name] = read[name] == "True" if kind.kind == "b" else read[name].astype(kind)
    assert figures.render(figures.draw_nrag(read), "png") == figures.render(figures.draw_nrag(two), "png")


def test_every_format_is_what_it_says(two):
    figure = figures.draw_nrag(two)
    pdf, svg, png = (figures.render(figure, extension) for extension in ("pdf", "svg", "png"))
    assert pdf.startswith(b"%PDF")
    assert b"CreationDate" not in pdf
    assert b"/Type3" not in pdf
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert not re.search(rb"<dc:date>|\d\d:\d\d:\d\d", svg)
    assert png.startswith(b"\x89PNG")
    width = int.from_bytes(png[16:20], "big")
    assert width == 2100
    with pytest.raises(ValueError, match="pdf, svg, png, not as 'gif'"):
        figures.render(figure, "gif")


def test_a_users_own_settings_change_nothing(two):
    plain = figures.render(figures.draw_nrag(two), "svg")
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "svg.fonttype": "none", "lines.linewidth": 9}):
        assert figures.render(figures.draw_nrag(two), "svg") == plain


DRAW = """
import hashlib, sys
sys.path[:0] = sys.argv[1:3]
import test_figures as t
from nrag import figures
drawings = [figures.draw_nrag(t.table_of(t.drifting(), t.TWO)), figures.draw_metrics(t.metric_values())]
print(*[hashlib.sha256(figures.render(d, x)).hexdigest() for d in drawings for x in figures.FORMATS])
"""


def test_another_process_draws_the_same_bytes():
    folder = Path(__file__).parent
    command = [sys.executable, "-c", DRAW, str(folder), str(folder.parent / "scripts")]
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    drawings = [figures.draw_nrag(table_of(drifting(), TWO)), figures.draw_metrics(metric_values())]
    rendered = [figures.render(drawing, extension) for drawing in drawings for extension in figures.FORMATS]
    assert [hashlib.sha256(content).hexdigest() for content in rendered] == there


def test_an_svg_of_a_thousand_scattered_documents_stays_small():
    rng = np.random.default_rng(0)
    cells = rng.integers(0, 10, size=(7, 1000, 2))
    table = table_of(edges_of(cells, np.repeat(["a", "b"], 500)), ["a", "b"])
    assert table.query("item == 'edge' and label == ''")["drawn"].sum() == graph_table.MOST_EDGES
    assert len(figures.render(figures.draw_nrag(table), "svg")) < 1_000_000


def test_unstable_regions_and_edges_are_pale_and_said_to_be(two):
    scores = two.drop_duplicates(["item", "layer", "x0", "y0", "x1", "y1"])
    scores = scores[["model", "item", "layer", "x0", "y0", "x1", "y1"]]
    scores = scores.assign(variants=4, stability=np.where(np.arange(len(scores)) % 2, 1.0, 0.1))
    scores.iloc[-1, -1] = np.nan
    table = table_of(drifting(), TWO, stability=scores.sample(frac=1, random_state=0))
    keys = ["item", "layer", "x0", "y0", "x1", "y1"]
    known = dict(zip(scores[keys].fillna(-1).itertuples(index=False, name=None), scores["stability"], strict=True))
    told = [known[key] for key in table[keys].fillna(-1).itertuples(index=False, name=None)]
    assert np.array_equal(table["stability"], told, equal_nan=True)
    before, after = (np.array([to_rgb(color) for color in each["color"]]) for each in (two, table))
    firm = table["stability"] == 1
    assert (table.loc[firm, "color"] == two.loc[firm, "color"]).all()
    assert np.allclose(1 - after[~firm], 0.22 * (1 - before[~firm]), atol=0.005)
    texts = [" ".join(text.get_text() for text, _ in boxes_of(figures.draw_nrag(each))) for each in (two, table)]
    assert "pale" not in texts[0]
    assert "pale: its documents hardly stay together" in texts[1]
    check_texts(figures.draw_nrag(table))
    check_texts(figures.draw_nrag(table, width="column"))


def test_nothing_is_pale_where_nothing_was_varied(two):
    scores = two.drop_duplicates(["item", "layer", "x0", "y0", "x1", "y1"])
    scores = scores[["model", "item", "layer", "x0", "y0", "x1", "y1"]].assign(variants=0, stability=np.nan)
    table = table_of(drifting(), TWO, stability=scores)
    assert table["stability"].isna().all()
    assert table["color"].tolist() == two["color"].tolist()


# --------------------------------------------------------------------------------------- metrics


MEASURED = ("assortativity", "density", "mean_degree", "own_metric")


def metrics_of(models=("m", "m-untrained-0"), labels=TWO, seeds=(0, 1, 2), undefined=(), metrics=MEASURED):
    rows = []
    for place, (model, seed, label, metric) in enumerate(itertools.product(models, seeds, labels, metrics)):
        value = np.nan if metric in undefined else np.sin(place)
        rows.append((model, seed, "label", label, "graph", metric, value, 30 + len(label)))
        rows.append((model, seed, "label", label, "layer", metric, 99.0, 30 + len(label)))
    columns = ["model", "seed", "labelling", "label", "level", "metric", "value", "documents"]
    return pd.DataFrame(rows, columns=columns).assign(sample=pd.array([pd.NA] * len(rows), dtype="Int32"))


def metric_values(**options):
    models, labels = options.get("models", ("m", "m-untrained-0")), options.get("labels", TWO)
    shown = options.get("metrics", figures.SHOWN_METRICS)
    chosen = {"models": list(models), "labelling": "label", "labels": list(labels), "shown": shown}
    return figures.metric_table(metrics_of(**options), **chosen)


def test_values_of_the_graph_level_come_in_the_order_asked_for():
    metrics = metrics_of().sample(frac=1, random_state=0)
    table = figures.metric_table(
        metrics, models=["m-untrained-0", "m"], labelling="label", labels=["pandas", "networkx"]
    )
    assert table["metric"].unique().tolist() == ["density", "mean_degree", "assortativity"]
    first = table[table["metric"] == "density"]
    assert first["model"].tolist() == ["m-untrained-0"] * 6 + ["m"] * 6
    assert first["label"].tolist() == (["pandas"] * 3 + ["networkx"] * 3) * 2
    assert first["seed"].tolist() == [0, 1, 2] * 4
    assert (table["value"] < 2).all()


def test_a_model_without_values_is_no_gap():
    with pytest.raises(ValueError, match="for n / networkx, n / pandas"):
        figures.metric_table(metrics_of(), models=["m", "n"], labelling="label", labels=list(TWO))


def test_the_large_marker_is_the_mean_of_the_seeds():
    table = metric_values()
    panel = figures.draw_metrics(table).axes[1]
    first = table[(table["metric"] == "density") & (table["model"] == "m") & (table["label"] == "networkx")]["value"]
    small, large = (part.get_offsets()[:, 0] for part in panel.collections[:2])
    assert np.allclose(np.sort(small), np.sort(first))
    assert np.allclose(large, first.mean())


def test_labels_differ_in_shape_and_color():
    panel = figures.draw_metrics(metric_values(seeds=(0,))).axes[1]
    one, other = panel.collections[:2]
    assert one.get_paths()[0].vertices.shape != other.get_paths()[0].vertices.shape
    assert not np.allclose(one.get_facecolor(), other.get_facecolor())
    looks = style.label_looks([f"label {place}" for place in range(20)], "nrag")
    assert len({(look["color"], look["marker"]) for look in looks}) == 20


def signs(**depends):
    """What the signs of metrics of model m depend on."""
    return pd.DataFrame({"model": "m", "metric": list(depends), "sign_depends_on": list(depends.values())})


def test_a_difference_whose_sign_depends_on_something_is_marked_in_the_row_of_its_model():
    said = signs(density="shift, seed", mean_degree="nothing", edges="seed")
    table = figures.metric_table(
        metrics_of(), models=["m", "m-untrained-0"], labelling="label", labels=list(TWO), signs=said
    )
    told = table.groupby(["metric", "model"])["sign_depends_on"].unique().map(list).to_dict()
    assert told["density", "m"] == ["shift, seed"]
    assert told["mean_degree", "m"] == ["nothing"]
    assert all(told[metric, "m-untrained-0"] == [pd.NA] for metric in ("density", "mean_degree", "assortativity"))
    figure = figures.draw_metrics(table)
    panels = dict(zip(table["metric"].unique(), figure.axes[1:], strict=True))
    assert not panels["mean_degree"].texts
    assert not panels["assortativity"].texts
    (mark,) = panels["density"].texts
    assert mark.get_text() == "g,s"
    # It stands right of the last mark of its model, and does not leave its panel for the next.
    assert mark.xy == (table.loc[(table["metric"] == "density") & (table["model"] == "m"), "value"].max(), 0)
    box = mark.get_window_extent()
    assert panels["density"].transData.transform(mark.xy)[0] < box.x0
    assert box.x1 < panels["mean_degree"].bbox.x0
    # The lines of a note are written from the last one upwards.
    lines = sorted(figure.axes[0].texts, key=lambda text: -text.get_position()[1])
    note = " ".join(line.get_text() for line in lines)
    assert "Letters beside the marks: which label has more depends on the seed (s) or shift of the grid (g)." in note
    assert "Never marked, for want of variants: assortativity." in note
    check_texts(figure)
    plain = " ".join(text.get_text() for text, _ in boxes_of(figures.draw_metrics(metric_values())))
    assert "Letters" not in plain
    assert "marked" not in plain


def test_undefined_metrics_are_said_to_be():
    figure = figures.draw_metrics(metric_values(undefined=("density",)))
    texts = " ".join(text.get_text() for text, _ in boxes_of(figure))
    assert texts.count("undefined") == 2
    assert "No marker: undefined." in texts
    assert "drawn regions" not in texts


def test_values_of_a_sample_are_said_to_be():
    figure = figures.draw_metrics(metric_values().assign(sample=50))
    assert "Some paths start from drawn regions" in " ".join(text.get_text() for text, _ in boxes_of(figure))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"width": "column"},
        {"labels": LONG, "width": "column"},
        {"models": ("a-model-with-a-name-that-does-not-end-before-the-figure", "m"), "labels": tuple("abcdefghij")},
        {"undefined": ("density",), "seeds": (0,)},
        {"metrics": tuple(name for name in METRICS["graph"] if name.startswith("even")), "width": "column"},
    ],
)
def test_letters_of_metrics_can_be_read_and_do_not_overlap(options):
    width = options.get("width", "text")
    figure = figures.draw_metrics(
        metric_values(**{key: value for key, value in options.items() if key != "width"}), width=width
    )
    assert figure.get_size_inches()[0] == style.WIDTHS[width]
    check_texts(figure)


def test_equal_values_get_a_range():
    table = metric_values().assign(value=3.0)
    low, high = figures.draw_metrics(table).axes[1].get_xlim()
    assert low < 3 < high


def test_values_that_hardly_differ_do_not_stand_at_opposite_ends():
    table = metric_values(seeds=(0,)).assign(value=lambda rows: np.where(rows["label"] == "pandas", 99.0, 100.0))
    low, high = figures.draw_metrics(table).axes[1].get_xlim()
    assert 0.07 < 1 / (high - low) < 0.1
    shrunk = table.assign(value=table["value"] - 98.0)
    low, high = figures.draw_metrics(shrunk).axes[1].get_xlim()
    assert 1 / (high - low) > 0.8


# --------------------------------------------------------------------------------------- scripts


@pytest.fixture
def files(tmp_path):
    edges = drifting(labels=("True", "false"))
    store.write_table(tmp_path / "edges.parquet", edges, contracts.EDGES, provenance={})
    cells = pd.DataFrame({"model": ["m"], "seed": [0], "layer": [0], "document": [0], "x": [0], "y": [0]})
    constant = {"m": {"0": [0]}}
    store.write_table(tmp_path / "cells.parquet", cells, contracts.CELLS, provenance={}, constant_layers=constant)
    corpus = pd.DataFrame(
        {"document": [0], "id": ["a"], "text": ["t"], "group": [None], "time": [None], "hover": [None]}
    )
    labellings = {"label": {"True": 40, "false": 40, "rare": 2}}
    store.write_table(tmp_path / "corpus.parquet", corpus, contracts.CORPUS, provenance={}, labellings=labellings)
    metrics = metrics_of(models=("m",), labels=("True", "false")).assign(layer=pd.NA, x=pd.NA, y=pd.NA)
    metrics = metrics[metrics["level"] == "graph"].sort_values(["model", "seed", "labelling", "label", "metric"])
    for space in ("m", "shared"):
        path = tmp_path / space / "corpus/mean/pca/equal-10/metrics.parquet"
        store.write_table(path, metrics, contracts.METRICS, provenance={})
    return tmp_path


LOOKS = {"min_documents": 10, "width": "column", "colormap": "nrag"}


def of_labels(labels):
    return {"comparison": {"labelling": "label", "labels": labels}}


HOW = {"positions": "free", "keep": {"documents": 2}}


@pytest.mark.parametrize(("labels", "panels"), [("all", {"True", "false", None}), ([True], {"True"})])
def test_the_script_draws_the_nrag_with_its_table(files, labels, panels):
    from draw_nrag import draw_nrag

    drawn = [str(files / f"nrag.{extension}") for extension in figures.FORMATS]
    inputs = [str(files / name) for name in ("cells.parquet", "edges.parquet", "corpus.parquet")]
    draw_nrag(*inputs, drawn, str(files / "nrag.tsv"), models=["m"], **of_labels(labels), **LOOKS, **HOW)
    assert [Path(path).read_bytes()[:4] for path in drawn] == [b"%PDF", b"<?xm", b"\x89PNG"]
    table = store.read_tsv(files / "nrag.tsv")
    assert {None if pd.isna(label) else label for label in table["label"]} == panels
    assert not (table.loc[table["layer"] == "0", "drawn"] == "True").any()
    assert (table["positions"] == "free").all()
    assert set(table["left_out"].dropna()) == {"constant layer", "fewer than 2 documents"}
    assert store.read_attributes(files / "nrag.tsv")["provenance"]["parameters"]["seed"] == 0


def test_the_script_draws_the_metrics_with_their_table(files):
    from draw_metrics import draw_metrics

    drawn = [str(files / "metrics.svg")]
    metrics = [str(files / space / "corpus/mean/pca/equal-10/metrics.parquet") for space in ("m", "shared")]
    corpus = str(files / "corpus.parquet")
    spaces = ["m", "shared"]
    draw_metrics(metrics, corpus, drawn, str(files / "metrics.tsv"), spaces=spaces, **of_labels([False, True]), **LOOKS)
    assert Path(drawn[0]).read_bytes().startswith(b"<?xml")
    table = store.read_tsv(files / "metrics.tsv")
    assert table["label"].unique().tolist() == ["false", "True"]
    assert table["model"].unique().tolist() == ["m", "m in shared"]
    assert table["metric"].unique().tolist() == ["density", "mean_degree", "assortativity"]


def test_the_script_draws_the_metrics_that_are_chosen_in_their_order(files):
    from draw_metrics import draw_metrics

    metrics = [str(files / "m/corpus/mean/pca/equal-10/metrics.parquet")]
    paths = str(files / "corpus.parquet"), [str(files / "metrics.svg")], str(files / "metrics.tsv")
    draw_metrics(metrics, *paths, spaces=["m"], **of_labels("all"), shown=["own_metric", "density"], **LOOKS)
    assert store.read_tsv(files / "metrics.tsv")["metric"].unique().tolist() == ["own_metric", "density"]


def test_models_whose_names_begin_alike_are_told_apart_beside_their_rows():
    names = ["sft", "sft-continued", "sft-continued-150"]
    rows = [SimpleNamespace(model=name, bottom=60.0 * place, height=45.0) for place, name in enumerate(names)]
    with style.styled():
        figure, drawn = canvas.blank(100, 200)
        canvas.name_models(drawn, rows, 9)
    written = [text.get_text() for text in drawn.texts]
    assert written[0] == "sft"
    assert len(set(written)) == 3
    assert all("…" in name for name in written[1:])
    check_texts(figure)
