"""Texts to neurons: graphs of the tokens that each responds to, their scores, and what regions and labels they tell."""

NEURONS = "results/neurons/{model}/{corpus}"
BLOCK = f"{NEURONS}/block-{{block}}"
STUDY_NEURONS = f"results/studies/{STUDY.name}/neurons"


rule mine_neurons:
    """Look at all neurons of a model's blocks once over a corpus: their best and random examples, how strong they are."""
    input:
        texts="results/corpora/{corpus}/texts.parquet",
        fetched=lambda wildcards: fetched_model(wildcards.model),
        trained=lambda wildcards: trained_stage(wildcards.model),
    output:
        examples=f"{NEURONS}/examples.h5",
    log:
        "results/logs/mine_neurons/{model}--{corpus}.log",
    benchmark:
        "results/benchmarks/mine_neurons/{model}--{corpus}.jsonl"
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=GPU,
        device=STUDY.device,
        mem_mb=lambda wildcards, input, attempt: attempt * mining_memory(wildcards, input),
        runtime=lambda wildcards, input, attempt: attempt * mining_minutes(wildcards, input),
    params:
        model=lambda wildcards: model_of(wildcards.model),
        weights=lambda wildcards: weights_of(wildcards.model),
        neurons=tracing("blocks", "per_block", "examples", "threshold", "test", "seed"),
        code=code("mine_neurons.py"),
    script:
        "../../scripts/mine_neurons.py"


rule trace_neurons:
    """Find the tokens that every neuron of a block fires at, and the context that it needs: its graph."""
    input:
        examples=f"{NEURONS}/examples.h5",
        fetched=lambda wildcards: fetched_model(wildcards.model),
        trained=lambda wildcards: trained_stage(wildcards.model),
    output:
        patterns=f"{BLOCK}/patterns.parquet",
        graphs=f"{BLOCK}/graphs.jsonl",
        failures=f"{BLOCK}/failures.tsv",
    log:
        "results/logs/trace_neurons/{model}--{corpus}--{block}.log",
    benchmark:
        "results/benchmarks/trace_neurons/{model}--{corpus}--{block}.jsonl"
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=GPU,
        device=STUDY.device,
        mem_mb=lambda wildcards, input, attempt: attempt * tracing_memory(wildcards, input),
        runtime=lambda wildcards, input, attempt: attempt * tracing_minutes(wildcards, input),
    params:
        model=lambda wildcards: model_of(wildcards.model),
        weights=lambda wildcards: weights_of(wildcards.model),
        proposing=proposing_weights(),
        neurons=tracing("examples", "context", "threshold", "importance", "sufficiency", "augment", "seed"),
        code=code("trace_neurons.py"),
    script:
        "../../scripts/trace_neurons.py"


rule score_neurons:
    """Predict from its graph where a neuron fires in held-out texts, and hold that against its true activations."""
    input:
        examples=f"{NEURONS}/examples.h5",
        patterns=f"{BLOCK}/patterns.parquet",
        fetched=lambda wildcards: fetched_model(wildcards.model),
        trained=lambda wildcards: trained_stage(wildcards.model),
    output:
        scores=f"{BLOCK}/scores.tsv",
    log:
        "results/logs/score_neurons/{model}--{corpus}--{block}.log",
    benchmark:
        "results/benchmarks/score_neurons/{model}--{corpus}--{block}.jsonl"
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=GPU,
        device=STUDY.device,
        mem_mb=lambda wildcards, input, attempt: attempt * scoring_memory(wildcards, input),
        runtime=lambda wildcards, input, attempt: attempt * scoring_minutes(wildcards, input),
    params:
        model=lambda wildcards: model_of(wildcards.model),
        weights=lambda wildcards: weights_of(wildcards.model),
        neurons=tracing("examples", "context", "threshold", "test_tokens", "seed"),
        code=code("score_neurons.py"),
    script:
        "../../scripts/score_neurons.py"


rule collect_neurons:
    """Gather a model's blocks: mean scores beside the baselines, an index of tokens to search, pairs of like neurons."""
    input:
        patterns=lambda wildcards: block_files(wildcards, "patterns.parquet"),
        graphs=lambda wildcards: block_files(wildcards, "graphs.jsonl"),
        scores=lambda wildcards: block_files(wildcards, "scores.tsv"),
        failures=lambda wildcards: block_files(wildcards, "failures.tsv"),
    output:
        summary=f"{NEURONS}/block_summary.tsv",
        tokens=f"{NEURONS}/tokens.parquet",
        similar=f"{NEURONS}/similar.tsv",
    log:
        "results/logs/collect_neurons/{model}--{corpus}.log",
    benchmark:
        "results/benchmarks/collect_neurons/{model}--{corpus}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_neurons", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_neurons", input),
    params:
        seed=lambda wildcards: STUDY.neurons["seed"],
        code=code("collect_neurons.py"),
    script:
        "../../scripts/collect_neurons.py"


rule compare_neurons:
    """Find the neurons of different models, or checkpoints of one, that respond to the same tokens."""
    input:
        tokens=traced_files("tokens.parquet"),
    output:
        table=f"results/studies/{STUDY.name}/tables/similar_neurons.tsv",
    log:
        f"results/logs/compare_neurons/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/compare_neurons/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("compare_neurons", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("compare_neurons", input),
    params:
        traced=TRACED,
        code=code("compare_neurons.py"),
    script:
        "../../scripts/compare_neurons.py"


