"""From a model's folder to its neurons' examples, their file and back, and to what they do to the output."""

import dataclasses
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from families import FAMILIES
from tiny import sentences

from nrag import contracts, models, store
from nrag.models import ModelError
from nrag.neurons import blocks, files, graphs
from nrag.neurons.evaluation import quarters, score_block
from nrag.neurons.loading import opened, reads_both_ways, surface_of
from nrag.neurons.mining import check_halves, is_test, mine
from nrag.neurons.output_tokens import Unembedding, gain_behind, output_tokens, unembedding_of
from nrag.neurons.patterns import Pattern
from nrag.neurons.projections import down_projections
from nrag.neurons.reading import Frame
from nrag.neurons.scores import ordinary
from nrag.neurons.substitutes import sources_of
from nrag.neurons.token_texts import texts_of

EMPTY = {"software": {}, "parameters": {}, "inputs": {}}
TEXTS = [*sentences("sea", 25, seed=1), *sentences("sky", 25, seed=2)]


def _name(family):
    return family.name


def loaded(folder, **options):
    return opened({"id": str(folder)}, root=folder.parent, **options)


@pytest.fixture(scope="module", params=["bert", "llama"])
def folder(request, tiny_bert, tiny_llama):
    return {"bert": tiny_bert, "llama": tiny_llama}[request.param]


def examples_of(model):
    ids = [f"d{number}" for number in range(len(TEXTS))]
    documents, cut = model.read([TEXTS[:7], TEXTS[7:]], prompt="{text}")
    test = is_test(documents, share=0.4, seed=0)
    lengths = np.array([len(each) for each in documents])
    selected = {each.block: np.arange(0, each.neurons, 3) for each in model.reader.projections}
    found = mine(model.reader, documents, lengths, test, selected=selected, examples=8, seed=0, skip=model.skip)
    return ids, documents, test, found, cut


def test_models_know_which_way_they_read_and_texts_come_without_special_tokens(tiny_bert, tiny_llama):
    bert, llama = loaded(tiny_bert), loaded(tiny_llama)
    assert (bert.both, llama.both) == (True, False)
    assert bert.skip == 0
    assert llama.skip == (0 if llama.reader.frame.before else 1)
    for model in (bert, llama):
        documents, cut = model.read([["the wave"], ["wave " * 600]], prompt="see {text}")
        assert (len(documents), cut) == (2, 1)
        bare = model.model.tokenizer("see the wave", add_special_tokens=False)["input_ids"]
        assert documents[0].tolist() == bare
        special = set(model.model.tokenizer.all_special_ids) - {model.model.tokenizer.unk_token_id}
        assert not special & set(documents[1].tolist())


@pytest.mark.parametrize("folder", ["bert", "llama"], indirect=True)
def test_rows_that_fill_up_the_embeddings_do_not_hide_which_way_a_model_reads(folder):
    model = loaded(folder)
    with torch.no_grad():
        model.reader.network.get_input_embeddings().weight[-30:] = 0
    assert reads_both_ways(model.reader) == model.both


def test_blocks_are_chosen_and_those_that_are_not_there_refused(tiny_bert):
    every = loaded(tiny_bert).reader.projections
    (last,) = loaded(tiny_bert, blocks=[len(every) - 1]).reader.projections
    assert last.block == len(every) - 1
    with pytest.raises(ModelError, match=f"there is no block 9; the last is {len(every) - 1}"):
        loaded(tiny_bert, blocks=[0, 9])


def test_examples_come_back_from_their_file_as_they_were(folder, tmp_path):
    model = loaded(folder)
    ids, documents, test, found, _ = examples_of(model)
    path = tmp_path / "examples.h5"
    told = dict.fromkeys(contracts.EXAMPLES.attributes, 0)
    for place in (path, tmp_path / "again.h5"):
        store.write_arrays(
            place, contracts.EXAMPLES, files.filling(ids, documents, test, found), provenance=EMPTY, **told
        )
    assert path.read_bytes() == (tmp_path / "again.h5").read_bytes()
    assert files.blocks_of(path) == sorted(found)
    read, kept = files.documents_of(path)
    assert [each.tolist() for each in read] == [each.tolist() for each in documents]
    np.testing.assert_array_equal(kept, test)
    for block, mined in found.items():
        again = files.mined(path, block)
        assert again.neurons == mined.neurons
        for name in ("selected", "histogram", "peaks", "highest", "lowest"):
            np.testing.assert_array_equal(getattr(again, name), getattr(mined, name))
        for kind in ("best", "random"):
            for name in ("neuron", "sign", "group", "document", "position", "activation"):
                one, other = (getattr(getattr(each, kind), name) for each in (again, mined))
                assert one.dtype == other.dtype
                np.testing.assert_array_equal(one, other)


