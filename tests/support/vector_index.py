"""Small indexes in memory, with what a plain search of the same rows would say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vibekit.core.attribute import Kind
from vibekit.core.index import IndexedAttribute, IndexManifest, Metric, Storage
from vibekit.retrieval.cluster import assign, normalised, train_centroids
from vibekit.retrieval.codes import encode, train_codebook
from vibekit.retrieval.snapshot import Snapshot
from vibekit.retrieval.storage import from_storage, to_storage, train_sq8

Rows = NDArray[np.float32]
Labels = Mapping[str, NDArray[np.float64]]


def clustered(rows: int, dim: int, *, clusters: int = 30, seed: int = 0) -> Rows:
    """Return rows around centres of unlike sizes."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(clusters, dim))
    sizes = random.pareto(1.2, clusters) + 0.1
    of = random.choice(clusters, rows, p=sizes / sizes.sum())
    return (centres[of] + 0.6 * random.normal(size=(rows, dim))).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Small:
    """An index in memory, and its rows as a plain search would have them, in the order of their places."""

    snapshot: Snapshot
    vectors: Rows
    ids: tuple[str, ...]
    labels: Labels
    alive: NDArray[np.bool_]

    def truth(self, query: Rows, allowed: NDArray[np.bool_]) -> list[tuple[str, float]]:
        """Return every allowed video with its score, the best first."""
        unit = normalised(query[None])[0] if self.snapshot.manifest.metric is Metric.COSINE else query
        scores = self.vectors @ unit
        mine = np.flatnonzero(allowed & self.alive)
        return [(self.ids[i], float(scores[i])) for i in mine[np.argsort(-scores[mine], kind="stable")]]


def small_index(
    vectors: Rows,
    labels: Labels,
    *,
    clusters: int = 0,
    storage: Storage = Storage.FP32,
    metric: Metric = Metric.COSINE,
    tail: int = 0,
    removed: NDArray[np.bool_] | None = None,
    generation: str = "g-000001",
) -> Small:
    """Make an index of rows; the last ``tail`` of them are its tail.

    Args:
        vectors: Shape (n + t, d).
        labels: Attribute -> 1, 0 or NaN (unknown) for each of them.
        clusters: 0: only exact search.
        storage: Of rows.
        metric: Of scores.
        tail: t.
        removed: Which of them are gone.
        generation: Its name.
    """
    made = normalised(vectors) if metric is Metric.COSINE else vectors
    n = len(made) - tail
    order = np.arange(len(made))
    centroids = offsets = codebook = codes = None
    if clusters:
        centroids = train_centroids(made[:n], clusters)
        of = assign(made[:n], centroids)
        order[:n] = np.argsort(of, kind="stable")
        offsets = np.concatenate([[0], np.cumsum(np.bincount(of, minlength=clusters))]).astype(np.int64)
    made = made[order]
    if clusters:
        codebook = train_codebook(made[:n])
        codes = encode(made[:n], codebook)
    scale = train_sq8(made) if storage is Storage.SQ8 else None
    stored = to_storage(made, storage, sq8=scale)
    ids = np.array([f"video-{i:06d}" for i in order.tolist()])
    gone = np.zeros(len(made), bool) if removed is None else removed[order]
    moved = {name: values[order] for name, values in labels.items()}
    tables = {name: _table(values) for name, values in moved.items()}
    snapshot = Snapshot(
        manifest=IndexManifest(
            generation=generation,
            dim=made.shape[1],
            metric=metric,
            storage=storage,
            rows=n,
            tail=tail,
            clusters=clusters,
            removed=int(gone.sum()),
            attributes=tuple(IndexedAttribute(name=name, kind=Kind.BINARY, labels=(True,)) for name in labels),
        ),
        rows=stored[:n],
        ids=pa.array(ids[:n].tolist(), pa.string()),
        removed=gone if removed is not None else None,
        sq8=scale,
        centroids=centroids,
        offsets=offsets,
        codebook=codebook,
        codes=codes,
        ids_order=np.argsort(ids[:n], kind="stable"),
        labels={name: table.slice(0, n) for name, table in tables.items()},
        tail_rows=stored[n:] if tail else None,
        tail_ids=pa.array(ids[n:].tolist(), pa.string()) if tail else None,
        tail_labels={name: table.slice(n) for name, table in tables.items()} if tail else {},
    )
    return Small(
        snapshot=snapshot,
        vectors=from_storage(stored, sq8=scale),
        ids=tuple(ids.tolist()),
        labels=moved,
        alive=~gone,
    )


def _table(values: NDArray[np.float64]) -> pa.Table:
    known = np.isfinite(values)
    chances = pa.array(values.astype(np.float32), mask=~known)
    return pa.table({"carries": pa.array(values > 0.5, mask=~known), "true": chances})
