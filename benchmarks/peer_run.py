"""LLM-MRI 0.2.1 on a table of texts: its cells, its edges, and what they cost. Runs in an environment of its own.

`benchmarks/peer.py` calls it with the Python of that environment; nothing of nrag is there.

    python peer_run.py TEXTS.csv MODEL_FOLDER pca|svd|umap|faults|neighbours OUT.json
"""

import json
import os
import sys

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"


METHODS = ("pca", "svd", "umap")


def run(texts: str, model: str, method: str) -> dict:
    """Everything of LLM-MRI that a user of its 2-D graphs runs: areas, graphs of each label and of both, metrics."""
    from llm_mri import Metrics

    areas, labels = areas_of(texts, model, method, n_components=2)
    graphs = {label: areas.get_graph(label) for label in [*labels, ""]}
    areas.get_graph(labels[:2])
    for label, graph in graphs.items():
        Metrics(graph, label, "model").get_basic_metrics()
    return {"cells": cells_of(areas), "edges": {label: edges_of(graph) for label, graph in graphs.items()}}


def neighbours(texts: str, model: str) -> dict:
    """How far LLM-MRI's UMAP keeps neighbours, layer by layer."""
    return {"trustworthiness": trustworthiness(areas_of(texts, model, "umap", n_components=2)[0])}


def faults(texts: str, model: str) -> dict:
    """What LLM-MRI makes of a table where it goes wrong: docs/llm-mri.md sets it beside what nrag makes."""
    from llm_mri import Evaluation, Metrics

    plane, labels = areas_of(texts, model, "pca", n_components=2)
    first, second = labels[:2]
    graphs = {label: plane.get_graph(label) for label in [*labels, ""]}
    metrics = Metrics(graphs[""], "", "model")
    projections = _outcome(lambda: str(metrics.get_projection_metrics_even()))
    fits = counted_fits()
    drawn = [cells_of(areas_of(texts, model, "umap", n_components=2)[0]) for _ in range(2)]
    components, _ = areas_of(texts, model, "pca", n_components=10)
    probed = Evaluation(plane).evaluate_model(n_splits=5, test_size=0.3, random_state=42, metrics="accuracy")
    composed = [plane.get_graph(pair).size("weight") for pair in ([first, second], [second, first])]
    return {
        "cells": cells_of(plane),
        "umap cells": drawn,
        "umap fits": len(fits) // len(drawn),
        "cut": cut(plane.tokenizer, texts),
        "ties": ties(components.graph_class),
        "40 components of 20 documents": components_of(20, wanted=40),
        "probed": probed["delta"]["accuracy"]["per_split"],
        "apart": graphs[first].size("weight") + graphs[second].size("weight"),
        "composed": composed,
        "metrics": metrics.get_basic_metrics(),
        "projections": projections,
        "correlations": {label: edges_of(components.get_graph(label)) for label in labels},
        "another grid": edges_of(plane.get_graph(first, gridsize=3)) == edges_of(graphs[first]),
        "refused": refused(model),
    }


def refused(model: str) -> dict[str, str]:
    """What comes of input that is not as its examples are: the name of the error, or how many labels a graph shows."""
    from datasets import ClassLabel, Dataset, Features, Value
    from llm_mri import ActivationAreas
    from llm_mri.dimensionality_reduction import PCA, UMAP

    names = ["a", "b", "c"]
    texts = [f"{['sea', 'sky', 'sand'][place % 3]} number {place}" for place in range(24)]

    def areas(texts=texts, names=names, number=3, reducer=PCA, components=2, kind=None):
        labels = [place % number for place in range(len(texts))]
        columns = Features({"text": Value("string"), "label": kind or ClassLabel(names=names)})
        table = {"text": texts, "label": [names[label] for label in labels] if kind else labels}
        chosen = reducer(n_components=components, random_state=42, gridsize=10)
        found = ActivationAreas(
            model=model, dataset=Dataset.from_dict(table, features=columns), reduction_method=chosen
        )
        found.process_activation_areas()
        return found

    def labels_of(graph):
        return str(len({data["label"] for _, _, data in graph.edges(data=True)}))

    tried = {
        "three labels": lambda: labels_of(areas().get_graph(names)),
        "three labels, 10 components": lambda: labels_of(areas(components=10).get_graph(names)),
        "a label without texts": lambda: labels_of(areas(number=2).get_graph("c")),
        "a label without texts, 10 components": lambda: labels_of(areas(number=2, components=10).get_graph("c")),
        "three texts, UMAP": lambda: labels_of(areas(texts[:3], reducer=UMAP).get_graph("a")),
        "labels as text": lambda: labels_of(areas(kind=Value("string")).get_graph("a")),
        "a missing text": lambda: labels_of(areas([None, *texts[1:]]).get_graph("a")),
    }
    return {name: _outcome(attempt) for name, attempt in tried.items()}


