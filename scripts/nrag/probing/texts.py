"""What the texts alone tell of their labels, in the same splits: words, length, and guesses that do not look."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfTransformer

from nrag.bag_of_words import word_counts
from nrag.probing.classifier import Parts, standardised
from nrag.probing.probes import FeatureSet, Probe, probed
from nrag.probing.scores import blind
from nrag.probing.splits import Split
from nrag.words import words_of


def probe_texts(texts: Sequence[str], labels: np.ndarray, splits: Sequence[Split]) -> Iterator[Probe]:
    """Probes of the texts, split by split: bag_of_words, text_length, most_frequent and stratified.

    bag_of_words: TF-IDF of the words of the training part (scikit-learn's: smoothed, each text of length 1),
    not standardised. text_length: log(1 + n) of characters and of words, standardised. The guesses have
    their expected confusion matrix and no features, see `scores.blind`.
    """
    counts, length = word_counts(texts), text_length(texts)
    for turn, split in enumerate(splits):
        yield probed(bag_of_words(counts, split), labels, split, turn, features=FeatureSet("bag_of_words"))
        yield probed(standardised(length, split), labels, split, turn, features=FeatureSet("text_length"))
        sides = (np.bincount(labels[side], minlength=labels.max() + 1) for side in split)
        for guess, confusion in blind(*sides).items():
            sizes = (len(split.train), len(split.test))
            yield Probe("", FeatureSet(guess), None, turn, 0, confusion, True, *sizes)


def text_length(texts: Sequence[str]) -> np.ndarray:
    """(documents, 2): log(1 + n) of characters and of words."""
    return np.log1p([[len(text), len(words_of(text))] for text in texts])


def bag_of_words(counts: csr_array, split: Split) -> Parts:
    """TF-IDF of both parts, with the words and document frequencies of the training part."""
    train, test = counts[split.train], counts[split.test]
    known = np.flatnonzero(train.sum(axis=0) > 0)
    if not len(known):
        return Parts(*(np.zeros((side.shape[0], 0)) for side in (train, test)))
    weights = TfidfTransformer().fit(train[:, known])
    return Parts(weights.transform(train[:, known]), weights.transform(test[:, known]))
