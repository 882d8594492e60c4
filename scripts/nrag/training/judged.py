"""Answers of a model to mazes, with what the judge says of each."""

import pandas as pd
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from nrag import contracts
from nrag.mazes.drawing import read_prompt
from nrag.mazes.judging import judge
from nrag.training.answering import answers


def answered(
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    mazes: pd.DataFrame,
    *,
    tokens: int,
    samples: int = 1,
    temperature: float | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Rows as of contracts.ANSWERS without the model: greedy answers, or `samples` of each maze at a temperature.

    `mazes` are rows as of contracts.MAZES.
    """
    written = answers(
        network,
        tokenizer,
        mazes["prompt"].tolist(),
        tokens=tokens,
        samples=samples,
        temperature=temperature,
        seed=seed,
    )
    decoding = contracts.GREEDY if temperature is None else contracts.SAMPLED
    rows = []
    for name, prompt, given in zip(mazes["id"], mazes["prompt"], written, strict=True):
        maze = read_prompt(prompt)
        for number, answer in enumerate(given):
            found = judge(maze, answer.text, ended=answer.ended)
            rows.append((
                name, decoding, number, prompt, answer.text, answer.ended, found.moves, found.valid_moves,
                found.solved, found.optimal, str(found.first_error) if found.first_error else None,
            ))  # fmt: skip
    return pd.DataFrame(rows, columns=[each.name for each in contracts.ANSWERS.columns if each.name != "model"])


def solved_greedily(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, mazes: pd.DataFrame, *, tokens: int
) -> tuple[int, int]:
    """How many of the mazes a network solves by its likeliest tokens, and of how many."""
    found = answered(network, tokenizer, mazes, tokens=tokens)
    return int(found["solved"].sum()), len(found)
