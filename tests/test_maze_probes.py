"""Probes of mazes: what is asked, by which mazes, how well it is told, and what came of it."""

import copy
import itertools
from random import Random

import numpy as np
import pandas as pd
import pytest
from maze_checker import STEPS, seen
from scipy import stats
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from nrag import contracts, store
from nrag.maze_probes.discriminants import RIDGES, Learned, is_constant
from nrag.maze_probes.parts import Parts, held_back, partings
from nrag.maze_probes.probes import probed
from nrag.maze_probes.summary import summary
from nrag.maze_probes.targets import ALL, TARGETS, Target, Tokens, borders, targets_of
from nrag.mazes.data_sets import Kind, draw_split
from nrag.mazes.drawing import read_prompt
from nrag.mazes.splits import Shares

ROWS = draw_split(Kind(4, 3, min_length=2), 300, split="test", shares=Shares(), seed=3)
PROMPTS, WAYS, LAYOUTS = ([getattr(row, name) for row in ROWS] for name in ("prompt", "answer", "layout"))


def every_token(ways):
    """The tokens of ways whose every letter is one."""
    return Tokens(
        np.repeat(np.arange(len(ways)), [len(way) + 1 for way in ways]),
        np.concatenate([np.arange(len(way) + 1) for way in ways]),
    )


TOKENS = every_token(WAYS)
ASKED = targets_of([read_prompt(prompt) for prompt in PROMPTS], WAYS, TOKENS)
OF = {target.name: target for target in ASKED}


# ---------------------------------------------------------------------------------- what is asked


def test_every_target_is_what_the_drawing_shows():
    walls, position, legal, following = (OF[name] for name in TARGETS)
    known = {name: dict(zip(target.rows, target.labels, strict=True)) for name, target in OF.items()}
    row = 0
    for prompt, way in zip(PROMPTS, WAYS, strict=True):
        drawn = seen(prompt)
        cells = [(line, column) for line in range(0, 5, 2) for column in range(0, 7, 2)]
        between = [((one[0] + other[0]) / 2, (one[1] + other[1]) / 2) for one, other in _beside(cells)]
        assert known["walls"][row].tolist() == [place not in drawn.free for place in between]
        here = drawn.start
        for place in range(len(way) + 1):
            assert position.labels[row].tolist() == [cells.index(here)]
            ways = [(here[0] + down, here[1] + right) in drawn.free for down, right in STEPS.values()]
            assert dict(zip(legal.tasks, legal.labels[row], strict=True)) == dict(zip(STEPS, ways, strict=True))
            if place < len(way):
                assert "UDLR"[known["next_move"][row][0]] == way[place]
                here = tuple(at + 2 * step for at, step in zip(here, STEPS[way[place]], strict=True))
            else:
                assert here == drawn.end
                assert row not in known["next_move"]
            row += 1
    assert row == len(TOKENS.maze) == len(position.rows) == len(legal.rows)
    assert len(walls.rows) == len(PROMPTS)
    assert len(following.rows) == row - len(PROMPTS)
    assert walls.tasks == tuple(f"{cells.index(one)}-{cells.index(other)}" for one, other in _beside(cells))


def _beside(cells):
    return [
        (one, other)
        for one, other in itertools.combinations(cells, 2)
        if abs(one[0] - other[0]) + abs(one[1] - other[1]) == 2
    ]


def test_controls_are_functions_of_what_mazes_of_both_parts_share():
    ends = [(seen(prompt).start, seen(prompt).end) for prompt in PROMPTS]
    made = [WAYS[maze][:moves] for maze, moves in zip(TOKENS.maze, TOKENS.moves, strict=True)]
    going = [made[row] for row in OF["next_move"].rows]
    for name, of in (("walls", ends), ("position", made), ("legal_moves", made), ("next_move", going)):
        assert len(set(zip(OF[name].keys, of, strict=True))) == len(set(of)) == len(set(OF[name].keys))


def test_a_grid_of_one_row_has_borders_and_sizes_are_not_mixed():
    assert borders(3, 1) == [(0, 1), (1, 2)]
    mazes = [read_prompt("S.E\n>"), read_prompt("S.#.E\n>".replace("#", "."))]
    with pytest.raises(ValueError, match="mazes of one size"):
        targets_of(mazes, ["R", "RR"], every_token(["R", "RR"]))


