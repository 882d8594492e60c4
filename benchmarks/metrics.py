"""Counting rate of edges, and the metrics' speed against NetworkX, in CPU seconds of one process.

    python benchmarks/metrics.py

Documents drift from cell to cell through 13 layers of a 10 × 10 grid, 20 000 of them, which gives
some 6 500 edges. Both sides start from the same edge table and end with the same numbers: every
metric of graph, layers and regions. NetworkX' side builds a DiGraph and calls NetworkX' and pandas'
own functions. Rounds alternate, the best of each side counts.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import networkx as nx

from nrag import graphs, metrics, regions

LAYERS, SIZE = 13, 10


def drifting(documents: int, *, layers: int, size: int, seed: int) -> pd.DataFrame:
    """Cells of documents that start anywhere and take a step of about one cell per layer."""
    generator = np.random.default_rng(seed)
    place = generator.normal(size=(documents, 2))
    planes = {}
    for layer in range(layers):
        planes["model", 0, layer] = place.astype(np.float32)
        place = 0.9 * place + 0.25 * generator.normal(size=place.shape)
    return regions.cells_of(planes, size=size).cells


def through_networkx(edges: pd.DataFrame, *, layers: int, size: int) -> dict[tuple[str, str], object]:
    """Every metric of `nrag.metrics`, by level and name, from NetworkX and pandas."""
    graph = nx.DiGraph()
    for k, x0, y0, x1, y1, n in edges[["layer", "x0", "y0", "x1", "y1", "documents"]].itertuples(index=False):
        graph.add_edge((k, x0, y0), (k + 1, x1, y1), weight=n)
    nodes = sorted(graph)
    kinds = {"": graph.degree, "in_": graph.in_degree, "out_": graph.out_degree}
    table = pd.DataFrame(index=pd.MultiIndex.from_tuples(nodes, names=["layer", "x", "y"]))
    for side, degree in kinds.items():
        table[f"{side}degree"] = pd.Series(dict(degree()))
        table[f"{side}strength"] = pd.Series(dict(degree(weight="weight")))
    table["documents"] = table[["in_strength", "out_strength"]].max(axis=1)
    found: dict[tuple[str, str], object] = {("node", name): column.to_numpy() for name, column in table.items()}
    for name in ("degree", "strength"):
        for moment in ("mean", "var", "skew", "kurt"):
            found["graph", f"{moment}_{name}"] = getattr(table[name], moment)()
    layer = pd.Series([node[0] for node in nodes])
    in_layer = table.groupby("layer")
    depth = 2 * np.arange(layers) / (layers - 1) - 1
    spread = in_layer["strength"].std().fillna(0).to_numpy()
    counts = in_layer.size().to_numpy()
    found |= {
        ("graph", "regions"): graph.number_of_nodes(),
        ("graph", "edges"): graph.number_of_edges(),
        ("graph", "assortativity"): nx.degree_assortativity_coefficient(graph, "out", "in", weight="weight"),
        ("graph", "density_directed"): nx.density(graph),
        ("graph", "density"): graph.number_of_edges() / (counts[:-1] @ counts[1:]),
        ("graph", "center_of_mass"): (2 * layer / (layers - 1) - 1).mean(),
        ("graph", "center_of_strength"): spread @ depth / spread.sum(),
        ("layer", "regions"): counts,
        ("layer", "occupancy"): counts / size**2,
        ("layer", "mean_degree"): in_layer["degree"].mean().to_numpy(),
        ("layer", "var_degree"): in_layer["degree"].var().to_numpy(),
    }
    return found


def through_arrays(edges: pd.DataFrame, cells: pd.DataFrame, *, size: int) -> dict[tuple[str, str], object]:
    """The same from `nrag`."""
    (nrag,) = graphs.nrags_of(edges, cells, size=size).values()
    return {(level, name): f(nrag) for level, named in metrics.METRICS.items() for name, f in named.items()}


def cpu_seconds(work: Callable[[], object], rounds: int) -> float:
    """Smallest CPU time of one call."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print both rates."""
    cells = drifting(20_000, layers=LAYERS, size=SIZE, seed=0)
    edges = graphs.edges_of(cells, {})
    ends = cells[cells["document"] == 0]  # layers alone matter here, and all of them are in one document
    slow, fast = through_networkx(edges, layers=LAYERS, size=SIZE), through_arrays(edges, ends, size=SIZE)
    assert slow.keys() == fast.keys()
    for key in slow:
        np.testing.assert_allclose(fast[key], slow[key], rtol=1e-9, atol=1e-12, err_msg=str(key))
    networkx_s = cpu_seconds(lambda: through_networkx(edges, layers=LAYERS, size=SIZE), 7)
    ours_s = cpu_seconds(lambda: through_arrays(edges, ends, size=SIZE), 50)
    nrags = graphs.nrags_of(edges, ends, size=SIZE)
    table_s = cpu_seconds(lambda: metrics.metrics_of(nrags), 50)
    print(
        f"{len(fast)} metrics of {len(edges)} edges: networkx {1000 * networkx_s:.1f} ms, nrag {1000 * ours_s:.2f} ms,"
    )
    print(f"  ratio {networkx_s / ours_s:.0f}; long table on top {1000 * table_s:.2f} ms")

    documents = 100_000
    cells = drifting(documents, layers=LAYERS, size=SIZE, seed=1)
    labels = np.where(np.random.default_rng(2).random(documents) < 0.5, "a", "b")
    counted = 2 * documents * LAYERS  # all documents, then the labelling
    seconds = cpu_seconds(lambda: graphs.edges_of(cells, {"label": labels}), 5)
    print(f"edges: {counted / seconds / 1e6:.0f} M documents × layers a second (2 countings of {documents} × {LAYERS})")
    values = np.random.default_rng(3).normal(size=(1_000_000, 2)).astype(np.float32)
    seconds = cpu_seconds(lambda: regions.cells_of({("m", 0, 0): values}, size=SIZE), 5)
    print(f"cells: {values.size / seconds / 1e6:.0f} M values a second, table included")
    edges = regions.bin_edges(values[:, 0], size=SIZE, bins="equal")
    seconds = cpu_seconds(lambda: regions.bin_axis(values[:, 0], edges), 5)
    print(f"  bin_axis alone: {len(values) / seconds / 1e6:.0f} M values a second")


if __name__ == "__main__":
    main()
