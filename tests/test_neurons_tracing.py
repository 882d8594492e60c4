"""Patterns of neurons whose rules are known are those rules."""

import numpy as np
from neurons_by_hand import RULES, A, B, C, D, documents, reader

from nrag.neurons import tracing
from nrag.neurons.blocks import Settings, Surface, trace_block
from nrag.neurons.mining import is_test, mine

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


def test_an_encoder_neuron_looks_right():
    assert patterns(["A, B after"], both=True)["A, B after", 1] == {(A, ((-1, B),))}


def test_context_that_matters_together_is_repaired():
    name = "A, two of B C D"
    found = patterns([name])[name, 1]
    assert found == {(A, ((1, B), (2, C))), (A, ((1, B), (3, D))), (A, ((2, C), (3, D)))}
