"""Patterns of neurons whose rules are known are those rules."""

import re

import numpy as np
import pytest
from neurons_by_hand import RULES, A, B, C, D, documents, earlier, reader

from nrag.neurons import blocks, tracing, windows
from nrag.neurons.blocks import Settings, Surface, methods_of, trace_block, training
from nrag.neurons.graphs import kind_of
from nrag.neurons.mining import is_test, mine
from nrag.neurons.patterns import Text
from nrag.neurons.scores import HeldOut, ordinary, score

NUMBER = {name: number for number, name in enumerate(RULES)}
BOTH = {"A, B after"}


def mined(texts, read=None, **options):
    read = read or reader()
    test = is_test(texts, share=0.5, seed=0)
    lengths = np.array([len(ids) for ids in texts])
    everything = {"selected": {0: np.arange(read.projections[0].neurons)}, "examples": 64, "seed": 0} | options
    return mine(read, texts, lengths, test, **everything)[0], test


def patterns(names, *, texts=None, both=False, **options):
    texts = texts or documents()
    read = reader()
    found, test = mined(texts, read)
    settings = Settings(examples=64, context=8, asked=tracing.Asked(**options))
    outcomes = trace_block(
        read, texts, test, found, settings, Surface(both=both), neurons=[NUMBER[name] for name in names]
    )
    return {
        (name, outcome.sign): {(each.pattern.activating, each.pattern.context) for each in outcome.patterns}
        for name in names
        for outcome in outcomes.traced
        if outcome.neuron == NUMBER[name]
    }


def test_patterns_of_known_rules_are_those_rules():
    found = patterns(["A", "A or C", "A, B 2 before", "A, B within 3", "A again", "A, or less C"])
    assert found["A", 1] == {(A, ())}
    assert found["A or C", 1] == {(A, ()), (C, ())}
    assert found["A, B 2 before", 1] == {(A, ((2, B),))}
    assert found["A, B within 3", 1] == {(A, ((d, B),)) for d in (1, 2, 3)}
    assert found["A again", 1] == {(A, ((d, A),)) for d in (1, 2, 3, 4)}
    assert found["A, or less C", 1] == {(A, ())}
    assert found["A, or less C", -1] == {(C, ())}


def test_context_of_negative_activations_is_found_as_that_of_positive_ones():
    found = patterns(["A, or less C behind B"])
    assert found["A, or less C behind B", 1] == {(A, ())}
    assert found["A, or less C behind B", -1] == {(C, ((1, B),))}


def test_a_sign_is_traced_from_a_tenth_of_the_stronger_on_and_a_neuron_from_a_thousandth_of_the_median_on():
    rules = {
        "even": lambda is_: is_(A) - 0.11 * is_(C),
        "weak": lambda is_: is_(A) - 0.09 * is_(C),
        "faint": lambda is_: 0.0009 * is_(A),
        "low": lambda is_: 0.0011 * is_(A),
        "other": lambda is_: is_(B),
    }
    read, texts = reader(rules), documents()
    found, test = mined(texts, read)
    traces = trace_block(read, texts, test, found, Settings(examples=8, context=4), Surface(both=False))
    assert [(each.neuron, each.sign) for each in traces.traced] == [(0, 1), (0, -1), (1, 1), (3, 1), (4, 1)]
    assert [(each.neuron, each.sign) for each in traces.failures] == [(2, 0)]


def only(rule, texts=None, *, sources=(), examples=64, mask=None, **options):
    """The patterns of one neuron of a rule, by pattern."""
    read, texts = reader({"rule": rule}), texts or documents()
    found, test = mined(texts, read)
    settings = Settings(examples=examples, context=4, asked=tracing.Asked(**options))
    surface = Surface(both=False, mask=mask)
    (outcome,) = trace_block(read, texts, test, found, settings, surface, sources=sources).traced
    return {(each.pattern.activating, each.pattern.context): each for each in outcome.patterns}


