"""What is told of two checkpoints, named as in docs/statistics.md."""

REGIONS, EDGES, CHANGED = "region_divergence", "edge_divergence", "changed_documents"
"""In regions that the two share."""

AGREEMENT, CKA = "region_agreement", "linear_cka"
"""Whatever axes the two have."""

SIMILARITIES = (AGREEMENT, CKA)
"""Those that are larger the more alike two checkpoints are."""

PARTS = 8
"""Random parts of the documents; an interval of CKA is of all ways to take half of them."""

QUANTILE = 0.95
"""Of the null, that a divergence is held against."""
