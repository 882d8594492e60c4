"""Draw the graphs of a block's neurons into a folder, each as SVG and as DOT."""

import json
import os
import shutil
from pathlib import Path

from nrag import store
from nrag.neurons.dot import dot
from nrag.neurons.drawing import drawing


def draw_neurons(graphs: str, folder: str, *, of: str) -> None:
    """Write `{neuron}-plus` and `{neuron}-minus` .svg and .dot of every graph of the file into `folder`.

    Pictures say `of` which model and corpus they are.

    What was in the folder is gone; while it is made it has another name, so that it is whole or not there.
    """
    place = Path(folder)
    made = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    number = 0
    try:
        made.mkdir(parents=True)
        with Path(graphs).open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):  # noqa: B007 (it is told below)
                graph = json.loads(line)
                name = f"{graph['neuron']}-{'plus' if graph['sign'] > 0 else 'minus'}"
                store.write_text(made / f"{name}.svg", drawing(graph, of=of))
                store.write_text(made / f"{name}.dot", dot(graph))
        shutil.rmtree(place, ignore_errors=True)
        made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    store.LOG.info("%s: %d graphs", folder, number)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_neurons(
            snakemake.input.graphs,
            snakemake.output.folder,
            of=f"{snakemake.wildcards.model}, {snakemake.wildcards.corpus}",
        )
