"""The figure of what is read of mazes from each layer: what is drawn, where it stands, whether it can be read."""

import itertools

import numpy as np
import pandas as pd
import pytest
from draw_maze_probes import draw_maze_probes
from maze_answers import DPO, SFT, STAGES
from test_figures import boxes_of
from test_maze_figures import DEFINED, check_readable

from nrag import captions, contracts, figures, store
from nrag.evaluation.lineages import Stage
from nrag.figures import maze_probe_panels, style
from nrag.figures.stage_looks import stage_looks
from nrag.maze_probes.targets import TARGETS

UNTRAINED = Stage(contracts.UNTRAINED, "", None, 0, 0, 0.0)
READ = [UNTRAINED, *(stage for stage in STAGES if stage.method != "reward")]


def probes(stages=READ, *, seeds=(0, 1), layers=3, earlier=True):
    """Rows of contracts.MAZE_PROBES of stages from which ever more is read, layer 0 of walls constant."""
    rows = []
    for (place, stage), seed, (number, target) in itertools.product(enumerate(stages), seeds, enumerate(TARGETS)):
        for layer, task, last in itertools.product(range(layers), ("all", "x"), (True, False) if earlier else (True,)):
            value = 0.2 + 0.03 * place + 0.1 * number + 0.05 * layer + 0.01 * seed - (0.2 if not last else 0)
            row = {"set": "small", "stage": stage.name, "seed": seed, "step": stage.steps if last else 1, "last": last}
            row |= {"target": target, "task": task, "layer": layer}
            row |= dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high", "balanced_accuracy"), value)
            row |= {"chance": 0.1, "control": 0.15}
            row |= dict.fromkeys(("selectivity", "selectivity_low", "selectivity_high"), value - 0.15)
            row |= {"constant": target == "walls" and layer == 0, "splits": 5}
            rows.append(
                row | {f"{side}_{what}": 40.0 for what in ("tokens", "mazes", "layouts") for side in ("train", "test")}
            )
    table = pd.DataFrame(rows)
    return table[[column.name for column in contracts.MAZE_PROBES.columns]]


@pytest.fixture(scope="module")
def table():
    return maze_probe_panels.values(probes(), STAGES)


def panels_of(drawn):
    """The axes by stage and target, in the order in which they are drawn."""
    names = [stage.name for stage in READ[1:]]
    return dict(zip(itertools.product(names, TARGETS), drawn.axes[1:], strict=True))


def test_the_table_has_means_over_seeds_of_last_checkpoints_and_all_tasks(table):
    assert len(table) == len(READ) * len(TARGETS) * 3
    assert table["stage"].drop_duplicates().tolist() == ["untrained", "base", "sft", "more", "dpo", "rlhf"]
    assert table["place"].drop_duplicates().tolist() == [-1, 0, 1, 2, 3, 5]
    row = table[(table["stage"] == "sft") & (table["target"] == "position") & (table["layer"] == 2)].iloc[0]
    assert row[["accuracy", "lowest", "highest"]].tolist() == pytest.approx([0.465, 0.46, 0.47])
    assert row["seeds"] == 2


def test_lines_stand_at_their_values_beside_the_untrained_network_the_control_and_chance(table):
    drawn = figures.draw_maze_probes(table)
    looks = stage_looks({stage.name: place for place, stage in enumerate(STAGES)})
    for (stage, target), panel in panels_of(drawn).items():
        own = table[(table["stage"] == stage) & (table["target"] == target)]
        before = table[(table["stage"] == "untrained") & (table["target"] == target)]
        chance, control, untrained, line, marks, hollow = panel.lines
        assert line.get_color() == marks.get_color() == looks[stage].color
        for shown, expected in (
            (line, own["accuracy"]), (untrained, before["accuracy"]), (chance, own["chance"]), (control, own["control"])
        ):  # fmt: skip
            assert shown.get_ydata().tolist() == expected.tolist()
        alike = own[own["constant"]]
        assert hollow.get_xdata().tolist() == alike["layer"].tolist() == ([0] if target == "walls" else [])
        assert hollow.get_markerfacecolor() == "white" != marks.get_markerfacecolor()
        (band,) = panel.collections
        assert band.get_paths()[0].vertices[:, 1].max() == own["highest"].max()
    limits = {
        target: {panel.get_ylim() for (_, of), panel in panels_of(drawn).items() if of == target} for target in TARGETS
    }
    assert all(len(found) == 1 for found in limits.values())


