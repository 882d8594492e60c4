"""The figure of label separation: which lines it has, where they lie, and what is drawn of them."""

import json

import numpy as np
import pandas as pd
import planted
import pytest
from draw_separation import draw_separation
from matplotlib.colors import to_hex

from nrag import contracts, figures, store
from nrag.figures import separation_lines, separation_panels
from nrag.statistics import one_label
from nrag.statistics.label_tests import Asked, gathered, label_tests

EMPTY = {"software": {}, "parameters": {}, "inputs": {}}
REGIONS, EDGES = separation_lines.SHOWN


def label_tests_of(model, *, layers=4, push=0.0, seed=0, name="pair", seeds=1):
    """The tests of 60 documents of two labels, which lie apart where one is pushed."""
    generator = np.random.default_rng(seed)
    labels = planted.labels_of((30, 30), generator)
    made = planted.case(planted.walks(generator, push * labels, layers=layers, size=4, seeds=seeds), labels, size=4)
    planes = {(model, each): plane for (_, each), plane in made.planes.items()}
    found = label_tests(planes, made.documents, made.design, size=4, asked=Asked(99, 199, 0))
    return gathered([found.assign(comparison=name, labelling="label")])


@pytest.fixture(scope="module")
def parts():
    """A model with two controls, a deeper one with one control, and one without."""
    return [
        ("m", label_tests_of("m", push=1.5)),
        ("m-untrained-0", label_tests_of("m-untrained-0", seed=1)),
        ("m-untrained-1", label_tests_of("m-untrained-1", seed=2)),
        ("deep", label_tests_of("deep", layers=7, push=1.0, seed=3)),
        ("deep-untrained-0", label_tests_of("deep-untrained-0", layers=7, seed=4)),
        ("alone", label_tests_of("alone", layers=3, seed=5)),
    ]


@pytest.fixture(scope="module")
def words():
    return label_tests_of(contracts.BAG_OF_WORDS, layers=1, push=0.7, seed=6)


NULL = "labels permuted over all documents of the comparison"
CONTROLS = {"m": ["m-untrained-0", "m-untrained-1"], "deep": ["deep-untrained-0"], "alone": []}


@pytest.fixture(scope="module")
def table(parts, words):
    return separation_lines.values(parts, words, name="pair", controls=CONTROLS, null=NULL)


# ------------------------------------------------------------------------------------- the table


def test_every_line_is_there_once_models_first_each_followed_by_its_controls(table):
    for metric, own in table.groupby("metric", sort=False):
        lines = own[["kind", "model", "control_of"]].drop_duplicates().to_numpy().tolist()
        expected = [
            ["model", "m", ""],
            ["control", "m-untrained-0", "m"],
            ["control", "m-untrained-1", "m"],
            ["model", "deep", ""],
            ["control", "deep-untrained-0", "deep"],
            ["model", "alone", ""],
        ]
        assert lines == expected + ([["bag of words", "", ""]] if metric == REGIONS else [])
    assert list(table["metric"].unique()) == [REGIONS, EDGES]


def test_depth_is_the_layer_over_the_last_one_and_edges_stand_between_their_layers(table):
    for model, last in {"m": 3, "deep": 6, "deep-untrained-0": 6, "alone": 2}.items():
        own = table[(table["model"] == model) & table["layer"].notna()]
        of_regions, of_edges = (own[own["metric"] == metric]["depth"].tolist() for metric in (REGIONS, EDGES))
        assert of_regions == pytest.approx([layer / last for layer in range(last + 1)])
        assert of_edges == pytest.approx([(layer + 0.5) / last for layer in range(last)])
    assert table.loc[table["layer"].isna(), "depth"].isna().all()


def test_numbers_are_those_of_the_tests_and_the_band_that_of_permuted_effects(parts, words, table):
    found = {}
    for space, tests in [*parts, ("", words)]:
        for row in tests[tests["test"] == "separation"].to_dict("records"):
            found[space, row["metric"], None if pd.isna(row["layer"]) else row["layer"]] = row
    for row in table.to_dict("records"):
        expected = found.pop((row["model"], row["metric"], None if pd.isna(row["layer"]) else row["layer"]))
        for name in ("effect", "observed", "null_mean", "null_sd", "p", "permutations", "seeds", "documents"):
            assert row[name] == expected[name]
        assert row["permuted_low"] == pytest.approx(expected["null_low"] - expected["null_mean"])
        assert row["permuted_high"] == pytest.approx(expected["null_high"] - expected["null_mean"])
        assert row["permuted_low"] < 0 < row["permuted_high"]
    # Words in layer 0 are words in all layers.
    assert {key for key in found if key[1] in separation_lines.SHOWN} == {("", REGIONS, 0)}


