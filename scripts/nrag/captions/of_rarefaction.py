"""Captions of metrics by number of documents."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions.wording import listed, opening


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What a caption of rarefaction says, some of it empty."""
    if shown.empty:
        place = f"{listed(figure['models'])} on {figure['corpus']}, comparison {figure['comparison']}"
        return [f"Metrics of {place} were not rarefied; the figure says why."]
    largest = shown.assign(n=shown["n"].astype(int)).groupby("label", sort=False)["n"].max()
    counts = pd.DataFrame({"label": largest.index, "documents": largest.to_numpy()})
    drawn = figure | {"models": list(shown["model"].unique())}
    return [
        *opening("Metrics by number of documents of the graphs", drawn, counts, documents=documents),
        "One panel per metric, a line per label: means over random draws of so many of its documents, without "
        "replacement.",
        *_untrained(shown),
        f"Dotted line: the documents of the smallest label ({int(shown['matched'].iloc[0]):,}), at which labels are "
        "matched in tests.",
        f"Mean of the seeds {listed(seeds)} of the reduction." if len(seeds) > 1 else "",
        "Compare labels and models at equal n only; a line that still rises says that more documents would give more.",
    ]


def _untrained(shown: pd.DataFrame) -> Iterator[str]:
    """What is drawn of the controls, by how many the models have."""
    numbers = set(shown["controls"].astype(int).groupby(shown["model"]).max())
    if 1 in numbers:
        yield "Dashes, hollow marks: an untrained control of the same architecture."
    if several := sorted(numbers - {0, 1}):
        yield (
            f"Bands, hollow marks: from the lowest to the highest of {listed(several, 'or')} untrained controls of the "
            "same architecture."
        )
