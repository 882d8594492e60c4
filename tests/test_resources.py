"""What jobs ask for, held against what real jobs used (`benchmarks/resources.py --measure`, docs/benchmarks.md)."""

import csv
import inspect
import json
from functools import partial
from pathlib import Path

import pytest
from workflow_runs import DRIFTING, EVERYTHING, LABELLING, MAZES, TRACING

from nrag import faithfulness
from nrag.studies import resources

POINTS = list(csv.DictReader((Path(__file__).parent / "measured_resources.tsv").open(encoding="utf-8"), delimiter="\t"))
FORMULAS = {
    "bin_regions by k-means": (resources.clustering_memory, resources.clustering_minutes),
    "extract_activations": (resources.extraction_memory, resources.extraction_minutes),
    "correlate_components": (resources.correlation_memory, resources.correlation_minutes),
    "reduce_layers": (resources.reduction_memory, resources.reduction_minutes),
    "measure_faithfulness": (resources.faithfulness_memory, resources.faithfulness_minutes),
    "measure_path_memory": (partial(resources.memory, "measure_path_memory"), resources.shuffling_minutes),
    "permute_labels": (partial(resources.memory, "permute_labels"), resources.testing_minutes),
    "vectorize_texts": (resources.vectorizing_memory, resources.vectorizing_minutes),
    "sample_documents": (partial(resources.memory, "sample_documents"), resources.sampling_minutes),
    "compare_checkpoints": (partial(resources.memory, "compare_checkpoints"), resources.exchanging_minutes),
    "compare_states": (resources.alignment_memory, resources.alignment_minutes),
    "mine_neurons": (resources.mining_memory, resources.mining_minutes),
    "trace_neurons": (resources.tracing_memory, resources.tracing_minutes),
    "score_neurons": (resources.scoring_memory, resources.scoring_minutes),
    "probe_layers": (resources.probing_memory, resources.probing_minutes),
    "make_mazes": (resources.drawing_memory, resources.drawing_minutes),
    "sample_pairs": (resources.answering_memory, resources.answering_minutes),
    "train_stage": (resources.training_memory, resources.training_minutes),
    "probe_mazes": (resources.maze_probing_memory, resources.maze_probing_minutes),
    "answer_mazes": (resources.answering_memory, resources.answering_minutes),
}


def asked(point):
    """MiB and minutes that the job of a point asks for."""
    rule, given = point["rule"], json.loads(point["arguments"])
    if "model" in given:
        given["model"] = resources.Network(*given["model"])
    if "probing" in given:
        given["probing"] = resources.ProbingWork(*given["probing"])
    if "hidden_states" in given and rule == "bin_regions":
        rule = "bin_regions by k-means"
    tables = partial(resources.memory, rule), partial(resources.minutes, rule)
    for formula in FORMULAS.get(rule, tables):
        yield formula(**{name: given[name] for name in inspect.signature(formula).parameters if name in given})


def test_every_rule_was_measured_from_small_to_large():
    rules = EVERYTHING | TRACING | DRIFTING | MAZES | LABELLING
    measured = {rule: [float(point["max_rss"]) for point in POINTS if point["rule"] == rule] for rule in rules}
    assert set(resources.LOADS) | set(FORMULAS) == rules | {"bin_regions by k-means"}
    assert all(len(used) >= 3 for used in measured.values()), measured


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point['rule']}-{point['case']}")
def test_a_job_asks_for_more_memory_than_was_used_and_not_for_three_times_as_much(point):
    memory, _ = asked(point)
    used = resources.SNAKEMAKE + float(point["max_rss"])
    assert 1.15 * used <= memory <= 3 * used


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point['rule']}-{point['case']}")
def test_a_job_asks_for_time_enough_on_a_node_four_times_slower_and_in_proportion(point):
    _, minutes = asked(point)
    used = float(point["cpu_seconds"]) / int(point["threads"])
    assert minutes >= 5
    assert 60 * minutes >= 4 * used
    if used > 60:
        assert 60 * minutes <= 40 * used


