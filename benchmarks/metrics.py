"""Counting rate of edges, and the metrics' speed against NetworkX, in CPU seconds of one process.

    python benchmarks/metrics.py

Documents drift from cell to cell through 13 layers. Both sides start from the same edge table and end
with the same numbers. First the metrics that are counted (sizes, degrees, strengths), of 20 000 documents on a 10 × 10
grid, which gives some 7 000 edges: rounds alternate, the best of each side counts. Then those that follow the structure
(paths, PageRank, communities, projections), of 1 000 documents: one round, since NetworkX takes half a minute.
Last all metrics together on larger graphs, where NetworkX would take hours.
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
Values = dict[tuple[str, str], object]


def drifting(documents: int, *, layers: int, size: int, seed: int) -> pd.DataFrame:
    """Cells of documents that start anywhere and take a step of about one cell per layer."""
    generator = np.random.default_rng(seed)
    place = generator.normal(size=(documents, 2))
    planes = {}
    for layer in range(layers):
        planes["model", 0, layer] = place.astype(np.float32)
        place = 0.9 * place + 0.25 * generator.normal(size=place.shape)
    return regions.cells_of(planes, size=size).cells


def digraph(edges: pd.DataFrame) -> nx.DiGraph:
    """NetworkX' graph, its nodes in our order."""
    graph = nx.DiGraph()
    ends = edges[["layer", "x0", "y0", "x1", "y1"]].to_numpy().tolist()
    graph.add_nodes_from(sorted({(k, x, y) for k, x, y, *_ in ends} | {(k + 1, x, y) for k, *_, x, y in ends}))
    for k, x0, y0, x1, y1, n in edges[["layer", "x0", "y0", "x1", "y1", "documents"]].itertuples(index=False):
        graph.add_edge((k, x0, y0), (k + 1, x1, y1), weight=n)
    return graph


def counted_by_networkx(edges: pd.DataFrame, *, layers: int, size: int) -> Values:
    """Every metric of degrees and strengths, by level and name, from NetworkX and pandas."""
    graph = digraph(edges)
    nodes = list(graph)
    kinds = {"": graph.degree, "in_": graph.in_degree, "out_": graph.out_degree}
    table = pd.DataFrame(index=pd.MultiIndex.from_tuples(nodes, names=["layer", "x", "y"]))
    for side, degree in kinds.items():
        table[f"{side}degree"] = pd.Series(dict(degree()))
        table[f"{side}strength"] = pd.Series(dict(degree(weight="weight")))
    table["documents"] = table[["in_strength", "out_strength"]].max(axis=1)
    found: Values = {("node", name): column.to_numpy() for name, column in table.items()}
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


def followed_by_networkx(edges: pd.DataFrame) -> Values:
    """The metrics of paths, PageRank and projections, by level and name, from NetworkX."""
    graph = digraph(edges)
    later = sum(v[0] > u[0] for u in graph for v in graph)
    found: Values = {
        ("node", "betweenness"): list(nx.betweenness_centrality(graph).values()),
        ("node", "pagerank"): list(nx.pagerank(graph, tol=1e-13, max_iter=1000).values()),
        ("graph", "average_shortest_path"): _mean_distance(graph)[0],
        ("graph", "reachable_pairs"): _mean_distance(graph)[1] / later,
    }
    for parity, side in enumerate(("even", "odd")):
        kept = [node for node in graph if node[0] % 2 == parity]
        projected = nx.bipartite.collaboration_weighted_projected_graph(graph.to_undirected(), kept)
        length, pairs = _mean_distance(projected)
        found |= {
            ("graph", f"{side}_edges"): projected.number_of_edges(),
            ("graph", f"{side}_average_clustering"): nx.average_clustering(projected),
            ("graph", f"{side}_weighted_clustering"): nx.average_clustering(projected, weight="weight"),
            ("graph", f"{side}_average_shortest_path"): length,
            ("graph", f"{side}_reachable_pairs"): pairs / (len(kept) * (len(kept) - 1)),
        }
    return found


def _mean_distance(graph: nx.Graph) -> tuple[float, int]:
    mean = np.mean([weight for *_, weight in graph.edges(data="weight")])
    paths = nx.all_pairs_dijkstra_path_length(graph, weight=lambda u, v, data: mean / data["weight"])
    lengths = [length for source, reached in paths for target, length in reached.items() if target != source]
    return float(np.mean(lengths)), len(lengths)


