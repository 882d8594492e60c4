"""The tables of studies/README.md."""

import findings
import maze_findings
import neuron_findings
import numpy as np
import pandas as pd
import pytest
import yaml

from nrag import contracts, store
from nrag.probing import summary

ABOUT = {"provenance": {"software": {}, "parameters": {}, "inputs": {}}}
CONFIG = {
    "study": "s",
    "data": ".",
    "models": {"minilm": {"id": "org/m"}, "minilm-untrained-0": {"id": "org/m", "weights": "random"}},
    "corpora": {"c": {"path": "c.csv", "label": {"side": "side", "size": "size"}, "min_documents": 3}},
    "reductions": {"pca": {"method": "pca"}, "umap": {"method": "umap"}, "pca9": {"method": "pca", "components": 9}},
    "grid": {"size": [10], "bins": ["equal"]},
    "pooling": ["mean"],
    "comparisons": {
        "c": {
            "two": {"labelling": "side", "labels": ["b", "a"]},
            "again": {"labelling": "side", "labels": ["a", "b"]},
            "sizes": {"labelling": "size", "labels": "all"},
        }
    },
}


@pytest.fixture
def root(tmp_path):
    """A results folder; `write` puts a study there."""
    return tmp_path


def write(root, probes, **changes):
    config = CONFIG | changes
    folder = root / "studies" / config["study"]
    store.write_text(folder / "config.resolved.yaml", yaml.safe_dump(config, sort_keys=False))
    table = pd.DataFrame(probes).assign(corpus="c", comparison="two", chance="0.5", problem="")
    store.write_tsv(folder / "tables/probing.tsv", table.reindex(columns=list(summary.COLUMNS)), **ABOUT)
    return findings.study_of(root, config["study"])


def probed(mean, model="minilm", *, features="regions", reduction="", layer=1, bins="equal", size=10, score=None):
    """A row of the table of probes."""
    place = {"space": model, "pooling": "mean", "model": model, "features": features, "reduction": reduction}
    grid = {"bins": bins, "size": size} if features == "regions" else {"bins": "", "size": ""}
    return place | grid | {"layer": layer, "score": score or "balanced_accuracy", "mean": mean}


WORDS = [
    {"features": "bag_of_words", "score": "balanced_accuracy", "mean": 0.9},
    {"features": "text_length", "score": "balanced_accuracy", "mean": 0.6},
]
STATES = [
    probed(0.8, features="states"),
    probed(0.7, "minilm-untrained-0", features="states"),
    probed(0.1, features="states", layer=0),
    probed(0.2, features="states", layer=""),
    probed(0.3, features="states", score="accuracy"),
]


def test_scores_are_those_of_the_last_layer_of_the_trained_model_and_of_its_twins(root):
    regions = [probed(0.55, reduction="pca"), probed(0.65, reduction="umap")]
    regions += [probed(0.51, "minilm-untrained-0", reduction="pca"), probed(0.53, "x-untrained-1", reduction="pca")]
    study = write(root, [*WORDS, *STATES, *regions])
    assert list(findings.scores(root, study)) == [
        "| s, c: two | 0.50 | 0.90 | 0.60 | 0.80 | 0.70 | 0.55 | 0.51–0.53 | 0.65 | – |"
    ]


def test_what_a_study_lacks_is_a_dash_and_several_grids_are_rows_of_their_own(root):
    regions = [probed(0.55, reduction="pca"), probed(0.65, reduction="pca", size=6)]
    study = write(root, [*WORDS, STATES[0], *regions], grid={"size": [6, 10], "bins": ["equal"]})
    assert list(findings.scores(root, study)) == [
        "| s, c: two (mean, 6 × 6 equal) | 0.50 | 0.90 | 0.60 | 0.80 | – | 0.65 | – | – | – |",
        "| s, c: two (mean, 10 × 10 equal) | 0.50 | 0.90 | 0.60 | 0.80 | – | 0.55 | – | – | – |",
    ]


def test_a_study_that_was_not_run_is_left_out_and_said(root, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["findings.py", str(root), "never", "s"])
    write(root, [*WORDS, *STATES], comparisons={})
    monkeypatch.setattr(findings, "overlaps", lambda results, study: [f"overlaps of {study.name}"])
    findings.main()
    said = capsys.readouterr()
    assert said.out.splitlines()[1:] == ["overlaps of s"]
    assert said.err == f"never was not run in {root}, or without probing and statistics: left out\n"


