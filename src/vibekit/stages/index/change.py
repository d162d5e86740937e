"""A generation that is being changed: what it holds, and the files of the one that follows."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from vibekit import __version__
from vibekit.formats.index import next_generation, read_index
from vibekit.formats.index_data import (
    ARRAY_SUFFIX,
    COLUMNS,
    IDS,
    REMOVED,
    ROWS,
    SQ8,
    TABLE_SUFFIX,
    TAIL_COLUMNS,
    TAIL_IDS,
    TAIL_ROWS,
    check_content,
    keep,
    label_role,
    map_array,
    map_table,
    removed_mask,
    save_array,
    save_table,
    tail_label_role,
)
from vibekit.formats.run import now
from vibekit.stages.index.generation import writing
from vibekit.stages.index.label_file import counts_of, joined, unknown_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.index import IndexedAttribute, IndexFile, IndexManifest

WORK = "building-change"


class Change:
    """One change of an index; its lock is held.

    Rows and tail rows have one numbering: the tail comes after the rows.

    Args:
        index: Its folder.
        manifest: The generation that holds.
    """

    def __init__(self, index: Path, manifest: IndexManifest) -> None:
        self.index = index
        self.before = manifest
        self.files: dict[str, IndexFile] = dict(manifest.files)
        self.folder = index / WORK

    @cached_property
    def rows(self) -> NDArray[Any]:
        """Mapped rows as stored, (n, d)."""
        return map_array(self.index, self.before, ROWS)

    @cached_property
    def tail_rows(self) -> NDArray[Any]:
        """Tail rows as stored, (t, d)."""
        if TAIL_ROWS not in self.before.files:
            return np.empty((0, self.before.dim), self.rows.dtype)
        check_content(self.index, self.before, TAIL_ROWS)
        return map_array(self.index, self.before, TAIL_ROWS)

    @cached_property
    def sq8(self) -> NDArray[np.float32] | None:
        """Minimum and step, for rows of uint8."""
        return map_array(self.index, self.before, SQ8) if SQ8 in self.before.files else None

    @cached_property
    def removed(self) -> NDArray[np.bool_]:
        """Rows that are gone, (n + t,)."""
        return removed_mask(self.index, self.before)

    @cached_property
    def ids(self) -> pa.Table:
        """``video_id`` and ``path`` of rows and tail."""
        return self._both(IDS, TAIL_IDS)

    def tail_ids(self) -> pa.Table:
        """Return ``video_id`` and ``path`` of the tail."""
        return self.ids.slice(self.before.rows)

    def columns(self) -> pa.Table:
        """Return the metadata of rows and tail."""
        rows = self.table(COLUMNS)
        if not self.before.tail:
            return rows
        if TAIL_COLUMNS in self.before.files:
            tail = self.table(TAIL_COLUMNS)
        else:
            tail = pa.table({f.name: pa.nulls(self.before.tail, f.type) for f in rows.schema}, rows.schema)
        return pa.concat_tables([rows, tail], promote_options="permissive")

    def labels(self, attribute: IndexedAttribute) -> pa.Table:
        """Return an attribute's labels of rows and tail."""
        rows = self.table(label_role(attribute.name))
        if not self.before.tail:
            return rows
        role = tail_label_role(attribute.name)
        known = role in self.before.files
        tail = self.table(role) if known else unknown_table(attribute, self.before.tail)
        return joined(rows, tail)

    def alive(self) -> NDArray[np.int64]:
        """Return the numbers of the rows that are there."""
        return np.flatnonzero(~self.removed)

    def keep(self, role: str, suffix: str, make: Callable[[Path], None]) -> IndexFile:
        """Make a file of the next generation."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self.folder / f"making{suffix}"
        make(made)
        self.files[role] = keep(self.index, made, role)
        return self.files[role]

    def keep_array(self, role: str, array: NDArray[Any]) -> IndexFile:
        """Write an array that is held."""
        return self.keep(role, ARRAY_SUFFIX, lambda p: save_array(p, array))

    def keep_table(self, role: str, table: pa.Table) -> IndexFile:
        """Write a table that is held."""
        return self.keep(role, TABLE_SUFFIX, lambda p: save_table(p, table))

    def keep_removed(self, removed: NDArray[np.bool_]) -> None:
        """Write which rows are gone; no file where none is."""
        if removed.any():
            self.keep_array(REMOVED, np.packbits(removed, bitorder="little"))
        else:
            self.files.pop(REMOVED, None)

    def keep_labels(self, attribute: IndexedAttribute, labels: pa.Table, rows: int) -> None:
        """Write an attribute's labels of rows and tail, in one type of number for both.

        Args:
            attribute: The attribute.
            labels: Of rows and tail.
            rows: Of them, how many are no tail.
        """
        self.keep_table(label_role(attribute.name), labels.slice(0, rows))
        if labels.num_rows > rows:
            self.keep_table(tail_label_role(attribute.name), labels.slice(rows))

    def keep_tail_labels(self, attribute: IndexedAttribute, more: pa.Table) -> pa.Table:
        """Write an attribute's labels of a longer tail, and of the rows where their numbers are not wide enough.

        Returns:
            The labels of rows and tail.
        """
        whole = joined(self.labels(attribute), more)
        rows = self.before.rows
        if whole.schema.types != self.table(label_role(attribute.name)).schema.types:
            self.keep_labels(attribute, whole, rows)
        else:
            self.keep_table(tail_label_role(attribute.name), whole.slice(rows))
        return whole

    def drop(self, *roles: str) -> None:
        """Leave files out of the next generation."""
        for role in roles:
            self.files.pop(role, None)

    def next(self, made_by: str, argv: tuple[str, ...], **changes: Any) -> IndexManifest:  # noqa: ANN401 - of a manifest
        """Return the generation that follows."""
        return replace(
            self.before,
            **{
                "generation": next_generation(self.index),
                "parent": self.before.generation,
                "made_by": made_by,
                "created_at": now(),
                "files": dict(self.files),
                "key": "",
                "argv": argv,
                "vibekit": __version__,
                **changes,
            },
        )

    def table(self, role: str) -> pa.Table:
        """Map a table of the generation that holds: what a change takes over is what was written."""
        check_content(self.index, self.before, role)
        return map_table(self.index, self.before, role)

    def _both(self, role: str, tail_role: str) -> pa.Table:
        rows = self.table(role)
        if tail_role not in self.before.files:
            return rows
        return pa.concat_tables([rows, self.table(tail_role)])


@contextmanager
def changing(index: Path) -> Iterator[Change]:
    """Hold the lock of an index while it is changed.

    Raises:
        InputError: There is no index, or another process changes it.
    """
    read_index(index)
    with writing(index):
        change = Change(index, read_index(index))
        shutil.rmtree(change.folder, ignore_errors=True)
        try:
            yield change
        finally:
            shutil.rmtree(change.folder, ignore_errors=True)


def recounted(attribute: IndexedAttribute, labels: pa.Table, removed: NDArray[np.bool_]) -> IndexedAttribute:
    """Return the attribute with the counts of the videos that are there."""
    return replace(attribute, counts=counts_of(attribute, labels.column(0), ~removed))
