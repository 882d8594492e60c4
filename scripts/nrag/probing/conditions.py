"""What labels must be like so that they can be probed. The standard library alone: asked before any job too."""

import math
from collections.abc import Mapping


def problem(counts: Mapping[str, int], *, test_size: float, groups: Mapping[str, int] | None = None) -> str:
    """Why labels cannot be probed, as one sentence; empty if they can.

    `counts` are the documents of each compared label, `groups` the groups that these come from, where
    documents belong together. A label needs one document in every test part, hence at least
    1 / `test_size`, and documents of two groups.

    >>> problem({"ai": 12, "cv": 3}, test_size=0.3)
    'label cv has 3 documents, and test_size: 0.3 needs 4 of each'
    >>> problem({"ai": 12, "cv": 13}, test_size=0.3)
    ''
    """
    if len(counts) < 2:
        there = ", ".join(counts) or "none"
        return f"two labels or more are needed to tell them apart, and there is {there}"
    least = least_documents(test_size)
    few = [f"label {label} has {count}" for label, count in counts.items() if count < least]
    if few:
        return f"{', '.join(few)} documents, and test_size: {test_size:g} needs {least} of each"
    single = [label for label, count in (groups or {}).items() if count < 2]
    if single:
        return f"all documents of {', '.join(single)} are one group, which would have to stand on both sides of a split"
    return ""


def least_documents(test_size: float) -> int:
    """Documents of a label of which every stratified test part of such a share has at least one."""
    # 1 / 0.1 is 10, and rounding must not make 11 of it.
    return max(2, math.ceil(round(1 / test_size, 9)))
