"""What a `mazes:` block may not say, as a user reads it, and what studies of one set must agree in."""

# ruff: noqa: E501 (a message stands in one line, as a user reads it)
import copy

import pytest
import yaml
from tiny import write_model

from nrag import studies
from nrag.studies import mazes

SMALL = {
    "width": 3,
    "height": 2,
    "min_length": 1,
    "train": 100,
    "pairs": {"wrong": {"from": "sft", "number": 50}},
    "stages": {
        "base": {"method": "pretraining"},
        "sft": {"method": "sft", "from": "base"},
        "dpo": {"method": "dpo", "from": "sft"},
        "judge": {"method": "reward", "from": "sft"},
        "rlhf": {"method": "rloo", "from": "sft", "reward": "judge"},
    },
}
STUDY = {
    "study": "s",
    "models": {"sft": {"id": "mazes:small/sft@0"}},
    "corpora": {"c": {"mazes": "small", "label": "first_move"}},
    "mazes": {"small": SMALL},
}


def with_set(**keys):
    return copy.deepcopy(STUDY | {"mazes": {"small": SMALL | keys}})


def with_stages(**stages):
    return with_set(stages=SMALL["stages"] | stages)


def answers_label(where, *, samples=4, labels=(True, False)):
    """A labelling by whether each checkpoint solves a maze itself."""
    label = {"first": "first_move"}
    label |= {"right": {"path": "mazes:small", "by": ["model", "id"], "column": "solved", "where": where}}
    compared = {"right": {"labelling": "right", "labels": list(labels)}}
    corpora, comparisons = {"c": {"mazes": "small", "label": label}}, {"c": compared}
    return with_set(samples=samples) | {"corpora": corpora, "comparisons": comparisons}


def lines_of(config):
    with pytest.raises(studies.StudyError) as caught:
        studies.load(config)
    return [line.removeprefix("config: ") for line in caught.value.lines]


@pytest.mark.parametrize(
    ("where", "samples"),
    [
        ({"decoding": "greedy"}, 4),
        ({"decoding": "greedy", "sample": 0, "ended": True}, 4),
        ({"decoding": "sampled", "sample": 3}, 4),
        ({"sample": 0}, 0),
    ],
)
def test_one_answer_of_each_model_to_each_maze_may_label_it(where, samples):
    studies.load(answers_label(where, samples=samples))


