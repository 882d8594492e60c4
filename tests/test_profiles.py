"""Profiles name rules, groups and partitions that exist: Snakemake ignores a wrong name without a word."""

import re
from pathlib import Path

import pytest
import yaml
from test_workflow_rules import RULES

ROOT = Path(__file__).parents[1]
PROFILES = {path.parent.name: path for path in sorted((ROOT / "profiles").glob("*/profile.yaml"))}
SHARED = {
    "scheduler": "greedy",
    "rerun-triggers": ["mtime", "params", "input", "software-env"],
    "nolock": True,
    "rerun-incomplete": True,
    "show-failed-logs": True,
    "benchmark-extended": True,
}
TAKES_RULES = ("groups", "set-resources", "set-threads")


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def wrong_names(profile):
    """Names in a profile that mean nothing."""
    wrong = {name for key in TAKES_RULES for name in profile.get(key, {}) if name not in RULES}
    groups = set(profile.get("groups", {}).values())
    return wrong | {name for name in profile.get("group-components", {}) if name not in groups}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_name_in_a_profile_is_one_of_the_workflow(profile):
    assert wrong_names(read(PROFILES[profile])) == set()


def test_a_wrong_name_would_be_found():
    profile = {"groups": {"bin_region": "graph"}, "set-resources": {"draw_nrags": {}}, "group-components": {"grph": 2}}
    assert wrong_names(profile) == {"bin_region", "draw_nrags", "grph"}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_says_what_all_need(profile):
    # One given on the command line replaces the default.
    this = read(PROFILES[profile])
    assert {key: this.get(key) for key in SHARED} == SHARED


def test_retries_are_in_a_profile_alone():
    # In a rule they would multiply with those of the job step.
    assert not [name for name, text in RULES.items() if re.search(r"^ +retries:", text, flags=re.MULTILINE)]
    assert read(PROFILES["slurm"])["retries"] >= 1


def test_no_rule_names_a_partition_an_account_or_an_option_of_slurm():
    assert not [name for name, text in RULES.items() if re.search(r"slurm|partition=|account|constraint=|qos", text)]


def test_only_rules_without_gpu_are_grouped():
    grouped = read(PROFILES["slurm"])["groups"]
    assert not [name for name in grouped if "gpu=" in RULES[name]]


def test_jobs_of_a_group_run_one_after_another():
    # A group of ten figures would ask for ten cores otherwise, which a cluster may not have.
    profile = read(PROFILES["slurm"])
    assert "at_once=1" in profile["default-resources"]
    assert (profile["resources"], profile["set-resource-scopes"]) == (["at_once=1"], ["at_once=local"])


def test_the_partitions_of_the_example_have_limits_and_one_has_gpus():
    partitions = read(PROFILES["slurm"].with_name(read(PROFILES["slurm"])["slurm-partition-config"]))["partitions"]
    assert [name for name, limits in partitions.items() if limits.get("max_gpu")] == ["gpu"]
    assert all({"max_runtime", "max_mem_mb", "max_threads"} <= set(limits) for limits in partitions.values())
