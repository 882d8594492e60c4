"""The slurm profile on a real SLURM: where jobs land, what they ask for, how they come back, what they make."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from submissions import OF_THE_TOY, PROFILE, on_cluster, submit
from workflow_runs import Place, products, refusal, write_data

from nrag.studies import resources

pytestmark = pytest.mark.slow

GPUS = "models={encoder: {id: ./models/bert, gpus: 8, device_map: auto}}"
GROUPS = {"graph", "variants", "figures", "tables"}


def of_rule(submitted, rule):
    return [job for job in submitted.jobs if job.rule == rule or job.rule.startswith(f"{rule}_")]


# ---------------------------------------------------------------------------------- where jobs land


def test_extraction_alone_lands_in_the_gpu_partition_with_a_gpu(submitted):
    for job in submitted.jobs:
        extraction = job.rule == "extract_activations"
        assert (job.partition, job.gpus) == (("gpu", 1) if extraction else ("cpu", 0)), job


def test_extraction_sees_the_device_that_slurm_gave_it_and_says_that_torch_does_not(submitted):
    for model in ("encoder", "decoder"):
        log = (submitted.place.results / "logs" / "extract_activations" / f"{model}--words.log").read_text()
        assert re.search(r"torch finds 0 GPUs here and needs 1; CUDA_VISIBLE_DEVICES is .[01].: using the CPU", log), (
            log
        )


def test_tiny_jobs_go_together(submitted):
    whole = [job for job in submitted.jobs if job.state == "COMPLETED"]
    groups = [job for job in whole if job.rule.startswith(tuple(f"{group}_" for group in GROUPS))]
    # Of the 63 jobs of the study 45 are tiny; the killed run had read the corpus.
    assert len(whole) - len(groups) == 18
    # Those go together that can start at the same moment: how many that are hangs on the cluster.
    assert len(GROUPS) <= len(groups) <= 15


def test_a_group_asks_for_what_the_largest_of_its_jobs_needs_though_its_inputs_are_still_to_be_made(submitted):
    graphs = of_rule(submitted, "graph")
    of_regions = (
        "bin_regions",
        "build_graph",
        "export_graph",
        "measure_graph",
        "permute_labels",
        "measure_path_memory",
    )
    of_components = ("export_components", "measure_components")
    alone = [resources.memory(rule, {}) for rule in of_regions]
    assert max(alone) <= max(job.memory for job in graphs) < 2 * max(alone)
    # One job at a time; their minutes add up, over however many submissions: two models have both graphs.
    assert {job.cpus for job in graphs} == {1}
    jobs = 2 * (len(of_regions) + len(of_components))
    assert sum(job.minutes for job in graphs) >= jobs * resources.SHORTEST


def test_every_job_has_memory_and_time_of_its_own(submitted):
    for job in submitted.jobs:
        assert 0 < job.minutes < 1440
        assert 150 <= job.memory < 16_000


# ------------------------------------------------------------------------------ how jobs come back


def test_a_job_killed_for_memory_comes_back_with_more(submitted):
    tried = {}
    for job in of_rule(submitted, "reduce_layers"):
        tried.setdefault(job.wildcards, []).append((job.memory, job.state))
    for attempts in tried.values():
        assert [memory for memory, _ in attempts] == [150, 2000]
        assert attempts[0][1] in ("OUT_OF_MEMORY", "CANCELLED", "FAILED")
        assert attempts[1][1] == "COMPLETED"
    assert len(tried) == 5


def test_a_job_over_its_time_limit_comes_back_with_more(submitted):
    first, second = of_rule(submitted, "label_corpus")
    assert (first.state, second.state) == ("TIMEOUT", "COMPLETED")
    assert second.minutes > 10


def test_a_second_run_is_refused_while_jobs_of_a_killed_one_are_at_work(submitted):
    numbers = ", ".join(str(number) for number in submitted.killed)
    assert f"jobs of an earlier run are still at work here ({numbers})" in submitted.refused
    assert "Traceback" not in submitted.refused
    assert "has been submitted" not in submitted.refused


def test_a_killed_submission_resumes_and_reads_nothing_twice(submitted):
    states = [job.state for job in of_rule(submitted, "read_corpus")]
    assert states == ["COMPLETED"]
    extractions = of_rule(submitted, "extract_activations")
    assert {job.number for job in extractions if job.state == "CANCELLED"} <= set(submitted.killed)
    assert sum(1 for job in extractions if job.state == "COMPLETED") == 2


# ------------------------------------------------------------------------------------- what they make


def test_products_have_the_bytes_of_a_local_run(submitted, finished):
    assert products(submitted.place.results) == products(finished.results)


def test_a_second_submission_has_nothing_to_do(submitted):
    done = submit(submitted.place)
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout


# ------------------------------------------------------------------------------------ what is refused


@pytest.fixture
def ready(cluster, tmp_path, checkout, tiny_bert):
    """A study of one model that is not yet run, beside the cluster."""
    place = on_cluster(cluster, tmp_path / "study", checkout)
    write_data(place.folder)
    shutil.copytree(tiny_bert, place.folder / "models" / "bert")
    place.write(
        yaml.safe_load((place.folder / "study.yaml").read_text()) | {"models": {"encoder": {"id": "./models/bert"}}}
    )
    return place


@pytest.fixture
def described(ready, cluster):
    """What a run prints that is refused because of its partition file; that no job was submitted is asserted."""

    def run(text, *words):
        (ready.folder / "partitions.yaml").write_text(text)
        before = len(cluster.jobs())
        printed = refusal(submit(ready, *words, "--slurm-partition-config", "partitions.yaml"))
        assert len(cluster.jobs()) == before
        return printed

    return run


def test_a_partition_that_does_not_exist_is_refused_before_any_job(described):
    text = "partitions: {cpu: {max_runtime: 60}, long: {max_runtime: 9000}}"
    assert "partitions.yaml: the cluster has no partition 'long', only cpu, gpu" in described(text)
    named = ("--default-resources", "slurm_partition=a100", "mem_mb=1000", "runtime=10", "at_once=1")
    assert "resource slurm_partition: the cluster has no partition 'a100', only cpu, gpu" in described(text, *named)


def test_a_group_longer_than_every_partition_allows_is_refused_before_any_job(described):
    printed = described("partitions: {cpu: {max_runtime: 20}, gpu: {max_gpu: 1, max_runtime: 20}}")
    assert re.search(r"a group 'graph' of \d+ jobs asks for at least \d\d minutes, and no partition", printed)
    assert "make such groups smaller" in printed


def test_options_that_let_the_jobs_of_a_group_run_side_by_side_are_told(described):
    wrong, told = "partitions: {long: {}}", "jobs of a group will run side by side"
    assert told not in described(wrong)
    assert told in described(wrong, "--resources", "mem_mb=9000")
    assert told in described(wrong, "--default-resources", "mem_mb=900", "runtime=9")


@pytest.mark.parametrize("target", [(), ("check",), ("fetch",)])
def test_a_partition_file_that_the_executor_cannot_read_is_told_in_a_line(target, described):
    printed = described("partitions: {cpu: {max_mem: 9000}}", *target)
    assert "partitions.yaml: partition 'cpu': unknown limit 'max_mem', did you mean 'max_mem_mb'?" in printed
    assert "rule" not in printed.partition("Building DAG of jobs...")[2]


@pytest.mark.parametrize("target", [(), ("check",)])
def test_an_extraction_larger_than_every_partition_is_refused_before_any_job(target, described):
    text = "partitions: {cpu: {}, gpu: {max_gpu: 1, max_mem_mb: 1000}}"
    printed = described(text, *target)
    told = r"partitions.yaml: the extraction of model 'encoder' asks for at least 1 GPU, [\d,]+ MB, \d+ minutes, and "
    assert re.search(told + "no partition allows so much .*gpu: 1,000 MB", printed)


def test_limits_that_no_node_keeps_are_told_before_any_job(described):
    printed = described(
        "partitions: {cpu: {}, gpu: {max_gpu: 8}}", "--resources", "gpu=8", "at_once=1", "--config", GPUS
    )
    assert "asks for at least 8 GPUs, " in printed
    assert "and no node of gpu has so much (sinfo: 2 GPUs and 16,000 MB)" in printed


def test_memory_that_the_user_asks_for_instead_is_not_judged(ready):
    (ready.folder / "partitions.yaml").write_text("partitions: {gpu: {max_gpu: 1, max_mem_mb: 2000}}")
    words = ("check", "--slurm-partition-config", "partitions.yaml")
    assert "and no partition allows so much" in refusal(submit(ready, *words))
    done = submit(ready, *words, "--set-resources", "extract_activations:mem_mb=1500")
    assert done.returncode == 0, done.stdout


def test_a_cluster_without_accounting_asks_for_squeue(ready):
    printed = refusal(ready.run(*PROFILE, "--slurm-status-command", "sacct", cores=None))
    assert "slurm-status-command: squeue" in printed


def test_a_controller_that_does_not_answer_is_said_so(ready, tmp_path):
    """With a configuration in which it listens elsewhere."""
    configuration = Path(ready.variables["SLURM_CONF"])
    elsewhere = Path(shutil.copytree(configuration.parent, tmp_path / "etc")) / "slurm.conf"
    moved = re.sub(r"SlurmctldPort=\d+", "SlurmctldPort=1", configuration.read_text())
    elsewhere.write_text(f"{moved}MessageTimeout=1\nSlurmctldTimeout=1\n")
    dead = Place(ready.folder, ready.checkout, ready.variables | {"SLURM_CONF": str(elsewhere)})
    printed = refusal(dead.run(*PROFILE, *OF_THE_TOY, cores=None))
    assert "SLURM does not answer" in printed
