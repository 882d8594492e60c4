"""What stages of training read, and what their jobs ask for. Functions only."""

SET_STAGES = {run: studies.stage_identity(STUDY, run) for run in studies.maze_runs(STUDY)}


def training_run(wildcards):
    """The stage and seed of a job."""
    return studies.TrainingRun(wildcards.set, wildcards.stage, int(wildcards.training_seed))


def asked_run(wildcards):
    """The stage whose last checkpoint is asked for wrong answers."""
    asked = STUDY.mazes[wildcards.set]["pairs"][wildcards.pairs]["from"]
    return studies.TrainingRun(wildcards.set, asked, int(wildcards.training_seed))


def asked_stage(wildcards):
    """The folder of the stage that is asked for wrong answers."""
    return str(asked_run(wildcards).folder)


def asked_checkpoint(wildcards):
    """The checkpoint that is asked for wrong answers."""
    run = asked_run(wildcards)
    return str(run.folder / f"step-{SET_STAGES[run]['kept'][-1]}")


def begun_folders(wildcards):
    """The folders of the stages that one goes on from and is rewarded by."""
    begun = studies.begun_with(STUDY, training_run(wildcards))
    folders = [str(Path(begun[key]).parent) for key in ("checkpoint", "reward") if key in begun]
    return folders + ([begun["fetched"]] if "fetched" in begun else [])


def begun_weights(wildcards):
    """A fingerprint of the folder of a model that a stage begins with; None for others, which rules or seeds make."""
    begun = studies.begun_with(STUDY, training_run(wildcards))
    if "id" not in begun.get("model", {}) or "fetched" in begun:
        return None
    return checkpoints.fingerprint(checkpoints.locate(begun["model"]["id"], root=Path()))


def learned_pairs(wildcards):
    """The pairs that a stage learns from, if it learns from any."""
    pairs = STUDY.mazes[wildcards.set]["stages"][wildcards.stage].get("pairs")
    return f"results/mazes/{wildcards.set}/pairs/{pairs}-s{wildcards.training_seed}.parquet" if pairs else []


def kept_checkpoints(wildcards):
    """Id and folder of every checkpoint of a job's stage."""
    return named_checkpoints(training_run(wildcards))


def named_checkpoints(run):
    """Id and folder of every checkpoint of a stage; the last one's id names no step."""
    kept = SET_STAGES[run]["kept"]
    names = [f"mazes:{run.set}/{run.stage}/{step}@{run.seed}" for step in kept[:-1]]
    names.append(f"mazes:{run.set}/{run.stage}@{run.seed}")
    return [(name, str(run.folder / f"step-{step}")) for name, step in zip(names, kept, strict=True)]


def answering_runs(name):
    """The stages and seeds of a set whose checkpoints answer: a reward model does not."""
    return [run for run, stage in SET_STAGES.items() if run.set == name and stage["method"] != "reward"]


def answer_files(wildcards):
    """The answers of all stages and seeds of a set."""
    folder = f"results/mazes/{wildcards.set}/answers"
    return [f"{folder}/{run.stage}-s{run.seed}.parquet" for run in answering_runs(wildcards.set)]


def trained_stage(model):
    """The folder of the stage whose checkpoint a model is; none for other models."""
    folder = studies.model_folder(STUDY, model) if model in TRAINED_MODELS else None
    return str(folder.parent) if folder else []


def trained_folders():
    """The folder of every stage with every seed."""
    return [str(run.folder) for run in SET_STAGES]


def maze_inputs(file):
    """The file of one name of every set of mazes."""
    return [f"results/mazes/{name}/{file}" for name in STUDY.mazes]


def described_set(name):
    """The stages of a set as the config has them, and every checkpoint that answers."""
    checkpoints = [
        {
            "model": model,
            "stage": run.stage,
            "seed": run.seed,
            "step": step,
            "last": step == SET_STAGES[run]["kept"][-1],
        }
        for run in answering_runs(name)
        for step, (model, _) in zip(SET_STAGES[run]["kept"], named_checkpoints(run), strict=True)
    ]
    return {"stages": dict(STUDY.mazes[name]["stages"]), "checkpoints": checkpoints}


