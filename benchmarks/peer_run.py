"""LLM-MRI 0.2.1 on a table of texts: its cells, its edges, and what they cost. Runs in an environment of its own.

`benchmarks/peer.py` calls it with the Python of that environment; nothing of nrag is there.

    python peer_run.py TEXTS.csv MODEL_FOLDER pca OUT.json
"""

import json
import os
import resource
import sys
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"


def run(texts: str, model: str, method: str, out: str) -> None:
    """Everything of LLM-MRI that a user of its 2-D graphs runs: areas, graphs of each label and of both, metrics."""
    clock = time.process_time()
    import pandas as pd
    import torch
    from datasets import ClassLabel, Dataset, Features, Value, disable_progress_bars
    from llm_mri import ActivationAreas, Metrics
    from llm_mri.dimensionality_reduction import PCA, SVD, UMAP

    disable_progress_bars()
    torch.set_num_threads(1)
    reducers = {"pca": PCA, "svd": SVD, "umap": UMAP}
    table = pd.read_csv(texts, dtype=str, keep_default_na=False)
    labels = sorted(table["label"].unique())
    features = Features({"text": Value("string"), "label": ClassLabel(names=labels)})
    numbers = table["label"].map(labels.index).tolist()
    dataset = Dataset.from_dict({"text": table["text"].tolist(), "label": numbers}, features=features)
    areas = ActivationAreas(
        model=model,
        dataset=dataset,
        reduction_method=reducers[method](n_components=2, random_state=42, gridsize=10),
    )
    areas.process_activation_areas()
    graphs = {label: areas.get_graph(label) for label in labels}
    graphs[""] = areas.get_graph("")
    areas.get_graph(labels[:2])
    for label, graph in graphs.items():
        Metrics(graph, label, "model").get_basic_metrics()
    seconds = time.process_time() - clock
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    cells = [[name.split("_")[1:] for name in layer["cell_label"]] for layer in areas.graph_class.reduced_dataset]
    edges = {
        label: sorted([source, target, int(data["weight"])] for source, target, data in graph.edges(data=True))
        for label, graph in graphs.items()
    }
    found = {"seconds": seconds, "peak": peak, "cells": cells, "edges": edges}
    if method == "umap":
        found["trustworthiness"] = trustworthiness(areas)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(found, file)


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
    run(*sys.argv[1:])
