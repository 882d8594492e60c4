"""Metrics: numbers of an NRAG as a whole, of each of its layers, of each of its regions.

A metric is a function registered under its level and name. The names are LLM-MRI's where it has the
metric; where its definition goes wrong the right one is here, and docs/metrics.md tells the
difference. Undefined is NaN. The examples are worked on `nrag.graphs.example()`.
"""

import functools
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.graphs import Key, Nrag, example  # noqa: F401 the docstrings use `example`

METRICS: dict[str, dict[str, Callable[[Nrag], float | np.ndarray]]] = {level: {} for level in contracts.LEVELS}
"""Every metric by level and name: a number of the graph, an array (layers,) or an array (regions,)."""


def metric(level: str, name: str | None = None) -> Callable:
    """Decorator that registers a function of an NRAG as a metric of a level, under its own name by default."""

    def register(function: Callable[[Nrag], float | np.ndarray]) -> Callable[[Nrag], float | np.ndarray]:
        METRICS[level][name or function.__name__] = function
        return function

    return register


def metrics_of(nrags: Mapping[Key, Nrag]) -> pd.DataFrame:
    """Every metric of every NRAG in the long form of `contracts.METRICS`, sorted as it says."""
    names = sorted({name for metrics in METRICS.values() for name in metrics})
    keys = sorted(nrags)
    pieces = [_values(nrags[key], names) for key in keys]
    sizes = [len(piece["value"]) for piece in pieces]
    columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    documents = [int(nrags[key].documents[nrags[key].layer == 0].sum()) for key in keys]
    return pd.DataFrame(
        {
            "model": pd.array([key.model for key in keys], dtype="str").repeat(sizes),
            "seed": np.repeat(np.array([key.seed for key in keys], dtype=np.int16), sizes),
            "labelling": pd.array([key.labelling for key in keys], dtype="str").repeat(sizes),
            "label": pd.array([key.label for key in keys], dtype="str").repeat(sizes),
            "level": pd.array(contracts.LEVELS, dtype="str").take(columns["level"]),
            "layer": _nullable(columns["layer"]),
            "x": _nullable(columns["x"]),
            "y": _nullable(columns["y"]),
            "metric": pd.array(names, dtype="str").take(columns["metric"]),
            "value": columns["value"],
            "documents": np.repeat(np.array(documents, dtype=np.int32), sizes),
        }
    )


# --------------------------------------------------------------------------------------- moments


def mean(values: np.ndarray) -> float:
    """Σv / n; NaN without values.

    >>> mean(np.array([1, 2, 6]))
    3.0
    """
    return float(values.sum() / len(values)) if len(values) else np.nan


def var(values: np.ndarray) -> float:
    """Unbiased variance Σ(v − mean)² / (n − 1); NaN for fewer than two values.

    >>> var(np.array([1, 2, 6]))
    7.0
    """
    n = len(values)
    return _central(values, 2) * n / (n - 1) if n > 1 else np.nan


def skew(values: np.ndarray) -> float:
    """Bias-corrected skewness G₁ = √(n(n − 1)) / (n − 2) · m₃ / m₂^1.5; NaN for n < 3 or equal values.

    m_k are central moments with divisor n. Joanes & Gill (1998), The Statistician 47, 183; as pandas.

    >>> round(skew(np.array([1, 2, 6])), 4)
    1.4579
    """
    n, m2 = len(values), _central(values, 2)
    return float(np.sqrt(n * (n - 1)) / (n - 2) * _central(values, 3) / m2**1.5) if n > 2 and m2 > 0 else np.nan


def kurt(values: np.ndarray) -> float:
    """Bias-corrected excess kurtosis G₂ = (n − 1) / ((n − 2)(n − 3)) · ((n + 1) g₂ + 6), g₂ = m₄ / m₂² − 3.

    0 for a normal distribution; NaN for n < 4 or equal values. Joanes & Gill (1998); as pandas.

    >>> round(kurt(np.array([0, 0, 0, 4])), 6)
    4.0
    """
    n, m2 = len(values), _central(values, 2)
    if n < 4 or not m2 > 0:
        return np.nan
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (_central(values, 4) / m2**2 - 3) + 6)


