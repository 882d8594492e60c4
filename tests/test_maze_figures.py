"""Figures of mazes and their captions: what is drawn of the study's tables, where it stands, whether it can be read."""

import numpy as np
import pandas as pd
import pytest
from draw_lengths import draw_lengths
from draw_stages import draw_stages
from draw_training import draw_training
from matplotlib.backends.backend_agg import FigureCanvasAgg
from maze_answers import DPO, MORE, SFT, STAGES, answers_of, checkpoint, mazes_of
from test_figures import boxes_of, check_texts

from nrag import captions, contracts, figures, store
from nrag.evaluation.tables import evaluated
from nrag.figures import length_panels, stage_panels, style, training_curves
from nrag.figures.stage_looks import stage_looks

KINDS = ("training", "stages", "lengths")
DEFINED = {
    stage.name: {
        key: value for key, value in vars(stage).items() if key not in ("name", "parent") and value is not None
    }
    | ({"from": stage.parent} if stage.parent else {})
    for stage in STAGES
}


def trainings(seeds=(0, 1)):
    """Rows of contracts.TRAININGS: what each method reports, other numbers for every stage and seed."""
    rows = []
    for place, stage in enumerate(STAGES):
        for seed in seeds:
            for step in (1, stage.steps // 2, stage.steps):
                last = step == stage.steps
                row = {
                    "set": "small",
                    "stage": stage.name,
                    "seed": seed,
                    "step": step,
                    "loss": 1 / step + place + seed / 4,
                }
                row |= dict.fromkeys(("reward", "kl", "groups_without_spread", "accuracy", "solve_rate"), np.nan)
                if stage.method == "rloo":
                    row |= {"reward": 2.0 + seed, "kl": 0.1 * step, "groups_without_spread": 0.5}
                if stage.method in ("dpo", "reward") and last:
                    row["accuracy"] = 0.6 + 0.1 * place
                if stage.method != "reward" and last:
                    row["solve_rate"] = 0.1 + 0.1 * place
                rows.append(row | {"mazes": 30 if last and stage.method != "reward" else 0})
    return pd.DataFrame(rows)


def answered(seeds=(0, 1), *, shifts=True):
    """Tables of stages that solve ever more of 24 mazes of three lengths, with samples, and of 12 shifted ones."""
    draw = np.random.default_rng(0)
    ways = {f"test{number:02}": "R" * (1 + number % 3) for number in range(24)}
    ways |= {f"shift{number:02}": "R" * (1 + number % 2) for number in range(12)} if shifts else {}
    mazes = mazes_of(ways)
    given, asked = {}, []
    for place, stage in enumerate(stage for stage in STAGES if stage.method != "reward"):
        for seed in seeds:
            model = f"{stage.name}@{seed}"
            asked.append(checkpoint(model, stage, seed=seed))
            for decoding, samples in (("greedy", 1), ("sampled", 3)):
                right = draw.random((len(ways), samples)) < 0.2 + 0.15 * place
                given[model, decoding] = {
                    name: [way if each else "U" for each in own]
                    for (name, way), own in zip(ways.items(), right, strict=True)
                }
    return evaluated(answers_of(mazes, given), mazes, checkpoints=asked, stages=STAGES)


@pytest.fixture(scope="module")
def found():
    return answered()


@pytest.fixture(scope="module")
def tables(found):
    return {
        "training": training_curves.values(trainings(), STAGES),
        "stages": stage_panels.values(found.methods, STAGES),
        "lengths": length_panels.values(found.lengths, STAGES),
    }


DRAW = {"training": figures.draw_training, "stages": figures.draw_stages, "lengths": figures.draw_lengths}


# ------------------------------------------------------------------------------------- what is drawn


def test_curves_have_every_number_that_was_reported(tables):
    table, given = tables["training"], trainings()
    reported = given[["loss", "solve_rate", "reward", "kl", "accuracy", "groups_without_spread"]].notna().sum().sum()
    assert len(table) == reported
    assert table["quantity"].drop_duplicates().tolist() == [
        "loss",
        "solve rate, validation",
        "reward, judge",
        "KL divergence",
        "pair accuracy",
        "groups without spread",
    ]
    one = table[(table["quantity"] == "loss") & (table["stage"] == "dpo") & (table["seed"] == 1)]
    assert one["step"].tolist() == [1, 10, 20]
    assert one["value"].tolist() == [1 / step + 3.25 for step in (1, 10, 20)]
    assert set(one["depth"]) == {2}
    assert table.loc[table["mazes"] > 0, "quantity"].unique().tolist() == ["solve rate, validation"]


def test_a_stage_begins_on_the_axis_where_the_one_before_it_ends(tables):
    panel = figures.draw_training(tables["training"]).axes[1]
    looks = stage_looks({stage.name: place for place, stage in enumerate(STAGES)})
    reached = {
        stage: (min(line.get_xdata().min() for line in own), max(line.get_xdata().max() for line in own))
        for stage, look in looks.items()
        if (own := [line for line in panel.lines if line.get_color() == look.color and len(line.get_xdata()) > 1])
    }
    assert reached["base"][1] == 1 < reached["sft"][0] < reached["sft"][1] < reached["dpo"][0]
    # As long as the longest of its depth, or as far as its steps go.
    assert reached["dpo"][1] == reached["more"][1] == pytest.approx(reached["rlhf"][1] + 0.5)


def test_several_seeds_are_thin_beside_their_mean_and_one_is_not():
    both, one = (figures.draw_training(training_curves.values(trainings(seeds), STAGES)) for seeds in ((0, 1), (0,)))
    widths = []
    for drawn in (both, one):
        lines = [line for line in drawn.axes[1].lines if len(line.get_xdata()) == 3 and line.get_linestyle() != "None"]
        widths.append(sorted({line.get_lw() for line in lines}))
    assert widths == [[0.5, 1.3], [1.2]]


def test_panels_of_stages_hold_the_numbers_of_the_table_of_methods(found, tables):
    table = tables["stages"]
    panels = table[["measure", "split"]].drop_duplicates().itertuples(index=False, name=None)
    assert list(panels) == [
        ("solve rate", "test"),
        ("solve rate", "shift"),
        ("valid moves", "test"),
        ("solve rate − control", "test"),
    ]
    names = {"solve rate": "solve_rate", "valid moves": "valid_move_rate", "solve rate − control": "difference"}
    methods = found.methods.set_index(["stage", "split", "decoding"])
    for row in table.itertuples():
        assert row.value == methods.loc[(row.stage, row.split, row.decoding), names[row.measure]]
    assert set(table.loc[table["is_control"], "stage"]) == {"more"}
    assert set(table.loc[table["measure"] == "solve rate − control", "stage"]) == {"dpo", "rlhf"}


def test_marks_bars_and_the_line_of_the_control_stand_at_their_values(tables):
    table = tables["stages"]
    panel = figures.draw_stages(table).axes[1]
    rows = table[(table["measure"] == "solve rate") & (table["split"] == "test")]
    marks = sorted(line.get_xdata()[0] for line in panel.lines if line.get_marker() not in ("None", ""))
    assert marks == pytest.approx(sorted(rows["value"]))
    bars = sorted(tuple(line.get_xdata()) for line in panel.lines if line.get_lw() == 0.9)
    assert np.ravel(bars) == pytest.approx(np.ravel(sorted(rows[["low", "high"]].itertuples(index=False, name=None))))
    (control,) = [line for line in panel.lines if line.get_color() == style.QUIET]
    expected = rows.loc[(rows["stage"] == "more") & (rows["decoding"] == "greedy"), "value"].item()
    assert control.get_xdata().tolist() == [expected] * 2
    names = {text.get_text(): text.get_weight() for text, _ in boxes_of(figures.draw_stages(table))}
    assert (names["more"], names["dpo"]) == ("bold", "normal")


def test_every_row_of_stages_has_its_mark_bar_and_ticks(tables):
    table = tables["stages"]
    panels = figures.draw_stages(table).axes[1:]
    order = list(dict.fromkeys(table["stage"]))
    for panel, measure, split in ((panels[0], "solve rate", "test"), (panels[3], "solve rate − control", "test")):
        rows = table[(table["measure"] == measure) & (table["split"] == split)]
        marks = {
            (line.get_xdata()[0], line.get_ydata()[0]): line.get_markerfacecolor() != "white"
            for line in panel.lines
            if line.get_marker() not in ("None", "")
        }
        assert len(marks) == len(rows)
        for (value, height), filled in marks.items():
            # Stages from the top; greedy answers above sampled ones.
            stage, above = order[len(order) - 1 - round(height)], height > round(height)
            decoding = "greedy" if filled else "sampled"
            assert above == filled
            row = rows[(rows["stage"] == stage) & (rows["decoding"] == decoding)].iloc[0]
            assert value == row["value"]
            bars = [line for line in panel.lines if line.get_lw() == 0.9 and line.get_ydata()[0] == height]
            assert [line.get_xdata().tolist() for line in bars] == [[row["low"], row["high"]]]
            ticks = [line for line in panel.lines if line.get_lw() == 0.8 and line.get_ydata()[0] == height - 0.11]
            assert [line.get_xdata()[0] for line in ticks] == [row["lowest"], row["highest"]]


def test_lengths_have_their_band_their_mazes_and_their_control(tables):
    table = tables["lengths"]
    panels = dict(zip(table["stage"].unique(), figures.draw_lengths(table).axes[1:], strict=True))
    own = table[(table["stage"] == "dpo") & (table["split"] == "test")]
    (band,) = (each.get_paths()[0].vertices for each in panels["dpo"].collections)
    for row in own.itertuples():
        heights = band[band[:, 0] == row.length, 1]
        assert (heights.min(), heights.max()) == (row.low, row.high)
    bars = [bar.get_height() for bar in panels["dpo"].patches]
    assert bars == pytest.approx((0.25 * own["mazes"] / own["mazes"].max()).tolist())
    control = table[(table["stage"] == "more") & (table["split"] == "test")]
    (line,) = [line for line in panels["dpo"].lines if line.get_color() == style.QUIET]
    assert line.get_ydata().tolist() == control["solve_rate"].tolist()
    assert not [line for line in panels["more"].lines if line.get_color() == style.QUIET]


def test_stages_are_joined_to_the_end_of_the_one_they_come_from_and_half_of_pairs_is_chance(tables):
    solved = tables["training"].query("stage == 'sft' and mazes > 0")
    table = pd.concat([tables["training"], solved.assign(step=25, value=0.05)], ignore_index=True)
    panels = dict(zip(table["quantity"].unique(), figures.draw_training(table).axes[1:], strict=True))
    joins = [line for line in panels["solve rate, validation"].lines if line.get_lw() == 0.7]
    ends = sorted(tuple(line.get_ydata()) for line in joins)
    # What a stage solves at its last step is 0.1 more each; sft has an earlier one.
    assert np.array(ends) == pytest.approx(np.array([(0.1, 0.05), (0.2, 0.3), (0.2, 0.4), (0.2, 0.6)]))
    assert all(line.get_xdata()[0] < line.get_xdata()[1] for line in joins)
    (chance,) = [line for line in panels["pair accuracy"].lines if line.get_color() == style.QUIET]
    assert set(chance.get_ydata()) == {0.5}


def test_lengths_are_of_greedy_answers_of_all_seeds_together(found, tables):
    table = tables["lengths"]
    assert set(table["seeds"]) == {2}
    pooled = found.lengths[found.lengths["seed"].isna() & (found.lengths["decoding"] == "greedy")]
    assert len(table) == len(pooled)
    single = length_panels.values(answered(seeds=(0,), shifts=False).lengths, STAGES)
    assert set(single["seeds"]) == {1}
    assert single["solve_rate"].notna().all()
    lines = {
        panel: [line for line in axes.lines if line.get_linestyle() == "-"]
        for panel, axes in enumerate(figures.draw_lengths(single).axes[1:])
    }
    drawn = [line.get_ydata().tolist() for own in lines.values() for line in own]
    assert drawn == [own["solve_rate"].tolist() for _, own in single.groupby("stage", sort=False)]


def test_lengths_of_few_mazes_have_no_mark(tables):
    few = tables["lengths"].assign(mazes=lambda table: table["mazes"].where(table["length"] != 3, 4))
    panel = figures.draw_lengths(few).axes[1]
    assert {tuple(line.get_xdata()) for line in panel.lines} == {(1, 2)}
    said = [text.get_text() for text, _ in boxes_of(figures.draw_lengths(few.assign(mazes=4)))]
    assert said == ["No stage answered 5 mazes of one length."]


def test_a_stage_looks_alike_in_all_figures_though_one_of_them_lacks_a_stage(tables):
    places = [table.drop_duplicates("stage").set_index("stage")["place"].to_dict() for table in tables.values()]
    assert "judge" in places[0]
    assert "judge" not in places[1]
    assert all(places[0][stage] == place for other in places[1:] for stage, place in other.items())
    many = stage_looks({f"stage-{place}": place for place in range(20)})
    assert len({(look.color, look.marker, look.dashes) for look in many.values()}) == 20


# ------------------------------------------------------------------------------- how it can be read


def check_readable(drawn):
    """As `check_texts`, of a figure that was drawn once: names of axes have no place before."""
    with style.styled():
        FigureCanvasAgg(drawn).draw()
    for axis in (axis for panel in drawn.axes for axis in (panel.xaxis, panel.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            # Matplotlib has numbers beyond the ends too, and does not draw them.
            tick.label1.set_visible(tick.label1.get_visible() and low - 1e-9 <= tick.get_loc() <= high + 1e-9)
    check_texts(drawn)


@pytest.mark.parametrize("width", style.WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_letters_can_be_read_and_do_not_overlap_and_the_same_table_gives_the_same_bytes(tables, kind, width):
    drawn = DRAW[kind](tables[kind], width=width)
    assert drawn.get_size_inches()[0] == style.WIDTHS[width]
    check_readable(drawn)
    assert figures.render(drawn, "svg") == figures.render(DRAW[kind](tables[kind], width=width), "svg")


@pytest.mark.parametrize("kind", KINDS)
def test_without_rows_the_figure_and_its_caption_say_so(tables, kind):
    empty = tables[kind].iloc[:0]
    assert boxes_of(DRAW[kind](empty))
    said = captions.caption({"kind": kind, "set": "small"}, empty, documents=0, seeds=())
    assert said == "Nothing is known of the stages of the set small; the figure says why."


@pytest.mark.parametrize("width", style.WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_names_of_stages_that_are_long_leave_room_for_the_panels(tables, kind, width):
    long = {"dpo": "a-stage-with-a-name-as-long-as-names-are", "more": "a-control-with-a-name-as-long-as-names-are"}
    drawn = DRAW[kind](tables[kind].replace(dict.fromkeys(("stage", "control", "parent"), long)), width=width)
    check_readable(drawn)
    across = drawn.get_size_inches()[0] * 72
    assert min(panel.get_position().width for panel in drawn.axes) * across > 70


@pytest.fixture
def written(tmp_path):
    """The caption of a figure's table after its way through a file."""

    def caption(kind, table):
        store.write_tsv(tmp_path / "table.tsv", table, provenance={})
        shown = store.read_tsv(tmp_path / "table.tsv")
        return captions.caption({"kind": kind, "set": "small"}, shown, documents=0, seeds=())

    return caption


def test_captions_say_of_what_and_how_many_and_what_is_held_against_what(written, tables):
    said = written("stages", tables["stages"])
    assert "test mazes of 5 × 1 cells (n = 24) and shift mazes of 5 × 1 cells by depth-first (n = 12)" in said
    assert "95 % intervals over mazes and 2 seeds; ticks" in said
    assert "Bold: more, the control of dpo and rlhf" in said
    assert "Steps differ from the control's: rlhf." in said
    said = written("training", tables["training"])
    assert "stages base, sft, more, dpo, judge and rlhf" in said
    assert "share of 30 validation mazes" in said
    assert "2 seeds" in said
    said = written("lengths", tables["lengths"])
    assert "Dashed grey: the control, more" in said


def test_captions_leave_out_what_is_not_drawn(written, tables):
    only = tables["training"][tables["training"]["quantity"] == "loss"]
    said = written("training", only)
    assert "Reward" not in said
    assert "KL" not in said
    assert "Solve rate:" not in said
    alone = tables["stages"].assign(control=None, is_control=False)
    said = written("stages", alone[alone["measure"] != "solve rate − control"])
    assert "No stage has a control" in said
    assert "Right:" not in said


def test_the_scripts_draw_one_set_and_write_what_they_draw(tmp_path, found, tables):
    made = {"software": {}, "parameters": {}, "inputs": {}}
    given = {
        "training": (draw_training, contracts.TRAININGS, trainings()),
        "stages": (draw_stages, contracts.MAZE_METHODS, found.methods.assign(set="small")),
        "lengths": (draw_lengths, contracts.MAZE_LENGTHS, found.lengths.assign(set="small")),
    }
    for kind, (draw, contract, table) in given.items():
        both = pd.concat([table, table.assign(set="other")], ignore_index=True)
        store.write_tsv(tmp_path / "given.tsv", both, contract=contract, provenance=made)
        file, written = tmp_path / f"{kind}.svg", tmp_path / f"{kind}.tsv"
        draw(tmp_path / "given.tsv", [file], written, name="small", stages=DEFINED, width="text")
        assert b"<svg" in file.read_bytes()
        store.write_tsv(tmp_path / "expected.tsv", tables[kind], provenance={})
        assert written.read_bytes() == (tmp_path / "expected.tsv").read_bytes()


def test_more_stages_than_colours_still_fit(found):
    many = [SFT, MORE, *(vars(DPO) | {"name": f"arm-{number:02}"} for number in range(12))]
    stages = [stage if hasattr(stage, "name") else type(DPO)(**stage) for stage in many]
    dpo = found.methods[found.methods["stage"] == "dpo"]
    rows = [found.methods[found.methods["stage"].isin(["sft", "more"])]]
    rows += [dpo.assign(stage=stage.name) for stage in stages[2:]]
    drawn = figures.draw_stages(stage_panels.values(pd.concat(rows, ignore_index=True), stages))
    check_readable(drawn)
    assert drawn.get_size_inches()[1] <= style.TALLEST + 1e-9
