"""Figures of component graphs: the table of everything drawn, and the drawing of it."""

import itertools
import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import rgb_to_hsv, to_hex, to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text

from nrag import figures
from nrag.components.correlations import correlations_of, label_sizes
from nrag.components.graphs import Threshold, graphs_of
from nrag.figures import component_graph_table, style
from nrag.figures.component_graph_figure import NEGATIVE, POSITIVE


def table_of(
    layers=4,
    components=5,
    *,
    labels=("a", "b"),
    each=30,
    models=("m",),
    threshold=None,
    constant=None,
    shares=True,
    seed=0,
):
    """The table of documents that drift through layers; component 1 runs against its sign from layer to layer."""
    generator = np.random.default_rng(seed)
    documents = each * max(len(labels), 1)
    coordinates, explained = {}, {}
    for model in models:
        places = generator.standard_normal((documents, components))
        for layer in range(layers):
            places = 0.8 * places + 0.6 * generator.standard_normal(places.shape)
            places[:, min(1, components - 1)] *= -1
            still = layer in (constant or ())
            coordinates[model, 0, layer] = np.zeros_like(places) if still else places.copy()
        explained[model] = [[0.5 / (1 + i) for i in range(components)] for _ in range(layers)]
    named = {"side": [label for label in labels for _ in range(each)]} if labels else {}
    threshold = threshold or Threshold("rho", 0.3)
    return figures.component_table(
        graphs_of(
            correlations_of(coordinates, named, permutations=99, seed=0),
            label_sizes(named, documents=documents),
            threshold,
        ),
        models=models,
        seed=0,
        labelling="side",
        labels=labels,
        threshold=threshold,
        shares=explained if shares else None,
        constant=dict.fromkeys(models, constant or ()),
    )


CASES = {
    "two labels": {},
    "one component": {"components": 1},
    "no labels": {"labels": ()},
    "many layers": {"layers": 25, "components": 3, "labels": tuple("abcde")},
    "wide": {"layers": 13, "components": 50, "labels": tuple("abcd"), "threshold": Threshold("fdr", 0.05)},
    "two models": {"models": ("base", "tuned"), "shares": False},
    "constant": {"constant": (0,)},
    "long names": {"labels": ("a label that goes on and on and on and on", "another such label " * 2)},
    "no edges": {"threshold": Threshold("rho", 1.0)},
}


@pytest.fixture(
    scope="module", params=[(name, width) for name in CASES for width in ("text", "column")], ids=" in ".join
)
def drawn(request):
    name, width = request.param
    table = table_of(**CASES[name])
    return table, figures.draw_components(table, width=width)


# ----------------------------------------------------------------------------------------- table


def test_the_table_has_every_component_of_every_panel_and_every_edge_once():
    table = table_of()
    components, edges = table[table["item"] == "component"], table[table["item"] == "edge"]
    assert list(dict.fromkeys(table["label"])) == ["", "a", "b"]
    assert len(components) == 3 * 4 * 5
    assert not edges.duplicated(["label", "layer", "i", "j"]).any()
    assert (edges["rho"].abs() >= 0.3).all()
    assert set(np.sign(edges["rho"])) == {-1, 1}
    assert table.groupby("label")["documents"].unique().str[0].to_dict() == {"": 60, "a": 30, "b": 30}


def test_a_component_stands_at_the_same_height_in_every_panel_and_layer_and_the_first_on_top():
    table = table_of()
    components, edges = table[table["item"] == "component"], table[table["item"] == "edge"]
    assert components.groupby("i")["position0"].unique().to_dict() == {0: [1], 1: [0.75], 2: [0.5], 3: [0.25], 4: [0]}
    assert (edges["position0"] == 1 - edges["i"] / 4).all()
    assert (edges["position1"] == 1 - edges["j"] / 4).all()


