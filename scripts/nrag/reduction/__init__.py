"""Activations to coordinates: a hidden state's documents as points of a few components.

`reduce_space` fits one reduction to every layer of a space. The methods are in `REDUCERS`; a new
one is a function under `@reducer`.
"""

from nrag.reduction.linear import pca, svd
from nrag.reduction.manifold import umap
from nrag.reduction.neighbours import nearest_neighbours, trustworthiness
from nrag.reduction.registry import REDUCERS, STANDARDISE, Reduced, Reducer, Reduction, ReductionError, reducer
from nrag.reduction.spaces import reduce_layer, reduce_space
from nrag.reduction.standardise import Blocks, Layer, Moments, fit_layer, moments_of

__all__ = [
    "REDUCERS",
    "STANDARDISE",
    "Blocks",
    "Layer",
    "Moments",
    "Reduced",
    "Reducer",
    "Reduction",
    "ReductionError",
    "fit_layer",
    "moments_of",
    "nearest_neighbours",
    "pca",
    "reduce_layer",
    "reduce_space",
    "reducer",
    "svd",
    "trustworthiness",
    "umap",
]
