"""Paths through NRAGs against NetworkX and against paths that are walked one by one."""

import networkx as nx
import numpy as np
import pytest
from test_metrics import nrag_of_paths, random_nrag

from nrag import graphs
from nrag.metrics import paths


def slow_betweenness(graph):
    """Every path of every pair walked; NetworkX' own count stands beside."""
    passed = dict.fromkeys(graph, 0.0)
    for source in graph:
        for target in graph:
            walked = list(nx.all_simple_paths(graph, source, target)) if source != target else []
            for path in walked:
                for node in path[1:-1]:
                    passed[node] += 1 / len(walked)
    n = len(graph)
    return np.array([passed[node] for node in graph]) / ((n - 1) * (n - 2))


def slow_distances(graph):
    """Distances of all pairs that a path joins, and the pairs of different layers."""
    weights = [data["weight"] for *_, data in graph.edges(data=True)]
    lengths = {"weight": lambda source, target, data: np.mean(weights) / data["weight"]}
    found = nx.all_pairs_dijkstra_path_length(graph, **lengths)
    layer = nx.get_node_attributes(graph, "layer")
    pairs = sum(layer[source] < layer[target] for source in graph for target in graph)
    return [length for source, reached in found for target, length in reached.items() if target != source], pairs


@pytest.mark.parametrize("seed", range(8))
def test_betweenness_is_that_of_networkx_and_of_walking_every_path(seed):
    nrag = random_nrag(seed, documents=6 + 4 * seed, layers=2 + seed % 4, size=3)
    graph = graphs.graph_of(nrag)
    found = paths.betweenness(nrag)
    np.testing.assert_allclose(found, list(nx.betweenness_centrality(graph).values()), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found, slow_betweenness(graph), rtol=1e-12, atol=1e-15)


def test_betweenness_of_a_hand_made_fan():
    # Two ways from (0, 0) to (0, 0) two layers on: the upper region also leads to a third.
    nrag = nrag_of_paths([[(0, 0), (0, 1), (0, 0)], [(0, 0), (0, 2), (0, 0)], [(0, 0), (0, 1), (5, 5)]])
    upper, lower = 0.5 + 1, 0.5
    assert (paths.betweenness(nrag) * 4 * 3).tolist() == [0, upper, lower, 0, 0]


@pytest.mark.parametrize("seed", range(4))
def test_centralization_is_freeman_s_of_the_betweenness_of_networkx(seed):
    nrag = random_nrag(seed, documents=6 + 4 * seed, layers=2 + seed, size=3)
    between = list(nx.betweenness_centrality(graphs.graph_of(nrag)).values())
    apart = sum(max(between) - each for each in between) / (len(between) - 1)
    assert paths.betweenness_centralization(nrag) == pytest.approx(apart, rel=1e-12, abs=1e-15)


def test_a_layer_of_one_region_is_more_central_than_one_of_many_and_none_stands_out_in_a_chain_of_full_layers():
    bottleneck = [[(x, 0), (0, 0), (y, 0)] for x in range(4) for y in range(4)]
    n = 9
    assert paths.betweenness_centralization(nrag_of_paths(bottleneck)) == pytest.approx(16 / ((n - 1) * (n - 2)))
    wide = [[(x, 0), (z, 0), (y, 0)] for x in range(4) for y in range(4) for z in range(4)]
    # Sixteen pairs, a quarter of each through every one of the four in the middle.
    n = 12
    expected = 4 * (n - 4) / ((n - 1) * (n - 2)) / (n - 1)
    assert paths.betweenness_centralization(nrag_of_paths(wide)) == pytest.approx(expected)
    assert paths.betweenness_centralization(nrag_of_paths([[(x, 0), (y, 0)] for x in range(2) for y in range(2)])) == 0


@pytest.mark.parametrize("documents", [1, 2])
def test_fewer_than_three_regions_have_nothing_between_them(documents):
    nrag = nrag_of_paths([[(0, 0), (1, 1)]] * documents)
    assert paths.betweenness(nrag).tolist() == [0, 0]


