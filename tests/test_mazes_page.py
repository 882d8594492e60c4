"""Mazes on the start page and in a study's methods."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from test_methods import facts, sections
from test_page import Parsed, index

from nrag import page
from nrag.methods import MazeSet, methods
from nrag.page.mazes import maze_view

STAGES = (("sft", None, None), ("more", "sft", None), ("dpo", "sft", "more"))
FILES = ("metrics", "layers", "quality", "reductions", "maze_methods", "maze_stages", "maze_lengths", "training")
PROBES = {"maze_probes.tsv": "tables/maze_probes.tsv"}


def maze_methods():
    """maze_methods.tsv as read back: a stage, its control, and one that is held against it; greedy and sampled."""
    rows = []
    for place, (stage, parent, control) in enumerate(STAGES):
        for split, decoding in itertools.product(("test", "shift"), ("greedy", "sampled")):
            row = {"set": "small", "stage": stage, "split": split, "generator": "wilson", "width": 4, "height": 3}
            row |= {"decoding": decoding, "method": "dpo" if control else "sft", "parent": parent, "control": control}
            row |= {"seeds": 3, "mazes": 500, "k": 8, "steps": str(300 - 100 * place)}
            row |= {"control_steps": "200" if control else None}
            row |= {"solve_rate": 0.7 - 0.1 * place, "solve_rate_low": 0.5, "solve_rate_high": 0.75}
            row |= {"pass_at_k": 0.9 if decoding == "sampled" else np.nan, "valid_move_rate": 0.81}
            ends = (-0.1, -0.15, 0.021) if control else (np.nan,) * 3
            row |= dict(zip(("difference", "low", "high"), ends, strict=True))
            rows.append(row | {"finding": "no difference seen" if control else "no control"})
    return pd.DataFrame(rows).astype("string")


def test_stages_have_a_row_each_beside_their_control_with_figures_and_failures():
    files = {"png": "figures/stages--small.png", "svg": "figures/stages--small.svg"}
    drawn = page.MazeFigure("stages--small", "stages", "small", files, caption="What the <stages> solve.")
    given = {"mazes": maze_methods(), "maze_figures": [drawn], "failures": {"small": "mazes/failures-small.md"}}
    text = index(tables={f"{name}.tsv": f"tables/{name}.tsv" for name in FILES}, **given)
    assert Parsed(text).open == Parsed(text).unclosed == []
    part = text[text.index('<section id="mazes"') : text.index('<section id="metrics"')]
    rows = re.findall(r"<tr><th.*?</tr>", part, re.DOTALL)[-3:]
    assert [re.search(r">(\w+)</th>", row)[1] for row in rows] == ["sft", "more", "dpo"]
    assert re.findall(r'<td class="n[^>]*>(.*?)</td>', rows[2]) == [
        "100",
        "50.0<small>50.0 to 75.0</small>",
        "50.0<small>50.0 to 75.0</small>",
        "90.0<small>k = 8</small>",
        "81.0",
        "−10.0<small>−15.0 to +2.1</small>",
    ]
    # What was trained for other steps says so.
    assert "<td>more (200 steps)</td><td>no difference seen</td>" in rows[2]
    assert '<td class="n none">–</td><td></td><td>no control</td>' in rows[0]
    paddings = [float(re.search(r"padding-left:([\d.]+)rem", row)[1]) for row in rows]
    assert paddings[0] < paddings[1] == paddings[2]
    assert "500 test mazes of 4 × 3 cells, 3 seeds" in part
    assert 'href="mazes/failures-small.md"' in part
    assert 'src="figures/stages--small.png"' in part
    assert "What the &lt;stages&gt; solve." in part
    assert all(f'href="tables/{name}.tsv"' in part for name in FILES[4:])
    assert '<a href="#mazes">' in text
    assert "<b>3</b>figures" in text
    assert 'id="mazes"' not in index()


def test_what_is_read_of_mazes_stands_beside_the_other_figures():
    files = {"png": "figures/probes--small.png"}
    drawn = page.MazeFigure("probes--small", "probes", "small", files, caption="What is told.")
    tables = {f"{name}.tsv": f"tables/{name}.tsv" for name in FILES}
    text = index(tables=tables | PROBES, mazes=maze_methods(), maze_figures=[drawn], failures={})
    part = text[text.index('<section id="mazes"') : text.index('<section id="metrics"')]
    assert "<b>What of the maze can be read from each layer</b>" in part
    assert 'src="figures/probes--small.png"' in part
    assert 'href="tables/maze_probes.tsv"' in part
    assert "maze_probes.tsv" not in index(tables=tables, mazes=maze_methods(), maze_figures=[], failures={})


def test_sets_without_samples_have_no_sampled_numbers():
    greedy = maze_methods().query("decoding == 'greedy'")
    (found,) = maze_view(greedy, [], {})
    assert [row["cells"][1:3] for row in found["rows"]] == [[None, None]] * 3
    assert found["failures"] is None


# ---------------------------------------------------------------------------------------- methods

STAGE = {"steps": 300, "batch": 32, "learning_rate": 3e-4}
SAMPLING = STAGE | {"from": "sft", "generations": 8, "temperature": 1.0}
SET = {
    "width": 4,
    "height": 3,
    "generator": "wilson",
    "min_length": 2,
    "train": 40_000,
    "validation": 200,
    "test": 2000,
    "shifts": [{"width": 5, "height": 5, "generator": "depth-first", "number": 500}],
    "samples": 8,
    "temperature": 0.7,
    "answer_tokens": 18,
    "seeds": [0, 1, 2],
    "model": {"architecture": "llama", "layers": 4, "width": 64, "heads": 4, "initializer_range": 0.06},
    "pairs": {"wrong": {"from": "sft", "number": 8000, "corrupted": 0.25, "temperature": 1.0}},
    "stages": {
        "base": STAGE | {"method": "pretraining"},
        "sft": STAGE | {"method": "sft", "from": "base"},
        "more": STAGE | {"method": "sft", "from": "sft"},
        "dpo": STAGE | {"method": "dpo", "from": "sft", "beta": 0.1, "sft_weight": 1},
        "orpo": STAGE | {"method": "orpo", "from": "base", "beta": 0.5},
        "kto": STAGE | {"method": "kto", "from": "sft", "beta": 0.1},
        "judge": STAGE | {"method": "reward", "from": "sft"},
        "rlhf": SAMPLING | {"method": "rloo", "reward": "judge", "beta": 0.5},
        "grpo": SAMPLING | {"method": "grpo", "reward": "exact", "beta": 0.0},
    },
}
LAYOUTS = {"train": 1809, "validation": 120, "test": 486, "shift": 500}


def told(**changed):
    return sections(methods(facts(mazes=[MazeSet("small", SET | changed, LAYOUTS, 2415)])))


def test_methods_tell_mazes_layouts_stages_and_what_they_are_held_against():
    found = told()
    assert list(found)[:3] == ["Mazes", "Training", "Evaluation"]
    assert (
        "The set small has perfect mazes of 4 × 3 cells, whose ways have at least 2 moves, drawn by loop-erased random "
        "walks (Wilson 1996), which give each of the 2,415 layouts of that size the same chance: 40,000 training mazes "
        "(1,809 layouts), 200 validation mazes (120 layouts) and 2,000 test mazes (486 layouts)."
    ) in found["Mazes"]
    assert "500 of 5 × 5 cells by randomised depth-first search." in found["Mazes"]
    assert "a new decoder of Llama's architecture with 4 blocks of 64 components and 4 heads" in found["Training"]
    assert "75 % of them sampled from sft at temperature 1, the others the shortest way cut" in found["Training"]
    assert (
        "dpo, from sft: direct preference optimisation (Rafailov et al. 2023), 300 steps of 32 pairs, rate 0.0003, "
        "β 0.1, with the loss of supervised fine-tuning beside its own (weight 1)"
    ) in found["Training"]
    assert "300 steps of 32 prompts, 8 answers to each, rewarded by judge" in found["Training"]
    assert "rewarded where they solve the maze" in found["Training"]
    assert "the seeds 0, 1 and 2" in found["Training"]
    assert "8 answers at temperature 0.7" in found["Evaluation"]
    assert "crossed random factors (Clark 1973)" in found["Evaluation"]
    for source in (
        "von Werra",
        "Ouyang",
        "Hong",
        "Ethayarajh",
        "Ahmadian",
        "Shao",
        "Chen",
        "Wilson, E. B.",
        "Wilson, D",
    ):
        assert source in found["References"]


@pytest.mark.parametrize(
    ("changed", "said", "unsaid"),
    [
        ({"samples": 0}, "Evaluation", "pass@k"),
        ({"seeds": [0]}, "for there is one seed", "Clark"),
        ({"stages": {name: SET["stages"][name] for name in ("base", "sft", "dpo")}}, "Evaluation", "its control"),
        ({"shifts": []}, "Evaluation", "Mazes of other kinds"),
        ({"shifts": []}, "answered the test mazes greedily. An answer", "shifted"),
        ({"generator": "depth-first"}, "which reaches some of the 2,415 layouts", "Wilson 1996"),
        ({"pairs": {}}, "Training", "preference pairs"),
        ({"model": {"id": "./models/m"}}, "the language model `./models/m`", "new decoder"),
        ({"model": {"id": "./models/m", "lora": {"r": 16, "alpha": 32}}}, "adapters of rank 16", "new decoder"),
    ],
)
def test_methods_leave_out_what_there_is_not(changed, said, unsaid):
    text = methods(facts(mazes=[MazeSet("small", SET | changed, LAYOUTS, 2415)]))
    assert said in text
    assert unsaid not in text
    assert not re.search(r"None|nan|\{|\}|  |\(\)|\( | \)| ,| \.|,,|\.\.", text)
    assert not set(told()) <= set(sections(methods(facts())))


def test_methods_tell_how_mazes_were_read_and_say_nothing_where_they_were_not():
    found = told(probes={"mazes": 1500, "n_splits": 5})["Probes of mazes"]
    assert "read 1,500 test mazes, each followed by its shortest way" in found
    assert "judged by those of the others, in 5 random partings" in found
    assert "(Hewitt and Liang 2019)" in found
    assert "Friedman 1989; Hastie et al. 1995" in found
    assert "Probes of mazes" not in told(probes=False)
