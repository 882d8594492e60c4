"""Cells and labels to tests: whether the labels of a comparison lie apart more than permuted labels do."""


rule vectorize_texts:
    """Turn every document into a vector of its words, which are reduced, divided and tested as a model's states are."""
    input:
        texts="results/corpora/{corpus}/texts.parquet",
    output:
        activations=f"results/activations/{contracts.BAG_OF_WORDS}/{{corpus}}.h5",
    log:
        "results/logs/vectorize_texts/{corpus}.log",
    benchmark:
        "results/benchmarks/vectorize_texts/{corpus}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * resources.vectorizing_memory(megabytes(input.texts)),
        runtime=lambda wildcards, input, attempt: attempt * resources.vectorizing_minutes(megabytes(input.texts)),
    params:
        code=code("vectorize_texts.py"),
    script:
        "../../scripts/vectorize_texts.py"


rule permute_labels:
    """Hold every statistic of every comparison of a corpus against permuted labels."""
    input:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
        corpus="results/corpora/{corpus}/corpus.parquet",
        labels=lambda wildcards: model_labels(wildcards.corpus),
    output:
        tests=f"{TESTS}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.parquet",
    log:
        f"results/logs/permute_labels/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.log",
    benchmark:
        f"results/benchmarks/permute_labels/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("permute_labels", input),
        runtime=lambda wildcards, input, attempt: attempt * testing_minutes(wildcards, input),
    params:
        comparisons=lambda wildcards: products.labelled_comparisons(STUDY, wildcards.corpus),
        named=lambda wildcards: named_in_labels(wildcards.space, wildcards.corpus),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        statistics=lambda wildcards: permuting(),
        code=code("permute_labels.py"),
    script:
        "../../scripts/permute_labels.py"


rule collect_tests:
    """Gather the tests of the study in one table, corrected for how many there are of each kind."""
    input:
        tests=test_files(),
        variants=variant_files(),
    output:
        table=f"results/studies/{STUDY.name}/tables/tests.tsv",
    log:
        f"results/logs/collect_tests/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_tests/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_tests", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_tests", input),
    params:
        runs=[run._asdict() for run in [*LABELLED_RUNS, *WORD_RUNS]],
        varied=VARIED,
        code=code("collect_tests.py"),
    script:
        "../../scripts/collect_tests.py"


rule typeset_tests:
    """Typeset the headline test of every comparison and model as a table of LaTeX."""
    input:
        tests=f"results/studies/{STUDY.name}/tables/tests.tsv",
    output:
        table=f"results/studies/{STUDY.name}/tables/tests.tex",
    log:
        f"results/logs/typeset_tests/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/typeset_tests/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("typeset_tests", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("typeset_tests", input),
    params:
        study=STUDY.name,
        controls=products.controls(STUDY),
        code=code("typeset_tests.py"),
    script:
        "../../scripts/typeset_tests.py"
