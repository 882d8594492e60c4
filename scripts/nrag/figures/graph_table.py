"""The NRAG of a comparison: a table of everything drawn, and the drawing of that table.

One panel per label and one of the labels together, per model; all panels share the regions' colours,
and their heights unless each is to be laid out for its own. The figure is drawn from its table alone,
so the table is enough to draw it again.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex, to_rgb

from nrag import colormaps, contracts, graphs
from nrag.figures import layout, style
from nrag.figures.scales import pale
from nrag.figures.selection import FEW_OF_ALL, Nothing, nothing_of, selected

MOST_EDGES = 3000
"""Edges drawn in one panel, heaviest first; beyond it curves cover each other and files grow."""

POSITIONS = ("fixed", "free")
"""The heights of regions: the same in all panels, or laid out for each panel's regions alone."""

CONSTANT = "constant layer"
"""Why regions and edges of a layer are not drawn in which every document has the same vector."""

PANEL = "panel"
"""The item of the one row of a panel that shows nothing."""

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
    "p",
    "q",
    "color",
    "positions",
    "drawn",
    "left_out",
    "stability",
)


def drawing(
    edges: pd.DataFrame,
    *,
    models: Sequence[str],
    labelling: str,
    labels: Sequence[str],
    constant: Mapping[str, Collection[int]] | None = None,
    colormap: str = "nrag",
    positions: str = "fixed",
    keep: Mapping[str, float] | None = None,
    stability: pd.DataFrame | None = None,
    min_documents: int | None = None,
) -> pd.DataFrame:
    """Everything that the figure shows, one row per panel and region or edge.

    `edges` (contracts.EDGES) holds one seed, the label of all documents and the named labels. With no
    labels the one panel is all documents; with one, that label; with more, one each and the labels
    together. `constant` names the layers of each model where every document has the same vector.
    `keep` says which edges are drawn: those that have at least `documents`, at least a `share` of the
    panel's documents, and a q of at most `fdr`, as far as it names them; all without it.

    Columns: model, seed, labelling, label (empty for the labels together), item (region or edge), layer,
    x0, y0, x1, y1 (the last two empty for a region), position0 and position1 (heights from 0 to 1),
    documents, share (of the panel's documents), leading (the label with the largest share of its own
    documents here), leading_share (that share over the sum of the labels' shares), p and q of an edge
    (`graphs.significance` of the panel's graph), color, positions (as given), drawn, left_out (why it is
    not drawn: `constant layer`; what of `keep` it fails, such as `q above 0.05`; or `beyond the 3,000
    heaviest` of its panel; empty if it is drawn), stability (of `stability`, contracts.REGION_STABILITY, if it is
    given: drawn pale where it is low, unless nothing was varied at all; empty where it is not known).

    `positions` are fixed: heights come from all documents of all `models`, the right way up for the first
    label of the data: it lies in the upper half, in every comparison and under every model. Or free:
    each panel is laid out for its own regions and edges, left out or not, the way up that is nearer to
    the fixed heights.

    With `min_documents` labels differ from model to model: the panel of one of which a model has fewer is one row whose
    item is `panel`, and left_out says why, as `selection.nothing_of` does; nor is it among the labels together.

    Raises ValueError for labels, models and positions that do not exist, and for several seeds.
    """
    if positions not in POSITIONS:
        raise ValueError(f"positions are {' or '.join(POSITIONS)}, not '{positions}'")
    constant = constant or {}
    edges = selected(edges, models=models, labelling=labelling, labels=labels, min_documents=min_documents)
    heights = _upright(_heights(edges[edges["label"] == contracts.ALL_DOCUMENTS], models, constant), edges)
    rows = [
        _panels(
            _labelled(edges, model, labelling, labels),
            model,
            labels,
            constant.get(model, ()),
            colormap,
            keep,
            nothing_of(edges, model, labelling, labels, min_documents=min_documents),
            last=int(edges.loc[edges["model"] == model, "layer"].max()) + 1,
        )
        for model in models
    ]
    panels = [panel for of_model in rows for _, panel in of_model.groupby("label", sort=False)]
    placed = [_placed(panel, _own_heights(panel, heights) if positions == "free" else heights) for panel in panels]
    table = pd.concat(placed, ignore_index=True)
    table = table.assign(
        seed=edges["seed"].iloc[0], labelling=labelling, positions=positions, drawn=table["left_out"].isna()
    )
    table["stability"] = np.nan if stability is None else _stability(table, stability)
    # One seed and no grid to be moved, as of k-means, say nothing against a region.
    if stability is not None and (stability["variants"] > 0).any():
        table["color"] = pale(list(table["color"]), table["stability"].to_numpy())
    integers = dict.fromkeys(("seed", "layer", "x0", "y0", "x1", "y1"), "Int16")
    return table.astype(integers | {"documents": "int32"})[list(_COLUMNS)]


