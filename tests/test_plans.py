"""What is told before any job: all that is wrong at once, and a plan that says what it leaves out."""

import errno
import fcntl
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tiny import write_corpus

from nrag import checkpoints, contracts, dataset_files, plans, reduction, store
from nrag.plans import checks

REDUCTIONS = {"pca": {"method": "pca", "components": 2}}
CORPUS = {"path": "words.csv", "label": "label", "min_documents": 10}
BERT = {"id": "./bert", "weights": "trained", "store": ["mean", "last"]}


@pytest.fixture
def place(tmp_path, tiny_bert, monkeypatch):
    """A working directory with a corpus of 60 documents and a model of 4 hidden states, 16 wide."""
    monkeypatch.chdir(tmp_path)
    write_corpus(tmp_path / "words.csv")
    shutil.copytree(tiny_bert, tmp_path / "bert")
    return tmp_path


def study(**changes):
    named = {"models": {"m": BERT}, "corpora": {"c": CORPUS}, "comparisons": {}, "reductions": REDUCTIONS}
    return named | changes


def problems(place, *, colormap="nrag", **changes):
    return plans.problems(**study(**changes), colormap=colormap, results=place / "results")


def test_a_study_that_is_right_has_no_problem(place):
    assert problems(place) == []


def test_a_wrong_corpus_model_colormap_and_reduction_are_told_together(place):
    """One model has no tokenizer, the other only shows itself broken when it is loaded."""
    shutil.copytree("bert", "untold")
    for path in (place / "untold").glob("tokenizer*"):
        path.unlink()
    shutil.copytree("bert", "broken")
    (place / "broken" / "model.safetensors").write_bytes(b"no weights")
    told = problems(
        place,
        models={"m": BERT, "untold": BERT | {"id": "./untold"}, "broken": BERT | {"id": "./broken"}},
        corpora={"c": CORPUS, "d": CORPUS | {"text": "abstract"}},
        reductions=REDUCTIONS | {"deep": {"method": "pca", "components": 60}},
        colormap="virids",
    )
    assert [line.partition(":")[0] for line in told] == [
        "model 'untold'",
        "reduction 'deep'",
        "corpus 'd'",
        "model 'broken'",
        "figures.colormap",
    ]
    assert "Matplotlib has no colour map 'virids'; did you mean viridis" in told[-1]


@pytest.mark.parametrize(("method", "most"), [("pca", 29), ("svd", 30), ("umap", 28)])
def test_with_a_basis_per_label_components_are_held_against_the_documents_of_each_label(place, method, most):
    for components, basis, wrong in ((most, "per-label", 0), (most + 1, "per-label", 2), (most + 1, None, 0)):
        named = {"method": method, "components": components} | ({"basis": basis} if basis else {})
        told = problems(place, models={}, reductions={"r": named})
        assert len(told) == wrong
        if wrong:
            assert told[0].startswith(
                f"reduction 'r': basis: per-label fits {method} to components: {components} to each"
            )
            assert "label 'sea' of labelling 'label' of corpus 'c' has 30; lower components" in told[0]
    rare = CORPUS | {"min_documents": 31}
    assert not [
        line for line in problems(place, models={}, corpora={"c": rare}, reductions={"r": named}) if "basis" in line
    ]


def test_labels_that_cannot_be_probed_are_warned_of_and_stop_nothing(place, caplog):
    compared = [{"labelling": "label", "labels": labels} for labels in ("all", ["sea", "sky"], ["sea"])]
    named = {"models": {}, "comparisons": {"c": compared}}
    assert problems(place, **named, probing={"test_size": 0.3}) == []
    assert caplog.messages == []
    few = {"corpora": {"c": CORPUS | {"min_documents": 30}}}
    assert problems(place, **named, **few, probing={"test_size": 0.03}) == []
    said = "sea has 30, label sky has 30 documents, and test_size: 0.03 needs 34 of each"
    assert caplog.messages == [
        f"corpus 'c', labels {shown}: nothing will be probed: label {said}" for shown in ("all", "sea, sky")
    ]
    caplog.clear()
    assert problems(place, **named, **few) == []
    assert caplog.messages == []


