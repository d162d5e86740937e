"""Which videos must stay together: those of a creator, and near-duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.student.knn import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAR = 0.98
"""Cosine of standardised embeddings from which two videos count as one."""
TABLES = 10
BITS = 16
WINDOW = 8
"""Neighbours in a bucket that a video is held against: a bucket of many videos costs no more than its length."""
BLOCK = 65_536
SEED = 98


def near_duplicates(x: NDArray[np.float32], *, near: float = NEAR) -> NDArray[np.int64]:
    """Return pairs of near-duplicates: shape (m, 2).

    Random hyperplanes put rows into buckets (Charikar, STOC 2002); within a bucket rows are put in the order of one
    more projection and held against the next ones. At a cosine of .98 a plane parts two rows 6 % of the time: sixteen
    planes keep them together with .34, and one of ten tables does with .98. Equal rows are always found.

    Args:
        x: Shape (n, d), standardised: without their common mean all embeddings of a network point the same way.
        near: Cosine from which two are near.
    """
    n, dim = x.shape
    random = np.random.default_rng(SEED)
    found: list[NDArray[np.int64]] = []
    rows = unit(x)
    bits = (1 << np.arange(BITS, dtype=np.int64)).astype(np.int64)
    for _ in range(TABLES):
        planes = random.standard_normal((dim, BITS + 1)).astype(np.float32)
        projected = np.concatenate([rows[i : i + BLOCK] @ planes for i in range(0, n, BLOCK)])
        bucket = (projected[:, :BITS] > 0).astype(np.int64) @ bits
        order = np.lexsort((projected[:, BITS], bucket))
        for step in range(1, min(WINDOW, n - 1) + 1):
            one, other = order[:-step], order[step:]
            same = bucket[one] == bucket[other]
            one, other = one[same], other[same]
            for start in range(0, len(one), BLOCK):
                a, b = one[start : start + BLOCK], other[start : start + BLOCK]
                close = np.einsum("ij,ij->i", rows[a], rows[b]) >= near
                found.append(np.stack([a[close], b[close]], axis=1))
    return np.concatenate(found) if found else np.zeros((0, 2), np.int64)


def joined(group: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return codes 0 .. g - 1 in which the groups of every pair are one.

    Args:
        group: Shape (n,): codes, none negative.
        pairs: Shape (m, 2): rows that belong together.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, codes = np.unique(group, return_inverse=True)
    size = int(codes.max(initial=-1)) + 1
    links = coo_array((np.ones(len(pairs), np.int8), (codes[pairs[:, 0]], codes[pairs[:, 1]])), shape=(size, size))
    _, component = connected_components(links, directed=False)
    return np.asarray(component[codes], np.int64)
