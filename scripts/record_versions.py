"""Record the software versions that made a study's files, as the files themselves tell them."""

from collections.abc import Sequence
from importlib import metadata

from nrag import comparison, store

WORKFLOW = ("jinja2", "jsonschema", "snakemake")
"""What ran the workflow and wrote its pages, beside the software of `store.provenance`."""


def record_versions(files: Sequence[str], versions: str) -> None:
    """Write the version table of `files` and of the workflow itself."""
    recorded = []
    for attributes in map(store.read_attributes, files):
        recorded.append((attributes["contract"], attributes["provenance"]["software"]))
    here = store.provenance()
    installed = {dist.metadata["Name"].lower(): dist.version for dist in metadata.distributions()}
    recorded.append(("workflow", here["software"] | {name: installed[name] for name in WORKFLOW if name in installed}))
    table = comparison.version_table(recorded)
    store.write_tsv(versions, table, provenance=here)
    store.LOG.info("%d packages", table["package"].nunique())


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        record_versions(snakemake.input.files, snakemake.output.versions)
