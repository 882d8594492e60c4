"""The NRAG of a comparison: a table of everything drawn, and the drawing of that table.

One panel per label and one of the labels together, per model; all panels share the regions' heights
and colours. The figure is drawn from its table alone, so the table is enough to draw it again.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex, to_rgb

from nrag import contracts
from nrag.figures import layout, style

MOST_EDGES = 3000
"""Edges drawn in one panel, heaviest first; beyond it curves cover each other and files grow."""

_EDGE = ["layer", "x0", "y0", "x1", "y1"]
_REGION = ["layer", "x", "y"]
_COLUMNS = (
    "model",
    "seed",
    "labelling",
    "label",
    "item",
    "layer",
    "x0",
    "y0",
    "x1",
    "y1",
    "position0",
    "position1",
    "documents",
    "share",
    "leading",
    "leading_share",
    "color",
    "drawn",
)


def drawing(
    edges: pd.DataFrame,
    *,
    models: Sequence[str],
    labelling: str,
    labels: Sequence[str],
    constant: Mapping[str, Collection[int]] | None = None,
    colormap: str = "nrag",
) -> pd.DataFrame:
    """Everything that the figure shows, one row per panel and region or edge.

    `edges` (contracts.EDGES) holds one seed, the label of all documents and the named labels. With no
    labels the one panel is all documents; with one, that label; with more, one each and the labels
    together. `constant` names the layers of each model where every document has the same vector.

    Columns: model, seed, labelling, label (empty for the labels together), item (region or edge), layer,
    x0, y0, x1, y1 (the last two empty for a region), position0 and position1 (heights from 0 to 1),
    documents, share (of the panel's documents), leading (the label with the largest share of its own
    documents here), leading_share (that share over the sum of the labels' shares), color, drawn.
    Regions of constant layers, their edges, and the lightest edges beyond 3,000 of a panel have drawn
    false. Heights come from all documents of all `models`, the right way up for the first label of the
    data: it lies in the upper half, in every comparison and under every model.
    """
    constant = constant or {}
    edges = edges[edges["model"].isin(models)]
    _check(edges, models, labelling, labels)
    heights = _upright(_heights(edges[edges["label"] == contracts.ALL_DOCUMENTS], models, constant), edges)
    panels = [
        _panels(_labelled(edges, model, labelling, labels), model, labels, constant.get(model, ()), colormap)
        for model in models
    ]
    table = _placed(pd.concat(panels, ignore_index=True), heights)
    table = table.assign(seed=edges["seed"].iloc[0], labelling=labelling)
    integers = dict.fromkeys(("seed", "layer", "x0", "y0", "x1", "y1"), "Int16")
    return table.astype(integers | {"documents": "int32"})[list(_COLUMNS)]


def region_colors(shares: np.ndarray, *, colormap: str = "nrag") -> list[str]:
    """One colour a row of `shares`, (regions or edges, labels): each label's documents here over all of its documents.

    Two labels: the place on the colour map is the second label's part of the row's sum, so that a label
    with more documents does not win by numbers. More: the colour of the largest share, blended to grey
    the more alike the shares are. One label, or more than have colours: neutral.

    >>> region_colors(np.array([[0.2, 0.0], [0.1, 0.1], [0.0, 0.3]]))
    ['#1f4e9c', '#a6a6a6', '#d6402b']
    """
    count = shares.shape[1]
    parts = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
    if count == 2:
        # 21 steps are as fine as the eye can tell in a thin line, and keep the files small.
        return [to_hex(style.colormap(colormap)(round(part * 20) / 20)) for part in parts[:, 1]]
    if count == 1 or count > len(style.PALETTE):
        return [style.NEUTRAL] * len(shares)
    leading = parts.argmax(axis=1)
    dominance = np.round((parts.max(axis=1) - 1 / count) / (1 - 1 / count) * 10) / 10
    grey, palette = np.array(to_rgb(style.SHARED)), np.array([to_rgb(color) for color in style.PALETTE])
    return [to_hex(grey + weight * (palette[label] - grey)) for weight, label in zip(dominance, leading, strict=True)]


def _check(edges: pd.DataFrame, models: Sequence[str], labelling: str, labels: Sequence[str]) -> None:
    absent = [model for model in models if model not in set(edges["model"])]
    if absent:
        raise ValueError(f"the edges hold no model {', '.join(absent)}, only {', '.join(sorted(set(edges['model'])))}")
    if edges["seed"].nunique() > 1:
        raise ValueError(f"one figure shows one seed, found {sorted(set(edges['seed']))}")
    held = sorted(set(edges.loc[edges["labelling"] == labelling, "label"]))
    unknown = [label for label in labels if label not in held]
    if unknown:
        raise ValueError(f"labelling '{labelling}' has no label {', '.join(unknown)}, only {', '.join(held)}")
    named = edges[edges["labelling"] == labelling]
    found = set(zip(named["model"], named["label"], strict=True))
    empty = [f"{label} under {model}" for model in models for label in labels if (model, label) not in found]
    if empty:
        raise ValueError(f"labelling '{labelling}' has no document of {', '.join(empty)}; leave such labels out")


def _labelled(edges: pd.DataFrame, model: str, labelling: str, labels: Sequence[str]) -> pd.DataFrame:
    """The model's edges of the labels, or of all documents if there are none."""
    edges = edges[edges["model"] == model]
    if not labels:
        return edges[edges["label"] == contracts.ALL_DOCUMENTS]
    return edges[(edges["labelling"] == labelling) & edges["label"].isin(labels)]


def _heights(edges: pd.DataFrame, models: Sequence[str], constant: Mapping[str, Collection[int]]) -> pd.DataFrame:
    regions = pd.concat([layout.regions_of(edges[edges["model"] == model]) for model in models])
    informative = [~_touches(edges[edges["model"] == model], constant.get(model, ())) for model in models]
    return layout.positions(regions, edges[pd.concat(informative).reindex(edges.index)])


def _upright(heights: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """The heights, turned over where the first label of the first labelling would lie below that labelling's mean."""
    labelled = edges[edges["label"] != contracts.ALL_DOCUMENTS]
    if labelled.empty:
        return heights
    labelled = labelled[labelled["labelling"] == labelled["labelling"].min()]
    first = labelled[labelled["label"] == labelled["label"].min()]
    below = _mean_height(first, heights) < _mean_height(labelled, heights)
    return heights.assign(position=1 - heights["position"]) if below else heights


def _mean_height(edges: pd.DataFrame, heights: pd.DataFrame) -> float:
    regions = layout.regions_of(edges).merge(heights, on=_REGION)
    return float(np.average(regions["position"], weights=regions["documents"]))


def _touches(edges: pd.DataFrame, layers: Collection[int]) -> pd.Series:
    return edges["layer"].isin(layers) | (edges["layer"] + 1).isin(layers)


def _panels(
    edges: pd.DataFrame, model: str, labels: Sequence[str], constant: Collection[int], colormap: str
) -> pd.DataFrame:
    """The rows of one model's panels, without heights."""
    names = list(labels) or [contracts.ALL_DOCUMENTS]
    counts = _wide(edges, _EDGE, names)
    regions = pd.concat([layout.regions_of(rows).assign(label=label) for label, rows in edges.groupby("label")])
    occupied = _wide(regions, _REGION, names)
    totals = occupied.groupby(level="layer").sum().iloc[0].to_numpy()
    dull = set(constant)
    edge_rows = _long(counts, totals, "edge", colormap).assign(
        drawn=lambda rows: _heaviest(rows, ~_touches(rows, dull))
    )
    region_rows = _long(occupied, totals, "region", colormap).assign(drawn=lambda rows: ~rows["layer"].isin(dull))
    rows = pd.concat([region_rows, edge_rows], ignore_index=True).assign(model=model)
    panel = pd.Categorical(rows["label"], [*names, ""] if "" not in names else names)
    return rows.assign(panel=panel.codes).sort_values("panel", kind="stable").drop(columns="panel")


def _wide(rows: pd.DataFrame, key: list[str], labels: list[str]) -> pd.DataFrame:
    """Documents with one row per region or edge and one column per label."""
    wide = rows.pivot_table(index=key, columns="label", values="documents", aggfunc="sum", fill_value=0)
    return wide.reindex(columns=labels, fill_value=0)


def _long(wide: pd.DataFrame, totals: np.ndarray, item: str, colormap: str) -> pd.DataFrame:
    """One row per panel and region or edge: documents, shares and colour."""
    counts = wide.to_numpy()
    shares = counts / np.maximum(totals, 1)
    parts = shares / shares.sum(axis=1, keepdims=True)
    common = wide.index.to_frame(index=False).rename(columns={"x": "x0", "y": "y0"})
    common = common.assign(
        item=item,
        leading=wide.columns.to_numpy(dtype=object)[parts.argmax(axis=1)],
        leading_share=np.round(parts.max(axis=1), 6),
        color=region_colors(shares, colormap=colormap),
    )
    columns = {label: (counts[:, place], totals[place]) for place, label in enumerate(wide.columns)}
    if len(columns) > 1:
        columns[""] = (counts.sum(axis=1), totals.sum())
    panels = [
        common.assign(label=label, documents=documents, share=np.round(documents / max(total, 1), 8))[documents > 0]
        for label, (documents, total) in columns.items()
    ]
    return pd.concat(panels, ignore_index=True)


def _heaviest(rows: pd.DataFrame, allowed: pd.Series) -> np.ndarray:
    """Which edges are drawn: at most MOST_EDGES of a panel, equal ones chosen by a fixed shuffle of all layers."""
    shuffled = np.random.default_rng(0).permutation(len(rows))
    ranked = rows.assign(shuffled=shuffled)[allowed].sort_values(
        ["documents", "shuffled"], ascending=[False, True], kind="stable"
    )
    kept = ranked.groupby("label", sort=False).head(MOST_EDGES).index
    return rows.index.isin(kept)


def _placed(table: pd.DataFrame, heights: pd.DataFrame) -> pd.DataFrame:
    sources = heights.set_axis(["layer", "x0", "y0", "position0"], axis=1)
    targets = heights.set_axis(["layer", "x1", "y1", "position1"], axis=1).assign(layer=heights["layer"] - 1)
    if "x1" not in table:
        table = table.assign(x1=pd.NA, y1=pd.NA)
    return table.merge(sources, how="left", on=["layer", "x0", "y0"]).merge(
        targets, how="left", on=_EDGE[:1] + _EDGE[3:]
    )
