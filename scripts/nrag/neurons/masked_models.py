"""Tokens that a masked language model finds probable in the place of another: the model's own head, or another one."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers import AutoModelForMaskedLM, AutoTokenizer, PreTrainedTokenizerBase

from nrag import checkpoints
from nrag.neurons.augmentation import Source
from nrag.neurons.reading import LEAST_PLACES, LEAST_TOKENS, frame_by, passes
from nrag.neurons.windows import NO_TOKEN

LEAST = 1e-5
"""Probability of a substitute at least (Foote et al. 2023)."""

_REACH = 128
"""Tokens of the other vocabulary on either side of the masked one at most."""


def mlm_substitutes(
    folder: Path, tokenizer: PreTrainedTokenizerBase, *, number: int, device: str | torch.device = "cpu"
) -> Source | None:
    """The tokens that a masked language model finds most probable in a place, `number` at most; None if it is none.

    `folder` holds the checkpoint, safetensors, with the weights of a head that predicts masked tokens; `tokenizer` is
    that of the model whose neurons are traced. If both vocabularies are one, the token is masked in its window.
    Otherwise the text of the window is read in the words of the other model, where only whole words are predicted, and
    of those the ones that are one token of the traced model. Special tokens and the token itself are left out, and
    what is less probable than `LEAST`.
    """
    network = _loaded(folder)
    if network is None:
        return None
    network.to(device)
    own = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    if own.mask_token_id is None:
        return None
    predictor = _Predictor(network, own, torch.device(device))
    if own.get_vocab() == tokenizer.get_vocab():
        return _of_one_vocabulary(predictor, number)
    return _of_another_vocabulary(predictor, tokenizer, number)


def _loaded(folder: Path) -> torch.nn.Module | None:
    """The network with its head, of float32; None where the folder has none, or lacks any of its weights."""
    if not checkpoints.has_masked_head(folder):
        return None
    transformers.utils.logging.disable_progress_bar()
    try:
        network, report = AutoModelForMaskedLM.from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
        )
    except ValueError:
        # A kind of model that has no such head: a causal one, whose config may not say so.
        return None
    if report["missing_keys"] or report["mismatched_keys"]:
        return None
    return network.eval()


class _Predictor:
    """A masked language model that is asked for one place of each text."""

    def __init__(self, network: Any, tokenizer: PreTrainedTokenizerBase, device: torch.device) -> None:
        self.network, self.tokenizer, self.device = network, tokenizer, device
        self.special = sorted({*tokenizer.all_special_ids})
        self.tokens = np.unique([*tokenizer.get_vocab().values()])
        self.frame = frame_by(tokenizer)

    def framed(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Token ids with the special tokens around them."""
        return (*self.frame.before, *ids, *self.frame.after)

    def probable(self, texts: Sequence[tuple[int, ...]], number: int) -> dict[tuple[int, ...], list[int]]:
        """By text with its special tokens and one mask, the `number` most probable tokens there, best first."""
        found: dict[tuple[int, ...], list[int]] = {}
        by_length: dict[int, list[tuple[int, ...]]] = {}
        for text in sorted(set(texts)):
            by_length.setdefault(len(text), []).append(text)
        for length, alike in by_length.items():
            for part in passes(len(alike), length):
                found |= zip(alike[part], self._of(np.array(alike[part]), number), strict=True)
        return found

    def _of(self, rows: np.ndarray, number: int) -> Iterator[list[int]]:
        # As in `reading`: with fewer rows the last bits would depend on how many there are.
        least = max(-(-LEAST_TOKENS // rows.shape[1]), LEAST_PLACES, len(rows))
        ids = torch.as_tensor(rows[np.arange(least) % len(rows)], device=self.device).long()
        places = (ids == self.tokenizer.mask_token_id).int().argmax(dim=1)

        def only_masks(module: torch.nn.Module, inputs: Any, output: Any) -> Any:
            # The head is given one state of each text: of all it would take more time than the network.
            states = output[0][torch.arange(len(ids), device=self.device), places][:, None]
            return type(output)(last_hidden_state=states)

        hook = self.network.base_model.register_forward_hook(only_masks)
        try:
            with torch.inference_mode():
                logits = self.network(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[: len(rows), 0]
        finally:
            hook.remove()
        chance = logits.float().softmax(dim=1).cpu().numpy()
        # A head may have more rows than there are tokens.
        unsaid = np.setdiff1d(np.arange(chance.shape[1]), self.tokens)
        chance[:, [*self.special, *unsaid]] = 0
        # Stable, so that of equally probable ones the smallest id comes first.
        for each in chance:
            order = np.argsort(-each, kind="stable")[:number]
            yield [int(token) for token in order if each[token] >= LEAST]


def _of_one_vocabulary(predictor: _Predictor, number: int) -> Source:
    tokenizer = predictor.tokenizer

    def candidates(windows: np.ndarray, columns: np.ndarray) -> list[list[int]]:
        texts, tokens = [], []
        for window, column in zip(windows, columns.tolist(), strict=True):
            masked = window.copy()
            masked[column] = tokenizer.mask_token_id
            texts.append(predictor.framed(masked[masked != NO_TOKEN].tolist()))
            tokens.append(int(window[column]))
        found = predictor.probable(texts, number + 1)
        return [
            [other for other in found[text] if other != token][:number]
            for text, token in zip(texts, tokens, strict=True)
        ]

    return candidates


def _of_another_vocabulary(predictor: _Predictor, tokenizer: PreTrainedTokenizerBase, number: int) -> Source:
    other = predictor.tokenizer
    # More than are wanted: some are no token of the model, or the token itself.
    asked = 4 * number

    def candidates(windows: np.ndarray, columns: np.ndarray) -> list[list[int]]:
        texts: list[tuple[int, ...] | None] = []
        tokens, spaces = [], []
        for window, column in zip(windows.tolist(), columns.tolist(), strict=True):
            before, after = (
                [token for token in part if token != NO_TOKEN] for part in (window[:column], window[column + 1 :])
            )
            word = _word_at(tokenizer, before, window[column], after)
            tokens.append(window[column])
            spaces.append(tokenizer.decode([window[column]]).startswith(" "))
            if word is None:
                texts.append(None)
                continue
            left, right = (other(text, add_special_tokens=False)["input_ids"] for text in word)
            texts.append(predictor.framed([*left[-_REACH:], other.mask_token_id, *right[:_REACH]]))
        found = predictor.probable([text for text in texts if text is not None], asked)
        return [
            [] if text is None else _as_tokens(found[text], token, space=space)
            for text, token, space in zip(texts, tokens, spaces, strict=True)
        ]

    def _as_tokens(ids: Sequence[int], token: int, *, space: bool) -> list[int]:
        made = []
        for each in ids:
            word = other.decode([each]).strip()
            if not word or word.startswith("##"):
                continue
            back = tokenizer(" " + word if space else word, add_special_tokens=False)["input_ids"]
            if len(back) == 1 and back[0] != token and back[0] not in tokenizer.all_special_ids:
                made.append(back[0])
        return list(dict.fromkeys(made))[:number]

    return candidates


def _word_at(
    tokenizer: PreTrainedTokenizerBase, before: list[int], token: int, after: list[int]
) -> tuple[str, str] | None:
    """The text before and after a token; None where the token is only part of a word."""
    start, with_it, whole = (tokenizer.decode(ids) for ids in (before, [*before, token], [*before, token, *after]))
    if not (with_it.startswith(start) and whole.startswith(with_it)):
        return None
    word, rest = with_it[len(start) :], whole[len(with_it) :]
    joined = (start[-1:] + word[:1]).isalnum() and len(start[-1:] + word[:1]) == 2
    goes_on = (word[-1:] + rest[:1]).isalnum() and len(word[-1:] + rest[:1]) == 2
    return None if joined or goes_on or not word.strip() else (start, rest)
