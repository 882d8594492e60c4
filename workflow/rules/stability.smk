"""Runs to their stability: what holds whatever the seed, the grid, the reduction, the pooling."""


rule compare_variants:
    """Compute a space's comparisons, and how regions hold together, under choices that could have been made otherwise."""
    input:
        cells=lambda wildcards: [f"results/nrags/{run.folder}/cells.parquet" for run in varied_runs(wildcards)],
        coordinates=lambda wildcards: [
            f"results/coordinates/{run.embedding.folder}.h5" for run in varied_runs(wildcards)
        ],
        corpus="results/corpora/{corpus}/corpus.parquet",
    output:
        variants=f"{STABILITY}/{{space}}--{{corpus}}.parquet",
        regions=f"{STABILITY}/{{space}}--{{corpus}}--regions.parquet",
    log:
        f"results/logs/compare_variants/{STUDY.name}/{{space}}--{{corpus}}.log",
    benchmark:
        f"results/benchmarks/compare_variants/{STUDY.name}/{{space}}--{{corpus}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("compare_variants", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("compare_variants", input),
    params:
        runs=lambda wildcards: [run._asdict() for run in varied_runs(wildcards)],
        comparisons=lambda wildcards: varied_comparisons(wildcards.corpus),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        seed=STUDY.statistics["seed"] if STUDY.statistics else 0,
        code=code("compare_variants.py"),
    script:
        "../../scripts/compare_variants.py"


rule draw_stability:
    """Draw what of a comparison holds: a panel a model, a row a statistic, a mark a variant."""
    input:
        variants=lambda wildcards: variant_files(wildcards.corpus),
        corpus="results/corpora/{corpus}/corpus.parquet",
    output:
        shown=report(
            expand(f"{STABILITY_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="{corpus}",
            subcategory="{comparison}",
            labels={"figure": "stability", "model": "all", "pooling": STUDY.pooling[0], "reduction": "all"},
            caption="../report/stability.rst",
        ),
        printed=expand(f"{STABILITY_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{STABILITY_FIGURE}.tsv",
    log:
        f"results/logs/draw_stability/{STUDY.name}/{{corpus}}--{{comparison}}.log",
    benchmark:
        f"results/benchmarks/draw_stability/{STUDY.name}/{{corpus}}--{{comparison}}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_stability", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_stability", input),
    params:
        spaces=lambda wildcards: [place["space"] for place in VARIED if place["corpus"] == wildcards.corpus],
        places=products.drawn_places(STUDY),
        comparison=lambda wildcards: comparison_of(wildcards.corpus, wildcards.comparison),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        width=STUDY.figures["width"],
        chosen={"shown": STUDY.figures["metrics"]} if "metrics" in STUDY.figures else {},
        code=code("draw_stability.py"),
    script:
        "../../scripts/draw_stability.py"


rule collect_stability:
    """Gather in one table what holds whatever the seed, the grid, the reduction, the pooling."""
    input:
        variants=variant_files(),
    output:
        table=f"results/studies/{STUDY.name}/tables/stability.tsv",
    log:
        f"results/logs/collect_stability/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_stability/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_stability", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_stability", input),
    params:
        places=VARIED,
        code=code("collect_stability.py"),
    script:
        "../../scripts/collect_stability.py"
