"""Every family of `families.py` through the project's own path; what was found is docs/architectures.md.

`pytest tests/test_architectures.py --write-architectures` writes that file anew.
"""

import dataclasses
import logging
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from families import FAMILIES, Family, save
from safetensors.torch import load_file, save_file
from tiny import edit_json, sentences

from nrag import checkpoints, contracts, distinct, extraction, models

TABLE = Path(__file__).parents[1] / "docs" / "architectures.md"
POOLINGS = contracts.POOLINGS
CLOSE = 1e-5
"""How far apart two computations of one vector may be; components of the tiny models' hidden states are about 1."""

TEXTS = [*sentences("sea", 12, seed=5), *sentences("sky", 11, seed=6), "wave " * 30 + "moon " * 30]
"""Of 4 to 29 words, and one that is longer than 40 positions."""

BY_NAME = {family.name: family for family in FAMILIES}
CAUSAL = [name for name, family in BY_NAME.items() if family.kind in ("decoder", "recurrent")]
PAIRS = [name for name, family in BY_NAME.items() if family.kind == "encoder–decoder"]
LIMITLESS = {"BLOOM", "T5", "mT5", "Mamba", "Mamba 2", "Falcon Mamba"}
"""Families whose config sets no limit to the length of a text."""

every_family = pytest.mark.parametrize("name", BY_NAME)


