"""Write the start page of a study: figures, metrics, quality, files and provenance on one page."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nrag import captions, contracts, page, store

# isort: split
import pandas as pd  # after nrag: its docstring says why


def write_index(
    template: str,
    metrics: str,
    layers: str,
    quality: str,
    reductions: str,
    versions: str,
    corpora: Sequence[str],
    activations: Sequence[str],
    drawn: Sequence[str],
    index: str,
    *,
    study: str,
    pooling: str,
    controls: Mapping[str, Sequence[str]],
    resolved: str,
    figures: Sequence[Mapping[str, Any]],
    runs: Sequence[Mapping[str, Any]],
    components: Sequence[str] = (),
    probing: str | None = None,
    tests: str | None = None,
    contrasts: Sequence[str] = (),
    neurons: str | None = None,
    neuron_pages: Mapping[tuple[str, str, int], str] | None = None,
    mazes: str | None = None,
    maze_figures: Sequence[Mapping[str, Any]] = (),
    drawn_mazes: Sequence[str] = (),
    failures: Mapping[str, str] | None = None,
    neuron_labels: Mapping[tuple[str, str], str] | None = None,
    further: Sequence[str] = (),
) -> None:
    """Write the page `index`.

    `components` is the table of component graphs, `probing` that of probes, `tests` that of labels against permuted
    ones, `contrasts` that of trained and untrained models, `neurons` that of traced blocks, if there are any, each of
    whose pages `neuron_pages` has by corpus, model and block, and `neuron_labels` what tells labels by corpus and
    model; `mazes` is the table of stages beside their controls, if there are any, with the fields of `page.MazeFigure`
    in `maze_figures`, their files in `drawn_mazes`, and the text of `failures` of each set; `further` are files that
    the page only links; `corpora`
    are corpus.parquet, `activations` .h5 files, `drawn` all files of all figures: those of a figure are named
    NAME.SUFFIX. `figures` and `runs` hold the fields of `page.Figure` and `page.Run`; the files of a run are given
    as paths, those of a figure are found in `drawn`.
    """
    folder = Path(index).parent
    described = [_corpus(path, folder) for path in corpora]
    measured = store.read_tsv(metrics)
    correlated = store.read_tsv(components[0]) if components else None
    documents = {corpus.name: corpus.documents for corpus in described}
    seeds = page.seeds_of(pd.concat([measured, correlated]))
    html = page.index(
        Path(template).read_text(encoding="utf-8"),
        study=study,
        corpora=described,
        extractions=[_extraction(path, folder, pooling=pooling) for path in activations],
        controls=controls,
        figures=[
            _figure(
                figure,
                drawn,
                folder,
                documents=documents[figure["corpus"]],
                seeds=seeds.get(figure["reduction"], []),
                tested=bool(tests),
            )
            for figure in figures
        ],
        runs=[page.Run(**_tuples(run) | {"files": _links(run["files"], folder)}) for run in runs],
        metrics=measured,
        components=correlated,
        probing=store.read_tsv(probing) if probing else None,
        tests=store.read_tsv(tests) if tests else None,
        contrasts=store.read_tsv(contrasts[0]) if contrasts else None,
        neurons=store.read_tsv(neurons) if neurons else None,
        mazes=store.read_tsv(mazes) if mazes else None,
        maze_figures=[_maze_figure(figure, drawn_mazes, folder) for figure in maze_figures],
        failures={name: os.path.relpath(path, folder) for name, path in (failures or {}).items()},
        neuron_pages={place: os.path.relpath(path, folder) for place, path in (neuron_pages or {}).items()},
        neuron_labels={place: os.path.relpath(path, folder) for place, path in (neuron_labels or {}).items()},
        quality=store.read_tsv(quality),
        reductions=store.read_tsv(reductions),
        versions=store.read_tsv(versions),
        tables=_links(
            [
                metrics,
                layers,
                *components,
                quality,
                reductions,
                *filter(None, [probing, tests, neurons, mazes]),
                *further,
            ],
            folder,
        ),
        resolved=resolved,
    )
    store.write_text(index, html)
    store.LOG.info("%s: %d figures, %d kB", index, len(figures), len(html.encode()) // 1000)


def _corpus(path: str, folder: Path) -> page.Corpus:
    documents = store.read_table(path, contracts.CORPUS, columns=["document"])
    beside = [str(Path(path).with_name(name)) for name in ("rows.parquet", "quality.tsv")]
    files = _links([path, *beside], folder)
    return page.Corpus(
        name=Path(path).parent.name,
        documents=len(documents),
        content=store.read_attributes(path)["content"],
        files=files,
    )


def _extraction(path: str, folder: Path, *, pooling: str) -> page.Extraction:
    documents = store.read_documents(path)
    attributes = store.read_attributes(path)
    return page.Extraction(
        model=attributes["model"],
        corpus=Path(path).stem,
        documents=len(documents),
        hidden_states=len(store.layers_of(path, pooling)),
        tokens=float(documents["tokens"].median()),
        truncated=int(documents["truncated"].sum()),
        attributes=attributes,
        files=_links([path], folder),
    )


def _figure(
    fields: Mapping[str, Any],
    drawn: Sequence[str],
    folder: Path,
    *,
    documents: int,
    seeds: Sequence[int],
    tested: bool,
) -> page.Figure:
    files = _files_of(fields["name"], drawn, folder)
    shown = store.read_tsv(folder / files["tsv"])
    caption = captions.caption({**fields, "tested": tested}, shown, documents=documents, seeds=seeds)
    return page.Figure(**_tuples(fields), files=files, caption=caption)


def _maze_figure(fields: Mapping[str, Any], drawn: Sequence[str], folder: Path) -> page.MazeFigure:
    files = _files_of(fields["name"], drawn, folder)
    caption = captions.caption(fields, store.read_tsv(folder / files["tsv"]), documents=0, seeds=())
    return page.MazeFigure(**fields, files=files, caption=caption)


def _links(paths: Iterable[str], folder: Path) -> dict[str, str]:
    return {Path(path).name: Path(os.path.relpath(path, folder)).as_posix() for path in paths}


def _files_of(name: str, drawn: Sequence[str], folder: Path) -> dict[str, str]:
    own = [path for path in drawn if Path(path).name.startswith(f"{name}.")]
    return {file.removeprefix(f"{name}."): path for file, path in _links(own, folder).items()}


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        write_index(
            snakemake.input.template,
            snakemake.input.metrics,
            snakemake.input.layers,
            snakemake.input.quality,
            snakemake.input.reductions,
            snakemake.input.versions,
            snakemake.input.corpora,
            snakemake.input.activations,
            snakemake.input.figures,
            snakemake.output.index,
            study=snakemake.params.study,
            pooling=snakemake.params.pooling,
            controls=snakemake.params.controls,
            resolved=snakemake.params.resolved,
            figures=snakemake.params.figures,
            runs=snakemake.params.runs,
            components=snakemake.input.components,
            probing=snakemake.input.get("probing") or None,
            tests=snakemake.input.get("tests") or None,
            contrasts=snakemake.input.get("contrasts") or (),
            neurons=snakemake.input.get("neurons") or None,
            mazes=next(iter(snakemake.input.mazes), None),
            maze_figures=snakemake.params.maze_figures,
            drawn_mazes=snakemake.input.maze_figures,
            failures=dict(zip(snakemake.params.sets, snakemake.input.failures, strict=True)),
            neuron_pages=dict(zip(map(tuple, snakemake.params.neurons), snakemake.input.neuron_pages, strict=True)),
            neuron_labels={(corpus, model): path for corpus, model, path in snakemake.params.neuron_labels},
            further=snakemake.input.further,
        )
