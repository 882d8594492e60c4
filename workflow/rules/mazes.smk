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
        mem_mb=lambda wildcards, attempt: attempt * answering_memory(wildcards),
        runtime=lambda wildcards, attempt: attempt * pairing_minutes(wildcards),
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
        mem_mb=lambda wildcards, attempt: attempt * answering_memory(wildcards),
        runtime=lambda wildcards, attempt: attempt * answering_minutes(wildcards),
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
