"""Figures: tables of everything drawn, and drawings made from those tables alone.

`nrag_table` and `draw_nrag` make the NRAG of a comparison, `metric_table` and `draw_metrics` its
metrics, `stability_table` and `draw_stability` what of it holds, `map_table` with `draw_map_strip` and
`draw_large_map` its region maps, `component_table` and `draw_components` its component graphs,
`probing_table` and `draw_probing` its probes, `separation_table` and `draw_separation` how far its labels
lie apart, `rarefaction_table` and `draw_rarefaction` its metrics by number of documents; `drift_table` and `draw_drift`
how far checkpoints have drifted by layer, `series_table` and `draw_series` in the order of their training,
`dendrogram_table` and `draw_dendrogram` which are near, `members_table` with `draw_nrag` their NRAGs. Of mazes,
`training_table` and `draw_training` make the learning curves of a set, `stage_table` and `draw_stages` its stages side
by side, `length_table` and `draw_lengths` what they solve by length, `maze_probe_table` and `draw_maze_probes` what
of the mazes can be read from each layer. `compared` says which labels comparisons have,
`write` writes a drawing and its table, `render` gives the bytes of one file.
"""

from nrag.figures.component_graph_figure import draw as draw_components
from nrag.figures.component_graph_table import drawing as component_table
from nrag.figures.dendrograms import distances as dendrogram_table
from nrag.figures.dendrograms import draw as draw_dendrogram
from nrag.figures.drift_lines import along as series_table
from nrag.figures.drift_lines import by_layer as drift_table
from nrag.figures.drift_panels import draw as draw_drift
from nrag.figures.files import compared, write
from nrag.figures.graph_figure import draw as draw_nrag
from nrag.figures.graph_members import beside_base as members_table
from nrag.figures.graph_table import POSITIONS, region_colors
from nrag.figures.graph_table import drawing as nrag_table
from nrag.figures.layout import positions, regions_of
from nrag.figures.length_panels import draw as draw_lengths
from nrag.figures.length_panels import values as length_table
from nrag.figures.map_large import draw as draw_large_map
from nrag.figures.map_strip import draw as draw_map_strip
from nrag.figures.map_table import map_table
from nrag.figures.maze_probe_panels import draw as draw_maze_probes
from nrag.figures.maze_probe_panels import values as maze_probe_table
from nrag.figures.metric_panels import SHOWN as SHOWN_METRICS
from nrag.figures.metric_panels import draw as draw_metrics
from nrag.figures.metric_panels import values as metric_table
from nrag.figures.probing_panels import draw as draw_probing
from nrag.figures.probing_panels import values as probing_table
from nrag.figures.rarefaction_panels import SHOWN as RAREFIED_METRICS
from nrag.figures.rarefaction_panels import draw as draw_rarefaction
from nrag.figures.rarefaction_panels import values as rarefaction_table
from nrag.figures.separation_lines import values as separation_table
from nrag.figures.separation_panels import draw as draw_separation
from nrag.figures.series_panels import draw as draw_series
from nrag.figures.stability_panels import draw as draw_stability
from nrag.figures.stability_panels import values as stability_table
from nrag.figures.stage_panels import draw as draw_stages
from nrag.figures.stage_panels import values as stage_table
from nrag.figures.style import FORMATS, WIDTHS, render
from nrag.figures.training_curves import draw as draw_training
from nrag.figures.training_curves import values as training_table

__all__ = [
    "FORMATS",
    "POSITIONS",
    "RAREFIED_METRICS",
    "SHOWN_METRICS",
    "WIDTHS",
    "compared",
    "component_table",
    "dendrogram_table",
    "draw_components",
    "draw_dendrogram",
    "draw_drift",
    "draw_large_map",
    "draw_lengths",
    "draw_map_strip",
    "draw_maze_probes",
    "draw_metrics",
    "draw_nrag",
    "draw_probing",
    "draw_rarefaction",
    "draw_separation",
    "draw_series",
    "draw_stability",
    "draw_stages",
    "draw_training",
    "drift_table",
    "length_table",
    "map_table",
    "maze_probe_table",
    "members_table",
    "metric_table",
    "nrag_table",
    "positions",
    "probing_table",
    "rarefaction_table",
    "region_colors",
    "regions_of",
    "render",
    "separation_table",
    "series_table",
    "stability_table",
    "stage_table",
    "training_table",
    "write",
]
