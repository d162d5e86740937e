"""The rows of a build: clusters, the order of the rows, and their vectors and codes in that order."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.index import Storage
from vibekit.formats.index_data import (
    ARRAY_SUFFIX,
    CENTROIDS,
    CODEBOOK,
    CODES,
    ID_SCHEMA,
    IDS,
    IDS_ORDER,
    OFFSETS,
    ROWS,
    SQ8,
    TABLE_SUFFIX,
    opened_table,
    save_array,
    save_table,
    writing_array,
)
from vibekit.retrieval.cluster import SAMPLE_PER_CLUSTER, assign, clusters_for, train_centroids
from vibekit.retrieval.codes import SAMPLE as CODE_SAMPLE
from vibekit.retrieval.codes import encode, train_codebook
from vibekit.retrieval.storage import DTYPES, from_storage, sq8_of, to_storage
from vibekit.stages.index.vectors import piece_rows, pieces, sampled

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.index import Metric
    from vibekit.formats.embeddings import EmbeddingSet
    from vibekit.stages.index.steps import Steps
    from vibekit.stages.index.vectors import Usable
    from vibekit.stages.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What rows are made of.

    Attributes:
        embeddings: The set.
        usable: Its rows that have a place.
        metric: What a score is.
        storage: How rows are stored.
        seed: Of clusters and samples.
    """

    embeddings: EmbeddingSet
    usable: Usable
    metric: Metric
    storage: Storage
    seed: int

    @property
    def clusters(self) -> int:
        """Of the coarse quantiser; 0 where only exact search is offered."""
        return clusters_for(self.usable.count)


def arrange(material: Material, identities: pa.Table, steps: Steps, progress: Progress) -> NDArray[np.int64]:
    """Make rows, ids and, for many rows, clusters and codes; what is there already is kept.

    Args:
        material: What rows are made of.
        identities: ``video_id`` and ``path`` of the usable rows, in the order of the embeddings.
        steps: Of the build.
        progress: Is told how far it is.

    Returns:
        (n,) the place among the usable rows of each row of the index.
    """
    n, dim = material.usable.count, material.embeddings.space.dim
    sample = _Sample(material)
    if material.storage is Storage.SQ8:
        steps.file(SQ8, ARRAY_SUFFIX, lambda p: save_array(p, sq8_of(material.usable.low, material.usable.high)))
    order = np.arange(n)
    if material.clusters:
        steps.file(CENTROIDS, ARRAY_SUFFIX, lambda p: _centroids(p, material, sample, progress))
        centroids = np.load(steps.path(CENTROIDS))
        assigned = np.load(steps.scratch("assigned.npy", lambda p: _assigned(p, material, centroids, progress)))
        steps.file(OFFSETS, ARRAY_SUFFIX, lambda p: save_array(p, offsets_of(assigned, len(centroids))))
        order = np.argsort(assigned, kind="stable")
        del assigned
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    sq8 = np.load(steps.path(SQ8)) if SQ8 in steps.files else None
    steps.file(ROWS, ARRAY_SUFFIX, lambda p: _rows(p, material, place, sq8, progress))
    if material.clusters:
        steps.file(CODEBOOK, ARRAY_SUFFIX, lambda p: save_array(p, train_codebook(sample(), seed=material.seed)))
        rows = np.load(steps.path(ROWS), mmap_mode="r")
        codebook = np.load(steps.path(CODEBOOK))
        steps.file(CODES, ARRAY_SUFFIX, lambda p: write_codes(p, rows, sq8, codebook, piece_rows(dim), progress))
    steps.file(IDS, TABLE_SUFFIX, lambda p: save_table(p, take_rows(identities, order).cast(ID_SCHEMA)))
    steps.file(IDS_ORDER, ARRAY_SUFFIX, lambda p: save_array(p, ids_order(steps.path(IDS))))
    return order


