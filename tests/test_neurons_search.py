"""Questions find the neurons that they describe, and neurons alike are found as a double loop would find them."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from nrag.neurons import similarity
from nrag.neurons.queries import QueryError, parsed
from nrag.neurons.search import KEYS, as_tsv, facts_of, search
from nrag.neurons.similarity import similar_pairs
from nrag.neurons.token_index import token_index
from nrag.neurons.token_texts import texts_of

HOSTILE = [",", ":", '"', "\\", "<b>", "\n", "\\xe2", "🙂", " ", "é", "(", "OR", "AND", "-x", "a:b", "/", "f1>0.5"]


def indexed(neurons):
    """Rows of the index: of each neuron its activating and its context tokens."""
    rows = [
        ("m", "c", 0, number, 1, role, token)
        for number, (activating, context) in enumerate(neurons)
        for role, tokens in (("activating", activating), ("context", context))
        for token in tokens
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "role", "text"]).assign(examples=1, activation=1.0)


def facts(index, **numbers):
    table = index[KEYS].drop_duplicates().reset_index(drop=True)
    return table.assign(**{"f1": 0.5, "density": 0.01, "peak": 1.0, "patterns": 1} | numbers)


NEURONS = [
    ([" apple", "apple"], [" pie"]),
    ([" pie"], [" apple"]),
    ([" the"], [" the", " cat"]),
    (["cooks"], []),
    ([" apple"], ["cooking"]),
]
F1 = [0.9, 0.2, np.nan, 0.6, 0.4]


def found(question):
    index = indexed(NEURONS)
    return search(index, facts(index, f1=F1), question)["neuron"].tolist()


@pytest.mark.parametrize(
    ("question", "neurons"),
    [
        ("apple", [0, 4, 1]),
        ('" apple"', [0, 4, 1]),
        ('"apple"', [0]),
        ("activating:apple", [0, 4]),
        ("context:apple", [1]),
        ('activating:" apple" context:pie', [0]),
        ("activating:apple AND context:pie", [0]),
        ("context:pie OR context:cooking", [0, 4]),
        ("activating:apple (context:pie OR context:cooking)", [0, 4]),
        ("activating:apple context:pie OR activating:cooks", [0, 3]),
        ("any:/^cook/", [3, 4]),
        ("context:/^cook/", [4]),
        ("repeats:yes", [2]),
        ("activating:apple -context:pie", [4]),
        ("activating:apple NOT context:pie", [4]),
        ("f1>0.5", [0, 3]),
        ("f1>=0.2 f1<0.5 apple", [4, 1]),
        ("neuron=3 OR neuron>=4", [3, 4]),
        ("-repeats:yes -f1>0.3", [1]),
        ("nothing", []),
    ],
)
def test_questions_find_what_they_describe_best_first(question, neurons):
    assert found(question) == neurons


@pytest.mark.parametrize("token", HOSTILE)
def test_every_token_can_be_asked_for_in_quotes(token):
    index = indexed([([token], ["x"]), (["x"], []), (["y"], [token])])
    table = search(index, facts(index), f"activating:{json.dumps(token)}")
    assert table["neuron"].tolist() == [0]
    assert table["activating"].tolist() == [[token]]
    assert search(index, facts(index), json.dumps(token))["neuron"].tolist() == [0, 2]


@pytest.mark.parametrize("question", ['activating:" apple"', 'any:"apple"', '("apple")', 'context:" pie" any:" apple"'])
def test_a_question_may_lose_the_quotes_at_its_ends(question):
    # As `snakemake --config query=...` does.
    assert found(question.strip("'\"")) == found(question) != []


@pytest.mark.parametrize("word", ["OR", "AND", "NOT"])
def test_words_that_join_are_tokens_behind_a_role(word):
    index = indexed([([word], ["x"]), (["x"], []), (["y"], [word])])
    for question, neurons in ((f"any:{word}", [0, 2]), (f"x activating:{word}", [0]), (f"y AND context:{word}", [2])):
        assert sorted(search(index, facts(index), question)["neuron"]) == neurons, question


@pytest.mark.parametrize("question", ["block=0", "f1>0.5", "apple", "repeats:yes", "NOT apple"])
def test_where_no_neuron_has_a_graph_none_is_found(question):
    index = indexed([(["apple"], [])]).iloc[:0]
    assert search(index, facts(index), question).empty


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("", "an empty query"),
        ("  ", "an empty query"),
        ("activating:", "a token is missing behind activating:"),
        ("role:apple", "there is no role 'role'; there are activating, context, any"),
        ("(apple", "a bracket is not closed"),
        ("apple)", "closes nothing"),
        ('apple" OR "pie', 'a quote stands within a word: apple".*write any:" before'),
        ('any:"\\', "put it in brackets"),
        ("/[/", "no regular expression"),
        ("f9>3", "there is no number 'f9'; there are f1"),
        ("apple OR", "a token is missing"),
        ("f1>>", "f1>> is no condition on a number"),
        ("density>much", "density>much is no condition on a number"),
        ("model=", "model= is no condition on a number"),
        ("repeats:no", "repeats takes yes"),
        ('"\\x"', "no text in JSON"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_why(question, why):
    with pytest.raises(QueryError, match=why):
        parsed(question)


def test_repetition_ranks_first_by_its_share():
    index = indexed([(["a", "b"], ["a"]), (["a"], ["a"]), (["c"], ["a"])])
    table = search(index, facts(index, f1=[0.9, 0.1, 0.9]), "repeats:yes")
    assert table["neuron"].tolist() == [1, 0]
    assert table["repeated"].tolist() == [1.0, 0.5]


@pytest.mark.parametrize("question", ["f1>=0.5", "f1>0.4 -pie", "block=0 OR pie", "-context:e"])
def test_of_a_neuron_of_which_no_token_was_asked_for_the_most_frequent_activating_ones_are_shown(question):
    index = indexed([(list("abcdefg"), ["x", "e"]), ([" the"], ["e"]), ([" pie", "g"], [])])
    index.loc[:6, "examples"] = [1, 4, 2, 9, 2, 1, 3]
    index.loc[2, "activation"] = 0.5
    table = search(index, facts(index, f1=[0.5, 0.4, 0.3]), question).set_index("neuron")
    expected = {
        "f1>=0.5": {0: list("dbgec")},
        "f1>0.4 -pie": {0: list("dbgec")},
        "block=0 OR pie": {0: list("dbgec"), 1: [" the"], 2: [" pie"]},
        "-context:e": {2: [" pie", "g"]},
    }
    assert table["activating"].to_dict() == expected[question]
    assert not any(table["context"])


def test_the_index_says_in_what_role_and_where_tokens_stand():
    patterns = pd.DataFrame(
        [
            (0, 3, 1, 0, 7, pd.NA, pd.NA, 0.5, 2),
            (0, 3, 1, 1, 7, 1, 9, 0.9, 3),
            (0, 3, 1, 1, 7, 2, 9, 0.9, 3),
            (0, 3, 1, 1, 7, 4, 8, 0.9, 3),
            (0, 3, 1, 2, 6, 3, 9, 0.7, 0),
        ],
        columns=["block", "neuron", "sign", "pattern", "activating", "distance", "context", "activation", "examples"],
    ).astype({"distance": "Int16", "context": "Int32"})
    table = token_index(patterns, {6: "f", 7: "g", 8: "h", 9: "i"})
    assert table[["role", "token", "text", "activation", "patterns", "examples"]].to_numpy().tolist() == [
        ["activating", 6, "f", 0.7, 1, 0],
        ["activating", 7, "g", 0.9, 2, 5],
        ["context", 8, "h", 0.9, 1, 3],
        ["context", 9, "i", 0.9, 2, 3],
    ]
    assert table["min_distance"].tolist() == [pd.NA, pd.NA, 4, 1]
    assert table["max_distance"].tolist()[2:] == [4, 3]


def slow_pairs(sets):
    """Similar and subset pairs by a double loop."""

    def share(one, other, size):
        return len(one & other) / size(len(one), len(other)) if size(len(one), len(other)) else 1.0

    pairs = set()
    for (i, one), (j, other) in itertools.combinations(enumerate(sets), 2):
        larger = [share(*both, max) for both in zip(one, other, strict=True)]
        if min(larger) >= 0.9:
            pairs.add((i, j, "identical" if min(larger) == 1 else "similar"))
        elif all(len(a & b) >= 0.9 * len(a) for a, b in zip(one, other, strict=True)):
            pairs.add((i, j, "subset"))
        elif all(len(a & b) >= 0.9 * len(b) for a, b in zip(one, other, strict=True)):
            pairs.add((j, i, "subset"))
    return pairs


@pytest.mark.parametrize("rows", [2048, 7])
def test_pairs_are_those_of_a_double_loop(monkeypatch, rows):
    monkeypatch.setattr(similarity, "_ROWS", rows)
    generator = np.random.default_rng(0)
    words = [f"w{number}" for number in range(14)]
    sets = []
    for _ in range(90):
        sizes = generator.integers([1, 0], [13, 13])
        sets.append([set(generator.choice(words, size=size, replace=False)) for size in sizes])
    sets += [[set(words[:10]), set()], [set(words[:10]), set()], [set(words[:11]), set()], [set(words[:9]), set(words)]]
    # Each has one role within the other: neither is a part of the other.
    sets += [[{"x"}, {"y", "z"}], [{"x", "w0"}, {"y"}]]
    index = indexed([(sorted(one), sorted(other)) for one, other in sets])
    table = similar_pairs(index, across=False)
    found = set(zip(table["neuron_a"], table["neuron_b"], table["relation"], strict=True))
    assert found == slow_pairs(sets)
    assert {relation for *_, relation in found} == {"identical", "similar", "subset"}
    # Neurons without context are alike if their activating tokens are.
    assert (90, 91, "identical") in found
    assert (90, 92, "similar") in found
    assert table.loc[table["relation"] == "subset", "cluster"].isna().all()
    clusters = table[table["relation"] != "subset"].set_index("neuron_a")["cluster"]
    assert clusters.notna().all()
    assert clusters.loc[90].nunique() == 1


def test_models_are_compared_by_what_tokens_look_like():
    index = pd.concat([indexed([(["a"], []), (["b"], [])]), indexed([(["b"], []), (["a"], ["c"])]).assign(model="n")])
    table = similar_pairs(index, across=True)
    assert table[["model_a", "neuron_a", "model_b", "neuron_b", "relation"]].to_numpy().tolist() == [
        ["m", 0, "n", 1, "subset"],
        ["m", 1, "n", 0, "identical"],
    ]
    alone = similar_pairs(index[index["model"] == "m"], across=True)
    assert alone.empty
    assert "relation" in alone.columns


def test_two_ids_of_one_text_are_one_token_to_a_comparison():
    index = indexed([(["a", "b"], ["c"]), (["a", "b"], ["c"])])
    again = pd.concat([index, index[index["text"] != "b"]])
    table = similar_pairs(again, across=False)
    assert table[["relation", "overlap_activating", "overlap_context"]].to_numpy().tolist() == [["identical", 1, 1]]


BYTES = json.dumps({"decoder": {"type": "ByteLevel"}})
PIECES = json.dumps({"decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}}]}})
WORDS = json.dumps({"decoder": {"type": "WordPiece", "prefix": "##"}})


def test_tokens_look_as_they_are_written():
    assert texts_of({0: "Ġapple", 1: "Ċ", 2: "â", 3: "Ã©", 4: "<|end|>"}, BYTES) == {
        0: " apple",
        1: "\n",
        2: "\\xe2",
        3: "é",
        4: "<|end|>",
    }
    assert texts_of({0: "▁apple", 1: "<0x0A>", 2: "<0xE2>", 3: "<unk>"}, PIECES) == {
        0: " apple",
        1: "\n",
        2: "\\xe2",
        3: "<unk>",
    }
    assert texts_of({0: "apple", 1: "##s"}, WORDS) == {0: "apple", 1: "##s"}


@pytest.mark.parametrize(
    "token", ["\t", "\n", '"', "\\", "a\u2028b", "\u00a0", "\U0001f40b", "\U000e0067", "\x7f", "é", "\\xe2"]
)
def test_every_token_comes_back_from_the_lines_of_an_answer(token):
    index = indexed([([token, "b"], [])])
    lines = as_tsv(search(index, facts(index, f1=[0.123456]), f"any:{json.dumps(token)}")).splitlines()
    assert len(lines) == 2
    row = dict(zip(lines[0].split("\t"), lines[1].split("\t"), strict=True))
    assert json.loads(row["activating"]) == token
    assert row["f1"] == "0.1235"


def test_the_numbers_of_a_neuron_are_those_of_its_graph_in_text_as_it_comes():
    base = {
        "block": 1,
        "neuron": 2,
        "sign": -1,
        "precision": 0.5,
        "recall": 0.4,
        "density": 0.1,
        "peak": 3.0,
        "patterns": 7,
    }
    rows = [
        base | {"method": method, "split": split, "quantile": quantile, "f1": f1}
        for method, split, quantile, f1 in [
            ("graph", "text", 0, 0.7), ("graph", "text", 1, 0.1), ("graph", "top", 0, 0.2), ("token", "text", 0, 0.3),
        ]
    ]  # fmt: skip
    (found,) = facts_of(pd.DataFrame(rows)).to_dict("records")
    assert found == {**base, "f1": 0.7}


def test_models_and_corpora_are_asked_for_by_name():
    index = indexed([(["a"], []), (["a"], [])])
    other = index.assign(model="other")
    both = pd.concat([index, other], ignore_index=True)
    numbers = pd.concat([facts(index, f1=[0.2, 0.3]), facts(index, f1=[0.5, 0.6]).assign(model="other")])
    assert set(search(both, numbers, "a model=other")["model"]) == {"other"}
    assert set(search(both, numbers, "a -model=other")["model"]) == set(index["model"])
    assert len(search(both, numbers, f"a corpus={index['corpus'][0]}")) == 4
    assert search(both, numbers, 'any:"model=other"').empty
