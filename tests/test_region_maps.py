"""Region maps: where the documents of each label lie on every layer's grid, in tables and figures."""

from collections import Counter
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from test_figures import LONG, TWO, boxes_of, check_texts, drifting, edges_of

from nrag import colormaps, contracts, figures, store
from nrag.figures import map_large, map_panel, map_scales, map_strip, style


def maps_of(edges, labels=(), *, models=("m",), **options):
    labelling = "label" if labels else ""
    return figures.map_table(edges, models=list(models), labelling=labelling, labels=list(labels), **options)


def scattered(labels, *, layers=3, documents=40, size=4, seed=0):
    """Cells, (layers, documents, 2), and a label for each document, all drawn at random."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, size, size=(layers, documents, 2)), rng.choice(np.array(labels, dtype=object), documents)


# ----------------------------------------------------------------------------------------- table


def test_maps_are_the_documents_counted_one_by_one():
    cells, labels = scattered(("a", "b", "c"))
    table = maps_of(edges_of(cells, labels), ("c", "a"))
    for label in ("c", "a", ""):
        own = [document for document in range(40) if label in ("", labels[document])]
        for layer in range(3):
            wanted = Counter((int(cells[layer, document, 0]), int(cells[layer, document, 1])) for document in own)
            rows = table[(table["label"] == label) & (table["layer"] == layer) & (table["documents"] > 0)]
            assert dict(zip(zip(rows["x"], rows["y"], strict=True), rows["documents"], strict=True)) == wanted
            assert np.allclose(rows["share"], rows["documents"] / len(own))
    assert table["label"].drop_duplicates().tolist() == ["c", "a", ""]


def test_a_difference_is_the_first_labels_share_minus_the_seconds():
    # Of 4 cats 3 lie at (0, 1); of 2 dogs 1 does; the others are alone at (2, 0) and (3, 3).
    cells = [[[0, 1]] * 3 + [[2, 0]] + [[0, 1], [3, 3]]] * 2
    edges = edges_of(cells, ["cat"] * 4 + ["dog"] * 2)
    wanted = {(0, 1): 0.25, (2, 0): 0.25, (3, 3): -0.5}
    for labels, sign in ((("cat", "dog"), 1), (("dog", "cat"), -1)):
        table = maps_of(edges, labels)
        for label in labels:
            rows = table[(table["label"] == label) & (table["layer"] == 1)]
            found = dict(zip(zip(rows["x"], rows["y"], strict=True), rows["difference"], strict=True))
            assert found == {cell: sign * difference for cell, difference in wanted.items()}
        assert table.loc[table["label"] == "", "difference"].isna().all()
    assert maps_of(edges, ("cat",))["difference"].isna().all()


def test_shares_of_every_map_sum_to_one_and_differences_to_nothing():
    table = maps_of(drifting(), TWO)
    sums = table.groupby(["label", "layer"])[["share", "difference"]].sum()
    assert np.allclose(sums["share"], 1, atol=1e-6)
    assert np.allclose(sums["difference"], 0, atol=1e-6)


def test_one_layer_can_be_had_by_number_or_as_the_last():
    edges = pd.concat([drifting(layers=7), drifting(layers=4, model="shallow")])
    both = maps_of(edges, TWO, models=("m", "shallow"), layer="last")
    assert both.groupby("model")["layer"].unique().str[0].to_dict() == {"m": 6, "shallow": 3}
    assert set(both["label"]) == set(TWO), "all documents have no map where there are labels"
    assert set(maps_of(edges, layer=2)["label"]) == {""}
    with pytest.raises(ValueError, match="model shallow has no layer 5: its last is 3; write last"):
        maps_of(edges, TWO, models=("m", "shallow"), layer=5)


def test_what_is_not_there_is_said():
    with pytest.raises(ValueError, match="no label numpy, only networkx, pandas"):
        maps_of(drifting(), ("numpy",))
    with pytest.raises(ValueError, match="no model n, only m"):
        maps_of(drifting(), TWO, models=("m", "n"))


# ---------------------------------------------------------------------------------------- scales


def test_colors_of_shares_grow_darker_from_a_yellow_that_is_not_white():
    scale = map_scales.MapScale(largest=0.4, widest=0.1, colormap="nrag")
    shares = np.linspace(0.0001, 0.4, 200)
    light = [np.dot(mpl.colors.to_rgb(color), (0.2126, 0.7152, 0.0722)) for color in scale.of_shares(shares)]
    assert (np.diff(light) <= 1e-9).all(), "in grey too"
    assert light[0] < 0.85
    assert light[-1] < 0.1


def test_differences_run_between_the_labels_ends_of_the_map_and_are_symmetric():
    for name in ("nrag", "coolwarm", "RdBu", "viridis"):
        scale = map_scales.MapScale(largest=0.4, widest=0.2, colormap=name)
        ends = [mpl.colors.to_hex(colormaps.colormap(name)(place)) for place in (0.0, 0.5, 1.0)]
        assert scale.of_differences(np.array([0.2, 0.0, -0.2])) == ends, "the first label has the first end"


def test_constant_layers_have_no_say_in_the_scale():
    edges = edges_of([[[0, 0]] * 10, [[d % 5, d % 2] for d in range(10)]], ["a"] * 5 + ["b"] * 5)
    scale = map_scales.MapScale.of(maps_of(edges, ("a", "b"), constant={"m": [0]}), colormap="nrag")
    assert (scale.largest, scale.widest) == (0.2, 0.2)
    constant = map_scales.MapScale.of(maps_of(edges, ("a", "b"), constant={"m": [0, 1]}), colormap="nrag")
    assert constant.largest == 1.0


def test_labels_that_lie_alike_have_a_scale_all_the_same():
    edges = edges_of([[[0, 0], [1, 1]] * 2] * 2, ["a", "a", "b", "b"])
    scale = map_scales.MapScale.of(maps_of(edges, ("a", "b")), colormap="nrag")
    assert scale.of_differences(np.zeros(1)) == [colormaps.SHARED]


# --------------------------------------------------------------------------------------- figures


def squares_of(figure):
    """Colour and lower left corner of every square, in points, by the map's name."""
    found = {}
    for part in figure.findobj(PathCollection):
        if (part.get_gid() or "").startswith("map: "):
            squares = [
                (mpl.colors.to_hex(color), *np.round(corner, 3))
                for path, color in zip(part.get_paths(), part.get_facecolors(), strict=True)
                for corner in path.vertices.reshape(-1, 5, 2)[:, 0]
            ]
            found[part.get_gid().removeprefix("map: ")] = squares
    return found