# ------------------------------------------------------------------------------------ graph level


@metric("graph")
def regions(nrag: Nrag) -> float:
    """|V|: regions that the label's documents occupy, over all layers.

    >>> regions(example())
    5.0
    """
    return float(len(nrag.layer))


@metric("graph")
def edges(nrag: Nrag) -> float:
    """|E|: pairs of regions of neighbouring layers that share a document.

    >>> edges(example())
    5.0
    """
    return float(len(nrag.weight))


@metric("graph")
def mean_degree(nrag: Nrag) -> float:
    """Mean over regions of the edges that enter and leave: 2|E| / |V|.

    >>> mean_degree(example())  # degrees a 2, c 3, d 2, e 1, f 2
    2.0
    """
    return mean(degree(nrag))


@metric("graph")
def var_degree(nrag: Nrag) -> float:
    """Variance of degree over regions, see `var`.

    >>> var_degree(example())  # (0 + 1 + 0 + 1 + 0) / 4
    0.5
    """
    return var(degree(nrag))


@metric("graph")
def skew_degree(nrag: Nrag) -> float:
    """Skewness of degree over regions, see `skew`.

    >>> skew_degree(example())  # one degree above the mean, one as far below
    0.0
    """
    return skew(degree(nrag))


@metric("graph")
def kurt_degree(nrag: Nrag) -> float:
    """Excess kurtosis of degree over regions, see `kurt`.

    >>> round(kurt_degree(example()), 6)  # g2 = 0.4 / 0.16 - 3 = -0.5; 4 / 6 * (6 * -0.5 + 6)
    2.0
    """
    return kurt(degree(nrag))


@metric("graph")
def mean_strength(nrag: Nrag) -> float:
    """Mean over regions of the documents on all their edges: 2 L N / |V|, N documents, L the last layer.

    As the formula shows, it counts regions; compare it only at equal numbers of documents. Strength:
    Barrat et al. (2004), PNAS 101, 3747.

    >>> mean_strength(example())  # strengths a 5, c 8, d 2, e 3, f 2
    4.0
    """
    return mean(strength(nrag))


@metric("graph")
def var_strength(nrag: Nrag) -> float:
    """Variance of strength over regions, see `var`.

    >>> var_strength(example())  # (1 + 16 + 4 + 1 + 4) / 4
    6.5
    """
    return var(strength(nrag))


@metric("graph")
def skew_strength(nrag: Nrag) -> float:
    """Skewness of strength over regions, see `skew`.

    >>> round(skew_strength(example()), 4)  # m2 5.2, m3 9.6: sqrt(20) / 3 * 9.6 / 5.2**1.5
    1.2069
    """
    return skew(strength(nrag))


@metric("graph")
def kurt_strength(nrag: Nrag) -> float:
    """Excess kurtosis of strength over regions, see `kurt`.

    >>> round(kurt_strength(example()), 4)  # m4 58: 4 / 6 * (6 * (58 / 5.2**2 - 3) + 6)
    0.5799
    """
    return kurt(strength(nrag))


@metric("graph")
def assortativity(nrag: Nrag) -> float:
    """Pearson correlation over edges of the source's out-strength and the target's in-strength, in [-1, 1].

    Strengths are weighted, the edges are not: each counts once. Positive: regions that send many
    documents on lead to regions that receive many. NaN with fewer than two edges, or where all
    sources or all targets are equally strong. Newman (2003), Phys. Rev. E 67, 026126, eq. 21, with the
    directions of Foster et al. (2010), PNAS 107, 10815; equal to NetworkX'
    `degree_assortativity_coefficient(G, "out", "in", weight="weight")`.

    >>> round(assortativity(example()), 4)  # of (5, 4), (5, 1), (4, 3), (4, 2), (1, 2)
    0.1868
    """
    sources, targets = nrag.out_strength[nrag.source], nrag.in_strength[nrag.target]
    if len(sources) < 2 or np.ptp(sources) == 0 or np.ptp(targets) == 0:
        return np.nan
    sources, targets = sources - sources.mean(), targets - targets.mean()
    return float(sources @ targets / np.sqrt((sources @ sources) * (targets @ targets)))


