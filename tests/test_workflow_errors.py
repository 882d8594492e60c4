"""Bad input is refused before any job, in one message; strange input goes through to the end."""

import csv
import os
import re
import shutil

import networkx as nx
import pytest
from test_workflow import Links
from tiny import edit_json, sentences
from workflow_runs import STUDY, Place, jobs, products, refusal, small_disk, write_data

from nrag import contracts, store

MODEL = {"encoder": {"id": "./models/bert"}}


def write_rows(folder, name, rows):
    """A CSV file of the given rows, header first; its path from the study."""
    path = folder / "data" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return f"data/{name}.csv"


def labelled(*labels, each=12):
    """Rows of a corpus: `each` documents of every label."""
    rows = [["text", "label"]]
    return rows + [[text, label] for label in labels for text in sentences("sea", each, seed=len(label))]


def refused(place, *words, **options):
    """What a run that must be refused printed; that it started no job and made no file is asserted."""
    printed = refusal(place.run(*words, **options))
    assert "Finished jobid" not in printed
    assert not place.results.exists() or products(place.results) == {}
    return printed


# ------------------------------------------------------------------------------------ the config


def test_everything_wrong_with_a_config_is_told_at_once(unfinished):
    (unfinished.folder / "wrong.yaml").write_text("""
study: tiny
sede: 1
seed: many
models:
  encoder: {id: ./models/bert, dtpe: float32}
  on: {id: ./models/bert}
  gone: {id: ./models/gone}
corpora:
  words/new: {path: data/words.csv}
  words: {path: data/words.csv, label: label}
grid: {size: 0}
comparisons: {wrds: {pair: [sea, sky]}}
""")
    printed = refused(unfinished, config="wrong.yaml")
    for line in (
        "wrong.yaml: sede: unknown key 'sede', did you mean 'seed'?",
        "wrong.yaml: seed: expected a whole number, found 'many'",
        "wrong.yaml: models.encoder.dtpe: unknown key 'dtpe', did you mean 'dtype'?",
        "wrong.yaml: models.on: YAML reads this name as true: put it in quotes",
        "wrong.yaml: models.gone.id: there is no folder models/gone",
        "wrong.yaml: corpora.'words/new': 'words/new' cannot be a name:",
        "'words-new' would do",
        "wrong.yaml: grid.size: 0 is too small, the least is 2",
        "wrong.yaml: comparisons.wrds: there is no corpus 'wrds', did you mean 'words'?",
    ):
        assert line in printed, line
    assert sum(line.startswith("wrong.yaml: ") for line in printed.splitlines()) == 8


def test_a_missing_corpus_file_is_named(unfinished):
    (unfinished.folder / "data" / "words.csv").unlink()
    assert "corpora.words.path: there is no file or folder data/words.csv" in refused(unfinished)


# ------------------------------------------------------------------------- the data and the models


@pytest.fixture
def wrong(unfinished):
    """A study whose corpora and models are each wrong in one way."""
    folder, models = unfinished.folder, unfinished.folder / "models"
    for name in ("untold", "pickled"):
        shutil.copytree(models / "bert", models / name)
    for path in (models / "untold").glob("tokenizer*"):
        path.unlink()
    (models / "pickled" / "model.safetensors").rename(models / "pickled" / "pytorch_model.bin")
    named = [["id", "text", "label"], *([str(row % 9), *rest] for row, rest in enumerate(labelled("a", "b")[1:]))]
    sources = {
        "columns": labelled("a", "b"),
        "compared": labelled("sea", "sky"),
        "few": labelled("plenty") + labelled("rare", each=4)[1:],
        "empty": [["text", "label"]],
        "ids": named,
        "booleans": labelled("yes", "no", "on"),
    }
    corpora = {name: {"path": write_rows(folder, name, rows), "label": "label"} for name, rows in sources.items()}
    corpora["columns"]["text"] = "abstract"
    corpora["ids"]["id"] = "id"
    comparisons = {
        "compared": {"pair": ["sea", "land"]},
        "few": {"pair": ["plenty", "rare"]},
        "booleans": {"pair": [True, "no"]},
    }
    named_models = {name: {"id": f"./models/{name}"} for name in ("untold", "pickled")}
    unfinished.write(STUDY | {"models": MODEL | named_models, "corpora": corpora, "comparisons": comparisons})
    return unfinished


