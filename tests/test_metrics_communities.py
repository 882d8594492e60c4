"""Communities: Louvain's, planted ones found again, and what they tell of labels."""

import networkx as nx
import numpy as np
import pytest
from sklearn.metrics import mutual_info_score, normalized_mutual_info_score
from test_graphs import cells_of_paths, random_cells, random_labels
from test_metrics import nrag_of_paths, random_nrag

from nrag import graphs, metrics
from nrag.metrics import communities


def planted(*, documents=60, layers=5, strays=0.0, seed=0):
    """Paths of two kinds of documents, each in three regions of its own in every layer, and which kind each is."""
    generator = np.random.default_rng(seed)
    kinds = np.arange(documents) % 2
    places = generator.integers(0, 3, (documents, layers)) + 3 * (
        kinds[:, None] ^ (generator.random((documents, layers)) < strays)
    )
    return [[(int(x), 0) for x in path] for path in places], kinds


def labelled(paths, labels, size=10):
    cells = cells_of_paths(paths)
    nrags = graphs.nrags_of(graphs.edges_of(cells, {"area": labels}), cells, size=size)
    return cells, nrags


def occurrences(cells, whole, labels):
    """Community and label of every labelled document in every layer, looked up one by one."""
    numbers = communities.communities_of(whole)
    places = zip(whole.layer.tolist(), whole.x.tolist(), whole.y.tolist(), strict=True)
    community = dict(zip(places, numbers.tolist(), strict=True))
    rows = [(community[row.layer, row.x, row.y], labels[row.document]) for row in cells.itertuples()]
    return zip(*[(number, label) for number, label in rows if label is not None], strict=True)


@pytest.mark.parametrize("seed", range(6))
def test_modularity_and_communities_are_those_of_networkx(seed):
    nrag = random_nrag(seed, documents=20 + 10 * seed)
    graph = nx.convert_node_labels_to_integers(graphs.graph_of(nrag)).to_undirected()
    numbers = communities.communities_of(nrag)
    parts = [set(np.flatnonzero(numbers == number).tolist()) for number in range(numbers.max() + 1)]
    assert communities.modularity(nrag) == pytest.approx(nx.community.modularity(graph, parts), abs=1e-12)
    assert communities.communities(nrag) == len(parts)
    assert sorted(map(min, parts)) == [min(part) for part in parts]
    # As good as Louvain's method is with other seeds.
    others = [nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=s)) for s in range(5)]
    assert communities.modularity(nrag) >= min(others) - 0.03


def test_planted_groups_are_found_again():
    paths, kinds = planted()
    nrag = nrag_of_paths(paths)
    numbers = communities.communities_of(nrag)
    assert len(set(zip(nrag.x // 3, numbers, strict=True))) == numbers.max() + 1
    _, nrags = labelled(paths, [str(kind) for kind in kinds])
    whole, labels = nrags[graphs.Key("m", 0)], [nrags[graphs.Key("m", 0, "area", name)] for name in "01"]
    assert communities.community_information(whole, labels) == pytest.approx(1)
    _, nrags = labelled(planted(strays=0.2)[0], [str(kind) for kind in kinds])
    whole, labels = nrags[graphs.Key("m", 0)], [nrags[graphs.Key("m", 0, "area", name)] for name in "01"]
    assert communities.community_information(whole, labels) < 0.6


@pytest.mark.parametrize("seed", range(5))
def test_information_is_that_of_scikit_learn_over_every_document_and_layer(seed):
    cells, labels = random_cells(seed, documents=50, layers=4, size=4), random_labels(seed, documents=50, missing=0.3)
    nrags = graphs.nrags_of(graphs.edges_of(cells, {"area": labels}), cells, size=4)
    whole = nrags[graphs.Key("m", 0)]
    parts = [nrag for key, nrag in nrags.items() if key.labelling == "area"]
    number, label = occurrences(cells, whole, labels)
    found = communities.community_information(whole, parts)
    assert found == pytest.approx(mutual_info_score(number, label) / np.log(2), abs=1e-12)
    normalised = communities.community_information_normalised(whole, parts)
    assert normalised == pytest.approx(normalized_mutual_info_score(number, label), abs=1e-12)


def test_a_single_label_tells_nothing_and_a_single_community_of_it_is_undefined():
    chain = nrag_of_paths([[(0, 0), (1, 1), (2, 2)]] * 3)
    with np.errstate(all="raise"):
        assert communities.communities(chain) == 1
        assert communities.community_information(chain, [chain]) == 0
        assert np.isnan(communities.community_information_normalised(chain, [chain]))


def test_without_edges_every_region_is_a_community():
    nrag = nrag_of_paths([[(0, 0)], [(1, 0)], [(2, 0)]])
    assert communities.community(nrag).tolist() == [0, 1, 2]
    assert np.isnan(communities.modularity(nrag))


def test_labels_that_are_renamed_or_reordered_tell_as_much():
    paths, kinds = planted(strays=0.1)
    names = [["a", "b"], ["z", "y"]]
    tables = []
    for first, second in names:
        _, nrags = labelled(paths, [second if kind else first for kind in kinds])
        table = metrics.metrics_of(nrags)
        tables.append(table[(table["labelling"] == "area") & (table["label"] == "")]["value"].tolist())
    assert tables[0] == pytest.approx(tables[1], abs=1e-12)
    assert tables[0][0] > 0.3


def test_communities_do_not_depend_on_what_was_measured_before():
    first = communities.communities_of(random_nrag(0)).tolist()
    assert communities.communities_of(random_nrag(1)).tolist() != first
    assert communities.communities_of(random_nrag(0)).tolist() == first
