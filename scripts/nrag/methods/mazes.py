"""Mazes, the training on them and its evaluation in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from nrag.captions.wording import listed
from nrag.evaluation.lineages import Stage, controls, in_order
from nrag.methods.facts import Facts, MazeSet
from nrag.methods.references import Citations
from nrag.methods.wording import code, count, names, noun, plain

_METHODS = {
    "pretraining": ("next-token prediction of mazes with random legal walks behind them", ()),
    "sft": ("supervised fine-tuning on shortest ways", ("ouyang",)),
    "dpo": ("direct preference optimisation", ("rafailov",)),
    "orpo": ("odds ratio preference optimisation", ("hong",)),
    "kto": ("Kahneman–Tversky optimisation of the same preferences", ("ethayarajh",)),
    "reward": ("a reward model of the preferences", ("ouyang",)),
    "rloo": ("reinforcement with a leave-one-out baseline (RLOO)", ("ahmadian",)),
    "grpo": ("group relative policy optimisation (GRPO)", ("shao",)),
}
"""What each method is called, and who made it."""

_PARTS = {"pretraining": "text", "sft": "maze", "dpo": "pair", "orpo": "pair", "kto": "pair", "reward": "pair"}
"""What a step's examples are; prompts where none is named."""

_ARCHITECTURES = {"gpt2": "GPT-2's", "llama": "Llama's"}


def mazes(facts: Facts, cite: Citations) -> list[str]:
    """Which mazes were drawn and how they were divided; nothing without mazes."""
    sentences = [sentence for each in facts.mazes for sentence in _drawn(each, cite)]
    if not sentences:
        return []
    return [
        *sentences,
        "The walls alone decide to which part a maze belongs, by a digest, so that no walls that were learned from are "
        "asked for.",
        "A prompt is the maze drawn in characters; the right answer is its shortest way, a letter for every cell that "
        "it enters.",
    ]


def training(facts: Facts, cite: Citations) -> list[str]:
    """What was trained how, stage by stage; nothing without mazes."""
    if not facts.mazes:
        return []
    return [
        *(sentence for each in facts.mazes for sentence in _trained(each, cite, several=len(facts.mazes) > 1)),
        f"All trainers are those of TRL ({cite('vonwerra')}), with AdamW (β₂ 0.98, weight decay 0.01, gradients cut to "
        "a norm of 1) and a rate that rises first and then falls along a cosine to 0.",
    ]


def evaluation(facts: Facts, cite: Citations) -> list[str]:
    """How answers were judged, and stages held against each other; nothing without mazes."""
    if not facts.mazes:
        return []
    sampled = [each for each in facts.mazes if each.definition["samples"]]
    seeds = max(len(each.definition["seeds"]) for each in facts.mazes)
    held = any(control for each in facts.mazes for control in controls(_stages(each)).values())
    shifts = any(each.definition["shifts"] for each in facts.mazes)
    shifted = ", the last one of a stage shifted mazes too" if shifts else ""
    sentences = [
        f"Every checkpoint answered the test mazes greedily{shifted}. An answer solves a maze if all its "
        f"moves are legal, the last one ends on E, and the answer ends there by itself ({_cut(facts)}).",
    ]
    if sampled:
        how = listed(
            list(
                dict.fromkeys(
                    f"{count(each.definition['samples'], 'answer')} at temperature {each.definition['temperature']:g}"
                    for each in sampled
                )
            )
        )
        sentences.append(
            f"The last checkpoints also gave sampled answers to each maze ({how}); pass@k is the share of mazes that "
            f"at least one of them solves ({cite('chen')})."
        )
    sentences.append(
        f"Intervals of rates are Wilson's ({cite('wilson1927')}). Answers to one maze"
        + (" and those of one seed" if seeds > 1 else "")
        + " depend on each other, so the interval is that of the effective number of answers: as many independent ones "
        f"as make the mean as uncertain as it is over mazes{' and seeds' if seeds > 1 else ''} "
        f"({cite('korn', 'dean')})."
    )
    if held:
        over = (
            f"whose variance takes seeds and mazes for crossed random factors ({cite('clark')})"
            if seeds > 1
            else "over mazes, for there is one seed"
        )
        sentences.append(
            "Each method was held against its control, a stage of supervised fine-tuning that goes on from the same "
            "checkpoint: the mean difference of the solve rates on the same mazes"
            f"{' and seeds' if seeds > 1 else ''}, with a 95 % interval after {cite.by('agresti')} {over}. Findings "
            "are not corrected for the number of methods."
        )
    return sentences


