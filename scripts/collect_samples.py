"""Gather intervals, trained less untrained models, and rarefaction of a study in a table each."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, store
from nrag.statistics import summary

# isort: split
import pandas as pd  # after nrag: its docstring says why

_CONTRACTS = {contract.name: contract for contract in (contracts.INTERVALS, contracts.CONTRASTS, contracts.RAREFACTION)}


def collect_samples(
    samples: Mapping[str, Sequence[str]],
    variants: Sequence[str],
    tables: Mapping[str, str],
    *,
    conditions: Sequence[Mapping[str, Any]],
    varied: Sequence[Mapping[str, str]],
) -> None:
    """Write each of the `tables`, intervals, contrasts and rarefaction, from its files, one for each of `conditions`.

    A condition has corpus, pooling, reduction, bins and size. `variants` are files of the spaces and corpora `varied`,
    in order: what they say of a sign stands with its difference. Of rarefaction only graphs as a whole: the layers are
    in the files.
    """
    signs = summary.signs_of(
        (place, store.read_table(path, contracts.VARIANTS)) for place, path in zip(varied, variants, strict=True)
    )
    of_signs = {f"variants {'--'.join(place.values())}": path for place, path in zip(varied, variants, strict=True)}
    for kind, path in tables.items():
        contract = _CONTRACTS[kind]
        parts = (
            (condition, _shown(store.read_table(file, contract), kind), store.read_attributes(file)["nulls"])
            for condition, file in zip(conditions, samples[kind], strict=True)
        )
        gathered = summary.table_of_samples(parts, contract, signs)
        named = zip(conditions, samples[kind], strict=True)
        inputs = {"--".join(map(str, condition.values())): file for condition, file in named}
        inputs |= {} if contract is contracts.RAREFACTION else of_signs
        store.write_tsv(path, gathered, provenance=store.provenance(inputs=inputs))
        store.LOG.info("%s: %d rows", kind, len(gathered))


def _shown(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    return table[table["layer"].isna()] if kind == "rarefaction" else table


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_samples(
            {kind: snakemake.input[kind] for kind in _CONTRACTS},
            snakemake.input.variants,
            {kind: snakemake.output[kind] for kind in _CONTRACTS},
            conditions=snakemake.params.conditions,
            varied=snakemake.params.varied,
        )