@metric("graph")
def density(nrag: Nrag) -> float:
    """Edges out of those possible between occupied regions of neighbouring layers: |E| / Σ_k |V_k| |V_{k+1}|.

    In (0, 1]; does not fall with depth. NaN for a single layer. The density of two-mode networks (Borgatti &
    Everett 1997, Social Networks 19, 243), summed over the pairs of layers.

    >>> round(density(example()), 4)  # 5 / (1 * 2 + 2 * 2)
    0.8333
    """
    occupied = regions_by_layer(nrag)
    possible = occupied[:-1] @ occupied[1:]
    return float(len(nrag.weight) / possible) if possible else np.nan


@metric("graph")
def density_directed(nrag: Nrag) -> float:
    """Edges out of all ordered pairs of regions: |E| / (|V| (|V| − 1)). LLM-MRI's `density`.

    Most of these pairs cannot be joined, so it falls with depth; kept for comparison. NaN for one region.

    >>> density_directed(example())  # 5 / (5 * 4)
    0.25
    """
    n = len(nrag.layer)
    return len(nrag.weight) / (n * (n - 1)) if n > 1 else np.nan


@metric("graph")
def center_of_mass(nrag: Nrag) -> float:
    """Mean over regions of relative depth 2k / L − 1, k the region's layer and L the last: in [-1, 1].

    Negative: more regions in early layers than in late ones. Every region counts once, for the
    documents are the same number in every layer. NaN for a single layer.

    >>> center_of_mass(example())  # (-1 + 0 + 0 + 1 + 1) / 5
    0.2
    """
    return mean(_depth(nrag)[nrag.layer])


@metric("graph")
def center_of_strength(nrag: Nrag) -> float:
    """Mean relative depth of the unevenness of strength: Σ_k s_k (2k / L − 1) / Σ_k s_k, in [-1, 1].

    s_k is the standard deviation (divisor n − 1) of strength over the regions of layer k, 0 for a
    single region. A mean weighted by strength itself would be 0 for every NRAG, since all documents
    pass every layer; the spread tells where in depth a few regions take most of them. Weighting by it
    is LLM-MRI's idea. NaN for a single layer, and where every layer is even.

    >>> round(center_of_strength(example()), 4)  # s = 0, 4.2426, 0.7071: 0.7071 / 4.9497
    0.1429
    """
    spread = np.sqrt(np.nan_to_num(_variance_by_layer(nrag, strength(nrag))))
    return float(spread @ _depth(nrag) / spread.sum()) if spread.any() else np.nan


# ------------------------------------------------------------------------------------ layer level


@metric("layer", "regions")
def regions_by_layer(nrag: Nrag) -> np.ndarray:
    """|V_k|: regions that the label's documents occupy in each layer.

    >>> regions_by_layer(example())
    array([1., 2., 2.])
    """
    return np.bincount(nrag.layer, minlength=nrag.layers).astype(np.float64)


@metric("layer")
def occupancy(nrag: Nrag) -> np.ndarray:
    """Share of the grid's cells that are occupied, in (0, 1]: |V_k| / size².

    >>> occupancy(example())  # of 2 x 2 cells
    array([0.25, 0.5 , 0.5 ])
    """
    return regions_by_layer(nrag) / nrag.size**2


@metric("layer", "mean_degree")
def mean_degree_by_layer(nrag: Nrag) -> np.ndarray:
    """Mean degree over the regions of each layer. The first and last layer have edges on one side only.

    >>> mean_degree_by_layer(example())
    array([2. , 2.5, 1.5])
    """
    return _mean_by_layer(nrag, degree(nrag))


@metric("layer", "var_degree")
def var_degree_by_layer(nrag: Nrag) -> np.ndarray:
    """Variance of degree (divisor n − 1) over the regions of each layer; NaN for a single region.

    >>> var_degree_by_layer(example())
    array([nan, 0.5, 0.5])
    """
    return _variance_by_layer(nrag, degree(nrag))


