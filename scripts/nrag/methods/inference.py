"""Tests, faithfulness, path memory and probes in sentences."""

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.captions import of_tests
from nrag.faithfulness import JUDGED, NEIGHBOURS
from nrag.methods.facts import Facts
from nrag.methods.references import Citations
from nrag.methods.wording import count, counted, names, plain
from nrag.statistics import one_label
from nrag.statistics.contrasts import FEWEST_CONTROLS
from nrag.statistics.costly import COSTLY
from nrag.statistics.designs import TOGETHER
from nrag.statistics.label_tests import DRAWS, HEADLINE


def label_tests(facts: Facts, cite: Citations) -> list[str]:
    """What was tested of which labels, against which null, and how p was corrected; nothing where nothing was."""
    tests = _tested(facts)
    if tests is None:
        return []
    headline = (tests["metric"] == HEADLINE) & tests["layer"].isna()
    costly = tests["metric"].isin(COSTLY)
    others = _permutations(tests[~headline & ~costly])
    fewer = f", metrics of paths, communities and projections {_permutations(tests[costly])}," if costly.any() else ""
    sentences = [
        f"Compared were {'; '.join(_compared(facts, tests))}.",
        "Whether labels lie further apart than chance has it was tested by permutation: "
        f"{'; '.join(_nulls(tests))}; every statistic was computed anew.",
    ]
    # A model of one hidden state has no edges.
    if headline.any():
        sentences.append(
            "The headline test of a comparison is that of the total variation of its edges over all layers "
            f"({_permutations(tests[headline])}), one-sided; its p is adjusted after {cite.by('holm')} over the "
            "comparisons of one model under one pooling, reduction and grid."
        )
    sentences += [
        f"All {'other ' if headline.any() else ''}statistics, the Jensen–Shannon divergence of regions "
        f"({cite('lin')}) and the adjusted mutual information of label and region ({cite('vinh')}) among them, had "
        f"{others}{fewer} and q after "
        f"{cite.by('benjamini')} over all tests of one statistic in the study, of graphs as a whole or of "
        "their layers.",
        f"p is (b + 1) / (B + 1), where b of B permutations are at least as far out ({cite('phipson')}); an effect "
        "is the observed value less the mean of the permutations.",
    ]
    if tests["matched"].notna().any():
        sentences.append(
            "Where labels differ in size, statistics that grow with the number of documents are means over "
            f"{DRAWS} random choices of as many documents of each label as the smallest has, the same for every "
            "permutation."
        )
    if (several := tests[tests["seeds"].astype(int) > 1]).size:
        own = list(dict.fromkeys(several["reduction"]))
        sentences.append(f"Under {names(own)} a statistic is the mean over the seeds, under the same permutations.")
    if any(facts.controls.values()):
        sentences.append("Effects are to be read beside those of the untrained controls.")
    if (tests["model"] == contracts.BAG_OF_WORDS).any():
        sentences.append(
            "As a control without a model, TF-IDF vectors of the texts' words, reduced to at most "
            f"{contracts.WORDS_WIDTH} components by latent semantic analysis ({cite('deerwester')}), were divided into "
            "regions and tested in the same way; they have no layers and no edges."
        )
    return sentences


def intervals_and_stability(facts: Facts, cite: Citations) -> list[str]:
    """How sure values are, what training adds, and under which choices they hold; nothing where nothing was tested."""
    tests = _tested(facts)
    # Of labels that differ from model to model there are tests alone.
    if tests is not None:
        tests = tests[~_by_model(facts, tests)]
    if tests is None or tests.empty or not facts.statistics:
        return []
    sentences = [
        "Intervals are the 2.5th to 97.5th percentile of "
        f"{count(facts.statistics['subsamples'], 'half-sample')} ({cite('politis')}): as many random documents of each "
        "label as half of the smallest label has, drawn without replacement, the same for all models; they are for the "
        "value at that number of documents.",
    ]
    if tests["null"].str.contains(TOGETHER, regex=False).any():
        sentences.append(
            "Documents that belong together were drawn together: as many whole groups as came nearest to that number."
        )
    most = max((len(twins) for twins in facts.controls.values()), default=0)
    if most:
        interval = (
            f"its interval ({cite('zou')}) covers which documents were collected and which untrained weights were "
            "drawn, and no other training run, seed of a reduction, grid or corpus"
            if most >= FEWEST_CONTROLS
            else f"with fewer than {count(FEWEST_CONTROLS, 'control')} it has no interval"
        )
        sentences.append(
            "What training adds is a model's effect less the mean of its controls' in the same half-samples; "
            f"{interval}."
        )
    sentences.append(
        "Separations and differences (of metrics that are closed forms of counts) were held against their values under "
        f"other choices, one at a time: {names(_choices(facts))}; a difference of two labels depends on a choice where "
        "its sign changes under it."
    )
    return sentences


