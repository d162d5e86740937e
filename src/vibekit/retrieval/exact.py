"""Exact search: every row that matches is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.retrieval.library import faiss
from vibekit.retrieval.storage import from_storage
from vibekit.retrieval.topk import Hits, best, merged

if TYPE_CHECKING:
    import numpy.typing as npt

    from vibekit.retrieval.snapshot import Snapshot

_PART_BYTES = 64 << 20
"""Of rows that are read at once, as float32."""
_MOST_SCORES = 1 << 24
"""Scores that numpy holds at once; beyond, FAISS keeps only the best of them."""


def among(
    vectors: npt.NDArray[np.float32], places: npt.NDArray[np.int64], queries: npt.NDArray[np.float32], k: int
) -> Hits:
    """Search rows that are held in memory.

    Args:
        vectors: Shape (n, d), n at least 1.
        places: Shape (n,): of these rows.
        queries: Shape (q, d).
        k: Results a query.

    Returns:
        min(k, n) results a query.
    """
    scanned = np.full(len(queries), len(vectors), np.int64)
    if len(queries) == 1:
        return Hits(*best((vectors @ queries[0])[None], places, k), scanned)
    if len(queries) * len(vectors) <= _MOST_SCORES:
        return Hits(*best(queries @ vectors.T, places, k), scanned)
    scores, at = faiss.knn(queries, vectors, min(k, len(vectors)), metric=faiss.METRIC_INNER_PRODUCT)
    return Hits(scores, np.where(at < 0, -1, places[at]), scanned)


def through(snapshot: Snapshot, places: npt.NDArray[np.int64], queries: npt.NDArray[np.float32], k: int) -> Hits:
    """Search rows that are read part by part.

    Args:
        snapshot: That they are of.
        places: Shape (n,), rising, n at least 1.
        queries: Shape (q, d).
        k: Results a query.

    Returns:
        min(k, n) results a query.
    """
    part = max(_PART_BYTES // (4 * queries.shape[1]), 1024)
    found: Hits | None = None
    for start in range(0, len(places), part):
        some = places[start : start + part]
        first, last = int(some[0]), int(some[-1])
        if last - first + 1 == len(some) and last < len(snapshot.rows):
            vectors = from_storage(snapshot.rows[first : last + 1], sq8=snapshot.sq8)
        else:
            vectors = snapshot.vectors(some)
        hits = among(vectors, some, queries, k)
        found = hits if found is None else merged(found, hits, k)
    assert found is not None
    return found