@pytest.mark.parametrize(("number", "layers", "width"), [(12, 25, "text"), (7, 2, "column"), (1, 2, "text")])
def test_letters_can_be_read_of_one_stage_and_of_many(number, layers, width):
    arms = [Stage(f"an-arm-of-training-{place:02}", "dpo", "sft", 10, 2, 1e-4) for place in range(11)]
    stages = [SFT, *arms][:number]
    shown = maze_probe_panels.values(probes([UNTRAINED, *stages], layers=layers, earlier=False), stages)
    drawn = figures.draw_maze_probes(shown, width=width)
    check_readable(drawn)
    assert len(drawn.axes) == 1 + 4 * number
    across, up = drawn.get_size_inches()
    assert across == style.WIDTHS[width]
    # Where there is no room for all beside each other, stages go on below.
    assert up < (1.0 if width == "text" else 1.15) * style.TALLEST
    assert min(panel.get_position().width for panel in drawn.axes) * across * 72 > 26


def test_the_same_table_gives_the_same_bytes(table):
    one = table[table["stage"].isin(["untrained", "dpo"])]
    first, second = (figures.render(figures.draw_maze_probes(one), "svg") for _ in range(2))
    assert first == second


def test_what_is_undefined_leaves_no_panel_and_without_anything_the_figure_and_its_caption_say_so(table):
    walls = table.assign(accuracy=table["accuracy"].where(table["target"] == "walls"))
    values = ["accuracy", "lowest", "highest", "chance", "control"]
    only = table.assign(**{name: table[name].where(table["target"] == "walls") for name in values})
    assert len(figures.draw_maze_probes(only).axes) == 1 + 5
    nothing = walls.assign(accuracy=np.nan)
    assert [text.get_text() for text, _ in boxes_of(figures.draw_maze_probes(nothing))] == [
        "Nothing of the mazes could be probed."
    ]
    assert caption(nothing) == "Nothing of the mazes of the set small could be probed."


def caption(shown):
    return captions.caption({"kind": "probes", "set": "small"}, shown, documents=0, seeds=())


def test_captions_say_what_is_told_of_how_many_mazes_and_leave_out_what_is_not_drawn(tmp_path, table):
    store.write_tsv(tmp_path / "table.tsv", table, provenance={})
    said = caption(store.read_tsv(tmp_path / "table.tsv"))
    assert "the last checkpoints of base, sft, more, dpo and rlhf read" in said
    assert (
        "on 40 mazes whose walls the probe has not learned from (40 layouts), mean over 5 partings and 2 seeds" in said
    )
    assert "Dashed: the network before all training." in said
    assert "Hollow" in said
    single = maze_probe_panels.values(probes([DPO], seeds=(0,)), STAGES).assign(constant=False)
    store.write_tsv(tmp_path / "table.tsv", single, provenance={})
    said = caption(store.read_tsv(tmp_path / "table.tsv"))
    assert "of one seed." in said
    assert "Dashed" not in said
    assert "Hollow" not in said


def test_the_script_draws_one_set_and_writes_what_it_draws(tmp_path, table):
    made = {"software": {}, "parameters": {}, "inputs": {}}
    both = pd.concat([probes(), probes().assign(set="other", accuracy=0.9)], ignore_index=True)
    store.write_tsv(tmp_path / "given.tsv", both, contract=contracts.MAZE_PROBES, provenance=made)
    file, written = tmp_path / "probes.svg", tmp_path / "probes.tsv"
    draw_maze_probes(tmp_path / "given.tsv", [file], written, name="small", stages=DEFINED, width="text")
    assert b"<svg" in file.read_bytes()
    store.write_tsv(tmp_path / "expected.tsv", table, provenance={})
    assert written.read_bytes() == (tmp_path / "expected.tsv").read_bytes()