def test_everything_wrong_with_data_and_models_is_told_at_once_with_what_there_is(wrong):
    printed = refused(wrong)
    lines = [line for line in printed.splitlines() if line.startswith(("model '", "corpus '"))]
    told = {}
    for line in lines:
        told.setdefault(line.split("'")[1], []).append(line)
    assert set(told) == {"untold", "pickled", "columns", "compared", "few", "empty", "ids", "booleans"}
    for name, words in {
        "untold": ["has no tokenizer"],
        "pickled": ["only pickled weights (pytorch_model.bin)", "safetensors"],
        "columns": ["no column 'abstract'", "There are: text, label"],
        "compared": ["no label 'land'", "sea 12, sky 12"],
        "few": ["'rare'", "4", "min_documents"],
        "empty": ["no "],
        "ids": ["'0'"],
        "booleans": ["True, which fits 2 labels (on, yes)", "write it in quotes"],
    }.items():
        for word in words:
            assert word in "\n".join(told[name]), (name, word, told[name])
        assert len(told[name]) <= 2, told[name]


def test_the_target_check_refuses_the_same(wrong):
    assert "no column 'abstract'" in refused(wrong, "check")


def lose_a_weight(folder):
    """Take one weight out of a checkpoint; its name."""
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    lost = "encoder.layer.1.output.dense.weight"
    save_file({name: value for name, value in weights.items() if name != lost}, folder / "model.safetensors")
    return lost


def test_a_checkpoint_that_lacks_weights_is_refused_with_their_names(unfinished):
    models = {name: {"id": "./models/bert", "max_tokens": tokens} for name, tokens in (("encoder", 32), ("short", 16))}
    unfinished.write(STUDY | {"models": models})
    lost = lose_a_weight(unfinished.folder / "models" / "bert")
    printed = refused(unfinished)
    assert "model 'encoder'" in printed
    assert lost in printed


def test_the_only_model_is_refused_by_the_job_that_loads_it_and_nothing_is_lost(unfinished):
    place = unfinished.folder / "models" / "bert"
    whole = (place / "model.safetensors").read_bytes()
    lost = lose_a_weight(place)
    assert lost in refused(unfinished, "check")
    printed = refusal(unfinished.run("activations"))
    assert re.search(rf"ERROR .* lacks weights that its hidden states depend on \({lost}\)", printed), printed
    (place / "model.safetensors").write_bytes(whole)
    again = unfinished.run("activations")
    assert again.returncode == 0, again.stdout
    assert jobs(again.stdout) == {"extract_activations": 1}


def test_a_config_that_is_no_model_is_refused(unfinished):
    edit_json(unfinished.folder / "models" / "bert" / "config.json", num_hidden_layers=None)
    assert "tells neither depth" in refused(unfinished)


# ---------------------------------------------------------------------------- the GPUs and the disk