def test_tokens_that_hold_several_moves_are_asked_where_they_end():
    maze = read_prompt("S...E\n>")
    (walls, position, legal, following) = targets_of([maze], ["RR"], Tokens(np.array([0, 0]), np.array([0, 2])))
    assert walls.labels.tolist() == [[0, 0]]
    assert position.labels.tolist() == [[0], [2]]
    assert legal.labels.tolist() == [[0, 0, 0, 1], [0, 0, 1, 0]]
    assert (following.rows.tolist(), following.labels.tolist()) == ([0], [[3]])


# ---------------------------------------------------------------------------------------- parts


def test_no_layout_is_in_both_parts_and_another_seed_parts_otherwise():
    layouts = np.array(LAYOUTS)
    found = partings(LAYOUTS, n_splits=5, seed=0)
    for parts in found:
        assert (parts.train ^ parts.test).all()
        assert not set(layouts[parts.train]) & set(layouts[parts.test])
        assert len(set(layouts[parts.test])) == round(0.3 * len(set(LAYOUTS)))
    assert len({parts.test.tobytes() for parts in found}) == 5
    again, other = (partings(LAYOUTS, n_splits=5, seed=seed) for seed in (0, 1))
    assert all((one.test == two.test).all() for one, two in zip(found, again, strict=True))
    assert not any((one.test == two.test).all() for one, two in zip(found, other, strict=True))
    turned = partings(LAYOUTS[::-1], n_splits=1, seed=0)
    assert (turned[0].test[::-1] == found[0].test).all()


def test_choices_are_judged_by_training_layouts_alone():
    layouts = np.unique(LAYOUTS, return_inverse=True)[1]
    (parts,) = partings(LAYOUTS, n_splits=1, seed=0)
    kept = held_back(layouts, parts.train, seed=[0, 0])
    assert kept.any()
    assert not (kept & parts.test).any()
    assert not set(layouts[kept]) & set(layouts[parts.train & ~kept])


def test_one_layout_is_learned_from_and_two_are_one_each(caplog):
    assert not partings(["a"] * 4, n_splits=2, seed=0)[0].test.any()
    assert {parts.test.sum() for parts in partings(["a", "b", "b"], n_splits=9, seed=0)} == {1, 2}
    assert "2 of 9 splits are different" in caplog.text


# -------------------------------------------------------------------------------------- the probe


def test_discriminants_are_those_of_an_independent_library():
    draw = np.random.default_rng(0)
    labels = draw.integers(4, size=400)
    states = draw.normal(size=(4, 6))[labels] + draw.normal(size=(400, 6)) @ draw.normal(size=(6, 6))
    other = draw.integers(2, size=400)
    first, second = Learned(states[:300], [labels[:300], other[:300]]).told(states[300:], 1e-9)
    for told, true in ((first, labels), (second, other)):
        expected = LinearDiscriminantAnalysis().fit(states[:300], true[:300]).predict(states[300:])
        assert (told == expected).all()


def test_a_class_in_the_middle_of_a_line_is_not_masked():
    labels = np.arange(300) % 3
    states = labels[:, None] + np.random.default_rng(0).normal(scale=0.1, size=(300, 1))
    (told,) = Learned(states, [labels]).told(states, 1e-6)
    assert (told == labels).all()


@pytest.mark.parametrize("ridge", [1.0, 1e-6])
def test_constant_states_tell_the_most_frequent_class_and_dead_features_nothing(ridge):
    labels = np.array([2, 2, 5])
    alike = np.full((3, 4), 7.0, dtype=np.float32)
    alike[0, 0] = np.nextafter(np.float32(7), np.float32(8))
    assert is_constant(alike)
    assert Learned(alike, [labels]).told(alike, ridge)[0].tolist() == [2, 2, 2]
    one = np.array([[0.0, 1.0], [0.1, 1.0], [9.0, 1.0]])
    assert not is_constant(one)
    assert Learned(one, [labels]).told(one, ridge)[0].tolist() == [2, 2, 5]
    dead = one + np.array([[0, 0], [0, 0], [0, 1e-12]])
    assert Learned(dead, [labels]).told(one * [1, 2], ridge)[0].tolist() == [2, 2, 5]


