"""Opens an index from its folder, and follows its pointer."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibekit.errors import InputError
from vibekit.formats import index_data as data
from vibekit.formats.index import POINTER, current, read_generation
from vibekit.retrieval.searcher import Searcher
from vibekit.retrieval.snapshot import Snapshot
from vibekit.retrieval.snapshot_check import check_snapshot, ids_of

if TYPE_CHECKING:
    import pyarrow as pa

    from vibekit.core.index import IndexManifest

_TRIES = 5
"""A writer may remove a generation between the reading of the pointer and the mapping of its files."""


def open_index(path: Path | str, *, memory: int | None = None, follow: bool = False) -> Searcher:
    """Open an index for searching: its files are mapped, and many threads may search.

    Args:
        path: Folder of the index.
        memory: Bytes that what is made of restrictions may take; None: 2 GB.
        follow: Whether each search goes over to a newer generation by itself; else ``refresh()`` does.

    Raises:
        InputError: There is no index, or it is damaged.
    """
    folder = Path(path)

    # taken before anything is read: what moves meanwhile is seen the next time
    seen = _pointer(folder)

    def newer(held: Snapshot) -> Snapshot | None:
        nonlocal seen
        now = _pointer(folder)
        if now is not None and now == seen:
            return None
        # an index that was deleted and built again begins with the same name
        found = open_snapshot(folder)
        seen = now
        return None if found.manifest == held.manifest else found

    return Searcher(open_snapshot(folder), memory=memory, newer=newer, follow=follow)


def _pointer(folder: Path) -> tuple[int, int, int] | None:
    """Return what changes whenever the pointer is replaced; None where there is none."""
    try:
        told = (folder / POINTER).stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns, told.st_size


def open_snapshot(path: Path | str, *, generation: str = "") -> Snapshot:
    """Map all files of a generation.

    Args:
        path: Folder of the index.
        generation: Its name; empty for the one that holds.

    Raises:
        InputError: There is none, or it is damaged.
    """
    folder = Path(path)
    for _ in range(_TRIES - 1):
        name = generation or current(folder)
        try:
            return _mapped(folder, read_generation(folder, name))
        except InputError:
            if generation or current(folder) == name:
                raise
    return _mapped(folder, read_generation(folder, current(folder)))


def _mapped(folder: Path, manifest: IndexManifest) -> Snapshot:
    def array(role: str) -> Any:  # noqa: ANN401 - of any type
        return data.map_array(folder, manifest, role) if role in manifest.files else None

    def table(role: str) -> pa.Table | None:
        return data.map_table(folder, manifest, role) if role in manifest.files else None

    def labels(role: str) -> dict[str, pa.Table]:
        return {
            one.name: data.map_table(folder, manifest, role + one.name)
            for one in manifest.attributes
            if role + one.name in manifest.files
        }

    snapshot = Snapshot(
        manifest=manifest,
        check=partial(data.check_content, folder, manifest),
        rows=data.map_array(folder, manifest, data.ROWS),
        ids=ids_of(folder, manifest, data.IDS),
        removed=data.removed_mask(folder, manifest) if data.REMOVED in manifest.files else None,
        sq8=array(data.SQ8),
        centroids=array(data.CENTROIDS),
        offsets=array(data.OFFSETS),
        codebook=array(data.CODEBOOK),
        codes=array(data.CODES),
        ids_order=array(data.IDS_ORDER),
        labels=labels(data.LABEL),
        metadata=table(data.COLUMNS),
        tail_rows=array(data.TAIL_ROWS),
        tail_ids=ids_of(folder, manifest, data.TAIL_IDS) if data.TAIL_IDS in manifest.files else None,
        tail_labels=labels(data.TAIL_LABEL),
        tail_metadata=table(data.TAIL_COLUMNS),
    )
    check_snapshot(folder, snapshot)
    return snapshot
