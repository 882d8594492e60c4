"""The cells, edges and weights of LLM-MRI 0.2.1: as it made them, and as it defines them.

What it made is in data/llm_mri.json, written by `benchmarks/peer.py record` in an environment with LLM-MRI.
"""

import itertools
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from workflow_runs import ROOT, Place, write_data

from nrag import contracts, corpora, extraction, graphs, models, reduction, regions, store

RECORDED = json.loads((Path(__file__).parent / "data" / "llm_mri.json").read_text(encoding="utf-8"))
STUDY = yaml.safe_load((ROOT / "studies" / "llm-mri.yaml").read_text(encoding="utf-8"))
SIZE = STUDY["grid"]["size"]
MODEL = STUDY["models"]["minilm"]["id"]


def turned(cells, turns):
    """Cells with axes turned round: the sign of a principal axis means nothing."""
    return [tuple(SIZE - 1 - p if turn else p for p, turn in zip(cell, turns, strict=True)) for cell in cells]


def best_turn(ours, theirs):
    return max(
        itertools.product((False, True), repeat=2),
        key=lambda turns: sum(map(tuple.__eq__, turned(ours, turns), theirs)),
    )


def edges_by_label(table, turns):
    """Weight by label and names of the two regions, each layer turned as told."""
    found = {}
    for row in table.itertuples():
        (source,) = turned([(row.x0, row.y0)], turns[row.layer])
        (target,) = turned([(row.x1, row.y1)], turns[row.layer + 1])
        ends = contracts.node(row.layer, *source), contracts.node(row.layer + 1, *target)
        found.setdefault(row.label, {})[ends] = row.documents
    return found


def assert_same(cells, edges, their_cells, their_edges):
    """Every cell, every edge and every weight of every label is the same."""
    turns = []
    for layer, theirs in enumerate(their_cells):
        ours = list(cells.loc[cells["layer"] == layer, ["x", "y"]].itertuples(index=False, name=None))
        turns.append(best_turn(ours, theirs))
        assert turned(ours, turns[-1]) == theirs, f"layer {layer}"
    assert edges_by_label(edges, turns) == their_edges


def recorded(method):
    """Cells by layer and weights by label, as LLM-MRI made them."""
    cells = [[(int(x), int(y)) for x, y in layer] for layer in RECORDED[method]["cells"]]
    edges = {
        label: {(source, target): weight for source, target, weight in rows}
        for label, rows in RECORDED[method]["edges"].items()
    }
    return cells, edges


@pytest.fixture(scope="module")
def hidden_states(tmp_path_factory):
    """MiniLM's states at position 0, layer by layer, of the texts that LLM-MRI read."""
    extracted = extraction.extract(
        models.load(MODEL, root=Path(), device="cpu"),
        [RECORDED["texts"]],
        tmp_path_factory.mktemp("scratch"),
        signature={},
        poolings=("first",),
    )
    return {layer: values for _, _, layer, values in extracted.blocks()}


def reduced_of(hidden_states, definition):
    """The fits of one reduction of the config, by the library."""
    blocks = {"m": {layer: lambda values=values: [values] for layer, values in hidden_states.items()}}
    return reduction.reduce_space(blocks, reduction.Reduction.of(**definition))


def made_of(hidden_states, name):
    """Cells, edges and fits of one reduction of the study."""
    reduced = reduced_of(hidden_states, STUDY["reductions"][name])
    cells, _ = regions.cells_of(
        {key: fit.coordinates for key, fit in reduced.items()},
        size=SIZE,
        constant=[key for key, fit in reduced.items() if fit.constant],
    )
    edges = graphs.edges_of(cells, {"label": pd.Series(RECORDED["labels"], dtype="str")})
    return cells, edges, {layer: fit for (_, _, layer), fit in reduced.items()}


def beside_a_border(coordinates):
    """Whether each document lies within a thousandth of a cell of an inner border, (documents,) bool."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    places = (coordinates - low) / np.where(high > low, high - low, 1) * SIZE
    nearest = np.round(places)
    return ((np.abs(places - nearest) < 1e-3) & (nearest > 0) & (nearest < SIZE)).any(axis=1)


def with_theirs_at_borders(cells, fits, their_cells):
    """The cells, theirs where a document lies at a border: there another processor's rounding decides."""
    cells = cells.copy()
    for layer, theirs in enumerate(their_cells):
        rows = cells.index[cells["layer"] == layer]
        ours = list(cells.loc[rows, ["x", "y"]].itertuples(index=False, name=None))
        there = turned(theirs, best_turn(ours, theirs))
        for document in np.flatnonzero(beside_a_border(fits[layer].coordinates)):
            cells.loc[rows[document], ["x", "y"]] = there[document]
    return cells


