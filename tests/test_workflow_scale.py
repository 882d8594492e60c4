"""Twenty models, five corpora, three reductions: what would run, what it asks for, what parsing costs."""

import re
import resource
import shutil
import subprocess
import sys
from collections import Counter

import pytest
from workflow_runs import Place, environment, jobs, write_data

MODELS, CORPORA, REDUCTIONS = 20, 5, 3
GRAPHS = MODELS * CORPORA * REDUCTIONS
WORDS = CORPORA * REDUCTIONS
"""Graphs of the bag of words, which stands beside the models."""


def large_study(folder, checkout, model):
    """Twenty copies of a model, five of a corpus, three reductions; nothing run."""
    place = Place(folder, checkout)
    for number in range(MODELS):
        shutil.copytree(model, place.folder / "models" / f"model{number}")
    corpus = write_data(place.folder)
    for number in range(CORPORA):
        shutil.copy(corpus, place.folder / "data" / f"corpus{number}.csv")
    place.write(
        {
            "study": "many",
            "device": "cuda",
            "models": {f"model{number}": {"id": f"./models/model{number}"} for number in range(MODELS)},
            "corpora": {
                f"corpus{number}": {"path": f"data/corpus{number}.csv", "label": "label"} for number in range(CORPORA)
            },
            "reductions": {
                "pca": {"method": "pca"},
                "svd": {"method": "svd"},
                "umap": {"method": "umap", "seeds": [0, 1, 2]},
            },
        }
    )
    return place


def processor_seconds(work):
    """What the processes that `work` starts cost; other work on the machine does not count."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.fixture(scope="module")
def many(tmp_path_factory, checkout, tiny_bert):
    return large_study(tmp_path_factory.mktemp("many"), checkout, tiny_bert)


@pytest.fixture(scope="module")
def planned(many):
    """What a dry run prints: every job with its files and resources."""
    return many.make("--dry-run")


def described(printed):
    """Rule, outputs and resources of every job."""
    for text in re.split(r"^\[.*\]\n", printed, flags=re.MULTILINE)[1:]:
        rule = re.match(r"(?:local)?rule (\w+):", text)
        if rule:
            outputs = re.search(r"^ +output: (.*)$", text, flags=re.MULTILINE)
            resources = re.search(r"^ +resources: (.*)$", text, flags=re.MULTILINE)
            asked = dict(part.split("=", 1) for part in resources[1].split(", ")) if resources else {}
            yield rule[1], outputs[1].split(", ") if outputs else [], asked


def test_every_product_is_made_by_one_job_and_nothing_by_two(planned):
    made = Counter(output for _, outputs, _ in described(planned) for output in outputs)
    assert made
    assert [output for output, times in made.items() if times > 1] == []


def test_a_model_reads_a_corpus_once_whatever_is_made_of_it(planned):
    assert jobs(planned) == {
        "read_corpus": CORPORA,
        "label_corpus": CORPORA,
        "extract_activations": MODELS * CORPORA,
        "vectorize_texts": CORPORA,
        "reduce_layers": GRAPHS + WORDS,
        "bin_regions": GRAPHS + WORDS,
        "build_graph": GRAPHS,
        "export_graph": GRAPHS,
        "measure_graph": GRAPHS,
        "permute_labels": GRAPHS + WORDS,
        "collect_tests": 1,
        "typeset_tests": 1,
        "draw_separation": CORPORA * REDUCTIONS,
        "sample_documents": CORPORA * REDUCTIONS,
        "collect_samples": 1,
        "draw_rarefaction": CORPORA * REDUCTIONS,
        "compare_variants": MODELS * CORPORA,
        "collect_stability": 1,
        "draw_stability": CORPORA,
        "measure_faithfulness": MODELS * CORPORA,
        "collect_faithfulness": 1,
        "measure_path_memory": GRAPHS,
        "collect_path_memory": 1,
        "write_methods": 1,
        "draw_nrag": GRAPHS,
        "draw_maps": GRAPHS,
        "draw_metrics": CORPORA * REDUCTIONS,
        "probe_layers": MODELS * CORPORA,
        "probe_texts": CORPORA,
        "draw_probing": CORPORA,
        "collect_probing": 1,
        "collect_metrics": 1,
        "collect_quality": 1,
        "collect_reductions": 1,
        "record_versions": 1,
        "write_index": 1,
    }


def test_extraction_alone_asks_for_a_gpu(planned):
    asking = Counter(rule for rule, _, resources in described(planned) if resources.get("gpu", "0") != "0")
    assert asking == {"extract_activations": MODELS * CORPORA}


def test_parsing_takes_at_most_twice_as_long_as_that_of_one_rule(many, tmp_path):
    (tmp_path / "Snakefile").write_text("rule all:\n    shell: 'true'\n")
    bare = [sys.executable, "-m", "snakemake", "--list-rules"]
    one = processor_seconds(lambda: subprocess.run(bare, cwd=tmp_path, env=environment(), check=True))
    assert processor_seconds(lambda: many.make("--list-rules")) < 2 * one
