"""Neurons traced through the workflow: what is made, what is made again, what is refused, what is found."""

import fcntl
import json
import re

import pandas as pd
import pytest
from workflow_runs import STUDY, TRACING, Place, jobs, products, refusal, write_data, write_taught_model

NEURONS = {"blocks": [0, 1], "per_block": 6, "examples": 8, "context": 4, "test_tokens": 300}
TRACED = STUDY | {
    "models": {"encoder": {"id": "./models/bert", "controls": 1}, "decoder": {"id": "./models/llama"}},
    "reductions": {"pca": {"method": "pca"}},
    "statistics": False,
    "probing": False,
    "neurons": NEURONS,
    "spaces": {"encoders": {"models": ["encoder", "encoder-untrained-0"]}},
}
MODELS = ["encoder", "encoder-untrained-0", "decoder"]

pytestmark = pytest.mark.slow


def place_of(folder, checkout, study=TRACED):
    place = Place(folder, checkout)
    write_data(place.folder)
    write_taught_model(place.folder / "models" / "bert", "bert")
    write_taught_model(place.folder / "models" / "llama", "llama")
    place.write(study)
    return place


@pytest.fixture(scope="module")
def first_run(tmp_path_factory, checkout):
    """The tiny study with its neurons, on two cores, and what was printed."""
    place = place_of(tmp_path_factory.mktemp("traced"), checkout)
    return place, place.make("neurons")


@pytest.fixture(scope="module")
def traced(first_run):
    """Not to be written to: copy it."""
    return first_run[0]


def changed(**keys):
    return TRACED | {"neurons": NEURONS | keys}


def table(place, name):
    return pd.read_csv(place.results / name, sep="\t")


def test_every_rule_of_neurons_ran_and_what_is_made_is_made_once(first_run):
    traced, printed = first_run
    assert set(jobs(printed)) >= TRACING
    assert traced.planned("neurons") == {}
    summary = table(traced, "studies/tiny/tables/neurons.tsv")
    assert list(dict.fromkeys(summary["model"])) == MODELS
    both = summary[summary["sign"] == 0]
    assert (both.groupby(["model", "corpus", "block"]).size() == 6).all()  # three methods, two splits
    assert set(both["method"]) == {"graph", "token", "sequence"}
    assert (both["neurons"] + both["failed"] == NEURONS["per_block"]).all()


def test_patterns_scores_graphs_and_failures_tell_of_the_same_neurons(traced):
    for folder in sorted(traced.results.glob("neurons/*/words/block-*")):
        patterns = pd.read_parquet(folder / "patterns.parquet")
        scores = pd.read_csv(folder / "scores.tsv", sep="\t")
        graphs = [json.loads(line) for line in (folder / "graphs.jsonl").read_text(encoding="utf-8").splitlines()]
        failures = pd.read_csv(folder / "failures.tsv", sep="\t")
        pairs = {(graph["neuron"], graph["sign"]) for graph in graphs}
        assert pairs == set(zip(patterns["neuron"], patterns["sign"], strict=True))
        assert pairs == set(zip(scores["neuron"], scores["sign"], strict=True))
        assert not pairs & set(zip(failures["neuron"], failures["sign"], strict=True))
        numbers = patterns.drop_duplicates(["neuron", "pattern"]).groupby(["neuron", "sign"]).size()
        assert {
            pair: len(graph["patterns"]) for pair, graph in zip(sorted(pairs), sorted(graphs, key=_pair), strict=True)
        } == numbers.to_dict()
        assert {path.stem for path in (folder / "graphs").glob("*.svg")} == {
            f"{neuron}-{'plus' if sign > 0 else 'minus'}" for neuron, sign in pairs
        }


def _pair(graph):
    return graph["neuron"], graph["sign"]


def test_planted_topics_are_told_by_neurons_better_than_by_those_of_an_untrained_twin(traced):
    labels = table(traced, "studies/tiny/neurons/encoder/words/label_neurons.tsv")
    topics = labels[labels["labelling"] == "topic"]
    best = topics.sort_values("auc").groupby("label").tail(1)
    assert (best["auc"] > 0.95).all()
    assert (best["q"] < 0.01).all()
    assert (best["auc"] > best["auc_untrained"]).all()
    # A thrown label is told by none.
    assert (labels[labels["labelling"] == "coin"]["q"] > 0.05).all()
    regions = table(traced, "studies/tiny/neurons/encoder/words/mean/pca/equal-5/region_neurons.tsv")
    assert (regions["block"] == regions["layer"] - 1).all()
    assert regions["documents"].min() >= 5
    assert regions["auc"].max() > 0.85


