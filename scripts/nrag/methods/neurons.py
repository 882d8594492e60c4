"""Graphs of neurons, their scores and what they tell, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nrag.captions.wording import listed
from nrag.methods.facts import Facts, Traced
from nrag.methods.references import Citations
from nrag.methods.wording import code, count, names, noun, plain
from nrag.neurons.baselines import PREVIOUS
from nrag.neurons.examples import WEAK
from nrag.neurons.region_links import FEWEST
from nrag.neurons.scoring import DETECTION_TOKENS, TOP
from nrag.neurons.similarity import ALIKE
from nrag.neurons.summary import DRAWS
from nrag.neurons.tracing import MASKING, TRIED, Asked
from nrag.neurons.windows import EXACT, lengths


def graphs_of_neurons(facts: Facts, cite: Citations) -> list[str]:
    """Which neurons were traced, and how; nothing where none were."""
    if not facts.neurons:
        return []
    asked = facts.neurons
    return [
        "What single neurons of MLP blocks respond to was described by graphs of tokens, after Neuron2Graph "
        f"({cite('foote')}): by patterns of an activating token and of the tokens that must stand around it. A neuron "
        "is a component of the input of its block's down projection; its positive and negative activations were traced "
        f"apart, the weaker sign where it reached {_percent(WEAK)} of the stronger.",
        f"Traced were {'; '.join(_chosen(facts.traced, asked))}. Blocks count from 0; block k writes hidden "
        "state k + 1.",
        *_examples(facts.traced, asked),
        *_contexts(facts.traced, asked),
        *_substitutes(facts.traced, asked),
    ]


def scores_of_neurons(facts: Facts, cite: Citations) -> list[str]:
    """How graphs of neurons were scored, and what neurons tell; nothing where none were traced."""
    return [*_scores(facts.neurons, cite), *_followed(facts), *_links(facts, cite)] if facts.neurons else []


# --------------------------------------------------------------------------------------- private


def _chosen(traced: Sequence[Traced], asked: Mapping[str, Any]) -> Iterator[str]:
    """How many neurons of which blocks, models that are alike together."""
    how = asked["per_block"]
    drawn = f", drawn with seed {asked['seed']}" if isinstance(how, int) else ", named beforehand"
    alike: dict[tuple[tuple[int, tuple[int, int]], ...], dict[str, None]] = {}
    for each in traced:
        alike.setdefault(tuple(sorted(each.blocks.items())), {})[each.model] = None
    corpora = names(list(dict.fromkeys(each.corpus for each in traced)))
    for blocks, models in alike.items():
        of_number: dict[tuple[int, int], list[int]] = {}
        for block, number in blocks:
            of_number.setdefault(number, []).append(block)
        parts = [f"{_number(*number, drawn)} of {_blocks(own)}" for number, own in of_number.items()]
        yield f"{listed(parts)} of {names(list(models))} in {corpora}"


def _number(some: int, neurons: int, drawn: str) -> str:
    return f"all {neurons:,} neurons" if some == neurons else f"{some:,} of the {neurons:,} neurons{drawn},"


def _blocks(numbers: Sequence[int]) -> str:
    """Blocks in words; three or more in a row by the first and the last."""
    if len(numbers) == 1:
        return f"block {numbers[0]}"
    row = len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1
    return f"each of the blocks {f'{numbers[0]} to {numbers[-1]}' if row else listed(numbers)}"


def _examples(traced: Sequence[Traced], asked: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"A document was kept for tests with a chance of {_percent(asked['test'])}, by a digest of its tokens, so that "
        f"copies stay together ({'; '.join(_held_out(traced))}); a sign fires where it reaches {asked['threshold']} of "
        "its largest activation in the other documents."
    )
    if skipped := list(dict.fromkeys(each.model for each in traced if each.skipped)):
        yield (
            f"The first token of a document was not looked at in {names(skipped)}, whose "
            f"{noun(skipped, 'tokenizer puts', 'tokenizers put')} none of {noun(skipped, 'its', 'their')} own before a "
            "text."
        )
    yield (
        f"Each graph was made of at most {count(asked['examples'], 'example')}, one a document, at which the sign "
        "fires: half of them the strongest, the others drawn from all strengths (quarters of an octave) alike."
    )


def _held_out(traced: Sequence[Traced]) -> Iterator[str]:
    """Of each corpus how many documents; tokens, and so what is kept, differ by model."""
    of_corpus: dict[str, list[Traced]] = {}
    for each in traced:
        of_corpus.setdefault(each.corpus, []).append(each)
    for corpus, own in of_corpus.items():
        kept = sorted({each.held_out for each in own})
        some = f"{kept[0]:,}" if len(kept) == 1 else f"{kept[0]:,} to {kept[-1]:,}, by model,"
        yield f"{some} of the {own[0].documents:,} of {plain(corpus)}"


def _contexts(traced: Sequence[Traced], asked: Mapping[str, Any]) -> Iterator[str]:
    both, causal = (any(each.both_ways is way for each in traced) for way in (True, False))
    threshold, context = asked["threshold"], asked["context"]
    where = "before the activating one" if causal else "before and behind the activating one together"
    also = ", before and behind it together in models that read both ways" if both and causal else ""
    yield (
        "The context of an example is the shortest one in which the activation is still "
        f"{threshold} of that in the whole document, within {count(context, 'token')} {where}{also}."
    )
    if causal:
        yield f"All lengths were tried{' of models that read from left to right' if both else ''}."
    if both:
        yield f"Tried were{' of the others' if causal else ''} {_divisions(context)}."
    lost = f"on average over {MASKING} random tokens of the corpus in its place"
    if both:
        whose = "a model reads both ways and" if causal else "a model"
        lost = f"with the mask token in its place where {whose} has one, otherwise {lost}"
    yield (
        f"A token of the context is part of the pattern if more than {asked['importance']} of the activation is lost "
        f"{lost}."
    )
    if asked["sufficiency"]:
        yield (
            f"Each pattern was then put by itself into {Asked().fills} surroundings of random tokens of the corpus: "
            f"where fewer than {_percent(asked['sufficiency'])} of them kept {threshold} of the activation, the next "
            "most important tokens were taken in, as few as suffice, or those with which most surroundings did."
        )


def _divisions(context: int) -> str:
    """The windows to both sides that are tried (`windows.shortest`)."""
    beyond = [length for length in lengths(context, both=True) if length > EXACT]
    exact = f"all divisions of up to {count(min(EXACT, context), 'token')}"
    if not beyond:
        return exact
    return (
        f"{exact} and, of {listed(beyond, 'or')} tokens, the even division and those to one side, from whose ends "
        "tokens were then dropped until none could be"
    )


def _substitutes(traced: Sequence[Traced], asked: Mapping[str, Any]) -> list[str]:
    augment = asked["augment"]
    if not augment:
        return []
    named = [f"those that {code(augment['model'])} finds most probable"] if isinstance(augment, dict) else []
    own = ["those that the model's own head for masked tokens, if its checkpoint has one, finds most probable"]
    own = own if any(each.both_ways for each in traced) else []
    sources = [*named, *own, "those that the corpus has between the same neighbours", "those of the nearest embeddings"]
    return [
        f"In the place of each token of a pattern up to {TRIED} others were tried, the best of each source in turn: "
        f"{listed(sources)}; those with which {asked['threshold']} of the activation remains became patterns as well."
    ]


def _scores(asked: Mapping[str, Any], cite: Citations) -> list[str]:
    return [
        "At each token a graph predicts the activation of the strongest of its patterns that apply there, else 0. "
        "That was held against the true activations in held-out documents, drawn until they had "
        f"{count(asked['test_tokens'], 'token')} or were all, and in the {TOP} held-out documents in which each sign "
        "is strongest: by precision, recall and F1 of firing, by Pearson's correlation and R² of the activations "
        f"({cite('bills')}), and by balanced accuracy and area under the ROC curve of whether a sign fires in a window "
        f"of {DETECTION_TOKENS} tokens ({cite('paulo')}).",
        "Beside the graphs stand two look-up tables of the same examples, of the activating token and of it with the "
        f"{PREVIOUS} tokens before it, each with its mean activation.",
        "Means of a block are over the signs of its neurons that fire in the held-out tokens, with the 2.5th to 97.5th "
        f"percentile of {count(DRAWS, 'bootstrap sample')} of neurons ({cite('efron')}), the same for all methods.",
        f"Two neurons count as alike that share {_percent(ALIKE)} of the activating and of the context tokens of the "
        "one that has more.",
    ]


def _followed(facts: Facts) -> Iterator[str]:
    """How neurons of checkpoints were compared, where a shared space has several whose neurons were traced."""
    models = {each.model for each in facts.traced}
    spaces = [[name for name in space["models"] if name in models] for space in facts.spaces.values()]
    if several := [names(own) for own in spaces if len(own) > 1]:
        yield (
            f"Neurons of one number in {'; and of '.join(several)} were held against each other by Spearman's "
            "correlation, over documents, of their largest activations, and by the shares of activating and of context "
            "tokens that both graphs have."
        )


def _links(facts: Facts, cite: Citations) -> Iterator[str]:
    """What is told of regions and labels, beside untrained controls; nothing where the study has neither."""
    planes = any(each["components"] == 2 for each in facts.reductions.values())
    corpora = {each.corpus for each in facts.traced}
    labelled = any(corpus.labellings for corpus in facts.corpora if corpus.name in corpora)
    sets = [
        *(["a label"] if labelled else []),
        *(["a region of the hidden state that its block writes"] if planes else []),
    ]
    if not sets:
        return
    yield (
        f"How well a neuron tells the documents of {listed(sets, 'or')} from the others is the area under the ROC "
        f"curve of its largest activation in a document, with q of the rank test ({cite('mann')}) after "
        f"{cite.by('benjamini')} over all such sets of a layer or labelling and all neurons and signs of the block; "
        f"sets of fewer than {FEWEST} documents were left out."
    )
    twins = {name for own in facts.controls.values() for name in own}
    if twins & {each.model for each in facts.traced}:
        yield (
            "Beside it stand the area for the number of tokens alone and the best area of all traced neurons of the "
            "same block of an untrained control, the mean over controls: what does not exceed that was not learned."
        )
    else:
        yield "Beside it stands the area for the number of tokens alone."


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
