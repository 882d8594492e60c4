"""Real runs of the whole workflow on a study of tiny models, and what their output says.

Every run uses a copy of the checkout: an edit of the working tree cannot change a run under way, and
tests can edit the copy.
"""

import contextlib
import csv
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import yaml
from tiny import WORDS, write_corpus, write_model

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "config.yaml", "workflow", "scripts", "profiles", "envs")
"""What a run needs of the checkout."""

STUDY = {
    "study": "tiny",
    "models": {"encoder": {"id": "./models/bert"}, "decoder": {"id": "./models/llama"}},
    "corpora": {"words": {"path": "data/words.csv", "label": {"topic": "label", "coin": "coin"}}},
    "reductions": {"pca": {"method": "pca"}, "pca3": {"method": "pca", "components": 3}},
    "grid": {"size": 5},
    "comparisons": {"words": {"pair": ["sea", "sky"]}},
}
"""60 documents of two topics with words of their own, and a second labelling that is thrown."""

SHORT = {"probing": False, "statistics": False, "figures": {"formats": ["svg"]}}
"""What a study can do without whose tests look at something else: a third of its jobs."""

DRAWING = {"draw_nrag", "draw_maps", "draw_metrics", "draw_rarefaction", "draw_components"}
PROBING = {"probe_layers", "collect_probing", "draw_probing"}
"""What is learned from activations, coordinates and cells; `probe_texts` reads the corpus alone."""
COMPONENTS = {"correlate_components", "export_components", "measure_components", "collect_component_metrics"}
TESTING = {"permute_labels", "collect_tests", "typeset_tests", "draw_separation"}
SAMPLING = {"sample_documents", "collect_samples", "draw_rarefaction"}
VARYING = {"compare_variants", "collect_stability", "draw_stability"}
PATHS = {"measure_path_memory", "collect_path_memory"}
FAITHFULNESS = {"measure_faithfulness", "collect_faithfulness"}
VERSIONS = {"record_versions", "write_methods"}
"""What tells of all that was made, and of what it was made with."""
AFTER_CELLS = {"build_graph", "export_graph", "measure_graph", "collect_metrics", "write_index"}
AFTER_CELLS |= TESTING | SAMPLING | VARYING | PATHS | VERSIONS
AFTER_GRID = AFTER_CELLS | PROBING | FAITHFULNESS | {"bin_regions", "draw_nrag", "draw_maps", "draw_metrics"}
AFTER_COORDINATES = AFTER_GRID | COMPONENTS | DRAWING
EVERYTHING = AFTER_COORDINATES | {
    "read_corpus",
    "label_corpus",
    "probe_texts",
    "extract_activations",
    "vectorize_texts",
    "reduce_layers",
    "collect_quality",
    "collect_reductions",
}
"""Rules of a study whose models are folders."""
TRACING = {
    "mine_neurons",
    "trace_neurons",
    "score_neurons",
    "collect_neurons",
    "compare_neurons",
    "follow_neurons",
    "summarise_neurons",
    "link_regions",
    "link_labels",
    "draw_neurons",
    "write_neuron_page",
}
"""What `neurons:` in the config adds."""
DRIFTING = {"compare_states", "compare_checkpoints", "collect_drift", "draw_drift", "draw_members"}
"""What `checkpoints:` in the config adds."""
MAZES = {
    "make_mazes",
    "sample_pairs",
    "train_stage",
    "answer_mazes",
    "collect_answers",
    "collect_trainings",
    "measure_stages",
    "write_failures",
    "draw_training",
    "draw_stages",
    "draw_lengths",
    "probe_mazes",
    "collect_maze_probes",
    "draw_maze_probes",
}
"""What `mazes:` in the config adds."""
LABELLING = {"label_models"}
"""What labels of each model's own add."""
FETCHING = {"fetch_model", "fetch_corpus"}
"""What models and corpora of the hub add."""


