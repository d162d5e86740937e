"""The best of some scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt


_LONG, _BLOCK = 8192, 64
"""Scores from which on it pays to look at the maxima of blocks first: six times as fast as partitioning all of them."""


class Hits(NamedTuple):
    """What was found for each query, the best first; place -1 and score -inf where there is nothing more.

    Attributes:
        scores: Shape (q, r).
        places: Shape (q, r).
        scanned: Shape (q,): rows that were compared.
    """

    scores: npt.NDArray[np.float32]
    places: npt.NDArray[np.int64]
    scanned: npt.NDArray[np.int64]


def best(
    scores: npt.NDArray[np.float32], places: npt.NDArray[np.integer[Any]], k: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return the k largest scores of each query with their places, the best first.

    Args:
        scores: Shape (q, n).
        places: Shape (n,), or (q, n) where each query has its own.
        k: Fewer come back where n is smaller.
    """
    n = scores.shape[1]
    if n >= _LONG and _BLOCK * k <= n // 2:
        some = np.stack([_best_of_many(mine, k) for mine in scores])
        scores = np.take_along_axis(scores, some, 1)
        own = places[some] if places.ndim == 1 else np.take_along_axis(places, some, 1)
        return scores, own.astype(np.int64, copy=False)
    if len(scores) == 1:
        # one query a call is the usual case, and most of its time would be numpy's bookkeeping
        mine = scores[0]
        some = mine.argpartition(n - k)[n - k :] if k < n else np.arange(n)
        some = some[(-mine[some]).argsort()]
        own = places if places.ndim == 1 else places[0]
        return mine[some][None], own[some][None].astype(np.int64, copy=False)
    if k < n:
        top = np.argpartition(scores, n - k, axis=1)[:, n - k :]
        order = np.argsort(-np.take_along_axis(scores, top, 1), axis=1)
        top = np.take_along_axis(top, order, 1)
    else:
        top = np.argsort(-scores, axis=1)
    own = places[top] if places.ndim == 1 else np.take_along_axis(places, top, 1)
    return np.take_along_axis(scores, top, 1), own.astype(np.int64, copy=False)


def _best_of_many(scores: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int64]:
    """Return where the k largest of many scores are, the best first: they are in the k blocks with the best maxima."""
    whole = len(scores) // _BLOCK * _BLOCK
    maxima = scores[:whole].reshape(-1, _BLOCK).max(axis=1)
    least = np.partition(maxima, len(maxima) - k)[len(maxima) - k]
    some = np.flatnonzero(scores >= least)
    return some[(-scores[some]).argsort(kind="stable")[:k]]


def merged(first: Hits, second: Hits, k: int) -> Hits:
    """Return the k best of two searches of the same queries over different rows."""
    scores, places = best(
        np.concatenate([first.scores, second.scores], axis=1),
        np.concatenate([first.places, second.places], axis=1),
        k,
    )
    return Hits(scores, places, first.scanned + second.scanned)
