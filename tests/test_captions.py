import pandas as pd
import pytest
from test_component_figures import table_of as components_of
from test_figures import drifting, table_of

from nrag import captions, figures, store
from nrag.components.graphs import Threshold
from nrag.figures import component_graph_table, graph_table, style

FIGURE = {"kind": "nrag", "corpus": "c", "space": "m", "models": ["m"], "pooling": "mean", "reduction": "umap"}
FIGURE |= {"bins": "equal", "size": 10}


@pytest.fixture
def written(tmp_path):
    """The caption of a figure's table after its way through a file."""

    def caption(table, *, documents=80, seeds=(0,), **changes):
        store.write_tsv(tmp_path / "table.tsv", table, provenance={})
        shown = store.read_tsv(tmp_path / "table.tsv")
        return captions.caption(FIGURE | changes, shown, documents=documents, seeds=list(seeds))

    return caption


def unequal(labels):
    """A graph of labels with 40, 39, 38, ... documents, of two layers."""
    edges = drifting(layers=2, labels=labels)
    for fewer, label in enumerate(labels):
        lost = edges[(edges["label"] == label) & (edges["documents"] > fewer)].index[0]
        edges.loc[lost, "documents"] -= fewer
    return edges[edges["documents"] > 0]


def test_a_caption_names_model_corpus_labels_with_n_and_settings(written):
    said = written(table_of(unequal(("b", "a")), ("b", "a")), documents=1234)
    assert said.startswith("Neural Region Activation Graph of m on c: b (n = 40), a (n = 39). Mean pooling, ")
    assert "reduction umap, 10 × 10 equal bins." in said
    assert "fitted on all 1,234 documents of the corpus." in said


def test_a_graph_of_all_documents_says_so_and_nothing_of_colours(written):
    table = graph_table.drawing(drifting(), models=["m"], labelling="", labels=[])
    assert "m on c: all documents (n = 80)." in written(table)
    assert "Colour" not in written(table)


def test_colours_are_explained_as_they_are_drawn(written):
    two, three = (table_of(drifting(labels=names), names) for names in (("x", "y"), ("x", "y", "z")))
    many = tuple(f"label {number:02}" for number in range(14))
    assert "Colour: from x alone over what both use alike to y alone" in written(two)
    assert "Colour: the label with the largest share of its own documents" in written(three)
    plain = written(table_of(drifting(labels=many, each=9), many))
    assert "Colour: from grey, where all labels have like shares of their own documents, to dark" in plain
    assert "label 11 (n = 9) and 2 more labels." in plain


def test_as_many_labels_have_a_colour_in_the_caption_as_in_the_figure(written):
    names = tuple(f"label {number}" for number in range(len(style.PALETTE) + 1))
    assert "the label with the largest share" in written(table_of(drifting(labels=names[:-1], each=9), names[:-1]))
    assert "Colour: from grey" in written(table_of(drifting(labels=names, each=9), names))


def test_the_drawn_seed_is_named_where_there_are_others(written):
    table = table_of(drifting(), ("networkx", "pandas"))
    assert "Drawn: seed 0 of 0, 1 and 2." in written(table, seeds=(0, 1, 2))
    assert "seed" not in written(table)


def test_edges_left_out_are_counted_by_panel(written, monkeypatch):
    edges = drifting()
    monkeypatch.setattr(graph_table, "MOST_EDGES", 20)
    table = table_of(edges, ("networkx", "pandas"))
    counts = {label: (edges["label"] == label).sum() for label in ("networkx", "pandas")}
    together = len(edges[edges["label"] != ""].drop_duplicates(["layer", "x0", "y0", "x1", "y1"]))
    together_rows = table[(table["label"] == "") & (table["item"] == "edge")]
    carried = 100 * together_rows.loc[together_rows["drawn"], "documents"].sum() / (6 * 80)
    said = written(table)
    assert "Edges left out: beyond the 20 heaviest. Drawn, with their part of the documents, of " in said
    assert f"networkx: 20 of {counts['networkx']} (" in said
    assert f"labels together: 20 of {together} ({carried:.0f} %)" in said
    assert "Benjamini" not in said
    monkeypatch.undo()
    assert "left out" not in written(table_of(edges, ("networkx", "pandas")))


def test_edges_left_out_of_several_models_are_told_apart_and_for_every_reason(written, monkeypatch):
    monkeypatch.setattr(graph_table, "MOST_EDGES", 20)
    edges = pd.concat([drifting(labels=("1", "2")), drifting(labels=("1", "2"), model="n")])
    said = written(table_of(edges, ("1", "2"), ("m", "n"), keep={"documents": 2}), space="both", models=["m", "n"])
    assert "Edges left out: fewer than 2 documents or beyond the 20 heaviest." in said
    panels = [f"{model}, {label}: 20 of" for model in ("m", "n") for label in ("labels together", "1", "2")]
    assert [panel for panel in panels if panel not in said] == []