def test_path_counts_beyond_the_largest_float_do_no_harm():
    """2^1199 paths lead through 1,200 complete layers of two regions; half of each pair's pass each region between."""
    layers = 1200
    everywhere = np.zeros((4, layers, 2), dtype=int)
    # Four documents take all four edges of every step.
    everywhere[:, :, 0] = [[0, 1] * (layers // 2), [1, 0] * (layers // 2), [0] * layers, [1] * layers]
    nrag = nrag_of_paths(everywhere.tolist(), size=2)
    assert len(nrag.weight) == 4 * (layers - 1)
    found = paths.betweenness(nrag).reshape(layers, 2)
    depth = np.arange(layers)
    n = 2 * layers
    expected = (2 * depth) * (2 * (layers - 1 - depth)) / 2 / ((n - 1) * (n - 2))
    np.testing.assert_allclose(found, expected[:, None].repeat(2, axis=1), rtol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_distances_are_those_of_dijkstra(seed):
    nrag = random_nrag(seed, documents=10 + 10 * seed, layers=2 + seed, size=3)
    lengths, pairs = slow_distances(graphs.graph_of(nrag))
    assert paths.average_shortest_path(nrag) == pytest.approx(np.mean(lengths), rel=1e-12)
    assert paths.reachable_pairs(nrag) == pytest.approx(len(lengths) / pairs, rel=1e-12)


def test_small_pieces_give_what_one_piece_gives(monkeypatch):
    nrag = random_nrag(1, documents=80, layers=6)
    whole = paths.betweenness(nrag), paths.average_shortest_path(nrag), paths.reachable_pairs(nrag)
    monkeypatch.setattr(paths, "_NUMBERS", 300)
    paths._followed.cache_clear()
    np.testing.assert_allclose(paths.betweenness(nrag), whole[0], rtol=1e-12, atol=1e-15)
    assert paths.average_shortest_path(nrag) == pytest.approx(whole[1], rel=1e-12)
    assert paths.reachable_pairs(nrag) == whole[2]


def test_two_separate_chains_reach_half_of_what_lies_ahead():
    nrag = nrag_of_paths([[(0, 0)] * 4] * 3 + [[(1, 1)] * 4])
    assert paths.reachable_pairs(nrag) == 0.5
    # Weights 3 and 1, mean 2: steps of 2/3 and 2; ten steps in the six pairs of each chain.
    assert paths.average_shortest_path(nrag) == pytest.approx((10 * 2 / 3 + 10 * 2) / 12)


def test_a_heavier_way_round_is_no_shorter_than_it_is():
    # The direct way carries one document, the other four; both have two steps.
    nrag = nrag_of_paths([[(0, 0), (0, 1), (0, 0)]] + [[(0, 0), (0, 2), (0, 0)]] * 4)
    # w̄ = 2.5: light steps 2.5, heavy ones 0.625; end to end 1.25 over the heavy way.
    assert paths.average_shortest_path(nrag) == pytest.approx((2.5 * 2 + 0.625 * 2 + 1.25) / 5)


def test_without_edges_nothing_is_reached():
    nrag = nrag_of_paths([[(0, 0)], [(1, 0)], [(2, 0)]])
    with np.errstate(all="raise"):
        assert paths.betweenness(nrag).tolist() == [0, 0, 0]
        assert np.isnan(paths.average_shortest_path(nrag))
        assert np.isnan(paths.reachable_pairs(nrag))


def test_drawn_sources_are_right_on_average(monkeypatch):
    nrag = random_nrag(0, documents=60, layers=5, size=4)
    exact = paths.betweenness(nrag), paths.average_shortest_path(nrag), paths.reachable_pairs(nrag)
    drawn = []
    for seed in range(300):
        monkeypatch.setattr("nrag.metrics.sampling.SEED", seed)
        paths._followed.cache_clear()
        few = {"sources": 20}
        drawn.append(
            (
                paths.betweenness(nrag, **few),
                paths.average_shortest_path(nrag, **few),
                paths.reachable_pairs(nrag, **few),
            )
        )
    between, lengths, shares = (np.array(values) for values in zip(*drawn, strict=True))
    error = between.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(between.mean(axis=0) - exact[0]) <= 4.5 * error + 1e-15).all()
    assert lengths.std() > 0
    assert lengths.mean() == pytest.approx(exact[1], rel=0.02)
    assert shares.mean() == pytest.approx(exact[2], rel=0.02)


def test_the_same_sources_are_drawn_each_time_and_all_where_there_are_enough():
    nrag = random_nrag(0)
    assert paths.betweenness(nrag, sources=9).tolist() == paths.betweenness(nrag, sources=9).tolist()
    assert paths.betweenness(nrag, sources=9).tolist() != paths.betweenness(nrag).tolist()
    assert paths.betweenness(nrag, sources=len(nrag.layer)).tolist() == paths.betweenness(nrag).tolist()
