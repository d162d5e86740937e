"""A table that says which videos belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from vibekit.errors import InputError
from vibekit.formats.labels_table import read_labels
from vibekit.formats.metadata_table import ID_COLUMNS
from vibekit.stages.score.table_labels import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COLUMNS = ("group", "creator", "series")


def read_groups(path: Path, *, id_column: str = "") -> dict[str, str]:
    """Read video id -> group; videos without one are left out.

    Args:
        path: A CSV, TSV, JSON Lines or Parquet file with ``video_id`` and ``group`` (or ``creator``, ``series``).
        id_column: The column that names the video; empty to find it.

    Raises:
        InputError: It cannot be read, a column is missing, or a video is in two groups.
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
    found: dict[str, str] = {}
    for name, group in zip(ids, groups, strict=True):
        if group and found.setdefault(name, group) != group:
            raise InputError(
                f"'{name}' is in two groups: {found[name]} and {group}", path=path, item=name,
                hint="a video has one group: give both groups one name, or take a row out",
            )  # fmt: skip
    return found


def without_group(groups: Mapping[str, str], ids: Sequence[str], *, path: Path) -> tuple[str, ...]:
    """Return a warning when videos are in no group.

    Raises:
        InputError: No video is in one: the table names other videos.
    """
    alone = [name for name in ids if name not in groups]
    if ids and len(alone) == len(ids):
        raise InputError(
            f"none of its videos has a label and an embedding: it names {', '.join(list(groups)[:3])}, "
            f"the labels {', '.join(alone[:3])}", path=path,
            hint="name videos as the labels do, or leave --groups out",
        )  # fmt: skip
    if not alone:
        return ()
    return (f"{path}: {len(alone)} of {len(ids)} videos are in no group and stand for themselves, such as {alone[0]}",)