def maze_tables():
    """The study's tables of what trainings come to; none without mazes."""
    names = ["maze_methods", "maze_stages", "maze_lengths", "training"] if STUDY.mazes else []
    names += ["maze_probes"] if probed_sets() else []
    return [f"results/studies/{STUDY.name}/tables/{name}.tsv" for name in names]


def maze_failures():
    """What stages of every set do not solve, to be read."""
    return [f"results/studies/{STUDY.name}/mazes/failures-{name}.md" for name in STUDY.mazes]


def described_maze_figures():
    """Every figure of mazes: its name, kind and set."""
    return [
        {"name": f"{kind}--{name}", "kind": kind, "set": name}
        for name in STUDY.mazes
        for kind in ("stages", "training", "lengths", *(["probes"] if name in probed_sets() else []))
    ]


def maze_figure_files():
    """Every figure of mazes in every format, and its table."""
    suffixes = [*STUDY.figures["formats"], "tsv"]
    return [f"{FIGURES}/{figure['name']}.{suffix}" for figure in described_maze_figures() for suffix in suffixes]


def maze_files():
    """All that is made of mazes: what every stage leaves, what its checkpoints answer, and what that comes to."""
    stages = [str(run.folder) for run, stage in SET_STAGES.items() if stage["method"] == "reward"]
    return [*maze_inputs("answers.parquet"), *stages, *maze_tables(), *maze_failures(), *maze_figure_files()]


def stage_folders():
    """The tables of mazes and the checkpoints of every stage, which `all` does without where they were deleted."""
    return [f"results/mazes/{name}/mazes.parquet" for name in STUDY.mazes] + [str(run.folder) for run in SET_STAGES]


# ---------------------------------------------------------------------------------------- probes


def probed_sets():
    """The sets from whose networks something is read."""
    return [name for name, block in STUDY.mazes.items() if block["probes"]]


def is_untrained(wildcards):
    """Whether a job reads the network that stages begin with, before all training."""
    return wildcards.stage == contracts.UNTRAINED


def begun_untrained(name, seed):
    """What the first stage of a set begins with: model, and its window or record."""
    begun = studies.begun_with(STUDY, studies.untrained_run(STUDY, name, seed))
    return {key: begun[key] for key in ("model", "window", "fetched") if key in begun}


def untrained_name(name, seed):
    """How a network before all training is called, as checkpoints are."""
    return f"mazes:{name}/{contracts.UNTRAINED}@{seed}"


def untrained_network(wildcards):
    """Name, beginning, stage and seed of the network before all training; None in jobs that read checkpoints."""
    if not is_untrained(wildcards):
        return None
    seed = int(wildcards.training_seed)
    begun = {"name": untrained_name(wildcards.set, seed), "begin": begun_untrained(wildcards.set, seed)}
    return begun | {"stage": studies.untrained_run(STUDY, wildcards.set, seed).stage, "seed": seed}


def untrained_weights(wildcards):
    """A fingerprint of the folder whose shape an untrained network has; None of others, as in `begun_weights`."""
    if not is_untrained(wildcards):
        return None
    begun = begun_untrained(wildcards.set, int(wildcards.training_seed))
    if "id" not in begun["model"] or "fetched" in begun:
        return None
    return checkpoints.fingerprint(checkpoints.locate(begun["model"]["id"], root=Path()))


def read_folders(wildcards):
    """The folder of the stage that is read; before all training, the record of a model that was fetched, if any."""
    if not is_untrained(wildcards):
        return str(training_run(wildcards).folder)
    return begun_untrained(wildcards.set, int(wildcards.training_seed)).get("fetched", [])


def read_checkpoints(wildcards):
    """Id and folder of every checkpoint that a job reads; none before all training."""
    return [] if is_untrained(wildcards) else kept_checkpoints(wildcards)


def maze_probe_files():
    """What is read of mazes from every checkpoint of every set, and from the networks that they begin with."""
    return [
        f"results/mazes/{name}/probes/{stage}-s{seed}.parquet"
        for name in probed_sets()
        for stage, seed in [
            *((contracts.UNTRAINED, seed) for seed in STUDY.mazes[name]["seeds"]),
            *((run.stage, run.seed) for run in answering_runs(name)),
        ]
    ]