def test_context_is_what_enough_of_the_activation_is_lost_without():
    def rule(is_):
        return is_(A) * earlier(is_(B), 2) * (0.7 + 0.3 * earlier(is_(C), 1))

    assert set(only(rule)) == {(A, ((2, B),))}
    assert (A, ((1, C), (2, B))) in only(rule, importance=0.2)


def test_the_mask_token_stands_for_a_missing_one_where_there_is_one():
    mask = 39

    def rule(is_):
        return is_(A) * earlier(is_(B), 2) * (1 - earlier(is_(mask), 1))

    assert set(only(rule)) == {(A, ((2, B),))}
    masked = only(rule, mask=mask)
    assert {len(context) for _, context in masked} == {2}


def test_a_pattern_is_as_strong_as_its_examples_on_average():
    found = only(lambda is_: is_(A) * (0.6 + 0.4 * earlier(is_(B), 1)))
    (pattern,) = found.values()
    # Without B 0.6, which is more than half, so that B is no context.
    assert set(found) == {(A, ())}
    assert 0.65 < pattern.activation < 0.95


def test_substitutes_keep_the_threshold_and_leave_patterns_with_examples_as_they_are():
    def rule(is_):
        return is_(A) + 0.8 * is_(C) + 0.4 * is_(D)

    found = only(rule, sources=[any_token])
    assert {token: (each.examples > 0, round(each.activation, 3)) for (token, _), each in found.items()} == {
        A: (True, 1),
        C: (True, 0.8),
        # Half of what C does, though not of A.
        D: (False, 0.4),
    }
    assert set(only(rule, [np.where(ids == C, B, ids) for ids in documents()], sources=[any_token])) == {
        (A, ()),
        (C, ()),
    }


def test_where_a_neuron_does_not_fire_there_is_nothing_to_explain():
    read = reader({"A, or a little C": lambda is_: is_(A) + 0.3 * is_(C)})
    # Few documents have an A: the next best have a C alone.
    texts = [np.where(ids == A, D, ids) if number % 5 else ids for number, ids in enumerate(documents())]
    found, test = mined(texts, read)
    (outcome,) = trace_block(read, texts, test, found, Settings(examples=64, context=4), Surface(both=False)).traced
    assert {each.pattern.activating for each in outcome.patterns} == {A}
    assert outcome.examples < 64


def test_an_encoder_neuron_looks_right():
    assert patterns(["A, B after"], both=True)["A, B after", 1] == {(A, ((-1, B),))}


def test_context_that_matters_together_is_repaired():
    name = "A, two of B C D"
    found = patterns([name])[name, 1]
    assert found == {(A, ((1, B), (2, C))), (A, ((1, B), (3, D))), (A, ((2, C), (3, D)))}


def everything(**options):
    """Scores of the graphs, and of both look-up tables, of the neurons by hand."""
    read, texts = reader(), documents(number=500)
    found, test = mined(texts, read)
    settings = Settings(examples=64, context=8, asked=tracing.Asked())
    traces = trace_block(read, texts, test, found, settings, Surface(both=options.pop("both", False)), **options)
    graphs = {(each.neuron, each.sign): each.patterns for each in traces.traced}
    return read, texts, test, found, settings, traces, graphs


@pytest.fixture(scope="module")
def traced():
    return everything()


def test_neurons_that_cannot_be_traced_are_failures_with_their_reason(traced):
    *_, traces, graphs = traced
    reasons = {(each.neuron, each.sign): each.reason for each in traces.failures}
    assert reasons.pop((NUMBER["dead"], 0)) == "dead: it never fires in the training documents"
    # What stands behind a token is out of reach of a model that reads one way.
    pattern = r"none of its \d+ examples keeps its activation within 8 tokens"
    assert re.fullmatch(pattern, reasons.pop((NUMBER["A, B after"], 1)))
    assert not reasons
    assert {neuron for neuron, _ in graphs} == set(NUMBER.values()) - {NUMBER["dead"], NUMBER["A, B after"]}
    always = next(each for each in traces.traced if each.neuron == NUMBER["always"])
    shares = blocks.densities(traced[3], threshold=0.5)
    assert kind_of([each.pattern for each in always.patterns], shares[NUMBER["always"], 0]) == "dense"
    assert not any(each.pattern.context for each in always.patterns)
    # Of "A, or less C" both signs; its weaker one is 0.6 of the stronger.
    assert {sign for neuron, sign in graphs if neuron == NUMBER["A, or less C"]} == {1, -1}


