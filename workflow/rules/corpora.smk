"""Sources to corpora: the texts that models read, and the labels that graphs are told apart by."""


# Compute nodes often have no network.
localrules:
    fetch_corpus,


rule fetch_corpus:
    """Get a dataset of the hub into the cache of this machine and record which commit it is."""
    output:
        # The old record stays if a newer commit cannot be had.
        fetched=update("results/datasets/{corpus}.json"),
    log:
        "results/logs/fetch_corpus/{corpus}.log",
    benchmark:
        "results/benchmarks/fetch_corpus/{corpus}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=2000,
        newest=lambda wildcards: fetches_newest_dataset(wildcards.corpus),
    # No digest of the code: what is fetched comes from outside, and holds until somebody asks for another.
    params:
        dataset=lambda wildcards: dataset_of(wildcards.corpus),
    script:
        "../../scripts/fetch_corpus.py"


rule read_corpus:
    """Read a corpus, choose its documents, and keep a record of every row that was left out."""
    input:
        source=corpus_source,
        fetched=lambda wildcards: fetched_dataset(wildcards.corpus),
    output:
        texts="results/corpora/{corpus}/texts.parquet",
        rows="results/corpora/{corpus}/rows.parquet",
    log:
        "results/logs/read_corpus/{corpus}.log",
    benchmark:
        "results/benchmarks/read_corpus/{corpus}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * reading_memory(wildcards, input),
        runtime=lambda wildcards, input, attempt: attempt * reading_minutes(wildcards, input),
    params:
        definition=lambda wildcards: reading_of(wildcards.corpus),
        versions=lambda wildcards: package_versions(wildcards.corpus),
        code=code("read_corpus.py"),
    script:
        "../../scripts/read_corpus.py"


rule label_corpus:
    """Give every document its labels, and list what is odd about the texts."""
    input:
        texts="results/corpora/{corpus}/texts.parquet",
        rows="results/corpora/{corpus}/rows.parquet",
    output:
        corpus="results/corpora/{corpus}/corpus.parquet",
        quality="results/corpora/{corpus}/quality.tsv",
    log:
        "results/logs/label_corpus/{corpus}.log",
    benchmark:
        "results/benchmarks/label_corpus/{corpus}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("label_corpus", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("label_corpus", input),
        # Too few documents are an error, but what is written does not depend on it: no reason to run again.
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
    params:
        definition=lambda wildcards: labelling_of(wildcards.corpus),
        code=code("label_corpus.py"),
    script:
        "../../scripts/label_corpus.py"


rule label_models:
    """Give every document the labels that it has under each model, from a table such as of what they answered."""
    input:
        texts="results/corpora/{corpus}/texts.parquet",
        table=labels_source,
    output:
        labels="results/corpora/{corpus}/labels-{labelling}.parquet",
    log:
        "results/logs/label_models/{corpus}--{labelling}.log",
    benchmark:
        "results/benchmarks/label_models/{corpus}--{labelling}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("label_models", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("label_models", input),
    params:
        definition=lambda wildcards: studies.labels_identity(STUDY, wildcards.corpus, wildcards.labelling),
        code=code("label_models.py"),
    script:
        "../../scripts/label_models.py"