def frames_of(figure):
    return [
        patch for patch in figure.findobj(mpl.patches.Rectangle)
        if mpl.colors.to_hex(patch.get_edgecolor()) == style.FRAME and patch.get_linewidth()
    ]  # fmt: skip


def test_x_goes_to_the_right_and_y_upwards_on_the_whole_grid():
    # One document at (3, 0), three at (0, 2), on a grid of 5.
    edges = edges_of([[[3, 0]] + [[0, 2]] * 3] * 2)
    figure = figures.draw_map_strip(maps_of(edges), size=5)
    frames = frames_of(figure)
    assert len(frames) == 2
    left, bottom, side = frames[0].get_x(), frames[0].get_y(), frames[0].get_width()
    assert frames[0].get_height() == side
    squares = squares_of(figure)["m, all documents, layer 0"]
    places = {
        tuple(np.floor((np.array([x - left, y - bottom])) / side * 5).astype(int)): color for color, x, y in squares
    }
    scale = map_scales.MapScale(0.75, np.nan, "nrag")
    assert places == dict(zip([(3, 0), (0, 2)], scale.of_shares(np.array([0.25, 0.75])), strict=True))


def test_every_cell_with_a_document_has_a_square_and_no_other():
    table = maps_of(drifting(), TWO)
    squares = squares_of(figures.draw_map_strip(table, size=6))
    for (label, layer), rows in table.groupby([table["label"].replace("", "all documents"), "layer"]):
        assert len(squares[f"m, {label}, layer {layer}"]) == (rows["documents"] > 0).sum()
    union = (table["label"] == "pandas") & (table["layer"] == 3)
    assert len(squares["m, difference, layer 3"]) == union.sum()
    assert len(squares) == 4 * 7


def test_rows_are_labels_then_their_difference_then_all_documents():
    def titles(labels):
        texts = [text.get_text() for text, _ in boxes_of(figures.draw_map_strip(maps_of(drifting(), labels), size=6))]
        return [
            text for text in texts if text in {*TWO, "networkx − pandas", "all documents"} or text.startswith("n =")
        ]

    whole = ["all documents", "n = 80"]
    assert titles(TWO) == ["networkx", "n = 40", "pandas", "n = 40", "networkx − pandas", *whole]
    assert titles(TWO[1:]) == ["pandas", "n = 40", *whole]
    assert titles(()) == whole


def test_constant_layers_are_crossed_out_and_the_note_says_so():
    figure = figures.draw_map_strip(maps_of(drifting(), TWO, constant={"m": [0, 2]}), size=6)
    assert {name.rpartition(" ")[2] for name in squares_of(figure)} == {"1", "3", "4", "5", "6"}
    assert len(frames_of(figure)) == 4 * 7
    assert any(map_strip.CROSSED in text.get_text() for text, _ in boxes_of(figure))
    plain = figures.draw_map_strip(maps_of(drifting(), TWO), size=6)
    assert not any("crossed" in text.get_text() for text, _ in boxes_of(plain))


