"""Tables that people bring: CSV, TSV, JSON Lines and Parquet, read into rows of text with the line they stand on."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vibekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Value = str | tuple[str, ...]
"""One cell: text, or the texts of a list. Nested objects are left out, for nothing can be ordered or told by them."""

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
PATH_COLUMNS = ("path", "video_path", "file_path", "file", "filename", "file_name", "video")
"""Columns that may name the file, the most telling name first."""

_DELIMITERS = (",", ";", "\t")
_MAX_CELL = 1 << 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row.

    Attributes:
        line: Line in the file on which it starts, from 1; for Parquet the row number, from 1.
        values: Lower-cased column name -> cell; empty cells are absent.
    """

    line: int
    values: dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file of rows.

    Attributes:
        path: The file.
        columns: Lower-cased names, in file order.
        rows: In file order.
        warnings: What was odd, in whole sentences.
        nested: Columns of which objects were left out.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()

    @property
    def path_column(self) -> str | None:
        """The column that names the file; None when there is none."""
        return next((name for name in PATH_COLUMNS if name in self.columns), None)


def is_table(path: Path) -> bool:
    """Tell by the suffix whether a file is a table rather than a video."""
    return path.suffix.lower() in TABLE_SUFFIXES


def read_table(path: Path) -> Table:
    """Read a CSV, TSV, JSON Lines or Parquet file; the suffix says which.

    Bytes that are not UTF-8 are kept as ``os.fsdecode`` keeps them, so that they can still name a file.

    Raises:
        InputError: It cannot be read, or a row is broken; names the file and the line.
    """
    suffix = path.suffix.lower()
    if suffix not in TABLE_SUFFIXES:
        raise InputError(f"a table ends in {', '.join(TABLE_SUFFIXES)}", path=path, hint="rename or convert the file")
    try:
        if suffix == ".parquet":
            return _read_parquet(path)
        text, warnings = _decode(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="check the name") from error
    table = _read_jsonl(path, text) if suffix in (".jsonl", ".ndjson") else _read_csv(path, text)
    return replace(table, warnings=table.warnings + warnings)


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), ()
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    odd = sum(1 for line in text.split("\n") if not _is_unicode(line))
    return text, ((f"{odd} lines are not UTF-8: save the file as UTF-8",) if odd else ())


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_csv(path: Path, text: str) -> Table:
    before = csv.field_size_limit(_MAX_CELL)
    try:
        return _rows_of_csv(path, text)
    finally:
        csv.field_size_limit(before)


def _rows_of_csv(path: Path, text: str) -> Table:
    records = _records(path, text, delimiter=_delimiter(path, text))
    header = next(records, None)
    if header is None:
        raise InputError("is empty: the first line must name the columns", path=path, hint="see docs/inputs.md")
    names = _column_names(path, line=header[0], cells=header[1])
    rows: list[Row] = []
    for line, cells in records:
        if len(cells) < len(names) or any(cell.strip() for cell in cells[len(names) :]):
            raise InputError(
                f"has {len(cells)} cells, the header has {len(names)}",
                path=path, line=line, hint="put cells that hold the delimiter, a quote or a newline in double quotes",
            )  # fmt: skip
        rows.append(Row(line=line, values={n: c for n, c in zip(names, cells, strict=False) if c.strip()}))
    return Table(path=path, columns=names, rows=tuple(rows))


def _records(path: Path, text: str, *, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which a record starts, and its cells; blank lines are skipped."""
    # Strict: a quote that is never closed must not swallow the rest of the file in silence.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            hint = "write a double quote inside a quoted cell twice, and close every quoted cell"
            raise InputError(f"broken record: {error}", path=path, line=line, hint=hint) from error
        if cells and any(cell.strip() for cell in cells):
            yield line, cells


def _delimiter(path: Path, text: str) -> str:
    """Choose among comma, semicolon and tab by what the header gives."""

    def score(delimiter: str) -> tuple[bool, int]:
        try:
            header = next(_records(path, text, delimiter=delimiter), (1, []))[1]
        except InputError:
            return (False, 0)
        return (any(cell.strip().lower() in PATH_COLUMNS for cell in header), len(header))

    return max(_DELIMITERS, key=score)


def _column_names(path: Path, *, line: int, cells: list[str]) -> tuple[str, ...]:
    # pandas writes its index under an empty name; spreadsheets leave empty columns at the end.
    names = tuple(cell.strip().lower() or f"column {n}" for n, cell in enumerate(cells, 1))
    twice = next((name for n, name in enumerate(names) if name in names[:n]), None)
    if twice is not None:
        raise InputError(f"two columns are named {twice!r}", path=path, line=line, hint="rename or drop one of them")
    return names


def _read_jsonl(path: Path, text: str) -> Table:
    rows: list[Row] = []
    columns: dict[str, None] = {}
    nested: dict[str, None] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        values = _object(path, line=number, text=line)
        columns.update(dict.fromkeys(values))
        nested.update((name, None) for name, raw in values.items() if isinstance(raw, dict))
        cells = {name: cell for name, raw in values.items() if (cell := cell_of(raw))}
        rows.append(Row(line=number, values=cells))
    return Table(path=path, columns=tuple(columns), rows=tuple(rows), nested=tuple(nested))


def _object(path: Path, *, line: int, text: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name.strip().lower() for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for n, name in enumerate(names) if name in names[:n])
            raise InputError(f"the key {twice!r} stands twice", path=path, line=line, hint="drop one of them")
        return dict(zip(names, (value for _, value in pairs), strict=True))

    hint = 'every line is one object, such as {"path": "clip.mp4", "title": "Rain"}'
    try:
        value = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        what = getattr(error, "msg", None) or str(error)
        raise InputError(f"not JSON: {what}", path=path, line=line, hint=hint) from error
    if not isinstance(value, dict):
        raise InputError(f"not a JSON object but {type(value).__name__}", path=path, line=line, hint=hint)
    return value


def _read_parquet(path: Path) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as source:
        try:
            table = pq.read_table(source)
        except (pa.ArrowException, OSError) as error:
            raise _not_parquet(path, error) from error
    names = _column_names(path, line=1, cells=list(table.column_names))
    # A column of vectors would be gigabytes of Python floats, and nothing here reads it.
    kept = [i for i, column in enumerate(table.schema) if _is_plain(column.type)]
    columns = [[cell_of(value) for value in table.column(i).to_pylist()] for i in kept]
    rows = tuple(
        Row(line=n + 1, values={names[i]: cell for i, column in zip(kept, columns, strict=True) if (cell := column[n])})
        for n in range(table.num_rows)
    )
    return Table(path=path, columns=tuple(names[i] for i in kept), rows=rows)


def _not_parquet(path: Path, error: Exception) -> InputError:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return InputError(f"not a Parquet file: {first}", path=path, hint="write it anew, or give a CSV")


def _is_plain(kind: Any) -> bool:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa

    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return bool(pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
    return not bool(pa.types.is_nested(kind))


def cell_of(value: Any) -> Value:  # noqa: ANN401 - any JSON or Arrow value
    """Turn a value into a cell: text, or texts for a list; nothing ('') for null, NaN and nested values."""
    if isinstance(value, (list, tuple)):
        return tuple(text for item in value if isinstance(text := cell_of(item), str) and text)
    if value is None or isinstance(value, dict) or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