def test_one_core_or_two_and_a_killed_block_change_no_byte(traced, tmp_path):
    place = traced.copy(tmp_path / "copy")
    before = products(place.results)
    lost = place.results / "neurons/encoder/words/block-1/patterns.parquet"
    lost.unlink()
    assert set(place.planned("neurons")) <= {"trace_neurons", "score_neurons", *AFTER_BLOCKS}
    assert jobs(place.make("neurons", cores=1))["trace_neurons"] == 1
    assert products(place.results) == before


def test_neurons_are_followed_from_a_model_to_the_others_of_its_shared_space_alone(traced):
    found = table(traced, "studies/tiny/tables/changed_neurons.tsv")
    assert set(zip(found["model_a"], found["model_b"], found["corpus"], strict=True)) == {
        ("encoder", "encoder-untrained-0", "words")
    }
    assert (found.groupby("block").size() == 2 * NEURONS["per_block"]).all()
    scores = table(traced, "neurons/encoder/words/block-1/scores.tsv")
    own = scores[(scores["method"] == "graph") & (scores["split"] == "text") & (scores["quantile"] == 0)]
    known = found[(found["block"] == 1) & (found["patterns_a"] > 0)].sort_values(["neuron", "sign"])
    assert known["f1_a"].round(6).tolist() == own.sort_values(["neuron", "sign"])["f1"].round(6).tolist()
    assert (found["overlap_activating"].notna() == (found["patterns_a"] > 0) & (found["patterns_b"] > 0)).all()


AFTER_BLOCKS = TRACING - {"mine_neurons", "trace_neurons", "score_neurons"}


@pytest.mark.parametrize(
    ("keys", "rules", "kept"),
    [
        ({"importance": 0.4}, {"trace_neurons", "score_neurons"}, {"mine_neurons"}),
        ({"test_tokens": 400}, {"score_neurons"}, {"mine_neurons", "trace_neurons"}),
        ({"test": 0.4}, {"mine_neurons", "trace_neurons", "score_neurons", "link_labels"}, {"extract_activations"}),
    ],
)
def test_a_changed_key_makes_again_what_depends_on_it(traced, tmp_path, keys, rules, kept):
    place = traced.copy(tmp_path / "copy")
    place.write(changed(**keys))
    planned = set(place.planned("neurons"))
    assert rules <= planned
    assert not planned & kept


def test_without_the_block_nothing_of_neurons_is_made_and_with_it_the_start_page_links_it(traced, tmp_path):
    without = {key: value for key, value in TRACED.items() if key != "neurons"}
    place = place_of(tmp_path / "without", traced.checkout, without)
    assert not set(place.planned()) & TRACING
    assert "neurons" not in set(place.make("--dry-run").split())
    place = traced.copy(tmp_path / "with")
    place.make()
    page = (place.results / "studies/tiny/index.html").read_text(encoding="utf-8")
    for model in MODELS:
        for block in (0, 1):
            assert f'href="neurons/{model}--words--block-{block}.html"' in page
        assert f'href="neurons/{model}/words/label_neurons.tsv"' in page
        assert f'href="neurons/{model}/words/mean/pca/equal-5/region_neurons.tsv"' in page
    assert "tests.tsv" not in page
    methods = (place.results / "studies/tiny/methods.md").read_text(encoding="utf-8")
    assert "Traced were 6 of the " in methods
    assert " of encoder, encoder-untrained-0 and decoder in words" in methods


def test_the_page_of_a_block_links_the_other_blocks_and_the_twin_but_no_other_model(traced):
    folder = traced.results / "studies/tiny/neurons"
    linked = {
        model: re.findall(r'<li><a href="(.*?)">', (folder / f"{model}--words--block-1.html").read_text("utf-8"))
        for model in MODELS
    }
    assert linked == {
        "encoder": ["encoder--words--block-0.html", "encoder-untrained-0--words--block-1.html"],
        "encoder-untrained-0": ["encoder-untrained-0--words--block-0.html", "encoder--words--block-1.html"],
        "decoder": ["decoder--words--block-0.html"],
    }
    assert all((folder / name).is_file() for names in linked.values() for name in names)


def lines_of(printed):
    """The answer of a search among what was printed."""
    lines = printed.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("model\tcorpus\t"))
    return [
        dict(zip(lines[start].split("\t"), line.split("\t"), strict=True))
        for line in lines[start + 1 :]
        if line.count("\t") == lines[start].count("\t")
    ]