def faithfulness_and_memory(facts: Facts, cite: Citations) -> list[str]:
    """How regions were held against the hidden space, and paths against chains without memory."""
    if not facts.statistics or not any(each["components"] == 2 for each in facts.reductions.values()):
        return []
    return [
        f"How faithful regions are was measured by the share of each document's {NEIGHBOURS} nearest others, by "
        "cosine between the hidden states as the model has them, that lie in its own region, less the share that "
        "others drawn at random would have; of documents with the same vector one took part, and of more than "
        f"{JUDGED:,} so many were judged, each against all.",
        "Path memory is the information in bits that the region before gives of the next one beyond the present one "
        f"({cite('cover')}), less its mean over all shuffles of the next regions within each present region, which "
        f"keep every edge; p is from {count(facts.statistics['permutations'], 'shuffle')} for each seed of a "
        f"reduction ({cite('pethel')}), q after {cite.by('benjamini')} over the study; of each "
        "text one document took part.",
    ]


def probing(facts: Facts, cite: Citations) -> list[str]:
    """How labels were told from layers; nothing where none were."""
    if not facts.probing:
        return []
    probed = facts.probing
    return [
        "How well labels are told from hidden states, coordinates and regions was measured by a logistic regression "
        f"in which all labels weigh alike, on {count(probed['n_splits'], 'random split')} with "
        f"{100 * probed['test_size']:g} % of the documents in the test part; documents of one group and repeated "
        "texts stayed on one side.",
        "PCA, SVD and grids were fitted on the training part, UMAP on all documents."
        if probed["fit"] == "train"
        else "Reductions and grids were fitted on all documents.",
        f"Standard errors are corrected for the overlap of the splits ({cite('nadeau')}).",
    ]


# --------------------------------------------------------------------------------------- private


def _choices(facts: Facts) -> list[str]:
    """What was varied: what the study has more than one of, and where the grid lies."""
    planes = [each for each in facts.reductions.values() if each["components"] == 2]
    of_grids = {"sizes": {size for _, size in facts.grids}, "bins": {bins for bins, _ in facts.grids}}
    several = [name for name, kinds in of_grids.items() if len(kinds) > 1]
    several += [name for name, kinds in (("reductions", planes), ("poolings", facts.pooling)) if len(kinds) > 1]
    seeds = ["each seed of a reduction"] if any(len(each["seeds"]) > 1 for each in planes) else []
    others = [f"the study's other {names(several)}"] if several else []
    return [*seeds, "the grid moved by half a cell", *others]


def _tested(facts: Facts) -> pd.DataFrame | None:
    """The tests of comparisons of two labels or more; None where there are none."""
    tests = facts.tests
    if tests is None:
        return None
    several = tests[~one_label.among(tests)]
    return None if several.empty else several


def _by_model(facts: Facts, tests: pd.DataFrame) -> np.ndarray:
    """(rows,) whether the labels of each test differ from model to model: the corpus has no such labelling."""
    same = {corpus.name: corpus.labellings for corpus in facts.corpora}
    places = zip(tests["corpus"], tests["labelling"], strict=True)
    return np.array([labelling not in same.get(corpus, [labelling]) for corpus, labelling in places], dtype=bool)


def _compared(facts: Facts, tests: pd.DataFrame) -> Iterator[str]:
    """Every comparison with the documents of its labels, in order."""
    several = tests["corpus"].nunique() > 1
    for (corpus, comparison), rows in tests.groupby(["corpus", "comparison"], sort=False):
        where = f" of {plain(corpus)}" if several else ""
        if _by_model(facts, rows).any():
            models = rows.drop_duplicates(["model"])
            each = [
                f"{plain(model)} {counted(json.loads(documents))}"
                for model, documents in zip(models["model"], models["documents"], strict=True)
            ]
            yield f"{plain(comparison)}{where}, of labels that differ from model to model ({', '.join(each)})"
        else:
            yield f"{plain(comparison)}{where}: {counted(json.loads(rows['documents'].iloc[0]))}"


def _nulls(tests: pd.DataFrame) -> list[str]:
    """Each null; where there are several, with the comparisons that are held against it."""
    told = of_tests.nulls(tests)
    return [_null(null) + (f" ({names(of)})" if len(told) > 1 else "") for null, of in told.items()]


def _null(null: str) -> str:
    """What tests.tsv calls the null, in the middle of a sentence: a column of the user's may be in it."""
    labels, _, how = plain(null).partition(" permuted")
    return f"{labels} were permuted{how}"


def _permutations(tests: pd.DataFrame) -> str:
    """How many there were; of a statistic that is undefined in some there were as many, and fewer counted."""
    return count(int(tests["permutations"].astype(int).max()), "permutation")
