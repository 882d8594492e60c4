"""Mazes as documents: the prompts of one split, with all that is known of each."""

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from nrag import contracts
from nrag.corpora.errors import CorpusError
from nrag.corpora.readers import Definition, Source, reader
from nrag.corpora.tables import text_of


def mazes_table(definition: Definition, *, data: Path) -> Path:
    """Where the table of a set of mazes lies, which the workflow makes."""
    return data / "results" / "mazes" / definition["mazes"] / "mazes.parquet"


@reader("mazes")
def read_mazes(path: Path, definition: Definition) -> Source:
    """The rows of `mazes: SET` whose split is `split`; numbers as text. `path` is the folder that has results/.

    Beside the columns of the table, contracts.ANSWERED.
    """
    file = mazes_table(definition, data=path)
    if not file.is_file():
        raise CorpusError(f"the table of mazes '{definition['mazes']}' is not there: {file}")
    table = pq.read_table(file, page_checksum_verification=True)
    own = table.filter(pc.equal(table["split"], definition["split"]))
    if not own.num_rows:
        raise CorpusError(f"{file} has no mazes of the split '{definition['split']}'")
    columns = {name: own[name].combine_chunks() for name in own.column_names}
    columns[contracts.ANSWERED] = pc.binary_join_element_wise(columns["prompt"], columns["answer"], "")
    return Source.of(text_of(columns, {}))