def test_neurons_of_a_real_architecture_are_traced_to_graphs_that_are_one_line_each(folder):
    model = loaded(folder)
    _, documents, test, found, _ = examples_of(model)
    block = max(found)
    reader = type(model.reader)(
        model.reader.network, [model.reader.projections[-1]], model.reader.frame, model.reader.device
    )
    settings = blocks.Settings(examples=8, context=6)
    surface = blocks.Surface(model.both, model.model.tokenizer.mask_token_id)
    traces = blocks.trace_block(reader, documents, test, found[block], settings, surface)
    assert traces.traced
    density = blocks.densities(found[block], threshold=0.5)
    outcome = traces.traced[0]
    said = graphs.graph(
        block,
        outcome.neuron,
        outcome.sign,
        outcome.patterns,
        mined=found[block],
        documents=documents,
        density=float(density[outcome.neuron, 0]),
        kind="",
        texts={token: f'"{token}\n' for token in range(2000)},
    )
    line = graphs.as_line(said)
    assert line.endswith("\n")
    assert line.count("\n") == 1
    back = json.loads(line)
    assert {int(token) for token in back["tokens"]} == graphs.tokens_of(said)
    for example in back["examples"]:
        ids = documents[example["document"]]
        assert example["tokens"][example["at"]] == ids[example["position"]]
        assert 0 < example["activation"] <= 1
    assert len(back["patterns"]) == len(outcome.patterns)


def test_what_comes_of_a_neuron_of_a_real_architecture_depends_on_nothing_but_the_neuron(folder):
    model = loaded(folder)
    _, documents, test, found, _ = examples_of(model)
    last = model.reader.projections[-1]
    surface = blocks.Surface(model.both, model.model.tokenizer.mask_token_id)
    sources = sources_of(model, [ids for ids, held in zip(documents, test, strict=True) if not held], True, root=folder)

    def traced(**options):
        reader = dataclasses.replace(model.reader, projections=[last])
        settings = blocks.Settings(examples=8, context=10)
        return blocks.trace_block(
            reader, documents, test, found[last.block], settings, surface, sources=sources, **options
        ).traced

    some = [0, 5, 9, last.neurons - 1]
    whole = traced(neurons=some)
    assert any(each.examples == 0 for outcome in whole for each in outcome.patterns)
    # As text: the sufficiency of a substitute is NaN, which equals nothing.
    assert repr(traced(neurons=some, tokens=64)) == repr(whole)
    for neuron in some[1:]:
        assert repr(traced(neurons=[neuron])) == repr([outcome for outcome in whole if outcome.neuron == neuron])


def test_densities_are_shares_of_the_tokens_that_fire(folder):
    model = loaded(folder)
    _, documents, _, found, _ = examples_of(model)
    block = min(found)
    tokens = np.concatenate([model.reader.activations(each[None])[0][0][model.skip :] for each in documents])
    peaks = found[block].peaks
    density = blocks.densities(found[block], threshold=0.5)
    for neuron in range(found[block].neurons):
        for place, sign in enumerate((1, -1)):
            peak = peaks[neuron, place]
            exact = (sign * tokens[:, neuron] >= 0.5 * peak).mean() if peak else 0
            # Within the bin of the threshold tokens count as evenly spread.
            assert density[neuron, place] == pytest.approx(exact, abs=0.05)