def test_time_follows_the_work():
    """Twice the documents, or components of a hidden state, far from the shortest time."""

    def reduction(method, documents, width):
        layer = documents * width * 4 / 2**20
        return resources.reduction_minutes(method, layer=layer, width=width, hidden_states=33, workers=4)

    once = reduction("pca", 1_000_000, 4096)
    assert once == pytest.approx(4 * reduction("pca", 1_000_000, 2048), rel=0.1)
    assert once == pytest.approx(2 * reduction("pca", 500_000, 4096), rel=0.01)
    assert reduction("umap", 200_000, 4096) == pytest.approx(4 * reduction("umap", 100_000, 4096), rel=0.1)
    model = resources.Network(1_000_000_000, 16, 2048)
    read = [resources.extraction_minutes(model, texts=size, workers=4) for size in (100, 200)]
    assert read[1] == pytest.approx(2 * read[0], rel=0.01)


def test_clustering_takes_time_in_proportion_to_seeds_layers_and_the_cells_of_small_grids():
    usual = {"layer": 2000, "width": 1024, "hidden_states": 13, "seeds": 1, "size": 10}
    once = resources.clustering_minutes(**usual)
    assert once > 100
    for more in ({"seeds": 2}, {"hidden_states": 26}, {"layer": 4000}):
        assert resources.clustering_minutes(**usual | more) == pytest.approx(2 * once, rel=0.1)
    assert resources.clustering_minutes(**usual | {"size": 20}) == pytest.approx(4 * once, rel=0.1)


def test_probes_of_clusters_of_training_parts_take_longer():
    usual = {"layer": 80, "width": 1024, "hidden_states": 13}
    without, few, many = (
        resources.probing_minutes(resources.ProbingWork(1, 1, 20, clusters=number), **usual) for number in (0, 100, 900)
    )
    assert many - without == pytest.approx(9 * (few - without), rel=0.1)
    assert few > 1.2 * without


def test_more_sources_are_given_more_time_and_fewer_no_less():
    once, more, fewer = (
        resources.measuring_minutes({"cells": 1, "edges": 10}, sources=sources) for sources in (2000, 6000, 10)
    )
    assert once == fewer == resources.minutes("measure_graph", {"cells": 1, "edges": 10})
    assert more == 3 * once


def test_correlations_take_time_in_proportion_to_permutations_and_labellings_and_of_refits_on_top():
    usual = {"coordinates": 1000, "components": 50, "permutations": 999, "labellings": 1}
    once = resources.correlation_minutes(**usual)
    assert once > 100
    assert resources.correlation_minutes(**usual | {"permutations": 9990}) == pytest.approx(10 * once, rel=0.05)
    assert resources.correlation_minutes(**usual | {"labellings": 3}) == pytest.approx(2 * once, rel=0.05)
    assert resources.correlation_minutes(**usual, refit=7) == once + 7
    assert resources.correlation_memory(coordinates=100, components=50, refit=800) > 800 + resources.SNAKEMAKE


def test_neighbours_of_many_documents_take_time_in_proportion_to_them_and_not_to_their_square():
    assert resources.JUDGED == faithfulness.JUDGED

    def minutes(documents, **more):
        usual = {"layer": documents * 4096 * 4 / 2**20, "width": 4096, "hidden_states": 33, "planes": 1}
        return resources.faithfulness_minutes(**usual | more)

    once = minutes(100_000)
    assert once > 100
    assert minutes(200_000) == pytest.approx(2 * once, rel=0.1)
    assert minutes(100_000, hidden_states=66) == pytest.approx(2 * once, rel=0.1)
    assert minutes(2500) < minutes(5000) / 2


def test_shuffles_take_time_in_proportion_to_their_number_and_to_labellings():
    sizes = {"cells": 20, "corpus": 1}
    once = resources.shuffling_minutes(sizes, shuffles=9990, labellings=1)
    assert once > 100
    assert resources.shuffling_minutes(sizes, shuffles=19_980, labellings=1) == pytest.approx(2 * once, rel=0.1)
    assert resources.shuffling_minutes(sizes, shuffles=9990, labellings=3) == pytest.approx(2 * once, rel=0.1)


def test_a_gpu_is_given_less_time_and_its_libraries_memory():
    model = resources.Network(1_000_000_000, 16, 2048)
    time = [resources.extraction_minutes(model, texts=10, workers=1, gpu=gpu) for gpu in (False, True)]
    assert 50 < time[0] / time[1] < 150
    assert resources.extraction_memory(model, texts=10, workers=1, gpu=True) > resources.CUDA + 4e9 / 2**20


@pytest.mark.parametrize("folder", [None, Path("/nowhere")])
def test_of_a_model_that_is_not_here_the_assumed_size_is_taken(folder):
    assert resources.network(folder) == resources.UNKNOWN
