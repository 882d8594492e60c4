"""Runs to a study: what its paper's tables say."""


rule collect_metrics:
    """Gather the metrics of every run of the study: a table of the graphs, one of their layers."""
    input:
        metrics=nrag_files("metrics.parquet"),
    output:
        table=f"results/studies/{STUDY.name}/tables/metrics.tsv",
        layers=f"results/studies/{STUDY.name}/tables/layers.tsv",
    log:
        f"results/logs/collect_metrics/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_metrics/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_metrics", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_metrics", input),
    params:
        runs=[run._asdict() for run in RUNS],
        code=code("collect_metrics.py"),
    script:
        "../../scripts/collect_metrics.py"


rule collect_quality:
    """Count what was left out, doubtful or lost of the documents, per corpus, label and model."""
    input:
        rows=expand("results/corpora/{corpus}/rows.parquet", corpus=STUDY.corpora),
        problems=expand("results/corpora/{corpus}/quality.tsv", corpus=STUDY.corpora),
        corpora=expand("results/corpora/{corpus}/corpus.parquet", corpus=STUDY.corpora),
        activations=expand("results/activations/{model}/{corpus}.h5", model=STUDY.models, corpus=STUDY.corpora),
        coordinates=coordinate_files(),
    output:
        table=f"results/studies/{STUDY.name}/tables/quality.tsv",
    log:
        f"results/logs/collect_quality/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_quality/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_quality", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_quality", input),
    params:
        labelling=first_labellings(),
        extracted=[(model, corpus) for model in STUDY.models for corpus in STUDY.corpora],
        reduced=[(embedding.corpus, embedding.pooling) for embedding in EMBEDDINGS],
        pooling=list(STUDY.pooling),
        code=code("collect_quality.py"),
    script:
        "../../scripts/collect_quality.py"


rule collect_reductions:
    """Gather how much of every layer its coordinates show, for every reduction and model."""
    input:
        coordinates=coordinate_files(),
    output:
        table=f"results/studies/{STUDY.name}/tables/reductions.tsv",
    log:
        f"results/logs/collect_reductions/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_reductions/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_reductions", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_reductions", input),
    params:
        reduced=[embedding._asdict() for embedding in EMBEDDINGS],
        code=code("collect_reductions.py"),
    script:
        "../../scripts/collect_reductions.py"


rule record_versions:
    """Record the software that made the study's files, as the files tell it."""
    input:
        files=[
            *expand("results/corpora/{corpus}/corpus.parquet", corpus=STUDY.corpora),
            *expand("results/activations/{model}/{corpus}.h5", model=STUDY.models, corpus=STUDY.corpora),
            *coordinate_files(),
            *nrag_files("cells.parquet", "edges.parquet", "metrics.parquet"),
            *word_files(),
            *component_files("components.parquet", "metrics.parquet"),
            *test_files(),
            *faithfulness_files(),
            *path_memory_files(),
            *(file for kind in ("intervals", "contrasts", "rarefaction") for file in sample_files(kind)),
            *variant_files(),
            *drift_files(),
            *traced_files("examples.h5"),
            *dict.fromkeys(file for probing in PROBINGS for file in (probe_file(probing), text_probes(probing))),
            *maze_inputs("mazes.parquet"),
            *maze_inputs("answers.parquet"),
            *maze_probe_files(),
        ],
        trained=trained_folders(),
    output:
        versions=f"results/studies/{STUDY.name}/versions.tsv",
    log:
        f"results/logs/record_versions/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/record_versions/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("record_versions", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("record_versions", input),
    params:
        workflow=workflow_versions(),
        code=code("record_versions.py"),
    script:
        "../../scripts/record_versions.py"


rule write_methods:
    """Write what the study did, with every number of its files, in paragraphs to paste into a paper."""
    input:
        quality=f"results/studies/{STUDY.name}/tables/quality.tsv",
        corpora=expand("results/corpora/{corpus}/corpus.parquet", corpus=STUDY.corpora),
        activations=expand("results/activations/{model}/{corpus}.h5", model=STUDY.models, corpus=STUDY.corpora),
        coordinates=one_of_each_reduction(),
        versions=f"results/studies/{STUDY.name}/versions.tsv",
        tests=test_table(),
        examples=traced_files("examples.h5"),
        mazes=maze_inputs("mazes.parquet"),
    output:
        methods=f"results/studies/{STUDY.name}/methods.md",
    log:
        f"results/logs/write_methods/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/write_methods/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("write_methods", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("write_methods", input),
    params:
        study=products.asked(STUDY),
        models={name: model["id"] for name, model in STUDY.models.items()},
        sets={name: dict(block) for name, block in STUDY.mazes.items()},
        reductions=list(STUDY.reductions),
        code=code("write_methods.py"),
    script:
        "../../scripts/write_methods.py"


rule write_index:
    """Write the start page: figures, metrics, quality of the corpora, every file, provenance."""
    input:
        # Judged by its digest below: a fresh clone or a checkout gives it another time.
        template=ancient(workflow.source_path("../templates/index.html.j2")),
        metrics=f"results/studies/{STUDY.name}/tables/metrics.tsv",
        layers=f"results/studies/{STUDY.name}/tables/layers.tsv",
        components=component_table(),
        quality=f"results/studies/{STUDY.name}/tables/quality.tsv",
        reductions=f"results/studies/{STUDY.name}/tables/reductions.tsv",
        probing=probing_table(),
        tests=test_table(),
        contrasts=contrast_table(),
        neurons=neuron_table(),
        neuron_pages=lambda wildcards: neuron_pages(),
        neuron_links=link_files(),
        mazes=maze_tables()[:1],
        maze_figures=maze_figure_files(),
        failures=maze_failures(),
        further=linked_files(),
        versions=f"results/studies/{STUDY.name}/versions.tsv",
        corpora=expand("results/corpora/{corpus}/corpus.parquet", corpus=STUDY.corpora),
        activations=expand("results/activations/{model}/{corpus}.h5", model=STUDY.models, corpus=STUDY.corpora),
        figures=figure_files(),
    output:
        index=f"results/studies/{STUDY.name}/index.html",
    log:
        f"results/logs/write_index/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/write_index/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("write_index", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("write_index", input),
    params:
        study=STUDY.name,
        pooling=STUDY.pooling[0],
        controls=products.controls(STUDY),
        resolved=lambda wildcards: recording.as_yaml(STUDY),
        figures=described_figures(),
        runs=described_runs(),
        maze_figures=described_maze_figures(),
        sets=list(STUDY.mazes),
        neurons=lambda wildcards: [(corpus, model, block) for model, corpus, block in every_block()],
        neuron_labels=[(corpus, model, label_links(model, corpus)) for model, corpus in labelled_pairs()],
        template=digest(workflow.source_path("../templates/index.html.j2")),
        code=code("write_index.py"),
    script:
        "../../scripts/write_index.py"
