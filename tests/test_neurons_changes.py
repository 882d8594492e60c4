"""What became of each neuron between two checkpoints."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from nrag import contracts
from nrag.neurons.changes import Checkpoint, agreement, changed_neurons
from nrag.neurons.examples import Found, Mined

DOCUMENTS = 40
NOTHING = Found(*(np.empty(0, dtype=int) for _ in range(6)))


def mined(values, *, selected):
    """As mining sees a block of so many neurons: `values` (documents, selected) are largest, their halves smallest."""
    peaks = np.zeros((max(selected) + 1, 2), dtype=np.float32)
    peaks[selected, 0], peaks[selected, 1] = values.max(axis=0), values.max(axis=0) / 2
    histogram = np.zeros((len(peaks), 2, 96), dtype=np.int64)
    return Mined(len(peaks), np.array(selected), histogram, peaks, NOTHING, NOTHING, values, -values / 2)


def index(tokens):
    """Rows of tokens.parquet of {(neuron, sign): (activating, context)} in block 0."""
    return pd.DataFrame(
        [
            (0, *neuron, role, text)
            for neuron, roles in tokens.items()
            for role, texts in zip(("activating", "context"), roles, strict=True)
            for text in texts
        ],
        columns=["block", "neuron", "sign", "role", "text"],
    )


def scores(f1):
    """Rows of scores.tsv of {(neuron, sign): F1}, with a look-up's and a quarter's beside it."""
    rows = [
        (0, *neuron, method, "text", quantile, 3, value if (method, quantile) == ("graph", 0) else 0.0, 0.01)
        for neuron, value in f1.items()
        for method in ("graph", "token")
        for quantile in (0, 1)
    ]
    columns = ["block", "neuron", "sign", "method", "split", "quantile", "patterns", "f1", "density"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def base():
    values = np.random.default_rng(0).random((DOCUMENTS, 3)).astype(np.float32)
    return values, Checkpoint(
        {0: mined(values, selected=[1, 4, 6])},
        index({(1, 1): (["a", "b"], ["c"]), (4, 1): (["a"], [])}),
        scores({(1, 1): 0.9, (4, 1): 0.5}),
    )


def of(table, neuron, sign=1):
    return table[(table["neuron"] == neuron) & (table["sign"] == sign)].iloc[0]


def test_a_checkpoint_against_itself_has_not_changed(base):
    table = changed_neurons({"base": base[1], "same": base[1]}, [("base", "same")])
    assert table["correlation"].to_numpy() == pytest.approx(1)
    traced = table[table["patterns_a"] > 0]
    assert len(traced) == 2
    assert (traced[["overlap_activating", "overlap_context"]] == 1).all(axis=None)
    assert (table["peak_a"] == table["peak_b"]).all()
    assert len(table) == 2 * 3


def test_tokens_ranks_and_scores_are_of_the_same_neuron_whatever_else_is_selected(base):
    values, checkpoint = base
    turned = values.copy()
    turned[:, 1] = 1 - turned[:, 1]
    # Neuron 1 is not among the selected ones of the other, 7 not among those of the first.
    tuned = Checkpoint(
        {0: mined(turned[:, [1, 2, 0]], selected=[4, 6, 7])},
        index({(4, 1): (["a", "d", "e", "f"], ["c"]), (7, 1): (["a", "b"], ["c"])}),
        scores({(4, 1): 0.25, (7, 1): 0.9}),
    )
    table = changed_neurons({"base": checkpoint, "tuned": tuned}, [("base", "tuned")])
    assert sorted(set(table["neuron"])) == [4, 6]
    four, six = of(table, 4), of(table, 6)
    assert four["correlation"] == pytest.approx(-1)
    assert six["correlation"] == pytest.approx(1)
    assert four["overlap_activating"] == 1 / 4
    assert four["overlap_context"] == 0  # one has none, the other one token
    assert (four["f1_a"], four["f1_b"]) == (0.5, 0.25)
    assert np.isnan(six["f1_a"])
    assert np.isnan(six["overlap_activating"])
    assert (six["patterns_a"], six["patterns_b"]) == (0, 0)


def test_signs_are_apart(base):
    values, checkpoint = base
    block = checkpoint.mined[0]
    # In the other the negative side of neuron 1 is what the positive was, and the other way round.
    mirrored = Mined(
        block.neurons, block.selected, block.histogram, block.peaks[:, ::-1], NOTHING, NOTHING,
        np.random.default_rng(1).random(values.shape).astype(np.float32), block.lowest,
    )  # fmt: skip
    table = changed_neurons(
        {"base": checkpoint, "tuned": Checkpoint({0: mirrored}, checkpoint.index, checkpoint.scores)},
        [("base", "tuned")],
    )
    assert (of(table, 1, -1)["correlation"], abs(of(table, 1, 1)["correlation"]) < 0.5) == (pytest.approx(1), True)
    assert of(table, 1, 1)["peak_a"] == of(table, 1, -1)["peak_b"]


def test_correlations_are_those_of_scipy_with_ties_and_none_of_constants():
    generator = np.random.default_rng(3)
    first, second = generator.integers(0, 4, (2, 50, 5))
    second[:, 2] = 7
    found = agreement(first, second)
    assert np.isnan(found[2])
    for column in (0, 1, 3, 4):
        assert found[column] == pytest.approx(spearmanr(first[:, column], second[:, column]).statistic)


def test_only_the_pairs_that_are_asked_for_in_the_columns_of_the_contract(base):
    three = dict.fromkeys(["a", "b", "c"], base[1])
    table = changed_neurons(three, [("a", "b"), ("a", "c")])
    assert list(table.columns) == [column.name for column in contracts.CHANGED.columns]
    assert set(zip(table["model_a"], table["model_b"], strict=True)) == {("a", "b"), ("a", "c")}


def test_checkpoints_of_other_documents_are_refused(base):
    values, checkpoint = base
    fewer = Checkpoint({0: mined(values[:-1], selected=[1, 4, 6])}, checkpoint.index, checkpoint.scores)
    with pytest.raises(ValueError, match="40 and 39 documents"):
        changed_neurons({"base": checkpoint, "tuned": fewer}, [("base", "tuned")])
