import hashlib
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from extract_activations import extract_activations
from tiny import sentences, write_model

from nrag import contracts, extraction, models, store

ROOT = Path(__file__).parents[1]
POOLINGS = contracts.POOLINGS


def texts_of(number=40, seed=3):
    return [text for label in ("sea", "sky") for text in sentences(label, number // 2, seed=seed)]


def write_texts(path, texts):
    frame = pd.DataFrame({"document": range(len(texts)), "id": [f"t{i}" for i in range(len(texts))], "text": texts})
    store.write_table(path, frame, contracts.TEXTS, provenance=store.provenance())
    return str(path)


def slow_hidden_states(model, text):
    """One document alone, no padding, plain NumPy pooling: {(pooling, layer): vector}."""
    ids = model.tokenizer(text, truncation=True, max_length=model.window, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        states = model.network(input_ids=ids, output_hidden_states=True).hidden_states
    found = {}
    for layer, state in enumerate(states):
        tokens = state[0].numpy().astype(np.float64)
        found["mean", layer] = tokens.sum(axis=0) / len(tokens)
        found["last", layer] = tokens[-1]
        found["first", layer] = tokens[0]
        found["max", layer] = np.array([max(column) for column in tokens.T])
    return found


def extracted(model, texts, tmp_path, **options):
    result = extraction.extract(model, [texts], tmp_path / "scratch", signature={"test": 1}, **options)
    values = {}
    for _, pooling, layer, block in result.blocks():
        values.setdefault((pooling, layer), []).append(block)
    return {key: np.concatenate(blocks) for key, blocks in values.items()}


@pytest.mark.parametrize("kind", ["bert", "roberta", "llama", "gpt2"])
def test_every_layer_and_pooling_equals_each_document_run_alone(kind, tmp_path):
    model = models.load(str(write_model(tmp_path / kind, kind)), root=tmp_path)
    texts = texts_of(24)
    values = extracted(model, texts, tmp_path)
    assert {layer for _, layer in values} == {0, 1, 2, 3}
    for document, text in enumerate(texts):
        for key, vector in slow_hidden_states(model, text).items():
            np.testing.assert_allclose(values[key][document], vector, atol=1e-5, err_msg=f"{key} of {document}")


@pytest.mark.parametrize("kind", ["bert", "llama"])
def test_batch_size_and_order_of_documents_change_nothing(kind, tmp_path):
    model = models.load(str(write_model(tmp_path / kind, kind)), root=tmp_path)
    texts = texts_of(40)
    whole = extracted(model, texts, tmp_path / "a", batch_tokens=4000)
    single = extracted(model, texts, tmp_path / "b", batch_tokens=1)
    turned = extracted(model, texts[::-1], tmp_path / "c")
    for key in whole:
        np.testing.assert_allclose(whole[key], single[key], atol=1e-5)
        np.testing.assert_allclose(whole[key], turned[key][::-1], atol=1e-5)


def test_padding_side_of_the_tokenizer_changes_nothing(tiny_llama, tmp_path):
    texts = texts_of(20)
    model = models.load(str(tiny_llama), root=tmp_path)
    right = extracted(model, texts, tmp_path / "right")
    model.tokenizer.padding_side = "left"
    left = extracted(model, texts, tmp_path / "left")
    for key in right:
        np.testing.assert_array_equal(right[key], left[key])


def test_a_model_without_padding_token_keeps_its_vocabulary(tiny_llama, tmp_path):
    model = models.load(str(tiny_llama), root=tmp_path)
    assert model.tokenizer.pad_token is None
    extracted(model, texts_of(10), tmp_path)
    assert model.network.get_input_embeddings().num_embeddings == 60


def test_which_token_pads_never_matters(tiny_llama, tmp_path):
    import dataclasses

    texts = texts_of(20)
    model = models.load(str(tiny_llama), root=tmp_path)
    one = extracted(model, texts, tmp_path / "0")
    other = extracted(dataclasses.replace(model, padding=17), texts, tmp_path / "17")
    for key in one:
        np.testing.assert_array_equal(one[key], other[key])


def test_more_workers_give_the_same_file(tiny_bert, tmp_path):
    texts = write_texts(tmp_path / "texts.parquet", texts_of(60))
    digests = set()
    for workers in (1, 2, 3):
        path = tmp_path / f"{workers}" / "corpus.h5"
        extract_activations(texts, str(path), name="tiny", model={"id": str(tiny_bert)}, workers=workers)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_texts_beyond_the_window_are_cut_and_counted(tiny_bert, tmp_path):
    texts = ["wave " * 38, "wave " * 39, "wave tide"]
    path = tmp_path / "a.h5"
    extract_activations(
        write_texts(tmp_path / "t.parquet", texts), str(path), name="tiny", model={"id": str(tiny_bert)}
    )
    documents = store.read_documents(path)
    # The window of 40 holds [CLS], 38 words and [SEP].
    assert documents["tokens"].tolist() == [40, 40, 4]
    assert documents["truncated"].tolist() == [False, True, False]


def test_max_tokens_cuts_before_the_window_does(tiny_bert, tmp_path):
    path = tmp_path / "a.h5"
    extract_activations(
        write_texts(tmp_path / "t.parquet", ["wave " * 20, "tide"]),
        str(path),
        name="tiny",
        model={"id": str(tiny_bert), "max_tokens": 8},
    )
    assert store.read_documents(path)["tokens"].tolist() == [8, 3]
    assert store.read_attributes(path)["max_tokens"] == 8


def test_braces_in_a_text_are_not_taken_for_the_prompt(tiny_bert, tmp_path):
    model = models.load(str(tiny_bert), root=tmp_path)
    framed = extraction.tokenise(model, ["wave {text} {0} %s"], prompt="the {text} sea")[0]
    plain = extraction.tokenise(model, ["the wave {text} {0} %s sea"])[0]
    assert framed.ids.tolist() == plain.ids.tolist()


def test_a_document_without_tokens_is_refused_before_any_forward_pass(tiny_llama, tmp_path):
    model = models.load(str(tiny_llama), root=tmp_path)
    with pytest.raises(extraction.ExtractionError, match=r"1 documents \(first: \[1\]\) have no token"):
        extracted(model, ["wave", " \n ", "tide"], tmp_path)


def test_an_empty_corpus_is_refused(tiny_bert, tmp_path):
    model = models.load(str(tiny_bert), root=tmp_path)
    with pytest.raises(extraction.ExtractionError, match="no documents"):
        extraction.extract(model, [], tmp_path, signature={})


def test_values_that_are_not_finite_name_document_and_layer(tiny_bert, tmp_path):
    model = models.load(str(tiny_bert), root=tmp_path)
    with torch.no_grad():
        model.network.encoder.layer[1].output.dense.bias.fill_(float("nan"))
    with pytest.raises(extraction.ExtractionError, match="not finite in layer 2"):
        extracted(model, texts_of(4), tmp_path)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_is_near_and_recorded(dtype, tiny_bert, tmp_path):
    texts = write_texts(tmp_path / "t.parquet", texts_of(20))
    for name in ("float32", dtype):
        model = {"id": str(tiny_bert), "dtype": name}
        extract_activations(texts, str(tmp_path / f"{name}.h5"), name="tiny", model=model)
    full, half = (store.read_hidden_state(tmp_path / f"{name}.h5", "mean", 3) for name in ("float32", dtype))
    assert 0 < np.abs(full - half).max() < 0.05 * np.abs(full).max()
    assert store.read_attributes(tmp_path / f"{dtype}.h5")["dtype"] == dtype


def test_a_decoder_under_first_carries_only_its_first_token(tiny_llama, tmp_path):
    model = models.load(str(tiny_llama), root=tmp_path)
    values = extracted(model, ["the wave", "the tide of salt", "the moon"], tmp_path)
    assert np.ptp(values["first", 3], axis=0).max() < 1e-5
    assert np.ptp(values["mean", 3], axis=0).max() > 1e-2


def test_only_the_stored_poolings_are_in_the_file(tiny_bert, tmp_path):
    path = tmp_path / "a.h5"
    texts = write_texts(tmp_path / "t.parquet", texts_of(6))
    extract_activations(texts, str(path), name="tiny", model={"id": str(tiny_bert), "store": ["max", "mean"]})
    assert store.layers_of(path, "max") == [0, 1, 2, 3]
    with pytest.raises(store.ContractError, match="holds no pooling 'last', only max, mean"):
        store.layers_of(path, "last")


class InterruptionError(Exception):
    """What ends an extraction in the tests below."""


def test_an_interrupted_extraction_goes_on_where_it_was(tiny_bert, tmp_path, monkeypatch, caplog):
    texts = write_texts(tmp_path / "t.parquet", texts_of(60))
    call = {"name": "tiny", "model": {"id": str(tiny_bert)}, "batch_tokens": 60}
    extract_activations(texts, str(tmp_path / "whole" / "a.h5"), **call)
    real, done = extraction.pooled_hidden_states, []

    def counted(model, documents, **options):
        if len(done) == 20:
            raise InterruptionError
        done.append(len(documents))
        return real(model, documents, **options)

    monkeypatch.setattr(extraction, "pooled_hidden_states", counted)
    with pytest.raises(InterruptionError):
        extract_activations(texts, str(tmp_path / "parts" / "a.h5"), **call)
    assert not (tmp_path / "parts" / "a.h5").exists()
    before = sum(done[1:])  # the first call asks the widths

    monkeypatch.setattr(extraction, "pooled_hidden_states", real)
    with caplog.at_level(logging.INFO, logger="nrag"):
        extract_activations(texts, str(tmp_path / "parts" / "a.h5"), **call)
    assert f"{before} of 60 documents were done before" in caplog.text
    assert (tmp_path / "parts" / "a.h5").read_bytes() == (tmp_path / "whole" / "a.h5").read_bytes()
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["a.h5"]


def test_what_another_model_left_behind_is_not_taken(tiny_bert, tmp_path):
    texts = write_texts(tmp_path / "t.parquet", texts_of(20))
    other = str(write_model(tmp_path / "other", "bert", seed=5))
    model = models.load(other, root=tmp_path)
    left = extraction.extract(model, [texts_of(20)], tmp_path / ".a.h5.partial", signature={"model": "other"})
    left.rows.close(discard=False)
    for place in ("a.h5", "clean/a.h5"):
        extract_activations(texts, str(tmp_path / place), name="tiny", model={"id": str(tiny_bert)})
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "clean/a.h5").read_bytes()


@pytest.mark.parametrize("change", ["code", "tokenizer"])
def test_rows_of_other_code_or_another_tokenizer_are_not_gone_on_with(change, tiny_bert, tmp_path, monkeypatch, caplog):
    import shutil

    folder = shutil.copytree(tiny_bert, tmp_path / "bert")
    texts = write_texts(tmp_path / "t.parquet", texts_of(40))
    call = {"name": "tiny", "model": {"id": str(folder)}, "batch_tokens": 60}
    real, calls = extraction.pooled_hidden_states, []

    def counted(*arguments, **options):
        calls.append(1)
        if len(calls) > 8:
            raise InterruptionError
        return real(*arguments, **options)

    monkeypatch.setattr(extraction, "pooled_hidden_states", counted)
    with pytest.raises(InterruptionError):
        extract_activations(texts, str(tmp_path / "a.h5"), code="one", **call)
    monkeypatch.setattr(extraction, "pooled_hidden_states", real)
    if change == "tokenizer":
        file = folder / "tokenizer.json"
        file.write_text(file.read_text().replace('"wave"', '"WAVE"'))
    with caplog.at_level(logging.INFO, logger="nrag"):
        extract_activations(texts, str(tmp_path / "a.h5"), code="two" if change == "code" else "one", **call)
    assert "were done before" not in caplog.text


@pytest.mark.slow
def test_workers_end_with_their_parent_and_the_next_run_goes_on(tiny_bert, tmp_path):
    texts = write_texts(tmp_path / "t.parquet", texts_of(4000))
    command = (
        "from extract_activations import extract_activations as e; "
        f"e({texts!r}, {str(tmp_path / 'a.h5')!r}, name='tiny', model={{'id': {str(tiny_bert)!r}}}, "
        "batch_tokens=40, workers=2)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    process = subprocess.Popen([sys.executable, "-c", command], env=environment)
    marks = tmp_path / ".a.h5.partial" / "done.bin"
    while process.poll() is None and not (marks.exists() and marks.read_bytes().count(1) > 400):
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) >= 2
    process.kill()
    process.wait()
    kept = marks.read_bytes().count(1)
    extract_activations(
        texts, str(tmp_path / "a.h5"), name="tiny", model={"id": str(tiny_bert)}, batch_tokens=40, workers=2
    )
    assert kept > 400
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_corpus(tiny_bert, tmp_path):
    def peak(number):
        texts = write_texts(tmp_path / f"{number}.parquet", texts_of(200) * (number // 200))
        command = (
            "import resource; from extract_activations import extract_activations as e; "
            f"e({texts!r}, {str(tmp_path / f'{number}.h5')!r}, name='tiny', model={{'id': {str(tiny_bert)!r}}}, "
            "batch_tokens=2000); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
        done = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True, check=True)
        return float(done.stdout)

    assert peak(40_000) - peak(4_000) < 25


def test_two_processes_never_write_the_same_scratch_folder(tiny_bert, tmp_path):
    model = models.load(str(tiny_bert), root=tmp_path)
    held = extraction.extract(model, [["wave"]], tmp_path, signature={})
    with pytest.raises(RuntimeError, match="another process is writing"):
        extraction.extract(model, [["wave"]], tmp_path, signature={})
    held.discard()


@pytest.mark.slow
def test_a_killed_extraction_leaves_no_output_and_loses_little(tiny_bert, tmp_path):
    texts = write_texts(tmp_path / "t.parquet", texts_of(4000))
    command = (
        "from extract_activations import extract_activations as e; "
        f"e({texts!r}, {str(tmp_path / 'a.h5')!r}, name='tiny', model={{'id': {str(tiny_bert)!r}}}, batch_tokens=40)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    process = subprocess.Popen([sys.executable, "-c", command], env=environment)
    marks = tmp_path / ".a.h5.partial" / "done.bin"
    while process.poll() is None and not (marks.exists() and marks.read_bytes().count(1) > 400):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "a.h5").exists()
    kept = marks.read_bytes().count(1)
    assert kept > 400
    extract_activations(texts, str(tmp_path / "a.h5"), name="tiny", model={"id": str(tiny_bert)}, batch_tokens=40)
    extract_activations(texts, str(tmp_path / "b.h5"), name="tiny", model={"id": str(tiny_bert)}, batch_tokens=40)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def slow_batches(lengths, budget):
    """The definition of `batches_of`, one document at a time."""
    waiting = sorted(range(len(lengths)), key=lambda document: (-lengths[document], document))
    batches = []
    for document in waiting:
        batch = batches[-1] if batches else None
        if batch is not None:
            longest = lengths[batch[0]]
            fits = (len(batch) + 1) * longest <= budget
            even = lengths[document] >= 7 / 8 * longest
            small = len(batch) * longest < budget / 8
            if fits and (even or small):
                batch.append(document)
                continue
        batches.append([document])
    return batches


@pytest.mark.parametrize("budget", [1, 37, 512, 8192])
def test_batches_keep_the_budget_and_hold_every_document_once(budget):
    lengths = np.random.default_rng(0).geometric(0.02, size=500)
    batches = extraction.batches_of(lengths, budget=budget)
    assert [batch.tolist() for batch in batches] == slow_batches(lengths.tolist(), budget)
    assert sorted(np.concatenate(batches)) == list(range(500))
    assert all(len(batch) == 1 or len(batch) * lengths[batch].max() <= budget for batch in batches)


def test_padding_is_a_small_part_of_a_long_tailed_corpus():
    lengths = np.minimum(np.random.default_rng(0).lognormal(4, 0.9, size=1000).astype(int) + 2, 512)
    batches = extraction.batches_of(lengths, budget=extraction.token_budget(lengths))
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    assert padded / lengths.sum() < 1.1


def test_the_token_budget_is_fixed_by_the_corpus():
    assert extraction.token_budget(np.full(1000, 100)) == 100_000 // 32
    assert extraction.token_budget(np.full(100_000, 100)) == 8192
    assert extraction.token_budget(np.array([500, 3])) == 500


def test_out_of_memory_halves_the_batch(tiny_bert, tmp_path, monkeypatch):
    from nrag.extraction import pooling

    model = models.load(str(tiny_bert), root=tmp_path)
    documents = [tokens.ids for tokens in extraction.tokenise(model, texts_of(12))]
    whole = pooling.pooled_hidden_states(model, documents, poolings=POOLINGS)
    real, sizes = pooling._forward, []

    def small(model, documents, *rest):
        sizes.append(len(documents))
        if len(documents) > 3:
            raise torch.cuda.OutOfMemoryError
        return real(model, documents, *rest)

    monkeypatch.setattr(pooling, "_forward", small)
    halved = pooling.pooled_hidden_states(model, documents, poolings=POOLINGS)
    assert sizes == [12, 6, 3, 3, 6, 3, 3]
    for one, other in zip(whole, halved, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_document_too_large_for_the_gpu_is_an_error(tiny_bert, tmp_path, monkeypatch):
    from nrag.extraction import pooling

    def none(*_):
        raise torch.cuda.OutOfMemoryError

    monkeypatch.setattr(pooling, "_forward", none)
    model = models.load(str(tiny_bert), root=tmp_path)
    with pytest.raises(torch.cuda.OutOfMemoryError):
        pooling.pooled_hidden_states(model, [np.array([2, 5, 3])], poolings=POOLINGS)


def test_different_documents_and_vectors_are_counted_in_the_file_and_lost_ones_told(tiny_llama, tmp_path, caplog):
    # The third is the first one again, and the last is the one before it, as far as the window of 40 goes.
    texts = ["the wave", "the tide of salt", "the wave", "a moon", "a storm " * 20, "a storm " * 30]
    path = tmp_path / "a.h5"
    with caplog.at_level(logging.WARNING, logger="nrag"):
        extract_activations(
            write_texts(tmp_path / "t.parquet", texts), str(path), name="tiny", model={"id": str(tiny_llama)}
        )
    assert store.read_attributes(path)["distinct"] == 4
    assert store.read_distinct(path, "first") == dict.fromkeys(range(4), 2)
    assert store.read_distinct(path, "mean") == dict.fromkeys(range(4), 4)
    # Every text has another last word; layer 0 knows no more.
    assert store.read_distinct(path, "last") == dict.fromkeys(range(4), 4)
    assert caplog.messages == [
        "pooling first: layers 0 to 3 have only 2 different vectors for 4 different documents",
    ]
