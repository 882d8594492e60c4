"""The page as HTML text: everything that is on it, put into the template."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd

from nrag import comparison
from nrag.page.entries import Corpus, Extraction, Figure, Run, condition, grid, heading, shown
from nrag.page.mazes import MazeFigure, maze_view
from nrag.page.neuron_blocks import block_view
from nrag.page.numbers import thousands
from nrag.page.probes import probing_view
from nrag.page.quality import alike, corpus_card, problems
from nrag.page.separations import statistics_view
from nrag.page.tables import component_view, metric_view, reduction_view

CONTROLS = 3
"""Untrained twins of a trained model that a published comparison needs: fewer tell nothing of their spread."""


def index(
    template: str,
    *,
    study: str,
    corpora: Sequence[Corpus],
    extractions: Sequence[Extraction],
    controls: Mapping[str, Sequence[str]],
    figures: Sequence[Figure],
    runs: Sequence[Run],
    metrics: pd.DataFrame,
    quality: pd.DataFrame,
    reductions: pd.DataFrame,
    versions: pd.DataFrame,
    tables: Mapping[str, str],
    resolved: str,
    components: pd.DataFrame | None = None,
    probing: pd.DataFrame | None = None,
    tests: pd.DataFrame | None = None,
    contrasts: pd.DataFrame | None = None,
    neurons: pd.DataFrame | None = None,
    neuron_pages: Mapping[tuple[str, str, int], str] | None = None,
    mazes: pd.DataFrame | None = None,
    maze_figures: Sequence[MazeFigure] = (),
    failures: Mapping[str, str] | None = None,
    neuron_labels: Mapping[tuple[str, str], str] | None = None,
) -> str:
    """The page as HTML text.

    `metrics`, `components` (metrics of component graphs), `quality`, `reductions` and `versions` are the tables
    of `comparison`, `probing` that of `nrag.probing.summary`, `tests` and `contrasts` those of `nrag.statistics`,
    `neurons` that of blocks whose neurons are traced, all read back from TSV; `neuron_pages` link the page of each
    corpus, model and block, `neuron_labels` the table of the neurons that tell labels of each corpus and model;
    `mazes` is the table of methods of `nrag.evaluation`, whose sets have `maze_figures` and links to `failures`;
    `controls` names the untrained twins of each trained model; `tables` names and links the
    tables' files; `resolved` is the study's config in full, as YAML. The order of corpora, figures and runs is kept,
    so models that belong side by side, such as a trained one and its untrained control, come one after the other.
    """
    measured = comparison.summary(metrics)
    correlated = measured[:0] if components is None else comparison.summary(components, place=comparison.EMBEDDING)
    counted = pd.concat([measured, correlated], ignore_index=True)
    quality = quality.astype("string").fillna("")
    return (
        environment()
        .from_string(template)
        .render(
            study=study,
            facets=_facets(runs),
            corpora=[corpus_card(corpus, counted, quality) for corpus in corpora],
            extractions=extractions,
            controls=controls,
            needed=CONTROLS,
            models=list(dict.fromkeys(extraction.model for extraction in extractions)),
            weights=list(dict.fromkeys((made.model, made.attributes["weights"]) for made in extractions)),
            gallery=_gallery(figures),
            figures=len(figures) + len(maze_figures),
            runs=runs,
            metrics=metric_view(measured),
            components=component_view(correlated),
            probing=None if probing is None else probing_view(probing),
            neurons=None if neurons is None else block_view(neurons, neuron_pages or {}, neuron_labels or {}),
            mazes=None if mazes is None else maze_view(mazes, maze_figures, failures or {}),
            statistics=None if tests is None else statistics_view(tests, controls, contrasts),
            problems=problems(quality),
            alike=alike(quality, {corpus.name: corpus.documents for corpus in corpora}),
            reductions=reduction_view(comparison.reduction_summary(reductions)),
            seeds=seeds_of(metrics if components is None else pd.concat([metrics, components])),
            versions=versions.to_dict("records"),
            tables=tables,
            resolved=resolved,
        )
    )


def seeds_of(table: pd.DataFrame) -> dict[str, list[int]]:
    """The seeds of each reduction, in order; of any table with both."""
    typed = table.assign(seed=table["seed"].astype("int64"))
    return {name: sorted(set(group)) for name, group in typed.groupby("reduction")["seed"]}


def link(path: str) -> str:
    """A relative path as it may stand in an attribute: what has a meaning in an address is encoded.

    >>> link("figures/50% #1.png")
    'figures/50%25%20%231.png'
    """
    return quote(path, safe="/")


def environment() -> jinja2.Environment:
    """What pages are made with: everything is escaped, and a name without a value is an error."""
    made = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    made.filters |= {"link": link, "condition": condition, "grid": grid, "shown": shown, "thousands": thousands}
    return made


def _facets(runs: Sequence[Run]) -> dict[str, list[str]]:
    """What the page can be narrowed to."""
    values = {
        "corpus": [run.corpus for run in runs],
        "model": [model for run in runs for model in run.models],
        "pooling": [run.pooling for run in runs],
        "reduction": [run.reduction for run in runs],
        "grid": [grid(run) for run in runs],
    }
    return {name: list(dict.fromkeys(found)) for name, found in values.items()}


def _gallery(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    return [
        {"corpus": corpus, "comparison": name, "conditions": _by(group, heading)}
        for (corpus, name), group in _by(figures, lambda figure: (figure.corpus, figure.comparison)).items()
    ]


def _by(items: Iterable[Any], key: Any) -> dict[Hashable, list[Any]]:
    groups: dict[Hashable, list[Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