def test_outputs_are_those_of_the_weights():
    network = next(family for family in FAMILIES if family.name == "GPT-2").made()
    network.config.tie_word_embeddings = True
    projection = down_projections(network)[1]
    with torch.no_grad():
        network.ln_f.weight.copy_(torch.linspace(-1, 2, 16))
    unembedding = unembedding_of(network, None)
    assert unembedding.source == "input embeddings"
    found = output_tokens(projection, unembedding, np.array([3]), Frame((5,), ()), tokens=np.arange(60), number=4)
    direction = network.h[1].mlp.c_proj.weight[3] * network.ln_f.weight
    logits = (network.wte.weight @ direction).detach().numpy()
    order = [token for token in np.argsort(-logits).tolist() if token != 5]
    raised, lowered = found[3]
    assert [token for token, _ in raised] == order[:4]
    assert [token for token, _ in lowered] == order[::-1][:4]
    assert raised[0][1] == pytest.approx(logits[order[0]] - logits.mean(), rel=1e-4)
    network.config.tie_word_embeddings = False
    assert unembedding_of(network, None) is None


@pytest.mark.parametrize("family", [f for f in FAMILIES if f.kind == "decoder" and f.name != "Mixtral"], ids=_name)
def test_outputs_are_tokens_of_the_tokenizer_whatever_the_matrix_has_beside_them(family, tmp_path):
    model = loaded(family.write(tmp_path / "m", head=True))
    found = model.output_tokens([0, 3])
    # The last state of this OPT is narrower than its blocks.
    assert set(found) == (set() if family.name == "OPT" else {0, 3})
    for outputs in found.values():
        named = [token for side in outputs for token, _ in side]
        assert len(named) == 20
        assert max(named) < len(model.model.tokenizer) < model.reader.network.config.get_text_config().vocab_size


def test_tokens_behind_a_gap_have_texts_and_may_be_raised(tiny_llama, tmp_path):
    folder = tmp_path / "m"
    shutil.copytree(tiny_llama, folder)
    described = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    last = max(described["model"]["vocab"].values())
    described["model"]["vocab"]["behind"] = last + 3
    (folder / "tokenizer.json").write_text(json.dumps(described), encoding="utf-8")
    model = loaded(folder)
    texts = model.token_texts()
    assert texts[last + 3] == "behind"
    assert last + 1 not in texts
    unembedding = Unembedding(torch.eye(60)[:, :16], None, "none")
    found = output_tokens(
        model.reader.projections[0], unembedding, np.array([0]), Frame((), ()), tokens=np.array(sorted(texts))
    )
    assert {token for side in found[0] for token, _ in side} <= texts.keys()


def test_gains_are_those_by_which_norms_multiply(tmp_path):
    by_name = {family.name: family for family in FAMILIES}
    for name, expected in {
        "GPT-2": lambda network: network.ln_f.weight,
        "OPT": lambda network: network.decoder.final_layer_norm.weight,
        "Llama": lambda network: network.norm.weight,
        # Gemma keeps gains less one.
        "Gemma 2": lambda network: 1 + network.norm.weight,
    }.items():
        network = by_name[name].made()
        network.config.tie_word_embeddings = True
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for weight in network.parameters():
                weight.copy_(torch.randn(weight.shape, generator=generator))
        found = unembedding_of(network, None).gain
        torch.testing.assert_close(found, expected(network).detach(), rtol=1e-4, atol=1e-4)


def test_a_norm_behind_the_mlp_counts():
    network = next(family for family in FAMILIES if family.name == "Gemma 2").made()
    projection = down_projections(network)[1]
    norm = network.layers[1].post_feedforward_layernorm
    with torch.no_grad():
        norm.weight.copy_(torch.arange(16.0) - 8)
    gain = gain_behind(network, projection)
    torch.testing.assert_close(gain, torch.arange(16.0) - 7, rtol=1e-4, atol=1e-4)
    tokens = Unembedding(torch.eye(16), None, "none")
    raised, lowered = output_tokens(
        projection, tokens, np.array([2]), Frame((), ()), tokens=np.arange(16), behind=gain, number=3
    )[2]
    order = np.argsort(-(projection.module.weight[:, 2].detach() * gain).numpy())
    assert [token for token, _ in raised] == order[:3].tolist()
    assert [token for token, _ in lowered] == order[::-1][:3].tolist()
    assert gain_behind(network.layers[1].mlp, dataclasses.replace(projection, name="down_proj")) is None


