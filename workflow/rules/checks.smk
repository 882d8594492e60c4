"""Before any job: what is told of the data, the models, the machine and the cluster. Functions only."""

import shlex

from snakemake.io import IOFile

from nrag import plans, slurm
from nrag.mazes import sets
from nrag.mazes.ids import known_ids
from nrag.neurons import queries
from nrag.studies import paths, places

SEEN_FROM_HERE = ("local", "slurm")
"""Executors whose jobs find the GPUs that this machine or sinfo shows."""


def config_files():
    """The config files that the command line names, seen from here; none for nrag's own."""
    return [paths.from_here(Path(file)) for file in workflow.config_settings.configfiles]


def as_typed(command):
    """A command of Snakemake's with what this study needs: its config files, and the Snakefile if it is elsewhere."""
    snakefile = paths.from_here(Path(workflow.main_snakefile))
    elsewhere = [] if snakefile == "Snakefile" else ["--snakefile", snakefile]
    files = ["--configfile", *config_files()] if config_files() else []
    return shlex.join([*command.split(), *elsewhere, *files])


def as_called(problems, *, by_fetch=False):
    """Problems that name the command which fetches as it is typed for this study; `by_fetch`, it is what was typed."""
    again = f"run `{checkpoints.FETCH}` where"
    if by_fetch:
        problems = [problem.replace(again, "try again where") for problem in problems]
    return [problem.replace(checkpoints.FETCH, as_typed(checkpoints.FETCH)) for problem in problems]


def executor():
    """How jobs are run: local, slurm, or another plugin's name; None before they are planned, and where none are run."""
    return workflow.executor_plugin and workflow.executor_plugin.name


READING = ("extract_activations", "mine_neurons", "trace_neurons", "score_neurons")
"""The rules that run a model."""


def extractions_to_run():
    """Model and corpus of every job that will run a model."""
    needed = (job for job in workflow.dag.needrun_jobs() if job.rule.name in READING)
    return {(job.wildcards.model, job.wildcards.corpus) for job in needed}


def extractions_to_check():
    """Model and corpus of every extraction that this run will start; under `check`, a run of everything."""
    if not only_checks():
        return extractions_to_run()
    files = {
        (model, corpus): Path(f"results/activations/{model}/{corpus}.h5")
        for model in STUDY.models
        for corpus in STUDY.corpora
    }
    return {pair for pair, file in files.items() if not file.exists()}


def models_to_fetch():
    """Every model of the hub that this run will fetch, be it once more; under `check`, a run of everything."""
    if only_checks():
        # A record is made again if Snakemake knows that it made it of other params, and stays if it knows nothing.
        records = {model: IOFile(fetched_model(model), workflow.get_rule("fetch_model")) for model in HUB_MODELS}
        return {model for model, record in records.items() if workflow.persistence.metadata(record)}
    return {job.wildcards.model for job in workflow.dag.needrun_jobs() if job.rule.name == "fetch_model"}


def datasets_to_fetch():
    """Every corpus of the hub that this run will fetch, as `models_to_fetch` tells of models."""
    if only_checks():
        records = {corpus: IOFile(fetched_dataset(corpus), workflow.get_rule("fetch_corpus")) for corpus in HUB_CORPORA}
        return {corpus for corpus, record in records.items() if workflow.persistence.metadata(record)}
    return {job.wildcards.corpus for job in workflow.dag.needrun_jobs() if job.rule.name == "fetch_corpus"}


def only_checks():
    """Whether this run plans no job but the target `check`."""
    return set(workflow.dag_settings.targets) == {"check"}


def only_reads():
    """Whether this run changes no product: the target `check`, or `search` where all that it reads is there.

    Such a run needs no results folder of its own: what another run makes anew meanwhile is replaced at once.
    """
    return only_checks() or {job.rule.name for job in workflow.dag.needrun_jobs()} == {"search"}


def gpu_problems():
    """What is wrong with the GPUs that the study asks for, a line each."""
    if executor() in SEEN_FROM_HERE:
        yield from studies.device_problems(STUDY.device, os.environ, cluster=executor() == "slurm")
    allowed = workflow.global_resources.get("gpu").value
    for model in STUDY.models:
        # Snakemake would give the job as many as there may be, and say nothing.
        if allowed is not None and gpus_of(model) > allowed:
            yield (
                f"model '{model}' asks for gpus: {gpus_of(model)}, and this run may use {allowed} at a time: "
                f"add --resources gpu={gpus_of(model)}"
            )


