"""The only package that opens files: writes whole or not at all, checks on writing and on reading.

Every file is written under a temporary name in its own folder, flushed to the disk and renamed, so
a killed job or a full disk leaves no half file under the real name. Parquet pages and HDF5 chunks
carry checksums that are verified on reading. No file holds a date, a host name or a path outside
the results folder: the same input gives the same bytes.
"""

from nrag.store.arrays import (
    add_array,
    array_blocks,
    describe_array,
    hidden_state_blocks,
    layers_of,
    names_in,
    read_array,
    read_coordinate_attributes,
    read_coordinates,
    read_distinct,
    read_documents,
    read_hidden_state,
    write_arrays,
    write_rows,
)
from nrag.store.attributes import ContractError, read_attributes
from nrag.store.locks import hold
from nrag.store.logs import LOG, logged
from nrag.store.partial import PartialRows, RaggedRows
from nrag.store.records import write_record
from nrag.store.tables import read_blocks, read_column, read_table, read_tsv, write_table, write_tsv, writing_table
from nrag.store.writing import SOFTWARE, NoSpaceError, atomic, provenance, write_bytes, write_lines, write_text

__all__ = [
    "LOG",
    "SOFTWARE",
    "ContractError",
    "NoSpaceError",
    "PartialRows",
    "RaggedRows",
    "add_array",
    "array_blocks",
    "atomic",
    "describe_array",
    "hidden_state_blocks",
    "hold",
    "layers_of",
    "logged",
    "names_in",
    "provenance",
    "read_array",
    "read_attributes",
    "read_blocks",
    "read_column",
    "read_coordinate_attributes",
    "read_coordinates",
    "read_distinct",
    "read_documents",
    "read_hidden_state",
    "read_table",
    "read_tsv",
    "write_arrays",
    "write_bytes",
    "write_lines",
    "write_record",
    "write_rows",
    "write_table",
    "write_text",
    "write_tsv",
    "writing_table",
]