# ----------------------------------------------------------------------------------------- probes


def planted(*names, width=40, noise=0.3, seed=0):
    """(1, tokens, width) states in which the classes of some targets stand, turned, among noise."""
    draw = np.random.default_rng(seed)
    states = noise * draw.normal(size=(len(TOKENS.maze), width))
    for name in names:
        target = OF[name]
        for column in target.labels.T:
            states[target.rows] += np.eye(column.max() + 1)[column] @ draw.normal(size=(column.max() + 1, width))
    return states.astype(np.float32)[None]


def found_in(states, *, seed=0, n_splits=2, targets=ASKED):
    parts = partings(LAYOUTS, n_splits=n_splits, seed=seed)
    return probed(states, TOKENS, targets, parts, layouts=LAYOUTS, seed=seed)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_planted_is_told_and_the_control_is_not(name):
    table = found_in(planted(name))
    own = table[table["target"] == name]
    assert own["accuracy"].min() > 0.97
    assert own["balanced_accuracy"].min() > 0.95
    # Keys that are not in the states cannot be learned by heart, but the most frequent of them are much of a control.
    assert (own["control"] < own["accuracy"] - 0.1).all()


def test_noise_tells_no_more_than_the_most_frequent_class():
    table = found_in(planted(), n_splits=4)
    means = table.groupby("target")[["accuracy", "balanced_accuracy", "chance"]].mean()
    assert (means["accuracy"] < means["chance"] + 0.05).all()
    assert means.loc["position", "balanced_accuracy"] == pytest.approx(1 / 12, abs=0.04)
    assert means.loc["walls", "balanced_accuracy"] == pytest.approx(1 / 2, abs=0.04)


def test_what_the_control_is_a_function_of_can_be_learned_by_heart_from_states_that_hold_it():
    target = OF["position"]
    by_heart = np.eye(target.keys.max() + 1, dtype=np.float32)[target.keys][None]
    common = np.bincount(target.keys)[target.keys] > 20
    rows = Target("position", target.rows[common], target.tasks, target.labels[common], target.keys[common])
    found = found_in(by_heart, targets=[rows])
    assert (found["control"] == 1).all()
    assert found["accuracy"].max() < 0.6


def test_numbers_are_those_of_a_plain_count():
    (parts,) = partings(LAYOUTS, n_splits=1, seed=0)
    table = found_in(planted("position", noise=3.0), n_splits=1)
    own = table[table["target"] == "position"].iloc[0]
    labels, test = OF["position"].labels[:, 0], parts.test[TOKENS.maze]
    frequent = np.bincount(labels[~test]).argmax()
    assert own["chance"] == np.mean(labels[test] == frequent)
    assert (own["train_tokens"], own["test_tokens"]) == ((~test).sum(), test.sum())
    assert (own["train_mazes"], own["test_mazes"]) == (parts.train.sum(), parts.test.sum())
    assert own["train_layouts"] + own["test_layouts"] == len(set(LAYOUTS))
    rows = table.groupby(["target", "task"]).size()
    assert (rows == 1).all()
    assert len(rows) == 17 + 1 + 4 + 1


def test_the_ridge_is_the_one_that_tells_most_of_the_training_layouts_that_are_held_back():
    """Among many noisy features the least ridge learns by heart: by rows that were learned from it would be chosen."""
    target, names = OF["walls"], np.unique(LAYOUTS, return_inverse=True)[1]
    (parts,) = partings(LAYOUTS, n_splits=1, seed=0)
    kept = held_back(names, parts.train, seed=[0, 0])
    states = planted("walls", width=120, noise=6.0)

    def right(learned, judged):
        own = Learned(states[0][target.rows[learned]], target.labels[learned].T)
        told = [np.array(own.told(states[0][target.rows[judged]], ridge)).T for ridge in RIDGES]
        return [np.mean(each == target.labels[judged]) for each in told]

    best = np.argmax(right(parts.train & ~kept, kept))
    assert best not in (1, np.argmax(right(parts.train, kept)))
    found = found_in(states, n_splits=1, targets=[target])["accuracy"].mean()
    assert found == pytest.approx(right(parts.train, parts.test)[best])


