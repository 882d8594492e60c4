"""The figure of what holds under variants, drawn from a table; and the scripts that draw what depends on them."""

import hashlib
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_figures import boxes_of, check_texts, files, of_labels  # noqa: F401 a fixture among them

from nrag import contracts, figures, store
from nrag.figures import stability_panels, style
from nrag.statistics.stability import NOTHING

LABELS = ("networkx", "pandas")
METRICS = ("density", "edges", "mean_degree")
FACTORS = {"seed": ("0", "1"), "shift": ("x", "xy", "y"), "reduction": ("umap",)}


def variants_of(
    *, models=("m", "m-untrained-0"), reductions=("pca",), comparison="pair", test="difference", factors=FACTORS,
    metrics=METRICS, size=10, seed=0,
):  # fmt: skip
    """Variants of the agreement of regions, of two separations and of some metrics."""
    draw = np.random.default_rng(seed)
    statistics = [("agreement", "regions"), ("separation", "region_divergence"), ("separation", "exclusive_regions")]
    statistics += [("separation", "shared_regions"), *((test, metric) for metric in metrics)]
    rows = []
    for reduction, model, (kind, metric), layer in itertools.product(reductions, models, statistics, (None, 0)):
        named = ("", "") if kind == "agreement" else (comparison, "label")
        of = ("mean", reduction, "equal", size, named[0], named[1], model, kind, metric, layer)
        values = [(factor, variant) for factor, each in factors.items() for variant in each]
        for factor, variant in [*([("reference", "")] if kind != "agreement" else []), *values]:
            rows.append((*of, factor, variant, draw.normal() if kind == "difference" else draw.random()))
    columns = [column.name for column in contracts.VARIANTS.columns]
    return pd.DataFrame(rows, columns=columns).astype({"layer": "Int16", "size": "int16"})


def shown(variants, **options):
    models = list(variants["model"].unique())
    return figures.stability_table(variants, **{"comparison": "pair", "models": models, "shown": METRICS} | options)


def test_where_nothing_was_varied_the_figure_says_so():
    table = shown(variants_of(factors={}), comparison="of-one-label")
    assert table.empty
    for width in ("text", "column"):
        figure = figures.draw_stability(table, labels=["one"], width=width)
        assert "the comparison has one label" in " ".join(text.get_text() for text, _ in boxes_of(figure))
        check_texts(figure)


def test_the_table_has_the_graphs_in_the_order_of_panels_and_rows():
    variants = variants_of(reductions=("pca", "umap"))
    table = shown(variants.sample(frac=1, random_state=0).sort_values("reduction"), models=["m-untrained-0", "m"])
    assert table["reduction"].drop_duplicates().tolist() == ["pca", "umap"]
    first = table[table["reduction"] == "pca"]
    assert first["model"].drop_duplicates().tolist() == ["m-untrained-0", "m"]
    own = first[first["model"] == "m"]
    # Shared regions are the rest of the exclusive ones.
    assert list(dict.fromkeys(own["metric"])) == ["regions", "region_divergence", "exclusive_regions", *METRICS]
    assert own.loc[own["metric"] == "edges", "factor"].tolist() == [
        "reference",
        *["seed"] * 2,
        *["shift"] * 3,
        "reduction",
    ]
    there = variants[variants["layer"].isna()]
    keys = ["reduction", "model", "test", "metric", "factor", "variant"]
    merged = table.merge(there, on=keys, suffixes=("", "_there"), validate="one_to_one")
    assert len(merged) == len(table)
    assert (merged["value"] == merged["value_there"]).all()


def test_other_comparisons_and_metrics_that_are_not_asked_for_are_left_out():
    both = pd.concat([variants_of(), variants_of(comparison="other", seed=1)], ignore_index=True)
    both = both.drop_duplicates(list(contracts.VARIANTS.key))
    table = shown(both, shown=("edges", "assortativity"))
    assert set(table["comparison"]) == {"", "pair"}
    assert set(table.loc[table["test"] == "difference", "metric"]) == {"edges"}


