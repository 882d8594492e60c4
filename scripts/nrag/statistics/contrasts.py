"""What training adds: effects of a trained model less those of untrained models of its architecture."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from nrag.statistics.half_samples import HalfSamples, Scheme
from nrag.statistics.intervals import INTERVAL, PILED_NOTE, missing, piled, too_few

FEWEST_CONTROLS = 3
"""Untrained models for an interval: of fewer nobody can say how much the draw of weights matters."""

Place = tuple[str, str]
"""Space and model."""


def contrast_table(
    found: Mapping[Place, HalfSamples], pairs: Mapping[Place, Sequence[Place]], scheme: Scheme
) -> pd.DataFrame:
    """A row for each statistic of each trained model: contracts.CONTRASTS without comparison and labelling.

    `pairs` says which of `found` are the untrained controls of which; models without any have no row. Of every
    half-sample d and control c, (trained_d − its null mean) − (control_dc − its null mean): all models have the same
    half-samples and dealings, so what the documents of a half-sample have in common falls out. `value` is the mean.

    The interval is for the difference between the trained model and the mean over all draws of untrained weights, at m
    documents of each label. Two things make it uncertain, and neither tells of the other: the documents, whose part
    is the percentiles of the half-samples, controls averaged; and the draw of weights, whose part is Student's
    t_(C−1) · s / √C, s the standard deviation of the C controls' means. The parts are joined as Zou and Donner (2008)
    join limits of independent estimates: low = value − √((value − low_d)² + t² s² / C), and high likewise.
    Percentiles over all half-samples and controls alike would not do where documents matter little: three controls
    have the mean of their law between them with probability 3/4, not 0.95. `s` holds what half-samples leave of
    documents in the controls' means too, which makes intervals wider, not narrower. Student's t takes the effects of
    weights for normal; of very skewed ones intervals hold less than they say.

    Sources: Zou and Donner (2008), Statistics in Medicine 27, 1693; half-samples as in `intervals`.
    """
    tables = []
    for (space, model), places in pairs.items():
        trained, controls = found[space, model], [found[place] for place in places]
        rows = [
            {"test": key[0], "metric": key[1]} | row
            for key in trained.null_mean
            for row in _rows(key, trained, controls, scheme)
        ]
        named = {"space": space, "model": model, "controls": np.int16(len(controls))}
        tables.append(pd.DataFrame(rows).assign(**named, seeds=np.int16(trained.seeds)))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    labels = json.dumps(list(scheme.documents.names), ensure_ascii=False)
    return table.assign(m=np.int32(scheme.m), labels=labels)


def _rows(key: tuple, trained: HalfSamples, controls: Sequence[HalfSamples], scheme: Scheme) -> list[dict[str, object]]:
    """Of all layers and of each where the trained model has any value."""
    few = too_few(scheme, key)
    if len(controls) < FEWEST_CONTROLS:
        few = [*few, f"no interval with fewer than {FEWEST_CONTROLS} controls ({len(controls)})"]
    effects = trained.effects(key)
    untrained = np.stack([control.effects(key) for control in controls])
    rows = []
    for place, each in enumerate(effects):
        if np.isnan(each).all():
            continue
        others = untrained[:, place]
        defined = np.isfinite(each) & np.isfinite(others).all(axis=0)
        at_end = defined.any() and any(piled(values[defined]) for values in [each, *others])
        notes = [*few, *scheme.notes, *missing(np.count_nonzero(defined), len(each))]
        notes += [PILED_NOTE] if at_end and not few else []
        known = not few and defined.any() and not at_end
        rows.append(
            {
                "layer": place - 1 if place else None,
                "half_samples": np.int32(np.count_nonzero(defined)),
                **_contrast(each[defined], others[:, defined], known=known),
                "note": "; ".join(notes) or None,
            }
        )
    return rows


def _contrast(trained: np.ndarray, untrained: np.ndarray, *, known: bool) -> dict[str, float]:
    """Of defined effects, (half-samples,) and (controls, half-samples)."""
    names = ("trained", "untrained", "untrained_sd", "value", "low", "high")
    if not len(trained):
        return dict.fromkeys(names, np.nan)
    means = untrained.mean(axis=1)
    sd = means.std(ddof=1) if len(means) > 1 else np.nan
    value = trained.mean() - means.mean()
    low, high = np.nan, np.nan
    if known:
        documents = np.percentile(trained - untrained.mean(axis=0), INTERVAL) - value
        weights = stdtrit(len(means) - 1, INTERVAL[1] / 100) * sd / np.sqrt(len(means))
        low, high = value + np.array([-1, 1]) * np.hypot(documents, weights)
    return dict(zip(names, (trained.mean(), means.mean(), sd, value, low, high), strict=True))
