"""Rows of somebody's golden table, each with the video that it speaks of and the labels that it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.video import VIDEO_ID_LENGTH, is_hash
from vibekit.errors import InputError
from vibekit.formats.golden_columns import ID, NAMES, Columns, columns_of
from vibekit.formats.golden_long import META

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from vibekit.formats.manifest import Row, Table

ALONE = "label"
"""Name of the attribute of a table that has labels and no column ``attribute``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenRow:
    """One row.

    Attributes:
        line: Where it starts, from 1.
        video_id: Content hash, or the text that names the video.
        texts: Meaning -> cell, as in ``golden_columns.NAMES``; empty cells are absent.
        columns: Metadata.
        cells: (attribute, label as text) pairs; in a long table one, whose texts may be empty.
    """

    line: int
    video_id: str
    texts: Mapping[str, str]
    columns: Mapping[str, str]
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenTable:
    """A table of golden labels.

    Attributes:
        columns: What its columns mean.
        rows: In file order.
        names: What the table calls a video -> its video_id, where that differs.
        warnings: For people.
    """

    columns: Columns
    rows: tuple[GoldenRow, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def golden_table(table: Table, *, known: Collection[str]) -> GoldenTable:
    """Read every row of a long or wide table.

    Args:
        table: The table.
        known: Names of attributes that have a definition.

    Raises:
        InputError: A column is missing or misspelt, a row names no video, or one name stands for two videos.
    """
    columns = columns_of(table, known=known)
    if not table.rows:
        raise InputError("has a header and no rows", path=table.path, hint="one row for each label or video")
    names = _names(table, columns)
    rows = tuple(_row(table, row, columns, names) for row in table.rows)
    alone = not columns.attributes and "attribute" not in columns.roles
    notes = (f"no column 'attribute': the one attribute is called {ALONE!r}",) if alone else ()
    told = {path: own for path, own in names.items() if own}
    return GoldenTable(columns=columns, rows=rows, names=told, warnings=(*table.warnings, *notes))


def _names(table: Table, columns: Columns) -> dict[str, str]:
    """Collect which path belongs to which id, from the rows that have both; nothing ('') for one of two videos."""
    names: dict[str, str] = {}
    for row in table.rows:
        path, own = _text(row, columns.roles.get("path")), _own_id(row, columns)
        if path and own and path != own and names.setdefault(path, own) != own:
            names[path] = ""
    return names


def _own_id(row: Row, columns: Columns) -> str:
    """Return the id that the row itself gives: a content hash if there is one."""
    names = dict.fromkeys((*NAMES[ID], columns.roles[ID])) if ID in columns.roles else ()
    texts = [_text(row, name) for name in names]
    path = _text(row, columns.roles.get("path"))
    hashes = [text.lower()[:VIDEO_ID_LENGTH] for text in (*texts, path) if is_hash(text)]
    return next(iter([*hashes, *filter(None, texts)]), "")


def _row(table: Table, row: Row, columns: Columns, names: Mapping[str, str]) -> GoldenRow:
    path = _text(row, columns.roles.get("path"))
    video_id = _own_id(row, columns) or names.get(path, path)
    if not video_id and path in names:
        raise InputError(f"{path!r} is two videos in other rows", path=table.path, line=row.line, hint="give its id")
    if not video_id:
        raise InputError("names no video", path=table.path, line=row.line, hint="fill it in or remove the row")
    texts = {role: text for role, name in columns.roles.items() if (text := _text(row, name))}
    if "note" in texts:
        texts["note"] = str(row.values[columns.roles["note"]])
    if columns.attributes:
        cells = tuple((name, _text(row, name)) for name in columns.attributes)
    else:
        alone = ALONE if "attribute" not in columns.roles else ""
        cells = ((texts.get("attribute", alone), texts.get("label", "")),)
    metadata = {name.removeprefix(META): _text(row, name) for name in columns.others if name in row.values}
    return GoldenRow(line=row.line, video_id=video_id, texts=texts, columns=metadata, cells=cells)


def _text(row: Row, name: str | None) -> str:
    value = row.values.get(name, "") if name else ""
    return value.strip() if isinstance(value, str) else ", ".join(value)
