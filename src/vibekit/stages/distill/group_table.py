"""A table that says which videos belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from vibekit.errors import InputError
from vibekit.formats.labels_table import read_labels
from vibekit.formats.metadata_table import ID_COLUMNS
from vibekit.stages.score.table_labels import names_of

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("group", "creator", "series")


def read_groups(path: Path, *, id_column: str = "") -> dict[str, str]:
    """Read video id -> group; videos without one are left out.

    Args:
        path: A CSV, TSV, JSON Lines or Parquet file with ``video_id`` and ``group`` (or ``creator``, ``series``).
        id_column: The column that names the video; empty to find it.

    Raises:
        InputError: It cannot be read, or a column is missing.
    """
    table = read_labels(path)
    names = table.table.column_names
    key = id_column or next((name for name in ID_COLUMNS if name in names), "")
    column = next((name for name in COLUMNS if name in names), "")
    if key not in names or not column:
        raise InputError(
            f"columns video_id and group are needed, it has: {', '.join(names)}", path=path,
            hint="name them so; creator and series do as well as group",
        )  # fmt: skip
    ids = names_of(table, (key,)).to_pylist()
    groups = table.table[column].cast(pa.string()).to_pylist()
    return {name: group for name, group in zip(ids, groups, strict=True) if group}
