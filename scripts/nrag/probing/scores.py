"""How well labels were told, from counts of true and predicted ones."""

import numpy as np

SCORES = ("accuracy", "balanced_accuracy", "f1_macro", "f1_weighted", "recall_macro", "recall_weighted")
"""Names as scikit-learn has them."""

SHOWN = "balanced_accuracy"
"""The score that figures show: its chance level is 1 / labels, however unequal their sizes are."""


def confusion(true: np.ndarray, predicted: np.ndarray, labels: int) -> np.ndarray:
    """(labels, labels): documents by true (rows) and predicted label (columns); both are given as numbers from 0."""
    return np.bincount(true * labels + predicted, minlength=labels**2).reshape(labels, labels)


def scores_of(confusion: np.ndarray) -> dict[str, float]:
    """The six `SCORES` of a confusion matrix, whose counts may be expected ones and hence fractions.

    Per label: recall = hits / documents of the label; F1 = 2 hits / (documents of the label + documents
    predicted as it). macro: mean over the labels; weighted: mean weighted by their documents. So
    recall_weighted is the accuracy, and recall_macro the balanced accuracy; both are there because they
    are asked for by these names. All lie between 0 and 1.

    Every label must have test documents, which `splits_of` sees to.

    Source: Sokolova and Lapalme (2009), A systematic analysis of performance measures for classification
    tasks; balanced accuracy: Brodersen et al. (2010).

    >>> scores = scores_of(np.array([[3, 1], [0, 2]]))
    >>> round(scores["accuracy"], 3), scores["balanced_accuracy"], round(scores["f1_macro"], 3)
    (0.833, 0.875, 0.829)
    """
    hits, true, predicted = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    recall, f1, weights = hits / true, 2 * hits / (true + predicted), true / true.sum()
    return {
        "accuracy": float(hits.sum() / true.sum()),
        "balanced_accuracy": float(recall.mean()),
        "f1_macro": float(f1.mean()),
        "f1_weighted": float(f1 @ weights),
        "recall_macro": float(recall.mean()),
        "recall_weighted": float(recall @ weights),
    }


def blind(train: np.ndarray, test: np.ndarray) -> dict[str, np.ndarray]:
    """Expected confusion matrices of two guesses that do not look at the document, (labels, labels) each.

    `train` and `test` count the documents of each label in the two parts. `most_frequent` always says the
    most frequent label of the training part, the first of equally frequent ones; `stratified` draws
    labels as often as they are there. The names are those of scikit-learn's DummyClassifier.

    >>> blind(np.array([3, 1]), np.array([4, 4]))["stratified"]
    array([[3., 1.],
           [3., 1.]])
    """
    constant = np.zeros(len(train))
    constant[np.argmax(train)] = 1
    return {"most_frequent": np.outer(test, constant), "stratified": np.outer(test, train / train.sum())}
