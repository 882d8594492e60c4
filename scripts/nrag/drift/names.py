"""What is told of two checkpoints, named as in docs/statistics.md."""

REGIONS, EDGES, CHANGED = "region_divergence", "edge_divergence", "changed_documents"
"""In regions that the two share."""

AGREEMENT, CKA = "region_agreement", "linear_cka"
"""Whatever axes the two have."""

SIMILARITIES = (AGREEMENT, CKA)
"""Those that are larger the more alike two checkpoints are."""

QUANTILE = 0.95
"""Of the null, that a divergence is held against."""