def test_edges_of_one_document_are_counted_where_labels_colour_them(written):
    table = table_of(drifting(), ("networkx", "pandas"))
    edges = table[(table["item"] == "edge") & (table["label"] == "")]
    single = (edges["documents"] == 1).sum()
    assert 0 < single < len(edges)
    assert f"whatever labels do: {single:,} of the {len(edges):,} edges of all labels here" in written(table)
    assert "whatever labels do" not in written(table_of(drifting(), ()))


def test_tests_are_named_where_there_are_some(written):
    table = table_of(drifting(), ("networkx", "pandas"))
    assert "Whether labels lie apart, tests tell (tests.tsv)." in written(table, tested=True)
    assert "tests.tsv" not in written(table, tested=False) + written(table_of(drifting(), ()), tested=True)


def test_a_filter_is_named_and_what_q_is(written):
    edges = drifting()
    weighed = written(table_of(edges, ("networkx", "pandas"), keep={"documents": 3}))
    assert "Edges left out: fewer than 3 documents. Drawn" in weighed
    assert "Benjamini" not in weighed
    judged = written(table_of(edges, ("networkx", "pandas"), keep={"fdr": 0.05}))
    assert "Edges left out: q above 0.05. Drawn" in judged
    assert "q: false discovery rate (Benjamini–Hochberg over all pairs of occupied regions" in judged


def test_a_caption_says_whether_panels_share_their_heights(written):
    fixed, free = (written(table_of(drifting(), ("networkx", "pandas"), positions=how)) for how in ("fixed", "free"))
    assert "they are the same in all graphs of m under these settings" in fixed
    assert "each panel is laid out for its own regions" in free
    assert "the same in all graphs" not in free


def test_edges_of_constant_layers_are_not_called_light(written):
    said = written(table_of(drifting(), ("networkx", "pandas"), constant={"m": [0, 3]}))
    assert "Layers 0 and 3 are not drawn: all documents have one vector there." in said
    assert "left out" not in said


def test_models_of_a_shared_space_are_told_apart(written):
    edges = pd.concat([drifting(), drifting(labels=("networkx", "pandas"), each=35, model="n")])
    said = written(
        table_of(edges, ("networkx", "pandas"), ("m", "n"), constant={"n": [0]}), space="both", models=["m", "n"]
    )
    assert said.startswith("Neural Region Activation Graph of m and n on c: networkx (n = 35 to 40)")
    assert "under m and n together." in said
    assert "in all graphs of both under these settings" in said


def maps_of(labels, **options):
    return figures.map_table(
        drifting(labels=("a", "b", "c")), models=["m"], labelling="label", labels=labels, **options
    )


def test_maps_have_a_caption_that_names_their_scales(written):
    table = maps_of(["b", "a"], constant={"m": [0]})
    said = written(table, kind="maps", documents=120)
    assert said.startswith("Region maps of every layer of m on c: b (n = 40), a (n = 40), all documents (n = 120).")
    seen = table[table["layer"] > 0]
    assert f"darkest at {100 * seen['share'].max():.3g} %" in said
    assert f"minus that of a, from one end of the colour map to the other, {100 * seen['difference'].max():.3g}" in said
    alike = written(table.assign(difference=0.0 * table["difference"]), kind="maps", documents=120)
    assert "the share of b minus that of a, which is 0 in every cell." in alike
    assert "x to the right, y upwards" in said
    assert "Layer 0 is crossed out: all documents have one vector there." in said
    assert "crossed" not in written(maps_of(["b", "a"]), kind="maps")
    assert "A region stands" not in said


def test_maps_of_clusters_say_what_a_cell_is(written):
    said = written(maps_of(["b", "a"]), kind="maps", bins="kmeans")
    assert "reduction umap, 10 × 10 regions by k-means of the hidden states." in said
    assert "A region stands in a cell near where its documents lie in the plane." in said


def test_a_large_map_names_its_layer_and_no_difference_where_there_is_none(written):
    said = written(maps_of(["b", "a", "c"], layer=3), kind="map-3", space="s", models=["m"], seeds=(0, 1))
    assert said.startswith("Region maps of one layer of m on c: b (n = 40), a (n = 40), c (n = 40).")
    assert "Layer 3." in said
    assert "Drawn: seed 0 of 0 and 1." in said
    assert "Difference" not in said
    assert "all documents" not in said.split(". ")[0]


