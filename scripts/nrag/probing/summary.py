"""Probes of a study in few numbers: means over the splits, how sure they are, and what chance gives.

Needs no scikit-learn: figures are made of these tables.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

import pandas as pd

PLACE = ("space", "corpus", "pooling", "comparison")
"""What names the probes of one file."""

SET = ("model", "features", "reduction", "bins", "size", "fitted_on", "layer")
"""What was probed: one line of a figure has several layers."""

GUESSES = ("most_frequent", "stratified")

TEXTS = {"bag_of_words": "bag of words", "text_length": "text length"}
"""What the texts alone tell, and what it is called."""

FEATURES = {"states": "hidden state", "coordinates": "coordinates", "regions": "regions", **TEXTS}
"""What features are called in figures and on the page, in this order."""

MEASURED = ("mean", "sd", "standard_error", "chance", "splits", "seeds", "not_converged", "width")

COLUMNS = (*PLACE, *SET, "depth", "score", *MEASURED, "train_documents", "test_documents", "problem")


def corrected_error(deviation: float, splits: int, *, train: float, test: float) -> float:
    """Standard error of the mean of scores over random splits, corrected for what the splits share.

    sqrt(variance x (1 / J + test / train)), J = `splits`; `deviation` is the standard deviation with J - 1,
    `train` and `test` are documents. Training parts overlap, so J splits are not J independent experiments,
    and the plain error, which falls to nothing as J grows, is far too small. NaN for one split.

    Source: Nadeau and Bengio (2003), Inference for the generalization error, section 3.

    >>> round(corrected_error(0.1, 20, train=70, test=30), 4)
    0.0692
    """
    return deviation * math.sqrt(1 / splits + test / train)


def summary(probes: pd.DataFrame, texts: pd.DataFrame) -> pd.DataFrame:
    """One row for each set of features, layer and score, of a model's file and of the texts in the same splits.

    Both keep contract PROBING. Seeds of a reduction are averaged split by split. mean and sd (J - 1) are over
    the splits, standard_error is `corrected_error`. chance is the mean of the better of the two `GUESSES`
    in the same score. depth is the layer divided by the model's last one, NaN for all layers together and for
    texts. width is the mean number of features, not_converged counts fits.
    """
    table = pd.concat([probes, texts], ignore_index=True)
    keys = [*SET, "score"]
    per_split = table.groupby([*keys, "split"], dropna=False).agg(
        value=("value", "mean"),
        seeds=("seed", "size"),
        width=("width", "mean"),
        converged=("converged", "sum"),
        train_documents=("train_documents", "first"),
        test_documents=("test_documents", "first"),
    )
    per_split["not_converged"] = per_split["seeds"] - per_split["converged"]
    groups = per_split.groupby(keys, dropna=False)
    found = groups.agg(
        mean=("value", "mean"),
        sd=("value", "std"),
        splits=("value", "size"),
        seeds=("seeds", "first"),
        not_converged=("not_converged", "sum"),
        width=("width", "mean"),
        train_documents=("train_documents", "mean"),
        test_documents=("test_documents", "mean"),
    ).reset_index()
    found["standard_error"] = [
        corrected_error(row.sd, row.splits, train=row.train_documents, test=row.test_documents)
        for row in found.itertuples()
    ]
    layers = found["layer"].astype("Float64")
    # Where nothing was probed, pandas has no numbers to look up and keeps the names' type.
    deepest = found["model"].map(probes.groupby("model")["layer"].max()).astype("float64")
    found["depth"] = layers.astype("float64") / deepest
    return found.assign(chance=found["score"].map(_chance(texts)), problem="")[list(COLUMNS[len(PLACE) :])]


def names_of(kinds: Collection[Sequence]) -> list[str]:
    """What kinds of features are called; each has the first four of `SET` after the model, empty or None as they are.

    How regions are binned is said where that differs.

    >>> names_of([("states", "", "", ""), ("regions", "pca", "equal", 10)])
    ['hidden state', 'pca 10 × 10 regions']
    """
    several = len({bins for _, _, bins, _ in kinds if bins}) > 1
    names = []
    for features, reduction, bins, size in kinds:
        grid = [f"{size} × {size}", *([bins] if several else [])] if bins else []
        names.append(" ".join([*([reduction] if reduction else []), *grid, FEATURES[features]]))
    return names


def probing_table(
    parts: Iterable[tuple[Mapping[str, str], pd.DataFrame, pd.DataFrame, Sequence[str]]],
) -> pd.DataFrame:
    """The table of a study: place, probes, probes of the texts and problems of each file, in order.

    What a file lacks is a row of its own that says so under `problem`. What the texts alone tell is there
    once for each corpus and comparison, without space and pooling.
    """
    frames = []
    for place, probes, texts, problems in parts:
        found = summary(probes, texts)
        of_texts = found["model"].eq("")
        alike = {"space": "", "pooling": ""}
        frames += [found[~of_texts].assign(**place), found[of_texts].assign(**{**place, **alike})]
        frames += [pd.DataFrame([{**place, "problem": problem}]) for problem in problems]
    table = pd.concat([frame.reindex(columns=list(COLUMNS)) for frame in frames if len(frame)], ignore_index=True)
    return table.drop_duplicates(ignore_index=True)


def _chance(texts: pd.DataFrame) -> dict[str, float]:
    guesses = texts[texts["features"].isin(GUESSES)]
    means = guesses.groupby(["score", "features"])["value"].mean()
    return means.groupby("score").max().to_dict()