@dataclass(frozen=True)
class Found:
    """A tiny model of a family, loaded by nrag, and what it makes of TEXTS."""

    family: Family
    folder: Path
    model: models.Model
    tokens: list[np.ndarray]
    plain: transformers.PreTrainedModel
    """The same folder, loaded by transformers."""
    together: dict
    """(pooling, layer): rows of all texts in one batch."""
    alone: dict
    """The same of batches of one text."""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What is found of a family by its name, computed once."""

    @cache
    def find(name):
        folder = BY_NAME[name].write(tmp_path_factory.mktemp("family"))
        model = models.load(str(folder), root=folder)
        tokens = [document.ids for document in extraction.tokenise(model, TEXTS)]
        plain = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
        together, alone = (rows_of(model, folder / str(budget), batch_tokens=budget) for budget in (10_000, 1))
        return Found(BY_NAME[name], folder, model, tokens, plain, together, alone)

    return find


def rows_of(model, scratch, texts=TEXTS, **options):
    """Every row that an extraction makes: {(pooling, layer): (documents, width)}."""
    made = extraction.extract(model, [texts], scratch, signature={}, **options)
    blocks = {}
    for _, pooling, layer, values in made.blocks():
        blocks.setdefault((pooling, layer), []).append(values)
    made.discard()
    return {key: np.concatenate(values) for key, values in blocks.items()}


def furthest(one, other):
    """The largest difference of two sets of rows."""
    assert one.keys() == other.keys()
    return max(float(np.abs(one[key] - other[key]).max()) for key in one)


def vectors(rows, pooling):
    """Different vectors of each layer."""
    return {layer: distinct.distinct_vectors([values]) for (pooled, layer), values in rows.items() if pooled == pooling}


@torch.inference_mode()
def plain_states(here, ids, mask=None):
    """Hidden states of a batch from transformers alone, (documents, tokens, width) for each layer; no code of nrag."""
    how = {"input_ids": torch.as_tensor(ids), "output_hidden_states": True}
    if mask is not None:
        how["attention_mask"] = torch.as_tensor(mask)
    if here.family.kind == "encoder–decoder":
        # The whole model, which asks for a text to continue.
        states = here.plain(**how, decoder_input_ids=torch.zeros((len(ids), 1), dtype=torch.long))
        return [layer.numpy() for layer in states.encoder_hidden_states]
    if here.family.kind == "recurrent":
        # What goes into the first block, what goes into the second, and the end of all.
        seen = []
        blocks = here.plain.blocks if hasattr(here.plain, "blocks") else here.plain.layers
        hooks = [block.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].numpy())) for block in blocks]
        last = here.plain(**how).last_hidden_state.numpy()
        for hook in hooks:
            hook.remove()
        return [*seen, last]
    return [states.numpy() for states in here.plain(**how).hidden_states]


def plain_pool(states, pooling):
    """(tokens, width) to (width,) in float64."""
    states = states.astype(np.float64)
    return {"mean": states.mean(axis=0), "last": states[-1], "first": states[0], "max": states.max(axis=0)}[pooling]


# ------------------------------------------------------------------------------------ every family


@every_family
def test_every_layer_and_pooling_is_that_of_transformers_for_each_document_alone(name, found):
    here = found(name)
    for document, ids in enumerate(here.tokens):
        states = plain_states(here, ids[None].astype(np.int64))
        assert len(states) == 3
        for layer, state in enumerate(states):
            for pooling in POOLINGS:
                row = here.together[pooling, layer][document]
                np.testing.assert_allclose(row, plain_pool(state[0], pooling), atol=CLOSE, err_msg=f"{pooling} {layer}")


@every_family
def test_there_is_one_hidden_state_more_than_blocks_and_the_config_tells_how_many(name, found):
    here = found(name)
    shape = checkpoints.shape(here.folder)
    assert shape == checkpoints.Shape(layers=2, width=16)
    assert {layer for _, layer in here.together} == set(range(shape.layers + 1))
    assert here.together["mean", 0].shape == (len(TEXTS), shape.width)


@every_family
def test_rows_do_not_depend_on_what_else_is_in_the_batch(name, found):
    here = found(name)
    assert len({len(ids) for ids in here.tokens}) > 8
    assert furthest(here.together, here.alone) < CLOSE
    # Nor would any other token do as padding.
    other = dataclasses.replace(here.model, padding=17)
    assert furthest(here.together, rows_of(other, here.folder / "padded", batch_tokens=10_000)) < CLOSE


@every_family
def test_documents_are_told_apart_but_by_the_first_token_of_a_causal_model(name, found):
    here = found(name)
    for pooling in POOLINGS:
        counts = vectors(here.together, pooling)
        if pooling == "first" and name in CAUSAL:
            starts = {int(ids[0]) for ids in here.tokens}
            assert set(counts.values()) == {len(starts)}
            assert len(starts) < len(TEXTS)
        else:
            # Layer 0 knows one token under `first` and `last`; the blocks bring the others.
            assert [counts[1], counts[2]] == [len(TEXTS)] * 2, pooling


@every_family
def test_the_same_bytes_come_again(name, found):
    here = found(name)
    again = models.load(str(here.folder), root=here.folder)
    assert again.weights == here.model.weights
    rows = rows_of(again, here.folder / "again", batch_tokens=10_000)
    assert all(rows[key].tobytes() == here.together[key].tobytes() for key in here.together)


@every_family
def test_the_untrained_twin_has_the_same_shape_and_the_weights_of_its_seed(name, found):
    here = found(name)
    one, again, other = (models.load(str(here.folder), root=here.folder, weights="random", seed=s) for s in (4, 4, 5))
    assert one.weights == again.weights
    assert len({here.model.weights, one.weights, other.weights}) == 3
    rows = rows_of(one, here.folder / "untrained", TEXTS[:6])
    assert {key: row.shape[1] for key, row in rows.items()} == {key: row.shape[1] for key, row in here.together.items()}
    assert vectors(rows, "mean")[2] == 6


@every_family
def test_a_checkpoint_with_its_head_gives_the_rows_of_the_network_inside(name, tmp_path):
    """As most are published: without the pooler, with weights that no hidden state needs."""
    family = BY_NAME[name]
    whole = family.made(head=True, seed=3)
    rows = []
    for part, network in (("head", whole), ("inside", whole.base_model)):
        folder = family.write_tokenizer(save(network, tmp_path / part))
        rows.append(rows_of(models.load(str(folder), root=tmp_path), folder / "rows", TEXTS[:6]))
    assert all(rows[0][key].tobytes() == rows[1][key].tobytes() for key in rows[1])


@every_family
def test_a_missing_weight_of_a_block_is_refused_by_its_name(name, found, tmp_path):
    here = found(name)
    weights = load_file(here.folder / "model.safetensors")
    in_blocks = [key for key in weights if re.search(r"\.\d+\.", key) and "experts" not in key]
    if name in PAIRS:
        in_blocks = [key for key in in_blocks if key.startswith("encoder.")]
    gone = max(in_blocks, key=lambda key: weights[key].numel())
    folder = here.family.write(tmp_path / "gone")
    kept = {key: value for key, value in weights.items() if key != gone}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(models.ModelError, match="lacks weights that its hidden states depend on") as caught:
        models.load(str(folder), root=tmp_path)
    assert gone in str(caught.value)


@every_family
def test_long_texts_are_cut_where_the_positions_end(name, found):
    here = found(name)
    assert here.model.window == (512 if name in LIMITLESS else 40)
    whole = 60 + here.model.tokenizer.num_special_tokens_to_add()
    assert len(here.tokens[-1]) == (whole if name in LIMITLESS else 40)


def knows_other_tokens(here, layer):
    """Whether a token's state in a layer changes with the token before it."""
    documents = [np.array([first, 7]) for first in (5, 6)]
    one, other = extraction.pooled_hidden_states(here.model, documents, poolings=("last",))[layer][:, 0]
    return not np.allclose(one, other, atol=CLOSE)


