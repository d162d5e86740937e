"""Compaction: added rows are merged into cluster order, removed ones are dropped; the clusters stay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vibekit.formats.index_data import (
    ARRAY_SUFFIX,
    CENTROIDS,
    CODEBOOK,
    CODES,
    COLUMNS,
    ID_SCHEMA,
    IDS,
    IDS_ORDER,
    OFFSETS,
    REMOVED,
    ROWS,
    SQ8,
    TAIL_COLUMNS,
    TAIL_IDS,
    TAIL_ROWS,
    check_content,
    data_path,
    label_role,
    map_array,
    tail_label_role,
    writing_array,
)
from vibekit.retrieval.cluster import assign, clusters_for, train_centroids
from vibekit.retrieval.codes import encode, train_codebook
from vibekit.retrieval.storage import from_storage
from vibekit.stages.index.arrange import ids_order, let_go, offsets_of, sample_rows, take_rows, write_codes
from vibekit.stages.index.change import Change
from vibekit.stages.index.efforts import efforts_of
from vibekit.stages.index.vectors import piece_rows

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.index import IndexManifest
    from vibekit.stages.progress import Progress

MOST_TAIL, TAIL_SHARE = 10_000, 0.02
"""A tail larger than both is merged: it is searched row by row."""
REMOVED_SHARE = 0.05
SEED = 0


def is_due(manifest: IndexManifest) -> bool:
    """Tell whether so many rows were added or removed that merging pays."""
    rows = manifest.rows + manifest.tail
    if manifest.tail > max(MOST_TAIL, TAIL_SHARE * manifest.rows):
        return True
    return manifest.videos > 0 and manifest.removed > REMOVED_SHARE * rows


def compacted(index: Path, manifest: IndexManifest, *, progress: Progress) -> IndexManifest | None:
    """Return the generation that is to hold instead, when merging is due; None when not.

    Args:
        index: Its folder, under its lock.
        manifest: A generation that does not hold yet, all of its files in place.
        progress: Is told how far it is.
    """
    return compact(index, manifest, progress=progress) if is_due(manifest) else None


def compact(index: Path, manifest: IndexManifest, *, progress: Progress) -> IndexManifest:
    """Merge the tail into cluster order and drop removed rows."""
    # vectors that are not what was written would be given a new checksum
    check_content(index, manifest, ROWS, TAIL_ROWS, SQ8, CODES)
    change = Change(index, manifest)
    alive = change.alive()
    clusters = manifest.clusters or clusters_for(len(alive))
    assigned = _assigned(change, alive, clusters, progress)
    order = alive if assigned is None else alive[np.argsort(assigned, kind="stable")]
    size = piece_rows(manifest.dim)
    rows_before, tail_before = change.rows, change.tail_rows
    progress.begin("vectors in order", len(order))
    change.keep(ROWS, ARRAY_SUFFIX, lambda p: _gathered(p, rows_before, tail_before, order, size, progress))
    progress.end()
    if assigned is not None:
        change.keep_array(OFFSETS, offsets_of(assigned, clusters))
        _codes(change, order, size, progress)
    change.keep_table(IDS, take_rows(change.ids, order).cast(ID_SCHEMA))
    change.keep_array(IDS_ORDER, ids_order(data_path(index, change.files[IDS])))
    if COLUMNS in manifest.files:
        change.keep_table(COLUMNS, take_rows(change.columns(), order))
    for attribute in manifest.attributes:
        change.keep_table(label_role(attribute.name), take_rows(change.labels(attribute), order))
        change.drop(tail_label_role(attribute.name))
    change.drop(TAIL_ROWS, TAIL_IDS, TAIL_COLUMNS, REMOVED)
    whole = replace(
        manifest, made_by="compact", rows=len(order), tail=0, removed=0, clusters=clusters, files=dict(change.files)
    )
    return efforts_of(index, whole, seed=SEED, progress=progress)


def _assigned(change: Change, alive: NDArray[np.int64], clusters: int, progress: Progress) -> NDArray[np.int32] | None:
    """Return the cluster of each row that is there; None where there are no clusters."""
    if not clusters:
        return None
    manifest = change.before
    if manifest.clusters:
        centroids = map_array(change.index, manifest, CENTROIDS)
        offsets = map_array(change.index, manifest, OFFSETS)
        of_rows = np.repeat(np.arange(clusters, dtype=np.int32), np.diff(offsets))
        known = alive < manifest.rows
        found = np.empty(len(alive), np.int32)
        found[known] = of_rows[alive[known]]
        todo = np.flatnonzero(~known)
    else:
        random = np.random.default_rng(SEED)
        sample = random.permutation(len(alive))[: sample_rows(clusters)]
        vectors = _vectors(change, alive[np.sort(sample)])
        centroids = train_centroids(vectors, clusters, seed=SEED)
        change.keep_array(CENTROIDS, centroids)
        change.keep_array(CODEBOOK, train_codebook(vectors[random.permutation(len(vectors))], seed=SEED))
        found = np.empty(len(alive), np.int32)
        todo = np.arange(len(alive))
    size = piece_rows(manifest.dim)
    progress.begin("clusters of vectors", len(todo))
    for start in range(0, len(todo), size):
        part = todo[start : start + size]
        found[part] = assign(_vectors(change, alive[part]), centroids)
        progress.advance(len(part))
    progress.end()
    return found


def _codes(change: Change, order: NDArray[np.int64], size: int, progress: Progress) -> None:
    manifest = change.before
    codebook = np.load(data_path(change.index, change.files[CODEBOOK]))
    if CODES not in manifest.files:
        rows = np.load(data_path(change.index, change.files[ROWS]), mmap_mode="r")
        change.keep(CODES, ARRAY_SUFFIX, lambda p: write_codes(p, rows, change.sq8, codebook, size, progress))
        return
    codes = map_array(change.index, manifest, CODES)
    tail = encode(from_storage(np.asarray(change.tail_rows), sq8=change.sq8), codebook)
    change.keep(CODES, ARRAY_SUFFIX, lambda p: _gathered(p, codes, tail, order, size, None))


def _vectors(change: Change, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
    return from_storage(_taken(change.rows, change.tail_rows, numbers), sq8=change.sq8)


def _taken(first: NDArray[Any], second: NDArray[Any], numbers: NDArray[np.int64]) -> NDArray[Any]:
    """Return rows of two arrays that have one numbering."""
    found = np.empty((len(numbers), first.shape[1]), first.dtype)
    here = numbers < len(first)
    found[here] = first[numbers[here]]
    found[~here] = second[numbers[~here] - len(first)]
    return found


def _gathered(
    path: Path,
    first: NDArray[Any],
    second: NDArray[Any],
    order: NDArray[np.int64],
    size: int,
    progress: Progress | None,
) -> None:
    with writing_array(path.parent, path.name, shape=(len(order), first.shape[1]), dtype=first.dtype) as out:
        for start in range(0, len(order), size):
            part = order[start : start + size]
            out[start : start + len(part)] = _taken(first, second, part)
            let_go(out)
            if progress is not None:
                progress.advance(len(part))
