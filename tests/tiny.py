"""Tiny models and corpora, made on the spot: real Hugging Face folders with random weights."""

import csv
import json
from pathlib import Path

WORDS = {
    "sea": [
        "wave",
        "tide",
        "salt",
        "reef",
        "coral",
        "whale",
        "sail",
        "harbour",
        "anchor",
        "current",
        "shore",
        "pearl",
        "drift",
        "gull",
        "storm",
    ],
    "sky": [
        "cloud",
        "star",
        "comet",
        "moon",
        "orbit",
        "dawn",
        "thunder",
        "kite",
        "wing",
        "feather",
        "rainbow",
        "planet",
        "dusk",
        "breeze",
        "meteor",
    ],
}
COMMON = [
    "the",
    "a",
    "of",
    "and",
    "in",
    "under",
    "over",
    "near",
    "with",
    "from",
    "slowly",
    "quickly",
    "old",
    "new",
    "great",
    "small",
    "seen",
    "found",
    "lost",
]


def sentences(label: str, number: int, *, seed: int, lengths: tuple[int, int] = (4, 30)) -> list[str]:
    """`number` texts of a label: half its own words, half common ones."""
    import numpy as np

    generator = np.random.default_rng([seed, *label.encode()])
    words = [*WORDS[label], *COMMON]
    chances = np.array([1 / len(WORDS[label])] * len(WORDS[label]) + [1 / len(COMMON)] * len(COMMON)) / 2
    return [" ".join(generator.choice(words, size=generator.integers(*lengths), p=chances)) for _ in range(number)]


def write_corpus(path: Path, *, number: int = 30, seed: int = 1) -> Path:
    """A CSV with `number` documents of each of two labels, the labels in turn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {label: sentences(label, number, seed=seed) for label in WORDS}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "year"])
        for row in range(number):
            for label, texts in columns.items():
                writer.writerow([texts[row], label, 2000 + row % 5])
    return path


def write_tokenizer(folder: Path, *, special: bool, template: str = "[CLS] $A [SEP]") -> None:
    """A word-level tokenizer; with `special` it knows a padding token, and texts ($A) stand in the template."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {word: place for place, word in enumerate([*names, *sorted({*COMMON, *WORDS["sea"], *WORDS["sky"]})])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if special:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=template, special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
    known = {"unk_token": "[UNK]", **({"pad_token": "[PAD]"} if special else {})}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **known).save_pretrained(folder)


def write_model(folder: Path, kind: str = "bert", *, seed: int = 0) -> Path:
    """A folder with a 3-block, 16-wide model: "bert" or "roberta" (encoders), "llama" or "gpt2" (decoders)."""
    import torch
    import transformers

    size = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2}
    wide = {**size, "intermediate_size": 32, "max_position_embeddings": 40}
    config = {
        "bert": lambda: transformers.BertConfig(**wide),
        "roberta": lambda: transformers.RobertaConfig(**{**wide, "pad_token_id": 0, "max_position_embeddings": 41}),
        "llama": lambda: transformers.LlamaConfig(**wide, num_key_value_heads=1, pad_token_id=None),
        "gpt2": lambda: transformers.GPT2Config(vocab_size=60, n_embd=16, n_layer=3, n_head=2, n_positions=40),
    }[kind]()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        # Large initial weights: hidden states of different texts then differ by more than rounding.
        config.initializer_range = 0.2
        transformers.AutoModel.from_config(config).save_pretrained(folder)
    write_tokenizer(folder, special=kind in ("bert", "roberta"))
    return folder


def edit_json(path: Path, **changes: object) -> None:
    """Change keys of a JSON file; None deletes one."""
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
