"""Activations, coordinates and cells to probes: how well labels are told from each of them."""


rule probe_layers:
    """Learn a comparison's labels from every layer of a space, and predict those of other documents."""
    input:
        activations=lambda wildcards: [
            f"results/activations/{model}/{wildcards.corpus}.h5" for model in members_of(wildcards.space)
        ],
        coordinates=lambda wildcards: [
            f"results/coordinates/{wildcards.space}/{wildcards.corpus}/{wildcards.pooling}/{reduction}.h5"
            for reduction in probed_as_they_are()
        ],
        cells=lambda wildcards: [
            f"results/nrags/{wildcards.space}/{wildcards.corpus}/{wildcards.pooling}/{reduction}/{bins}-{size}/cells.parquet"
            for reduction, bins, size in probed_cells()
        ],
        corpus="results/corpora/{corpus}/corpus.parquet",
    output:
        probes=f"{PROBES}/{{space}}--{{corpus}}--{{pooling}}--{{comparison}}.parquet",
    log:
        f"results/logs/probe_layers/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{comparison}}.log",
    benchmark:
        f"results/benchmarks/probe_layers/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{comparison}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * probing_memory(wildcards, input),
        runtime=lambda wildcards, input, attempt: attempt * probing_minutes(wildcards, input),
    params:
        models=lambda wildcards: members_of(wildcards.space),
        comparison=lambda wildcards: comparison_of(wildcards.corpus, wildcards.comparison),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        reductions=lambda wildcards: probed_with(wildcards.space),
        coordinates=lambda wildcards: probed_as_they_are(),
        cells=lambda wildcards: probed_cells(),
        grids=[tuple(grid) for grid in STUDY.grids],
        probing=STUDY.probing,
        code=code("probe_layers.py"),
    script:
        "../../scripts/probe_layers.py"


rule probe_texts:
    """Learn a comparison's labels from words and length alone, in the same splits."""
    input:
        corpus="results/corpora/{corpus}/corpus.parquet",
    output:
        probes=f"{PROBES}/texts--{{corpus}}--{{comparison}}.parquet",
    log:
        f"results/logs/probe_texts/{STUDY.name}/{{corpus}}--{{comparison}}.log",
    benchmark:
        f"results/benchmarks/probe_texts/{STUDY.name}/{{corpus}}--{{comparison}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("probe_texts", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("probe_texts", input),
    params:
        comparison=lambda wildcards: comparison_of(wildcards.corpus, wildcards.comparison),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        probing=lambda wildcards: splitting(),
        code=code("probe_texts.py"),
    script:
        "../../scripts/probe_texts.py"


rule collect_probing:
    """Gather how well labels are told from layers and texts in one table, with how sure that is."""
    input:
        probes=[probe_file(probing) for probing in PROBINGS],
        texts=[text_probes(probing) for probing in PROBINGS],
    output:
        table=f"results/studies/{STUDY.name}/tables/probing.tsv",
    log:
        f"results/logs/collect_probing/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_probing/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_probing", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_probing", input),
    params:
        places=[probing._asdict() for probing in PROBINGS],
        code=code("collect_probing.py"),
    script:
        "../../scripts/collect_probing.py"


rule draw_probing:
    """Draw how well labels are told by depth: a panel a model, a line for each kind of features."""
    input:
        probes=lambda wildcards: [
            f"{PROBES}/{space}--{wildcards.corpus}--{wildcards.pooling}--{wildcards.comparison}.parquet"
            for space in STUDY.spaces
        ],
        texts=f"{PROBES}/texts--{{corpus}}--{{comparison}}.parquet",
    output:
        shown=report(
            expand(f"{PROBING_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="{corpus}",
            subcategory="{comparison}",
            labels={"figure": "probing", "model": "all", "pooling": "{pooling}", "reduction": "all"},
            caption="../report/probing.rst",
        ),
        printed=expand(f"{PROBING_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{PROBING_FIGURE}.tsv",
    log:
        f"results/logs/draw_probing/{STUDY.name}/{{corpus}}--{{pooling}}--{{comparison}}.log",
    benchmark:
        f"results/benchmarks/draw_probing/{STUDY.name}/{{corpus}}--{{pooling}}--{{comparison}}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_probing", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_probing", input),
    params:
        spaces=list(STUDY.spaces),
        width=STUDY.figures["width"],
        code=code("draw_probing.py"),
    script:
        "../../scripts/draw_probing.py"
