"""The caption of the table of headline tests."""

from collections.abc import Mapping, Sequence

import pandas as pd

from nrag.captions.wording import listed
from nrag.statistics import one_label


def caption(headline: pd.DataFrame, *, shown: tuple[str, ...], controlled: bool) -> str:
    """What the table of the headline tests says, of rows of tests.tsv, every field as text.

    `shown` are the columns that the table has beside the numbers; what all rows have alike is said here. `controlled`:
    whether some of the models are untrained controls of others. Of comparisons of one label the table says that itself.
    """
    headline = headline[~one_label.among(headline)]
    if headline.empty:
        return "No comparison of this study has two labels and edges: there is no headline test."
    sentences = [
        "Total variation of the edges of the labels of each comparison, from 0 (all edges alike) to 1 (none shared), "
        "mean over pairs of labels and over layers: observed, mean of the null, and effect, the first less the second. "
        "Beside each comparison the documents of its labels.",
        f"Null: {'; '.join(_with_comparisons(nulls(headline)))}." if nulls(headline) else "",
        f"p {_of_permutations(headline['permutations'])}one-sided; Holm: p adjusted over the comparisons of one model "
        "under one pooling, reduction and grid.",
        f"All rows: {_alike(headline, shown)}." if _alike(headline, shown) else "",
        _seeds(headline),
        "Untrained models are controls of the same architecture: labels of different words lie apart in them too. What "
        "training adds stands in contrasts.tsv, at fewer documents."
        if controlled
        else "",
        "A dash: undefined." if headline["observed"].isna().any() else "",
    ]
    return " ".join(filter(None, sentences))


def nulls(tests: pd.DataFrame) -> dict[str, list[str]]:
    """By null, in words, the comparisons that are held against it; these say their corpus where there are several.

    What is held against nothing, for want of a second label, has no null.

    >>> nulls(pd.DataFrame({"corpus": ["c", "d"], "comparison": ["two", "two"], "null": ["all", "within pair"]}))
    {'all': ['two of c'], 'within pair': ['two of d']}
    """
    several = tests["corpus"].nunique() > 1
    found: dict[str, list[str]] = {}
    told = tests[["corpus", "comparison", "null"]].drop_duplicates().dropna(subset="null")
    for corpus, comparison, null in told.itertuples(index=False):
        found.setdefault(null, []).append(f"{comparison} of {corpus}" if several else comparison)
    return found


def _with_comparisons(told: Mapping[str, Sequence[str]]) -> list[str]:
    """Each null; where there are several, with its comparisons."""
    return [f"{null} ({', '.join(of)})" for null, of in told.items()] if len(told) > 1 else list(told)


def _alike(headline: pd.DataFrame, shown: tuple[str, ...]) -> str:
    one = headline.iloc[0]
    parts = {
        "corpus": f"corpus {one['corpus']}",
        "model": f"model {one['model']}",
        "pooling": f"{one['pooling']} pooling",
        "reduction": f"reduction {one['reduction']}",
        "grid": f"{one['size']} × {one['size']} {one['bins']} bins",
    }
    return ", ".join(words for name, words in parts.items() if name not in shown)


def _seeds(headline: pd.DataFrame) -> str:
    several = headline[headline["seeds"].astype(float) > 1]
    if several.empty:
        return ""
    named = listed(list(dict.fromkeys(several["reduction"])))
    return f"Values of {named} are means over {_numbers(several['seeds'])} seeds under the same permutations."


def _of_permutations(permutations: pd.Series) -> str:
    counts = permutations.dropna()
    return f"of {_numbers(counts)} permutations, " if len(counts) else ""


def _numbers(values: pd.Series) -> str:
    return listed([f"{each:,}" for each in sorted(set(values.astype(int)))], "or")
