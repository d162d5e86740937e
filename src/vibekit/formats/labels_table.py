"""Tables of labels: Parquet column by column, a folder of Parquet parts, or a CSV, TSV or JSON Lines file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vibekit.errors import InputError
from vibekit.formats.manifest import is_table, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

VERSION = 1

SAMPLE = pa.table({"video_id": ["6a" * 16, "7b" * 16], "calming": [0.91, 0.12], "mood=happy": [0.2, 0.7]})
"""A wide table: a probability for each binary attribute, and one for each label of the others."""

PARTS = "part-*.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsTable:
    """Columns of a table.

    Attributes:
        path: The file or folder.
        table: Its columns; those of a text file are text, with null for an empty cell.
        lines: Where every row stands: its line in a text file, its number from 1 in Parquet; None for all of Parquet.
        is_text: True for a text file.
        nested: Columns that hold records, or lists in Parquet; these were left out.
    """

    path: Path
    table: pa.Table
    lines: pa.Array | None = None
    is_text: bool = False
    nested: tuple[str, ...] = ()

    def line(self, row: int) -> int:
        """Return where a row stands."""
        return row + 1 if self.lines is None else int(self.lines[row].as_py())

    def place(self, row: int) -> str:
        """Return where a row stands, in words."""
        return f"{'line' if self.is_text else 'row'} {self.line(row)}"

    def error(self, row: int, message: str, *, hint: str = "") -> InputError:
        """Return an error about a row."""
        line = self.line(row)
        if self.is_text:
            return InputError(message, path=self.path, line=line, hint=hint)
        return InputError(f"row {line}: {message}", path=self.path, hint=hint)

    def part(self, rows: pa.Array, columns: Iterable[str]) -> LabelsTable:
        """Return some rows of some columns; errors still name where they stand in the whole."""
        lines = pc.add(rows, 1) if self.lines is None else self.lines.take(rows)
        table = self.table.select([name for name in self.table.column_names if name in set(columns)]).take(rows)
        return LabelsTable(path=self.path, table=table, lines=lines, is_text=self.is_text)


def is_labels(path: Path) -> bool:
    """Tell whether a path is a table of labels: a table's file, or a folder of Parquet parts."""
    return bool(parts_of(path)) if path.is_dir() else is_table(path)


def is_parquet(path: Path) -> bool:
    """Tell whether a table is read column by column: a Parquet file, or a folder of them."""
    return path.is_dir() or path.suffix.lower() == ".parquet"


def parts_of(folder: Path) -> list[Path]:
    """Return the parts of a folder, in order of their names."""
    return sorted(folder.glob(PARTS))


def column_names(path: Path) -> tuple[str, ...]:
    """Return the names of the columns of Parquet without reading a row.

    Raises:
        InputError: It cannot be read.
    """
    return tuple(_schema(path).names)


def read_labels(path: Path, *, columns: Iterable[str] | None = None) -> LabelsTable:
    """Read a table of labels.

    Args:
        path: A CSV, TSV, JSON Lines or Parquet file, or a folder of ``part-*.parquet``.
        columns: Those that are wanted, of Parquet; None for all but nested ones.

    Raises:
        InputError: It cannot be read, or its parts have different columns.
    """
    if not path.exists():
        raise InputError("no such file or folder", path=path, hint="give a run folder or a table of labels")
    if is_parquet(path):
        schema = _schema(path)
        nested = tuple(field.name for field in schema if pa.types.is_nested(field.type))
        return LabelsTable(path=path, table=_read_parquet(path, schema, columns), nested=nested)
    rows = read_table(path)
    cells = {name: [_text(row.values.get(name)) for row in rows.rows] for name in rows.columns}
    left = {name: values for name, values in cells.items() if name not in rows.nested or any(values)}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in left.items()})
    lines = pa.array([row.line for row in rows.rows], pa.int64())
    return LabelsTable(path=path, table=table, lines=lines, is_text=True, nested=rows.nested)


def _text(value: object) -> str | None:
    if isinstance(value, tuple):
        return " ".join(value) or None
    # a name that is not UTF-8 cannot stand in an Arrow column
    return str(value).strip().encode("utf-8", "backslashreplace").decode() if value else None


def _files(path: Path) -> list[Path]:
    files = parts_of(path) if path.is_dir() else [path]
    if not files:
        raise InputError(f"no {PARTS} in it", path=path, hint="give a run folder or a table of labels")
    return files


def _schema(path: Path) -> pa.Schema:
    first, *rest = (_opened(file) for file in _files(path))
    for other, file in zip(rest, _files(path)[1:], strict=True):
        if set(other.names) != set(first.names):
            odd = sorted(set(other.names) ^ set(first.names))[0]
            raise InputError(f"not all parts have the column {odd!r}", path=file, hint="write the parts anew")
    return first


def _opened(file: Path) -> pa.Schema:
    try:
        return pq.read_schema(file)
    except (pa.ArrowException, OSError) as error:
        raise _not_parquet(file, error) from error


def _read_parquet(path: Path, schema: pa.Schema, columns: Iterable[str] | None) -> pa.Table:
    plain = [field.name for field in schema if not pa.types.is_nested(field.type)]
    wanted = [name for name in plain if columns is None or name in set(columns)]
    tables = []
    for file in _files(path):
        try:
            # one file at a time, by its handle: a folder name such as a=1 must not become a column
            with file.open("rb") as source:
                # where pages carry a checksum, as those of vibekit do, a flipped byte is an error and no label
                tables.append(_plain(pq.read_table(source, columns=wanted, page_checksum_verification=True)))
        except (pa.ArrowException, OSError) as error:
            raise _not_parquet(file, error) from error
    try:
        return pa.concat_tables(tables, promote_options="permissive") if len(tables) > 1 else tables[0]
    except pa.ArrowException as error:
        raise InputError(
            f"the parts do not fit together: {error}", path=path, hint="write the parts anew, with the same types"
        ) from error


def _plain(table: pa.Table) -> pa.Table:
    """Give text and numbers one type each, however they were stored: categories, long strings, decimals."""
    return table.cast(pa.schema([pa.field(field.name, _plain_type(field.type)) for field in table.schema]))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_large_string(inner) or pa.types.is_string_view(inner):
        return pa.string()
    return pa.float64() if pa.types.is_decimal(inner) else inner


def _not_parquet(file: Path, error: Exception) -> InputError:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return InputError(f"not a Parquet file: {first}", path=file, hint="write it anew, or give a CSV")
