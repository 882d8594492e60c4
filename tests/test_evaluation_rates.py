"""Rates of checkpoints and differences to controls, from answers of which everything is known by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from maze_answers import BASE, DPO, MORE, RLHF, SFT, STAGES, answers_of, checkpoint, mazes_of
from measure_stages import measure_stages

from nrag import contracts, store
from nrag.evaluation.answers import described
from nrag.evaluation.differences import ALIKE, ALONE, BETTER, WORSE
from nrag.evaluation.intervals import difference_interval
from nrag.evaluation.lineages import Stage, controls, depths, in_order
from nrag.evaluation.tables import evaluated
from nrag.mazes.rates import wilson_interval

MAZES = mazes_of({"test0": "RR", "test1": "RRR", "test2": "L", "test3": "LL", "shift0": "RR"})
ASKED = [checkpoint("early", SFT, step=25, last=False), checkpoint("sft", SFT), checkpoint("more", MORE)]
GIVEN = {
    ("early", "greedy"): {"test0": "", "test1": "", "test2": "", "test3": ""},
    ("sft", "greedy"): {"test0": "RR", "test1": "RRD", "test2": "right, left", "test3": "r", "shift0": "R"},
    ("sft", "sampled"): {
        "test0": ["RR", "RR", "RRL"],
        "test1": ["R", "RRR", "U"],
        "test2": ["R", "R…", "D"],
        "test3": ["LL", "ll", "LL"],
        "shift0": ["RLRR", "RR", "R R"],
    },
    ("more", "greedy"): {"test0": "RR", "test1": "RRR", "test2": "L", "test3": "R", "shift0": "RR"},
}


OF = {stage.name: stage for stage in STAGES}
BOTH = [(stage, seed) for stage in ("dpo", "sft", "more") for seed in (1, 0)]
"""Stages and seeds, in an order that tables do not have."""


@pytest.fixture(scope="module")
def found():
    return evaluated(answers_of(MAZES, GIVEN), MAZES, checkpoints=ASKED, stages=STAGES)


def row(table, **at):
    found = table[(table[list(at)] == pd.Series(at)).all(axis=1)]
    assert len(found) == 1, at
    return found.iloc[0]


# ------------------------------------------------------------------------------------------ rates


def test_greedy_rates_are_those_counted_by_hand(found):
    greedy = row(found.stages, stage="sft", step=50, split="test", decoding="greedy")
    # RR solves test0; RRD runs out of the grid, "right, left" too, for L is the way, and "r" as well.
    assert (greedy["mazes"], greedy["answers"], greedy["k"]) == (4, 4, 1)
    assert greedy["solve_rate"] == greedy["optimal_rate"] == greedy["exact_rate"] == 0.25
    assert (greedy["low"], greedy["high"]) == pytest.approx(wilson_interval(1, 4))
    # Before the first blocked move: RR of RR, RR of RRD, nothing of RL and R, whose S stands at the right end.
    assert greedy["valid_move_rate"] == (2 + 2 + 0 + 0) / (2 + 3 + 2 + 1)
    assert greedy["mean_moves"] == 2
    assert greedy["first_move_right"] == 0.5
    assert greedy["ended_rate"] == 1
    assert math.isnan(greedy["pass_at_k"])


def test_sampled_rates_take_mazes_for_units(found):
    sampled = row(found.stages, stage="sft", split="test", decoding="sampled")
    assert (sampled["mazes"], sampled["answers"], sampled["k"]) == (4, 12, 3)
    assert sampled["solve_rate"] == pytest.approx((2 / 3 + 1 / 3 + 0 + 1) / 4)
    # Lower case solves a maze, and is not the shortest way to the letter.
    assert sampled["exact_rate"] == pytest.approx((2 / 3 + 1 / 3 + 0 + 2 / 3) / 4)
    assert sampled["pass_at_k"] == 3 / 4
    assert (sampled["pass_at_k_low"], sampled["pass_at_k_high"]) == pytest.approx(wilson_interval(3, 4))
    assert sampled["ended_rate"] == pytest.approx(11 / 12)
    low, high = wilson_interval(6, 12)
    assert sampled["low"] < low < high < sampled["high"]


def test_a_way_that_is_not_the_shortest_solves_and_is_not_optimal(found):
    shifted = row(found.stages, stage="sft", split="shift", decoding="sampled")
    assert shifted["generator"] == "depth-first"
    assert shifted["solve_rate"] == 1
    assert shifted["optimal_rate"] == pytest.approx(2 / 3)
    assert shifted["exact_rate"] == pytest.approx(1 / 3)


def test_nothing_is_divided_by_nothing(found):
    empty = row(found.stages, stage="sft", step=25, decoding="greedy")
    assert math.isnan(empty["valid_move_rate"])
    assert (empty["solve_rate"], empty["mean_moves"], empty["first_move_right"]) == (0, 0, 0)
    assert (empty["low"], empty["high"]) == pytest.approx(wilson_interval(0, 4))


def test_rows_say_what_the_stage_is_and_what_it_had_learned_from(found):
    early = row(found.stages, stage="sft", step=25, decoding="greedy")
    assert (early["method"], early["parent"], early["steps"], early["examples"]) == ("sft", "base", 50, 200)
    assert early["learning_rate"] == 1e-3
    assert pd.isna(early["beta"])
    assert pd.isna(early["reward"])


def test_rows_follow_the_lineage_and_tests_come_before_shifts(found):
    places = found.stages[["stage", "step", "split", "decoding"]].itertuples(index=False, name=None)
    assert list(places) == [
        ("sft", 25, "test", "greedy"),
        ("sft", 50, "test", "greedy"),
        ("sft", 50, "test", "sampled"),
        ("sft", 50, "shift", "greedy"),
        ("sft", 50, "shift", "sampled"),
        ("more", 20, "test", "greedy"),
        ("more", 20, "shift", "greedy"),
    ]


def test_the_order_of_answers_and_mazes_changes_nothing(found):
    answers, mazes = (each.sample(frac=1, random_state=0) for each in (answers_of(MAZES, GIVEN), MAZES))
    again = evaluated(answers, mazes, checkpoints=ASKED[::-1], stages=STAGES)
    for one, other in zip(found, again, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_lengths_divide_the_mazes_of_last_checkpoints(found):
    sft = found.lengths[(found.lengths["stage"] == "sft") & (found.lengths["decoding"] == "greedy")]
    tests = sft[sft["split"] == "test"]
    assert tests["length"].tolist() == [1, 2, 3]
    assert tests["mazes"].tolist() == [1, 2, 1]
    assert tests["solve_rate"].tolist() == [0, 0.5, 0]
    assert tests[["low", "high"]].to_numpy()[1] == pytest.approx(wilson_interval(1, 2))
    assert tests["seed"].tolist() == [0, 0, 0]


def test_lengths_follow_the_lineage_seeds_and_then_test_mazes_before_shifted_ones():
    given = {(f"{stage}@{seed}", "greedy"): {"test0": "RR", "test1": "R", "shift0": "R"} for stage, seed in BOTH}
    given["dpo@1", "greedy"] |= {"test0": "R"}
    asked = [checkpoint(f"{stage}@{seed}", OF[stage], seed=seed) for stage, seed in BOTH]
    mazes = MAZES[MAZES["id"].isin(["test0", "test1", "shift0"])]
    lengths = evaluated(answers_of(mazes, given), mazes, checkpoints=asked, stages=STAGES).lengths
    assert lengths["stage"].drop_duplicates().tolist() == ["sft", "more", "dpo"]
    dpo = lengths[lengths["stage"] == "dpo"].drop(columns="stage")
    shown = dpo[["seed", "split", "length", "solve_rate"]].astype({"seed": float}).fillna(-1)
    assert list(shown.itertuples(index=False, name=None)) == [
        (0, "test", 2, 1), (0, "test", 3, 0), (0, "shift", 2, 0),
        (1, "test", 2, 0), (1, "test", 3, 0), (1, "shift", 2, 0),
        (-1, "test", 2, 0.5), (-1, "test", 3, 0), (-1, "shift", 2, 0),
    ]  # fmt: skip


def test_the_right_way_that_was_cut_off_is_not_exact():
    given = {("sft", "greedy"): {"test0": "RR…"}}
    table = described(answers_of(MAZES, given), MAZES, [checkpoint("sft", SFT)], ["sft"])
    assert table[["solved", "exact", "first_move_right"]].to_numpy().tolist() == [[False, False, True]]


def test_answers_of_nobody_and_to_no_maze_are_refused():
    answers = answers_of(MAZES, GIVEN)
    with pytest.raises(ValueError, match="of model 'more'"):
        described(answers, MAZES, ASKED[:2], ["sft"])
    with pytest.raises(ValueError, match="of id 'test3'"):
        described(answers, MAZES[MAZES["id"] != "test3"], ASKED, ["sft", "more"])


# ----------------------------------------------------------------------------------- lineages


def test_the_control_of_a_stage_is_sft_from_the_same_checkpoint():
    assert controls(STAGES) == {"base": None, "sft": None, "more": None, "dpo": "more", "judge": None, "rlhf": "more"}


def test_of_several_controls_the_one_of_as_many_steps_is_taken():
    longer = Stage("longer", "sft", "sft", 12, 4, 1e-4)
    assert controls([*STAGES, longer])["rlhf"] == "longer"
    assert controls([*STAGES, longer])["dpo"] == "more"
    assert controls([longer, *STAGES])["dpo"] == "more"


def test_a_stage_from_another_checkpoint_has_another_control():
    orpo = Stage("orpo", "orpo", "base", 50, 8, 1e-3)
    assert controls([*STAGES, orpo])["orpo"] == "sft"
    # Both begin with the model of the config.
    given = [Stage("sft", "sft", None, 5, 8, 1e-3), Stage("dpo", "dpo", None, 5, 8, 1e-3)]
    assert controls(given) == {"sft": None, "dpo": "sft"}


def test_stages_stand_behind_the_one_they_come_from():
    assert [stage.name for stage in in_order(STAGES[::-1])] == ["base", "sft", "rlhf", "judge", "dpo", "more"]
    assert depths(STAGES) == {"base": 0, "sft": 1, "more": 2, "dpo": 2, "judge": 2, "rlhf": 2}


# -------------------------------------------------------------------------------- differences


def study(chances, *, seeds=(0,), mazes=120, samples=0, seed=0):
    """Tables of stages that solve each maze with a chance of their own, all seeds alike, drawn by `seed`."""
    draw = np.random.default_rng(seed)
    ways = {f"test{number:03}": "RR" for number in range(mazes)}
    drawn = mazes_of(ways)
    given, asked = {}, []
    for stage, chance in chances.items():
        for own in seeds:
            model = f"{stage.name}@{own}"
            asked.append(checkpoint(model, stage, seed=own))
            given[model, "greedy"] = {name: "RR" if draw.random() < chance else "R" for name in ways}
            if samples:
                texts = {name: ["RR" if draw.random() < chance else "R" for _ in range(samples)] for name in ways}
                given[model, "sampled"] = texts
    return evaluated(answers_of(drawn, given), drawn, checkpoints=asked, stages=list(chances)).methods


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
@pytest.mark.parametrize(("chance", "finding"), [(0.9, BETTER), (0.6, ALIKE), (0.2, WORSE)])
def test_a_planted_effect_is_found_and_none_is_not(chance, finding, seeds):
    methods = study({MORE: 0.6, DPO: chance}, seeds=seeds, samples=2)
    for decoding in ("greedy", "sampled"):
        dpo = row(methods, stage="dpo", decoding=decoding)
        assert dpo["finding"] == finding
        assert dpo["control"] == "more"
        assert dpo["low"] < dpo["difference"] < dpo["high"]
        assert dpo["difference"] == pytest.approx(dpo["solve_rate"] - dpo["control_solve_rate"])
        assert dpo["interval_over"] == ("mazes" if len(seeds) == 1 else "mazes and seeds")
        assert dpo["difference_lowest"] <= dpo["difference"] <= dpo["difference_highest"]
        assert (dpo["seeds"], dpo["mazes"], dpo["k"]) == (len(seeds), 120, 1 if decoding == "greedy" else 2)


def test_differences_are_those_of_the_same_mazes():
    ways = {f"test{number:02}": "RR" for number in range(40)}
    mazes = mazes_of(ways)
    names = list(ways)
    halves = {
        "more": {name: "RR" if place < 20 else "R" for place, name in enumerate(names)},
        "dpo": {name: "RR" if place >= 16 else "R" for place, name in enumerate(names)},
    }
    given = {(stage, "greedy"): texts for stage, texts in halves.items()}
    asked = [checkpoint("more", MORE), checkpoint("dpo", DPO)]
    dpo = row(evaluated(answers_of(mazes, given), mazes, checkpoints=asked, stages=STAGES).methods, stage="dpo")
    assert (dpo["stage_alone"], dpo["control_alone"]) == (20, 16)
    assert dpo["difference"] == pytest.approx(0.1)
    paired = np.array([[1.0] * 20 + [-1.0] * 16 + [0.0] * 4])
    assert (dpo["low"], dpo["high"]) == pytest.approx(difference_interval(paired))


def test_one_lucky_seed_is_not_a_finding():
    apart = study({MORE: 0.5, DPO: 0.5}, seeds=(0,), mazes=200, seed=1)
    assert row(apart, stage="dpo")["finding"] == ALIKE
    # Of three seeds two are alike and one is far better: over seeds nothing is known, over mazes it would be.
    ways = {f"test{number:03}": "RR" for number in range(200)}
    mazes = mazes_of(ways)
    solved = {("more", seed): 100 for seed in range(3)} | {("dpo", 0): 100, ("dpo", 1): 101, ("dpo", 2): 160}
    given = {
        (f"{stage}@{seed}", "greedy"): {name: "RR" if place < number else "R" for place, name in enumerate(ways)}
        for (stage, seed), number in solved.items()
    }
    asked = [checkpoint(f"{stage.name}@{seed}", stage, seed=seed) for stage in (MORE, DPO) for seed in range(3)]
    dpo = row(evaluated(answers_of(mazes, given), mazes, checkpoints=asked, stages=STAGES).methods, stage="dpo")
    assert dpo["difference"] == pytest.approx(61 / 600)
    assert (dpo["difference_lowest"], dpo["difference_highest"]) == (0, pytest.approx(0.3))
    assert dpo["finding"] == ALIKE
    assert difference_interval(np.array([[1.0] * 20 + [0.0] * 180])).low > 0


def test_without_a_control_nothing_is_compared_and_unequal_steps_stand_side_by_side():
    methods = study({SFT: 0.5, MORE: 0.5, RLHF: 0.5}, mazes=10)
    alone = row(methods, stage="more")
    assert alone["finding"] == ALONE
    empty = ["control", "control_steps", "control_examples", "control_solve_rate", "difference", "low", "high"]
    assert alone[[*empty, "interval_over", "stage_alone", "control_alone"]].isna().all()
    rlhf = row(methods, stage="rlhf")
    assert (rlhf["steps"], rlhf["control_steps"]) == (10, 20)
    assert (rlhf["examples"], rlhf["control_examples"]) == (20, 80)


def test_seeds_that_were_not_asked_the_same_are_refused():
    ways = {"test0": "RR", "test1": "RR"}
    mazes = mazes_of(ways)
    given = {("sft@0", "greedy"): {"test0": "R"}, ("sft@1", "greedy"): {"test1": "R"}}
    asked = [checkpoint(f"sft@{seed}", SFT, seed=seed) for seed in range(2)]
    with pytest.raises(ValueError, match="by each of 2 seeds"):
        evaluated(answers_of(mazes, given), mazes, checkpoints=asked, stages=[SFT])


@pytest.mark.parametrize(
    "of_control",
    [
        {("more@0", "greedy"): {"test0": "RR", "test1": "R"}, ("more@1", "greedy"): {"test0": "RR", "test1": "R"}},
        {("more@1", "greedy"): {"test0": "RR", "test1": "R"}},
        {("more@0", "greedy"): {"test0": "RR", "test2": "R"}},
        {("more@0", "greedy"): {"test0": "RR"}},
    ],
)
def test_a_control_of_other_seeds_or_mazes_is_refused(of_control):
    given = {("dpo@0", "greedy"): {"test0": "RR", "test1": "R"}} | of_control
    asked = [checkpoint(f"{stage}@{seed}", OF[stage], seed=seed) for stage, seed in BOTH]
    with pytest.raises(
        ValueError, match=r"dpo and its control more differ in their seeds or mazes, \['test', 'wilson'"
    ):
        evaluated(answers_of(MAZES, given), MAZES, checkpoints=asked, stages=STAGES)


# -------------------------------------------------------------------------------------- files


def test_the_written_tables_keep_their_contracts_and_the_same_answers_give_the_same_bytes(tmp_path):
    made = {"provenance": {"software": {}, "parameters": {}, "inputs": {}}}
    store.write_table(tmp_path / "answers.parquet", answers_of(MAZES, GIVEN), contracts.ANSWERS, **made)
    store.write_table(tmp_path / "mazes.parquet", MAZES.sort_values("id"), contracts.MAZES, **made)
    defined = {
        stage.name: {key: value for key, value in vars(stage).items() if key not in ("name", "parent")}
        | ({"from": stage.parent} if stage.parent else {})
        for stage in (BASE, SFT, MORE)
    }
    sets = {"small": {"stages": defined, "checkpoints": ASKED}}
    files = ["stages.tsv", "methods.tsv", "lengths.tsv"]
    for folder in ("one", "two"):
        tables = [str(tmp_path / folder / file) for file in files]
        measure_stages([tmp_path / "answers.parquet"], [tmp_path / "mazes.parquet"], tables, sets=sets)
    kinds = (contracts.MAZE_STAGES, contracts.MAZE_METHODS, contracts.MAZE_LENGTHS)
    for file, contract in zip(files, kinds, strict=True):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
        read = store.read_tsv(tmp_path / "one" / file, contract)
        assert set(read["set"]) == {"small"}