def test_neurons_are_found_by_their_tokens(traced):
    index = pd.read_parquet(traced.results / "neurons/decoder/words/tokens.parquet")
    token = index[index["role"] == "activating"].iloc[0]["text"]
    query = f"activating:{json.dumps(token)} block>=0"
    # While another run is at work here: a question changes nothing.
    with (traced.results / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = lines_of(traced.make("search", overrides=[f"query={query}"]))
    expected = index[(index["role"] == "activating") & (index["text"] == token)]
    own = {(int(line["block"]), int(line["neuron"]), int(line["sign"])) for line in found if line["model"] == "decoder"}
    assert own == set(zip(expected["block"], expected["neuron"], expected["sign"], strict=True))
    assert all(json.dumps(token, ensure_ascii=False) in line["activating"] for line in found)
    assert "query" not in (traced.results / "studies/tiny/config.resolved.yaml").read_text()


def test_while_another_run_is_at_work_nothing_is_made_for_a_question(traced, tmp_path):
    place = traced.copy(tmp_path / "copy")
    (place.results / "neurons/decoder/words/tokens.parquet").unlink()
    with (place.results / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another run is at work" in refusal(place.run("search", overrides=["query=sea"]))


def test_braces_and_a_text_at_the_end_of_a_question_are_asked_as_they_are(traced):
    printed = traced.make("search", overrides=['query=(block=0 sign=1) OR any:/[{}]/ OR any:"{x}"'])
    assert lines_of(printed)
    assert {(line["block"], line["sign"]) for line in lines_of(printed)} == {("0", "1")}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (None, "query: an empty query"),
        ("", "query: an empty query"),
        ("f2>1", "query: there is no number 'f2'"),
        ("(sea", "query: a bracket is not closed"),
    ],
)
def test_a_question_that_cannot_be_understood_is_refused_before_any_job(traced, query, why):
    done = traced.run("search", overrides=() if query is None else [f"query={query}"])
    assert why in refusal(done)


def test_there_is_nothing_to_search_where_nothing_is_traced(traced, tmp_path):
    place = traced.copy(tmp_path / "copy")
    place.write({key: value for key, value in TRACED.items() if key != "neurons"})
    assert "the study has no neurons: block" in refusal(place.run("search", overrides=["query=sea"]))


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"blocks": [9]}, "neurons.blocks: there is no block 9; model encoder has 0 to "),
        ({"per_block": [10_000]}, "neurons.per_block: there is no neuron 10000"),
        ({"models": ["other"]}, "neurons.models: there is no model 'other'"),
        ({"augment": {"model": "./none"}}, "neurons.augment.model: there is no folder none"),
    ],
)
def test_what_is_not_there_is_refused_before_any_job(traced, tmp_path, keys, why):
    place = traced.copy(tmp_path / "copy")
    place.write(changed(**keys))
    printed = refusal(place.run("neurons"))
    assert why in printed
    assert not re.search(r"rule \w+:", printed)


def test_a_model_that_proposes_nothing_is_refused_before_any_job(traced, tmp_path):
    place = traced.copy(tmp_path / "copy")
    before = products(place.results)
    place.write(changed(augment={"model": "./models/llama"}))
    for target in ("check", "neurons"):
        printed = refusal(place.run(target))
        assert "neurons.augment.model: models/llama has no head for masked tokens; name a masked" in printed
        assert not re.search(r"rule \w+:", printed)
    assert products(place.results) == before


def test_the_rules_that_read_neurons_ask_for_a_gpu_where_there_is_one(traced, tmp_path):
    place = place_of(tmp_path / "fresh", traced.checkout)
    printed = place.make("neurons", "--dry-run", overrides=["device=cuda"])
    blocks = re.split(r"^(?:local)?rule (\w+):$", printed, flags=re.MULTILINE)
    asked = {
        name
        for name, block in zip(blocks[1::2], blocks[2::2], strict=True)
        if re.search(r"resources: .*\bgpu=1", block)
    }
    assert asked == {"extract_activations", "mine_neurons", "trace_neurons", "score_neurons"}


def test_two_studies_must_agree_in_how_neurons_of_one_model_are_traced(traced, tmp_path):
    place = traced.copy(tmp_path / "copy")
    place.write(changed(importance=0.3) | {"study": "second"})
    printed = refusal(place.run("neurons", "--dry-run"))
    assert "neurons.importance: 0.3 in study 'second', 0.5 in study 'tiny'" in printed
    assert "results/neurons/encoder/words/examples.h5" in printed
