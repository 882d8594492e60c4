"""Graphs and numbers to figures, each with the table that it draws."""


rule draw_nrag:
    """Draw the NRAGs of a comparison: a panel a label, one for all, the same positions in each."""
    input:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
        edges="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/edges.parquet",
        corpus=lambda wildcards: compared_labels(wildcards.corpus, wildcards.comparison),
        scores=lambda wildcards: region_scores(wildcards),
    output:
        shown=report(
            expand(f"{NRAG_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="{corpus}",
            subcategory="{comparison}",
            labels={"figure": "NRAG", "model": "{space}", "pooling": "{pooling}", "reduction": "{reduction}"},
            caption="../report/nrag.rst",
        ),
        printed=expand(f"{NRAG_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{NRAG_FIGURE}.tsv",
    log:
        f"results/logs/draw_nrag/{STUDY.name}/{{space}}--{CONDITION}.log",
    benchmark:
        f"results/benchmarks/draw_nrag/{STUDY.name}/{{space}}--{CONDITION}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_nrag", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_nrag", input),
    params:
        models=lambda wildcards: shown_members(wildcards.space),
        comparison=lambda wildcards: comparison_of(wildcards.corpus, wildcards.comparison),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        width=STUDY.figures["width"],
        colormap=STUDY.figures["colormap"],
        positions=STUDY.figures["positions"],
        keep=drawn_edges(),
        place=lambda wildcards: place_of(wildcards),
        code=code("draw_nrag.py"),
    script:
        "../../scripts/draw_nrag.py"


rule draw_maps:
    """Draw where the documents of each label lie on every layer's grid, all layers small or one large."""
    input:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
        edges="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/edges.parquet",
        corpus=lambda wildcards: compared_labels(wildcards.corpus, wildcards.comparison),
    output:
        shown=report(
            expand(f"{MAPS_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="{corpus}",
            subcategory="{comparison}",
            labels={"figure": "{view}", "model": "{space}", "pooling": "{pooling}", "reduction": "{reduction}"},
            caption="../report/maps.rst",
        ),
        printed=expand(f"{MAPS_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{MAPS_FIGURE}.tsv",
    log:
        f"results/logs/draw_maps/{STUDY.name}/{{view}}--{{space}}--{CONDITION}.log",
    benchmark:
        f"results/benchmarks/draw_maps/{STUDY.name}/{{view}}--{{space}}--{CONDITION}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_maps", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_maps", input),
    params:
        models=lambda wildcards: shown_members(wildcards.space),
        comparison=lambda wildcards: comparison_of(wildcards.corpus, wildcards.comparison),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        large=lambda wildcards: large_map(wildcards.view),
        width=STUDY.figures["width"],
        colormap=STUDY.figures["colormap"],
        code=code("draw_maps.py"),
    script:
        "../../scripts/draw_maps.py"


rule draw_metrics:
    """Draw the metrics of a comparison: a panel a metric, models side by side, a mark a label."""
    input:
        metrics=lambda wildcards: [f"results/nrags/{run.folder}/metrics.parquet" for run in runs_like(wildcards)],
        corpus=lambda wildcards: compared_labels(wildcards.corpus, wildcards.comparison),
        variants=lambda wildcards: variants_like(wildcards),
    output:
        shown=report(
            expand(f"{METRICS_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="{corpus}",
            subcategory="{comparison}",
            labels={"figure": "metrics", "model": "all", "pooling": "{pooling}", "reduction": "{reduction}"},
            caption="../report/metrics.rst",
        ),
        printed=expand(f"{METRICS_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{METRICS_FIGURE}.tsv",
    log:
        f"results/logs/draw_metrics/{STUDY.name}/{CONDITION}.log",
    benchmark:
        f"results/benchmarks/draw_metrics/{STUDY.name}/{CONDITION}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_metrics", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_metrics", input),
    params:
        spaces=lambda wildcards: [run.space for run in runs_like(wildcards)],
        place=lambda wildcards: place_of(wildcards) | {"comparison": wildcards.comparison},
        comparison=lambda wildcards: comparison_of(wildcards.corpus, wildcards.comparison),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        width=STUDY.figures["width"],
        colormap=STUDY.figures["colormap"],
        chosen={"shown": STUDY.figures["metrics"]} if "metrics" in STUDY.figures else {},
        code=code("draw_metrics.py"),
    script:
        "../../scripts/draw_metrics.py"


rule draw_separation:
    """Draw how far the labels of a comparison lie apart by depth, a line a model, and what that is held against."""
    input:
        tests=lambda wildcards: [run_tests(run) for run in runs_like(wildcards)],
        words=lambda wildcards: word_tests(wildcards),
    output:
        shown=report(
            expand(f"{SEPARATION_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="{corpus}",
            subcategory="{comparison}",
            labels={"figure": "separation", "model": "all", "pooling": "{pooling}", "reduction": "{reduction}"},
            caption="../report/separation.rst",
        ),
        printed=expand(f"{SEPARATION_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{SEPARATION_FIGURE}.tsv",
    log:
        f"results/logs/draw_separation/{STUDY.name}/{CONDITION}.log",
    benchmark:
        f"results/benchmarks/draw_separation/{STUDY.name}/{CONDITION}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_separation", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_separation", input),
    params:
        spaces=lambda wildcards: [run.space for run in runs_like(wildcards)],
        controls=products.controls(STUDY),
        width=STUDY.figures["width"],
        code=code("draw_separation.py"),
    script:
        "../../scripts/draw_separation.py"