class _Sample:
    """Vectors drawn at random, read when they are first asked for."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._found: NDArray[np.float32] | None = None

    def __call__(self) -> NDArray[np.float32]:
        if self._found is None:
            m = self._material
            self._found = sampled(m.embeddings, m.usable, m.metric, most=sample_rows(m.clusters), seed=m.seed)
        return self._found


def sample_rows(clusters: int) -> int:
    """Return how many vectors clusters and codes are trained on."""
    return max(clusters * SAMPLE_PER_CLUSTER, CODE_SAMPLE)


def offsets_of(assigned: NDArray[np.integer[Any]], clusters: int) -> NDArray[np.int64]:
    """Return where each cluster begins, (clusters + 1,)."""
    return np.concatenate([[0], np.cumsum(np.bincount(assigned, minlength=clusters))]).astype(np.int64)


def ids_order(path: Path) -> NDArray[np.int64]:
    """Return the places of rows in the order of their ids."""
    return np.asarray(pc.sort_indices(opened_table(path).column("video_id")).to_numpy(zero_copy_only=False), np.int64)


def write_codes(
    path: Path,
    rows: NDArray[Any],
    sq8: NDArray[np.float32] | None,
    codebook: NDArray[np.float32],
    size: int,
    progress: Progress,
) -> None:
    """Write the codes of rows as they are stored."""
    progress.begin("codes", len(rows))
    with writing_array(path.parent, path.name, shape=(len(rows), len(codebook) // 2), dtype=np.uint8) as out:
        for start in range(0, len(rows), size):
            part = from_storage(np.asarray(rows[start : start + size]), sq8=sq8)
            out[start : start + size] = encode(part, codebook)
            progress.advance(len(part))
            let_go(out, rows)
    progress.end()


def let_go(*mapped: NDArray[Any]) -> None:
    """Let the system have the memory of mapped files again; what was written stays in its cache or on the disk."""
    for array in mapped:
        file = getattr(array, "_mmap", None)
        if file is not None and hasattr(mmap, "MADV_DONTNEED"):
            file.madvise(mmap.MADV_DONTNEED)


def _centroids(path: Path, material: Material, sample: _Sample, progress: Progress) -> None:
    progress.note(f"{material.clusters:,} clusters, trained on {len(sample()):,} vectors")
    save_array(path, train_centroids(sample(), material.clusters, seed=material.seed))


def _assigned(path: Path, material: Material, centroids: NDArray[np.float32], progress: Progress) -> None:
    found = np.empty(material.usable.count, np.int32)
    progress.begin("clusters of vectors", len(found))
    for at, part in pieces(material.embeddings, material.usable, material.metric):
        found[at : at + len(part)] = assign(part, centroids)
        progress.advance(len(part))
    progress.end()
    save_array(path.with_suffix(".npy"), found)


def _rows(
    path: Path, material: Material, place: NDArray[np.int64], sq8: NDArray[np.float32] | None, progress: Progress
) -> None:
    """Write each piece to the places of its rows, in ascending order, so that the disk sees few long strides."""
    shape = (len(place), material.embeddings.space.dim)
    progress.begin("vectors in order", len(place))
    with writing_array(path.parent, path.name, shape=shape, dtype=DTYPES[material.storage]) as out:
        for at, part in pieces(material.embeddings, material.usable, material.metric):
            stored = to_storage(part, material.storage, sq8=sq8)
            there = place[at : at + len(part)]
            order = np.argsort(there)
            out[there[order]] = stored[order]
            let_go(out)
            progress.advance(len(part))
    progress.end()


def take_rows(table: pa.Table, order: NDArray[np.int64], *, at_once: int = 1 << 20) -> pa.Table:
    """Return rows in another order; in parts, so that no text column outgrows what 32 bits can address."""
    if len(order) <= at_once:
        return table.take(pa.array(order))
    return pa.concat_tables(
        [table.take(pa.array(order[start : start + at_once])) for start in range(0, len(order), at_once)]
    )
