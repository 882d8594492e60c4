"""A tokenizer of single characters: every character of a maze, a prompt and an answer is a token."""

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

PAD, END, UNKNOWN = "<pad>", "<eos>", "<unk>"
ALPHABET = "#.SE>\nUDLR"
"""What mazes, prompts and answers are written in."""


def character_tokenizer(window: int) -> PreTrainedTokenizerFast:
    """A tokenizer that pads on the left and knows texts of `window` tokens; what is not in `ALPHABET` is unknown.

    It has no token that begins a text: ORPO's trainer would put one before its texts alone.
    """
    vocabulary = {token: number for number, token in enumerate([PAD, END, UNKNOWN, *ALPHABET])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        padding_side="left",
        model_max_length=window,
        # GPT-2 would add token types to its embeddings.
        model_input_names=["input_ids", "attention_mask"],
        clean_up_tokenization_spaces=False,
    )