rule follow_neurons:
    """Hold each neuron of a model against the same one of the other checkpoints in its shared space: what became of it."""
    input:
        examples=followed_files("examples.h5"),
        tokens=followed_files("tokens.parquet"),
        scores=lambda wildcards: followed_scores(),
    output:
        table=f"results/studies/{STUDY.name}/tables/changed_neurons.tsv",
    log:
        f"results/logs/follow_neurons/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/follow_neurons/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("follow_neurons", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("follow_neurons", input),
    params:
        followed=FOLLOWED,
        blocks=lambda wildcards: [len(traced_blocks(model)) for model, _ in FOLLOWED],
        pairs=products.followed(STUDY),
        code=code("follow_neurons.py"),
    script:
        "../../scripts/follow_neurons.py"


rule summarise_neurons:
    """Gather the mean scores of the blocks of all models of the study: the paper's table, with baselines and controls."""
    input:
        summaries=traced_files("block_summary.tsv"),
    output:
        table=f"results/studies/{STUDY.name}/tables/neurons.tsv",
    log:
        f"results/logs/summarise_neurons/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/summarise_neurons/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("summarise_neurons", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("summarise_neurons", input),
    params:
        traced=TRACED,
        code=code("summarise_neurons.py"),
    script:
        "../../scripts/summarise_neurons.py"


rule link_regions:
    """Find the neurons whose activation tells a region's documents from the others, and what untrained ones tell."""
    input:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
        examples=lambda wildcards: example_files(traced_members(wildcards), wildcards.corpus),
        untrained=lambda wildcards: example_files(
            traced_controls(traced_members(wildcards), wildcards.corpus), wildcards.corpus
        ),
    output:
        table=f"{STUDY_NEURONS}/{{space}}/{{corpus}}/{{pooling}}/{{reduction}}/{{bins}}-{{size}}/region_neurons.tsv",
    log:
        f"results/logs/link_regions/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.log",
    benchmark:
        f"results/benchmarks/link_regions/{STUDY.name}/{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("link_regions", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("link_regions", input),
    params:
        models=lambda wildcards: {
            model: traced_controls([model], wildcards.corpus) for model in traced_members(wildcards)
        },
        controls=lambda wildcards: traced_controls(traced_members(wildcards), wildcards.corpus),
        code=code("link_regions.py"),
    script:
        "../../scripts/link_regions.py"


rule link_labels:
    """Find the neurons whose activation tells a label's documents from the others, and what untrained ones tell."""
    input:
        corpus="results/corpora/{corpus}/corpus.parquet",
        examples=f"{NEURONS}/examples.h5",
        untrained=lambda wildcards: example_files(
            traced_controls([wildcards.model], wildcards.corpus), wildcards.corpus
        ),
    output:
        table=f"{STUDY_NEURONS}/{{model}}/{{corpus}}/label_neurons.tsv",
    log:
        f"results/logs/link_labels/{STUDY.name}/{{model}}--{{corpus}}.log",
    benchmark:
        f"results/benchmarks/link_labels/{STUDY.name}/{{model}}--{{corpus}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("link_labels", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("link_labels", input),
    params:
        threshold=lambda wildcards: STUDY.neurons["threshold"],
        code=code("link_labels.py"),
    script:
        "../../scripts/link_labels.py"


rule draw_neurons:
    """Draw the graph of every traced neuron of a block: SVG to look at, DOT to go on with."""
    input:
        graphs=f"{BLOCK}/graphs.jsonl",
    output:
        folder=directory(f"{BLOCK}/graphs"),
    log:
        "results/logs/draw_neurons/{model}--{corpus}--{block}.log",
    benchmark:
        "results/benchmarks/draw_neurons/{model}--{corpus}--{block}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_neurons", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_neurons", input),
    params:
        code=code("draw_neurons.py"),
    script:
        "../../scripts/draw_neurons.py"


rule write_neuron_page:
    """Write the page of a block: its neurons with scores, graphs, examples, and what regions and labels they tell."""
    input:
        # Judged by its digest below, as that of the start page.
        template=ancient(workflow.source_path("../templates/neurons.html.j2")),
        graphs=f"{BLOCK}/graphs.jsonl",
        scores=f"{BLOCK}/scores.tsv",
        failures=f"{BLOCK}/failures.tsv",
        summary=f"{NEURONS}/block_summary.tsv",
        similar=f"{NEURONS}/similar.tsv",
        across=lambda wildcards: across_table(),
        labels=lambda wildcards: label_links(wildcards.model, wildcards.corpus),
        regions=lambda wildcards: region_links(wildcards.model, wildcards.corpus),
    output:
        page=f"{STUDY_NEURONS}/{{model}}--{{corpus}}--block-{{block}}.html",
    log:
        f"results/logs/write_neuron_page/{STUDY.name}/{{model}}--{{corpus}}--{{block}}.log",
    benchmark:
        f"results/benchmarks/write_neuron_page/{STUDY.name}/{{model}}--{{corpus}}--{{block}}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("write_neuron_page", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("write_neuron_page", input),
    params:
        study=STUDY.name,
        threshold=lambda wildcards: STUDY.neurons["threshold"],
        pages=lambda wildcards: pages_beside(wildcards.model, wildcards.corpus),
        template=digest(workflow.source_path("../templates/neurons.html.j2")),
        code=code("write_neuron_page.py"),
    script:
        "../../scripts/write_neuron_page.py"
