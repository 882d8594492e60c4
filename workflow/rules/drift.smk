"""Cells and hidden states to drift: how far the checkpoints of a shared space have come apart."""


rule compare_states:
    """Hold the hidden states of a space's models against each other in every layer, whatever axes they have."""
    input:
        activations=lambda wildcards: [
            f"results/activations/{model}/{wildcards.corpus}.h5" for model in members_of(wildcards.space)
        ],
        corpus="results/corpora/{corpus}/corpus.parquet",
    output:
        drift=f"{DRIFT}/{{space}}--{{corpus}}--{{pooling}}.parquet",
    log:
        f"results/logs/compare_states/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}.log",
    benchmark:
        f"results/benchmarks/compare_states/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * alignment_memory(wildcards, input),
        runtime=lambda wildcards, input, attempt: attempt * alignment_minutes(wildcards, input),
    params:
        models=lambda wildcards: members_of(wildcards.space),
        seed=lambda wildcards: STUDY.checkpoints[wildcards.space]["seed"],
        code=code("compare_states.py"),
    script:
        "../../scripts/compare_states.py"


rule compare_checkpoints:
    """Hold the models of a shared space against each other in their common regions, beside what chance makes."""
    input:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
        own=lambda wildcards: own_cells(wildcards),
        corpus="results/corpora/{corpus}/corpus.parquet",
        labels=lambda wildcards: labels_beside_drift(wildcards),
    output:
        drift=f"{DRIFT}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.parquet",
    log:
        f"results/logs/compare_checkpoints/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.log",
    benchmark:
        f"results/benchmarks/compare_checkpoints/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("compare_checkpoints", input),
        runtime=lambda wildcards, input, attempt: attempt * exchanging_minutes(wildcards, input),
    params:
        models=lambda wildcards: members_of(wildcards.space),
        labelling=lambda wildcards: drift.labelling_beside(STUDY, wildcards.space, wildcards.corpus),
        named=lambda wildcards: (
            named_in_labels(wildcards.space, wildcards.corpus) if labels_beside_drift(wildcards) else {}
        ),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        permutations=lambda wildcards: STUDY.checkpoints[wildcards.space]["permutations"],
        seed=lambda wildcards: STUDY.checkpoints[wildcards.space]["seed"],
        code=code("compare_checkpoints.py"),
    script:
        "../../scripts/compare_checkpoints.py"


rule collect_drift:
    """Gather how far all checkpoints have come apart in one table, corrected, beside the floors of the config."""
    input:
        drift=drift_files(),
    output:
        table=f"results/studies/{STUDY.name}/tables/drift.tsv",
    log:
        f"results/logs/collect_drift/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_drift/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_drift", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_drift", input),
    params:
        places=[place._asdict() for place in [*COMPARED_STATES, *DRIFTING_RUNS]],
        floors={space: asked["floors"] for space, asked in STUDY.checkpoints.items()},
        code=code("collect_drift.py"),
    script:
        "../../scripts/collect_drift.py"


rule draw_drift:
    """Draw how far checkpoints have drifted: by layer, in the order of their training, or as a tree of which are near."""
    input:
        drift=f"{DRIFT}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.parquet",
        states=f"{DRIFT}/{{space}}--{{corpus}}--{{pooling}}.parquet",
    output:
        shown=report(
            expand(f"{DRIFT_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="{corpus}",
            subcategory="checkpoints of {space}",
            labels={"figure": "{drift}", "model": "{space}", "pooling": "{pooling}", "reduction": "{reduction}"},
            caption="../report/drift.rst",
        ),
        printed=expand(f"{DRIFT_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{DRIFT_FIGURE}.tsv",
    log:
        f"results/logs/draw_drift/{STUDY.name}/{{drift}}--{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.log",
    benchmark:
        f"results/benchmarks/draw_drift/{STUDY.name}/{{drift}}--{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_drift", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_drift", input),
    params:
        shown=lambda wildcards: drift.shown(STUDY, wildcards.space, wildcards.drift),
        width=STUDY.figures["width"],
        code=code("draw_drift.py"),
    script:
        "../../scripts/draw_drift.py"


rule draw_members:
    """Draw the NRAGs of all documents under every model of a space side by side, coloured by what changed from the base."""
    input:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
        edges="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/edges.parquet",
    output:
        shown=report(
            expand(f"{MEMBERS_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="{corpus}",
            subcategory="checkpoints of {space}",
            labels={"figure": "NRAGs", "model": "{space}", "pooling": "{pooling}", "reduction": "{reduction}"},
            caption="../report/members.rst",
        ),
        printed=expand(f"{MEMBERS_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{MEMBERS_FIGURE}.tsv",
    log:
        f"results/logs/draw_members/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.log",
    benchmark:
        f"results/benchmarks/draw_members/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_members", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_members", input),
    params:
        base=lambda wildcards: STUDY.checkpoints[wildcards.space]["base"],
        models=lambda wildcards: drift.in_order(STUDY, wildcards.space),
        width=STUDY.figures["width"],
        colormap=STUDY.figures["colormap"],
        keep=drawn_edges(),
        code=code("draw_members.py"),
    script:
        "../../scripts/draw_members.py"