def there_before_jobs():
    """Models and corpora that can be looked at before any job: not those that stages and mazes are still to make."""
    training, drawing = stages_to_train(), sets_to_draw()
    folders = {model: studies.model_folder(STUDY, model).parent for model in TRAINED_MODELS}
    later = {model for model, folder in folders.items() if str(folder) in training or not folder.is_dir()}
    for corpus in [corpus for corpus, each in STUDY.corpora.items() if "mazes" in each]:
        if STUDY.corpora[corpus]["mazes"] in drawing or not Path(studies.corpus_path(STUDY, corpus)).is_file():
            later.add(corpus)
    models = [model for model in STUDY.models if model not in later or model not in folders]
    return models, [corpus for corpus, each in STUDY.corpora.items() if corpus not in later or "mazes" not in each]


def stages_to_train():
    """The folder of every stage that this run will train, be it once more; of none under `check`."""
    if only_checks():
        return set()
    return {str(job.output.folder) for job in workflow.dag.needrun_jobs() if job.rule.name == "train_stage"}


def plan():
    """The study's models, corpora and comparisons in plain values, for what checks them."""
    models, corpora = there_before_jobs()
    return {
        "models": {model: model_of(model) for model in models},
        "corpora": {corpus: {**labelling_of(corpus), "min_documents": min_documents(corpus)} for corpus in corpora},
        "comparisons": {
            corpus: list(products.comparisons_of_documents(STUDY, corpus).values())
            for corpus in STUDY.comparisons
            if corpus in corpora
        },
        "reductions": {
            reduction: studies.reduction_identity(STUDY, reduction) | studies.basis_identity(STUDY, reduction)
            for reduction in STUDY.reductions
        },
    }


def to_make():
    """The models and the corpora of the study that stages and mazes are still to make."""
    models, corpora = there_before_jobs()
    return sorted(STUDY.models.keys() - set(models)), sorted(STUDY.corpora.keys() - set(corpora))


def tables_of_labels():
    """The tables whose labels differ from model to model, in plain values; not answers, which a rule makes.

    Mazes that are still to be drawn have the ids that they will have: labels that fit none cost no training.
    """
    models = {model: studies.named_in_tables(STUDY, model) for model in STUDY.models}
    _, there = there_before_jobs()
    found = []
    for corpus, each in STUDY.corpora.items():
        for labelling, how in studies.labellings_by_model(each).items():
            path = studies.labels_path(STUDY, corpus, labelling)
            if places.answered_set(how["path"]) is None and Path(path).is_file():
                compared = [each for each in STUDY.comparisons[corpus].values() if each["labelling"] == labelling]
                found.append(
                    {
                        "path": path,
                        "definition": studies.labels_identity(STUDY, corpus, labelling),
                        "models": models,
                        "required": [label for each in compared if each["labels"] != "all" for label in each["labels"]],
                        "corpus": corpus,
                        "labelling": labelling,
                        **({} if corpus in there else {"ids": ids_to_draw(corpus)}),
                    }
                )
    return found


def ids_to_draw(corpus):
    """The ids of a corpus of mazes that are still to be drawn."""
    definition = STUDY.corpora[corpus]
    return known_ids(studies.mazes_identity(STUDY, definition["mazes"]), definition["split"])


def below_results(files):
    """Files as paths below the folder of results."""
    return [str(Path(file).relative_to(RESULTS)) for file in files]


def described_plan():
    """The plan with what follows from the corpora, for the terminal."""
    described = plan()
    models, corpora = to_make()
    # As folders: the environment of the job may be without the packages that models lie in.
    for model in products.models_here(STUDY):
        folder = studies.model_folder(STUDY, model)
        if folder and model in described["models"]:
            described["models"][model] = {**described["models"][model], "id": str(folder)}
    return {
        **described,
        "comparisons": {corpus: list(products.comparisons(STUDY)[corpus].values()) for corpus in STUDY.comparisons},
        "to_make": {"models": models, "corpora": corpora},
        "trainings": {
            mazes: below_results(run.folder for run in SET_STAGES if run.set == mazes) for mazes in STUDY.mazes
        },
        "study": STUDY.name,
        "config": ", ".join(config_files()) or "nrag's own config.yaml",
        "dry_run": as_typed("snakemake --cores 1 -n"),
        "tables": tables_of_labels(),
        "remarks": list(remarks()),
        "products": {
            "coordinates": below_results(coordinate_files()),
            "graphs": below_results(nrag_files("edges.parquet")),
            "component graphs": below_results(component_files("components.parquet")),
            "probes": below_results(map(probe_file, PROBINGS)),
            "graphs of neurons' blocks": below_results(planned_blocks()),
            "figures": below_results(f"{FIGURES}/{figure['name']}.tsv" for figure in described_figures()),
        },
    }