def test_metrics_have_a_caption_of_their_own(written):
    table = pd.DataFrame({"model": "m", "label": ["b", "b"], "seed": [0, 1], "value": [1.0, None], "documents": 1500})
    table = table.assign(metric="reachable_pairs", sample=None, sign_depends_on=None, left_out=None)
    said = written(table, kind="metrics", space=None, seeds=(0, 1))
    assert said.startswith("Metrics of the Neural Region Activation Graphs of m on c: b (n = 1,500).")
    assert "Small points: seeds 0 and 1 of the reduction" in said
    assert said.endswith("No marker: undefined.")
    assert "undefined" not in written(table.iloc[:1], kind="metrics", space=None)
    few = written(table.assign(left_out=[None, "only 2 documents"]), kind="metrics", space=None)
    assert few.endswith("No marker where too few documents of the model have the label.")
    assert "Small points" not in written(table.iloc[:1], kind="metrics", space=None)
    assert "drawn ones" not in said
    assert "Letters" not in said
    depends = written(table.assign(sign_depends_on=["nothing", "shift, reduction"]), kind="metrics", space=None)
    assert (
        "Letters beside the marks: which label has more, of as many documents of each, depends on the shift of the "
        "grid (g) or reduction (r): such a sign says nothing." in depends
    )
    assert "Letters" not in written(table.assign(sign_depends_on="nothing"), kind="metrics", space=None)
    sampled = written(table.assign(sample=2000), kind="metrics", space=None)
    assert "has more regions, 2000 drawn ones stand for all in reachable pairs." in sampled


def test_stability_has_a_caption_that_says_what_was_varied_and_how_many_signs_change(written):
    rows = [
        ("separation", "region_divergence", "reference", "", None),
        ("separation", "region_divergence", "seed", "0", None),
        ("difference", "density", "reference", "", "seed"),
        ("difference", "density", "seed", "0", "seed"),
        ("difference", "edges", "reference", "", "nothing"),
        ("difference", "edges", "shift", "x", "nothing"),
    ]
    table = pd.DataFrame(rows, columns=["test", "metric", "factor", "variant", "sign_depends_on"])
    table = table.assign(pooling="mean", reduction="umap", bins="equal", size=10, model="m", value=1.0)
    options = {"kind": "stability", "space": None, "comparison": "pair", "documents": 60}
    said = written(table, **options)
    assert said.startswith(
        "What holds of m on c, comparison pair, under choices that could have been made otherwise, one "
    )
    assert "at a time: single seeds of the reduction and the grid moved by half a cell along one axis or both." in said
    assert "Mean pooling, reduction umap, 10 × 10 equal bins, all 60 documents of the corpus." in said
    assert said.endswith("the difference is not the same throughout, the seed (s): 1 of 2 differences.")
    assert "No difference changes its sign." in written(table.iloc[4:], **options)
    separations = written(table.iloc[:2], **options)
    assert "ifference" not in separations
    assert "Separations are observed values, not effects" in separations
    assert "Separations" not in written(table.iloc[2:], **options)
    alone = written(table.iloc[:1], **options)
    assert "one at a time, of which this study has none." in alone
    assert written(table.iloc[:0], **options) == "Nothing was varied of m on c, comparison pair."


def test_an_nrag_says_what_is_pale_where_anything_is(written):
    table = table_of(drifting(), ("networkx", "pandas"))
    assert "Pale" not in written(table)
    assert "Pale: regions and edges whose documents stay together in few of the other" in written(
        table.assign(stability=0.5)
    )


COMPONENTS = {"kind": "components", "reduction": "pca10", "components": 10}


def test_component_graphs_have_a_caption_that_says_what_an_edge_is(written):
    graph = {"threshold": Threshold("fdr", 0.05)}
    said = written(components_of(**graph), documents=1234, **COMPONENTS)
    assert said.startswith("Component graph of m on c: all documents (n = 60), a (n = 30), b (n = 30). Mean pooling, ")
    assert "reduction pca10 to 10 components. Axes were fitted on all 1,234 documents of the corpus, so" in said
    assert "with q ≤ 0.05, ρ being Spearman's over the panel's n documents: solid where it is positive" in said
    assert "q: false discovery rate over all pairs" in said
    assert "left out" not in said


def test_component_graphs_of_other_thresholds_bases_and_sizes_say_so(written, monkeypatch):
    monkeypatch.setattr(component_graph_table, "MOST_EDGES", 5)
    table = components_of(threshold=Threshold("rho", 0.1))
    edges = (table["item"] == "edge").sum()
    said = written(table, basis="per-label", **COMPONENTS)
    assert "Each label has axes fitted to its own documents" in said
    assert "No test is made: the smaller n, the more such pairs occur by chance." in said
    assert f"Weakest edges left out: {edges - 15:,} of {edges:,}." in said
    assert "over all pairs of the panel; no test" in written(
        components_of(threshold=Threshold("quantile", 0.9)), **COMPONENTS
    )