def test_the_set_these_tests_change_is_right():
    assert studies.load(STUDY).mazes["small"]["stages"]["dpo"]["pairs"] == "wrong"


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (with_set(train=40), "mazes.small.pairs.wrong.number: 50 pairs need as many training mazes, and train is 40: write a smaller number, or draw more mazes"),
        (with_set(test=40, probes={"mazes": 50}), "mazes.small.probes.mazes: 50 are more than there are test mazes, 40: write a smaller number, or draw more with test"),
        (with_set(probes={"mazes": 0}), "mazes.small.probes.mazes: 0 is too small, the least is 1"),
        (with_set(probes={"number": 9}), "mazes.small.probes.number: unknown key 'number'; there are mazes, n_splits"),
        (with_stages(untrained={"method": "sft", "from": "sft"}), "mazes.small.stages.untrained: is what the network before all training is called; rename the stage"),
        (with_set(min_length=4, answer_tokens=4), "mazes.small.answer_tokens: 4 leave no room for a way of 4 moves, min_length, and a token that ends it"),
        (with_set(shifts=[{"height": 3}, {"width": 4}, {"height": 3, "number": 9}]), "mazes.small.shifts[2]: are the mazes of another shift: write one of them, with a larger number"),
        (STUDY | {"corpora": {"c": {"mazes": "small", "label": {"right": {"path": "mazes:small", "by": ["model", "id"], "column": "solvd", "where": {"decoding": "greedy"}}}}}},
         "corpora.c.label.right.column: there is no column of answers 'solvd', did you mean 'solved'?"),
        (STUDY | {"corpora": {"c": {"mazes": "small", "label": {"right": {"path": "mazes:small", "by": ["id", "model"], "column": "solved", "where": {"decoding": "greedy"}}}}}},
         "corpora.c.label.right.by: 'id' names no model in answers: write model first"),
        (answers_label({"sample": 0}), "corpora.c.label.right.where: chooses several of the 5 answers to each maze, one greedy and 4 sampled; write where: {decoding: greedy}, or {decoding: sampled, sample: 0} for one of those of the last checkpoints"),
        (answers_label({"decoding": "gredy", "sample": 0}, samples=0), "corpora.c.label.right.where.decoding: no answer has 'gredy', did you mean 'greedy'?; there are greedy"),
        (answers_label({"decoding": "gredy", "sample": 0}), "corpora.c.label.right.where.decoding: no answer has 'gredy', did you mean 'greedy'?; there are greedy, sampled"),
        (answers_label({"decoding": "sampled", "sample": 4}), "corpora.c.label.right.where.sample: no answer has 4; there are 0, 1, 2, 3"),
        (answers_label({"decoding": "greedy", "sample": 1}), "corpora.c.label.right.where.sample: no answer has 1; there are 0"),
        (answers_label({"decoding": "greedy", "ended": "yes"}), "corpora.c.label.right.where.ended: no answer has 'yes'; there are false, true"),
        (answers_label({"decoding": "greedy"}, labels=["right", True]), "comparisons.c.right.labels: no answer has 'right'; there are false, true"),
        (STUDY | {"mazes": {"small": SMALL, "other": SMALL}, "corpora": {"c": {"mazes": "small", "label": {"right": {"path": "mazes:other", "by": ["model", "id"], "column": "solved", "where": {"decoding": "greedy"}}}}}},
         "corpora.c.label.right.path: no model is a checkpoint of the set 'other', so that none would have a label"),
        (with_set(shifts=[{"number": 9}]), "mazes.small.shifts[0]: are the mazes that are trained on: write another size or generator"),
        (with_set(model={"architecture": "llama", "width": 6, "heads": 2}), "mazes.small.model.width: 6 over 2 heads are 3 components each: llama turns them in pairs, and needs an even number"),
        (with_set(model={"width": 6, "heads": 4}), "mazes.small.model.width: 6 is no multiple of heads, 4"),
        (with_set(model={"lora": {"r": 4}}), "mazes.small.model.lora: adapts a model that has learned something: name one with id, or leave it out"),
        (with_set(model={"id": "org/far"}), "mazes.small.model.id: 'org/far' is a model of the hub: name it in models: too, so that it is fetched"),
        (with_stages(kto={"method": "kto", "from": "sft", "batch": 4, "gradient_accumulation": 4}), "mazes.small.stages.kto.batch: kto needs 2 or more examples at once, for it holds each against the answer of another"),
        (with_stages(base={"method": "pretraining", "longest_walk": 40}), "mazes.small.stages.base.longest_walk: 40 moves are more than an answer has room for, answer_tokens: 12"),
        (with_stages(dpo={"method": "dpo", "from": "sft", "reward": "judge"}), "mazes.small.stages.dpo.reward: belongs to rloo, grpo, and this stage is dpo; leave it out"),
        (with_stages(rlhf={"method": "rloo", "from": "sft", "reward": "dpo"}), "mazes.small.stages.rlhf.reward: 'dpo' is neither exact nor a stage of the method reward; there are judge"),
        (with_stages(dpo={"method": "dpo", "from": "judge"}), "mazes.small.stages.dpo.from: judge is a reward model, which answers nothing; name a stage of another method"),
        (STUDY | {"models": {"m": {"id": "mazes:small/rlfh@0", "controls": 2}}}, "models.m.id: there is no stage 'rlfh', did you mean 'rlhf'?"),
        (STUDY | {"models": {"m": {"id": "mazes:small/sft/7@0"}}}, "models.m.id: no checkpoint is kept at step 7; there are 1200"),
        (STUDY | {"models": {"m": {"id": "mazes:small/sft@3"}}}, "models.m.id: no stage is trained with the seed 3; there are 0"),
        (STUDY | {"corpora": {"c": {"mazes": "small", "label": "first"}}}, "corpora.c.label: mazes have no 'first'; there are id, split, generator, width, height, maze, prompt, answer, length, turns, first_move, dead_ends, layout, answered"),
        (STUDY | {"corpora": {"c": {"mazes": "small", "label": {"far": {"column": "lenght", "cut": [3]}}}}}, "corpora.c.label.far: mazes have no 'lenght', did you mean 'length'?"),
        (STUDY | {"corpora": {"c": {"mazes": "small", "split": "shift"}}}, "corpora.c.split: the set small has no shifts"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_one_line_before_any_job(config, line):
    assert lines_of(config) == [line]


def test_a_circle_is_told_also_where_it_goes_through_pairs_alone(tmp_path):
    write_model(tmp_path / "llama", "llama")
    model = {"id": str(tmp_path / "llama")}
    config = with_set(model=model, pairs={"own": {"from": "dpo", "number": 9}}, stages={"dpo": {"method": "dpo"}})
    config["models"] = {"dpo": {"id": "mazes:small/dpo@0"}}
    assert "mazes.small.stages.dpo: goes round in a circle of stages that need each other: dpo → dpo" in lines_of(
        config
    )


def test_what_stages_begin_with_is_looked_at(tmp_path):
    stages = {"sft": {"method": "sft"}}
    model = write_model(tmp_path / "bert", "bert")
    why = f"{model} is no causal language model, which would write answers token by token"
    assert lines_of(with_set(model={"id": str(model)}, stages=stages)) == [f"mazes.small.model.id: {why}"]
    (model / "model.safetensors").unlink()
    (found,) = lines_of(with_set(model={"id": str(model)}, stages=stages))
    assert found.startswith(f"mazes.small.model.id: {model} has no weights")


def test_walks_of_the_smallest_mazes_are_no_longer_than_their_answers():
    tiny = studies.load(with_set(width=2, height=1, stages={"sft": {"method": "pretraining"}}, pairs={})).mazes["small"]
    assert (tiny["answer_tokens"], tiny["stages"]["sft"]["longest_walk"]) == (8, 8)
    assert studies.load(STUDY).mazes["small"]["stages"]["base"]["longest_walk"] == 12


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"samples": 3}, ["mazes.small.samples"]),
        ({"temperature": 0.5}, ["mazes.small.temperature"]),
        ({"seeds": [0, 1]}, ["mazes.small.seeds"]),
        ({"stages": SMALL["stages"] | {"more": {"method": "sft", "from": "sft"}}}, ["mazes.small.stages"]),
        # No answers are asked of a reward model.
        ({"stages": SMALL["stages"] | {"more": {"method": "reward", "from": "sft"}}}, []),
        ({"probes": {"n_splits": 9}}, ["mazes.small.probes.n_splits"]),
        # Who reads nothing writes no probes.
        ({"probes": False}, []),
        ({"pairs": {"wrong": SMALL["pairs"]["wrong"] | {"corrupted": 0.5}}}, ["mazes.small.pairs.wrong.corrupted"]),
    ],
)
def test_studies_of_one_set_must_agree_in_all_that_its_files_say(keys, told, tmp_path):
    folder = tmp_path / "studies" / "theirs"
    folder.mkdir(parents=True)
    other = studies.load(with_set(**keys) | {"study": "theirs"})
    (folder / "config.resolved.yaml").write_text(yaml.safe_dump(studies.resolved(other), sort_keys=False))
    assert [line.partition(":")[0] for line in studies.conflicts(studies.load(STUDY), tmp_path)] == told


