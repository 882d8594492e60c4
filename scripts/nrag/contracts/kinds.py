"""What a description of a file says: of a table, of arrays, of a record."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    """Arrow type name: string, bool, int8, int16, int32, int64, float32, float64."""
    meaning: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A table between rules, kept as Parquet or TSV."""

    name: str
    version: int
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    """The rows are sorted by these columns, and no two rows agree in all of them."""
    further: bool = False
    """Whether further columns may follow the named ones."""


@dataclass(frozen=True)
class Arrays:
    """An HDF5 file between rules."""

    name: str
    version: int
    arrays: tuple[Column, ...]
    """Paths inside the file; parts in braces vary."""
    attributes: tuple[str, ...]
    """Attributes of the file that must be there, beside contract, version, provenance and content."""


@dataclass(frozen=True)
class Record:
    """A JSON file between rules."""

    name: str
    version: int
    fields: tuple[Column, ...]
    """Paths inside the file; parts in braces vary."""
