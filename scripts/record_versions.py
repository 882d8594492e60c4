"""Record the software versions that made a study's files, as the files themselves tell them."""

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from nrag import comparison, store


def record_versions(
    files: Sequence[str], versions: str, *, workflow: Mapping[str, str], trained: Sequence[str] = ()
) -> None:
    """Write the version table of `files` and of the workflow itself; `workflow` has the versions of what runs it.

    `trained` are folders of stages, whose training.tsv says what they were trained with.
    """
    recorded = []
    for attributes in map(store.read_attributes, [*files, *(Path(folder) / "training.tsv" for folder in trained)]):
        recorded.append((attributes["contract"], attributes["provenance"]["software"]))
    here = store.provenance()
    recorded.append(("workflow", here["software"] | {"jinja2": metadata.version("jinja2")} | dict(workflow)))
    table = comparison.version_table(recorded)
    store.write_tsv(versions, table, provenance=here)
    store.LOG.info("%d packages", table["package"].nunique())


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        record_versions(
            snakemake.input.files,
            snakemake.output.versions,
            workflow=snakemake.params.workflow,
            trained=snakemake.input.trained,
        )
