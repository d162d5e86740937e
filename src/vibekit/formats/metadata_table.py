"""Which row of a metadata table speaks of which video: by path, file name, stem or content hash."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.video import SHORTEST_HASH, VIDEO_ID_LENGTH, is_hash, text_path
from vibekit.errors import InputError
from vibekit.formats.file_names import FileNames, absolute_path, encodable
from vibekit.formats.manifest import PATH_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vibekit.formats.manifest import Row, Table

ID_COLUMNS = ("video_id", "sha256", "id")
"""Columns that may hold a content hash, or the stem of the file name."""


@dataclass(frozen=True, slots=True)
class MetadataTable:
    """Rows that can be looked up by video; build it with ``metadata_table``.

    Attributes:
        table: The rows.
        warnings: Rows that name the same video, and names that more than one file bears.
    """

    table: Table
    warnings: tuple[str, ...]
    _by_path: dict[str, Row] = field(repr=False)
    _by_hash: dict[int, dict[str, Row]] = field(repr=False)

    @property
    def has_hashes(self) -> bool:
        """True when some rows can be found only once the content hash is known."""
        return bool(self._by_hash)

    def lookup(self, path: Path, video_id: str | None = None) -> Row | None:
        """Return the row of a video; the content hash, when known, is believed before the name."""
        row = self.by_hash(video_id) if video_id is not None else None
        return row or self._by_path.get(absolute_path(path))

    def by_hash(self, video_id: str) -> Row | None:
        """Return the row whose hash begins as a video_id does; a longer match wins."""
        found = (rows.get(video_id[:digits]) for digits, rows in sorted(self._by_hash.items(), reverse=True))
        return next((row for row in found if row is not None), None)

    def keys(self, count: int) -> list[str]:
        """Return the first keys as the table writes them, for messages."""
        names = [name for name in (*PATH_COLUMNS, *ID_COLUMNS) if name in self.table.columns]
        shown = [next((str(row.values[n]) for n in names if n in row.values), "") for row in self.table.rows]
        return [text_path(key) if encodable(key) else ascii(key) for key in shown if key][:count]


def metadata_table(table: Table, files: Iterable[Path]) -> MetadataTable:
    """Tie rows to files.

    A key with a folder names the file at that path, seen from the table's folder or from the working folder, or else
    the one file whose path ends so. A key without a folder names the one file of that name, or the one file of that
    stem. A key that fits several files is not used.

    Args:
        table: The rows.
        files: Every file of the run.

    Raises:
        InputError: No column can name a video.
    """
    if not any(name in table.columns for name in (*PATH_COLUMNS, *ID_COLUMNS)):
        raise InputError(
            f"no column names the video; its columns are: {', '.join(table.columns) or 'none'}",
            path=table.path, line=1, hint=f"name a column {', '.join(PATH_COLUMNS)} or {', '.join(ID_COLUMNS)}",
        )  # fmt: skip
    return _Matcher(table, files).build()


class _Matcher:
    """Collects what rows say; the first row for a video wins."""

    def __init__(self, table: Table, files: Iterable[Path]) -> None:
        self._table = table
        self._files = FileNames(files)
        self._rows: dict[str, Row] = {}
        self._hashes: dict[int, dict[str, Row]] = defaultdict(dict)
        self._warnings: list[str] = []

    def build(self) -> MetadataTable:
        """Tie every row."""
        for row in self._table.rows:
            self._add(row)
        return MetadataTable(self._table, tuple(self._warnings), self._rows, dict(self._hashes))

    def _add(self, row: Row) -> None:
        name = next((str(row.values[c]) for c in PATH_COLUMNS if c in row.values), "")
        found = self._files.named(name, bases=(self._table.path.parent, Path())) if name else []
        for column in ID_COLUMNS:
            value = str(row.values.get(column, ""))
            if is_hash(value):
                self._add_hash(value.lower(), row)
            # a row that names a file is about that file: its id may be another file's stem by chance
            if value and not found and (not name or "://" in name):
                found = self._files.of_stem(value)
        if len(found) > 1:
            examples = " and ".join(text_path(p) for p in found[:2])
            self._warn(row, f"{name or 'the key'!r} fits {len(found)} files ({examples}): give the folder too")
        elif found:
            self._tie(found[0], row)

    def _tie(self, absolute: str, row: Row) -> None:
        first = self._rows.setdefault(absolute, row)
        if first is not row:
            self._warn(row, f"second row for {text_path(absolute)}; line {first.line} is used")

    def _add_hash(self, key: str, row: Row) -> None:
        # A video_id is the beginning of a sha256: what a longer key says beyond it cannot be compared.
        short = key[:VIDEO_ID_LENGTH]
        first = self._hashes[len(short)].setdefault(short, row)
        if first is not row:
            self._warn(row, f"second row for the content {short[:SHORTEST_HASH]}…; line {first.line} is used")

    def _warn(self, row: Row, text: str) -> None:
        self._warnings.append(f"{text_path(self._table.path)}:{row.line}: {text}")
