"""What untrained controls have, beside what the model has."""

import numpy as np
import pandas as pd
import pytest

from nrag.controls import BESIDE, beside


def slow_beside(table, value, controls, by):
    """Row by row."""
    rows = []
    for own in table.to_dict("records"):
        found = [
            other[value]
            for other in table.to_dict("records")
            if other["model"] in controls.get(own["model"], [])
            and all(other[name] == own[name] or (pd.isna(other[name]) and pd.isna(own[name])) for name in by)
            and (other["space"] == own["space"] or (other["space"] == other["model"] and own["space"] == own["model"]))
            and not np.isnan(other[value])
        ]
        rows.append([len(found), *(f(found) if found else np.nan for f in (np.mean, min, max))])
    return pd.DataFrame(rows, columns=list(BESIDE), index=table.index)


@pytest.fixture
def table():
    """Models a and b, two controls of a and one of b, in spaces of their own and in shared ones; some undefined."""
    places = [(model, model) for model in ("a", "b", "a0", "a1", "b0")]
    places += [("both", model) for model in ("a", "b", "a0")] + [("trained", model) for model in ("a", "b")]
    rng = np.random.default_rng(0)
    rows = [
        {"space": space, "model": model, "layer": layer, "reduction": reduction, "bits": rng.normal()}
        for space, model in places
        for layer in (None, 0, 1)
        for reduction in ("pca", "umap")
    ]
    frame = pd.DataFrame(rows).astype({"layer": "Int16"}).sample(frac=1, random_state=1)
    frame.loc[frame.index[[3, 11, 20]], "bits"] = np.nan
    return frame


def test_it_equals_the_slow_definition(table):
    controls = {"a": ["a0", "a1"], "b": ["b0"], "c": ["a0"]}
    found = beside(table, "bits", controls, by=["layer", "reduction"])
    assert found["controls"].sum() > 10
    pd.testing.assert_frame_equal(
        found, slow_beside(table, "bits", controls, ["layer", "reduction"]), check_dtype=False
    )


def test_a_model_in_a_shared_space_has_the_controls_of_that_space_alone(table):
    found = table.join(beside(table, "bits", {"a": ["a0", "a1"]}, by=["layer", "reduction"]))
    assert found.loc[(found["space"] == "trained"), "controls"].eq(0).all()
    assert found.loc[(found["space"] == "both") & (found["model"] == "a"), "controls"].max() == 1
    assert found.loc[(found["space"] == "a"), "controls"].max() == 2


def test_without_controls_there_is_nothing(table):
    for controls in ({}, {"a": []}, {"a": ["gone"]}):
        found = beside(table, "bits", controls, by=["layer"])
        assert found["controls"].eq(0).all()
        assert found[list(BESIDE[1:])].isna().all(axis=None)
        assert found.index.equals(table.index)