# ------------------------------------------------------------------------------------- node level


@metric("node")
def documents(nrag: Nrag) -> np.ndarray:
    """Documents of the label in each region.

    >>> documents(example())
    array([5, 4, 1, 3, 2])
    """
    return nrag.documents


@metric("node")
def in_degree(nrag: Nrag) -> np.ndarray:
    """Edges that enter each region; 0 in the first layer.

    >>> in_degree(example())
    array([0, 1, 1, 1, 2])
    """
    return nrag.in_degree


@metric("node")
def out_degree(nrag: Nrag) -> np.ndarray:
    """Edges that leave each region; 0 in the last layer.

    >>> out_degree(example())
    array([2, 2, 1, 0, 0])
    """
    return nrag.out_degree


@metric("node")
def degree(nrag: Nrag) -> np.ndarray:
    """Edges that enter or leave each region.

    >>> degree(example())
    array([2, 3, 2, 1, 2])
    """
    return nrag.in_degree + nrag.out_degree


@metric("node")
def in_strength(nrag: Nrag) -> np.ndarray:
    """Documents on the edges that enter each region: `documents`, but 0 in the first layer.

    >>> in_strength(example())
    array([0, 4, 1, 3, 2])
    """
    return nrag.in_strength


@metric("node")
def out_strength(nrag: Nrag) -> np.ndarray:
    """Documents on the edges that leave each region: `documents`, but 0 in the last layer.

    >>> out_strength(example())
    array([5, 4, 1, 0, 0])
    """
    return nrag.out_strength


@metric("node")
def strength(nrag: Nrag) -> np.ndarray:
    """Documents on the edges that enter or leave each region.

    >>> strength(example())
    array([5, 8, 2, 3, 2])
    """
    return nrag.in_strength + nrag.out_strength


# --------------------------------------------------------------------------------------- private


def _central(values: np.ndarray, order: int) -> float:
    if not len(values):
        return np.nan
    deviations = values - values.mean()
    # NumPy's power is ten times slower than products.
    return float(functools.reduce(np.multiply, [deviations] * order).mean())


def _depth(nrag: Nrag) -> np.ndarray:
    last = nrag.layers - 1
    return 2 * np.arange(nrag.layers) / last - 1 if last else np.full(1, np.nan)


def _mean_by_layer(nrag: Nrag, values: np.ndarray) -> np.ndarray:
    return _divided(np.bincount(nrag.layer, values, nrag.layers), regions_by_layer(nrag))


def _variance_by_layer(nrag: Nrag, values: np.ndarray) -> np.ndarray:
    deviations = values - _mean_by_layer(nrag, values)[nrag.layer]
    return _divided(np.bincount(nrag.layer, deviations**2, nrag.layers), regions_by_layer(nrag) - 1)


def _divided(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)


def _values(nrag: Nrag, names: list[str]) -> dict[str, np.ndarray]:
    """The columns of one NRAG's rows; level and metric as numbers, -1 where a place is null."""
    layers = np.arange(nrag.layers)
    places = {
        "graph": (np.array([-1]), np.array([-1]), np.array([-1])),
        "layer": (layers, np.full_like(layers, -1), np.full_like(layers, -1)),
        "node": (nrag.layer, nrag.x, nrag.y),
    }
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("level", "layer", "x", "y", "metric", "value")}
    for level, (layer, x, y) in places.items():
        chosen = sorted(METRICS[level])
        values = np.column_stack([np.broadcast_to(METRICS[level][name](nrag), len(layer)) for name in chosen])
        columns["level"].append(np.full(values.size, contracts.LEVELS.index(level)))
        for name, place in (("layer", layer), ("x", x), ("y", y)):
            columns[name].append(np.repeat(place, len(chosen)))
        columns["metric"].append(np.tile([names.index(name) for name in chosen], len(layer)))
        columns["value"].append(values.astype(np.float64).ravel())
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def _nullable(numbers: np.ndarray) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(numbers.astype(np.int16), numbers < 0)