def test_a_caption_of_separations_says_what_the_effect_is_held_against(written):
    documents = '{"b": 40, "a": 1250}'
    rows = [("model", "m", ""), ("control", "u0", "m"), ("control", "u1", "m"), ("bag of words", "", "")]
    shown = pd.DataFrame(rows, columns=["kind", "model", "control_of"]).assign(documents=documents, layer=None, seeds=3)
    shown["null"] = "labels permuted within source"
    settings = {"kind": "separation", "comparison": "pair", "space": None}
    said = written(shown, **settings)
    assert said.startswith("How far labels lie apart in the layers of m on c, comparison pair, beyond chance: b (n")
    assert "b (n = 40), a (n = 1,250)." in said
    assert "Mean pooling, reduction umap, 10 × 10 equal bins, fitted on all 80 documents of the corpus." in said
    assert "untrained controls of the model in the same colour, lowest to highest. Where" in said
    assert "it may have learned, or its regions keep more of the hidden space" in said
    assert "effects lie under the null, labels permuted within source." in said
    assert "Dashed: a bag of words (TF-IDF)" in said
    assert "Seeds of the reduction are averaged." in said
    assert "intervals.tsv has those of effects at 20 documents of each label, half of the smallest; contrasts" in said
    assert "without an interval, which needs 3 controls" in said
    third = shown.iloc[[1]].assign(model="u2")
    assert "smallest, contrasts.tsv those of what training adds" in written(pd.concat([shown, third]), **settings)
    alone = written(shown.iloc[:2].assign(seeds=1), **settings)
    assert "bag of words" not in alone
    assert "Seeds" not in alone
    assert "A thin line with hollow marks: the untrained control of the model" in alone
    assert "atched" not in alone
    several = pd.concat([shown, shown.iloc[:2].replace({"m": "n", "u0": "w0"})])
    assert "Hatched: untrained controls of the model in the same colour, lowest to highest (a line" in written(
        several, **settings
    )
    few = written(shown.assign(documents='{"b": 19, "a": 1250}'), **settings)
    assert "Lines have no interval, nor has intervals.tsv: a label has fewer than 20 documents." in few
    assert "contrasts" not in few
    without = written(shown.iloc[:1], **settings)
    assert "No untrained control" in without
    assert "half of the smallest. (None" in without
    assert "contrasts" not in without
    nothing = written(shown.iloc[:0], **settings)
    assert nothing == "Labels of c, comparison pair were not tested; the figure says why."


def test_a_caption_of_probes_says_what_was_fitted_on_what(written):
    rows = [
        ("", "", ""),
        ("coordinates", "pca", "train"),
        ("regions", "pca", "train"),
        ("coordinates", "pca16", "train"),
    ]
    rows += [("coordinates", "umap3", "all")]
    shown = pd.DataFrame(rows, columns=["features", "reduction", "fitted_on"]).assign(model=["", *"mmmm"])
    shown = shown.assign(seeds=[1, 1, 1, 1, 3], splits=20, train_documents=1400.0, test_documents=600.0, chance=1 / 3)
    said = written(shown, kind="probing", comparison="all", reduction=None, bins=None, size=None)
    assert said.startswith("How well labels are told from the layers of m on c, comparison all: balanced accuracy")
    assert "mean over 20 random splits into 1,400 training and 600 test documents" in said
    assert "Fitted on training parts: pca and pca16; and the regions of pca." in said
    assert "Fitted on all documents, the test parts included: umap3." in said
    assert "Seeds of a reduction are averaged." in said
    assert "chance (0.333)" in said
    nothing = written(shown.iloc[:0], kind="probing", comparison="all")
    assert nothing == "Labels of m on c, comparison all were not probed; the figure says why."


def rarefied(model="m", controls=3, label="b", n=40):
    return {"metric": "regions", "model": model, "label": label, "n": n, "matched": 39, "controls": controls}


@pytest.mark.parametrize(
    ("controls", "line", "band"),
    [((0,), False, ""), ((1,), True, ""), ((3,), False, "of 3 untrained"), ((1, 3, 4), True, "of 3 or 4 untrained")],
)
def test_a_caption_of_rarefaction_explains_what_is_drawn_of_controls(written, controls, line, band):
    rows = [rarefied(f"m{number}", each) for number, each in enumerate(controls)]
    rows += [rarefied("m0", controls[0], n=20), rarefied("m0", controls[0], "a", 1250)]
    said = written(pd.DataFrame(rows), kind="rarefaction", comparison="pair", seeds=(0, 1))
    assert "b (n = 40), a (n = 1,250)" in said
    assert "the documents of the smallest label (39)" in said
    assert "Mean of the seeds 0 and 1" in said
    assert ("Dashes, hollow marks: an untrained control" in said) == line
    assert ("Bands" in said) == bool(band)
    assert band in said
    nothing = written(pd.DataFrame(columns=list(rarefied())), kind="rarefaction", comparison="pair")
    assert nothing == "Metrics of m on c, comparison pair were not rarefied; the figure says why."
