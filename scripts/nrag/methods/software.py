"""The software of a study in sentences."""

import pandas as pd

from nrag.captions.wording import listed
from nrag.methods.facts import Facts
from nrag.methods.wording import plain

_CALLED = {
    "nrag": "nrag",
    "snakemake": "Snakemake",
    "python": "Python",
    "torch": "PyTorch",
    "transformers": "Transformers",
    "trl": "TRL",
    "peft": "PEFT",
    "tokenizers": "Tokenizers",
    "umap-learn": "umap-learn",
    "numba": "Numba",
    "scikit-learn": "scikit-learn",
    "numpy": "NumPy",
    "scipy": "SciPy",
    "pandas": "pandas",
    "networkx": "NetworkX",
    "pyarrow": "PyArrow",
    "h5py": "h5py",
}
"""In the order in which they are named; others are left to versions.tsv."""


def software(facts: Facts) -> list[str]:
    """What made the study's files, and where every version and key of the config stands."""
    versions: dict[str, list[str]] = {}
    for package, version in facts.versions[["package", "version"]].itertuples(index=False):
        versions.setdefault(package, []).append("of unknown version" if pd.isna(version) else plain(version))
    named = [f"{called} {listed(versions[package])}" for package, called in _CALLED.items() if package in versions]
    return [
        f"The study was made with {listed(named)}.",
        "Every version, and what it made, is in `versions.tsv`, and every key of the config, defaults written out, in "
        "`config.resolved.yaml`.",
    ]
