"""Stages to what of a maze can be read from their layers: walls, position, legal moves, next move."""


rule probe_mazes:
    """Read what the layers of a stage's checkpoints, or of the network before all training, hold of mazes."""
    input:
        mazes=f"{MAZES}/mazes.parquet",
        trained=read_folders,
    output:
        probes=f"{MAZES}/probes/{{stage}}-s{{training_seed}}.parquet",
    log:
        "results/logs/probe_mazes/{set}--{stage}--{training_seed}.log",
    benchmark:
        "results/benchmarks/probe_mazes/{set}--{stage}--{training_seed}.jsonl"
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=GPU,
        device=STUDY.device,
        mem_mb=lambda wildcards, attempt: attempt * maze_probing_memory(wildcards),
        runtime=lambda wildcards, attempt: attempt * maze_probing_minutes(wildcards),
    params:
        checkpoints=read_checkpoints,
        untrained=untrained_network,
        weights=untrained_weights,
        probes=lambda wildcards: studies.probes_identity(STUDY, wildcards.set),
        code=code("probe_mazes.py"),
    script:
        "../../scripts/probe_mazes.py"


rule collect_maze_probes:
    """Gather what is read of mazes from the layers of all checkpoints, as means over partings of the mazes."""
    input:
        maze_probes=maze_probe_files(),
    output:
        table=f"results/studies/{STUDY.name}/tables/maze_probes.tsv",
    log:
        f"results/logs/collect_maze_probes/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_maze_probes/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_maze_probes", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_maze_probes", input),
    params:
        sets={name: read_networks(name) for name in probed_sets()},
        code=code("collect_maze_probes.py"),
    script:
        "../../scripts/collect_maze_probes.py"


rule draw_maze_probes:
    """Draw what is read of the mazes of a set from each layer, stage by stage."""
    input:
        means=f"results/studies/{STUDY.name}/tables/maze_probes.tsv",
    output:
        shown=report(
            expand(f"{PROBES_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="mazes",
            subcategory="{set}",
            labels={"figure": "probes"},
            caption="../report/maze_probes.rst",
        ),
        printed=expand(f"{PROBES_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{PROBES_FIGURE}.tsv",
    log:
        f"results/logs/draw_maze_probes/{STUDY.name}/{{set}}.log",
    benchmark:
        f"results/benchmarks/draw_maze_probes/{STUDY.name}/{{set}}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_maze_probes", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_maze_probes", input),
    params:
        stages=lambda wildcards: dict(STUDY.mazes[wildcards.set]["stages"]),
        width=STUDY.figures["width"],
        code=code("draw_maze_probes.py"),
    script:
        "../../scripts/draw_maze_probes.py"
