"""Projections onto even and odd layers against NetworkX."""

import networkx as nx
import numpy as np
import pytest
from test_metrics import measured, nrag_of_paths, random_nrag

from nrag import graphs
from nrag.metrics import projections


def projected(nrag, parity):
    """NetworkX' collaboration-weighted projection of the NRAG without directions."""
    graph = graphs.graph_of(nrag).to_undirected()
    kept = [node for node, layer in graph.nodes(data="layer") if layer % 2 == parity]
    return nx.bipartite.collaboration_weighted_projected_graph(graph, kept)


def by_networkx(graph):
    degree, strength = (np.array([value for _, value in graph.degree(weight=weight)]) for weight in (None, "weight"))
    weights = [data["weight"] for *_, data in graph.edges(data=True)]
    found = nx.all_pairs_dijkstra_path_length(graph, weight=lambda u, v, data: np.mean(weights) / data["weight"])
    lengths = [length for source, reached in found for target, length in reached.items() if target != source]
    layer = nx.get_node_attributes(graph, "layer")
    possible = sum(abs(layer[u] - layer[v]) in (0, 2) for u in graph for v in graph if u < v)
    return {
        "regions": len(graph),
        "edges": graph.number_of_edges(),
        "mean_degree": degree.mean(),
        "var_degree": degree.var(ddof=1),
        "mean_strength": strength.mean(),
        "var_strength": strength.var(ddof=1),
        "average_clustering": nx.average_clustering(graph),
        "weighted_clustering": nx.average_clustering(graph, weight="weight"),
        "density": graph.number_of_edges() / possible,
        "average_shortest_path": np.mean(lengths),
        "reachable_pairs": len(lengths) / (len(graph) * (len(graph) - 1)),
    }


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("side", projections.PARITIES)
def test_projections_have_the_numbers_of_networkx(seed, side):
    nrag = random_nrag(seed, documents=12 + 8 * seed, layers=3 + seed % 4, size=4)
    graph = projected(nrag, projections.PARITIES[side])
    found = {name.removeprefix(f"{side}_"): value for name, value in measured(nrag).items() if name.startswith(side)}
    expected = by_networkx(graph)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name
    assert set(found) == {*expected, "assortativity"}
    # NetworkX takes strengths that differ by rounding for different ones, so it is given those without it.
    strength = {node: round(value, 9) for node, value in graph.degree(weight="weight")}
    nx.set_node_attributes(graph, strength, "strength")
    assert found["assortativity"] == pytest.approx(nx.numeric_assortativity_coefficient(graph, "strength"), rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("parity", [0, 1])
def test_weights_are_those_of_networkx_and_strengths_their_sums(seed, parity):
    nrag = random_nrag(seed, documents=25)
    graph, found = projected(nrag, parity), projections.projection(nrag, parity)
    np.testing.assert_allclose(found.weight.toarray(), nx.to_numpy_array(graph), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.weight.sum(axis=1), found.strength, rtol=1e-12)


def test_a_neighbour_of_three_weighs_a_half_and_one_of_two_a_whole():
    # Layer 1 has two regions: u with three neighbours in layers 0 and 2, v with two.
    nrag = nrag_of_paths([[(0, 0), (0, 1), (0, 0)], [(0, 0), (0, 1), (5, 5)], [(7, 7), (9, 9), (5, 5)]])
    found = projections.projection(nrag, 0).weight.toarray()
    # Order: 0_0_0, 0_7_7, 2_0_0, 2_5_5.
    assert found.tolist() == [[0, 0, 0.5, 0.5], [0, 0, 0, 1], [0.5, 0, 0, 0.5], [0.5, 1, 0.5, 0]]


def test_regions_with_no_neighbour_in_common_with_any_are_kept_alone():
    nrag = nrag_of_paths([[(0, 0), (1, 1)], [(2, 2), (3, 3)]])
    found = measured(nrag)
    assert (found["even_regions"], found["even_edges"], found["even_density"]) == (2, 0, 0)
    assert (found["even_mean_strength"], found["even_average_clustering"]) == (0, 0)
    assert found["even_reachable_pairs"] == 0
    assert np.isnan(found["even_average_shortest_path"])
    assert np.isnan(found["even_assortativity"])


def test_a_single_layer_has_an_even_projection_without_edges_and_an_odd_one_without_regions():
    with np.errstate(all="raise"):
        found = measured(nrag_of_paths([[(0, 0)], [(1, 0)], [(2, 0)]]))
    assert (found["even_regions"], found["odd_regions"]) == (3, 0)
    assert np.isnan(found["even_density"])
    assert np.isnan(found["odd_mean_degree"])
    assert found["even_mean_degree"] == 0


def test_weights_of_documents_play_no_part():
    once = nrag_of_paths([[(0, 0), (0, 1), (0, 2)], [(0, 0), (1, 1), (0, 2)]])
    often = nrag_of_paths([[(0, 0), (0, 1), (0, 2)]] * 9 + [[(0, 0), (1, 1), (0, 2)]])
    for parity in (0, 1):
        one, other = (projections.projection(nrag, parity).weight.toarray() for nrag in (once, often))
        assert one.tolist() == other.tolist()


def test_density_does_not_fall_with_depth():
    complete = [[(x, 0) if layer % 2 else (y, 1) for layer in range(6)] for x in range(3) for y in range(3)]
    for nrag in (nrag_of_paths(complete), nrag_of_paths([path * 3 for path in complete])):
        assert measured(nrag)["even_density"] == measured(nrag)["odd_density"] == 1


def test_small_pieces_give_what_one_piece_gives(monkeypatch):
    whole = measured(random_nrag(2))
    monkeypatch.setattr(projections, "_ROWS", 3)
    assert measured(random_nrag(2)) == pytest.approx(whole, rel=1e-12)


def test_drawn_sources_are_right_on_average(monkeypatch):
    nrag = random_nrag(3, documents=40)
    names = ("average_clustering", "weighted_clustering", "average_shortest_path", "reachable_pairs")
    found = projections.projection(nrag, 1)
    drawn = {name: [] for name in names}
    for seed in range(200):
        monkeypatch.setattr("nrag.metrics.sampling.SEED", seed)
        for name in names:
            drawn[name].append(getattr(projections, name)(found, sources=8))
    for name in names:
        assert np.mean(drawn[name]) == pytest.approx(getattr(projections, name)(found), rel=0.03), name
        assert name == "reachable_pairs" or np.std(drawn[name]) > 0
