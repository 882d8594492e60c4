"""Preference pairs: a shortest way beside an answer that does not solve the maze."""

from collections.abc import Iterator, Sequence
from random import Random

import pandas as pd
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from nrag import contracts
from nrag.mazes.drawing import read_prompt
from nrag.mazes.judging import judge
from nrag.mazes.wrong_answers import wrong_answers
from nrag.training.answering import answers
from nrag.training.errors import TrainingError

_AT_ONCE = 1024
"""Mazes that are asked before it is looked how many wrong answers there are."""

SAMPLED = "sampled"


def preference_pairs(
    mazes: pd.DataFrame,
    number: int,
    *,
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    corrupted: float,
    temperature: float,
    tokens: int,
    seed: int,
) -> pd.DataFrame:
    """`number` pairs of different mazes, rows as of contracts.PAIRS.

    `mazes` are rows as of contracts.MAZES. A share of `corrupted` wrong answers are shortest ways spoiled
    (`mazes.wrong_answers`), with room for their end in `tokens`; the others are what the network answered wrongly,
    sampled at `temperature`, one to a maze.
    Raises TrainingError where there are too few mazes, or the network answers too few wrongly, and says how many.
    """
    random = Random(f"{seed}-pairs")  # noqa: S311 - no secrets
    order = random.sample(range(len(mazes)), len(mazes))
    if number > len(mazes):
        raise TrainingError(f"{number:,} pairs were asked for, but there are {len(mazes):,} training mazes")
    spoiled, rest = order[: round(number * corrupted)], order[round(number * corrupted) :]
    rows = [(place, *_spoiled(mazes["prompt"].iloc[place], random, tokens)) for place in spoiled]
    wanted = number - len(rows)
    found = _wrong(mazes, rest, network, tokenizer, temperature=temperature, tokens=tokens, seed=seed)
    rows += [(place, answer, SAMPLED) for place, answer in _first(found, wanted)]
    if len(rows) < number:
        raise TrainingError(
            f"{number:,} pairs were asked for, but of {len(rest):,} sampled answers only {len(rows) - len(spoiled):,} "
            "were wrong: ask for fewer pairs, draw more training mazes, or raise the share of corrupted ones"
        )
    places = [place for place, *_ in rows]
    table = mazes.iloc[places][["id", "prompt", "answer", "layout"]].rename(columns={"answer": "chosen"})
    table = table.assign(rejected=[rejected for _, rejected, _ in rows], source=[source for *_, source in rows])
    return table[[column.name for column in contracts.PAIRS.columns]].sort_values("id", ignore_index=True)


def _spoiled(prompt: str, random: Random, tokens: int) -> tuple[str, str]:
    # With the end of the answer, which trainers would cut off without a word.
    (wrong,) = wrong_answers(read_prompt(prompt), 1, random, longest=tokens - 1)
    return wrong.answer, wrong.kind


def _wrong(
    mazes: pd.DataFrame,
    places: Sequence[int],
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    temperature: float,
    tokens: int,
    seed: int,
) -> Iterator[tuple[int, str]]:
    """Mazes that the network answers wrongly, and how. Answers that were cut off are no answers to prefer against."""
    for start in range(0, len(places), _AT_ONCE):
        part = places[start : start + _AT_ONCE]
        prompts = mazes["prompt"].iloc[part].tolist()
        written = answers(network, tokenizer, prompts, tokens=tokens, temperature=temperature, seed=seed + start)
        for place, prompt, (answer,) in zip(part, prompts, written, strict=True):
            if answer.ended and answer.text and not judge(read_prompt(prompt), answer.text).solved:
                yield place, answer.text


def _first(found: Iterator[tuple[int, str]], number: int) -> Iterator[tuple[int, str]]:
    # Not one more than needed: each costs answers.
    for _, each in zip(range(number), found, strict=False):
        yield each
