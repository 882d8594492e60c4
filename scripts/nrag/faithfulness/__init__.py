"""Faithfulness of regions: whether a document's neighbours in the hidden space are still beside it in the plane."""

from nrag.faithfulness.neighbourhoods import JUDGED, NEIGHBOURS, Neighbourhoods, neighbourhoods_of
from nrag.faithfulness.regions import faithfulness_of, faithfulness_of_layer, of_layer
from nrag.faithfulness.summary import table_of_faithfulness

__all__ = [
    "JUDGED",
    "NEIGHBOURS",
    "Neighbourhoods",
    "faithfulness_of",
    "faithfulness_of_layer",
    "neighbourhoods_of",
    "of_layer",
    "table_of_faithfulness",
]
