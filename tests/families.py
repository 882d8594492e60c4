"""Tiny untrained models of the families that nrag is tested with: 2 blocks, 16 wide, 40 positions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiny import sentences, write_tokenizer

BOTH, BEGIN, END, NONE = "[CLS] $A [SEP]", "[CLS] $A", "$A [SEP]", "$A"
"""What the family's published tokenizers put around a text."""


@dataclass(frozen=True)
class Family:
    """A family of models and how a tiny one of it is made."""

    name: str
    kind: str
    """encoder, decoder, recurrent (state-space models and their kin), or encoder–decoder, of which the encoder is
    read."""
    config: str
    """Name of the class in transformers."""
    head: str
    """Auto class of the checkpoints as they are published, with their head."""
    size: Mapping[str, Any]
    template: str
    note: str = ""
    merging: bool = False
    """Whether transformers reads any tokenizer of the family as one that merges bytes."""

    def made(self, *, seed: int = 0, head: bool = False):
        """A network with random weights, without or with its head."""
        import torch
        import transformers

        config = getattr(transformers, self.config)(**self.size)
        # Large initial weights: hidden states of different texts then differ by more than rounding.
        config.initializer_range = 0.2
        auto = getattr(transformers, self.head if head else "AutoModel")
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return auto.from_config(config).eval()

    def write(self, folder: Path, **how) -> Path:
        """A folder with such a network and a tokenizer."""
        return self.write_tokenizer(save(self.made(**how), folder))

    def write_tokenizer(self, folder: Path) -> Path:
        """The tokenizer alone, into a folder that has a network."""
        if self.merging:
            _write_merging_tokenizer(folder)
        else:
            write_tokenizer(folder, special=self.template != NONE, template=self.template)
        return folder


def save(network, folder: Path) -> Path:
    """A network in a folder, as transformers writes it."""
    network.save_pretrained(folder)
    return folder