def test_a_statistic_has_one_scale_in_the_whole_figure_and_its_sign_is_judged():
    table = shown(variants_of(reductions=("pca", "umap")))
    for (test, metric), rows in table.groupby(["test", "metric"]):
        assert rows["scale"].nunique() == 1, metric
        assert rows["scale"].iloc[0] == (1 if test == "agreement" else rows["value"].abs().max())
    for _, rows in table[table["test"] == "difference"].groupby(["reduction", "model", "metric"]):
        reference = rows[rows["factor"] == "reference"]
        apart = []
        for factor in FACTORS:
            both = pd.concat([reference, rows[rows["factor"] == factor]])["value"]
            if both.min() < 0 < both.max():
                apart.append(factor)
        assert rows["sign_depends_on"].unique().tolist() == [", ".join(apart) or NOTHING]
    assert table.loc[table["test"] != "difference", "sign_depends_on"].isna().all()


def test_marks_stand_at_their_values_and_changing_signs_are_marked():
    table = shown(variants_of(models=("m",)))
    figure = figures.draw_stability(table, labels=LABELS)
    (panel,) = figure.axes[1:]
    found = np.sort(np.concatenate([part.get_offsets()[:, 0] for part in panel.collections]))
    varied = table[table["factor"] != "reference"]
    assert np.allclose(found, np.sort(varied["value"] / varied["scale"]))
    bars = sorted(line.get_xdata()[0] for line in panel.lines if line.get_color() == style.INK)
    references = table[table["factor"] == "reference"]
    assert np.allclose(bars, np.sort(references["value"] / references["scale"]))
    marks = [text.get_text() for text, _ in boxes_of(figure)]
    marks = [text for text in marks if re.fullmatch("[sgr](,[sgr])*", text)]
    depends = [named for named in references["sign_depends_on"].dropna() if named != NOTHING]
    # Letters of factors are the first of their names, but for the moved grid.
    named = [[name.replace("shift", "g")[0] for name in each.split(", ")] for each in depends]
    assert sorted(marks) == sorted(map(",".join, named))
    assert len(marks) > 1
    said = " ".join(text.get_text() for text, _ in boxes_of(figure))
    assert "difference, networkx less pandas" in said
    assert f"{table.loc[table['metric'] == 'edges', 'scale'].iloc[0]:.3g}" in said


def test_factors_differ_in_colour_and_shape():
    assert len({color for color, _ in stability_panels.LOOKS.values()}) == 6
    assert len({marker for _, marker in stability_panels.LOOKS.values()}) == 6
    legend = [text.get_text() for text, _ in boxes_of(figures.draw_stability(shown(variants_of()), labels=LABELS))]
    expected = ["as in tests.tsv", "single seeds (s)", "grid moved by half a cell (g)", "other reduction (r)"]
    assert [entry for entry in legend if entry in expected] == expected
    unjudged = figures.draw_stability(shown(variants_of(test="range")), labels=LABELS)
    assert "single seeds" in [text.get_text() for text, _ in boxes_of(unjudged)]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"models": ("m",), "reductions": ("pca", "umap"), "factors": {"shift": ("x",)}},
        {"models": tuple(f"a-model-with-a-long-name-{number}" for number in range(6))},
        {"models": ("a-model-with-a-name-that-does-not-end-before-the-figure-does-or-even-later-than-that", "m")},
        {"test": "range", "factors": {}},
        {"metrics": ()},
    ],
)  # fmt: skip
@pytest.mark.parametrize("width", style.WIDTHS)
def test_letters_of_stability_can_be_read_and_do_not_overlap(options, width):
    figure = figures.draw_stability(shown(variants_of(**options)), labels=LABELS, width=width)
    assert figure.get_size_inches()[0] == style.WIDTHS[width]
    check_texts(figure)


def test_long_names_are_broken_so_that_a_model_stands_beside_its_controls():
    models = ("stories260k", *(f"stories260k-untrained-{number}" for number in range(3)))
    figure = figures.draw_stability(shown(variants_of(models=models)), labels=LABELS)
    assert len({panel.get_position().y0 for panel in figure.axes[1:]}) == 1
    said = [text.get_text() for text, _ in boxes_of(figure)]
    assert said.count("stories260k-") == 3
    assert {"stories260k", "untrained-0", "untrained-1", "untrained-2"} <= set(said)
    check_texts(figure)