def remarks():
    """What is asked for and changes nothing, a line each."""
    if corpora := products.never_pale(STUDY):
        yield (
            f"figures.stability: no region or edge of {', '.join(corpora)} is drawn pale, for no comparison there has "
            "two labels: nothing is tested, so nothing is varied"
        )
    for mazes in (name for name, block in STUDY.mazes.items() if len(block["seeds"]) == 2):
        yield f"mazes.{mazes}.seeds: two trainings make wide intervals over seeds; three or more say what varies"
    models, corpora = to_make()
    if missing := sorted([*models, *corpora]):
        yield f"{', '.join(missing)}: made by this workflow, of mazes; looked at once they are there"


def tell_remarks():
    """Print what is asked for and changes nothing; `check` has it in its plan."""
    if not only_checks():
        print(*(f"note: {line}\n" for line in remarks()), sep="", end="", file=sys.stderr)


def claim_results():
    """Refuse a second run in the same results folder; a killed run holds nothing but its jobs on a cluster."""
    try:
        plans.claim(RESULTS, at_work=slurm.at_work(Path.cwd()))
    except plans.BusyError as error:
        raise WorkflowError(str(error)) from None


def refuse_wrong_data():
    """Stop before any job if a corpus, a model, a GPU or a name of another library is not there as the config says."""
    problems, planned = [*gpu_problems(), *map_problems(), *maze_problems()], plan()
    problems += plans.problems(
        **planned,
        colormap=STUDY.figures["colormap"],
        results=RESULTS,
        extracting=extractions_to_run(),
        fetching=models_to_fetch(),
        fetching_datasets=datasets_to_fetch(),
        probing=STUDY.probing,
        within={
            corpus: columns
            for corpus, columns in products.permuted_within(STUDY).items()
            if corpus in planned["corpora"]
        },
        proposing=places.proposing_id(STUDY),
        tables=tables_of_labels(),
        local=executor() == "local",
    )
    if problems:
        raise WorkflowError(*as_called(problems))


def maze_problems():
    """What is asked of mazes that are still to be drawn and does not exist, a line each."""
    for name in sorted(sets_to_draw()):
        for key, wrong in sets.shortfalls(studies.mazes_identity(STUDY, name)):
            yield f"mazes.{name}.{key}: {wrong}"


def sets_to_draw():
    """Every set of mazes whose table this run will draw; under `check`, a run of everything."""
    if only_checks():
        drawn = {name: Path(f"results/mazes/{name}/mazes.parquet") for name in STUDY.mazes}
        return {name for name, table in drawn.items() if not plans.is_drawn(table, studies.mazes_identity(STUDY, name))}
    return {job.wildcards.set for job in workflow.dag.needrun_jobs() if job.rule.name == "make_mazes"}


def map_problems():
    """Layers that are to be drawn large and that a fetched model of the hub does not have, a line each."""
    for model in HUB_MODELS:
        last = network_of(model).layers
        for large in products.large_maps(STUDY).values() if network_of(model) is not resources.UNKNOWN else ():
            if large["layer"] != "last" and large["layer"] > last:
                yield f"figures.maps.layers: {large['layer']} is no layer of model {model}, whose last is {last}"


def refuse_misread_partitions():
    """Stop while jobs are planned if the file that describes the partitions of a cluster cannot be read.

    SLURM's executor reads it before `onstart`, and ends with a traceback where it cannot. Planning is
    all that comes earlier, so input functions call this, of which the plan of every target has one.
    SystemExit, because any other error of an input function is printed as one of the rule's.
    """
    if partition_file() is not None:
        from snakemake_executor_plugin_slurm.partitions import PartitionLimits

        if problems := slurm.misread(partition_file(), PartitionLimits.__dataclass_fields__):
            raise SystemExit("\n".join(problems))


def refuse_wrong_cluster():
    """Stop before any job if SLURM is to run them and cannot."""
    if executor() != "slurm":
        return
    problems = slurm.problems(
        partition_file=partition_file(),
        described=described_partitions(),
        partitions=written_partitions(),
        status_command=workflow.executor_settings.status_command,
        asked=extractions_asked() | groups_asked(),
    )
    if problems:
        raise WorkflowError(*problems)


def partition_file():
    """The file that describes the partitions of a cluster, where SLURM runs the jobs and there is one."""
    if executor() != "slurm":
        return None
    written = workflow.executor_settings.partition_config or os.environ.get("SNAKEMAKE_SLURM_PARTITIONS")
    return Path(written) if written else None


def described_partitions():
    """The partitions of this cluster that the file describes, with their limits; another cluster cannot be asked."""
    if partition_file() is None:
        return {}
    from snakemake_executor_plugin_slurm.partitions import read_partition_file

    described = read_partition_file(partition_file())
    return {partition.name: vars(partition.limits) for partition in described if partition.partition_cluster is None}