def _write_merging_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<|endoftext|>"], show_progress=False)
    tokenizer.train_from_iterator([*sentences("sea", 200, seed=1), *sentences("sky", 200, seed=1)], trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<|endoftext|>").save_pretrained(folder)


_TOKENS = {"vocab_size": 60, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
_BLOCKS = _TOKENS | {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
_WIDE = _BLOCKS | {"intermediate_size": 32, "max_position_embeddings": 40}
_GROUPED = _WIDE | {"num_key_value_heads": 1, "pad_token_id": None}
_GPT = _TOKENS | {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 40}
_WINDOWED = _GROUPED | {"head_dim": 8, "sliding_window": 8}
_BART = _TOKENS | {
    "d_model": 16,
    "encoder_layers": 2,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "max_position_embeddings": 40,
}
_T5 = _TOKENS | {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_decoder_layers": 1, "num_heads": 2}
_STATES = _TOKENS | {"hidden_size": 16, "num_hidden_layers": 2, "state_size": 4}


def _encoder(name: str, config: str, template: str = BOTH, note: str = "", **size: Any) -> Family:
    return Family(name, "encoder", config, "AutoModelForMaskedLM", size, template, note)


def _decoder(
    name: str, config: str, template: str = NONE, note: str = "", *, merging: bool = False, **size: Any
) -> Family:
    return Family(name, "decoder", config, "AutoModelForCausalLM", size, template, note, merging)


def _recurrent(name: str, config: str, **size: Any) -> Family:
    return Family(name, "recurrent", config, "AutoModelForCausalLM", size, NONE)


def _pair(name: str, config: str, template: str, note: str = "", **size: Any) -> Family:
    return Family(name, "encoder–decoder", config, "AutoModelForSeq2SeqLM", size, template, note)


_NUMBERED = "numbers positions from its padding index on"
_LOCAL = "local attention in every other block"

FAMILIES = (
    _encoder("BERT", "BertConfig", **_WIDE),
    _encoder("RoBERTa", "RobertaConfig", note=_NUMBERED, **_WIDE | {"max_position_embeddings": 41}),
    _encoder("XLM-RoBERTa", "XLMRobertaConfig", note=_NUMBERED, **_WIDE | {"max_position_embeddings": 41}),
    _encoder("CamemBERT", "CamembertConfig", note=_NUMBERED, **_WIDE | {"max_position_embeddings": 41}),
    _encoder(
        "DistilBERT",
        "DistilBertConfig",
        **_TOKENS | {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "max_position_embeddings": 40},
    ),
    _encoder("ALBERT", "AlbertConfig", note="one block, passed several times", **_WIDE | {"embedding_size": 8}),
    _encoder("ELECTRA", "ElectraConfig", **_WIDE | {"embedding_size": 8}),
    _encoder("MPNet", "MPNetConfig", note=_NUMBERED, **_WIDE | {"max_position_embeddings": 42}),
    _encoder(
        "DeBERTa-v2",
        "DebertaV2Config",
        note="relative positions",
        **_WIDE
        | {
            "relative_attention": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_buckets": 8,
            "position_biased_input": False,
        },
    ),
    _encoder(
        "ModernBERT",
        "ModernBertConfig",
        note="rotary positions; local attention but in some blocks",
        **_WIDE | {"local_attention": 8, "cls_token_id": 2, "sep_token_id": 3, "global_attn_every_n_layers": 2},
    ),
    _decoder("GPT-2", "GPT2Config", **_GPT),
    _decoder(
        "GPT-Neo",
        "GPTNeoConfig",
        note=_LOCAL,
        **_TOKENS
        | {
            "hidden_size": 16,
            "num_layers": 2,
            "num_heads": 2,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 8,
            "max_position_embeddings": 40,
        },
    ),
    _decoder("GPT-J", "GPTJConfig", **_GPT | {"rotary_dim": 4}),
    _decoder("GPT-NeoX", "GPTNeoXConfig", note="also Pythia", **_WIDE),
    _decoder(
        "OPT",
        "OPTConfig",
        BEGIN,
        note="its last state may be narrower, as in OPT-350m",
        **_BLOCKS | {"ffn_dim": 32, "max_position_embeddings": 40, "word_embed_proj_dim": 8},
    ),
    _decoder("BLOOM", "BloomConfig", note="ALiBi", **_TOKENS | {"hidden_size": 16, "n_layer": 2, "n_head": 2}),
    _decoder("Falcon", "FalconConfig", **_BLOCKS | {"alibi": False, "max_position_embeddings": 40}),
    _decoder("Phi", "PhiConfig", **_WIDE),
    _decoder("Phi-3", "Phi3Config", note="sliding window", **_GROUPED | {"sliding_window": 8}),
    _decoder("Llama", "LlamaConfig", BEGIN, **_GROUPED),
    _decoder("Mistral", "MistralConfig", BEGIN, note="sliding window", **_GROUPED | {"sliding_window": 8}),
    _decoder(
        "Mixtral",
        "MixtralConfig",
        BEGIN,
        note="mixture of experts",
        **_GROUPED | {"num_local_experts": 4, "output_router_logits": True},
    ),
    _decoder(
        "Qwen2",
        "Qwen2Config",
        note="sliding window from some block on, if its config says so",
        merging=True,
        **_GROUPED | {"vocab_size": 400, "use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1},
    ),
    _decoder("Qwen3", "Qwen3Config", **_GROUPED | {"head_dim": 8}),
    _decoder("Gemma 2", "Gemma2Config", BEGIN, note=_LOCAL, **_WINDOWED),
    _decoder("Gemma 3", "Gemma3TextConfig", BEGIN, note="local attention but in every sixth block", **_WINDOWED),
    _decoder("StableLM", "StableLmConfig", **_GROUPED),
    _decoder("OLMo 2", "Olmo2Config", **_GROUPED),
    _recurrent("Mamba", "MambaConfig", **_STATES | {"time_step_rank": 2}),
    _recurrent("Mamba 2", "Mamba2Config", **_STATES | {"num_heads": 4, "head_dim": 8, "n_groups": 1, "chunk_size": 8}),
    _recurrent("Falcon Mamba", "FalconMambaConfig", **_STATES | {"time_step_rank": 2}),
    _recurrent(
        "RWKV",
        "RwkvConfig",
        **_TOKENS | {"hidden_size": 16, "num_hidden_layers": 2, "attention_hidden_size": 16, "context_length": 40},
    ),
    _pair("T5", "T5Config", END, note="relative positions; also Flan-T5", **_T5),
    _pair("mT5", "MT5Config", END, note="relative positions", **_T5),
    _pair("BART", "BartConfig", BOTH, **_BART),
    _pair("Pegasus", "PegasusConfig", END, note="positions are not learned", **_BART),
)