def test_a_head_of_the_checkpoint_comes_before_the_embeddings(tmp_path):
    family = next(family for family in FAMILIES if family.name == "GPT-NeoX")
    family.write(tmp_path / "m", head=True)
    model = models.load(str(tmp_path / "m"), root=tmp_path)
    found = unembedding_of(model.network, tmp_path / "m")
    assert found.source == "embed_out.weight"
    assert found.weight.shape[1] == 16
    assert isinstance(found, Unembedding)


def test_every_token_of_a_tokenizer_has_a_text(folder):
    tokenizer = loaded(folder).model.tokenizer
    names = dict(enumerate(tokenizer.convert_ids_to_tokens(range(len(tokenizer)))))
    texts = texts_of(names, tokenizer.backend_tokenizer.to_str())
    assert texts.keys() == names.keys()
    word = tokenizer("wave", add_special_tokens=False)["input_ids"]
    assert "".join(texts[token] for token in word).strip() == "wave"


# --------------------------------------------------------------------------------- scores of a block


def test_a_block_is_scored_on_documents_that_no_graph_was_made_of(folder, monkeypatch):
    model = loaded(folder)
    _, documents, test, found, _ = examples_of(model)
    block = max(found)
    reader = dataclasses.replace(model.reader, projections=[model.reader.projections[-1]])
    settings = blocks.settings_of({"examples": 8, "context": 6, "threshold": 0.5, "seed": 4})
    traces = blocks.trace_block(reader, documents, test, found[block], settings, surface_of(model))
    traced = {(each.neuron, each.sign): each.patterns for each in traces.traced}
    told = {"test_tokens": 120, "skip": model.skip}
    density = blocks.densities(found[block], threshold=0.5)
    monkeypatch.setattr("nrag.neurons.evaluation.TOP", 3)
    table = score_block(reader, documents, test, found[block], traced, settings, **told)
    assert ["block", *table] == [column.name for column in contracts.SCORES.columns]
    assert len(table) == len(traced) * 3 * 2 * 5
    whole = table[(table["quantile"] == 0) & (table["method"] == "graph")].set_index(["neuron", "sign", "split"])
    lengths = np.array([len(each) - model.skip for each in documents])
    text = ordinary(np.array([len(each) for each in documents]), test, tokens=120, seed=4)
    read = np.concatenate([reader.activations(documents[number][None])[-1][0][model.skip :] for number in text])
    for (neuron, sign), patterns in traced.items():
        row = whole.loc[neuron, sign, "text"]
        assert row["tokens"] == lengths[text].sum()
        values = sign * read[:, neuron]
        assert row["firing"] == (values >= 0.5 * found[block].peak(neuron, sign)).sum()
        assert row["peak"] == found[block].peak(neuron, sign)
        assert row["patterns"] == len(patterns)
        assert row["density"] == density[neuron, 0 if sign > 0 else 1]
        extremes = found[block].highest if sign > 0 else -found[block].lowest
        strength = extremes[:, found[block].selected.tolist().index(neuron)]
        strongest = [number for number in np.argsort(-strength, kind="stable") if test[number] and strength[number] > 0]
        # The strongest held-out documents, here 3 of them.
        assert whole.loc[neuron, sign, "top"]["tokens"] == lengths[strongest[:3]].sum()
    # Scored apart they are what they are together.
    monkeypatch.setattr("nrag.neurons.evaluation.TOGETHER", 8)
    again = score_block(reader, documents, test, found[block], traced, settings, **told)
    pd.testing.assert_frame_equal(again, table)


def test_a_block_in_which_no_neuron_fires_is_mined_written_and_scored(tiny_llama, tmp_path):
    model = loaded(tiny_llama, blocks=[0])
    with torch.no_grad():
        model.reader.network.layers[0].mlp.up_proj.weight.zero_()
    ids, documents, test, found, _ = examples_of(model)
    path, told = tmp_path / "examples.h5", dict.fromkeys(contracts.EXAMPLES.attributes, 0)
    store.write_arrays(path, contracts.EXAMPLES, files.filling(ids, documents, test, found), provenance=EMPTY, **told)
    again = files.mined(path, 0)
    assert (len(again.best.neuron), again.best.neuron.dtype) == (0, np.int32)
    settings = blocks.Settings(examples=8, context=6)
    traces = blocks.trace_block(model.reader, documents, test, again, settings, surface_of(model))
    assert not traces.traced
    assert {each.reason for each in traces.failures} == {"dead: it never fires in the training documents"}
    table = score_block(model.reader, documents, test, again, {}, settings, test_tokens=120, skip=model.skip)
    table.insert(0, "block", 0)
    store.write_tsv(tmp_path / "scores.tsv", table, provenance=EMPTY, contract=contracts.SCORES)
    assert store.read_tsv(tmp_path / "scores.tsv", contracts.SCORES).empty


