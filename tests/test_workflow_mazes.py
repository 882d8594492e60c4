"""Mazes through the workflow: drawn, learned in stages, answered, and the checkpoints as ordinary models."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from maze_checker import check_row, judged
from workflow_runs import MAZES, Place, jobs, products, refusal

from nrag import checkpoints, contracts

STUDY = yaml.safe_load((Path(__file__).parents[1] / "studies/mazes-tiny.yaml").read_text())
"""The study with every stage, as it is. The base solves none of its mazes, what is trained further some."""
SET = STUDY["mazes"]["tiny"]
STAGES = list(SET["stages"])

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def first_run(tmp_path_factory, checkout):
    """The set with its stages and answers, and the NRAGs of its checkpoints, on two cores, and what was printed."""
    place = Place(tmp_path_factory.mktemp("mazes"), checkout)
    place.write(STUDY)
    return place, place.make("mazes", "nrags")


@pytest.fixture(scope="module")
def trained(first_run):
    """Not to be written to: copy it."""
    return first_run[0]


def table(place, name):
    return pd.read_parquet(place.results / "mazes" / "tiny" / name)


def test_every_rule_ran_and_what_is_made_is_made_once(first_run):
    place, printed = first_run
    ran = jobs(printed)
    assert ran.keys() >= MAZES
    assert (ran["train_stage"], ran["answer_mazes"], ran["sample_pairs"]) == (9, 8, 1)
    assert ran["extract_activations"] == 5
    assert place.planned("mazes", "nrags") == {}
    assert not list((place.results / "mazes").rglob("*.tmp"))


def test_a_checker_that_knows_nothing_of_this_project_finds_every_maze_and_answer_right(trained):
    mazes, answers = table(trained, "mazes.parquet"), table(trained, "answers.parquet")
    for row in mazes.itertuples():
        check_row(row)
    for row in answers.itertuples():
        moves, valid, solved, optimal, error = judged(row.prompt, row.answer, ended=row.ended)
        assert (row.moves, row.valid_moves, row.solved, row.optimal) == (moves, valid, solved, optimal)
        if error is None:
            assert pd.isna(row.first_error)
        else:
            assert row.first_error == f"{error[0]} {error[1]}"
    assert answers["solved"].any()
    asked = answers.groupby(["model", "decoding"])["id"].nunique().unstack()
    answering = [stage for stage in STAGES if stage != "judge"]
    assert set(asked.index) == {f"mazes:tiny/{stage}@0" for stage in (*answering, "sft/50", "sft/100")}
    # The last checkpoints answer shifted mazes as well, and are sampled.
    assert asked.loc["mazes:tiny/sft/50@0", "greedy"] == 60
    assert asked.loc["mazes:tiny/sft@0"].tolist() == [90, 90]
    assert (answers[answers["decoding"] == "sampled"].groupby(["model", "id"]).size() == 2).all()


def test_no_stage_learns_of_walls_that_are_kept_for_tests(trained):
    mazes, pairs = table(trained, "mazes.parquet"), table(trained, "pairs/wrong-s0.parquet")
    layouts = mazes.groupby("split")["layout"].agg(set)
    assert not layouts["train"] & (layouts["test"] | layouts["validation"] | layouts["shift"])
    assert set(pairs["layout"]) <= layouts["train"]
    assert set(pairs["id"]) <= set(mazes[mazes["split"] == "train"]["id"])


def test_folders_are_those_of_the_contract_and_hold_no_pickle(trained):
    folder = trained.results / "mazes" / "tiny" / "models"
    assert {path.name for path in folder.iterdir()} == {f"{stage}-s0" for stage in STAGES}
    assert {path.name for path in (folder / "sft-s0").iterdir() if not path.name.startswith(".")} == {
        "step-50", "step-100", "step-150", "training.tsv", "training.tsv.json"
    }  # fmt: skip
    assert not [path for path in folder.rglob("*") if path.suffix in (".bin", ".pt", ".pth", ".pkl")]
    curve = pd.read_csv(folder / "sft-s0" / "training.tsv", sep="\t")
    assert curve["loss"].iloc[-1] < curve["loss"].iloc[0]
    assert curve[curve["mazes"] > 0]["step"].tolist() == [50, 100, 150]


def test_checkpoints_are_models_of_the_workflow_in_common_regions(trained):
    cells = pd.read_parquet(trained.results / "nrags/lineage/mazes/last/pca/equal-5/cells.parquet")
    assert set(cells["model"]) == set(STUDY["models"])
    assert (cells.groupby(["model", "layer"]).size() == 60).all()
    corpus = pd.read_parquet(trained.results / "corpora/mazes/corpus.parquet")
    mazes = table(trained, "mazes.parquet").set_index("id")
    assert (mazes.loc[corpus["id"], "split"] == "test").all()
    assert corpus["text"].tolist() == mazes.loc[corpus["id"], "prompt"].tolist()
    assert corpus["first_move"].tolist() == mazes.loc[corpus["id"], "first_move"].tolist()


def test_every_checkpoint_has_edges_of_the_labels_of_its_own_answers(trained):
    answers = table(trained, "answers.parquet")
    answers = answers[(answers["decoding"] == "greedy") & (answers["sample"] == 0)]
    folder = trained.results / "nrags/lineage/mazes/last/pca/equal-5"
    cells, edges = (pd.read_parquet(folder / name) for name in ("cells.parquet", "edges.parquet"))
    ids = pd.read_parquet(trained.results / "corpora/mazes/corpus.parquet")["id"]
    different = set()
    for model, described in STUDY["models"].items():
        own = answers[answers["model"] == described["id"]].set_index("id").loc[ids]
        labels = [str(solved).lower() for solved in own["solved"]]
        different.add(tuple(labels))
        counts = {}
        here = cells[cells["model"] == model].set_index(["layer", "document"])[["x", "y"]]
        for layer in (0, 1):
            for document, label in enumerate(labels):
                place = (label, layer, *here.loc[(layer, document)], *here.loc[(layer + 1, document)])
                counts[place] = counts.get(place, 0) + 1
        found = edges[(edges["model"] == model) & (edges["labelling"] == "solved")]
        columns = ["label", "layer", "x0", "y0", "x1", "y1", "documents"]
        assert found[columns].values.tolist() == [[*place, count] for place, count in sorted(counts.items())]
    assert len(different) > 1
    log = (trained.results / "logs/label_models/mazes--solved.log").read_text()
    assert "labels left out: 240 of documents that are not in the corpus" in log
    nodes = pd.read_csv(folder / "nodes.tsv", sep="\t")
    assert {"solved:false", "solved:true"} <= set(nodes)


def test_what_is_read_of_mazes_is_of_every_checkpoint_and_of_the_network_before_all_training(trained):
    tables = trained.results / "studies/mazes-tiny/tables"
    found = pd.read_csv(tables / "maze_probes.tsv", sep="\t")
    answering = [stage for stage in STAGES if stage not in ("base", "sft", "judge")]
    networks = [("untrained", 0), ("base", 200), ("sft", 50), ("sft", 100), ("sft", 150)]
    networks += [(stage, SET["stages"][stage]["steps"]) for stage in answering]
    assert list(found[["stage", "step"]].drop_duplicates().itertuples(index=False, name=None)) == networks
    tasks = found[["target", "task"]].drop_duplicates().groupby("target").size()
    # 7 pairs of cells and 4 moves, and the means over them.
    assert tasks.to_dict() == {"walls": 8, "position": 1, "legal_moves": 5, "next_move": 1}
    assert len(found) == len(networks) * tasks.sum() * 3
    alike = (found["target"] == "walls") & (found["layer"] == 0)
    assert (found["constant"] == alike).all()
    assert (found.loc[alike, "accuracy"].dropna() == found.loc[alike, "chance"].dropna()).all()
    mazes = table(trained, "mazes.parquet")
    layouts = mazes.loc[mazes["split"] == "test", "layout"].nunique()
    assert set(found["train_layouts"] + found["test_layouts"]) == {layouts}
    assert set(found["train_mazes"] + found["test_mazes"]) == {60}


@pytest.mark.parametrize(("probes", "read_again"), [({"mazes": 30}, 9), (False, 0)])
def test_other_probes_draw_and_train_nothing_anew(trained, tmp_path, probes, read_again):
    place = trained.copy(tmp_path / "copy")
    place.write(STUDY | {"mazes": {"tiny": SET | {"probes": probes}}})
    planned = place.planned("mazes", "nrags")
    assert planned.get("probe_mazes", 0) == read_again
    assert set(planned) <= {"probe_mazes", "collect_maze_probes", "draw_maze_probes"}


def test_what_was_lost_is_made_again_to_the_same_bytes_on_one_core(trained, tmp_path):
    place = trained.copy(tmp_path / "copy")
    before = products(place.results)
    shutil.rmtree(place.results / "mazes/tiny/models/judge-s0")
    printed = place.make("mazes", "nrags", cores=1)
    # The reward model and what it rewards.
    assert jobs(printed)["train_stage"] == 2
    assert products(place.results) == before


@pytest.mark.parametrize(
    ("stage", "keys", "trained_again"),
    [
        ("dpo", {"beta": 0.2}, 1),
        ("judge", {"steps": 19}, 2),
        ("sft", {"learning_rate": 2e-3}, 8),
    ],
)
def test_a_stage_that_is_changed_is_trained_again_with_those_that_need_it(
    trained, tmp_path, stage, keys, trained_again
):
    place = trained.copy(tmp_path / "copy")
    stages = SET["stages"] | {stage: SET["stages"][stage] | keys}
    place.write(STUDY | {"mazes": {"tiny": SET | {"stages": stages}}})
    planned = place.planned("mazes")
    assert planned["train_stage"] == trained_again
    assert ("sample_pairs" in planned) == (stage == "sft")
    assert "make_mazes" not in planned


def test_mazes_that_are_drawn_anew_are_not_judged_by_those_that_are_there(checkout, tmp_path):
    place = Place(tmp_path, checkout)
    few = STUDY | {"corpora": {"mazes": STUDY["corpora"]["mazes"] | {"min_documents": 10}}}
    place.write(few | {"mazes": {"tiny": SET | {"test": 9}}})
    place.make("results/mazes/tiny/mazes.parquet")
    assert "has 9 documents, fewer than min_documents: 10" in refusal(place.run("results/corpora/mazes/corpus.parquet"))
    place.write(few | {"mazes": {"tiny": SET | {"test": 60, "seeds": [0, 1]}}})
    before = (place.results / "mazes/tiny/mazes.parquet").read_bytes()
    printed = place.make("check")
    assert "base, dpo, grpo, mazes, sft, sft-continued: made by this workflow" in printed
    assert "note: mazes.tiny.seeds: two trainings make wide intervals" in printed
    assert jobs(printed) == {"check": 1}
    assert (place.results / "mazes/tiny/mazes.parquet").read_bytes() == before
    place.make("results/corpora/mazes/corpus.parquet")
    assert len(pd.read_parquet(place.results / "corpora/mazes/corpus.parquet")) == 60


@pytest.fixture(scope="module")
def from_a_folder(tmp_path_factory, trained):
    """A set whose one stage begins with a model of a folder."""
    place = Place(tmp_path_factory.mktemp("folder"), trained.checkout)
    shutil.copytree(trained.results / "mazes/tiny/models/sft-s0/step-150", place.folder / "own")
    place.write(begun({"id": "./own"}))
    place.make("mazes")
    return place


def begun(model, **models):
    corpora = {"mazes": {"mazes": "tiny", "label": "first_move", "min_documents": 5}}
    one = SET | {"model": model, "pairs": {}, "stages": {"more": {"method": "sft", "steps": 2, "batch": 4}}}
    models = {"more": {"id": "mazes:tiny/more@0"}, **models}
    return {"study": "begun", "corpora": corpora, "pooling": ["last"]} | {"models": models, "mazes": {"tiny": one}}


def test_a_stage_is_trained_again_where_the_model_is_another_that_it_begins_with(from_a_folder, tmp_path):
    assert from_a_folder.planned("mazes") == {}
    place = from_a_folder.copy(tmp_path / "copy")
    shutil.copy(from_a_folder.results / "mazes/tiny/models/more-s0/step-2/model.safetensors", place.folder / "own")
    planned = place.planned("mazes")
    assert {rule: planned[rule] for rule in ("train_stage", "answer_mazes")} == {"train_stage": 1, "answer_mazes": 1}
    assert not {"make_mazes", "sample_pairs"} & planned.keys()


def test_checkpoints_of_a_model_of_the_hub_have_the_blocks_that_were_fetched(checkout, tmp_path):
    place = Place(tmp_path, checkout)
    study = begun({"id": "org/far"}, far={"id": "org/far"})
    place.write(study | {"neurons": {"models": ["more"]}})
    assert "how many blocks model 'more' has is not known" in place.run("neurons", "--dry-run").stdout
    (place.results / "models").mkdir(parents=True)
    fetched = checkpoints.Fetched("org/far", None, "0" * 40, checkpoints.Shape(3, 16), 1000, {})
    record = checkpoints.record(fetched) | {"contract": "model", "version": contracts.MODEL.version}
    record["files"] = {"config.json": {"size": 1, "etag": None}}
    (place.results / "models" / "far.json").write_text(json.dumps(record))
    assert place.planned("neurons")["trace_neurons"] == 3


def test_another_study_of_the_folder_must_mean_the_same_mazes(trained, tmp_path):
    place = trained.copy(tmp_path / "copy")
    place.write(STUDY | {"study": "other", "mazes": {"tiny": SET | {"test": 50}}})
    printed = refusal(place.run("mazes", "--dry-run"))
    assert "mazes.tiny.test: 50 in study 'other', 60 in study 'mazes-tiny'" in printed


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"width": 1, "height": 1}, "mazes.tiny: a maze of 1 × 1 cells has no way from S to E"),
        (
            {"train": 500},
            "train: 500 mazes of width 3 and height 2 were asked for by wilson, of 1 moves or more, in train",
        ),
    ],
)
def test_wrong_sets_are_refused_before_any_job(checkout, tmp_path, keys, expected):
    place = Place(tmp_path, checkout)
    place.write(STUDY | {"mazes": {"tiny": SET | keys}})
    assert expected in refusal(place.run("mazes"))
    assert not (place.results / "mazes").exists()


def test_labels_of_no_maze_that_will_be_drawn_are_refused_before_any_job(checkout, tmp_path):
    place = Place(tmp_path, checkout)
    (tmp_path / "right.csv").write_text("model,id,right\nsft,maze-1,yes\nsft,maze-2,no\n")
    right = {"path": "right.csv", "by": ["model", "id"], "column": "right"}
    corpora = {"mazes": STUDY["corpora"]["mazes"] | {"label": STUDY["corpora"]["mazes"]["label"] | {"right": right}}}
    place.write(STUDY | {"corpora": corpora})
    said = refusal(place.run("activations"))
    assert "corpus 'mazes', labelling 'right': no document has a label: 2 rows have one" in said
    assert "the corpus': test-0000000, test-0000001" in said
    assert not (place.results / "mazes").exists()