# --------------------------------------------------------------------------------------- private


def _drawn(each: MazeSet, cite: Citations) -> Iterator[str]:
    definition = each.definition
    size = f"{definition['width']} × {definition['height']} cells"
    exist = f"the {each.layouts_that_exist:,} layouts of that size"
    how = (
        f"by loop-erased random walks ({cite('wilson1996')}), which give each of {exist} the same chance"
        if definition["generator"] == "wilson"
        else f"by randomised depth-first search, which reaches some of {exist}"
    )
    parts = [
        f"{count(definition[split], f'{said} maze')} ({count(each.layouts[split], 'layout')})"
        for split, said in (("train", "training"), ("validation", "validation"), ("test", "test"))
    ]
    yield (
        f"The set {plain(each.name)} has perfect mazes of {size}, whose ways have at least "
        f"{count(definition['min_length'], 'move')}, drawn {how}: {listed(parts)}."
    )
    if definition["shifts"]:
        shifts = [
            f"{shift['number']:,} of {shift['width']} × {shift['height']} cells"
            + ("" if shift["generator"] == "wilson" else " by randomised depth-first search")
            for shift in definition["shifts"]
        ]
        yield f"Mazes of other kinds were drawn to see what carries over: {listed(shifts)}."


def _trained(each: MazeSet, cite: Citations, *, several: bool) -> Iterator[str]:
    definition, seeds = each.definition, each.definition["seeds"]
    of = f" of the set {plain(each.name)}" if several else ""
    yield f"Training{of} began with {_network(definition['model'], cite)}."
    for name, pairs in definition["pairs"].items():
        share = 100 * (1 - pairs["corrupted"])
        wrong = f"{share:g} % of them sampled from {plain(pairs['from'])} at temperature {pairs['temperature']:g}"
        rest = ", the others the shortest way cut, extended, altered or reversed" if pairs["corrupted"] else ""
        yield (
            f"The preference pairs {plain(name)} set the shortest ways of {count(pairs['number'], 'training maze')} "
            f"beside wrong answers, {wrong}{rest}."
        )
    stages = [_stage(stage, cite) for stage in in_order(_stages(each))]
    yield f"The stages were {'; '.join(stages)}."
    yield (
        f"Every stage was trained with the {noun(seeds, 'seed')} {listed(seeds)}, which "
        f"{'decides' if len(seeds) == 1 else 'decide'} weights, order and samples."
    )


def _network(model: Mapping[str, Any], cite: Citations) -> str:
    if "id" in model:
        adapted = model.get("lora")
        added = (
            f", of which adapters of rank {adapted['r']} were trained in the place of all weights ({cite('hu')})"
            if adapted
            else ""
        )
        return f"the language model {code(model['id'])}{added}"
    return (
        f"a new decoder of {_ARCHITECTURES[model['architecture']]} architecture with {count(model['layers'], 'block')} "
        f"of {model['width']} components and {count(model['heads'], 'head')}, whose tokens are single characters and "
        f"whose weights were drawn with a standard deviation of {model['initializer_range']:g}"
    )


def _stage(stage: Stage, cite: Citations) -> str:
    called, sources = _METHODS[stage.method]
    begun = f", from {plain(stage.parent)}" if stage.parent else ""
    told = [f"{count(stage.steps, 'step')} of {count(stage.batch, _PARTS.get(stage.method, 'prompt'))}"]
    if stage.generations:
        told.append(f"{count(stage.generations, 'answer')} to each")
    if stage.reward:
        told.append(
            "rewarded where they solve the maze" if stage.reward == "exact" else f"rewarded by {plain(stage.reward)}"
        )
    told.append(f"rate {stage.learning_rate:g}")
    if stage.beta is not None:
        told.append(f"β {stage.beta:g}")
    if stage.sft_weight:
        told.append(f"with the loss of supervised fine-tuning beside its own (weight {stage.sft_weight:g})")
    cited = f" ({cite(*sources)})" if sources else ""
    return f"{plain(stage.name)}{begun}: {called}{cited}, {', '.join(told)}"


def _stages(each: MazeSet) -> list[Stage]:
    return [Stage.of(name, defined) for name, defined in each.definition["stages"].items()]


def _cut(facts: Facts) -> str:
    tokens = sorted({each.definition["answer_tokens"] for each in facts.mazes})
    return f"it was cut off after {names(tokens, 'or')} tokens"