def test_quarters_hold_a_quarter_of_the_firing_tokens_each(folder):
    model = loaded(folder)
    _, documents, _, found, _ = examples_of(model)
    block = min(found)
    tokens = np.concatenate([model.reader.activations(each[None])[0][0][model.skip :] for each in documents])
    checked = 0
    for neuron in range(found[block].neurons):
        peak = found[block].peak(neuron, 1)
        strength = tokens[:, neuron] / peak if peak else np.zeros(1)
        fires = strength[strength >= 0.5]
        if len(fires) >= 40:
            bounds = quarters(found[block], (neuron, 1), threshold=0.5)
            assert 0.5 < bounds[0] < bounds[1] < bounds[2]
            # Tokens of a bin, a quarter of an octave, count as evenly spread.
            np.testing.assert_allclose([(fires <= bound).mean() for bound in bounds], [0.25, 0.5, 0.75], atol=0.2)
            checked += 1
    assert checked


def test_a_corpus_of_which_one_half_is_empty_is_refused():
    documents = [np.array([1, 2]), np.array([3]), np.array([], dtype=int)]
    check_halves(documents, np.array([True, False, False]), skip=0)
    with pytest.raises(
        ModelError, match="no document with tokens is left to make graphs of: of 3 documents, 2 with tokens"
    ):
        check_halves(documents, np.array([True, True, False]), skip=0)
    with pytest.raises(ModelError, match="no document with tokens is left to test graphs on"):
        check_halves(documents, np.array([False, True, False]), skip=1)


@pytest.mark.parametrize(("neurons", "fills"), [({}, 8), ({"sufficiency": 0}, 0), ({"sufficiency": 0.5}, 8)])
def test_settings_are_those_of_the_config(neurons, fills):
    settings = blocks.settings_of({"examples": 9, "context": 3, "importance": 0.3, "blocks": "all"} | neurons)
    assert (settings.examples, settings.context, settings.asked.importance, settings.asked.fills) == (9, 3, 0.3, fills)


def test_neurons_below_zero_raise_what_those_above_lower(tiny_llama):
    model = loaded(tiny_llama)
    _, documents, test, found, _ = examples_of(model)
    block = max(found)
    reader = dataclasses.replace(model.reader, projections=[model.reader.projections[-1]])
    traces = blocks.trace_block(reader, documents, test, found[block], blocks.Settings(8, 6), surface_of(model))
    traced = [(each.neuron, each.sign, each.patterns) for each in traces.traced]
    outputs = {neuron: ([(5, 1.5), (6, 1.0)], [(7, -2.0)]) for neuron, _, _ in traced}
    texts = {token: str(token) for token in range(2000)}
    density = blocks.densities(found[block], threshold=0.5)
    made = graphs.lines(
        block, traced, mined=found[block], documents=documents, density=density, texts=texts, outputs=outputs
    )
    said = [json.loads(line) for line in made]
    assert {each["sign"] for each in said} == {1, -1}
    above, below = ([[5, 1.5], [6, 1.0]], [[7, -2.0]]), ([[7, 2.0]], [[5, -1.5], [6, -1.0]])
    for each in said:
        assert (each["raised"], each["lowered"]) == (above if each["sign"] > 0 else below)


@pytest.mark.parametrize(
    ("contexts", "density", "kind"),
    [
        ([(7, ())], 0.01, "single-token"),
        ([(7, ()), (7, ((1, 2),))], 0.01, ""),
        ([(7, ()), (8, ())], 0.2, "dense"),
        ([(7, ())], 0.2, "single-token, dense"),
    ],
)
def test_kinds(contexts, density, kind):
    assert graphs.kind_of([Pattern(token, context) for token, context in contexts], np.float64(density)) == kind
