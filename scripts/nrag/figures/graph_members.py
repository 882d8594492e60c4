"""The NRAGs of all documents under every model of a space, side by side, coloured by what each has beside the base."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.figures.graph_table import drawing, region_colors

_ITEM = ["item", "layer", "x0", "y0", "x1", "y1"]


def beside_base(
    edges: pd.DataFrame,
    *,
    base: str,
    models: Sequence[str],
    constant: Mapping[str, Collection[int]] | None = None,
    colormap: str = "nrag",
    keep: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """The table of `graph_table.drawing` of all documents, a panel for each of `models`, the base among them.

    Positions and scales are the same in all panels. Colours go from a region or edge that the base has to one that the
    model has, and leading and leading_share are of these two. Further columns: base, its name, and base_share, the
    share of documents that it has there.

    Raises ValueError as `drawing` does, and for a base that is none of the models.
    """
    if base not in models:
        raise ValueError(f"the base {base} is none of the models {', '.join(models)}")
    table = drawing(
        edges,
        models=models,
        labelling=contracts.ALL_DOCUMENTS,
        labels=[],
        constant=constant,
        colormap=colormap,
        keep=keep,
    )
    keys = table[_ITEM].fillna(-1).set_axis(_ITEM, axis=1)
    own = pd.MultiIndex.from_frame(keys)
    of_base = (table["model"] == base).to_numpy()
    there = pd.Series(table.loc[of_base, "share"].to_numpy(), index=own[of_base])
    beside = there.reindex(own, fill_value=0.0).to_numpy()
    shares = np.column_stack([beside, table["share"].to_numpy()])
    return table.assign(
        base=base,
        base_share=beside,
        leading=np.where(shares[:, 0] > shares[:, 1], base, table["model"]),
        leading_share=np.round(shares.max(axis=1) / shares.sum(axis=1), 6),
        color=region_colors(shares, colormap=colormap),
    )
