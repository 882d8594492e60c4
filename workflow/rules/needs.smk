"""What jobs ask for: memory, minutes, GPUs. Functions only."""


def batch_tokens(model):
    """Padded tokens of a batch; 0 lets the corpus decide."""
    written = STUDY.models[model].get("batch_tokens", "auto")
    return 0 if written == "auto" else written


def gpus_of(model):
    """GPUs that a job of a model asks for, 0 where models run on the CPU."""
    return GPU * STUDY.models[model].get("gpus", 1)


def device_map(model):
    """Whether a model's layers are spread over all GPUs of its job: `auto`, or None."""
    return STUDY.models[model].get("device_map")


def megabytes(files):
    """Size of a file or of several, in MiB. Snakemake takes a file that is not there yet for a value to be told later."""
    return sum(megabytes_ahead(Path(file)) for file in ([files] if isinstance(files, str) else files))


def megabytes_ahead(file):
    """Size of a file in MiB; of cells and edges that are still to be made, what the coordinates let expect.

    Jobs of one group are submitted together, before the first has made what the others read: Snakemake
    would leave those out that cannot tell their memory yet.
    """
    if not file.exists() and file.name in resources.SHARE_OF_COORDINATES:
        coordinates = Path("results/coordinates", *file.parts[2:-2]).with_suffix(".h5")
        if coordinates.exists():
            return resources.SHARE_OF_COORDINATES[file.name] * megabytes_ahead(coordinates)
    return file.stat().st_size / 2**20


def sizes(rule, input):
    """Sizes of the inputs that decide what a rule needs."""
    return {name: megabytes(input.get(name, [])) for name in resources.LOADS[rule].per_mb}


def source_size(wildcards, input):
    """Size of what a corpus is read from: its files, or those of a dataset in the cache of the hub."""
    if wildcards.corpus in HUB_CORPORA:
        return {"source": dataset_files.fetched(Path(input.fetched)).megabytes}
    return sizes("read_corpus", input)


def memory(rule, input):
    """MB that a rule which reads tables asks for."""
    return resources.memory(rule, sizes(rule, input))


def minutes(rule, input):
    """Minutes that a rule which reads tables asks for."""
    return resources.minutes(rule, sizes(rule, input))


def reading_memory(wildcards, input):
    """MB that the reading of a corpus asks for."""
    return resources.memory("read_corpus", source_size(wildcards, input))


def reading_minutes(wildcards, input):
    """Minutes that the reading of a corpus asks for."""
    return resources.minutes("read_corpus", source_size(wildcards, input))


def measuring_minutes(input):
    """Minutes that the metrics of a graph ask for."""
    return resources.measuring_minutes(sizes("measure_graph", input), sources=STUDY.metrics["sources"])


def testing_work(corpus):
    """How many permutations the tests of a corpus take: of every statistic, of the headline, of costly metrics."""
    compared = len(products.permuted_comparisons(STUDY, corpus))
    kinds = ("permutations", "permutations_headline", "permutations_costly")
    return {key: compared * STUDY.statistics[key] for key in kinds}


def testing_minutes(wildcards, input):
    """Minutes that the tests of a run ask for."""
    return resources.testing_minutes(sizes("permute_labels", input), **testing_work(wildcards.corpus))


def shuffling_minutes(wildcards, input):
    """Minutes that the path memories of a run ask for."""
    named = products.comparisons_of_documents(STUDY, wildcards.corpus).values()
    labellings = len({compared["labelling"] for compared in named if compared["labelling"]})
    return resources.shuffling_minutes(
        sizes("measure_path_memory", input), shuffles=STUDY.statistics["permutations"], labellings=labellings
    )


def sampling_minutes(wildcards, input):
    """Minutes that the samples of the runs of a condition ask for."""
    compared = len(products.tested_comparisons(STUDY, wildcards.corpus))
    subsamples = compared * STUDY.statistics["subsamples"]
    return resources.sampling_minutes(sizes("sample_documents", input), subsamples=subsamples)


def network_of(model):
    """Parameters, depth and width of a model; those of an assumed one while nothing is known of it."""
    if model == contracts.BAG_OF_WORDS:
        return resources.WORDS
    if model in TRAINED_MODELS:
        return begun_network(studies.trained_in(STUDY, model))
    try:
        if model not in HUB_MODELS:
            return resources.network(studies.model_folder(STUDY, model))
        record = Path(fetched_model(model))
        return resources.fetched_network(checkpoints.fetched(record)) if record.is_file() else resources.UNKNOWN
    except checkpoints.CheckpointError:
        # Its folder is gone or its record broken; the check before any job says so where it is needed.
        return resources.UNKNOWN


