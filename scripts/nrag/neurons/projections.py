"""Where the neurons of a block are: the input of its down projection, in any architecture."""

import re
from collections import defaultdict
from dataclasses import dataclass

import torch
from transformers.pytorch_utils import Conv1D

from nrag import checkpoints
from nrag.models import ModelError

_OTHERS = re.compile(r"attn|attention|mixer")
"""In the names of modules that are not of an MLP: attention, and what stands in its place in state-space models."""


@dataclass(frozen=True)
class Projection:
    """The down projection of one MLP block: its input is the block's neurons, after the non-linearity and any gate."""

    block: int
    """Number of the block, from 0: hidden state `block` + 1 is its output."""
    name: str
    """Name of the module in the network."""
    module: torch.nn.Module
    call: int
    """Which of the module's calls in a forward pass is the block's, from 0; above 0 where blocks share a module."""
    neurons: int
    """Width of its input."""


def down_projections(network: torch.nn.Module) -> list[Projection]:
    """The down projection of every block of a network, in order.

    Found by shape: a matrix outside attention, one in each block, that makes the width of the hidden states out of
    another width; if there are several such, the one whose input has the width that the config gives for the MLP.

    Raises ModelError where blocks have none or more than one: fused experts, bottlenecks, no MLP.
    """
    config = network.config.get_text_config()
    width, blocks = config.hidden_size, config.num_hidden_layers
    found: dict[str, list[tuple[str, torch.nn.Module]]] = defaultdict(list)
    for name, module in network.named_modules():
        shape = shape_of(module)
        if shape is not None and shape[1] == width and not _OTHERS.search(name):
            # The same place in every block: what follows the number of the block.
            found[re.sub(r"^(\D*)\d+\.", r"\1*.", name, count=1)].append((name, module))
    repeated = {place: modules for place, modules in found.items() if len(modules) in (1, blocks) and "*" in place}
    chosen = _of_the_mlp(repeated, _intermediate(config), width)
    kind = type(network).__name__
    if len(chosen) != 1:
        there = f"{len(chosen)} matrices may be it: {', '.join(sorted(chosen))}" if chosen else "none is a module"
        raise ModelError(
            f"{kind}: its blocks have no single down projection ({there}); neurons of fused experts, of bottlenecks "
            "and of blocks without an MLP cannot be traced. Leave the model out of neurons"
        )
    modules = next(iter(chosen.values()))
    if len(modules) == blocks:
        return [Projection(block, name, module, 0, shape_of(module)[0]) for block, (name, module) in enumerate(modules)]
    name, module = modules[0]
    return [Projection(block, name, module, block, shape_of(module)[0]) for block in range(blocks)]


def _of_the_mlp(
    places: dict[str, list[tuple[str, torch.nn.Module]]], intermediate: int | None, width: int
) -> dict[str, list[tuple[str, torch.nn.Module]]]:
    inputs = {place: shape_of(modules[0][1])[0] for place, modules in places.items()}
    if intermediate is not None and intermediate in inputs.values() and intermediate != width:
        return {place: places[place] for place, size in inputs.items() if size == intermediate}
    if intermediate == width:
        # Up and down have one shape: the last matrix of the block leads back to the hidden states.
        same = [place for place, size in inputs.items() if size == width]
        return {place: places[place] for place in same[-1:]}
    return {place: places[place] for place, size in inputs.items() if size > width}


def _intermediate(config: object) -> int | None:
    sizes = [getattr(config, name, None) for name in checkpoints.INTERMEDIATE]
    return next((size for size in sizes if isinstance(size, int)), None)


def shape_of(module: torch.nn.Module) -> tuple[int, int] | None:
    """Input and output width of a matrix."""
    if isinstance(module, torch.nn.Linear):
        return module.in_features, module.out_features
    if isinstance(module, Conv1D):
        # GPT-2 keeps its matrices the other way round.
        return module.weight.shape[0], module.weight.shape[1]
    return None