def test_words_have_one_value_of_regions_and_none_of_edges(table):
    own = table[table["kind"] == "bag of words"]
    assert own["metric"].tolist() == [REGIONS]
    assert own[["layer", "depth"]].isna().all(axis=None)


def test_other_comparisons_and_statistics_are_left_out(parts):
    both = [(space, pd.concat([tests, tests.assign(comparison="other", effect=9.0)])) for space, tests in parts]
    shown, expected = (
        separation_lines.values(each, name="pair", controls=CONTROLS, null=NULL) for each in (both, parts)
    )
    pd.testing.assert_frame_equal(shown, expected)
    assert set(shown["metric"]) == set(separation_lines.SHOWN)
    assert len(separation_lines.values(parts, name="none", controls=CONTROLS, null=NULL)) == 0


def test_a_twin_of_two_models_stands_beside_both(parts):
    found = separation_lines.values(parts, name="pair", controls=CONTROLS | {"alone": ["m-untrained-0"]}, null=NULL)
    whose = found.loc[found["model"] == "m-untrained-0", "control_of"]
    assert set(whose) == {"m", "alone"}


def test_an_untrained_model_whose_trained_one_is_not_there_is_a_line_of_its_own(parts):
    found = separation_lines.values(parts[1:2], name="pair", controls=CONTROLS, null=NULL)
    assert found["kind"].unique().tolist() == ["model"]
    assert found["model"].unique().tolist() == ["m-untrained-0"]


def test_in_a_shared_space_a_model_is_named_after_it_and_held_against_the_controls_there(parts):
    shared = pd.concat([parts[0][1], parts[1][1].assign(effect=7.0)], ignore_index=True)
    found = separation_lines.values([*parts, ("both", shared)], name="pair", controls=CONTROLS, null=NULL)
    lines = found[["model", "control_of"]].drop_duplicates().to_numpy().tolist()
    assert ["m in both", ""] in lines
    assert [twin for twin, whose in lines if whose == "m in both"] == ["m-untrained-0 in both"]
    assert [twin for twin, whose in lines if whose == "m"] == ["m-untrained-0", "m-untrained-1"]
    assert (found.loc[found["control_of"] == "m in both", "effect"] == 7).all()
    assert (found.loc[found["control_of"] == "m", "effect"] < 7).all()


# ------------------------------------------------------------------------------------- the figure


