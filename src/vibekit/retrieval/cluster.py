"""The coarse quantiser: which region of the space a row belongs to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vibekit.retrieval.library import faiss

if TYPE_CHECKING:
    import numpy.typing as npt

FEWEST_ROWS = 20_000
"""Below, looking at every row costs less than choosing among clusters."""
MOST_CLUSTERS = 8192
"""Beyond, finding the cluster of every row would take longer than all the rest of a build. Four times the square root
was no faster at a million rows: shorter lists cost as much as they save."""
SAMPLE_PER_CLUSTER = 32
"""Rows of the sample that one cluster is trained on: more changed nothing that could be measured."""
ROUNDS = 6
_PART = 65_536


def clusters_for(rows: int) -> int:
    """Return how many clusters rows are kept in: about the square root, 0 where only exact search pays.

    Args:
        rows: Of the index.
    """
    if rows < FEWEST_ROWS:
        return 0
    return min(MOST_CLUSTERS, int(2 ** round(math.log2(math.sqrt(rows)))))


def normalised(vectors: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return rows of length 1; rows of zeros stay zeros.

    Args:
        vectors: Shape (n, d).

    Returns:
        Shape (n, d), C-contiguous.
    """
    rows = np.ascontiguousarray(vectors, np.float32)
    # in float64: the square of a large float32 overflows
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))[:, None]
    return np.ascontiguousarray(rows / np.where(norms > 0, norms, 1), np.float32)


def train_centroids(sample: npt.ArrayLike, clusters: int, *, seed: int = 0) -> npt.NDArray[np.float32]:
    """Train a spherical k-means (Dhillon and Modha, 2001) by FAISS.

    Args:
        sample: Shape (s, d), s at least ``clusters``: rows drawn at random.
        clusters: How many.
        seed: Of the start.

    Returns:
        Shape (clusters, d), each of length 1.
    """
    rows = normalised(sample)
    kmeans = faiss.Kmeans(
        rows.shape[1],
        clusters,
        niter=ROUNDS,
        spherical=True,
        seed=seed + 1,
        min_points_per_centroid=1,
        max_points_per_centroid=2 * SAMPLE_PER_CLUSTER,
    )
    kmeans.train(rows)
    return neighbourly(normalised(kmeans.centroids), seed=seed)


def neighbourly(centroids: npt.NDArray[np.float32], *, seed: int = 0) -> npt.NDArray[np.float32]:
    """Order centroids so that like ones follow one another: clusters with few matching rows are searched together.

    Args:
        centroids: Shape (c, d), each of length 1.
        seed: Of the start.

    Returns:
        Shape (c, d): the same, group by group, each group from its middle outwards.
    """
    groups = faiss.Kmeans(
        centroids.shape[1],
        max(math.isqrt(len(centroids)), 1),
        niter=10,
        spherical=True,
        seed=seed + 1,
        min_points_per_centroid=1,
    )
    groups.train(centroids)
    near, group = groups.index.search(centroids, 1)
    return np.ascontiguousarray(centroids[np.lexsort((-near[:, 0], group[:, 0]))])


def assign(vectors: npt.ArrayLike, centroids: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    """Return the cluster of each row: the centroid of the largest inner product.

    Args:
        vectors: Shape (n, d).
        centroids: Shape (c, d).

    Returns:
        Shape (n,).
    """
    rows = np.ascontiguousarray(vectors, np.float32)
    coarse = faiss.IndexFlatIP(centroids.shape[1])
    coarse.add(np.ascontiguousarray(centroids, np.float32))
    found = np.empty(len(rows), np.int32)
    for start in range(0, len(rows), _PART):
        found[start : start + _PART] = coarse.search(rows[start : start + _PART], 1)[1][:, 0]
    return found
