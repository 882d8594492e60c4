"""Mazes to models that solve them: tables of mazes, stages of training, answers and what they come to."""

MAZES = "results/mazes/{set}"
STAGE = f"{MAZES}/models/{{stage}}-s{{training_seed}}"


wildcard_constraints:
    set=NAME,
    stage=NAME,
    pairs=NAME,
    training_seed="[0-9]+",


rule make_mazes:
    """Draw mazes, divided by their walls into those to learn from and those kept for tests, with their shortest ways."""
    output:
        mazes=f"{MAZES}/mazes.parquet",
    log:
        "results/logs/make_mazes/{set}.log",
    benchmark:
        "results/benchmarks/make_mazes/{set}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * drawing_memory(wildcards),
        runtime=lambda wildcards, attempt: attempt * drawing_minutes(wildcards),
    params:
        mazes=lambda wildcards: studies.mazes_identity(STUDY, wildcards.set),
        code=code("make_mazes.py"),
    script:
        "../../scripts/make_mazes.py"


rule sample_pairs:
    """Ask a checkpoint for answers and set its wrong ones beside the shortest ways: preference pairs."""
    input:
        mazes=f"{MAZES}/mazes.parquet",
        asked=asked_stage,
    output:
        pairs=f"{MAZES}/pairs/{{pairs}}-s{{training_seed}}.parquet",
    log:
        "results/logs/sample_pairs/{set}--{pairs}--{training_seed}.log",
    benchmark:
        "results/benchmarks/sample_pairs/{set}--{pairs}--{training_seed}.jsonl"
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=GPU,
        device=STUDY.device,
        mem_mb=lambda wildcards, attempt: attempt * answering_memory(wildcards.set, answers_for(wildcards)),
        runtime=lambda wildcards, attempt: attempt * answering_minutes(wildcards.set, answers_for(wildcards)),
    params:
        checkpoint=asked_checkpoint,
        pairs=lambda wildcards: studies.pairs_identity(STUDY, wildcards.set, wildcards.pairs),
        tokens=lambda wildcards: STUDY.mazes[wildcards.set]["answer_tokens"],
        seed=lambda wildcards: int(wildcards.training_seed),
        code=code("sample_pairs.py"),
    script:
        "../../scripts/sample_pairs.py"


rule train_stage:
    """Train a stage from the checkpoint before it: pretraining, SFT, DPO, ORPO, KTO, a reward model, RLOO or GRPO."""
    input:
        mazes=f"{MAZES}/mazes.parquet",
        begun=begun_folders,
        pairs=learned_pairs,
    output:
        folder=directory(STAGE),
    log:
        "results/logs/train_stage/{set}--{stage}--{training_seed}.log",
    benchmark:
        "results/benchmarks/train_stage/{set}--{stage}--{training_seed}.jsonl"
    conda:
        "../../envs/training.yaml"
    resources:
        gpu=GPU,
        device=STUDY.device,
        mem_mb=lambda wildcards, attempt: attempt * training_memory(wildcards),
        runtime=lambda wildcards, attempt: attempt * training_minutes(wildcards),
    params:
        stage=lambda wildcards: studies.stage_identity(STUDY, training_run(wildcards)),
        begin=lambda wildcards: studies.begun_with(STUDY, training_run(wildcards)),
        weights=begun_weights,
        tokens=lambda wildcards: STUDY.mazes[wildcards.set]["answer_tokens"],
        seed=lambda wildcards: int(wildcards.training_seed),
        code=code("train_stage.py"),
    script:
        "../../scripts/train_stage.py"


rule answer_mazes:
    """Have the checkpoints of a stage answer mazes whose walls no model has seen, and judge every answer."""
    input:
        mazes=f"{MAZES}/mazes.parquet",
        trained=STAGE,
    output:
        answers=f"{MAZES}/answers/{{stage}}-s{{training_seed}}.parquet",
    log:
        "results/logs/answer_mazes/{set}--{stage}--{training_seed}.log",
    benchmark:
        "results/benchmarks/answer_mazes/{set}--{stage}--{training_seed}.jsonl"
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=GPU,
        device=STUDY.device,
        mem_mb=lambda wildcards, attempt: attempt * answering_memory(wildcards.set, answers_of(wildcards)),
        runtime=lambda wildcards, attempt: attempt * answering_minutes(wildcards.set, answers_of(wildcards)),
    params:
        checkpoints=kept_checkpoints,
        tokens=lambda wildcards: STUDY.mazes[wildcards.set]["answer_tokens"],
        samples=lambda wildcards: STUDY.mazes[wildcards.set]["samples"],
        temperature=lambda wildcards: STUDY.mazes[wildcards.set]["temperature"],
        seed=lambda wildcards: int(wildcards.training_seed),
        code=code("answer_mazes.py"),
    script:
        "../../scripts/answer_mazes.py"


rule collect_answers:
    """Gather what all checkpoints of a set answered."""
    input:
        answers=answer_files,
    output:
        answers=f"{MAZES}/answers.parquet",
    log:
        "results/logs/collect_answers/{set}.log",
    benchmark:
        "results/benchmarks/collect_answers/{set}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_answers", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_answers", input),
    params:
        code=code("collect_answers.py"),
    script:
        "../../scripts/collect_answers.py"