@pytest.mark.parametrize("name", ["pca", "svd"])
def test_cells_edges_and_weights_are_those_that_llm_mri_made(hidden_states, name):
    cells, _, fits = made_of(hidden_states, name)
    their_cells, their_edges = recorded(name)
    same = with_theirs_at_borders(cells, fits, their_cells)
    assert (same != cells).any(axis="columns").sum() <= 2
    edges = graphs.edges_of(same, {"label": pd.Series(RECORDED["labels"], dtype="str")})
    assert_same(same, edges, their_cells, their_edges)


def test_dead_features_are_the_one_difference(hidden_states):
    """MiniLM's last layer has three; nothing else of the study keeps cells from being LLM-MRI's."""
    pca = STUDY["reductions"]["pca"]
    kept, left_out = (reduced_of(hidden_states, {**pca, "keep_dead": keep}) for keep in (True, False))
    same = [np.array_equal(kept[key].coordinates, left_out[key].coordinates) for key in kept]
    assert same == [True] * 6 + [False]


def test_umap_keeps_as_many_neighbours_and_draws_nothing_of_a_constant_layer(hidden_states):
    cells, edges, fits = made_of(hidden_states, "umap")
    _, their_edges = recorded("umap")
    for layer, theirs in list(enumerate(RECORDED["neighbours"]["trustworthiness"]))[1:]:
        assert fits[layer].quality > theirs - 0.02, f"layer {layer}"
    # Documents are conserved, label by label, as in LLM-MRI's graphs of one label.
    assert edges.groupby("label")["documents"].sum().to_dict() == {
        label: sum(rows.values()) for label, rows in their_edges.items()
    }
    # Every document has the same embedding at position 0: LLM-MRI scatters rounding over 67 cells.
    assert fits[0].constant
    assert len(cells.loc[cells["layer"] == 0, ["x", "y"]].drop_duplicates()) == 1
    assert len(set(recorded("umap")[0][0])) > 60


# ---------------------------------------------------------------- the definition, one document at a time


def slow_cells(folder, texts):
    """LLM-MRI's cells by its definition: padded to the longest, position 0, standardised, full SVD, pandas.cut."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    batch = tokenizer(texts, padding=True, truncation=True, max_length=40, return_tensors="pt")
    with torch.no_grad():
        states = AutoModel.from_pretrained(folder)(**batch, output_hidden_states=True).hidden_states
    layers = []
    for state in states:
        values = state[:, 0].double().numpy()
        spread = values.std(axis=0)
        scaled = (values - values.mean(axis=0)) / np.where(spread > 1e-12, spread, 1)
        left, sizes, _ = np.linalg.svd(scaled, full_matrices=False)
        axes = [pd.cut(left[:, k] * sizes[k], SIZE, labels=False) for k in range(2)]
        layers.append(list(zip(*(axis.tolist() for axis in axes), strict=True)))
    return layers


def slow_edges(layers, labels):
    """Documents of each label on each pair of regions, counted one by one; "" for all."""
    edges = {label: Counter() for label in ["", *sorted(set(labels))]}
    for layer, (here, there) in enumerate(itertools.pairwise(layers)):
        for document, label in enumerate(labels):
            ends = contracts.node(layer, *here[document]), contracts.node(layer + 1, *there[document])
            edges[""][ends] += 1
            edges[label][ends] += 1
    return {label: dict(counted) for label, counted in edges.items()}


@pytest.mark.slow
def test_the_study_gives_llm_mris_graph_by_its_definition_through_snakemake(tmp_path, checkout, tiny_bert):
    place = Place(tmp_path, checkout)
    write_data(tmp_path)
    place.write(
        {
            **{key: STUDY[key] for key in ("study", "pooling", "grid")},
            "models": {"tiny": {"id": str(tiny_bert)}},
            "corpora": {"words": {"path": "data/words.csv", "label": "label"}},
            "reductions": {name: STUDY["reductions"][name] for name in ("pca", "svd")},
        }
    )
    place.make("nrags")
    texts = corpora.read({"path": "data/words.csv", "text": "text"}, data=tmp_path, seed=0).texts["text"].tolist()
    labels = pd.read_csv(tmp_path / "data" / "words.csv")["label"].tolist()
    theirs = slow_cells(tiny_bert, texts)
    assert len(set(theirs[0])) == 1  # [CLS] at position 0: the same embedding for every text
    assert len(set(theirs[3])) > 20
    for name in ("pca", "svd"):
        folder = place.results / "nrags" / "tiny" / "words" / "first" / name / f"equal-{SIZE}"
        assert_same(
            store.read_table(str(folder / "cells.parquet"), contracts.CELLS),
            store.read_table(str(folder / "edges.parquet"), contracts.EDGES),
            theirs,
            slow_edges(theirs, labels),
        )