MANY = tuple(f"label {place}" for place in range(12))


def strips():
    shared = pd.concat([drifting(model="base"), drifting(model="tuned-with-a-name", seed=2)])
    yield "two", maps_of(drifting(), TWO), {}
    yield "column", maps_of(drifting(), TWO, constant={"m": [0]}), {"width": "column"}
    yield "13 layers", maps_of(drifting(layers=13), TWO), {}
    yield "13 layers in a column", maps_of(drifting(layers=13), TWO), {"width": "column"}
    yield "33 layers", maps_of(drifting(layers=33, each=20), TWO), {}
    yield "long labels", maps_of(drifting(labels=LONG), LONG[:2]), {"width": "column"}
    yield "twelve", maps_of(drifting(labels=MANY, each=12, layers=13), MANY), {}
    yield "shared", maps_of(shared, TWO, models=("base", "tuned-with-a-name")), {}


@pytest.mark.parametrize(("table", "options"), [pytest.param(*rest, id=name) for name, *rest in strips()])
def test_strips_can_be_read_on_one_page(table, options):
    figure = figures.draw_map_strip(table, size=6, **options)
    assert figure.get_size_inches()[0] == style.WIDTHS[options.get("width", "text")]
    assert figure.get_size_inches()[1] <= style.TALLEST + 1e-9
    check_texts(figure)
    frames = frames_of(figure)
    assert min(frame.get_width() for frame in frames) >= map_strip.LEAST_SIDE
    boxes = [(frame.get_x(), frame.get_y(), frame.get_width()) for frame in frames]
    for place, (x, y, side) in enumerate(boxes):
        assert all(abs(x - a) >= side or abs(y - b) >= side for a, b, _ in boxes[:place]), "maps do not overlap"


def test_a_strip_of_too_many_rows_grows_beyond_a_page_instead_of_shrinking():
    labels = tuple(f"label {place}" for place in range(24))
    figure = figures.draw_map_strip(maps_of(drifting(labels=labels, each=6, layers=13), labels), size=6)
    assert figure.get_size_inches()[1] > style.TALLEST
    assert frames_of(figure)[0].get_width() == map_strip.LEAST_SIDE


def large_maps():
    shared = pd.concat([drifting(model="base"), drifting(model="tuned", seed=2)])
    yield "two", maps_of(drifting(size=10), TWO, layer=3), 10, {}
    yield "column", maps_of(drifting(size=10), TWO, layer="last"), 10, {"width": "column", "numbers": "percent"}
    yield "long labels", maps_of(drifting(labels=LONG), LONG[:2], layer=3), 6, {"numbers": "percent"}
    yield "six", maps_of(drifting(labels=MANY, each=12), MANY[:6], layer=3), 6, {}
    yield "none", maps_of(drifting(), layer=3), 6, {}
    yield "fine", maps_of(drifting(size=40, each=200), TWO, layer=3), 80, {}
    yield "shared", maps_of(shared, TWO, models=("base", "tuned"), layer=1), 6, {}


@pytest.mark.parametrize(("table", "size", "options"), [pytest.param(*rest, id=name) for name, *rest in large_maps()])
def test_large_maps_can_be_read(table, size, options):
    figure = figures.draw_large_map(table, size=size, **options)
    assert figure.get_size_inches()[1] <= style.TALLEST + 1e-9
    check_texts(figure)


def numbers_of(figure):
    """What is written into cells: letters that are centred both ways."""
    return [text.get_text() for text, _ in boxes_of(figure) if text.get_va() == "center_baseline"]


def test_numbers_in_cells_are_documents_or_per_cent_and_points_of_a_difference():
    cells = [[[0, 0]] * 3 + [[1, 0]] + [[0, 0]] * 11 + [[1, 1]]] * 2
    table = maps_of(edges_of(cells, ["a"] * 4 + ["b"] * 12), ("a", "b"), layer=0)
    assert numbers_of(figures.draw_large_map(table, size=2)) == ["3", "1", "11", "1", "17", "25", "8.3"]
    percent = numbers_of(figures.draw_large_map(table, size=2, numbers="percent"))
    assert percent == ["75", "25", "92", "8.3", "17", "25", "8.3"]
    drawn = " ".join(text.get_text() for text, _ in boxes_of(figures.draw_large_map(table, size=2)))
    assert "numbers: documents, in the difference percentage points" in drawn