def test_a_class_that_the_test_part_lacks_has_no_recall():
    target = OF["walls"]
    (parts,) = partings(LAYOUTS, n_splits=1, seed=0)
    labels = target.labels[:, :1].copy()
    labels[np.flatnonzero(parts.train)[0]] = 2
    rare = Target("walls", target.rows, ("0-1",), labels, target.keys)
    assert found_in(planted("walls"), n_splits=1, targets=[rare])["balanced_accuracy"].min() > 0.95


def test_every_parting_has_a_control_of_its_own():
    (parts,) = partings(LAYOUTS, n_splits=1, seed=0)
    alike = np.ones((1, len(TOKENS.maze), 3), dtype=np.float32)
    table = probed(alike, TOKENS, ASKED, [parts, parts], layouts=LAYOUTS, seed=0)
    (one, accuracy), (other, again) = (
        (own["control"].tolist(), own["accuracy"].tolist()) for _, own in table.groupby("split")
    )
    assert accuracy == again
    assert one != other


def test_layers_of_one_vector_are_marked_and_have_the_accuracy_of_chance():
    states = np.concatenate([np.ones((1, len(TOKENS.maze), 3), dtype=np.float32), planted("walls", width=3)])
    table = found_in(states)
    layers = dict(list(table.groupby("layer")))
    assert layers[0]["constant"].all()
    assert (layers[0]["accuracy"] == layers[0]["chance"]).all()
    assert not layers[1]["constant"].any()


def test_what_has_one_class_or_no_judge_is_undefined():
    alike = Target("walls", OF["walls"].rows, ("0-1",), np.ones((len(ROWS), 1), dtype=np.int64), OF["walls"].keys)
    table = found_in(planted(), targets=[alike])
    values = ["accuracy", "balanced_accuracy", "chance", "control"]
    assert table[values].isna().all(axis=None)
    nobody = Parts(np.ones(len(ROWS), dtype=bool), np.zeros(len(ROWS), dtype=bool))
    table = probed(planted(), TOKENS, ASKED, [nobody], layouts=LAYOUTS, seed=0)
    assert table[values].isna().all(axis=None)
    assert set(table["test_tokens"]) == {0}


def test_the_same_seed_gives_the_same_bytes_and_another_one_other_numbers(tmp_path):
    written = []
    for place, seed in enumerate((0, 0, 1)):
        path = tmp_path / f"{place}.parquet"
        store.write_table(path, found_in(planted(), seed=seed).assign(model="m"), contracts.STAGE_PROBES, provenance={})
        written.append(path.read_bytes())
    assert written[0] == written[1] != written[2]


# ---------------------------------------------------------------------------------------- summary


def probes_of(model, values, *, target="position", task=ALL, layer=0, control=0.25):
    # Layouts alone part as 7 to 3, by which errors are corrected.
    counted = {"train_tokens": 90, "test_tokens": 10, "train_mazes": 8, "test_mazes": 2}
    return pd.DataFrame(
        {"model": model, "target": target, "task": task, "layer": layer, "split": split, "accuracy": value}
        | {"balanced_accuracy": value, "chance": 0.1, "control": control, "constant": False}
        | counted
        | {"train_layouts": 7, "test_layouts": 3}
        for split, value in enumerate(values)
    )


CHECKPOINTS = [
    {"model": "z", "stage": "untrained", "seed": 0, "step": 0, "last": True},
    {"model": "a", "stage": "sft", "seed": 0, "step": 10, "last": True},
]


def test_values_are_means_over_partings_with_an_interval_that_knows_what_these_share():
    found = summary(probes_of("a", [0.5, 0.6, 0.7]), CHECKPOINTS).iloc[0]
    half = stats.t.ppf(0.975, 2) * 0.1 * (1 / 3 + 3 / 7) ** 0.5
    assert [found["accuracy_low"], found["accuracy"], found["accuracy_high"]] == pytest.approx(
        [0.6 - half, 0.6, 0.6 + half]
    )
    assert found["selectivity"] == pytest.approx(0.35)
    assert found["selectivity_high"] - found["selectivity"] == pytest.approx(half)
    assert (found["stage"], found["step"], found["splits"], found["test_layouts"]) == ("sft", 10, 3, 3)


def test_intervals_end_where_shares_do():
    found = summary(probes_of("a", [0.0, 1.0], control=0.5), CHECKPOINTS).iloc[0]
    assert found[["accuracy_low", "accuracy_high", "selectivity_low", "selectivity_high"]].tolist() == [0, 1, -1, 1]