@pytest.mark.parametrize(("method", "most"), [("pca", 59), ("svd", 60), ("umap", 58)])
def test_components_are_held_against_the_documents_as_the_methods_do(place, method, most):
    for components, wrong in ((most, 0), (most + 1, 1)):
        told = problems(place, models={}, reductions={"r": {"method": method, "components": components}})
        assert len(told) == wrong
    assert "needs at least 61 documents, and corpus 'c' has 60; lower components" in told[0]
    states = [np.random.default_rng(0).normal(size=(60, 100)).astype(np.float32)]
    with pytest.raises(reduction.ReductionError):
        reduction.reduce_layer({"m": lambda: states}, reduction.Reduction.of(method, components=most + 1))
    if method != "umap":  # a layout in 58 dimensions takes long
        reduction.reduce_layer({"m": lambda: states}, reduction.Reduction.of(method, components=most))


def test_models_that_end_the_process_that_loads_them_give_one_line(place, monkeypatch):
    def broken(*arguments):
        raise BrokenProcessPool

    monkeypatch.setattr(ProcessPoolExecutor, "submit", broken)
    (line,) = problems(place)
    assert line.startswith("models m: the process that tried to load them was ended")


def test_what_is_gone_is_not_missed_where_what_is_made_of_it_is_there(place):
    for file in ("corpora/c/texts.parquet", "activations/m/c.h5"):
        (place / "results" / file).parent.mkdir(parents=True)
        (place / "results" / file).touch()
    shutil.rmtree("bert")
    (place / "words.csv").unlink()
    assert problems(place) == []
    (place / "results" / "activations" / "m" / "c.h5").unlink()
    (place / "results" / "corpora" / "c" / "texts.parquet").unlink()
    assert [line.partition(":")[0] for line in problems(place)] == ["model 'm'", "corpus 'c'"]


# ------------------------------------------------------------------------------- small and odd corpora


def write_rows(place, *rows):
    (place / "odd.csv").write_text("".join(f"{text},{label}\n" for text, label in (("text", "label"), *rows)))
    return {"c": CORPUS | {"path": "odd.csv"}}


def test_twelve_documents_are_enough_and_too_few_of_a_label_are_told(place):
    rows = [(f"text {number}", "ab"[number % 2]) for number in range(12)]
    corpora = write_rows(place, *rows)
    assert problems(place, models={}, corpora=corpora) == []
    pair = {"c": [{"labelling": "label", "labels": ["a", "b"]}]}
    told = problems(place, models={}, corpora=corpora, comparisons=pair)
    assert [line.partition(";")[0] for line in told] == [
        f"corpus 'c': label '{label}' of labelling 'label' has 6 documents, fewer than min_documents: 10"
        for label in "ab"
    ]
    corpora["c"]["min_documents"] = 3
    assert problems(place, models={}, corpora=corpora, comparisons=pair) == []
    (line,) = problems(place, models={}, reductions={"r": {"method": "pca", "components": 12}}, corpora=corpora)
    assert "needs at least 13 documents, and corpus 'c' has 12" in line


def test_no_label_with_enough_documents_is_told_for_a_comparison_of_all(place):
    corpora = write_rows(place, *((f"text {number}", f"l{number}") for number in range(12)))
    assert (
        problems(place, models={}, corpora=corpora, comparisons={"c": [{"labelling": "label", "labels": "all"}]}) == []
    )
    labels = {"c": [{"labelling": "label", "labels": ["l1", "l12"]}]}
    told = problems(place, models={}, corpora=corpora, comparisons=labels)
    assert [line.partition(";")[0].partition(". There")[0] for line in told] == [
        "corpus 'c': label 'l1' of labelling 'label' has 1 documents, fewer than min_documents: 10",
        "corpus 'c': no label 'l12'",
    ]


def test_a_single_label_and_a_single_text_are_no_error_until_repetitions_are_dropped(place):
    corpora = write_rows(place, *[("the same whale", "true")] * 12)
    one = {"c": [{"labelling": "label", "labels": [True]}]}
    assert problems(place, models={}, corpora=corpora, comparisons=one) == []
    corpora["c"]["duplicates"] = "drop"
    told = problems(place, models={}, corpora=corpora)
    assert "corpus 'c': has 1 documents, fewer than min_documents: 10; lower it (not below 3) or add documents" in told


# ------------------------------------------------------------------------------- datasets of the hub

NEWS = {"hub": "org/news", "split": "train", "label": "label", "min_documents": 10}