@dataclass(frozen=True)
class Place:
    """A folder with a study, its data, models and results, and the checkout that runs it."""

    folder: Path
    checkout: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of its runs, beside those that are inherited."""

    @property
    def results(self):
        return self.folder / "results"

    @property
    def fetch(self):
        """The command that refusals before any job name."""
        return f"snakemake fetch --cores 1 {self.named}"

    @property
    def named(self):
        """How commands that are printed name the study."""
        return f"--snakefile {self.checkout / 'Snakefile'} --configfile study.yaml"

    def write(self, study, name="study.yaml"):
        """The config file of a study, here."""
        (self.folder / name).write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return name

    def command(self, *words, config="study.yaml", cores=2, overrides=(), program=("-m", "snakemake")):
        """The words of a run: target first, for after --configfile it would be read as a file."""
        named = [*(["--configfile", config] if config else []), *(["--config", *overrides] if overrides else [])]
        start = [sys.executable, *program, *map(str, words), *(["--cores", str(cores)] if cores else [])]
        return [*start, "--snakefile", str(self.checkout / "Snakefile"), *named]

    def start(self, *words, **options):
        """A run under way, in a process group of its own."""
        return subprocess.Popen(
            self.command(*words, **options),
            cwd=self.folder,
            env=environment() | self.variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def run(self, *words, before=None, **options):
        """A finished run: returncode, and all that was printed as stdout. `before` is called in its process."""
        return subprocess.run(
            self.command(*words, **options),
            cwd=self.folder,
            env=environment() | self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            preexec_fn=before,
        )

    def make(self, *words, **options):
        """What a run that must succeed printed."""
        done = self.run(*words, **options)
        assert done.returncode == 0, done.stdout[-20_000:]
        return done.stdout

    def planned(self, *words, **options):
        """Jobs by rule that a run would start, without the target itself."""
        return jobs(self.make(*words, "--dry-run", **options))

    def copy(self, folder):
        """The same study with all its results somewhere else; file times as they are."""
        shutil.copytree(self.folder, folder)
        return Place(folder, self.checkout, self.variables)


def environment():
    """What a run inherits: nothing that a surrounding workflow, profile or pytest set; `device: auto` is the CPU."""
    foreign = ("SNAKEMAKE", "NRAG", "PYTEST", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {"NRAG_DEVICE": "cpu"}


def jobs(printed):
    """Jobs by rule, from the table that Snakemake prints; targets, which compute nothing, left out."""
    if "Nothing to be done" in printed:
        return {}
    table = re.search(r"^job +count\n[- ]+\n(.*?)^total", printed, flags=re.MULTILINE | re.DOTALL)
    assert table, printed
    counted = dict(line.split() for line in table[1].splitlines())
    return {
        rule: int(count)
        for rule, count in counted.items()
        if rule in EVERYTHING | TRACING | DRIFTING | FETCHING | MAZES or rule == "check"
    }


def refusal(done):
    """The error that a run printed, without Snakemake's opening lines; that there is no traceback is asserted."""
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stdout, done.stdout
    return done.stdout


def products(results):
    """Path and bytes of every file of a results folder but logs, benchmarks, the lock and what a kill left half."""
    files = {path.relative_to(results): path for path in sorted(results.rglob("*")) if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in files.items()
        if name.parts[0] not in ("logs", "benchmarks", ".lock") and name.suffix != ".tmp"
    }


def copy_checkout(folder):
    """A copy of what a run needs of the checkout; file times as they are."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / part)
    return folder


@contextlib.contextmanager
def edited(path, edit):
    """A file of the copied checkout as `edit` makes it of its text; put back afterwards."""
    before = path.read_text(encoding="utf-8")
    assert edit(before) != before
    path.write_text(edit(before), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


@contextlib.contextmanager
def alone(file):
    """No other process is in here with the same file."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of a size such as 400k in the place of a folder; who may not mount one skips the test."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def write_data(folder, *, number=30):
    """The corpus of the tiny study, with a thrown label beside the true one."""
    path = write_corpus(folder / "data" / "words.csv", number=number)
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    coins = np.random.default_rng(8).permutation(["heads", "tails"] * number)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[*header, "coin"], *([*row, coin] for row, coin in zip(rows, coins, strict=True))])
    return path


def write_taught_model(folder, kind):
    """A tiny model in which the words of each topic point one way: structure planted, as training would."""
    from safetensors.numpy import load_file, save_file

    write_model(folder, kind)
    vocabulary = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    weights = load_file(folder / "model.safetensors")
    (name,) = (name for name in weights if name.endswith(("word_embeddings.weight", "embed_tokens.weight")))
    # Not the same in all components: layer normalisation would take that out.
    direction = np.resize(np.float32([2, -2]), weights[name].shape[1])
    for words, sign in ((WORDS["sea"], 1), (WORDS["sky"], -1)):
        weights[name][[vocabulary[word] for word in words]] += sign * direction
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


# ------------------------------------------------------------------------------------------ fixtures


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A copy of the checkout that tests share; whoever edits it puts it back."""
    return copy_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory, checkout):
    """The tiny study, run to the end on two cores: by one process of the tests, the others copy it.

    Not to be written to: copy it.
    """
    place = Place(tmp_path_factory.mktemp("finished") / "study", checkout)
    common = tmp_path_factory.getbasetemp()
    common = common.parent if "PYTEST_XDIST_WORKER" in os.environ else common
    with alone(common / "finished.lock"):
        if (common / "finished").exists():
            copied = Place(common / "finished", checkout).copy(place.folder)
            # The page, whose template lies in another checkout.
            assert jobs(copied.make()) == {"write_index": 1}
            return copied
        write_data(place.folder)
        write_taught_model(place.folder / "models" / "bert", "bert")
        write_taught_model(place.folder / "models" / "llama", "llama")
        place.write(STUDY)
        place.make()
        place.copy(common / "copied").folder.rename(common / "finished")
        return place


@pytest.fixture
def unfinished(tmp_path, checkout, tiny_bert):
    """The tiny study of one model, nothing run."""
    place = Place(tmp_path / "study", checkout)
    write_data(place.folder)
    shutil.copytree(tiny_bert, place.folder / "models" / "bert")
    place.write(STUDY | {"models": {"encoder": {"id": "./models/bert"}}})
    return place