def read_networks(name):
    """Every network of a set that something is read from: before all training, then every checkpoint."""
    untrained = [
        {
            "model": untrained_name(name, seed),
            "stage": contracts.UNTRAINED,
            "seed": seed,
            "step": 0,
            "last": True,
        }
        for seed in STUDY.mazes[name]["seeds"]
    ]
    return [*untrained, *described_set(name)["checkpoints"]]


# ------------------------------------------------------------------------------------- resources


def begun_network(name):
    """Parameters, depth and width of what the stages of a set train."""
    begun = STUDY.mazes[name]["model"]
    if "id" not in begun:
        return resources.decoder(begun["layers"], begun["width"])
    if fetched := studies.fetched_beginning(STUDY, name):
        return network_of(fetched)
    try:
        return resources.network(checkpoints.locate(begun["id"], root=STUDY.data))
    except checkpoints.CheckpointError:
        return resources.UNKNOWN


def drawn_mazes(name):
    """How many mazes a set has, and how many cells the largest."""
    block = STUDY.mazes[name]
    number = block["train"] + block["validation"] + block["test"] + sum(shift["number"] for shift in block["shifts"])
    return number, max(each["width"] * each["height"] for each in [block, *block["shifts"]])


def drawing_memory(wildcards):
    """MB that the drawing of a set asks for."""
    return resources.drawing_memory(drawn_mazes(wildcards.set)[0])


def drawing_minutes(wildcards):
    """Minutes that the drawing of a set asks for."""
    number, cells = drawn_mazes(wildcards.set)
    return resources.drawing_minutes(number, cells=cells)


def training_memory(wildcards):
    """MB that a stage asks for."""
    stage = STUDY.mazes[wildcards.set]["stages"][wildcards.stage]
    window = studies.window(STUDY.mazes[wildcards.set])
    return resources.training_memory(begun_network(wildcards.set), stage, window=window, gpu=GPU)


def training_minutes(wildcards):
    """Minutes that a stage asks for."""
    block = STUDY.mazes[wildcards.set]
    lengths = {"window": studies.window(block), "tokens": block["answer_tokens"]}
    stage = block["stages"][wildcards.stage]
    return resources.training_minutes(begun_network(wildcards.set), stage, **lengths, gpu=GPU)


def answers_of(wildcards):
    """How many answers the checkpoints of a stage give."""
    block = STUDY.mazes[wildcards.set]
    kept = len(SET_STAGES[training_run(wildcards)]["kept"])
    shifted = sum(shift["number"] for shift in block["shifts"])
    return kept * block["test"] + shifted + block["samples"] * (block["test"] + shifted)


def answers_for(wildcards):
    """How many answers preference pairs may take: the last model may answer wrongly once in ten."""
    return 10 * STUDY.mazes[wildcards.set]["pairs"][wildcards.pairs]["number"]


def answering_memory(name, answers):
    """MB that so many answers to mazes of a set ask for."""
    window = studies.window(STUDY.mazes[name])
    return resources.answering_memory(begun_network(name), answers=answers, window=window, gpu=GPU)


def answering_minutes(name, answers):
    """Minutes that so many answers to mazes of a set ask for."""
    lengths = {"window": studies.window(STUDY.mazes[name]), "tokens": STUDY.mazes[name]["answer_tokens"]}
    return resources.answering_minutes(begun_network(name), answers=answers, **lengths, gpu=GPU)


def read_mazes(wildcards):
    """How much a job reads: mazes, partings, networks and lengths."""
    block = STUDY.mazes[wildcards.set]
    return {
        **block["probes"],
        "checkpoints": max(1, len(read_checkpoints(wildcards))),
        "window": studies.window(block),
        "tokens": block["answer_tokens"],
    }


def maze_probing_memory(wildcards):
    """MB that the probes of a stage ask for."""
    return resources.maze_probing_memory(begun_network(wildcards.set), **read_mazes(wildcards), gpu=GPU)


def maze_probing_minutes(wildcards):
    """Minutes that the probes of a stage ask for."""
    return resources.maze_probing_minutes(begun_network(wildcards.set), **read_mazes(wildcards), gpu=GPU)
