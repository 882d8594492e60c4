"""What holds under variants: signs, correlations and their table, worked out by hand; and the scripts on files."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from collect_samples import collect_samples
from collect_stability import collect_stability
from collect_tests import collect_tests
from compare_variants import compare_variants
from permute_labels import permute_labels
from sample_documents import sample_documents
from scipy.stats import spearmanr
from test_statistics_wiring import COMPARISONS, EMPTY, corpus_of

from nrag import contracts, regions, store
from nrag.statistics import stability, summary
from nrag.statistics.stability import NOTHING, changing, factors_in_words, sign_dependence, table_of_stability

RUN = {"pooling": "mean", "reduction": "pca", "bins": "equal", "size": 3}


def variants_of(values, *, test="difference", metric="density", layer=None, model="m", comparison="pair", **run):
    """The rows of one statistic: `values` by factor and variant."""
    rows = [
        {**RUN, **run, "comparison": comparison, "labelling": "area", "model": model, "test": test, "metric": metric,
         "layer": layer, "factor": factor, "variant": variant, "value": value}
        for (factor, variant), value in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"layer": "Int16", "size": "int16", "value": float})


def of_shift(reference, *values, factor="shift"):
    return {("reference", ""): reference} | {(factor, str(place)): value for place, value in enumerate(values)}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (of_shift(2, 1, 3), NOTHING),
        (of_shift(-2, -1, -3), NOTHING),
        (of_shift(2, 1, -3), "shift"),
        (of_shift(-2, 1, 3), "shift"),
        # However small it is, it is printed.
        (of_shift(2, 1, -0.001), "shift"),
        # A 0 is on neither side, and neither is the rounding of one.
        (of_shift(2, 0, 3), NOTHING),
        (of_shift(0, 1, 3), NOTHING),
        (of_shift(0, 1, -3), "shift"),
        (of_shift(0, 1e-13, -1e-13), NOTHING),
        (of_shift(2e6, 1, -1e-4), NOTHING),
        # What is undefined has no sign.
        (of_shift(np.nan, 1, 3), NOTHING),
        (of_shift(np.nan, 1, -3), "shift"),
        (of_shift(2, np.nan, 3), NOTHING),
        (of_shift(-2, np.nan, 3), "shift"),
        (of_shift(2, 1) | of_shift(2, -3, factor="reduction"), "reduction"),
        (
            of_shift(2, -1, factor="pooling") | of_shift(2, -1, factor="seed") | of_shift(2, 1, factor="bins"),
            "seed, pooling",
        ),
    ],
)  # fmt: skip
def test_a_sign_depends_on_what_puts_variants_on_both_sides_of_nothing(values, said):
    found = sign_dependence(variants_of(values))
    assert found["sign_depends_on"].tolist() == [said]
    mirrored = {key: -value for key, value in values.items()}
    assert sign_dependence(variants_of(mirrored))["sign_depends_on"].tolist() == [said]


def test_every_difference_is_judged_by_its_own_variants_alone():
    parts = [
        variants_of(of_shift(1, -1)),
        variants_of(of_shift(1, 1), layer=0),
        variants_of(of_shift(1, -1), layer=1, reduction="umap"),
        variants_of(of_shift(1, 1), model="n"),
        variants_of(of_shift(-1, -1), comparison="other"),
        variants_of(of_shift(1, -1), test="separation", metric="edge_jaccard_distance"),
        variants_of(of_shift(1), metric="edges"),
    ]
    found = sign_dependence(pd.concat(parts, ignore_index=True))
    keys = ["comparison", "model", "metric", "layer", "reduction"]
    places = found[keys].astype(object).fillna("").itertuples(index=False, name=None)
    said = dict(zip(places, found["sign_depends_on"], strict=True))
    assert said == {
        ("pair", "m", "density", "", "pca"): "shift",
        ("pair", "m", "density", 0, "pca"): NOTHING,
        ("pair", "m", "density", 1, "umap"): "shift",
        ("pair", "n", "density", "", "pca"): NOTHING,
        ("other", "m", "density", "", "pca"): NOTHING,
    }


def test_factors_are_said_once_and_in_order():
    depends = pd.Series(["reduction, pooling", NOTHING, None, "seed, reduction"])
    assert changing(depends).index.tolist() == [0, 3]
    assert factors_in_words(changing(depends)) == "seed (s), reduction (r) or pooling (p)"
    assert factors_in_words(["size"]) == "size of the grid (z)"


def test_the_table_counts_variants_and_signs():
    values = of_shift(-2, -1, 3, np.nan, 0) | of_shift(-2, -5, factor="seed")
    (shift, seed) = rows_of(variants_of(values), factor=("shift", "seed"))
    assert (shift["variants"], shift["minimum"], shift["maximum"], shift["reference"]) == (3, -1, 3, -2)
    assert shift["sign_agreement"] == pytest.approx(1 / 3)
    assert shift["sign_changes"]
    assert json.loads(shift["values"]) == {"0": -1, "1": 3, "2": None, "3": 0}
    assert (seed["variants"], seed["sign_agreement"], seed["sign_changes"]) == (1, 1, False)


PLACE = {"space": "m", "corpus": "c", **RUN}
ELSEWHERE = {"space": "n", "corpus": "d", "pooling": "last", "reduction": "umap", "bins": "quantile", "size": 4}
ELSEWHERE |= {"comparison": "other", "model": "n", "metric": "edges", "layer": 2}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_signs_of_another_place_or_statistic_are_not_those_of_a_test(name):
    own = {**PLACE, "comparison": "pair", "model": "m", "metric": "density", "layer": 1}
    signs = pd.DataFrame([own | {"sign_depends_on": "seed"}, own | {name: ELSEWHERE[name], "sign_depends_on": "shift"}])
    tests = pd.DataFrame([dict.fromkeys(column.name for column in contracts.TESTS.columns) | own | {"p": 0.5}])
    place = {key: own[key] for key in PLACE}
    for told in (signs, signs[::-1]):
        table = summary.table_of_tests([(place, tests.assign(test="difference"), {"pair": "null"})], told)
        assert table["sign_depends_on"].tolist() == ["seed"]
    # Nothing is known of the place: nothing is said.
    table = summary.table_of_tests([(place, tests.assign(test="difference"), {})], signs.iloc[1:])
    assert table["sign_depends_on"].isna().all()
    table = summary.table_of_tests([(place, tests.assign(test="separation"), {})], signs)
    assert table["sign_depends_on"].isna().all()


def test_only_differences_have_a_sign_and_agreement_has_no_reference():
    parts = [
        variants_of(of_shift(0.5, 0.4, 0.6), test="separation", metric="edge_jaccard_distance"),
        variants_of({("shift", "x"): 0.4, ("shift", "y"): -0.1}, test="agreement", metric="regions", comparison=""),
    ]
    separation, agreement = rows_of(pd.concat(parts, ignore_index=True), test=("separation", "agreement"))
    for row in (separation, agreement):
        assert np.isnan(row["sign_agreement"])
        assert pd.isna(row["sign_changes"])
    assert separation["reference"] == 0.5
    assert np.isnan(agreement["reference"])
    assert (agreement["minimum"], agreement["maximum"]) == (-0.1, 0.4)


def rows_of(variants, **wanted):
    table = table_of_stability([({"space": "s", "corpus": "c"}, variants)])
    ((column, values),) = wanted.items()
    return [table[table[column] == value].iloc[0] for value in values]


def test_profiles_are_compared_by_the_ranks_of_their_layers():
    draw = np.random.default_rng(3)
    reference, one, other = draw.integers(0, 5, (3, 8)).astype(float)
    other[2] = np.nan
    parts = [
        variants_of(of_shift(*values), test="separation", metric="region_divergence", layer=layer)
        for layer, values in enumerate(zip(reference, one, other, strict=True))
    ]
    parts.append(variants_of(of_shift(100, 0, 50), test="separation", metric="region_divergence"))
    (row,) = rows_of(pd.concat(parts, ignore_index=True), metric=("region_divergence",))
    defined = ~np.isnan(other)
    expected = spearmanr(reference, one)[0], spearmanr(reference[defined], other[defined])[0]
    assert row["profile_correlation"] == pytest.approx(np.mean(expected))
    assert np.isnan(row["rank_correlation"])


def test_models_and_comparisons_are_compared_by_their_ranks_over_the_spaces_of_a_corpus():
    draw = np.random.default_rng(4)
    values = {key: draw.normal(size=2) for key in itertools.product("mn", ("pair", "other"))}
    parts = {
        model: pd.concat(
            [variants_of(of_shift(*values[model, name]), model=model, comparison=name) for name in ("pair", "other")],
            ignore_index=True,
        )
        for model in "mn"
    }
    table = table_of_stability([({"space": model, "corpus": "c"}, part) for model, part in parts.items()])
    expected = spearmanr(*np.array(list(values.values())).T)[0]
    assert table["rank_correlation"].tolist() == pytest.approx([expected] * 4)
    apart = table_of_stability([({"space": model, "corpus": model}, part) for model, part in parts.items()])
    assert apart["rank_correlation"].isna().all()
    assert table["space"].tolist() == ["m", "m", "n", "n"]


def test_of_equal_values_there_is_no_correlation_and_rounding_orders_nothing():
    equal = [variants_of(of_shift(1, 1 + layer * 1e-13), layer=layer) for layer in range(4)]
    (row,) = rows_of(pd.concat(equal, ignore_index=True), metric=("density",))
    assert np.isnan(row["profile_correlation"])
    two = [variants_of(of_shift(layer, layer), layer=layer) for layer in range(2)]
    (row,) = rows_of(pd.concat(two, ignore_index=True), metric=("density",))
    assert np.isnan(row["profile_correlation"])


def test_what_is_0_up_to_rounding_has_one_rank():
    parts = [variants_of(of_shift(each, 2 * layer), layer=layer) for layer, each in enumerate((0, 2e-17, 1, -3e-17))]
    (row,) = rows_of(pd.concat(parts, ignore_index=True), metric=("density",))
    assert row["profile_correlation"] == pytest.approx(spearmanr([0, 0, 1, 0], [0, 2, 4, 6])[0])


def test_the_table_of_nothing_has_its_columns():
    table = table_of_stability([({"space": "s", "corpus": "c"}, variants_of(of_shift(1, 2)).iloc[:0])])
    assert len(table) == 0
    assert {*contracts.RUN, "sign_changes", "values"} <= set(table.columns)


# ------------------------------------------------------------------ scripts


@pytest.fixture
def place(tmp_path):
    """A space of two models under two grids, and labels of which b and c differ in number."""
    labels = ["a", "b"] * 20 + ["c"] * 10
    draw = np.random.default_rng(0)
    keys = [(model, seed, layer) for model in "mn" for seed in (0, 1) for layer in range(3)]
    planes = {key: draw.normal(size=(len(labels), 2)) + [[label == "b", 0] for label in labels] for key in keys}
    attributes = {"space": "mn", "method": "umap", "components": 2, "parameters": {}}

    def fill(file):
        for key, plane in planes.items():
            store.add_array(file, contracts.coordinates(*key), plane.astype(np.float32))
            store.describe_array(file, contracts.coordinates(*key), constant=False, trustworthiness=1.0)

    store.write_arrays(tmp_path / "umap.h5", contracts.COORDINATES, fill, provenance=EMPTY, **attributes)
    stored = store.read_coordinates(tmp_path / "umap.h5")
    for size in (3, 4):
        cells, _ = regions.cells_of(stored, size=size)
        store.write_table(tmp_path / f"{size}.parquet", cells, contracts.CELLS, provenance=EMPTY)
    counted = {"label": {"a": 20, "b": 20, "c": 10}}
    store.write_table(tmp_path / "c.parquet", corpus_of(labels), contracts.CORPUS, provenance=EMPTY, labellings=counted)
    return tmp_path


RUNS = [
    {"space": "mn", "corpus": "c", "pooling": "mean", "reduction": "umap", "bins": "equal", "size": size}
    for size in (3, 4)
]
SAMPLES = ("intervals", "contrasts", "rarefaction")
STATISTICS = {"permutations": 9, "permutations_headline": 9, "permutations_costly": 0, "seed": 3}


def compare(place, name="variants.parquet"):
    cells = [place / f"{run['size']}.parquet" for run in RUNS]
    options = {"runs": RUNS, "comparisons": COMPARISONS, "min_documents": 5, "seed": 3}
    made = place / name, place / f"regions-{name}"
    compare_variants(cells, [place / "umap.h5"] * 2, place / "c.parquet", *made, **options)
    return made[0]


def test_values_of_the_reference_are_those_that_the_tests_print(place):
    found = store.read_table(compare(place), contracts.VARIANTS)
    keys = ["comparison", "labelling", "model", "test", "metric", "layer"]
    for run in RUNS:
        options = {"comparisons": COMPARISONS, "min_documents": 5, "size": run["size"], "statistics": STATISTICS}
        permute_labels(place / f"{run['size']}.parquet", place / "c.parquet", place / "t.parquet", **options)
        printed = store.read_table(place / "t.parquet", contracts.TESTS)
        # Communities are no closed form of counts, and are not varied.
        printed = printed[printed["metric"] != "community_information"]
        own = found[(found["factor"] == "reference") & (found["size"] == run["size"])]
        # A comparison of one label has no values.
        assert printed.loc[printed["comparison"] == "one", "observed"].isna().all()
        printed = printed[printed["comparison"] != "one"]
        both = printed.merge(own, on=keys, how="outer", validate="one_to_one")
        assert both["value"].to_numpy() == pytest.approx(both["observed"].to_numpy(), nan_ok=True)
    factors = found.groupby("factor")["variant"].unique().apply(sorted).to_dict()
    assert factors == {"reference": [""], "seed": ["0", "1"], "shift": ["x", "xy", "y"], "size": ["3", "4"]}
    assert set(found["comparison"]) == {"", "pair", "uneven", "every"}


def test_the_same_files_give_the_same_bytes(place):
    assert compare(place, "one.parquet").read_bytes() == compare(place, "two.parquet").read_bytes()
    assert (place / "regions-one.parquet").read_bytes() == (place / "regions-two.parquet").read_bytes()


def test_every_region_and_edge_of_every_grid_has_a_score(place):
    compare(place)
    scores = store.read_table(place / "regions-variants.parquet", contracts.REGION_STABILITY)
    for size in (3, 4):
        cells = store.read_table(place / f"{size}.parquet", contracts.CELLS)
        first = cells[cells["seed"] == 0].groupby(["model", "layer", "x", "y"]).size()
        own = scores[(scores["size"] == size) & (scores["item"] == "region")]
        assert own.set_index(["model", "layer", "x0", "y0"])["documents"].to_dict() == first.to_dict()
    # Another seed and three moved grids.
    assert set(scores["variants"]) == {4}
    assert scores["stability"].between(-0.5, 1).sum() == (scores["documents"] > 1).sum()


def test_what_a_sign_depends_on_stands_with_its_test(place):
    variants = compare(place)
    collect_stability([variants], place / "stability.tsv", places=[{"space": "mn", "corpus": "c"}])
    for run in RUNS:
        options = {"comparisons": COMPARISONS, "min_documents": 5, "size": run["size"], "statistics": STATISTICS}
        permute_labels(
            place / f"{run['size']}.parquet", place / "c.parquet", place / f"t{run['size']}.parquet", **options
        )
    tests = [place / f"t{run['size']}.parquet" for run in RUNS]
    collect_tests(tests, [variants], place / "tests.tsv", runs=RUNS, varied=[{"space": "mn", "corpus": "c"}])
    table, told = store.read_tsv(place / "tests.tsv"), store.read_tsv(place / "stability.tsv")
    keys = [*contracts.RUN, "comparison", "model", "metric", "layer"]
    depends = {
        key: ", ".join(rows.loc[rows["sign_changes"] == "True", "factor"]) or NOTHING
        for key, rows in told[told["test"] == "difference"].fillna("").groupby(keys)
    }
    differences = table[table["test"] == "difference"].fillna("")
    places = differences[keys].itertuples(index=False, name=None)
    assert dict(zip(places, differences["sign_depends_on"], strict=True)) == depends
    assert {"seed", "size", NOTHING} <= set(depends.values())
    assert table.loc[table["test"] != "difference", "sign_depends_on"].isna().all()
    assert set(told["factor"]) == {"seed", "shift", "size"}
    samples = {name: [place / f"{name}-{run['size']}.parquet" for run in RUNS] for name in SAMPLES}
    for number, run in enumerate(RUNS):
        sample_documents(
            [place / f"{run['size']}.parquet"],
            place / "c.parquet",
            {name: files[number] for name, files in samples.items()},
            spaces=["mn"],
            comparisons=COMPARISONS,
            controls=[(("mn", "m"), [("mn", "n")])],
            min_documents=5,
            size=run["size"],
            statistics={"subsamples": 5, "seed": 3},
        )
    tables = {name: place / f"{name}.tsv" for name in SAMPLES}
    conditions = [{name: run[name] for name in contracts.RUN[1:]} for run in RUNS]
    collect_samples(samples, [variants], tables, conditions=conditions, varied=[{"space": "mn", "corpus": "c"}])
    for name, of_models in {"intervals": {"m", "n"}, "contrasts": {"m"}}.items():
        found = store.read_tsv(tables[name])
        shown = found[found["test"] == "difference"].fillna("")
        places = shown[keys].itertuples(index=False, name=None)
        mine = {key: said for key, said in depends.items() if key[keys.index("model")] in of_models}
        assert dict(zip(places, shown["sign_depends_on"], strict=True)) == mine
        assert {"seed", "size", NOTHING} <= set(mine.values())
        assert found.loc[found["test"] != "difference", "sign_depends_on"].isna().all()


def test_without_two_labels_only_regions_are_compared(place):
    options = {"runs": RUNS, "comparisons": {"one": COMPARISONS["one"]}, "min_documents": 5, "seed": 3}
    cells = [place / f"{run['size']}.parquet" for run in RUNS]
    made = place / "v.parquet", place / "r.parquet"
    compare_variants(cells, [place / "umap.h5"] * 2, place / "c.parquet", *made, **options)
    assert len(store.read_table(made[1], contracts.REGION_STABILITY)) > 0
    found = store.read_table(place / "v.parquet", contracts.VARIANTS)
    assert set(found["test"]) == {"agreement"}
    assert len(sign_dependence(found)) == 0
    assert len(stability.table_of_stability([(RUNS[0], found)])) > 0