def extraction_workers():
    """Processes of an extraction: one feeds a GPU, four share out the batches on the CPU."""
    return 1 if GPU else 4


def extraction_memory(wildcards, input, threads):
    """MB that an extraction asks for."""
    texts, budget = megabytes(input.texts), batch_tokens(wildcards.model)
    network = network_of(wildcards.model)
    return resources.extraction_memory(network, texts=texts, workers=threads, gpu=GPU, batch_tokens=budget)


def extraction_minutes(wildcards, input, threads):
    """Minutes that an extraction asks for."""
    texts = megabytes(input.texts)
    return resources.extraction_minutes(network_of(wildcards.model), texts=texts, workers=threads, gpu=GPU)


def reduction_workers(space, reduction):
    """Processes of a reduction: only UMAP is worth more than one, and no more than there are layers."""
    layers = network_of(members_of(space)[0]).layers + 1
    return min(4, layers) if STUDY.reductions[reduction]["method"] == "umap" else 1


def states_of(wildcards, input):
    """One layer of a space: MiB of its members' hidden states together, and their width; and how many layers there are."""
    members = members_of(wildcards.space)
    network = network_of(members[0])
    stored = min(len(STUDY.models[model]["store"]) if model in STUDY.models else 1 for model in members)
    layers = network.layers + 1
    return {"layer": megabytes(input.activations) / stored / layers, "width": network.width}, layers


def reduction_memory(wildcards, input, threads):
    """MB that a reduction asks for."""
    states, _ = states_of(wildcards, input)
    return resources.reduction_memory(STUDY.reductions[wildcards.reduction]["method"], **states, workers=threads)


def reduction_minutes(wildcards, input, threads):
    """Minutes that a reduction asks for."""
    states, layers = states_of(wildcards, input)
    reduction = STUDY.reductions[wildcards.reduction]
    costly = {key: reduction[key] for key in ("n_neighbors", "epochs") if key in reduction}
    costly |= {"seeds": len(reduction["seeds"]), "hidden_states": layers}
    return resources.reduction_minutes(reduction["method"], **states, workers=threads, **costly)


def binning_memory(wildcards, input):
    """MB that the division into regions asks for."""
    if not clustered_members(wildcards):
        return memory("bin_regions", input)
    states, _ = states_of(wildcards, input)
    return resources.clustering_memory(coordinates=megabytes(input.coordinates), layer=states["layer"])


def binning_minutes(wildcards, input):
    """Minutes that the division into regions asks for."""
    if not clustered_members(wildcards):
        return minutes("bin_regions", input)
    states, layers = states_of(wildcards, input)
    seeds = len(STUDY.reductions[wildcards.reduction]["seeds"])
    return resources.clustering_minutes(**states, hidden_states=layers, seeds=seeds, size=int(wildcards.size))


def correlation_memory(wildcards, input):
    """MB that the correlations of a component graph ask for."""
    refit = reduction_memory(wildcards, input, 1) if refitted_members(wildcards) else 0
    components = STUDY.reductions[wildcards.reduction]["components"]
    return resources.correlation_memory(coordinates=megabytes(input.coordinates), components=components, refit=refit)


def correlation_minutes(wildcards, input):
    """Minutes that the correlations of a component graph ask for."""
    labellings = len(studies.labellings_of_documents(STUDY.corpora[wildcards.corpus]))
    refit = labellings * reduction_minutes(wildcards, input, 1) if refitted_members(wildcards) else 0
    return resources.correlation_minutes(
        coordinates=megabytes(input.coordinates),
        components=STUDY.reductions[wildcards.reduction]["components"],
        permutations=STUDY.correlations["permutations"],
        labellings=labellings,
        refit=refit,
    )


def faithfulness_memory(wildcards, input):
    """MB that the faithfulness of a space's regions asks for."""
    states, _ = states_of(wildcards, input)
    layer = states["layer"] / len(members_of(wildcards.space))
    return resources.faithfulness_memory(cells=megabytes(input.cells), layer=layer)