def test_stages_that_learn_from_other_pairs_are_others(tmp_path):
    both = {"wrong": SMALL["pairs"]["wrong"], "mixed": {"from": "sft", "number": 50, "corrupted": 0.5}}
    named = {
        pairs: with_set(
            pairs=both,
            stages=SMALL["stages"]
            | {"dpo": {"method": "dpo", "from": "sft", "pairs": pairs}, "judge": SMALL["stages"]["judge"] | {"pairs": "wrong"}},
        )
        for pairs in both
    }  # fmt: skip
    folder = tmp_path / "studies" / "theirs"
    folder.mkdir(parents=True)
    other = studies.load(named["mixed"] | {"study": "theirs"})
    (folder / "config.resolved.yaml").write_text(yaml.safe_dump(studies.resolved(other), sort_keys=False))
    (line,) = studies.conflicts(studies.load(named["wrong"]), tmp_path)
    assert line.startswith("mazes.small.stages.dpo.pairs: 'wrong' in study 's', 'mixed' in study 'theirs'")


def test_names_of_checkpoints_are_read_and_nothing_else():
    assert mazes.named("mazes:small/sft/300@12") == ("small", "sft", 300, 12)
    assert all(
        mazes.named(each) is None for each in ("mazes:small/sft", "mazes:small@0", "small/sft@0", "mazes:a/b/c@0")
    )


def test_as_many_test_mazes_are_read_as_there_are_and_at_most_two_thousand():
    read = {test: studies.load(with_set(test=test)).mazes["small"]["probes"] for test in (60, 5000)}
    assert read == {60: {"mazes": 60, "n_splits": 5}, 5000: {"mazes": 2000, "n_splits": 5}}
    assert studies.load(with_set(probes={"n_splits": 2})).mazes["small"]["probes"] == {"mazes": 2000, "n_splits": 2}
    assert studies.load(with_set(probes=True)).mazes["small"]["probes"]["n_splits"] == 5
    assert studies.load(with_set(probes=False)).mazes["small"]["probes"] is False
    assert studies.probes_identity(studies.load(with_set(probes=False)), "small") == {}


def test_what_is_read_of_mazes_decides_nothing_of_mazes_and_stages():
    with_keys, without = (studies.load(with_set(probes=probes)) for probes in ({"mazes": 7}, False))
    assert studies.mazes_identity(with_keys, "small") == studies.mazes_identity(without, "small")
    for run in studies.maze_runs(with_keys):
        assert studies.stage_identity(with_keys, run) == studies.stage_identity(without, run)
        assert studies.begun_with(with_keys, run) == studies.begun_with(without, run)
    assert studies.probes_identity(with_keys, "small") == {"mazes": 7, "n_splits": 5, "seed": 0}


def test_what_is_untrained_is_what_the_first_stage_begins_with():
    stages = {"late": {"method": "sft", "from": "base"}, **SMALL["stages"], "other": {"method": "pretraining"}}
    study = studies.load(with_set(stages=stages))
    assert studies.untrained_run(study, "small", 3) == ("small", "base", 3)