def write_dataset_record(place, **changes):
    """The record of a dataset whose file is in no cache."""
    files = {"train.csv": checkpoints.File(3_000_000, None)}
    described = {"id": "org/news", "config": None, "split": "train", "revision": None, "commit": "0" * 40}
    fetched = dataset_files.Fetched(**described | changes, files=files, read=["train.csv"], classes={})
    file = place / "results" / "datasets" / "c.json"
    store.write_record(file, dataset_files.record(fetched), contracts.DATASET, provenance={})
    return file


def test_a_dataset_that_is_to_be_fetched_is_looked_for_and_planned_with_unknown_documents(place, monkeypatch):
    monkeypatch.setattr(checks, "_dataset_refusals", lambda corpora: [f"looked for {name}" for name in corpora])
    assert problems(place, models={}, corpora={"c": NEWS}) == ["looked for c"]
    assert plans.fetch_problems({}, {"c": NEWS}, results=place / "results") == ["looked for c"]
    lines = plan(place, corpora={"c": NEWS})
    assert "  c: org/news split train, to fetch" in lines
    assert any(line.startswith("  m x c") and "? documents" in line for line in lines)


def test_a_fetched_dataset_that_is_not_whole_is_told_unless_it_was_read(place, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(place / "cache"))
    write_dataset_record(place)
    (told,) = problems(place, models={}, corpora={"c": NEWS})
    assert told.startswith("corpus 'c': org/news at commit 000000000000 was fetched, but is not whole in ")
    assert "  c: org/news at commit 000000000000, 3.0 MB in 1 files" in plan(place, corpora={"c": NEWS})
    texts = place / "results" / "corpora" / "c" / "texts.parquet"
    texts.parent.mkdir(parents=True)
    texts.touch()
    assert problems(place, models={}, corpora={"c": NEWS}) == []


def test_a_record_of_another_dataset_or_a_broken_one_is_told_unless_it_is_fetched_anew(place, monkeypatch):
    monkeypatch.setattr(checks, "_dataset_refusals", lambda corpora: [f"looked for {name}" for name in corpora])
    record = write_dataset_record(place, revision="v1")
    told = (
        "corpus 'c': its record in results/datasets is of org/news split train at v1, and the config says "
        "org/news split train; run `snakemake fetch --cores 1 --forcerun fetch_corpus`, or delete the record"
    )
    assert problems(place, models={}, corpora={"c": NEWS}) == [told]
    assert plans.fetch_problems({}, {"c": NEWS}, results=place / "results") == [told]
    assert problems(place, models={}, corpora={"c": NEWS}, fetching_datasets={"c"}) == ["looked for c"]
    record.write_text("{")
    (told,) = problems(place, models={}, corpora={"c": NEWS}, fetching_datasets={"c"})
    assert told.endswith("delete it and run `snakemake fetch --cores 1`")


# ---------------------------------------------------------------------------------------- the plan


def plan(place, **changes):
    products = {
        "coordinates": ["coordinates/m/c/mean/pca.h5"],
        "component graphs": ["nrags/m/c/mean/pca3/components.parquet"],
        "probes": [],
        "figures": ["studies/s/figures/f.tsv", "studies/s/figures/g.tsv"],
    }
    named = {"study": "s", "config": "s.yaml", "dry_run": "snakemake -n --configfile s.yaml", "products": products}
    named |= {key: changes.pop(key, []) for key in ("remarks", "tables")}
    named |= {key: changes.pop(key) for key in ("trainings", "to_make") if key in changes}
    return plans.text(**named, **study(**changes), results=place / "results").splitlines()


def test_the_plan_begins_with_its_config_and_ends_with_the_command_that_tells_what_would_run(place):
    lines = plan(place)
    assert lines[0] == "study s, from s.yaml"
    assert lines[-2:] == [
        "nothing wrong was found; what would run, outdated files too, is told by",
        "  snakemake -n --configfile s.yaml",
    ]


def test_the_plan_tells_what_changes_nothing(place):
    assert "note: it is so" in plan(place, remarks=["it is so"])
    assert not any(line.startswith("note") for line in plan(place))


