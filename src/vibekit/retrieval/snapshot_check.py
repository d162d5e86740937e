"""Whether the files of a generation belong together: a search would read past the end of one that does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.index import Storage
from vibekit.errors import InputError
from vibekit.formats import index_data as data
from vibekit.retrieval.codes import WORDS
from vibekit.retrieval.storage import DTYPES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    import numpy.typing as npt
    import pyarrow as pa

    from vibekit.core.index import IndexManifest
    from vibekit.retrieval.snapshot import Snapshot


def check_snapshot(folder: Path, snapshot: Snapshot) -> None:
    """Compare types, shapes and numbers of rows with what the manifest says.

    Args:
        folder: Of the index.
        snapshot: As it was mapped.

    Raises:
        InputError: A file does not fit, or one is missing that must be there.
    """
    for role, problem in _problems(snapshot):
        known = snapshot.manifest.files.get(role)
        where = folder if known is None else data.data_path(folder, known)
        raise InputError(f"is damaged: {problem}", path=where, hint=data.rebuild(role))


def _problems(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    yield from _arrays(snapshot)
    yield from _tables(snapshot)
    offsets = snapshot.offsets
    if offsets is not None and (offsets[0] or offsets[-1] != len(snapshot.rows) or (np.diff(offsets) < 0).any()):
        yield data.OFFSETS, f"does not rise from 0 to {len(snapshot.rows)}"


def _arrays(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    manifest = snapshot.manifest
    n, dim, clusters = manifest.rows, manifest.dim, manifest.clusters
    of_rows, single = DTYPES[manifest.storage], np.dtype(np.float32)
    yield from _array(data.ROWS, snapshot.rows, of_rows, (n, dim))
    if manifest.tail or snapshot.tail_rows is not None:
        yield from _array(data.TAIL_ROWS, snapshot.tail_rows, of_rows, (manifest.tail, dim))
    if manifest.storage is Storage.SQ8:
        yield from _array(data.SQ8, snapshot.sq8, single, (2, dim))
    if snapshot.ids_order is not None:
        yield from _array(data.IDS_ORDER, snapshot.ids_order, np.dtype(np.int64), (n,))
    if not clusters:
        return
    yield from _array(data.CENTROIDS, snapshot.centroids, single, (clusters, dim))
    yield from _array(data.OFFSETS, snapshot.offsets, np.dtype(np.int64), (clusters + 1,))
    book = snapshot.codebook
    yield from _array(data.CODEBOOK, book, single, (None, WORDS, None))
    if book is not None:
        parts, _, width = book.shape
        if parts % 2 or not dim <= parts * width < dim + 2 * max(parts, width):
            yield data.CODEBOOK, f"{parts} parts of {width} are not the {dim} dimensions"
        yield from _array(data.CODES, snapshot.codes, np.dtype(np.uint8), (n, parts // 2))


def _array(
    role: str, array: npt.NDArray[Any] | None, kind: np.dtype[Any], shape: tuple[int | None, ...]
) -> Iterator[tuple[str, str]]:
    if array is None:
        yield role, f"the generation has no {role}"
    elif array.dtype != kind:
        yield role, f"{array.dtype} numbers, not {kind}"
    elif array.ndim != len(shape) or any(b is not None and a != b for a, b in zip(array.shape, shape, strict=True)):
        wanted = " x ".join("?" if one is None else str(one) for one in shape)
        yield role, f"{' x '.join(map(str, array.shape))} numbers, not {wanted}"


def _tables(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    manifest = snapshot.manifest
    n, tail = manifest.rows, manifest.tail
    yield from _length(data.IDS, len(snapshot.ids), n)
    if tail:
        yield from _length(data.TAIL_IDS, 0 if snapshot.tail_ids is None else len(snapshot.tail_ids), tail)
    for one in manifest.attributes:
        if one.name not in snapshot.labels:
            yield data.label_role(one.name), f"the generation has no labels of '{one.name}'"
        for role, table, rows in (
            (data.label_role(one.name), snapshot.labels.get(one.name), n),
            (data.tail_label_role(one.name), snapshot.tail_labels.get(one.name), tail),
        ):
            if table is not None:
                yield from _length(role, table.num_rows, rows)
                if table.num_columns != 1 + len(one.labels):
                    yield role, f"{table.num_columns} columns, not {1 + len(one.labels)}"
    yield from _metadata(snapshot)


def _metadata(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    wanted = {column.name for column in snapshot.columns}
    if wanted and snapshot.metadata is None:
        yield data.COLUMNS, "the generation has no metadata"
    for role, table, rows in (
        (data.COLUMNS, snapshot.metadata, len(snapshot.rows)),
        (data.TAIL_COLUMNS, snapshot.tail_metadata, snapshot.tail),
    ):
        if table is not None:
            yield from _length(role, table.num_rows, rows)
            if lost := wanted - set(table.column_names):
                yield role, f"it has no column {min(lost)!r}"


def _length(role: str, found: int, wanted: int) -> Iterator[tuple[str, str]]:
    if found != wanted:
        yield role, f"{found} rows, not {wanted}"


def ids_of(folder: Path, manifest: IndexManifest, role: str) -> pa.ChunkedArray:
    """Map the ids of rows or tail.

    Raises:
        InputError: There is no such column.
    """
    table = data.map_table(folder, manifest, role)
    if not table.schema.equals(data.ID_SCHEMA):
        where = data.data_path(folder, manifest.files[role])
        raise InputError(f"is damaged: its columns are {', '.join(table.column_names)}", path=where,
                         hint=data.rebuild(role))  # fmt: skip
    return table.column("video_id")
