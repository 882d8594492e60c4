"""A model that is ready for its neurons to be read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nrag import checkpoints, models
from nrag.extraction import tokenise
from nrag.heap import give_large_blocks_back
from nrag.neurons.blocks import Surface
from nrag.neurons.graphs import Outputs
from nrag.neurons.output_tokens import gain_behind, output_tokens, unembedding_of
from nrag.neurons.projections import Projection, down_projections
from nrag.neurons.reading import Reader, frame_of
from nrag.neurons.token_texts import texts_of

_LOADING = ("weights", "seed", "revision", "max_tokens", "trust_remote_code")


@dataclass(frozen=True)
class Opened:
    """A model, read at the down projections of some of its blocks."""

    model: models.Model
    folder: Path | None
    """Of its checkpoint; None of an untrained model."""
    reader: Reader
    both: bool
    """Whether a state depends on tokens to its right."""
    skip: int
    """First tokens of a document that are not looked at: one, of a causal model whose tokenizer puts none before a
    text. It has nothing to attend to but itself, and its neurons say so rather than what the token is."""

    def read(self, parts: Iterable[Sequence[str]], *, prompt: str) -> tuple[list[np.ndarray], int]:
        """(tokens,) int32 of each text without special tokens, cut at the window, and how many were cut.

        Texts come in parts, of which each is cut into tokens at once.
        """
        frame, documents, truncated = self.reader.frame, [], 0
        for part in parts:
            for tokens in tokenise(self.model, part, prompt=prompt):
                documents.append(tokens.ids[len(frame.before) : len(tokens.ids) - len(frame.after)])
                truncated += tokens.truncated
        return documents, truncated

    def token_texts(self) -> dict[int, str]:
        """What every token of the vocabulary looks like, by id."""
        tokenizer = self.model.tokenizer
        # Ids may have gaps, so that there are higher ones than there are tokens.
        names = {token: name for name, token in tokenizer.get_vocab().items()}
        return texts_of(names, tokenizer.backend_tokenizer.to_str())

    def output_tokens(self, neurons: Sequence[int]) -> dict[int, Outputs]:
        """By neuron of the last block that is read, the tokens that it raises and lowers most.

        Nothing of a model that reads both ways: what it may say of tokens goes through layers of its own.
        """
        unembedding = None if self.both else unembedding_of(self.reader.network, self.folder)
        if unembedding is None:
            return {}
        projection = self.reader.projections[-1]
        return output_tokens(
            projection,
            unembedding,
            np.asarray(neurons, int),
            self.reader.frame,
            tokens=np.array(sorted(self.model.tokenizer.get_vocab().values())),
            behind=gain_behind(self.reader.network, projection),
        )


def opened(
    model: Mapping[str, Any],
    *,
    root: Path,
    fetched: str | None = None,
    device: str = "cpu",
    blocks: str | Sequence[int] = "all",
) -> Opened:
    """The model of a definition in the config, read at `blocks`, from 0.

    Raises ModelError for a block that it does not have, and for blocks without a down projection of their own.
    """
    torch.set_num_threads(1)
    give_large_blocks_back()
    record = checkpoints.fetched(Path(fetched)) if fetched else None
    torch.set_float32_matmul_precision(model.get("matmul_precision", "highest"))
    loaded = models.load(
        model["id"],
        root=root,
        device=device,
        fetched=record,
        **{key: model[key] for key in _LOADING if key in model},
    )
    reader = Reader(loaded.network, chosen(down_projections(loaded.network), blocks), frame_of(loaded), loaded.device)
    both = reads_both_ways(reader)
    untrained = model.get("weights") == "random"
    folder = models.folder_of(model["id"], root, revision=model.get("revision"), fetched=record)
    return Opened(loaded, None if untrained else folder, reader, both, skip=0 if both or reader.frame.before else 1)


def surface_of(loaded: Opened) -> Surface:
    """What tracing needs to know of a model besides its network."""
    # A causal model never learned what a mask token is, whatever its tokenizer has.
    return Surface(both=loaded.both, mask=loaded.model.tokenizer.mask_token_id if loaded.both else None)


def chosen(projections: Sequence[Projection], blocks: str | Sequence[int]) -> list[Projection]:
    """The projections of some blocks, ascending. Raises ModelError for a block that is not there."""
    if blocks == "all":
        return list(projections)
    beyond = [block for block in blocks if block >= len(projections)]
    if beyond:
        raise models.ModelError(f"neurons.blocks: there is no block {beyond[0]}; the last is {len(projections) - 1}")
    return [projections[block] for block in sorted(set(blocks))]


def reads_both_ways(reader: Reader) -> bool:
    """Whether the neurons at a token depend on the next one: asked of the network itself, with several next ones.

    Two alone may be alike: the rows that fill up a matrix of embeddings often are.
    """
    tokens = reader.network.get_input_embeddings().weight.shape[0]
    others = np.unique(np.linspace(0, tokens - 1, 8, dtype=np.int32))
    rows = np.column_stack([np.full_like(others, tokens - 1), others])
    return any((values[:, 0] != values[0, 0]).any() for values in reader.activations(rows))
