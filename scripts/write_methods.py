"""Write what a study did, in paragraphs to paste into a paper."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nrag import contracts, methods, store
from nrag.neurons import files

# isort: split
import pandas as pd  # after nrag: its docstring says why


def write_methods(
    quality: str,
    corpora: Sequence[str],
    activations: Sequence[str],
    coordinates: Sequence[str],
    versions: str,
    text: str,
    *,
    study: Mapping[str, Any],
    models: Mapping[str, str],
    reductions: Sequence[str],
    tests: str | None = None,
    examples: Sequence[str] = (),
    mazes: Sequence[str] = (),
    sets: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Write the Markdown `text`.

    `corpora` are corpus.parquet, `activations` and `coordinates` .h5 files, `models` what the config calls the id of
    each, by name, `reductions` the name of that of each of `coordinates`, `tests` the table of tests, if there is one,
    `examples` those of every model and corpus whose neurons are traced, `mazes` the tables of the sets of mazes that
    `sets` defines as the config does. `study` has the fields of `methods.Facts` that the config decides: name,
    controls, pooling, spaces, grids, probing, correlations, statistics, neurons and checkpoints.
    """
    counted = store.read_tsv(quality)
    facts = methods.Facts(
        corpora=[_corpus(path, counted) for path in corpora],
        models=_models(activations, models, pooling=study["pooling"][0]),
        reductions={
            name: store.read_attributes(path)["parameters"] for name, path in zip(reductions, coordinates, strict=True)
        },
        versions=store.read_tsv(versions),
        tests=store.read_tsv(tests) if tests else None,
        traced=[_traced(path) for path in examples],
        mazes=[_set(name, each, path) for (name, each), path in zip((sets or {}).items(), mazes, strict=True)],
        **study,
    )
    store.write_text(text, methods.methods(facts))


def _corpus(path: str, quality: pd.DataFrame) -> methods.Corpus:
    name = Path(path).parent.name
    attributes = store.read_attributes(path)
    own = quality[(quality["corpus"] == name) & quality["model"].isna() & quality["label"].isna()]
    counts = own.assign(documents=own["documents"].astype(int))
    total = counts[counts["problem"].isna()].set_index("action")["documents"]
    of_action = {
        action: dict(
            counts.loc[counts["problem"].notna() & (counts["action"] == action), ["problem", "documents"]].values
        )
        for action in ("kept", "left out")
    }
    return methods.Corpus(
        name=name,
        definition=attributes["provenance"]["parameters"]["definition"],
        source=store.read_attributes(Path(path).with_name("rows.parquet"))["provenance"]["parameters"]["source"],
        labellings=attributes["labellings"],
        read=int(total["read"]),
        kept=int(total["kept"]),
        left_out=of_action["left out"],
        remarks=of_action["kept"],
    )


def _set(name: str, definition: Mapping[str, Any], path: str) -> methods.MazeSet:
    drawn = store.read_attributes(path)
    return methods.MazeSet(name, definition, drawn["layouts"], int(drawn["layouts_that_exist"]))


def _models(activations: Sequence[str], ids: Mapping[str, str], *, pooling: str) -> list[methods.Model]:
    """Every model once, as the first of its files says; texts beyond the window of all of them."""
    found: dict[str, methods.Model] = {}
    truncated: dict[str, dict[str, int]] = {}
    for path in activations:
        attributes = store.read_attributes(path)
        name, asked = attributes["model"], attributes["provenance"]["parameters"]
        beyond = int(store.read_documents(path)["truncated"].sum())
        truncated.setdefault(name, {}).update({Path(path).stem: beyond} if beyond else {})
        if name not in found:
            found[name] = methods.Model(
                name=name,
                id=ids[name],
                weights=attributes["weights"],
                revision=attributes["revision"],
                seed=asked["seed"] if asked["weights"] == "random" else None,
                dtype=attributes["dtype"],
                device=attributes["device"],
                max_tokens=attributes["max_tokens"],
                prompt=asked["prompt"],
                hidden_states=len(store.layers_of(path, pooling)),
                truncated=truncated[name],
            )
    return list(found.values())


def _traced(path: str) -> methods.Traced:
    attributes = store.read_attributes(path)
    test = store.read_array(path, contracts.EXAMPLES, "documents/test")

    def neurons(block: int, name: str) -> int:
        return len(store.read_array(path, contracts.EXAMPLES, f"blocks/{block}/{name}"))

    return methods.Traced(
        model=attributes["model"],
        corpus=Path(path).parent.name,
        both_ways=bool(attributes["both_ways"]),
        skipped=int(attributes["skipped"]),
        blocks={block: (neurons(block, "selected"), neurons(block, "peaks")) for block in files.blocks_of(path)},
        documents=len(test),
        held_out=int(test.sum()),
    )


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        write_methods(
            snakemake.input.quality,
            snakemake.input.corpora,
            snakemake.input.activations,
            snakemake.input.coordinates,
            snakemake.input.versions,
            snakemake.output.methods,
            study=snakemake.params.study,
            models=snakemake.params.models,
            reductions=snakemake.params.reductions,
            tests=snakemake.input.get("tests") or None,
            examples=snakemake.input.get("examples") or (),
            mazes=snakemake.input.mazes,
            sets=snakemake.params.sets,
        )
