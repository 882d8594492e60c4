"""Cells and labels to path memory: whether the region before tells the next one beyond the present one."""


rule measure_path_memory:
    """Hold what paths remember of the region before, of every label, against next regions shuffled within each one."""
    input:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
        corpus="results/corpora/{corpus}/corpus.parquet",
    output:
        memory=f"{PATH_MEMORY}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.parquet",
    log:
        f"results/logs/measure_path_memory/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.log",
    benchmark:
        f"results/benchmarks/measure_path_memory/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("measure_path_memory", input),
        runtime=lambda wildcards, input, attempt: attempt * shuffling_minutes(wildcards, input),
    params:
        comparisons=lambda wildcards: products.comparisons_of_documents(STUDY, wildcards.corpus),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        shuffles=lambda wildcards: STUDY.statistics["permutations"],
        seed=lambda wildcards: STUDY.statistics["seed"],
        code=code("measure_path_memory.py"),
    script:
        "../../scripts/measure_path_memory.py"


rule collect_path_memory:
    """Gather what the paths of all runs remember in one table, corrected for how many there are, beside controls."""
    input:
        memories=path_memory_files(),
    output:
        table=f"results/studies/{STUDY.name}/tables/path-memory.tsv",
    log:
        f"results/logs/collect_path_memory/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_path_memory/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_path_memory", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_path_memory", input),
    params:
        runs=[run._asdict() for run in REMEMBERED_RUNS],
        controls=products.controls(STUDY),
        code=code("collect_path_memory.py"),
    script:
        "../../scripts/collect_path_memory.py"
