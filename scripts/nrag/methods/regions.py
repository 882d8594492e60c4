"""Reductions, grids and graphs in sentences."""

from collections.abc import Mapping
from typing import Any

from nrag.captions.wording import listed
from nrag.methods.facts import Facts
from nrag.methods.references import Citations
from nrag.methods.wording import count, names, noun, plain

_STANDARDISED = {
    "none": "Features were taken as they are",
    "zscore": "Features were standardised to mean 0 and standard deviation 1 first",
    "minmax": "Features were scaled to the range 0 to 1 first",
}
_BINS = {
    "equal": "{0} × {0} cells of equal width over the range of the documents",
    "quantile": "{0} × {0} cells whose rows and columns hold equally many documents",
}


def regions(facts: Facts, cite: Citations) -> list[str]:
    """How layers were reduced to planes, divided into regions and joined to graphs; nothing without planes."""
    planes = {name: each for name, each in facts.reductions.items() if each["components"] == 2}
    if not planes:
        return []
    sentences = [
        "Layer by layer the vectors of all documents of a corpus, whatever their labels, were reduced to two "
        f"coordinates {listed([f'by {_method(name, each, cite)}' for name, each in planes.items()])}.",
        *_standardised(facts.reductions),
        *_shared(facts),
    ]
    grids = [_BINS[bins].format(size) for bins, size in facts.grids if bins in _BINS]
    if grids:
        ways = "" if len(grids) == 1 else f" in {len(grids)} ways,"
        into = listed([f"into {grid}" for grid in grids])
        sentences.append(f"Each plane was divided{ways} {into}; the cells are the regions of the layer.")
    for bins, size in facts.grids:
        if bins == "kmeans":
            sentences.append(
                f"{'Other regions' if grids else 'Regions'} are the clusters of the vectors themselves, at most "
                f"{size**2:,} a layer, by k-means ({cite('lloyd', 'arthur')}) with the seed of the reduction; each "
                f"was given a cell of a {size} × {size} grid near where its documents lie in the plane."
            )
    sentences.append(
        f"In the Neural Region Activation Graph of a label ({cite('nrag', 'costa')}) nodes are the regions that its "
        "documents occupy, and an edge between regions of neighbouring layers weighs as much as the label has "
        "documents in both."
    )
    return sentences


def component_graphs(facts: Facts, cite: Citations) -> list[str]:
    """How layers were reduced to other numbers of components, and these joined; nothing without such reductions."""
    others = {name: each for name, each in facts.reductions.items() if each["components"] != 2}
    if not others or facts.correlations is None:
        return []
    ((kind, value),) = facts.correlations["threshold"].items()
    permuted = count(facts.correlations["permutations"], "permutation")
    chosen = {
        "fdr": lambda: f"a false discovery rate of at most {value} ({cite('benjamini')}; {permuted} of the documents)",
        "rho": lambda: f"a size of at least {value}",
        "quantile": lambda: f"a size at or above the quantile {value} of all",
    }
    what = [f"{_method(name, each, cite)} to {count(each['components'], 'component')}" for name, each in others.items()]
    sentences = [
        f"Component graphs were made by {listed(what)}: components of neighbouring layers are joined where Spearman's "
        f"rho over the documents has {chosen[kind]()}."
    ]
    # Where there are planes, these have told how features and models were made comparable.
    planes = len(others) < len(facts.reductions)
    return sentences if planes else [*sentences, *_standardised(others), *_shared(facts)]


# --------------------------------------------------------------------------------------- private


def _method(name: str, reduction: Mapping[str, Any], cite: Citations) -> str:
    method, own = reduction["method"], reduction["parameters"]
    if method == "pca":
        return f"exact principal component analysis ({plain(name)}; {cite('pearson')})"
    if method == "svd":
        return f"exact truncated singular value decomposition, without centring ({plain(name)})"
    seeds = reduction["seeds"]
    epochs = f", {count(own['epochs'], 'epoch')}" if own.get("epochs") else ""
    return (
        f"UMAP ({plain(name)}; {cite('mcinnes')}; {own['n_neighbors']} nearest neighbours, found exactly, minimum "
        f"distance {own['min_dist']}, {own['metric']} metric{epochs}, {noun(seeds, 'seed')} {listed(seeds)})"
    )


def _standardised(reductions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What was done to features before, reductions that are alike in one sentence."""
    alike: dict[str, list[str]] = {}
    for name, each in reductions.items():
        how = _STANDARDISED[each["standardise"]]
        if each["standardise"] != "none":
            how += f", those that hardly vary {'too' if each['keep_dead'] else 'left out'}"
        alike.setdefault(how, []).append(name)
    if len(alike) == 1:
        return [f"{next(iter(alike))}."]
    return [f"For {names(own)}, {how[0].lower()}{how[1:]}." for how, own in alike.items()]


def _shared(facts: Facts) -> list[str]:
    said = []
    for name, space in facts.spaces.items():
        first = [
            words for key, words in (("centre", "centred"), ("scale", "scaled to one total variance")) if space[key]
        ]
        prepared = f", each model {listed(first)} first" if first else ""
        members = listed([plain(model) for model in space["models"]])
        said.append(f"In the space {plain(name)} the documents of {members} were reduced together{prepared}.")
    return said
