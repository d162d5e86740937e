"""Metadata columns of an index: read from tables, tied to videos, and typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.index import IndexedColumn
from vibekit.core.video import text_path
from vibekit.errors import InputError
from vibekit.formats.labels_table import is_labels, read_labels
from vibekit.formats.manifest import PATH_COLUMNS
from vibekit.formats.metadata_table import ID_COLUMNS
from vibekit.stages.index.column_type import as_type, typed
from vibekit.stages.index.identify import identify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.index import ColumnType
    from vibekit.formats.labels_table import LabelsTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Columns about the videos of an index.

    Attributes:
        columns: Their names and types.
        table: (n,) rows, in the order of the videos.
        warnings: For people.
    """

    columns: tuple[IndexedColumn, ...]
    table: pa.Table
    warnings: tuple[str, ...] = ()


def read_metadata(
    paths: Sequence[Path],
    ids: pa.ChunkedArray,
    lie: pa.ChunkedArray,
    *,
    wanted: Mapping[str, ColumnType] | None = None,
) -> Metadata:
    """Read tables about videos; of two with the same column the first counts.

    Args:
        paths: CSV, TSV, JSON Lines or Parquet.
        ids: Of the videos.
        lie: Their paths.
        wanted: Columns and types that are to be kept to; None to find them out.

    Raises:
        InputError: One cannot be read, names no video, speaks of none, or does not fit a type that is wanted.
    """
    found: dict[str, pa.Array] = {}
    types: dict[str, ColumnType] = {}
    warnings: list[str] = []
    for path in paths:
        table = read_labels(path)
        warnings += _nested(table)
        names = {name: name.strip().lower() for name in table.table.column_names}
        keys = _keys(table, names)
        tied = identify(ids, lie, keys, path)
        warnings += tied.warnings(text_path(path))
        warnings += _twice(table, keys)
        for name, plain in names.items():
            if plain in keys or plain in ID_COLUMNS or plain in PATH_COLUMNS:
                continue
            if plain in found:
                warnings.append(f"{text_path(path)}: the column {plain!r} is in a table before it too; that one counts")
                continue
            if wanted is not None and plain not in wanted:
                warnings.append(f"{text_path(path)}: the index has no column {plain!r}; it is left out")
                continue
            if wanted is None:
                kind, cells, said = typed(table, name)
                warnings += [f"{text_path(path)}: {said}"] if said else []
            else:
                kind, cells = wanted[plain], as_type(table, name, wanted[plain])
            found[plain], types[plain] = _spread(cells, tied.place), kind
    table_ = pa.table(found) if found else pa.table({})
    columns = tuple(IndexedColumn(name=name, type=kind) for name, kind in types.items())
    return Metadata(columns=columns, table=table_, warnings=tuple(warnings))


def refuse_no_table(paths: Sequence[Path]) -> None:
    """Raise for what is no table, before any work.

    Raises:
        InputError: It is not there, or something else.
    """
    for path in paths:
        if not is_labels(path) or not path.exists():
            said = "no table of metadata" if path.exists() else "no such file"
            raise InputError(said, path=path, hint="name a CSV, TSV, JSON Lines or Parquet file after --metadata")


def _keys(table: LabelsTable, names: Mapping[str, str]) -> dict[str, pa.ChunkedArray]:
    of_plain = {plain: name for name, plain in names.items()}
    found = {
        plain: table.table.column(of_plain[plain]).cast(pa.string())
        for plain in (*ID_COLUMNS, *PATH_COLUMNS)
        if plain in of_plain
    }
    if not found:
        raise InputError(
            f"no column names the video; its columns are: {', '.join(names) or 'none'}", path=table.path,
            hint=f"name a column {', '.join(ID_COLUMNS)} or {', '.join(PATH_COLUMNS)}",
        )  # fmt: skip
    return found


def _nested(table: LabelsTable) -> Iterator[str]:
    for name in table.nested:
        whole = name not in table.table.column_names
        more = "it is left out" if whole else "those are left out"
        yield f"{text_path(table.path)}: the column {name!r} holds lists or records; {more}"


def _twice(table: LabelsTable, keys: Mapping[str, pa.ChunkedArray]) -> list[str]:
    name, column = next(iter(keys.items()))
    known = column.drop_null()
    more = len(known) - len(known.unique())
    return [f"{text_path(table.path)}: {more:,} rows name a {name} a second time; the first row counts"] if more else []


def _spread(cells: pa.Array, place: NDArray[np.int64]) -> pa.Array:
    return cells.take(pa.array(place, mask=place < 0))
