"""A comparison of one label among the tests of others: a row that says so, and holds no number.

Figures and pages ask which rows these are, so nothing of how tests are computed is imported.
"""

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

NOTE = "one label: nothing to compare"

WITHOUT = "no label: nothing to compare"
"""Of a model that has none of a comparison's labels, which differ from model to model."""

OF_REGIONS = "region_divergence"
"""Stands for a comparison where there is one hidden state, and so no edges."""

_NUMBERS = ("observed", "null_mean", "null_sd", "null_low", "null_high", "effect", "z", "p")


def rows(
    planes: Mapping[tuple[str, int], np.ndarray], counts: Mapping[str, int], *, within: str | None, headline: str
) -> pd.DataFrame:
    """A row for each model, as `label_tests.label_tests` would have it for the `headline`, every number NaN.

    `planes` are cells by model and seed (`regions.planes_of`), `counts` the documents of the label, if there is one,
    and `within` is what labels would have been permuted within.
    """
    said = NOTE if counts else WITHOUT
    seeds: dict[str, list[np.ndarray]] = {}
    for (model, _), plane in planes.items():
        seeds.setdefault(model, []).append(plane)
    return pd.DataFrame(
        {
            "model": model,
            "test": "separation",
            "metric": headline if len(of_model[0]) > 1 else OF_REGIONS,
            "layer": None,
            "side": "larger",
            **dict.fromkeys(_NUMBERS, np.nan),
            "permutations": np.int32(0),
            "labels": json.dumps(list(counts), ensure_ascii=False),
            "documents": json.dumps(dict(counts), ensure_ascii=False),
            "matched": None,
            "seeds": np.int16(len(of_model)),
            "note": f"{said}, nor to permute within {within}" if within else said,
        }
        for model, of_model in seeds.items()
    )


def among(tests: pd.DataFrame) -> pd.Series:
    """Whether each row of a table of tests (contracts.TESTS, or tests.tsv read back) is of one label, or of none.

    >>> among(pd.DataFrame({"documents": ['{"a": 30}', '{"a": 30, "b": 20}']})).tolist()
    [True, False]
    """
    single = {documents: len(json.loads(documents)) < 2 for documents in tests["documents"].unique()}
    return tests["documents"].map(single).astype(bool)