def through_arrays(edges: pd.DataFrame, cells: pd.DataFrame, names: list[tuple[str, str]], *, size: int) -> Values:
    """The same from `nrag`."""
    (nrag,) = graphs.nrags_of(edges, cells, size=size).values()
    return {(level, name): metrics.METRICS[level][name](nrag) for level, name in names}


def cpu_seconds(work: Callable[[], object], rounds: int = 1) -> tuple[float, object]:
    """Smallest CPU time of one call, and what it returned."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        found = work()
        times.append(time.process_time() - start)
    return min(times), found


def drifted(documents: int, *, size: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The edges of drifting documents, and the cells of one, which has all layers: more is not read of them."""
    cells = drifting(documents, layers=LAYERS, size=size, seed=0)
    return graphs.edges_of(cells, {}), cells[cells["document"] == 0]


def compare(
    what: str, theirs: Callable[[], Values], edges: pd.DataFrame, ends: pd.DataFrame, rounds: tuple[int, int]
) -> None:
    """Print the time of both sides after asserting that they agree."""
    names = list(theirs())
    networkx_s, slow = cpu_seconds(theirs, rounds[0])
    ours_s, fast = cpu_seconds(lambda: through_arrays(edges, ends, names, size=SIZE), rounds[1])
    for key in names:
        np.testing.assert_allclose(fast[key], slow[key], rtol=1e-7, atol=1e-12, err_msg=str(key))
    print(
        f"{what}: {len(names)} metrics of {len(edges)} edges: networkx {1000 * networkx_s:.1f} ms, "
        f"nrag {1000 * ours_s:.2f} ms, ratio {networkx_s / ours_s:.0f}"
    )


def main() -> None:
    """Print all rates."""
    edges, ends = drifted(20_000, size=SIZE)
    compare("counted", lambda: counted_by_networkx(edges, layers=LAYERS, size=SIZE), edges, ends, (7, 50))
    few, few_ends = drifted(1_000, size=SIZE)
    compare("followed", lambda: followed_by_networkx(few), few, few_ends, (1, 1))
    for documents, size in ((1_000, 10), (1_000, 20), (20_000, 10), (20_000, 20), (20_000, 50)):
        edges, ends = drifted(documents, size=size)
        nrags = graphs.nrags_of(edges, ends, size=size)
        (nrag,) = nrags.values()
        for sources in (None, 2000):
            # All pairs of 15 000 regions would take several minutes.
            if sources or size <= 20:
                seconds, table = cpu_seconds(
                    lambda sources=sources, nrags=nrags: metrics.metrics_of(nrags, sources=sources)
                )
                print(
                    f"all: {documents} documents, {size} × {size}, {len(nrag.layer)} regions, {len(edges)} edges, "
                    f"{sources or 'all'} sources: {seconds:.2f} s, {table['sample'].notna().sum()} sampled rows"
                )

    documents = 100_000
    cells = drifting(documents, layers=LAYERS, size=SIZE, seed=1)
    labels = np.where(np.random.default_rng(2).random(documents) < 0.5, "a", "b")
    counted = 2 * documents * LAYERS  # all documents, then the labelling
    seconds, _ = cpu_seconds(lambda: graphs.edges_of(cells, {"label": labels}), 5)
    print(f"edges: {counted / seconds / 1e6:.0f} M documents × layers a second (2 countings of {documents} × {LAYERS})")
    values = np.random.default_rng(3).normal(size=(1_000_000, 2)).astype(np.float32)
    seconds, _ = cpu_seconds(lambda: regions.cells_of({("m", 0, 0): values}, size=SIZE), 5)
    print(f"cells: {values.size / seconds / 1e6:.0f} M values a second, table included")
    edges = regions.bin_edges(values[:, 0], size=SIZE, bins="equal")
    seconds, _ = cpu_seconds(lambda: regions.bin_axis(values[:, 0], edges), 5)
    print(f"  bin_axis alone: {len(values) / seconds / 1e6:.0f} M values a second")


if __name__ == "__main__":
    main()
