"""The labels of a table: one row a video and attribute (long), or one row a video (wide)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from vibekit.errors import InputError, did_you_mean
from vibekit.formats.labels_table import column_names, is_parquet, read_labels
from vibekit.formats.manifest import PATH_COLUMNS
from vibekit.formats.metadata_table import ID_COLUMNS
from vibekit.stages.score.labels_folder import manifest_of, with_manifest
from vibekit.stages.score.long_labels import DEFINITION, LABELS, PROBABILITY, SOURCE, STATUS, long_columns
from vibekit.stages.score.predictions import Predictions
from vibekit.stages.score.wide_labels import attribute_of, wide_columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.golden import GoldenAttribute
    from vibekit.formats.labels_table import LabelsTable

ATTRIBUTE = "attribute"
ANNOTATOR, MODEL = "annotator", "model"
LONG = (*LABELS, PROBABILITY)
MORE = (STATUS, DEFINITION, SOURCE, ANNOTATOR, MODEL)
"""Further columns of a run's export."""


def read_table_labels(path: Path, asked: Mapping[str, GoldenAttribute], *, id_column: str = "") -> Predictions:
    """Read a table.

    Args:
        path: A file, or a folder of ``part-*.parquet``.
        asked: The attributes that are wanted; those that are not there are left out.
        id_column: The column that names the video; empty to find it.

    Raises:
        InputError: No column names the video, a label is not allowed, or a video has two different labels.
    """
    manifest = manifest_of(path)
    # a text file is read whole to know its columns, Parquet is not
    whole = None if is_parquet(path) else read_labels(path)
    names = column_names(path) if whole is None else tuple(whole.table.column_names)
    keys = _id_columns(path, names, id_column)
    if ATTRIBUTE in names and any(name in names for name in LONG):
        wanted = (*keys, ATTRIBUTE, *LONG, *MORE)
        return _long(whole or read_labels(path, columns=wanted), keys, asked)
    held = [name for name in names if name not in keys and attribute_of(name) in asked]
    known = tuple(dict.fromkeys(attribute_of(name) for name in names if name not in (*keys, *ID_COLUMNS)))
    table = whole or read_labels(path, columns=(*keys, *held))
    ids = names_of(table, keys)
    refuse_twice(table, ids)
    found = Predictions(
        path=path,
        ids=ids,
        paths=_paths(table, keys),
        columns=wide_columns(table, held, asked),
        known=known,
    )
    return found if manifest is None else with_manifest(found, manifest)


def _long(table: LabelsTable, keys: tuple[str, ...], asked: Mapping[str, GoldenAttribute]) -> Predictions:
    ids = names_of(table, keys)
    distinct = pc.unique(ids)
    rows = pc.index_in(ids, value_set=distinct).to_numpy(zero_copy_only=False)
    attributes = table.table[ATTRIBUTE].combine_chunks().cast(pa.string())
    first = pc.index_in(distinct, value_set=ids)
    return Predictions(
        path=table.path,
        ids=distinct,
        paths=_paths(table, keys).take(first),
        columns=long_columns(table, rows, len(distinct), attributes, asked),
        known=tuple(name for name in pc.unique(attributes).to_pylist() if name is not None),
        annotator=_only(table, ANNOTATOR),
        model=_only(table, MODEL),
    )


def _only(table: LabelsTable, name: str) -> str:
    if name not in table.table.column_names:
        return ""
    return ", ".join(str(value) for value in pc.unique(table.table[name]).to_pylist() if value)


def _id_columns(path: Path, names: tuple[str, ...], id_column: str) -> tuple[str, ...]:
    """Return the columns that name a video, the one that identifies it first."""
    if id_column and id_column not in names:
        hint = did_you_mean(id_column, names) or f"its columns are: {', '.join(names)}"
        raise InputError(f"no column {id_column!r}", path=path, hint=hint)
    found = [name for name in ((id_column,) if id_column else ()) + ID_COLUMNS + PATH_COLUMNS if name in names]
    if not found:
        raise InputError(
            f"no column names the video; its columns are: {', '.join(names) or 'none'}",
            path=path, hint=f"name a column {', '.join(ID_COLUMNS + PATH_COLUMNS[:1])}, or give --id-column NAME",
        )  # fmt: skip
    return tuple(dict.fromkeys(found))


def names_of(table: LabelsTable, keys: tuple[str, ...]) -> pa.Array:
    """Return the name of the video of every row as text.

    Raises:
        InputError: A row has none.
    """
    column = table.table[keys[0]].combine_chunks()
    ids = column if pa.types.is_string(column.type) else column.cast(pa.string())
    for other in keys[1:]:
        if ids.null_count:
            ids = pc.coalesce(ids, table.table[other].combine_chunks().cast(pa.string()))
    if ids.null_count:
        row = pc.index(ids.is_null(), True).as_py()
        raise table.error(row, f"no {keys[0]} in this row", hint="fill it in or remove the row")
    return ids


def _paths(table: LabelsTable, keys: tuple[str, ...]) -> pa.Array:
    name = next((key for key in keys if key in PATH_COLUMNS), None)
    if name is None:
        return pa.repeat(pa.scalar("", pa.string()), table.table.num_rows)
    return table.table[name].combine_chunks().cast(pa.string()).fill_null("")


def refuse_twice(table: LabelsTable, ids: pa.Array) -> None:
    """Raise when a video has two rows.

    Raises:
        InputError: It has; names both rows.
    """
    counts = pc.value_counts(ids)
    if len(counts) == len(ids):
        return
    name = next(c["values"] for c in counts.to_pylist() if c["counts"] > 1)
    first = pc.index(ids, name).as_py()
    second = first + 1 + pc.index(ids.slice(first + 1), name).as_py()
    raise table.error(
        second, f"second row for {name!r}; the first is {table.place(first)}", hint="keep one row a video"
    )