def faithfulness_minutes(wildcards, input):
    """Minutes that the faithfulness of a space's regions asks for."""
    states, layers = states_of(wildcards, input)
    members = len(members_of(wildcards.space))
    planes = sum(len(STUDY.reductions[reduction]["seeds"]) for reduction, _, _ in products.planes(STUDY))
    return resources.faithfulness_minutes(
        layer=states["layer"] / members, width=states["width"], hidden_states=layers * members, planes=planes
    )


def alignment_of(wildcards, input):
    """The hidden states that are held against each other: of a layer of one model, and how many layers and models."""
    states, layers = states_of(wildcards, input)
    members = len(members_of(wildcards.space))
    return {"layer": states["layer"] / members, "width": states["width"], "hidden_states": layers, "members": members}


def alignment_memory(wildcards, input):
    """MB that the similarity of a space's hidden states asks for."""
    return resources.alignment_memory(**alignment_of(wildcards, input))


def alignment_minutes(wildcards, input):
    """Minutes that the similarity of a space's hidden states asks for."""
    return resources.alignment_minutes(**alignment_of(wildcards, input))


def exchanging_minutes(wildcards, input):
    """Minutes that the divergences of a run's models ask for."""
    return resources.exchanging_minutes(
        sizes("compare_checkpoints", input),
        members=len(members_of(wildcards.space)),
        permutations=STUDY.checkpoints[wildcards.space]["permutations"],
    )


def traced_network(model, block=None):
    """A model up to one of its blocks, or whole: what is run to read its neurons."""
    whole = network_of(model)
    return whole if block is None else resources.up_to(whole, int(block))


def traced_number(model):
    """Neurons of a block that are traced, at most."""
    asked = STUDY.neurons["per_block"]
    own = 4 * network_of(model).width
    return own if asked == "all" else len(asked) if isinstance(asked, list) else min(asked, own)


def mining_memory(wildcards, input):
    """MB that the mining of neurons asks for."""
    return resources.mining_memory(network_of(wildcards.model), texts=megabytes(input.texts), gpu=GPU)


def mining_minutes(wildcards, input):
    """Minutes that the mining of neurons asks for."""
    return resources.mining_minutes(network_of(wildcards.model), texts=megabytes(input.texts), gpu=GPU)


def tracing_memory(wildcards, input):
    """MB that the tracing of a block asks for."""
    network = traced_network(wildcards.model, wildcards.block)
    return resources.tracing_memory(
        network,
        examples_mb=megabytes(input.examples),
        neurons=traced_number(wildcards.model),
        examples=STUDY.neurons["examples"],
        gpu=GPU,
    )


def tracing_minutes(wildcards, input):
    """Minutes that the tracing of a block asks for."""
    return resources.tracing_minutes(
        traced_network(wildcards.model, wildcards.block),
        neurons=traced_number(wildcards.model),
        examples=STUDY.neurons["examples"],
        gpu=GPU,
    )


def scoring_memory(wildcards, input):
    """MB that the scores of a block ask for."""
    network = traced_network(wildcards.model, wildcards.block)
    return resources.scoring_memory(
        network, examples_mb=megabytes(input.examples), neurons=traced_number(wildcards.model), gpu=GPU
    )


def scoring_minutes(wildcards, input):
    """Minutes that the scores of a block ask for."""
    return resources.scoring_minutes(
        traced_network(wildcards.model, wildcards.block),
        examples_mb=megabytes(input.examples),
        neurons=traced_number(wildcards.model),
        gpu=GPU,
    )


def probing_work(space):
    """What a space is probed by."""
    planes = sum(len(reduction["seeds"]) for reduction in STUDY.reductions.values())
    refitted = STUDY.reductions.keys() - set(probed_as_they_are())
    clustered = sum(STUDY.reductions[name]["components"] == 2 for name in refitted)
    return resources.ProbingWork(
        planes,
        len(STUDY.grids),
        STUDY.probing["n_splits"],
        len(members_of(space)),
        clusters=clustered * sum(size**2 for bins, size in STUDY.grids if bins == "kmeans"),
    )


def probing_memory(wildcards, input):
    """MB that the probes of a space ask for."""
    states, layers = states_of(wildcards, input)
    return resources.probing_memory(probing_work(wildcards.space), **states, hidden_states=layers)


def probing_minutes(wildcards, input):
    """Minutes that the probes of a space ask for."""
    states, layers = states_of(wildcards, input)
    return resources.probing_minutes(probing_work(wildcards.space), **states, hidden_states=layers)
