"""What every rule declares, what profiles plan, and what Snakemake's own checks say."""

import re

import pytest
from workflow_runs import DRIFTING, EVERYTHING, FETCHING, LABELLING, MAZES, ROOT, STUDY, TRACING

from nrag.studies import resources

RULE_FILES = ROOT / "workflow" / "rules"
RULES = {
    name: text
    for path in sorted(RULE_FILES.glob("*.smk"))
    for name, text in re.findall(r"^rule (\w+):\n((?:(?:    .*)?\n)*)", path.read_text(encoding="utf-8"), re.MULTILINE)
}
TARGETS = {
    "all",
    "check",
    "fetch",
    "activations",
    "coordinates",
    "nrags",
    "metrics",
    "probing",
    "statistics",
    "figures",
    "mazes",
    "neurons",
    "search",
}


@pytest.fixture(scope="module")
def listed(finished):
    """The rules and their descriptions as `snakemake --list-rules` tells them."""
    lines = [line for line in finished.make("--list-rules").splitlines() if re.match(r"\w+ ?\(|\w+$", line)]
    return {line.split(" ")[0]: line.partition(" ")[2].strip("()") for line in lines}


def test_every_rule_describes_itself(listed):
    assert set(listed) == EVERYTHING | TRACING | DRIFTING | FETCHING | MAZES | LABELLING | TARGETS
    assert [name for name, description in listed.items() if len(description.split()) < 3] == []


def test_the_rules_that_compute_are_those_of_the_rule_files():
    assert set(RULES) == EVERYTHING | TRACING | DRIFTING | FETCHING | MAZES | LABELLING


@pytest.mark.parametrize("name", sorted(EVERYTHING | TRACING | DRIFTING | MAZES | LABELLING))
def test_every_rule_declares_what_the_house_asks_for(name):
    parts = re.findall(r"^    (\w+):", RULES[name], re.MULTILINE)
    order = ["input", "output", "log", "benchmark", "conda", "threads", "resources", "params", "script"]
    assert parts == [part for part in order if part in parts]
    # Mazes are drawn from the config alone.
    assert set(order) - set(parts) - {"threads"} == ({"input"} if name == "make_mazes" else set())
    assert re.match(r'    """.+"""\n', RULES[name])
    (script,) = re.findall(r'"\.\./\.\./scripts/(\w+\.py)"', RULES[name])
    assert script == f"{name}.py"
    assert (ROOT / "scripts" / script).is_file()
    assert re.findall(r'code=code\("(\w+\.py)"\)', RULES[name]) == [script]
    (environment,) = re.findall(r'"\.\./\.\./envs/(\w+\.yaml)"', RULES[name])
    assert (ROOT / "envs" / environment).is_file()
    resources = RULES[name].partition("    resources:\n")[2].partition("    params:\n")[0]
    assert "mem_mb=" in resources
    assert "runtime=" in resources


@pytest.mark.parametrize(("name", "file"), [("fetch_model", "extraction.smk"), ("fetch_corpus", "corpora.smk")])
def test_what_asks_a_network_runs_where_the_workflow_was_started_and_holds_whatever_the_code_says(name, file):
    text = RULES[name]
    assert re.search(rf"^localrules:\n    {name},\n", (RULE_FILES / file).read_text(), re.MULTILINE)
    assert re.findall(r"^    (\w+):", text, re.MULTILINE) == [
        "output",
        "log",
        "benchmark",
        "conda",
        "resources",
        "params",
        "script",
    ]
    assert "code(" not in text
    assert f'"../../scripts/{name}.py"' in text


def test_every_script_belongs_to_a_rule():
    targets = {"print_plan", "restore_fetched", "search_neurons"}
    assert {
        path.stem for path in (ROOT / "scripts").glob("*.py")
    } == EVERYTHING | TRACING | DRIFTING | FETCHING | MAZES | LABELLING | targets


def test_lint_finds_nothing(finished):
    assert "your workflow is in a good condition" in finished.make("--lint")


def test_the_cluster_plan_is_that_of_this_machine_from_nothing(unfinished):
    here, cluster = unfinished.planned(), unfinished.planned("--workflow-profile", "slurm")
    assert cluster == here
    assert set(here) == EVERYTHING


def asked(printed, resource):
    """What the jobs of a printed plan ask for, by rule; rules that ask for none are left out."""
    blocks = re.split(r"^(?:local)?rule (\w+):$", printed, flags=re.MULTILINE)
    pairs = zip(blocks[1::2], blocks[2::2], strict=True)
    found = [(name, re.search(rf"resources: .*\b{resource}=([^,\n]+)", block)) for name, block in pairs]
    return {name: told[1] for name, told in found if told}


def test_a_gpu_is_asked_for_by_the_extraction_alone(unfinished):
    unfinished.write(STUDY | {"models": {"encoder": {"id": "./models/bert"}}})
    for device, number in (("cuda", "1"), ("cpu", "0")):
        printed = unfinished.make("--dry-run", overrides=[f"device={device}"])
        assert asked(printed, "gpu") == {"extract_activations": number}


def test_a_model_that_is_spread_asks_for_all_its_gpus_where_there_are_any(unfinished):
    spread = {"id": "./models/bert", "gpus": 3, "device_map": "auto"}
    unfinished.write(STUDY | {"models": {"encoder": spread}})
    printed = unfinished.make("--dry-run", "--resources", "gpu=4", overrides=["device=cuda"])
    assert asked(printed, "gpu") == {"extract_activations": "3"}
    assert asked(printed, "device_map") == {"extract_activations": "auto"}
    assert asked(unfinished.make("--dry-run"), "gpu") == {"extract_activations": "0"}


def test_memory_and_time_of_every_rule_grow_with_every_attempt_from_a_floor(finished):
    first, second = (finished.make("--dry-run", "--forceall", "--attempt", attempt) for attempt in (1, 2))
    for resource, floor in (("mem_mb", resources.SNAKEMAKE), ("runtime", resources.SHORTEST)):
        before = {name: int(value) for name, value in asked(first, resource).items()}
        assert set(before) == EVERYTHING
        assert all(value >= floor for value in before.values())
        assert asked(second, resource) == {name: str(2 * value) for name, value in before.items()}


def test_what_is_not_known_yet_is_told_later(unfinished):
    told = asked(unfinished.make("--dry-run"), "mem_mb")
    assert told["extract_activations"] == told["reduce_layers"] == told["write_index"] == "<TBD>"
    assert int(told["read_corpus"]) > resources.SNAKEMAKE


def test_a_hub_model_that_is_not_here_yet_is_planned_as_a_large_one(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    place.write(STUDY | {"models": {"far": {"id": "org/far"}}})
    told = asked(place.make("--dry-run"), "mem_mb")
    # Weights of a billion float32 parameters, in a parent and two workers.
    assert int(told["extract_activations"]) > 3 * 4e9 / 2**20