def test_overlaps_are_of_the_planes_of_the_study_and_each_pair_of_labels_once(root):
    study = write(root, STATES)
    labels = {"side": {"a": 4, "b": 4}, "size": {"large": 4, "small": 4, "rare": 1}}
    documents = pd.DataFrame({"document": range(9), "id": [*"abcdefghi"], "text": "t"})
    # The ninth document has no side.
    documents = documents.assign(group=None, time=None, hover=None, side=[*"aaaabbbb", None])
    documents = documents.assign(size=["large", "small"] * 4 + ["rare"]).convert_dtypes()
    corpus = documents.astype(dict.fromkeys(("group", "time", "hover"), "string"))
    store.write_table(root / "corpora/c/corpus.parquet", corpus, contracts.CORPUS, labellings=labels, **ABOUT)
    # Both sides have the sums of coordinates in common, and no cell.
    apart = pd.DataFrame({"document": range(9), "layer": 0, "x": [0] * 4 + [1] * 4 + [2], "y": [1] * 4 + [0] * 4 + [2]})
    for model in CONFIG["models"]:
        for plane in ("pca/equal-10", "umap/equal-10", "pca/equal-6"):
            seeds = pd.concat([apart.assign(seed=1, x=0, y=0), apart.assign(seed=0)])
            cells = seeds.assign(model=model).sort_values(["seed", "document"], ignore_index=True)
            store.write_table(root / f"nrags/{model}/c/mean/{plane}/cells.parquet", cells, contracts.CELLS, **ABOUT)
    found = dict(line.rsplit(": ", 1) for line in findings.overlaps(root, study))
    assert list(found) == [
        f"c, {model}, mean, {reduction}, 10 × 10 equal: {pair}"
        for model in CONFIG["models"]
        for reduction in ("pca", "umap")
        for pair in ("b, a", "large, small")
    ]
    assert {name.rsplit(": ", 1)[1]: value.split(" ")[0] for name, value in found.items()} == {
        "b, a": "0.00",
        "large, small": "1.00",
    }


def test_contrasts_are_those_of_whole_graphs_and_have_their_interval(root):
    study = write(root, STATES)
    place = {"corpus": "c", "comparison": "two", "reduction": "pca", "bins": "equal", "size": 10, "space": "minilm"}
    place |= {"model": "minilm", "layer": None}
    tests = [
        place | {"metric": "region_divergence", "effect": 0.2504, "p": 0.001},
        place | {"metric": "region_divergence", "effect": 0.9, "p": 0.001, "layer": 2},
        place | {"metric": "edge_total_variation", "effect": -0.01, "p": 0.6},
        place | {"metric": "density", "effect": 0.5, "p": 0.001},
    ]
    added = [
        place | {"metric": "region_divergence", "m": 50, "value": 0.2, "low": 0.104, "high": 0.3},
        place | {"metric": "edge_total_variation", "m": 50, "value": -0.02, "low": None, "high": None},
    ]
    folder = root / "studies/s/tables"
    store.write_tsv(folder / "tests.tsv", pd.DataFrame(tests), **ABOUT)
    store.write_tsv(folder / "contrasts.tsv", pd.DataFrame(added), **ABOUT)
    assert list(findings.contrasts(root, study)) == [
        "c: two, minilm, pca, 10 × 10 equal, regions: "
        "effect 0.250, p = 0.001; at 50 a label training adds 0.20 [0.10, 0.30]",
        "c: two, minilm, pca, 10 × 10 equal, edges: effect -0.010, p = 0.6; at 50 a label training adds -0.02",
    ]


def test_signs_count_the_differences_that_a_choice_turns_round(root):
    study = write(root, STATES)
    row = {"test": "difference", "reduction": "pca", "factor": "shift", "layer": None, "sign_changes": True}
    rows = [row, row | {"sign_changes": False}, row | {"layer": 1}, row | {"test": "separation", "sign_changes": None}]
    rows += [row | {"factor": "reduction", "sign_changes": False}]
    store.write_tsv(root / "studies/s/tables/stability.tsv", pd.DataFrame(rows), **ABOUT)
    assert list(findings.signs(root, study)) == [
        "s, pca: of 2 differences 1 change their sign with the shift",
        "s, pca: of 1 differences 0 change their sign with the reduction",
    ]