def region_colors(shares: np.ndarray, *, colormap: str = "nrag") -> list[str]:
    """One colour a row of `shares`, (regions or edges, labels): each label's documents here over all of its documents.

    Two labels: the place on the colour map is the second label's part of the row's sum, so that a label
    with more documents does not win by numbers. More: the colour of the largest share, blended to grey
    the more alike the shares are; of more than have colours, one colour stands for all. One label: neutral.

    >>> region_colors(np.array([[0.2, 0.0], [0.1, 0.1], [0.0, 0.3]]))
    ['#1f4e9c', '#a6a6a6', '#d6402b']
    """
    count = shares.shape[1]
    parts = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
    if count == 2:
        # 21 steps are as fine as the eye can tell in a thin line, and keep the files small.
        return [to_hex(colormaps.colormap(colormap)(round(part * 20) / 20)) for part in parts[:, 1]]
    if count == 1:
        return [style.NEUTRAL] * len(shares)
    leading = parts.argmax(axis=1)
    dominance = np.round((parts.max(axis=1) - 1 / count) / (1 - 1 / count) * 10) / 10
    colors = style.label_colors([""] * count, colormap)
    grey, palette = np.array(to_rgb(colormaps.SHARED)), np.array([to_rgb(color) for color in colors])
    return [to_hex(grey + weight * (palette[label] - grey)) for weight, label in zip(dominance, leading, strict=True)]


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


def _own_heights(panel: pd.DataFrame, fixed: pd.DataFrame) -> pd.DataFrame:
    """The heights of a panel's regions, laid out for it alone, the way up that is nearer to the fixed ones."""
    if (panel["item"] == PANEL).all():
        return fixed
    items = panel.rename(columns={"x0": "x", "y0": "y"})
    edges = panel[(panel["item"] == "edge") & (panel["left_out"] != CONSTANT)]
    own = layout.positions(items.loc[items["item"] == "region", [*_REGION, "documents"]], edges)
    there = own[_REGION].merge(fixed, how="left", on=_REGION)["position"]
    turned = own.assign(position=1 - own["position"])
    return min(own, turned, key=lambda heights: ((heights["position"] - there) ** 2).sum())


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
    edges: pd.DataFrame,
    model: str,
    labels: Sequence[str],
    constant: Collection[int],
    colormap: str,
    keep: Mapping[str, float] | None,
    nothing: Mapping[str, Nothing],
    *,
    last: int,
) -> pd.DataFrame:
    """The rows of one model's panels, without heights; `nothing` are the labels that are not shown."""
    names = list(labels) or [contracts.ALL_DOCUMENTS]
    shown = edges[~edges["label"].isin(list(nothing))]
    rows = _drawn_rows(shown, names, constant, colormap, keep) if len(nothing) < len(names) else None
    blank = dict(nothing)
    if rows is None and len(names) > 1:
        together = sum(few.documents for few in nothing.values())
        blank[""] = Nothing(together, FEW_OF_ALL) if together else nothing[names[0]]
    if blank:
        empty = {"item": PANEL, "layer": last, "share": np.nan, "color": style.NEUTRAL, "leading": None}
        empty |= dict.fromkeys([*_EDGE[1:], "p", "q", "leading_share"], np.nan)
        added = pd.DataFrame(
            [{**empty, "label": label, "documents": few.documents, "left_out": few.why} for label, few in blank.items()]
        )
        rows = added if rows is None else pd.concat([rows, added], ignore_index=True)
    rows = rows.assign(model=model)
    panel = pd.Categorical(rows["label"], [*names, ""] if "" not in names else names)
    return rows.assign(panel=panel.codes).sort_values("panel", kind="stable").drop(columns="panel")


