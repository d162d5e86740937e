"""From what the user names to the files of a run, each with the words that are known about it.

Metadata comes, the first that says something wins for each field: the files of ``--metadata``, the manifest row, the
side-cars beside the clip, ``metadata.csv`` or ``metadata.jsonl`` in its folder or above.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vibekit.core.video import Metadata, text_path
from vibekit.errors import InputError
from vibekit.formats.manifest import TABLE_SUFFIXES, Row, read_table
from vibekit.formats.metadata import merged, other_columns, words_of
from vibekit.formats.metadata_table import MetadataTable, metadata_table
from vibekit.formats.sidecar import FOLDER_TABLES, SIDECAR_SUFFIXES, Folder, open_folder
from vibekit.stages.sources import Listed, list_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from vibekit.formats.manifest import Value

NOT_STRANGE = frozenset({*SIDECAR_SUFFIXES, *TABLE_SUFFIXES})
"""Suffixes of files that belong beside videos."""
SHOWN_WARNINGS = 20
"""Notes of one kind that are kept word by word; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file of a run, not yet opened.

    Attributes:
        path: Where it lies; may hold bytes that are not UTF-8.
        metadata: What people wrote about it.
        row: Place in the user's list, from 0.
        columns: Other columns of manifests and tables, for ordering only; they may hold labels and are never sent.
        problem: Why it cannot be annotated; empty when nothing speaks against it yet.
    """

    path: Path
    metadata: Metadata = field(default_factory=Metadata)
    row: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The files of a run.

    Attributes:
        files: In a fixed order: as the sources were named, by the bytes of the path within a folder.
        warnings: What was odd, in whole sentences.
        ignored: Suffix -> how many files in folders are no videos; side-cars are not counted.
        tables: The ``--metadata`` files.
    """

    files: tuple[InputFile, ...]
    warnings: tuple[str, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    tables: tuple[MetadataTable, ...] = ()

    def identified(self, file: InputFile, video_id: str) -> InputFile:
        """Return the file with what ``--metadata`` rows say that are keyed by content hash."""
        rows = [row for table in self.tables if table.has_hashes and (row := table.lookup(file.path, video_id))]
        if not rows:
            return file
        words = merged(*(words_of(row.values).metadata for row in rows), file.metadata)
        return replace(file, metadata=words, columns=_columns([row.values for row in rows], file.columns))

    def unmatched(self, video_ids: Iterable[str]) -> tuple[str, ...]:
        """Warn of ``--metadata`` files keyed by content hash that speak of no file of this run.

        Args:
            video_ids: Content hashes of the files; rows keyed by name were already checked while reading.
        """
        ids = tuple(video_ids)
        return tuple(
            _no_match(table, self.files)
            for table in self.tables
            if table.has_hashes
            and not any(table.lookup(file.path) for file in self.files)
            and not any(table.by_hash(video_id) for video_id in ids)
        )


def read_inputs(sources: tuple[str, ...], *, metadata: tuple[Path, ...] = (), root: Path | None = None) -> Inputs:
    """List the files to annotate and gather what is known about them; opens no video.

    Args:
        sources: Folders, globs (also quoted), video files and manifests (CSV, TSV, JSON Lines, Parquet).
        metadata: Tables about the videos; the first that has a row for a video wins.
        root: Where the relative paths of a manifest are looked for after the manifest's own folder.

    Raises:
        InputError: A source or table does not exist or is broken, or there is no video at all. A single file that
            cannot be annotated is no error but an ``InputFile`` with a problem.
    """
    named = list_sources(sources, root=root)
    listed = tuple(named.listed.values())
    paths = [entry.path for entry in listed]
    tables = tuple(metadata_table(read_table(path), paths) for path in metadata)
    gatherer = _Gatherer(listed, tables)
    files = tuple(gatherer.file(entry, row=row) for row, entry in enumerate(listed))
    warnings = [*_first_of(named.warnings), *_table_warnings(tables, files), *gatherer.warnings()]
    ignored = {suffix: n for suffix, n in sorted(named.ignored.items()) if suffix not in NOT_STRANGE}
    return Inputs(files=files, warnings=tuple(warnings), ignored=ignored, tables=tables)


class _Gatherer:
    """Collects the words about each file; each folder is listed once and each table read once."""

    def __init__(self, listed: tuple[Listed, ...], tables: tuple[MetadataTable, ...]) -> None:
        self._listed = listed
        self._explicit = tables
        self._folders: dict[Path, Folder] = {}
        self._tables: dict[Path, tuple[MetadataTable, ...]] = {}
        self._notes: list[str] = []
        self._table_notes: list[str] = []

    def file(self, entry: Listed, *, row: int) -> InputFile:
        """Gather everything about one file."""
        path = entry.path
        values: list[Mapping[str, Value]] = [
            found.values for table in self._explicit if (found := self._row(table, path))
        ]
        if entry.values:
            values.append(entry.values)
            self._note(entry.where, words_of(entry.values).warnings)
        beside = self._folder(path.parent).words(path.name) if not entry.problem else None
        below = [found.values for table in self._above(entry) if (found := self._row(table, path))]
        layers = [words_of(v).metadata for v in values]
        if beside is not None:
            layers.append(beside.metadata)
            self._notes += beside.warnings
        layers += [words_of(v).metadata for v in below]
        columns = _columns([*values, *below], {})
        return InputFile(path=path, metadata=merged(*layers), row=row, columns=columns, problem=entry.problem)

    def warnings(self) -> list[str]:
        """Return what was odd about tables in folders, and about side-cars, not more than can be read."""
        return [*self._table_notes, *_first_of(self._notes)]

    def _row(self, table: MetadataTable, path: Path) -> Row | None:
        row = table.lookup(path)
        if row is not None:
            self._note(f"{text_path(table.table.path)}:{row.line}", words_of(row.values).warnings)
        return row

    def _note(self, where: str, notes: tuple[str, ...]) -> None:
        self._notes += [f"{where}: {note}" for note in notes]

    def _folder(self, path: Path) -> Folder:
        if path not in self._folders:
            self._folders[path] = open_folder(path)
        return self._folders[path]

    def _above(self, entry: Listed) -> list[MetadataTable]:
        """Return the tables in the file's folder and in those above it, up to the folder that was named."""
        folder, found = entry.path.parent, list(self._here(entry.path.parent))
        while folder != entry.top and entry.top in folder.parents:
            folder = folder.parent
            found += self._here(folder)
        return found

    def _here(self, folder: Path) -> tuple[MetadataTable, ...]:
        if folder not in self._tables:
            names = [name for name in FOLDER_TABLES if name in self._folder(folder).names]
            read = [self._read(folder / name) for name in names if (folder / name).is_file()]
            self._tables[folder] = tuple(table for table in read if table is not None)
        return self._tables[folder]

    def _read(self, path: Path) -> MetadataTable | None:
        below = [entry.path for entry in self._listed if path.parent in entry.path.parents]
        try:
            table = metadata_table(read_table(path), below)
        except InputError as error:
            # Nobody named this file: it may be about something else, so it must not stop the run, but be heard of.
            self._table_notes.append(f"{error.message}; ignored")
            return None
        self._table_notes += _notes_on(table)
        return table


def _table_warnings(tables: tuple[MetadataTable, ...], files: tuple[InputFile, ...]) -> list[str]:
    warnings: list[str] = []
    for table in tables:
        name = text_path(table.table.path)
        warnings += _notes_on(table)
        lacking = [file for file in files if table.lookup(file.path) is None]
        if table.has_hashes or not lacking:
            continue
        if len(lacking) == len(files):
            warnings.append(_no_match(table, files))
        else:
            first = text_path(lacking[0].path)
            warnings.append(f"{name}: no row for {len(lacking)} of {len(files)} files (first: {first})")
    return warnings


def _notes_on(table: MetadataTable) -> list[str]:
    name = text_path(table.table.path)
    return [*(f"{name}: {note}" for note in table.table.warnings), *_first_of(table.warnings)]


def _first_of(notes: Sequence[str]) -> list[str]:
    more = len(notes) - SHOWN_WARNINGS
    return [*notes[:SHOWN_WARNINGS], *([f"and {more} more of this kind"] if more > 0 else [])]


def _no_match(table: MetadataTable, files: tuple[InputFile, ...]) -> str:
    keys = ", ".join(table.keys(3)) or "nothing"
    names = ", ".join(text_path(file.path) for file in files[:3])
    return f"{text_path(table.table.path)}: no row matches any file; it names {keys}; the files are {names}"


def _columns(rows: list[Mapping[str, Value]], rest: Mapping[str, str]) -> dict[str, str]:
    columns = dict(rest)
    for values in reversed(rows):
        columns.update(other_columns(values))
    return columns