@pytest.mark.parametrize(("one", "other"), [("true", "fake"), ("fake", "true")])
def test_endings_tell_the_labels_apart_as_far_as_their_shares_differ(root, one, other):
    texts = ["ends so.", 'and "so" ', "so does not", "nor, this,", "this one!", "these”", "true?", "yes."]
    documents = pd.DataFrame({"document": range(8), "id": [*"abcdefgh"], "text": texts})
    documents = documents.assign(group=None, time=None, hover=None, label=[one] * 4 + [other] * 4)
    corpus = documents.astype(dict.fromkeys(("group", "time", "hover"), "string"))
    store.write_table(root / "corpora/fakebr/corpus.parquet", corpus, contracts.CORPUS, **ABOUT)
    shares, accuracy = findings.endings(root)
    assert shares.removeprefix("end as a sentence: ").split(", ") == sorted([f"{one} 50%", f"{other} 100%"])
    assert accuracy == "balanced accuracy of that alone: 0.75"


def test_overlap_is_the_part_of_two_labels_documents_that_lie_alike():
    cells = np.array([0, 0, 3, 3, 7, 0, 3, 3])
    here = np.array([True, True, True, True, False, False, False, False])
    # Shares by cell 0, 3, 7: (0.5, 0.5, 0) and (0.25, 0.5, 0.25), of which 0.25 + 0.5 is common.
    assert findings.overlap(cells, here, ~here) == pytest.approx(0.75)
    assert findings.overlap(cells, here, here) == 1
    assert findings.overlap(np.arange(8), here, ~here) == 0