rule collect_trainings:
    """Gather how the trainings of all stages went: losses, rewards and solve rates, step by step."""
    input:
        trained=trained_folders(),
    output:
        table=f"results/studies/{STUDY.name}/tables/training.tsv",
    log:
        f"results/logs/collect_trainings/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_trainings/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_trainings", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_trainings", input),
    params:
        runs=[tuple(run) for run in SET_STAGES],
        code=code("collect_trainings.py"),
    script:
        "../../scripts/collect_trainings.py"


rule measure_stages:
    """Count what every checkpoint solves, by kind and length of mazes, and hold each method against its control."""
    input:
        answers=maze_inputs("answers.parquet"),
        mazes=maze_inputs("mazes.parquet"),
    output:
        stages=f"results/studies/{STUDY.name}/tables/maze_stages.tsv",
        methods=f"results/studies/{STUDY.name}/tables/maze_methods.tsv",
        lengths=f"results/studies/{STUDY.name}/tables/maze_lengths.tsv",
    log:
        f"results/logs/measure_stages/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/measure_stages/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("measure_stages", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("measure_stages", input),
    params:
        sets={name: described_set(name) for name in STUDY.mazes},
        code=code("measure_stages.py"),
    script:
        "../../scripts/measure_stages.py"


rule write_failures:
    """Write mazes that stages do not solve, with what they answered and where it first goes wrong, to be read."""
    input:
        answers=f"{MAZES}/answers.parquet",
        mazes=f"{MAZES}/mazes.parquet",
    output:
        failures=f"results/studies/{STUDY.name}/mazes/failures-{{set}}.md",
    log:
        f"results/logs/write_failures/{STUDY.name}/{{set}}.log",
    benchmark:
        f"results/benchmarks/write_failures/{STUDY.name}/{{set}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("write_failures", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("write_failures", input),
    params:
        described=lambda wildcards: described_set(wildcards.set),
        seed=lambda wildcards: STUDY.mazes[wildcards.set]["seeds"][0],
        code=code("write_failures.py"),
    script:
        "../../scripts/write_failures.py"


rule draw_training:
    """Draw how the trainings of a set went: loss, solve rate, reward and more, step by step."""
    input:
        trainings=f"results/studies/{STUDY.name}/tables/training.tsv",
    output:
        shown=report(
            expand(f"{TRAINING_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="mazes",
            subcategory="{set}",
            labels={"figure": "learning curves"},
            caption="../report/training.rst",
        ),
        printed=expand(f"{TRAINING_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{TRAINING_FIGURE}.tsv",
    log:
        f"results/logs/draw_training/{STUDY.name}/{{set}}.log",
    benchmark:
        f"results/benchmarks/draw_training/{STUDY.name}/{{set}}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_training", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_training", input),
    params:
        stages=lambda wildcards: dict(STUDY.mazes[wildcards.set]["stages"]),
        width=STUDY.figures["width"],
        code=code("draw_training.py"),
    script:
        "../../scripts/draw_training.py"


rule draw_stages:
    """Draw the stages of a set side by side: what each solves, and how it differs from its control."""
    input:
        methods=f"results/studies/{STUDY.name}/tables/maze_methods.tsv",
    output:
        shown=report(
            expand(f"{STAGES_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="mazes",
            subcategory="{set}",
            labels={"figure": "stages"},
            caption="../report/stages.rst",
        ),
        printed=expand(f"{STAGES_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{STAGES_FIGURE}.tsv",
    log:
        f"results/logs/draw_stages/{STUDY.name}/{{set}}.log",
    benchmark:
        f"results/benchmarks/draw_stages/{STUDY.name}/{{set}}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_stages", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_stages", input),
    params:
        stages=lambda wildcards: dict(STUDY.mazes[wildcards.set]["stages"]),
        width=STUDY.figures["width"],
        code=code("draw_stages.py"),
    script:
        "../../scripts/draw_stages.py"


rule draw_lengths:
    """Draw how many mazes the stages of a set solve by the length of the shortest way."""
    input:
        lengths=f"results/studies/{STUDY.name}/tables/maze_lengths.tsv",
    output:
        shown=report(
            expand(f"{LENGTHS_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="mazes",
            subcategory="{set}",
            labels={"figure": "lengths"},
            caption="../report/lengths.rst",
        ),
        printed=expand(f"{LENGTHS_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{LENGTHS_FIGURE}.tsv",
    log:
        f"results/logs/draw_lengths/{STUDY.name}/{{set}}.log",
    benchmark:
        f"results/benchmarks/draw_lengths/{STUDY.name}/{{set}}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_lengths", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_lengths", input),
    params:
        stages=lambda wildcards: dict(STUDY.mazes[wildcards.set]["stages"]),
        width=STUDY.figures["width"],
        code=code("draw_lengths.py"),
    script:
        "../../scripts/draw_lengths.py"