@every_family
def test_layer_0_is_the_embeddings_and_the_blocks_bring_the_other_tokens(name, found):
    here = found(name)
    assert [knows_other_tokens(here, layer) for layer in range(3)] == [False, True, True]


# ------------------------------------------------------------------------------------ some families


@pytest.mark.parametrize("name", ["BERT", "ModernBERT", "Llama", "Mixtral", "Mamba", "T5"])
def test_half_precision_runs_and_is_near(name, found):
    here = found(name)
    half = rows_of(here.model, here.folder / "half", TEXTS[:6], dtype="bfloat16")
    for key, full in here.together.items():
        difference = np.abs(half[key] - full[:6]).max()
        assert difference < 0.1 * np.abs(full).max(), key
    assert furthest(half, {key: rows[:6] for key, rows in here.together.items()}) > 0


def test_a_model_that_does_not_mask_padding_is_refused(found, tmp_path):
    size = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 2, "max_position_embeddings": 40}
    config = transformers.FNetConfig(**size, intermediate_size=32)
    folder = save(transformers.AutoModel.from_config(config), tmp_path / "fnet")
    found("BERT").family.write_tokenizer(folder)
    with pytest.raises(models.ModelError, match="FNetModel does not mask padding"):
        models.load(str(folder), root=tmp_path)


def test_a_model_without_a_state_for_every_token_is_refused(found, tmp_path):
    """CANINE reads letters and thinks in groups of them."""
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.CanineConfig(**size, num_hash_buckets=16, local_transformer_stride=8, pad_token_id=0)
    folder = save(transformers.AutoModel.from_config(config), tmp_path / "canine")
    found("BERT").family.write_tokenizer(folder)
    with pytest.raises(models.ModelError, match="CanineModel has no state for every token in layer"):
        models.load(str(folder), root=tmp_path)


@pytest.mark.parametrize("name", ["BERT", "Llama", "T5"])
def test_the_order_of_the_poolings_changes_no_row(name, found):
    here = found(name)
    turned = rows_of(here.model, here.folder / "turned", poolings=("max", "first", "mean"), batch_tokens=10_000)
    assert {pooling for pooling, _ in turned} == {"max", "first", "mean"}
    assert all(turned[key].tobytes() == here.together[key].tobytes() for key in turned)


def test_an_expert_that_lacks_a_weight_is_refused(found, tmp_path):
    here = found("Mixtral")
    weights = load_file(here.folder / "model.safetensors")
    gone = next(key for key in weights if "experts" in key)
    folder = here.family.write(tmp_path / "gone")
    kept = {key: value for key, value in weights.items() if key != gone}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(models.ModelError, match="the weights cannot be read"):
        models.load(str(folder), root=tmp_path)


def test_a_padding_token_for_which_the_model_has_no_embedding_is_not_taken(found, tmp_path):
    here = found("GPT-2")
    folder = here.family.write(tmp_path / "padded")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"pad_token": "[MASK]"})
    while len(tokenizer) <= 60:
        tokenizer.add_tokens([f"<{len(tokenizer)}>"])
    tokenizer.pad_token = "<60>"
    tokenizer.save_pretrained(folder)
    model = models.load(str(folder), root=tmp_path)
    assert model.tokenizer.pad_token_id == 60
    assert model.padding == 0
    assert furthest(rows_of(model, tmp_path / "rows", batch_tokens=10_000), here.together) < CLOSE


# ---------------------------------------------------------------------------------- encoder–decoders


@pytest.mark.parametrize("name", PAIRS)
def test_weights_of_the_decoder_are_neither_needed_nor_part_of_the_model(name, found, tmp_path, caplog):
    here = found(name)
    folder = here.family.write(tmp_path / "encoder")
    weights = load_file(folder / "model.safetensors")
    kept = {key: value for key, value in weights.items() if not key.startswith("decoder.")}
    assert len(kept) < len(weights)
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with caplog.at_level(logging.INFO, logger="nrag"):
        assert models.load(str(folder), root=tmp_path).weights == here.model.weights
    assert re.search(r"not in the checkpoint, and not needed: decoder\.", caplog.text)