@pytest.fixture
def hidden(monkeypatch, tmp_path):
    """A machine that shows no GPU, and a cluster that has none."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (tmp_path / "bin").mkdir()
    # Snakemake's plugin for SLURM takes a machine that has sinfo and no squeue for a broken one.
    for program, answer in (("sinfo", "echo '(null)'"), ("squeue", "true")):
        (tmp_path / "bin" / program).write_text(f"#!/bin/sh\n{answer}\n")
        (tmp_path / "bin" / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")


def test_gpus_that_are_not_there_or_not_allowed_are_refused_before_any_job_and_can_be_planned(unfinished, hidden):
    spread = {"encoder": {"id": "./models/bert", "gpus": 2, "device_map": "auto"}}
    unfinished.write(STUDY | {"models": spread, "device": "cuda"})
    printed = refused(unfinished, "check")
    for line in (
        "device: cuda, but this machine shows no GPU; CUDA_VISIBLE_DEVICES is ''",
        "model 'encoder' asks for gpus: 2, and this run may use 1 at a time: add --resources gpu=2",
    ):
        assert line in printed
    assert unfinished.planned()["extract_activations"] == 1


def test_a_gpu_is_not_missed_by_an_executor_whose_jobs_run_elsewhere(finished, tmp_path, hidden):
    """`--touch`, an executor as well, stands for those of other clusters, none of which is installed here."""
    place = finished.copy(tmp_path / "copy")
    place.write(STUDY | {"device": "cuda"})
    place.make("--touch")


@pytest.mark.slow
def test_a_job_that_claimed_a_gpu_and_finds_none_uses_the_cpu_and_says_what_it_saw(
    unfinished, hidden, monkeypatch, tmp_path
):
    """A driver that lists two devices, none of which can be opened."""
    driver = tmp_path / "bin" / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 'GPU 0: made up'; echo 'GPU 1: made up'\n")
    driver.chmod(0o755)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    models = {name: {"id": "./models/bert"} for name in ("one", "other")}
    unfinished.write(STUDY | {"models": models, "device": "auto"})
    Place(unfinished.folder, unfinished.checkout, {"NRAG_DEVICE": ""}).make("activations", "--resources", "gpu=2")
    told = (
        r"INFO GPU ([01])\n.*WARNING torch finds 0 GPUs here and needs 1; CUDA_VISIBLE_DEVICES is '\1': using the CPU"
    )
    for name in models:
        log = unfinished.results / "logs" / "extract_activations" / f"{name}--words.log"
        assert re.search(told, log.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_activations_that_do_not_fit_on_the_disk_are_refused_before_any_job(unfinished):
    """60 documents x 4 hidden states x 16 x 4 poolings x 4 bytes, twice while they are written."""
    unfinished.results.mkdir()
    with small_disk(unfinished.results, "100k"):
        printed = refused(unfinished)
        assert "the activations to be made need 0.1 MB of disk while they are written, and " in printed
        assert f"{unfinished.results} has 0.1 MB free: make room" in printed
        assert unfinished.planned()["extract_activations"] == 1


# -------------------------------------------------------------------------------- strange but right

HOSTILE = ["<script>alert(1)</script>", "a \"b\" 'c' & d", "two\nlines", "日本 🐋", "=1+1", "true", "007"]


@pytest.fixture(scope="module")
def strange(finished, tmp_path_factory):
    """A finished study of a corpus whose texts and labels would break careless programs, and of one without labels."""
    place = Place(tmp_path_factory.mktemp("strange"), finished.checkout)
    shutil.copytree(finished.folder / "models", place.folder / "models")
    texts = [*HOSTILE, "whale " * 170_000, "tab\tand\x0bmore", "naïve", "\ufeffmark", " space "]
    rows = [["text", "label"], *([f"{text} {label}", label] for label in HOSTILE for text in texts)]
    corpora = {
        "hostile": {"path": write_rows(place.folder, "hostile", rows), "label": "label"},
        "plain": {"path": str(write_data(place.folder).relative_to(place.folder))},
    }
    pair = {"hostile": {"pair": HOSTILE[:2], "all": "all"}}
    place.write(STUDY | {"models": MODEL, "corpora": corpora, "comparisons": pair})
    place.make()
    return place


@pytest.mark.slow
def test_hostile_labels_keep_their_names_to_the_end(strange):
    folder = strange.results / "nrags" / "encoder" / "hostile" / "mean" / "pca" / "equal-5"
    edges = store.read_table(folder / "edges.parquet", contracts.EDGES)
    assert set(edges["label"]) == {"", *HOSTILE}
    graph = nx.read_graphml(folder / "nrag.graphml")
    for _, data in graph.nodes(data=True):
        assert sum(data[f"label:{label}"] for label in HOSTILE) == data["documents"]


@pytest.mark.slow
def test_hostile_labels_are_text_on_the_page(strange):
    text = (strange.results / "studies" / "tiny" / "index.html").read_text(encoding="utf-8")
    assert "alert(1)" in text
    assert "<script>alert" not in text
    assert all((strange.results / "studies" / "tiny" / a).exists() for a in Links(text).addresses if a[0] not in "#d")


@pytest.mark.slow
def test_a_corpus_without_labels_is_measured_as_a_whole(strange):
    folder = strange.results / "nrags" / "encoder" / "plain" / "mean" / "pca" / "equal-5"
    metrics = store.read_table(folder / "metrics.parquet", contracts.METRICS)
    assert set(metrics["label"]) == {""}
    assert set(metrics["documents"]) == {60}
    assert (folder / "nrag.graphml").is_file()
    figures = {path.name for path in (strange.results / "studies" / "tiny" / "figures").glob("*--plain--*.svg")}
    assert figures == {
        "nrag--encoder--plain--mean--pca--equal-5--all.svg",
        "maps--encoder--plain--mean--pca--equal-5--all.svg",
        "components--encoder--plain--mean--pca3--all.svg",
        "metrics--plain--mean--pca--equal-5--all.svg",
    }


@pytest.mark.slow
def test_a_strange_study_is_finished_too(strange):
    assert jobs(strange.make("--dry-run")) == {}


# ----------------------------------------------------------------------------------- small and odd


@pytest.fixture(scope="module")
def odd(finished, tmp_path_factory):
    """A finished study of a corpus of 12 documents, one of a single label, and one of a single text."""
    place = Place(tmp_path_factory.mktemp("odd"), finished.checkout)
    shutil.copytree(finished.folder / "models", place.folder / "models")
    same = [["text", "label"], *(["the same whale", label] for label in ("true", "false") * 12)]
    sources = {"twelve": labelled("sea", "sky", each=6), "single": labelled("sea", each=20), "same": same}
    corpora = {name: {"path": write_rows(place.folder, name, rows), "label": "label"} for name, rows in sources.items()}
    corpora["twelve"]["min_documents"] = 3
    named = {"pair": [True, False], "one": {"labels": [True], "within": "text-length"}}
    asked = {"models": MODEL, "corpora": corpora, "comparisons": {"same": named}, "figures": {"formats": ["svg"]}}
    place.write(STUDY | asked | {"probing": False})
    place.make()
    return place


def run_of(place, corpus):
    return place.results / "nrags" / "encoder" / corpus / "mean" / "pca" / "equal-5"


def edges_of(place, corpus):
    return store.read_table(run_of(place, corpus) / "edges.parquet", contracts.EDGES)


@pytest.mark.slow
def test_a_corpus_of_twelve_documents_runs_to_the_end_and_says_that_its_labels_are_rare(odd):
    edges = edges_of(odd, "twelve")
    assert edges.groupby(["label", "layer"])["documents"].sum().unique().tolist() == [12, 6]
    quality = store.read_tsv(odd.results / "corpora" / "twelve" / "quality.tsv")
    assert (quality["problem"] == "rare label").sum() == 12
    assert "rare label: 12 (sea 6, sky 6), kept" in (odd.results / "logs/label_corpus/twelve.log").read_text()


@pytest.mark.slow
def test_a_single_label_runs_to_the_end_with_the_graph_of_all_documents(odd):
    edges = edges_of(odd, "single")
    parts = [edges[edges["label"] == label].drop(columns=["labelling", "label"]) for label in ("", "sea")]
    assert len(parts[0]) > 0
    assert parts[0].reset_index(drop=True).equals(parts[1].reset_index(drop=True))
    figures = {path.name for path in (odd.results / "studies" / "tiny" / "figures").glob("*--single--*.svg")}
    assert figures >= {f"{kind}--mean--pca--equal-5--all.svg" for kind in ("nrag--encoder--single", "metrics--single")}


@pytest.mark.slow
def test_a_single_label_is_said_to_be_that_wherever_tests_are_shown(odd):
    results = odd.results / "studies" / "tiny"
    tests = store.read_tsv(results / "tables" / "tests.tsv")
    assert set(zip(tests["corpus"], tests["comparison"], strict=True)) == {
        ("twelve", "all"), ("single", "all"), ("same", "pair"), ("same", "one"),
    }  # fmt: skip
    of_one = tests[tests["note"].fillna("").str.startswith("one label: nothing to compare")].fillna("")
    places = sorted(of_one[["corpus", "comparison", "model", "documents", "note"]].itertuples(index=False, name=None))
    permuting = "one label: nothing to compare, nor to permute within text-length"
    assert places == [
        ("same", "one", "bag-of-words", '{"true": 12}', permuting),
        ("same", "one", "encoder", '{"true": 12}', permuting),
        ("single", "all", "bag-of-words", '{"sea": 20}', "one label: nothing to compare"),
        ("single", "all", "encoder", '{"sea": 20}', "one label: nothing to compare"),
    ]
    assert set(of_one[["observed", "effect", "p", "q", "p_holm", "null"]].to_numpy().ravel()) == {""}
    typeset = (results / "tables" / "tests.tex").read_text(encoding="utf-8")
    assert "all of single: sea 20; one label: nothing to compare" in typeset
    page = (results / "index.html").read_text(encoding="utf-8")
    assert "Not tested: single, all (20 sea): one label: nothing to compare" in page
    told = (results / "methods.md").read_text(encoding="utf-8")
    assert "Compared were" in told
    assert not any(re.search(r"\bnan\b", text) for text in (typeset, told))
    figure = store.read_tsv(next((results / "figures").glob("separation--single--mean--pca--equal-5--all.tsv")))
    assert figure.empty
    assert not list((results / "figures").glob("separation--same--*--one.*"))


@pytest.mark.slow
def test_a_corpus_of_one_text_runs_to_the_end_and_every_layer_is_told_to_be_constant(odd):
    edges = edges_of(odd, "same")
    assert set(edges["label"]) == {"", "true", "false"}
    # All documents share the middle cell of every layer.
    assert set(edges[["x0", "y0", "x1", "y1"]].to_numpy().ravel()) == {2}
    reductions = store.read_tsv(odd.results / "studies" / "tiny" / "tables" / "reductions.tsv")
    constant = reductions[reductions["corpus"] == "same"]["constant"]
    assert set(constant) == {"True"}
    assert "True" not in set(reductions[(reductions["corpus"] == "twelve") & (reductions["layer"] != "0")]["constant"])
    quality = store.read_tsv(odd.results / "corpora" / "same" / "quality.tsv")
    assert quality["problem"].value_counts().to_dict() == {"contradictory labels": 24, "repeated text": 23}
    page = (odd.results / "studies" / "tiny" / "index.html").read_text(encoding="utf-8")
    assert "constant" in page


@pytest.mark.slow
def test_an_odd_study_is_finished_too(odd):
    assert jobs(odd.make("--dry-run")) == {}


# ---------------------------------------------------------------------------------- the cluster


def test_a_machine_without_slurm_cannot_submit(unfinished, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "sh", "env", "which"):
        (tools / name).symlink_to(shutil.which(name))
    elsewhere = Place(unfinished.folder, unfinished.checkout, {"PATH": str(tools)})
    printed = refused(elsewhere, "--workflow-profile", "slurm", cores=None)
    assert "SLURM is not at hand: sbatch, squeue, sinfo, scancel, scontrol not found" in printed
    assert "leave out --workflow-profile slurm" in printed
