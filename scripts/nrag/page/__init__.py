"""The start page of a study: one HTML file without a library, a font or a request of its own.

Plain data in, HTML text out. Every link is relative to the page and every name in it escaped, for
labels are written by whoever wrote the data. No text of a corpus is on this page.
"""

from nrag.page.entries import Corpus, Extraction, Figure, Run
from nrag.page.html import index, seeds_of
from nrag.page.mazes import MazeFigure
from nrag.page.probes import probing_view
from nrag.page.separations import statistics_view
from nrag.page.tables import metric_view, reduction_view

__all__ = [
    "Corpus",
    "Extraction",
    "Figure",
    "MazeFigure",
    "Run",
    "index",
    "metric_view",
    "probing_view",
    "reduction_view",
    "seeds_of",
    "statistics_view",
]