def test_a_checkpoint_of_an_encoder_alone_is_read_as_one(found, tmp_path):
    here = found("T5")
    encoder = transformers.T5EncoderModel.from_pretrained(here.folder)
    folder = here.family.write_tokenizer(save(encoder, tmp_path / "encoder"))
    assert not transformers.AutoConfig.from_pretrained(folder).is_encoder_decoder
    rows = rows_of(models.load(str(folder), root=tmp_path), tmp_path / "rows", batch_tokens=10_000)
    assert all(rows[key].tobytes() == here.together[key].tobytes() for key in rows)


@pytest.mark.parametrize("name", PAIRS)
def test_an_encoder_whose_parts_wait_elsewhere_gives_the_same_bytes(name, found, tmp_path):
    """As `device_map` leaves it on several devices: parts of the whole model are brought in one by one."""
    from accelerate import dispatch_model

    here = found(name)
    whole = transformers.AutoModel.from_pretrained(here.folder, dtype=torch.float32).eval()
    waiting = {part: "cpu" if part == "shared" else "disk" for part, _ in whole.named_children()}
    dispatch_model(whole, waiting, offload_dir=tmp_path / "disk", skip_keys=whole._skip_keys_device_placement)
    encoder = models.reading_part(models.states_in_place(whole))
    assert any(weight.is_meta for weight in encoder.parameters())
    rows = rows_of(dataclasses.replace(here.model, network=encoder), tmp_path / "rows", batch_tokens=10_000)
    assert all(rows[key].tobytes() == here.together[key].tobytes() for key in here.together)


@pytest.mark.parametrize("weights", ["trained", "random"])
def test_an_encoder_spread_over_one_device_gives_the_same_bytes(weights, found, tmp_path):
    here = found("BART")
    plain, spread = (
        models.load(str(here.folder), root=tmp_path, weights=weights, device_map=device_map)
        for device_map in (None, "auto")
    )
    assert plain.weights == spread.weights
    rows = [rows_of(model, tmp_path / "rows", TEXTS[:6]) for model in (plain, spread)]
    assert all(rows[0][key].tobytes() == rows[1][key].tobytes() for key in rows[0])


def test_a_model_that_reads_no_text_is_refused(found, tmp_path):
    sizes = {f"{part}_{key}": 2 for part in ("encoder", "decoder") for key in ("layers", "attention_heads", "ffn_dim")}
    config = transformers.WhisperConfig(
        vocab_size=60, pad_token_id=0, d_model=16, num_mel_bins=4, max_source_positions=8, **sizes
    )
    folder = save(transformers.AutoModel.from_config(config), tmp_path / "whisper")
    found("BART").family.write_tokenizer(folder)
    with pytest.raises(models.ModelError, match="WhisperEncoder reads input_features, not text"):
        models.load(str(folder), root=tmp_path)


@pytest.mark.parametrize(
    ("config", "shape"),
    [
        ({"encoder_layers": 12, "decoder_layers": 6, "num_hidden_layers": 6, "d_model": 1024}, (12, 1024)),
        ({"num_layers": 8, "num_decoder_layers": 2, "d_model": 512}, (8, 512)),
        ({"encoder": {"num_hidden_layers": 3, "hidden_size": 8}, "decoder": {"num_hidden_layers": 9}}, (3, 8)),
        ({"num_encoder_layers": 4, "num_decoder_layers": 2, "num_hidden_layers": 2, "hidden_size": 16}, (4, 16)),
        ({"n_layer": 24, "n_embed": 1024}, (24, 1024)),
        ({"n_layers": 12, "emb_dim": 2048}, (12, 2048)),
    ],
)
def test_depth_and_width_of_published_configs_are_read(config, shape, tmp_path):
    """Of distilbart, T5, T5Gemma, ProphetNet, BLOOM and XLM."""
    (tmp_path / "config.json").write_text("{}")
    edit_json(tmp_path / "config.json", **config)
    assert checkpoints.shape(tmp_path) == checkpoints.Shape(*shape)


# ------------------------------------------------------------------------------------ the table