def _drawn_rows(
    edges: pd.DataFrame,
    names: list[str],
    constant: Collection[int],
    colormap: str,
    keep: Mapping[str, float] | None,
) -> pd.DataFrame:
    """The regions and edges of one model's panels."""
    counts = _wide(edges, _EDGE, names)
    regions = pd.concat([layout.regions_of(rows).assign(label=label) for label, rows in edges.groupby("label")])
    occupied = _wide(regions, _REGION, names)
    totals = occupied.groupby(level="layer").sum().iloc[0].to_numpy()
    dull = set(constant)
    edge_rows = _judged(_long(counts, totals, "edge", colormap))
    edge_rows["left_out"] = _left_out(edge_rows, dull, keep or {})
    region_rows = _long(occupied, totals, "region", colormap)
    region_rows["left_out"] = np.where(region_rows["layer"].isin(dull), CONSTANT, None)
    return pd.concat([region_rows, edge_rows], ignore_index=True)


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


def _stability(table: pd.DataFrame, scores: pd.DataFrame) -> np.ndarray:
    """The stability of each row's region or edge, whatever its label."""
    keys = ["model", "item", *_EDGE]
    known = scores.astype(dict.fromkeys(_EDGE, "Int16")).fillna({"x1": -1, "y1": -1})
    found = table[keys].astype(dict.fromkeys(_EDGE, "Int16")).fillna({"x1": -1, "y1": -1})
    return found.merge(known[[*keys, "stability"]], how="left", on=keys, validate="many_to_one")["stability"].to_numpy()


def _judged(rows: pd.DataFrame) -> pd.DataFrame:
    """The edges of each panel with their p and q."""
    layers, size = int(rows["layer"].max()) + 2, int(rows[_EDGE[1:]].max(axis=None)) + 1
    found = [
        panel.assign(**graphs.significance(graphs.nrag_of(panel, layers=layers, size=size))._asdict())
        for _, panel in rows.groupby("label", sort=False)
    ]
    return pd.concat(found, ignore_index=True)


def _left_out(rows: pd.DataFrame, constant: Collection[int], keep: Mapping[str, float]) -> np.ndarray:
    """Why each edge is not drawn, None where it is."""
    fails = {
        "documents": lambda least: (rows["documents"] < least, f"fewer than {least:g} documents"),
        "share": lambda least: (rows["share"] < least, f"less than {100 * least:g} % of n"),
        "fdr": lambda most: (rows["q"] > most, f"q above {most:g}"),
    }
    reasons = [(_touches(rows, constant), CONSTANT), *(fails[name](bound) for name, bound in keep.items())]
    found = np.select([failing for failing, _ in reasons], [reason for _, reason in reasons], default="")
    found = np.where(
        (found == "") & ~_heaviest(rows, found == ""), f"beyond the {MOST_EDGES:,} heaviest", found
    ).astype(object)
    found[found == ""] = None
    return found


def _heaviest(rows: pd.DataFrame, allowed: np.ndarray) -> np.ndarray:
    """The MOST_EDGES heaviest of those allowed in each panel, equal ones chosen by a fixed shuffle of all layers."""
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
