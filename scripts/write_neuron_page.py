"""Write the page of a block's neurons: their list, and of each its graph, scores, examples and what it is like."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from nrag import contracts, store
from nrag.page.neurons import block_page

# isort: split
import pandas as pd  # after nrag: its docstring says why


def write_neuron_page(
    template: str,
    tables: Mapping[str, str],
    page: str,
    *,
    study: str,
    model: str,
    corpus: str,
    block: int,
    threshold: float,
    regions: Sequence[str] = (),
    pages: Sequence[tuple[str, int]] = (),
) -> None:
    """Write the page `page` of a block, with links to the `pages` of models and blocks beside it.

    `tables` has the files graphs (JSON lines), scores, failures and summary, and where they are made similar and
    labels; `regions` are those of runs, named by the folders they lie in.
    """
    lines = Path(tables["graphs"]).read_text(encoding="utf-8").split("\n")
    optional = {
        name: store.read_tsv(tables[name], contract)
        for name, contract in (("similar", contracts.SIMILAR), ("labels", contracts.LABEL_NEURONS))
        if tables.get(name)
    }
    if tables.get("across"):
        pairs = store.read_tsv(tables["across"], contracts.SIMILAR)
        optional["similar"] = pd.concat([optional["similar"], pairs[pairs["corpus"] == corpus].drop(columns="corpus")])
    html = block_page(
        Path(template).read_text(encoding="utf-8"),
        study=study,
        model=model,
        corpus=corpus,
        block=block,
        graphs=[json.loads(line) for line in lines if line],
        scores=store.read_tsv(tables["scores"], contracts.SCORES),
        failures=store.read_tsv(tables["failures"], contracts.FAILURES),
        summary=store.read_tsv(tables["summary"]),
        regions={_run(path): store.read_tsv(path, contracts.REGION_NEURONS) for path in regions},
        pages=pages,
        threshold=threshold,
        **optional,
    )
    store.write_text(page, html)
    store.LOG.info("%s: %d graphs, %d kB", page, len(lines) - 1, len(html.encode()) // 1000)


def _run(path: str) -> str:
    """Pooling, reduction and grid, the folders of a run."""
    return " · ".join(Path(path).parent.parts[-3:])


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        write_neuron_page(
            snakemake.input.template,
            {
                name: snakemake.input.get(name)
                for name in ("graphs", "scores", "failures", "summary", "similar", "across", "labels")
            },
            snakemake.output.page,
            study=snakemake.params.study,
            model=snakemake.wildcards.model,
            corpus=snakemake.wildcards.corpus,
            block=int(snakemake.wildcards.block),
            threshold=snakemake.params.threshold,
            regions=snakemake.input.get("regions") or (),
            pages=[(model, block) for model, block in snakemake.params.pages],
        )