def test_numbers_without_room_are_left_out_and_the_note_says_so():
    figure = figures.draw_large_map(maps_of(drifting(size=40, each=200), TWO, layer=3), size=80)
    assert numbers_of(figure) == []
    assert any(map_large.UNNUMBERED in text.get_text() for text, _ in boxes_of(figure))


def test_letters_in_cells_stand_out_from_their_colors():
    scale = map_scales.MapScale(0.3, 0.2, "nrag")
    colors = scale.of_shares(np.linspace(0.001, 0.3, 30)) + scale.of_differences(np.linspace(-0.2, 0.2, 31))

    def luminance(color):
        parts = np.array(mpl.colors.to_rgb(color))
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ (0.2126, 0.7152, 0.0722) + 0.05

    for color in colors:
        one, other = sorted((luminance(color), luminance(map_large.letter_color(color))))
        assert other / one >= 3


@pytest.mark.parametrize("draw", [figures.draw_map_strip, figures.draw_large_map])
def test_a_width_or_a_number_that_does_not_exist_is_refused(draw):
    table = maps_of(drifting(), TWO, layer=3)
    with pytest.raises(ValueError, match="column or text wide, not 'page'"):
        draw(table, size=6, width="page")
    with pytest.raises(ValueError, match="documents or percent, not 'shares'"):
        figures.draw_large_map(table, size=6, numbers="shares")


def test_fine_maps_are_pictures_in_vector_files(monkeypatch):
    table = maps_of(drifting(size=30, each=300), TWO)
    vectors = figures.render(figures.draw_map_strip(table, size=30), "svg")
    monkeypatch.setattr(map_panel, "FINEST", 3.0)
    pictures = figures.render(figures.draw_map_strip(table, size=30), "svg")
    assert len(pictures) < len(vectors)
    assert b"<image" not in vectors
    assert pictures.count(b"<image") > 0


def test_the_table_is_enough_to_draw_the_maps_again(tmp_path):
    table = maps_of(drifting(), TWO, constant={"m": [0]})
    store.write_tsv(tmp_path / "maps.tsv", table, provenance={})
    read = store.read_tsv(tmp_path / "maps.tsv")
    for name, kind in table.dtypes.items():
        read[name] = read[name] == "True" if kind.kind == "b" else read[name].astype(kind)
    again, first = (figures.render(figures.draw_map_strip(rows, size=6), "svg") for rows in (read, table))
    assert again == first


# ---------------------------------------------------------------------------------------- script


@pytest.fixture
def files(tmp_path):
    edges = drifting(labels=("True", "false"))
    store.write_table(tmp_path / "edges.parquet", edges, contracts.EDGES, provenance={})
    cells = pd.DataFrame({"model": ["m"], "seed": [0], "layer": [0], "document": [0], "x": [0], "y": [0]})
    grid = {"constant_layers": {"m": {"0": [0]}}, "size": 6}
    store.write_table(tmp_path / "cells.parquet", cells, contracts.CELLS, provenance={}, **grid)
    columns = {"document": [0], "id": ["a"], "text": ["t"], "group": [None], "time": [None], "hover": [None]}
    labellings = {"label": {"True": 40, "false": 40, "rare": 2}}
    corpus = pd.DataFrame(columns)
    store.write_table(tmp_path / "corpus.parquet", corpus, contracts.CORPUS, provenance={}, labellings=labellings)
    return tmp_path


@pytest.mark.parametrize(
    ("large", "layers"), [(None, set("0123456")), ({"layer": "last", "numbers": "percent"}, {"6"})]
)
def test_the_script_draws_maps_with_their_table(files, large, layers):
    from draw_maps import draw_maps

    inputs = [str(files / name) for name in ("cells.parquet", "edges.parquet", "corpus.parquet")]
    drawn = [str(files / f"maps.{extension}") for extension in figures.FORMATS]
    looks = {"min_documents": 10, "width": "column", "colormap": "nrag"}
    looks["comparison"] = {"labelling": "label", "labels": "all"}
    draw_maps(*inputs, drawn, str(files / "maps.tsv"), models=["m"], large=large, **looks)
    assert [Path(path).read_bytes()[:4] for path in drawn] == [b"%PDF", b"<?xm", b"\x89PNG"]
    table = store.read_tsv(files / "maps.tsv")
    assert set(table["layer"]) == layers
    assert (table.loc[table["layer"] == "0", "constant"] == "True").all()
    assert set(table["label"].dropna()) == {"True", "false"}
    before = [Path(path).read_bytes() for path in drawn]
    draw_maps(*inputs, drawn, str(files / "maps.tsv"), models=["m"], large=large, **looks)
    assert [Path(path).read_bytes() for path in drawn] == before
