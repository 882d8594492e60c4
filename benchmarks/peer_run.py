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
    from llm_mri import Metrics

    plane, labels = areas_of(texts, model, "pca", n_components=2)
    first, second = labels[:2]
    graphs = {label: plane.get_graph(label) for label in [*labels, ""]}
    metrics = Metrics(graphs[""], "", "model")
    try:
        projections = str(metrics.get_projection_metrics_even())
    except Exception as error:  # which one it is, is what is asked
        projections = type(error).__name__
    drawn = [cells_of(areas_of(texts, model, "umap", n_components=2)[0]) for _ in range(2)]
    components, _ = areas_of(texts, model, "pca", n_components=10)
    composed = [plane.get_graph(pair).size("weight") for pair in ([first, second], [second, first])]
    return {
        "cells": cells_of(plane),
        "umap cells": drawn,
        "apart": graphs[first].size("weight") + graphs[second].size("weight"),
        "composed": composed,
        "metrics": metrics.get_basic_metrics(),
        "projections": projections,
        "correlations": {label: edges_of(components.get_graph(label)) for label in labels},
    }


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
