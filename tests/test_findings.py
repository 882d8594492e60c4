"""The numbers of studies/README.md."""

import findings
import numpy as np
import pandas as pd
import pytest


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