def test_the_strongest_edges_of_each_panel_are_drawn(monkeypatch):
    monkeypatch.setattr(component_graph_table, "MOST_EDGES", 6)
    edges = table_of().query("item == 'edge'")
    for _, panel in edges.groupby("label"):
        assert panel["drawn"].sum() == 6
        assert panel.loc[panel["drawn"], "rho"].abs().min() >= panel.loc[~panel["drawn"], "rho"].abs().max()


def test_components_of_constant_layers_are_not_drawn_and_their_neighbours_are():
    table = table_of(constant=(1,))
    hidden = table[(table["item"] == "component") & ~table["drawn"]]
    assert set(hidden["layer"]) == {1}
    assert len(hidden) == 3 * 5
    assert not set(table.loc[table["item"] == "edge", "layer"]) & {0, 1}


def test_a_label_that_is_not_there_is_refused():
    table = correlations_of({("m", 0, k): np.eye(5)[:, :3] for k in range(2)}, {}, permutations=19, seed=0)
    found = graphs_of(table, {"": {"": 5}}, Threshold("rho", 0.3))
    with pytest.raises(ValueError, match="labelling 'side' has no label 'x' of m"):
        figures.component_table(
            found, models=["m"], seed=0, labelling="side", labels=["x"], threshold=Threshold("rho", 0.3)
        )


# --------------------------------------------------------------------------------------- drawing


def boxes(figure):
    """Every text with its box in pixels."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    return [(text, text.get_window_extent(renderer)) for text in figure.findobj(Text) if text.get_text()]


def test_no_text_touches_another_or_leaves_the_figure_and_letters_are_large_enough(drawn):
    _, figure = drawn
    with style.styled():
        found = boxes(figure)
    for text, box in found:
        assert text.get_size() >= 7
        assert box.x0 >= -0.5, text.get_text()
        assert box.x1 <= figure.bbox.width + 0.5, text.get_text()
        assert box.y0 >= -0.5, text.get_text()
        assert box.y1 <= figure.bbox.height + 0.5, text.get_text()
    for (one, here), (other, there) in itertools.combinations(found, 2):
        assert not here.overlaps(there), (one.get_text(), other.get_text())


def test_the_drawing_holds_every_edge_that_is_drawn_solid_or_dashed_by_sign(drawn):
    table, figure = drawn
    edges = table[(table["item"] == "edge") & table["drawn"]]
    counts = {"positive": 0, "negative": 0}
    for lines in figure.findobj(LineCollection):
        sign = lines.get_gid().split()[0]
        counts[sign] += len(lines.get_segments())
        ((_, dashes),) = lines.get_linestyle()
        assert (dashes is None) == (sign == "positive")
    assert counts == {"positive": (edges["rho"] > 0).sum(), "negative": (edges["rho"] < 0).sum()}


def test_the_drawing_holds_every_component_of_layers_that_vary(drawn):
    table, figure = drawn
    circles = [each for each in figure.findobj(PathCollection) if str(each.get_gid()).startswith("components")]
    assert sum(len(each.get_offsets()) for each in circles) == table.loc[table["item"] == "component", "drawn"].sum()


def test_lines_run_from_the_component_of_the_earlier_layer_to_that_of_the_later():
    table = table_of(layers=2, components=3, labels=(), each=60)
    figure = figures.draw_components(table)
    edges = table[table["item"] == "edge"]
    ends = np.array([ends for lines in figure.findobj(LineCollection) for ends in lines.get_segments()])
    top, bottom = ends[..., 1].max(), ends[..., 1].min()
    found = sorted((2 * (top - ends[..., 1]) / (top - bottom)).round(6).tolist())
    assert (ends[:, 0, 0] < ends[:, 1, 0]).all()
    assert found == sorted([float(i), float(j)] for i, j in zip(edges["i"], edges["j"], strict=True))


def test_width_grows_with_the_size_of_rho_within_bounds():
    figure = figures.draw_components(table_of(threshold=Threshold("rho", 0.05)))
    found = {float(lines.get_linewidth()[0]) for lines in figure.findobj(LineCollection)}
    assert len(found) > 6
    assert min(found) > 0.2
    assert max(found) <= 2.2


def test_edges_have_the_colour_of_their_sign_and_the_key_says_which():
    figure = figures.draw_components(table_of())
    edges = {(lines.get_gid().split()[0], to_hex(lines.get_edgecolor()[0])) for lines in figure.findobj(LineCollection)}
    assert edges == {("positive", POSITIVE), ("negative", NEGATIVE)}
    # A sample ends where its number begins.
    names = {round(text.get_position()[0] - 3, 6): text.get_text() for text in figure.findobj(Text)}
    samples = [line for line in figure.findobj(Line2D) if len(line.get_xdata()) == 2]
    ends = {round(line.get_xdata()[1], 6): to_hex(line.get_color()) for line in samples}
    key = {names[end]: color for end, color in ends.items() if end in names}
    assert key == dict.fromkeys(["0.3", "0.6", "0.9"], POSITIVE) | dict.fromkeys(["−0.3", "−0.6", "−0.9"], NEGATIVE)


def test_no_label_has_the_hue_of_a_sign():
    def hue(color):
        return rgb_to_hsv(to_rgb(color))[0]

    labels = {color for count in range(1, 10) for color in style.label_colors("abcdefghi"[:count], "nrag")}
    hues = [hue(color) for color in labels if rgb_to_hsv(to_rgb(color))[1] > 0.1]
    for sign in (POSITIVE, NEGATIVE):
        assert min(min(abs(hue(sign) - other), 1 - abs(hue(sign) - other)) for other in hues) > 1 / 9


SEEN = {
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Linear light as it is seen without one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1)."""