def test_a_target_of_several_tasks_has_their_mean_before_them_in_the_order_of_cells_and_moves():
    walls = [probes_of("a", [value] * 2, target="walls", task=task) for task, value in (("10-11", 1.0), ("2-3", 0.4))]
    walls.append(probes_of("a", [np.nan, 0.1], target="walls", task="0-1", control=np.nan))
    moves = [probes_of("a", [0.5] * 2, target="legal_moves", task=task) for task in "DLRU"]
    first = [probes_of("z", [0.5], target="position"), probes_of("z", [0.5], target="position", layer=1)]
    found = summary(pd.concat([*moves, *walls, *first], ignore_index=True), CHECKPOINTS)
    assert found["stage"].tolist() == ["untrained"] * 2 + ["sft"] * 9
    assert found["task"].tolist() == [ALL, ALL, ALL, "0-1", "2-3", "10-11", ALL, *"UDLR"]
    # Of the first parting two walls are defined, of the second three.
    assert found["accuracy"].iloc[2] == pytest.approx((0.7 + 0.5) / 2)
    assert found.iloc[3][["accuracy", "splits"]].tolist() == [0.1, 1]
    assert np.isnan(found["accuracy_low"].iloc[3])
    assert np.isnan(found["selectivity"].iloc[3])
    store_of = [column.name for column in contracts.MAZE_PROBES.columns if column.name != "set"]
    assert found.columns.tolist() == store_of


def test_probes_of_an_unknown_model_are_refused():
    with pytest.raises(ValueError, match="'b', which is not among those of the set"):
        summary(probes_of("b", [0.5]), CHECKPOINTS)


# ----------------------------------------------------------------------------------------- states


@pytest.fixture(scope="module")
def small():
    """A network of characters that learned nothing, and its tokenizer."""
    from nrag.maze_probes.states import untrained

    model = {"architecture": "gpt2", "layers": 2, "width": 8, "heads": 2, "initializer_range": 0.06}
    return untrained({"model": model, "window": 60}, stage="base", seed=4), model


def test_untrained_networks_are_those_that_training_begins_with(small):
    from nrag.training.networks import own_seed
    from nrag.training.one_stage import _begun

    (network, _), model = small
    begun, _ = _begun({"model": model, "window": 60}, reward=False, seed=own_seed("base", 4))
    expected = begun.state_dict()
    assert all(bool((weights == expected[name]).all()) for name, weights in network.state_dict().items())


def test_states_are_those_of_each_text_read_alone_at_the_end_of_the_prompt_and_at_every_move(small):
    import torch

    from nrag.maze_probes import states

    (network, tokenizer), _ = small
    chosen = Random(1).sample(range(len(ROWS)), 12)
    prompts, ways = [PROMPTS[place] for place in chosen], [WAYS[place] for place in chosen]
    held = states.read(network, tokenizer, prompts, ways)
    assert (held.tokens.maze == every_token(ways).maze).all()
    assert (held.tokens.moves == every_token(ways).moves).all()
    row = 0
    for prompt, way in zip(prompts, ways, strict=True):
        ids = torch.tensor([tokenizer(prompt + way)["input_ids"]])
        with torch.inference_mode():
            alone = network(ids, output_hidden_states=True).hidden_states
        for layer, state in enumerate(alone):
            own = state[0, -len(way) - 1 :].numpy()
            np.testing.assert_allclose(held.layers[layer, row : row + len(way) + 1], own, atol=1e-5)
        row += len(way) + 1
    assert held.layers.shape == (3, row, 8)
    # At the end of a prompt, token and place are the same in all mazes of a size.
    assert is_constant(held.layers[0, held.tokens.moves == 0])
    assert not is_constant(held.layers[1, held.tokens.moves == 0])


def test_what_training_drops_at_random_is_there_when_states_are_read(small):
    import torch

    from nrag.maze_probes import states

    (network, tokenizer), _ = small
    training = copy.deepcopy(network)
    for module in training.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.5
    training.train()
    one, other = (states.read(each, tokenizer, PROMPTS[:4], WAYS[:4]).layers for each in (network.eval(), training))
    assert (one == other).all()
    assert training.training