def test_held_out_tokens_are_told_without_a_fault_where_patterns_can_say_the_rule(traced):
    read, texts, test, found, settings, _, graphs = traced
    peaks = {pair: found.peak(*pair) for pair in graphs}
    held = ordinary(np.array([len(ids) for ids in texts]), test, tokens=3000, seed=0)
    assert test[held].all()
    assert sum(len(texts[number]) for number in held) >= 3000
    chosen = [texts[number] for number in held]
    methods = methods_of(texts, found, settings, graphs)
    table = score(
        read,
        HeldOut(chosen, np.ones(len(held), dtype=bool), {pair: [0, 1, 2] for pair in graphs}),
        methods,
        peaks=peaks,
        bounds=dict.fromkeys(graphs, (0.6, 0.7, 0.8)),
        threshold=0.5,
    )
    key = ["neuron", "sign", "method", "split", "quantile"]
    assert table[key].equals(table[key].sort_values(key))
    whole = table[(table["quantile"] == 0) & (table["split"] == "text")].set_index(["neuron", "sign", "method"])
    expressed = ["A", "A or C", "A, B 2 before", "A, B within 3", "A again", "A, or less C", "A, two of B C D"]
    negative = ["A, or less C", "A, or less C behind B"]
    for name, sign in [*((name, 1) for name in expressed), *((name, -1) for name in negative)]:
        row = whole.loc[(NUMBER[name], sign, "graph")]
        assert (row["precision"], row["recall"], row["f1"]) == (1, 1, 1), name
        assert row["pearson"] == pytest.approx(1, abs=1e-3), name
        assert row["r2"] == pytest.approx(1, abs=1e-3), name
        assert row["detection_auc"] == 1, name
    # What no pattern can say: A, but not behind B. Its precision is the share of As that B is not before.
    ids = np.concatenate(chosen)
    behind = np.concatenate([[False, *(each[:-1] == B)] for each in chosen])
    row = whole.loc[(NUMBER["A unless B"], 1, "graph")]
    assert row["precision"] == pytest.approx((ids == A)[~behind].sum() / (ids == A).sum())
    assert row["recall"] == 1
    # A look-up table of tokens fires at every A.
    lookup = whole.loc[(NUMBER["A, B 2 before"], 1, "token")]
    assert lookup["recall"] == 1
    assert lookup["precision"] < 0.5
    sequence = whole.loc[(NUMBER["A, B 2 before"], 1, "sequence")]
    assert sequence["recall"] < 0.5


@pytest.mark.parametrize("skip", [1, 2])
def test_tokens_that_are_left_out_move_no_prediction(traced, skip):
    read, texts, test, found, settings, _, graphs = traced
    methods = methods_of(texts, found, settings, graphs)
    held = HeldOut(texts, test, {})
    known = {"peaks": {pair: found.peak(*pair) for pair in graphs}, "bounds": dict.fromkeys(graphs, (0.6, 0.7, 0.8))}
    table = score(read, held, methods, threshold=0.5, skip=skip, **known)
    whole = table[(table["quantile"] == 0) & (table["split"] == "text") & (table["method"] == "graph")]
    whole = whole.set_index(["neuron", "sign"])
    assert (whole["tokens"] == sum(len(ids) - skip for ids, kept in zip(texts, test, strict=True) if kept)).all()
    for name in ("A", "A, B 2 before", "A again"):
        assert whole.loc[(NUMBER[name], 1), "f1"] == 1, name


