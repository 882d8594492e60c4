"""Every layer of a space probed, and all layers together, in every split."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from nrag.probing.classifier import Joined
from nrag.probing.features import Reduced, layer_features
from nrag.probing.probes import FeatureSet, Probe, probed
from nrag.probing.splits import Split

LOG = logging.getLogger("nrag")


def probe_space(
    states: Mapping[str, Mapping[int, Callable[[], np.ndarray]]],
    labels: np.ndarray,
    splits: Sequence[Split],
    reductions: Sequence[Reduced] = (),
) -> Iterator[Probe]:
    """Every probe of a space: split by split, every member, feature set and layer, and all layers together.

    `states` give, by model and layer, the hidden state of the compared documents, (documents, width), and
    are asked for it in every split, so that no more than one layer is held. `labels` are numbers from 0.
    """
    layers = sorted(next(iter(states.values())))
    for turn, split in enumerate(splits):
        together: dict[tuple[str, FeatureSet], Joined] = {}
        for layer in layers:
            rows = {model: states[model][layer]() for model in states}
            for model, features, parts in layer_features(rows, layer, split, reductions):
                alone = Joined()
                alone.add(parts)
                learned = alone.parts()
                together.setdefault((model, features), Joined()).add(learned, width=alone.width)
                named = {"model": model, "features": features, "layer": layer, "width": alone.width}
                yield probed(learned, labels, split, turn, **named)
        for (model, features), joined in together.items():
            yield probed(joined.parts(), labels, split, turn, model=model, features=features, width=joined.width)
        LOG.info("split %d of %d", turn + 1, len(splits))
