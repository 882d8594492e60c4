"""Hidden states and cells to faithfulness: whether neighbours in the hidden space are still neighbours in the plane."""


rule measure_faithfulness:
    """Measure how much of its documents' neighbourhoods every region keeps, of all reductions and grids of a space."""
    input:
        activations=lambda wildcards: [
            f"results/activations/{model}/{wildcards.corpus}.h5" for model in members_of(wildcards.space)
        ],
        cells=lambda wildcards: [
            f"results/nrags/{wildcards.space}/{wildcards.corpus}/{wildcards.pooling}/{reduction}/{bins}-{size}/cells.parquet"
            for reduction, bins, size in products.planes(STUDY)
        ],
    output:
        faithfulness=f"{FAITHFULNESS}/{{space}}--{{corpus}}--{{pooling}}.parquet",
    log:
        f"results/logs/measure_faithfulness/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}.log",
    benchmark:
        f"results/benchmarks/measure_faithfulness/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * faithfulness_memory(wildcards, input),
        runtime=lambda wildcards, input, attempt: attempt * faithfulness_minutes(wildcards, input),
    params:
        models=lambda wildcards: members_of(wildcards.space),
        grids=products.planes(STUDY),
        seed=lambda wildcards: STUDY.statistics["seed"],
        code=code("measure_faithfulness.py"),
    script:
        "../../scripts/measure_faithfulness.py"


rule collect_faithfulness:
    """Gather how much of the neighbourhoods of hidden states regions keep, beside untrained controls, in one table."""
    input:
        faithfulness=faithfulness_files(),
    output:
        table=f"results/studies/{STUDY.name}/tables/faithfulness.tsv",
    log:
        f"results/logs/collect_faithfulness/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_faithfulness/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_faithfulness", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_faithfulness", input),
    params:
        places=[place._asdict() for place in JUDGED],
        controls=products.controls(STUDY),
        code=code("collect_faithfulness.py"),
    script:
        "../../scripts/collect_faithfulness.py"