def test_where_no_neuron_fires_there_is_nothing_to_score():
    read, texts = reader({"dead": RULES["dead"]}), documents(number=40)
    found, test = mined(texts, read)
    settings = Settings(examples=4, context=3)
    traces = trace_block(read, texts, test, found, settings, Surface(both=False))
    assert [each.reason for each in traces.failures] == ["dead: it never fires in the training documents"]
    methods = methods_of(texts, found, settings, {})
    held = HeldOut(texts, test, {})
    assert score(read, held, methods, peaks={}, bounds={}, threshold=0.5).empty


@pytest.mark.parametrize(("rows", "together"), [(64, 2**16), (2**18, 300)])
def test_how_much_is_done_at_once_changes_nothing(traced, monkeypatch, rows, together):
    *_, whole, _ = traced
    monkeypatch.setattr(windows, "ROWS", rows)
    monkeypatch.setattr(blocks, "TOGETHER", together)
    *_, traces, _ = everything()
    assert traces.traced == whole.traced


@pytest.mark.parametrize("options", [{"tokens": 64}, {"neurons": [5, 3, 1]}, {"neurons": [1]}, {"neurons": [1, 3, 5]}])
def test_what_comes_of_a_neuron_depends_on_nothing_but_the_neuron(traced, options):
    *_, whole, _ = traced
    wanted = options.get("neurons")
    *_, traces, _ = everything(**options)
    expected = [each for each in whole.traced if wanted is None or each.neuron in wanted]
    assert traces.traced == expected


def test_every_training_example_is_told_by_its_own_pattern(traced):
    _, texts, test, found, settings, traces, graphs = traced
    examples = training(texts, found, settings, sorted({neuron for neuron, _ in graphs}))
    assert len(traces.traced) > 5
    for outcome in traces.traced:
        text = Text([texts[number] for number in range(len(texts))])
        starts = np.cumsum([0, *(len(ids) for ids in texts)])
        told = text.matches([(each.pattern, each.activation) for each in outcome.patterns]).positions
        own = (examples.neuron == outcome.neuron) & (examples.sign == outcome.sign)
        places = starts[examples.document[own]] + examples.position[own]
        assert outcome.held == own.sum()
        assert np.isin(places, told).all()
        assert not test[examples.document[own]].any()


def any_token(windows, columns):
    """A source of A to D."""
    there = windows[np.arange(len(windows)), columns].tolist()
    return [[token for token in (A, B, C, D) if token != own] for own in there]


def test_a_token_that_excites_more_than_what_stood_there_is_said_to_be_as_strong():
    # No text has an A: what C does, 0.7, is the strongest there is.
    texts = [np.where(ids == A, D, ids) for ids in documents()]
    read = reader()
    found, test = mined(texts, read)
    settings = Settings(examples=8, context=8, asked=tracing.Asked())
    traces = trace_block(
        read, texts, test, found, settings, Surface(both=False), neurons=[NUMBER["A or C"]], sources=[any_token]
    )
    (outcome,) = traces.traced
    assert {each.pattern.activating: each.activation for each in outcome.patterns} == {A: 1, C: 1}


def test_other_tokens_that_keep_the_activation_are_found_in_the_corpus():
    read, texts = reader(), documents()
    found, test = mined(texts, read)
    settings = Settings(examples=2, context=8, asked=tracing.Asked())

    plain, augmented = (
        trace_block(
            read, texts, test, found, settings, Surface(both=False), neurons=[NUMBER["A or C"]], sources=sources
        )
        for sources in ((), (any_token,))
    )
    # Two examples: the strongest are all of A.
    assert {each.pattern.activating for each in plain.traced[0].patterns} == {A}
    patterns = {each.pattern.activating: each for each in augmented.traced[0].patterns}
    assert set(patterns) == {A, C}
    assert patterns[C].examples == 0
    assert patterns[C].activation == pytest.approx(0.7)
    assert patterns[A].examples == 2
