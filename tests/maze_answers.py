"""Hand-made mazes and answers for the tests of what trainings come to: corridors of five cells, ways right and left."""

import pandas as pd
from maze_checker import judged

from nrag import contracts
from nrag.evaluation.lineages import Stage

BASE = Stage("base", "pretraining", None, 100, 8, 2e-3)
SFT = Stage("sft", "sft", "base", 50, 8, 1e-3)
MORE = Stage("more", "sft", "sft", 20, 4, 1e-4)
DPO = Stage("dpo", "dpo", "sft", 20, 4, 1e-4, beta=0.1, sft_weight=1.0)
JUDGE = Stage("judge", "reward", "sft", 20, 4, 1e-4)
RLHF = Stage("rlhf", "rloo", "sft", 10, 2, 1e-5, generations=8, beta=0.5, reward="judge")
STAGES = (BASE, SFT, MORE, DPO, JUDGE, RLHF)


def corridor(way):
    """A row of five cells without walls between, S at one end, from which a way of only R or only L leads to E."""
    cells = ["."] * 9
    start = 0 if way[0] == "R" else 8
    cells[start] = "S"
    cells[abs(start - 2 * len(way))] = "E"
    return "".join(cells)


def mazes_of(ways):
    """Rows of contracts.MAZES of shortest ways by id; ids that begin with shift are of depth-first search."""
    rows = []
    for name, way in ways.items():
        split = "shift" if name.startswith("shift") else "test"
        generator = "depth-first" if split == "shift" else "wilson"
        drawing = corridor(way)
        known = (len(way), 0, way[0], 0, "0" * 16)
        rows.append((name, split, generator, 5, 1, drawing, f"{drawing}\n>", way, *known))
    return pd.DataFrame(rows, columns=[column.name for column in contracts.MAZES.columns])


def answers_of(mazes, given):
    """Rows of contracts.ANSWERS of texts by (model, decoding) and id: one text, or a list of sampled ones.

    A text that ends in … was cut off there. An independent checker says what is right.
    """
    prompts = dict(zip(mazes["id"], mazes["prompt"], strict=True))
    rows = []
    for (model, decoding), texts in given.items():
        for name, several in texts.items():
            for sample, text in enumerate([several] if isinstance(several, str) else several):
                answer, ended = text.removesuffix("…"), not text.endswith("…")
                *told, error = judged(prompts[name], answer, ended=ended)
                first = None if error is None else f"{error[0]} {error[1]}"
                rows.append((model, name, decoding, sample, prompts[name], answer, ended, *told, first))
    table = pd.DataFrame(rows, columns=[column.name for column in contracts.ANSWERS.columns])
    return table.sort_values(list(contracts.ANSWERS.key), ignore_index=True)


def checkpoint(model, stage, *, seed=0, step=None, last=True):
    """What is known of a model that answered."""
    return {"model": model, "stage": stage.name, "seed": seed, "step": step or stage.steps, "last": last}