def _outcome(attempt) -> str:
    try:
        return attempt()
    except Exception as error:  # which one it is, is what is asked
        return type(error).__name__


def counted_fits() -> list:
    """A list that grows by one with every fit of UMAP from now on."""
    import umap

    fits, fit = [], umap.UMAP.fit
    umap.UMAP.fit = lambda *given, **named: fits.append(1) or fit(*given, **named)
    return fits


def cut(tokenizer, texts: str) -> int:
    """How many texts have more tokens than are read."""
    import pandas as pd

    table = pd.read_csv(texts, dtype=str, keep_default_na=False)
    return sum(len(tokenizer(text)["input_ids"]) > 512 for text in table["text"])


def ties(graph) -> list[float]:
    """How far its rho of small whole numbers is from SciPy's at most, and its rho of a constant."""
    import torch
    from scipy.stats import spearmanr

    columns = torch.randint(3, (100, 20), generator=torch.Generator().manual_seed(0)).float()
    right = torch.tensor(spearmanr(columns).statistic)
    wrong = (graph._spearman_correlation(columns, columns) - right).abs().max()
    counting = torch.arange(100.0)[:, None]
    return [float(wrong), float(graph._spearman_correlation(torch.ones(100, 1), counting))]


def components_of(documents: int, *, wanted: int) -> int:
    """How many components come back where so many are wanted of so few documents."""
    import numpy as np
    from llm_mri.dimensionality_reduction import PCA

    rows = np.random.default_rng(0).normal(size=(documents, 100)).astype(np.float32)
    return PCA(n_components=wanted).get_reduction(rows).shape[1]


def areas_of(texts: str, model: str, method: str, n_components: int):
    """LLM-MRI's areas of a table, and the table's labels in order."""
    import pandas as pd
    import torch
    from datasets import ClassLabel, Dataset, Features, Value, disable_progress_bars
    from llm_mri import ActivationAreas
    from llm_mri.dimensionality_reduction import PCA, SVD, UMAP

    disable_progress_bars()
    torch.set_num_threads(1)
    table = pd.read_csv(texts, dtype=str, keep_default_na=False)
    labels = sorted(table["label"].unique())
    features = Features({"text": Value("string"), "label": ClassLabel(names=labels)})
    numbers = table["label"].map(labels.index).tolist()
    dataset = Dataset.from_dict({"text": table["text"].tolist(), "label": numbers}, features=features)
    reducer = dict(zip(METHODS, (PCA, SVD, UMAP), strict=True))[method]
    chosen = reducer(n_components=n_components, random_state=42, gridsize=10)
    areas = ActivationAreas(model=model, dataset=dataset, reduction_method=chosen)
    areas.process_activation_areas()
    return areas, labels


def cells_of(areas) -> list:
    """Cell of every document, layer by layer."""
    return [[name.split("_")[1:] for name in layer["cell_label"]] for layer in areas.graph_class.reduced_dataset]


def edges_of(graph) -> list:
    """Source, target and weight of every edge."""
    return sorted([source, target, float(data["weight"])] for source, target, data in graph.edges(data=True))


def trustworthiness(areas) -> list[float]:
    """How far the neighbours on a plane of UMAP, drawn anew, are neighbours in the scaled states, layer by layer."""
    import numpy as np
    from sklearn import manifold, preprocessing

    states = areas.hidden_states_dataset
    layers = [np.array(states[name]) for name in states.column_names if name.startswith("hidden_state")]
    rows = [preprocessing.normalize(preprocessing.MinMaxScaler().fit_transform(layer)) for layer in layers]
    planes = [areas.reduction_method.get_reduction(layer) for layer in layers]
    return [manifold.trustworthiness(*pair, n_neighbors=15) for pair in zip(rows, planes, strict=True)]


if __name__ == "__main__":
    texts, model, method, out = sys.argv[1:]
    others = {"faults": faults, "neighbours": neighbours}
    found = others[method](texts, model) if method in others else run(texts, model, method)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(found, file)
