"""What is told of two checkpoints, named as in docs/statistics.md."""

REGIONS, EDGES, CHANGED = "region_divergence", "edge_divergence", "changed_documents"
"""In regions that the two share."""

AGREEMENT, OWN_AGREEMENT, CKA = "region_agreement", "own_region_agreement", "linear_cka"
"""Whatever axes the two have; the second of regions that each has in the space of its own."""

SIMILARITIES = (AGREEMENT, OWN_AGREEMENT, CKA)
"""Those that are larger the more alike two checkpoints are."""

PARTS = 8
"""Random parts of the documents; an interval of CKA is of all ways to take half of them."""

QUANTILE = 0.95
"""Of the null, that a divergence is held against."""