def test_undefined_values_have_no_mark_and_one_label_leaves_the_regions():
    variants = variants_of(models=("m",))
    undefined = variants.assign(value=variants["value"].where(variants["metric"] != "edges"))
    figure = figures.draw_stability(shown(undefined), labels=LABELS)
    assert sum(len(part.get_offsets()) for part in figure.axes[1].collections) == 5 * 6
    check_texts(figure)
    check_texts(figures.draw_stability(shown(variants[variants["test"] == "agreement"]), labels=["one"]))


DRAW = """
import sys
sys.path[:0] = sys.argv[1:3]
import test_stability_figure as t
print(*t.digests())
"""


def digests():
    drawing = figures.draw_stability(shown(variants_of(reductions=("pca", "umap"))), labels=LABELS)
    return [hashlib.sha256(figures.render(drawing, extension)).hexdigest() for extension in figures.FORMATS]


def test_another_process_draws_the_same_bytes():
    folder = Path(__file__).parent
    command = [sys.executable, "-c", DRAW, str(folder), str(folder.parent / "scripts")]
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert there == digests()


# ------------------------------------------------------------------ scripts


LOOKS = {"min_documents": 10, "width": "text"}


@pytest.fixture
def varied(files):  # noqa: F811 the fixture
    for space in ("m", "shared"):
        variants = pd.concat(
            [variants_of(models=("m",), size=size, seed=size, metrics=("density", "mean_degree")) for size in (5, 10)]
        )
        variants = variants.sort_values(list(contracts.VARIANTS.key), kind="stable", na_position="first")
        path = files / f"{space}.parquet"
        store.write_table(path, variants.reset_index(drop=True), contracts.VARIANTS, provenance={})
    return files


PLACE = {"pooling": "mean", "reduction": "pca", "bins": "equal", "size": 10}


def test_the_script_draws_the_places_that_are_asked_for(varied):
    from draw_stability import draw_stability

    variants = [str(varied / f"{space}.parquet") for space in ("m", "shared")]
    draw_stability(
        variants,
        str(varied / "corpus.parquet"),
        [str(varied / "s.svg")],
        str(varied / "s.tsv"),
        spaces=["m", "shared"],
        places=[PLACE],
        name="pair",
        **of_labels([False, True]),
        **LOOKS,
    )
    assert (varied / "s.svg").read_bytes().startswith(b"<?xml")
    table = store.read_tsv(varied / "s.tsv")
    assert table["model"].unique().tolist() == ["m", "m in shared"]
    assert table["size"].unique().tolist() == ["10"]
    assert {"density", "mean_degree"} < set(table["metric"])


def test_the_script_of_metrics_marks_the_signs_of_its_own_place(varied):
    from draw_metrics import draw_metrics

    metrics = [str(varied / space / "corpus/mean/pca/equal-10/metrics.parquet") for space in ("m", "shared")]
    files_of = str(varied / "corpus.parquet"), [str(varied / "metrics.svg")], str(varied / "metrics.tsv")
    spaces = ["m", "shared"]
    variants = [str(varied / f"{space}.parquet") for space in spaces]
    options = of_labels([False, True]) | LOOKS | {"colormap": "nrag", "spaces": spaces, "variants": variants}
    draw_metrics(metrics, *files_of, place=PLACE | {"comparison": "pair"}, **options)
    table = store.read_tsv(varied / "metrics.tsv")
    there = shown(variants_of(models=("m",), size=10, seed=10, metrics=("density", "mean_degree")))
    expected = dict(zip(there["metric"], there["sign_depends_on"], strict=True))
    for metric in ("density", "mean_degree"):
        for model in ("m", "m in shared"):
            rows = table[(table["metric"] == metric) & (table["model"] == model)]
            assert rows["sign_depends_on"].unique().tolist() == [expected[metric]]
    assert table.loc[table["metric"] == "assortativity", "sign_depends_on"].isna().all()