HEAD = """\
# Architectures

Written by its test, which takes tiny untrained models of every family through this version of the code:
`pytest tests/test_architectures.py --write-architectures`. Do not edit it; the test fails where it is out of date.

Any model that `AutoModel` of transformers loads and that gives hidden states may be tried. Of these {number} families
it is tested, with transformers {version}, that every layer and pooling of every document equals what transformers gives
for that document alone, that rows do not depend on the batch, that a checkpoint without a weight of a block is refused,
that checkpoints with and without a head give the same rows, that the same bytes come again, and that untrained twins
have the same shape.

"""

COLUMNS = """
- **network**: the class whose hidden states are read. Of an encoder–decoder that is the encoder alone: no decoder
  runs, its weights may be missing, and checkpoints of encoders alone load too.
- **states**: widths of the hidden states of a model with 2 blocks and a width of 16: one more than blocks.
- **longest text**: `positions`, as many tokens as the config has positions (`max_position_embeddings`, or what the
  family calls it); `any`, where it sets no limit and `max_tokens` alone decides. Longer texts are cut and counted.
- **padding**: nrag pads on the right, always. `either`: padding on the left would give the same states in transformers;
  `right`: it would not, unless the caller gave the positions too.
- **poolings**: those that tell all documents apart in every layer after the embeddings. Under `first` a causal model
  has seen one token, the begin token of all documents or the first word of many: different vectors are counted in every
  layer and, where there are fewer than documents, named in the log, in `tables/quality.tsv` and on the start page.
- **batch**: largest difference between a document's rows alone and in a batch with longer ones, where components are
  about 1; must be below 1e-5.
"""

NOTES = """
**Layers.** Layer 0 is the embeddings: under `first` it is the same for all documents if they begin with the same token,
and under `last` it knows the last token alone. The last layer has mostly passed the model's final norm, as
transformers gives it. In the recurrent families transformers leaves the embeddings out of its `hidden_states`, which
begin after the first block and end with the last block's output before and after the norm; here they begin with the
embeddings and end after the norm, so that a layer means the same in every family.

**Refused before any job**: models without a state for every token (some shorten the text on their way), models in which
padding changes the states of a text (FNet has no mask), and models that read something else than text.
"""


def padding_side(here):
    """Whether states stay what they are if padding comes first."""
    length = max(map(len, here.tokens))
    ids = np.full((len(TEXTS), length), here.model.padding, dtype=np.int64)
    for row, document in zip(ids, here.tokens, strict=True):
        row[length - len(document) :] = document
    mask = np.arange(length) >= length - np.array([[len(document)] for document in here.tokens])
    last = plain_states(here, ids, mask.astype(np.int64))[-1][:, -1]
    return "either" if np.allclose(last, here.alone["last", 2], atol=10 * CLOSE) else "right"


def row_of(here):
    """One line of the table."""
    widths = [here.together["mean", layer].shape[1] for layer in range(3)]
    telling = [pooling for pooling in POOLINGS if min(list(vectors(here.together, pooling).values())[1:]) == len(TEXTS)]
    cells = [
        here.family.name,
        here.family.kind,
        f"`{type(here.model.network).__name__}`",
        f"`{here.plain.config.model_type}`",
        "3 × 16" if set(widths) == {16} else " + ".join(map(str, widths)),
        "any" if here.model.window == 512 else "positions",
        padding_side(here),
        ", ".join(telling),
        f"{furthest(here.together, here.alone):.0e}",
        here.family.note,
    ]
    return f"| {' | '.join(cells)} |"


def table(rows):
    """The whole file."""
    names = (
        "family",
        "kind",
        "network",
        "`model_type`",
        "states",
        "longest text",
        "padding",
        "poolings",
        "batch",
        "note",
    )
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|", *rows]
    head = HEAD.format(number=len(rows), version=transformers.__version__)
    return head + "\n".join(lines) + "\n" + COLUMNS + NOTES


def without_differences(text):
    """The file without the numbers that are rounding, which differ by processor."""
    return re.sub(r"\| \de[+-]\d\d \|", "| |", text)


def test_the_table_in_the_docs_is_what_was_found(found, request):
    text = table([row_of(found(name)) for name in BY_NAME])
    if request.config.getoption("--write-architectures"):
        TABLE.write_text(text, encoding="utf-8")
    written = TABLE.read_text(encoding="utf-8")
    assert without_differences(written) == without_differences(text), "run pytest with --write-architectures"
    assert written.count("e-0") + written.count("0e+00") >= len(BY_NAME)