def test_the_plan_counts_trainings_and_what_they_are_still_to_make(place):
    (place / "results" / "mazes" / "small" / "models" / "base-s0").mkdir(parents=True)
    folders = [f"mazes/small/models/{stage}-s0" for stage in ("base", "sft")]
    to_make = {"models": ["sft", "dpo"], "corpora": ["mazes"]}
    lines = plan(place, trainings={"small": folders}, to_make=to_make)
    assert "models: 3; corpora: 2; reductions: pca; comparisons: none" in lines
    assert "trainings on the mazes small: 2, 1 exist (perhaps outdated), 1 missing" in lines
    (disk,) = (line for line in lines if line.startswith("disk"))
    assert "at least 0.0 MB; not counted: what this workflow makes first (of unknown size)," in disk
    assert not any("trainings" in line for line in plan(place))


def test_the_plan_tells_the_documents_of_the_labels_that_are_compared(place):
    """61 documents: 30 of sky, 30 of sea, 1 of fire, which is too rare for `all`."""
    with (place / "words.csv").open("a") as file:
        file.write("flame and ember,fire,heads\n")
    corpora = {"c": CORPUS | {"min_documents": 30}, "d": CORPUS}
    sky, everything, nothing = (
        {"labelling": labelling, "labels": labels}
        for labelling, labels in (("label", ["sky"]), ("label", "all"), (None, "all"))
    )
    for compared, told in (
        ([sky], ["documents of c by label: sky 30"]),
        ([sky, everything], ["documents of c by label: sea 30, sky 30"]),
        ([nothing], []),
    ):
        lines = plan(place, corpora=corpora, comparisons={"c": compared})
        assert [line for line in lines if line.startswith("documents of")] == told
    (place / "words.csv").unlink()
    texts = place / "results" / "corpora" / "c" / "texts.parquet"
    texts.parent.mkdir(parents=True)
    texts.touch()
    lines = plan(place, corpora={"c": CORPUS}, comparisons={"c": [sky]})
    assert not [line for line in lines if line.startswith("documents of")]


def test_labels_of_each_models_own_are_counted_and_held_against_the_ids_of_the_corpus(place):
    """60 documents without a column of ids: they are named 0 to 59."""
    rows = [*((model, document) for model in ("m", "elsewhere") for document in range(7)), ("m", "far")]
    (place / "right.csv").write_text("".join(f"{model},{id_},yes\n" for model, id_ in [("model", "id"), *rows]))
    definition = {"by": ["model", "id"], "column": "yes"}
    table = {"path": "right.csv", "definition": definition, "models": {"m": ["m"]}, "required": ["yes"]}
    table |= {"corpus": "c", "labelling": "right"}
    assert problems(place, tables=[table]) == []
    assert "documents of c by right, of the model that has most: yes 7" in plan(place, tables=[table])
    named = {"c": CORPUS | {"id": "text"}}
    (line,) = problems(place, corpora=named, tables=[table])
    assert line.startswith(
        "corpus 'c', labelling 'right': no document has a label: 8 rows have one, none of a document"
    )
    # Of a corpus that is still to be made the ids may be known.
    (line,) = problems(place, corpora={}, tables=[table | {"ids": ["test-0000000"]}])
    assert line.startswith("corpus 'c', labelling 'right': no document has a label: 8 rows have one")
    assert problems(place, corpora={}, tables=[table | {"ids": ["0"]}]) == problems(place, corpora={}, tables=[table])
    # A corpus that cannot be read is told once.
    (line,) = problems(place, corpora={"c": CORPUS | {"text": "abstract"}}, tables=[table])
    assert "abstract" in line


def test_the_plan_names_the_models_that_its_sizes_leave_out(place):
    hub = BERT | {"id": "org/far"}
    lines = plan(place, models={"m": BERT, "far": hub})
    # 60 documents x 4 hidden states x 16 x 2 poolings x 4 bytes
    (disk,) = (line for line in lines if line.startswith("disk"))
    assert disk.startswith("disk for activations: at least 0.0 MB; not counted: far (of unknown size),")
    assert "at least" not in "\n".join(plan(place))


FAR = BERT | {"id": "org/far"}


def write_fetched(place, *, name="far", model=FAR, commit="0123456789abcdef" * 2 + "01234567"):
    """The record of a model of 4 hidden states, 16 wide, that was fetched."""
    fetched = checkpoints.Fetched(
        id=model["id"],
        revision=model.get("revision"),
        commit=commit,
        shape=checkpoints.Shape(3, 16),
        weight_bytes=2_500_000,
        files={"config.json": checkpoints.File(2, None)},
    )
    file = place / "results" / "models" / f"{name}.json"
    store.write_record(file, checkpoints.record(fetched), contracts.MODEL, provenance={})
    return file


