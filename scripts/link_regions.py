"""The neurons that tell each region's documents from the others, beside those of untrained controls."""

from collections.abc import Mapping, Sequence

from nrag import contracts, store
from nrag.neurons import files, region_links

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def link_regions(cells: str, examples: Mapping[str, str], untrained: Mapping[str, Sequence[str]], table: str) -> None:
    """Write the neurons of the regions of one run.

    `examples` are by traced model of its space, `untrained` those of each of these models' controls, in one corpus.
    """
    placed = store.read_table(cells, contracts.CELLS)
    found = [
        region_links.region_neurons(
            placed[placed["model"] == model],
            files.all_mined(path),
            [files.all_mined(each) for each in untrained[model]],
            lengths=files.lengths_of(path),
        )
        for model, path in examples.items()
    ]
    inputs = {"cells": cells} | {f"examples {model}": path for model, path in examples.items()}
    inputs |= {
        f"untrained {model} {number}": path for model in untrained for number, path in enumerate(untrained[model])
    }
    store.write_tsv(
        table,
        pd.concat(found, ignore_index=True),
        provenance=store.provenance(inputs=inputs),
        contract=contracts.REGION_NEURONS,
    )


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        models = snakemake.params.models
        controls = dict(zip(snakemake.params.controls, snakemake.input.untrained, strict=True))
        link_regions(
            snakemake.input.cells,
            dict(zip(models, snakemake.input.examples, strict=True)),
            {model: [controls[name] for name in models[model]] for model in models},
            snakemake.output.table,
        )