def extractions_asked():
    """What every extraction asks for at least, by what it is called: for its weights, while its corpus is not read."""
    asked = workflow.get_rule("extract_activations").resources
    if on_another_cluster(asked):
        return {}
    less = (
        "ask for less: --set-threads extract_activations=1, or --set-resources extract_activations:mem_mb=NUMBER "
        "(or :runtime=MINUTES)"
    )
    threads = asked["_cores"]
    usual = {"texts": 0, "workers": 1 if threads.is_evaluable() else threads.value, "gpu": GPU}
    found, unknown = {}, models_to_fetch()
    for model in sorted({model for model, _ in extractions_to_check()}):
        network = resources.UNKNOWN if model in unknown else network_of(model)
        known = network is not resources.UNKNOWN
        # What --set-resources asks for instead is the user's own business.
        memory = resources.extraction_memory(network, **usual) if known and asked["mem_mb"].raw is None else 0
        minutes = resources.extraction_minutes(network, **usual) if known and asked["runtime"].raw is None else 0
        found[f"the extraction of model '{model}'"] = slurm.Asked(gpus_of(model), memory, minutes, less)
    return found


def groups_asked():
    """What the longest of each kind of groups asks for at least, where its jobs run one after another."""
    less = "make such groups smaller (group-components in the profile), or take its rules out of groups"
    found = {}
    for group in filter(one_after_another, groups_of_several()):
        usual = [job.rule.name for job in group if is_usual(job.rule)]
        minutes = sum(resources.minutes(each, {}) for each in usual)
        found.setdefault(group[0].group, []).append((minutes, len(group)))
    longest = {name: max(sizes) for name, sizes in found.items()}
    return {
        f"a group '{name}' of {jobs} jobs": slurm.Asked(0, 0, minutes, less)
        for name, (minutes, jobs) in longest.items()
    }


def is_usual(which):
    """Whether the time of a rule comes from its formula, on this cluster."""
    asked = which.resources
    return which.name in resources.LOADS and asked["runtime"].raw is None and not on_another_cluster(asked)


def on_another_cluster(asked):
    """Whether resources name a cluster, of which nothing is known here."""
    return bool({"cluster", "clusters", "slurm_cluster"} & asked.keys())


def groups_of_several():
    """The jobs of every group that has more than one."""
    groups = {workflow.dag.get_job_group(job) for job in workflow.dag.needrun_jobs()} - {None}
    return [jobs for group in groups if len(jobs := list(group.jobs)) > 1]


def one_after_another(group):
    """Whether at_once holds for the jobs of a group."""
    return workflow.global_resources.get("at_once").value == 1 and all("at_once" in job.rule.resources for job in group)


def warn_of_wide_groups():
    """Say it if jobs of groups would run side by side: options on the command line replace those of the profile."""
    if executor() == "slurm" and not all(map(one_after_another, groups_of_several())):
        slurm.LOG.warning(
            "jobs of a group will run side by side, and ask for the cores and the memory of all together: --resources "
            "and --default-resources on the command line replace those of the profile; write at_once=1 there too"
        )


def written_partitions():
    """Partitions as profiles and command line write them.

    Asked of rules, not of jobs: a job keeps the resources that it was asked for before its inputs were there.
    """
    written = [rule.resources["slurm_partition"].raw for rule in workflow.rules if "slurm_partition" in rule.resources]
    return {value for value in written if isinstance(value, str)}


def refuse_unfetchable():
    """Stop before any download if a model or a dataset of the hub cannot be had or used."""
    models = {model: model_of(model) for model in HUB_MODELS}
    corpora = {corpus: labelling_of(corpus) for corpus in HUB_CORPORA}
    to_fetch = {"fetching": models_to_fetch(), "fetching_datasets": datasets_to_fetch()}
    if problems := plans.fetch_problems(models, corpora, results=RESULTS, **to_fetch):
        raise WorkflowError(*as_called(problems, by_fetch=True))


def record_study():
    """Write the resolved config, which later studies of this folder are compared with."""
    recording.record(STUDY, RESULTS)


def tell_where_to_begin():
    """Print where the start page is, after a run that made it."""
    page = RESULTS / "studies" / STUDY.name / "index.html"
    if set(workflow.dag_settings.targets) <= {"all"} and page.exists():
        print(f"The results begin at {page.resolve()}", file=sys.stderr)


def refuse_unsearchable():
    """Stop before any job if neurons are searched for without a question, or with one that cannot be understood."""
    if "search" not in workflow.dag_settings.targets:
        return
    if not TRACED:
        raise WorkflowError("there are no neurons to search: the study has no neurons: block")
    try:
        queries.parsed(config.get("query") or "")
    except queries.QueryError as error:
        raise WorkflowError(f"query: {error}") from None