def test_the_plan_knows_what_was_fetched(place):
    lines = plan(place, models={"m": BERT, "far": FAR, "old": FAR | {"revision": "v1"}})
    assert [line for line in lines if "org/far" in line] == [
        "  far: org/far, to fetch, taken for an id of the hub (for a folder write ./org/far)",
        "  old: org/far at v1, to fetch",
    ]
    write_fetched(place)
    write_fetched(place, name="old")  # of the main branch, not of v1
    lines = plan(place, models={"m": BERT, "far": FAR, "old": FAR | {"revision": "v1"}})
    assert [line for line in lines if "org/far" in line] == [
        "  far: org/far at commit 0123456789ab, weights 2.5 MB, 3 layers, 16 wide",
        "  old: org/far at v1, to fetch (results/models has org/far at commit 0123456789ab)",
    ]
    (disk,) = (line for line in lines if line.startswith("disk"))
    assert "not counted: old (of unknown size)" in disk
    far, old = ([line for line in lines if line.startswith(f"  {name} x c")] for name in ("far", "old"))
    assert "60 documents      0.0 MB" in far[0]
    assert "60 documents  size unknown" in old[0]


def test_a_study_of_folders_has_no_models_of_the_hub(place):
    assert "models of the hub" not in plan(place)


def test_a_broken_record_is_told_in_one_line(place):
    write_fetched(place).write_text("{")
    (line,) = problems(place, models={"far": FAR})
    assert line.startswith("model 'far': ")
    assert line.endswith("delete it and run `snakemake fetch --cores 1`")
    assert plans.fetch_problems({"far": FAR}, {}, results=place / "results") == [line]


@pytest.mark.parametrize(
    ("named", "asked"), [(FAR | {"id": "org/near"}, "org/near"), (FAR | {"revision": "v1"}, "org/far at v1")]
)
def test_a_record_of_another_model_is_told_unless_it_is_fetched_anew(named, asked, place, monkeypatch):
    monkeypatch.setattr(checks, "_refusals", lambda models, results: [f"looked for {name}" for name in models])
    write_fetched(place)
    told = (
        f"model 'far': its record in results/models is of org/far, and the config says {asked}; "
        "run `snakemake fetch --cores 1 --forcerun fetch_model`, or delete the record"
    )
    study = {"models": {"far": named}}
    assert problems(place, **study) == [told]
    assert plans.fetch_problems(**study, corpora={}, results=place / "results") == [told]
    assert problems(place, **study, fetching={"far"}) == ["looked for far"]
    assert plans.fetch_problems(**study, corpora={}, results=place / "results", fetching={"far"}) == ["looked for far"]
    made = place / "results" / "activations" / "far" / "c.h5"
    made.parent.mkdir(parents=True)
    made.touch()
    assert problems(place, **study) == [told]


@pytest.mark.slow
def test_models_to_fetch_are_looked_for_together_and_fetched_ones_in_the_cache(place, monkeypatch):
    """The tests forbid requests, and the cache is empty."""
    monkeypatch.setenv("HF_HOME", str(place / "home"))
    models = {"far": FAR, "old": FAR | {"revision": "v1"}, "typo": FAR | {"id": "models/mine"}}
    write_fetched(place)
    fetched, unknown, typo = problems(place, models=models)
    assert fetched.startswith("model 'far': org/far at commit 0123456789ab was fetched, but is not whole in ")
    assert unknown.startswith("model 'old': org/far at v1 is not whole on this machine, and the hub does not give it")
    assert typo.startswith(
        "model 'typo': there is no folder models/mine under data:, so it is taken for an id of the hub "
        "(for a folder write ./models/mine); models/mine is not whole on this machine, and the hub does not give it"
    )
    assert plans.fetch_problems(models, {}, results=place / "results") == [unknown, typo]


