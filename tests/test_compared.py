"""The documents of a comparison."""

import pandas as pd

from nrag.compared import documents_of


def test_documents_are_those_of_the_labels_in_the_order_of_the_comparison():
    corpus = pd.DataFrame(
        {
            "area": pd.array(["cv", "ai", None, "dl", "ai", "cv"], dtype="str"),
            "group": pd.array(["x", None, "x", "y", None, "x"], dtype="str"),
            "text": [f"text {number}" for number in range(6)],
        }
    )
    found = documents_of(corpus, "area", ["cv", "ai"])
    assert found.rows.tolist() == [0, 1, 4, 5]
    assert found.labels.tolist() == [0, 1, 1, 0]
    assert found.counts == {"cv": 2, "ai": 2}
    assert found.groups[0] == found.groups[3]
    assert len(set(found.groups)) == 3
    assert documents_of(corpus, "area", ["ai", "dl"]).groups is None


def test_repeated_texts_belong_together_and_so_does_what_they_join():
    corpus = pd.DataFrame(
        {
            "area": ["ai", "dl"] * 4,
            "group": pd.array(["x", "y", "x", None, "z", None, None, "y"], dtype="str"),
            "text": ["a", "b", "c", "c", "d", "e", "e", "f"],
        }
    )
    groups = documents_of(corpus, "area", ["ai", "dl"]).groups.tolist()
    # x holds a and c, c stands without a group too; y holds b and f; e is there twice.
    expected = [{0, 2, 3}, {1, 7}, {4}, {5, 6}]
    assert sorted([{n for n in range(8) if groups[n] == group} for group in set(groups)], key=min) == expected