def texts_in(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def line_with(panel, marker):
    """A model's line: that of a single control has the same mark, but hollow."""
    (line,) = (each for each in filled_with(panel, marker) if len(each.get_xdata()) > 1)
    return line


def filled_with(panel, marker):
    return [each for each in panel.lines if each.get_marker() == marker and each.get_markerfacecolor() != "white"]


@pytest.mark.parametrize("width", figures.WIDTHS)
def test_all_texts_have_room(table, width):
    drawn = figures.draw_separation(table, width=width)
    said = texts_in(drawn)
    assert {"m", "deep", "alone", "2 untrained controls of m", "untrained control of deep", "bag of words"} <= set(said)
    assert {"permuted labels, central 95 %", "Region divergence", "Edge total variation"} <= set(said)
    assert not any("of alone" in each for each in said)
    canvas = drawn.axes[0]
    boxes = [text.get_window_extent() for text in canvas.texts]
    assert all(box.x0 >= canvas.bbox.x0 and box.x1 <= canvas.bbox.x1 for box in boxes)
    assert not any(one.overlaps(other) for n, one in enumerate(boxes) for other in boxes[:n])
    panels = drawn.axes[1:]
    assert len({panel.get_position().y0 for panel in panels}) == (1 if width == "text" else 2)
    assert figures.render(drawn, "svg") == figures.render(figures.draw_separation(table, width=width), "svg")


def test_lines_lie_where_the_table_says(table):
    panels = dict(zip(separation_lines.SHOWN, figures.draw_separation(table).axes[1:], strict=True))
    for metric, panel in panels.items():
        rows = table[table["metric"] == metric]
        for marker, model in zip("os^", ("m", "deep", "alone"), strict=True):
            own = rows[(rows["model"] == model) & rows["layer"].notna()]
            line = line_with(panel, marker)
            np.testing.assert_allclose(line.get_xydata(), own[["depth", "effect"]])
            (overall,) = (each for each in filled_with(panel, marker) if len(each.get_xdata()) == 1)
            assert overall.get_ydata()[0] == rows.loc[(rows["model"] == model) & rows["layer"].isna(), "effect"].item()
            assert overall.get_xdata()[0] > 1
        low, high = panel.get_ylim()
        assert low < rows["permuted_low"].min()
        assert high > rows[["effect", "permuted_high"]].max(axis=None)
    of_words = table.loc[table["kind"] == "bag of words", "effect"].item()
    level = [panel for panel in panels.values() if any(set(line.get_ydata()) == {of_words} for line in panel.lines)]
    assert level == [panels[REGIONS]]


def test_controls_are_a_band_from_the_lowest_to_the_highest_and_one_alone_is_a_line(table):
    panel = figures.draw_separation(table).axes[1]
    rows = table[(table["metric"] == REGIONS) & table["layer"].notna()]
    ends = rows[rows["control_of"] == "m"].groupby("layer")["effect"].agg(["min", "max"])
    drawn = [line.get_ydata() for line in panel.lines]
    for end in ends.to_numpy().T:
        assert any(len(line) == len(end) and np.allclose(line, end) for line in drawn)
    band = panel.collections
    vertices = [set(np.round(each.get_paths()[0].vertices[:, 1], 9)) for each in band]
    assert set(np.round(ends.to_numpy().ravel(), 9)) in vertices
    alone = rows.loc[rows["control_of"] == "deep", "effect"].to_numpy()
    assert sum(len(line) == len(alone) and np.allclose(line, alone) for line in drawn) == 1
    assert set(np.round(alone, 9)) not in vertices


def test_a_band_is_hatched_paler_than_its_line_and_a_single_control_has_hollow_marks(parts):
    controls = CONTROLS | {"alone": ["m-untrained-0", "m-untrained-1"]}
    drawn = figures.draw_separation(separation_lines.values(parts, name="pair", controls=controls, null=NULL))
    for panel in drawn.axes[1:]:
        bands = [each for each in panel.collections if each.get_hatch()]
        # Of every model with several controls, its layers and all together; each model hatches another way.
        assert len(bands) == 4
        assert len({each.get_hatch() for each in bands}) == 2
        colors = {line_with(panel, marker).get_color() for marker in "o^"}
        for band in bands:
            *rgb, opacity = band.get_facecolor()[0]
            assert to_hex(rgb) in colors
            assert opacity < band.get_edgecolor()[0][3] < 1
            assert not band.get_linewidth()[0]
        hollow = [each for each in panel.lines if each.get_markerfacecolor() == "white"]
        assert {each.get_color() for each in hollow} == {line_with(panel, "s").get_color()}
        assert max(each.get_linewidth() for each in hollow) < line_with(panel, "s").get_linewidth()


def test_models_of_one_hidden_state_have_regions_and_no_edges_and_undefined_controls_no_say(parts):
    flat = [(name, label_tests_of(name, layers=1, seed=seed)) for seed, name in enumerate(("flat", "flat-0", "flat-1"))]
    controls = CONTROLS | {"flat": ["flat-0", "flat-1"]}
    table = separation_lines.values([*parts, *flat], name="pair", controls=controls, null=NULL)
    regions, edges = figures.draw_separation(table).axes[1:]
    assert len([each for each in regions.collections if each.get_hatch()]) == 4
    assert len([each for each in edges.collections if each.get_hatch()]) == 2
    lost = table["layer"].isna() & (table["model"] == "flat-1")
    one = table.assign(effect=table["effect"].mask(lost))
    band = [each for each in figures.draw_separation(one).axes[1].collections if each.get_hatch()][-1]
    kept = one.loc[(one["model"] == "flat-0") & one["layer"].isna() & (one["metric"] == REGIONS), "effect"].item()
    assert set(np.round(band.get_paths()[0].vertices[:, 1], 9)) == {round(kept, 9)}


def test_permuted_labels_are_a_band_of_every_model(table):
    panel = figures.draw_separation(table).axes[1]
    grey = [each for each in panel.collections if each.get_zorder() == 0.5]
    vertices = [set(np.round(each.get_paths()[0].vertices[:, 1], 9)) for each in grey]
    rows = table[(table["metric"] == REGIONS) & (table["kind"] == "model")]
    for _, own in rows.groupby("model"):
        for each in (own[own["layer"].notna()], own[own["layer"].isna()]):
            assert set(np.round(each[["permuted_low", "permuted_high"]].to_numpy().ravel(), 9)) in vertices


def test_ps_of_all_layers_are_told(table):
    said = " ".join(texts_in(figures.draw_separation(table)))
    overall = table[table["layer"].isna()].set_index(["metric", "model"])["p"]
    assert f"All layers, regions: p of m {overall[REGIONS, 'm']:.2g}, deep" in said
    assert f"bag of words {overall[REGIONS, '']:.2g} (99 permutations)." in said
    assert "(199 permutations)." in said
    assert "seeds" not in said


def test_undefined_layers_are_gaps_and_do_not_hide_the_others(table):
    gap = table.assign(effect=table["effect"].where(table["layer"] != 1))
    assert gap["effect"].isna().any()
    panel = figures.draw_separation(gap).axes[1]
    assert np.isnan(line_with(panel, "o").get_ydata()).tolist() == [False, True, False, False]
    assert np.isfinite(panel.get_ylim()).all()


def test_what_is_undefined_everywhere_is_no_figure_and_an_undefined_p_is_called_so(parts, table):
    nothing = [(space, tests.assign(effect=np.nan, p=np.nan)) for space, tests in parts]
    shown = separation_lines.values(nothing, name="pair", controls=CONTROLS, null=NULL)
    assert shown.empty
    assert any("no separation is defined" in each for each in texts_in(figures.draw_separation(shown)))
    one = table.assign(p=table["p"].where(~table["model"].isin(["deep", "m-untrained-0"])))
    said = " ".join(texts_in(figures.draw_separation(one)))
    assert "deep undefined" in said
    assert "nan" not in said


def test_without_controls_words_and_seeds_nothing_is_said_of_them(parts):
    shown = separation_lines.values([("m", label_tests_of("m", seeds=2))], name="pair", controls={"m": []}, null=NULL)
    said = texts_in(figures.draw_separation(shown))
    assert not any("control" in each or "words" in each for each in said)
    assert any("means over 2 seeds" in each for each in said)


def test_more_models_than_colours_are_told_apart(parts):
    number = len(separation_panels.style.PALETTE) + 2
    tests = parts[-1][1]
    many = [(f"model-{each}", tests.assign(model=f"model-{each}")) for each in range(number)]
    drawn = figures.draw_separation(separation_lines.values(many, name="pair", controls={}, null=NULL))
    looks = separation_panels._looks(separation_lines.values(many, name="pair", controls={}, null=NULL))
    assert len(looks) == number
    assert len({(look.color, look.marker, look.dashes) for look in looks.values()}) == number
    assert {name for name, _ in many} <= set(texts_in(drawn))


def test_a_comparison_of_one_label_has_no_line(parts, words):
    planes = {("m", 0): np.zeros((4, 6, 2), dtype=int), (contracts.BAG_OF_WORDS, 0): np.zeros((1, 6, 2), dtype=int)}
    rows = one_label.rows(planes, {"A": 6}, within=None, headline=EDGES)
    both = gathered([parts[0][1], rows.assign(comparison="one", labelling="label")])
    assert set(both.loc[both["comparison"] == "one", "metric"]) == {REGIONS, EDGES}
    assert separation_lines.values([("m", both)], both, name="one", controls={}, null="").empty
    assert len(separation_lines.values([("m", both)], name="pair", controls={}, null=NULL)) > 0


# ------------------------------------------------------------------------------------- the script


def test_the_script_writes_every_format_and_the_table_that_is_drawn(parts, words, table, tmp_path):
    paths = [tmp_path / f"{space}.parquet" for space, _ in parts]
    for path, (_, tests) in zip(paths, parts, strict=True):
        store.write_table(path, tests, contracts.TESTS, provenance=EMPTY, nulls={"pair": NULL})
    store.write_table(tmp_path / "words.parquet", words, contracts.TESTS, provenance=EMPTY, nulls={"pair": NULL})
    files = [str(tmp_path / f"figure.{suffix}") for suffix in figures.FORMATS]
    options = {"spaces": [space for space, _ in parts], "comparison": "pair", "controls": CONTROLS, "width": "text"}
    draw_separation(paths, tmp_path / "words.parquet", files, str(tmp_path / "figure.tsv"), **options)
    shown = store.read_tsv(tmp_path / "figure.tsv")
    assert list(shown.columns) == list(separation_lines.COLUMNS)
    np.testing.assert_allclose(shown["effect"].astype(float), table["effect"])
    assert shown["model"].fillna("").tolist() == table["model"].tolist()
    assert json.loads(shown["documents"][0]) == {"A": 30, "B": 30}
    assert all((tmp_path / f"figure.{suffix}").stat().st_size > 1000 for suffix in figures.FORMATS)
    draw_separation(paths, None, files, str(tmp_path / "figure.tsv"), **options | {"comparison": "none"})
    assert len(store.read_tsv(tmp_path / "figure.tsv")) == 0
    said = "Not tested: the comparison has one label, or no separation is defined."
    assert texts_in(figures.draw_separation(table.iloc[:0])) == [said]