def test_the_plan_counts_what_exists_of_every_kind_and_never_calls_it_up_to_date(place):
    for made in ("studies/s/figures/f.tsv", "activations/m/c.h5"):
        file = place / "results" / made
        file.parent.mkdir(parents=True)
        file.touch()
    lines = plan(place, models={"m": BERT, "n": BERT})
    assert "  m x c         60 documents      0.0 MB  exists (perhaps outdated)" in lines
    assert "  n x c         60 documents      0.0 MB  missing" in lines
    assert "coordinates: 1, 0 exist, 1 missing" in lines
    assert "component graphs: 1, 0 exist, 1 missing" in lines
    assert "figures: 2, 1 exist (perhaps outdated), 1 missing" in lines
    assert not any(line.startswith("probes") for line in lines)


# ---------------------------------------------------------------------------------------- the disk

FILE = 60 * 4 * 16 * 2 * 4
"""Bytes of the activations of the model: documents, hidden states, width, poolings, float32."""


@pytest.fixture
def free(monkeypatch):
    """Sets how many bytes of the disk are free; no model is loaded, which takes seconds."""
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(checks, "_refusals", lambda models, results: [])
    return lambda size: monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=size))


def test_activations_that_do_not_fit_are_refused_with_both_numbers(place, free):
    """Two models: both files, and the rows of one beside them."""
    models, both = {"m": BERT, "n": BERT}, {("m", "c"), ("n", "c")}
    free(3 * FILE)
    assert problems(place, models=models, extracting=both) == []
    free(3 * FILE - 1)
    (line,) = problems(place, models=models, extracting=both)
    assert line.startswith("the activations to be made need 0.1 MB of disk while they are written, and ")
    assert f"{place / 'results'} has 0.1 MB free: make room, keep fewer poolings (store)" in line


def test_only_what_will_be_extracted_needs_room(place, free):
    """Whoever deleted activations because the disk is small can still redraw a figure."""
    free(2 * FILE)
    models = {"m": BERT, "n": BERT}
    assert problems(place, models=models, extracting={("m", "c")}) == []
    assert problems(place, models=models, extracting=()) == []
    assert any(line.startswith("warning: the activations to be made need") for line in plan(place, models=models))


def test_rows_that_are_there_already_need_no_room_again(place, free):
    scratch = place / "results" / "activations" / "m" / ".c.h5.partial"
    scratch.mkdir(parents=True)
    (scratch / "rows.bin").write_bytes(bytes(20_480))
    free(2 * FILE - 20_480)
    assert problems(place, extracting={("m", "c")}) == []
    free(2 * FILE - 20_481)
    assert len(problems(place, extracting={("m", "c")})) == 1


def test_a_model_whose_shape_is_not_told_is_one_problem_and_no_traceback(place):
    (place / "bert" / "config.json").write_text("{}")
    assert [line.partition(":")[0] for line in problems(place, extracting={("m", "c")})] == ["model 'm'"]


def test_what_is_to_propose_tokens_and_has_no_head_is_told(place):
    assert problems(place, proposing="./bert") == [
        "neurons.augment.model: bert has no head for masked tokens; name a masked language model"
    ]
    weights = load_file("bert/model.safetensors") | {"cls.predictions.bias": np.zeros(3, dtype=np.float32)}
    save_file(weights, "bert/model.safetensors")
    assert problems(place, proposing="./bert") == []
    (place / "bert" / "config.json").unlink()
    (told,) = problems(place, models={}, proposing="./bert")
    assert told == "neurons.augment.model: bert has no config.json: it is no Hugging Face model folder"


# ---------------------------------------------------------------------------------------- the lock


def test_a_folder_that_is_held_is_refused(tmp_path):
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(plans.BusyError, match="another run is at work"):
            plans.claim(tmp_path)
    plans.claim(tmp_path)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "results").write_text("a file")
    with pytest.raises(plans.BusyError, match=r"results cannot be written \(File exists\): run in"):
        plans.claim(tmp_path / "results")


def test_jobs_that_an_earlier_run_left_are_refused_with_what_ends_them(tmp_path):
    with pytest.raises(plans.BusyError, match=r"at work here \(7, 8\): wait for them, or end them with `scancel 7 8`"):
        plans.claim(tmp_path, at_work=["7", "8"])


def test_a_file_system_without_locks_gives_a_warning_only(tmp_path, monkeypatch, caplog):
    def unable(*arguments):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", unable)
    plans.claim(tmp_path)
    assert "cannot be locked" in caplog.text