def test_of_shuffled_labels_documents_that_lie_apart_overlap():
    documents = np.arange(80)
    labels = pd.Series(np.where(documents < 40, "a", "b"), index=documents)
    table = pd.DataFrame({"document": documents, "layer": 0, "x": documents // 40, "y": 0})
    apart, shuffled = findings.by_layer(table, labels, "a", "b").split(" ")
    assert apart == "0.00"
    assert 0.8 < float(shuffled.strip("()")) < 1


def test_a_range_of_alike_values_is_one_number():
    assert findings.between(pd.Series([0.694, 0.74])) == "0.69–0.74"
    assert findings.between(pd.Series([0.534, 0.531])) == "0.53"


# ----------------------------------------------------------------------------------- docs/neurons.md


def test_layers_have_all_methods_in_text_of_both_signs_and_in_the_strongest_texts_of_one():
    rows = []
    for sign in (0, 1):
        for split in ("text", "top"):
            for method, f1 in (("graph", 0.5), ("token", 0.25), ("sequence", None)):
                row = {"model": "m", "corpus": "c", "block": 3, "sign": sign, "method": method, "split": split}
                row |= {"precision": 0.75, "recall": 0.125, "f1": f1 and f1 + 0.1 * sign, "f1_low": 0.4, "f1_high": 0.6}
                rows.append(row | {"detection_auc": 0.7 + 0.1 * sign})
    (line,) = neuron_findings.layers(pd.DataFrame(rows).astype("string"))
    text = "0.75/0.12/0.50 [0.40, 0.60] | 0.75/0.12/0.25 | 0.75/0.12/–"
    assert line == f"| m, c | 3 | {text} | 0.75/0.12/0.60 | 0.75/0.12/0.35 | 0.75/0.12/– | 0.70 |"


def test_what_became_of_neurons_is_told_block_by_block_and_sides_without_a_graph_do_not_count():
    rows = [
        {"model_a": "a", "model_b": "b", "corpus": "c", "block": block, "correlation": correlation,
         "overlap_activating": activating, "overlap_context": 0.5}
        for block, correlation, activating in ((0, 0.5, 0.25), (0, -0.1, np.nan), (1, 0.1, 0.75))
    ]  # fmt: skip
    first, second = neuron_findings.changes(pd.DataFrame(rows))
    assert first == "a, b, c, block 0: correlation 0.20 (beyond 0.2: 50%), activating 0.25, context 0.50"
    assert second == "a, b, c, block 1: correlation 0.10 (beyond 0.2: 0%), activating 0.75, context 0.50"


def test_the_nearest_pairs_share_most_where_they_share_less():
    def neuron(number, activating, context):
        for role, texts in (("activating", activating), ("context", context)):
            for text in texts:
                yield {"model": "m", "block": 0, "neuron": number, "sign": 1, "role": role, "text": text}

    rows = [*neuron(1, "abc", "xy"), *neuron(2, "abcd", "xy"), *neuron(3, "ab", "xz"), *neuron(4, "q", "")]
    first, *others = neuron_findings.nearest(pd.DataFrame(rows))
    assert first.startswith("0.75  m 0 1 1: ")
    assert "m 0 2 1: " in first
    assert not any("m 0 4 1" in line for line in others)


# ------------------------------------------------------------------------------------- docs/mazes.md


def test_ways_of_a_length_have_the_rate_of_all_seeds_then_each():
    rows = [
        {"split": split, "stage": stage, "seed": seed, "length": length, "mazes": 9, "solve_rate": rate}
        for split, stage, seed, length, rate in (
            ("test", "grpo", pd.NA, 7, 0.2), ("test", "grpo", 1, 7, 0.3), ("test", "grpo", 0, 7, 0.1),
            ("test", "grpo", pd.NA, 8, 0.0), ("test", "dpo", 0, 7, 0.9), ("shift", "grpo", 0, 7, 0.9),
        )
    ]  # fmt: skip
    lengths = pd.DataFrame(rows).astype({"seed": "Int64"})
    assert list(maze_findings.long_ways(lengths, ["grpo"])) == [
        "| grpo | 7 | 9 | 20.0 | 10.0 | 30.0 |",
        "| grpo | 8 | 9 | 0.0 |",
    ]


def test_rewards_are_means_of_the_first_and_last_reports_and_pairs_those_held_back_last():
    steps = pd.DataFrame({"stage": "rlhf", "seed": 0, "step": range(6, 0, -1), "reward": [6.0, 5, 4, 3, 2, 1]})
    judge = pd.DataFrame({"stage": "judge", "seed": 0, "step": [1, 2, 3], "accuracy": [0.5, 0.75, np.nan]})
    told = list(maze_findings.rewards(pd.concat([steps, judge]), reported=2))
    assert told == ["| judge | 0 | pairs | 75.0 % |", "| rlhf | 0 | 1.50 | 5.50 |"]


def test_pairs_of_three_initialisations_are_told_by_their_stages_and_whether_they_are_of_one_lineage():
    ends = [("base", "sft"), ("base-1", "sft-1"), ("base", "sft-1"), ("base", "base-2"), ("sft", "sft-1")]
    rows = [
        {"space": "seeds", "model_a": one, "model_b": other, "layer": layer, "statistic": "linear_cka", "value": value}
        for value, (one, other) in zip((0.1, 0.3, 0.5, 0.7, 0.9), ends, strict=True)
        for layer in (np.nan, 1.0)
    ]
    other = [{**rows[0], "space": "lineage", "value": 9.0}]
    told = list(maze_findings.initialisations(pd.DataFrame(rows + other)))
    assert [line.split(" | edge")[0] for line in told] == [
        "| base and base, of two", "| base and sft, of one lineage", "| base and sft, of two", "| sft and sft, of two",
    ]  # fmt: skip
    assert "linear_cka 0.20 (0.10–0.30)" in told[1]
    assert "linear_cka 0.50 (0.50–0.50)" in told[2]


def test_what_regions_and_lengths_tell_is_asked_of_the_models_named():
    rows = [
        {"metric": metric, "model": model, "labelling": "solved", "layer": layer, "observed": value}
        for metric, model, layer, value in (
            ("label_information", "sft", 4, 0.01), ("label_information", "sft-1", 4, 0.02),
            ("label_information", "dpo", 4, 0.9), ("label_information", "sft", np.nan, 0.9),
            ("region_divergence", "sft", 4, 0.9),
        )
    ]  # fmt: skip
    told = list(maze_findings.told_by_regions(pd.DataFrame(rows), ["sft", "sft-1"]))
    assert told == ["| solved | 4 | 0.015 (0.010–0.020) |"]

    ids = [f"m{number}" for number in range(40)]
    mazes = pd.DataFrame({"id": ids, "split": "test", "length": [3, 5, 6, 9] * 10})
    answers = pd.concat(
        pd.DataFrame({"id": ids, "model": model, "decoding": decoding, "solved": solved})
        for model, decoding, solved in (
            ("s", "greedy", mazes["length"] < 5), ("s", "sampled", True), ("t", "greedy", True), ("u", "greedy", True),
        )
    )  # fmt: skip
    told = list(maze_findings.told_by_lengths(answers, mazes, ["s", "t"], (4, 6)))
    assert [line.split(" | ")[0] for line in told] == ["| s", "| t"]
    assert 0.6 < float(told[0].split(" | ")[1].rstrip(" |")) < 1
    assert told[1] == "| t | 0.000 |"