@pytest.mark.parametrize("vision", SEEN)
def test_signs_differ_for_all_kinds_of_colour_vision_and_stand_on_white(vision):
    positive, negative, white = (np.array(SEEN[vision]) @ linear(color) for color in (POSITIVE, NEGATIVE, "#ffffff"))
    luminances = [light @ [0.2126, 0.7152, 0.0722] for light in (positive, negative, white)]
    assert min(1.05 / (luminance + 0.05) for luminance in luminances[:2]) > 3
    assert np.abs(lightness(positive) - lightness(negative)).max() > 0.15


def linear(color):
    """Linear light of an sRGB colour."""
    values = np.array(to_rgb(color))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lightness(light):
    """Channels as evenly as they are seen."""
    return np.cbrt(np.clip(light, 0, 1))


def test_what_is_left_out_is_noted(monkeypatch):
    monkeypatch.setattr(component_graph_table, "MOST_EDGES", 6)
    table = table_of()
    counts = table[table["item"] == "edge"].groupby("label").size()
    told = [text.get_text() for text in figures.draw_components(table).findobj(Text)]
    assert any(re.match(rf"a: 6 strongest of {counts['a']} edges drawn, \|ρ\| ≥ 0\.\d\d", line) for line in told)


def test_titles_count_documents_and_all_edges_of_a_panel(monkeypatch):
    monkeypatch.setattr(component_graph_table, "MOST_EDGES", 6)
    table = table_of()
    count = ((table["item"] == "edge") & (table["label"] == "a")).sum()
    told = [text.get_text() for text in figures.draw_components(table).findobj(Text)]
    assert f"n = 30, {count} edges" in told


def test_the_same_table_gives_the_same_bytes_after_its_way_through_a_file(tmp_path):
    import pandas as pd

    table = table_of()
    table.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    again = pd.read_csv(tmp_path / "t.tsv", sep="\t").assign(drawn=lambda rows: rows["drawn"].astype(bool))
    one, other = (figures.render(figures.draw_components(each), "svg") for each in (table, again))
    assert one == other


def test_another_width_is_refused():
    with pytest.raises(ValueError, match="column or text wide, not 'page'"):
        figures.draw_components(table_of(), width="page")
