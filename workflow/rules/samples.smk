"""Cells and labels to random documents of each label: how sure values are, what training adds, what more texts give."""


rule sample_documents:
    """Take random documents of each label: intervals, trained less untrained models, metrics by number of documents."""
    input:
        cells=lambda wildcards: [f"results/nrags/{run.folder}/cells.parquet" for run in runs_like(wildcards)],
        corpus="results/corpora/{corpus}/corpus.parquet",
    output:
        intervals=f"{SAMPLES}/{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}--intervals.parquet",
        contrasts=f"{SAMPLES}/{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}--contrasts.parquet",
        rarefaction=f"{SAMPLES}/{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}--rarefaction.parquet",
    log:
        f"results/logs/sample_documents/{STUDY.name}/{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.log",
    benchmark:
        f"results/benchmarks/sample_documents/{STUDY.name}/{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("sample_documents", input),
        runtime=lambda wildcards, input, attempt: attempt * sampling_minutes(wildcards, input),
    params:
        spaces=lambda wildcards: [run.space for run in runs_like(wildcards)],
        comparisons=lambda wildcards: products.tested_comparisons(STUDY, wildcards.corpus),
        controls=products.contrasted(STUDY),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        statistics=lambda wildcards: sampling(),
        code=code("sample_documents.py"),
    script:
        "../../scripts/sample_documents.py"


rule collect_samples:
    """Gather intervals, trained less untrained models, and rarefaction of the study in a table each."""
    input:
        intervals=sample_files("intervals"),
        contrasts=sample_files("contrasts"),
        rarefaction=sample_files("rarefaction"),
        variants=variant_files(),
    output:
        intervals=f"results/studies/{STUDY.name}/tables/intervals.tsv",
        contrasts=f"results/studies/{STUDY.name}/tables/contrasts.tsv",
        rarefaction=f"results/studies/{STUDY.name}/tables/rarefaction.tsv",
    log:
        f"results/logs/collect_samples/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_samples/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_samples", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_samples", input),
    params:
        conditions=[dict(zip(contracts.RUN[1:], condition)) for condition in TESTED_CONDITIONS],
        varied=VARIED,
        code=code("collect_samples.py"),
    script:
        "../../scripts/collect_samples.py"


rule draw_rarefaction:
    """Draw metrics by number of documents: a panel a metric, a line a label, the untrained controls behind."""
    input:
        rarefaction=f"{SAMPLES}/{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}--rarefaction.parquet",
        corpus="results/corpora/{corpus}/corpus.parquet",
    output:
        shown=report(
            expand(f"{RAREFACTION_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="{corpus}",
            subcategory="{comparison}",
            labels={"figure": "rarefaction", "model": "all", "pooling": "{pooling}", "reduction": "{reduction}"},
            caption="../report/rarefaction.rst",
        ),
        printed=expand(f"{RAREFACTION_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{RAREFACTION_FIGURE}.tsv",
    log:
        f"results/logs/draw_rarefaction/{STUDY.name}/{CONDITION}.log",
    benchmark:
        f"results/benchmarks/draw_rarefaction/{STUDY.name}/{CONDITION}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_rarefaction", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_rarefaction", input),
    params:
        comparison=lambda wildcards: comparison_of(wildcards.corpus, wildcards.comparison),
        controls=products.contrasted(STUDY),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        width=STUDY.figures["width"],
        colormap=STUDY.figures["colormap"],
        chosen={"shown": STUDY.figures["metrics"]} if "metrics" in STUDY.figures else {},
        code=code("draw_rarefaction.py"),
    script:
        "../../scripts/draw_rarefaction.py"
