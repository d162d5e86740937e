"""The baseline without training: the mean label of the nearest labelled videos, by cosine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vibekit.student.target import Target

NEIGHBOURS = 7
BLOCK = 1024
MOST = 10_000
"""Labelled videos that are looked through; more are drawn from at random."""
ASKED = 4_000
"""Test videos that are asked about, and held-out ones: a baseline needs no more."""


def unit(x: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return rows of length one; zero rows stay zero."""
    rows = x.astype(np.float32)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1), np.float32)


def nearest_labels(
    known: NDArray[np.float32], targets: Sequence[Target], asked: NDArray[np.float32], *, k: int = NEIGHBOURS
) -> dict[str, NDArray[np.float64]]:
    """Return the weighted mean label of the k nearest labelled videos: name -> shape (m, width).

    Args:
        known: Shape (n, d): standardised rows of labelled videos.
        targets: Of these n videos.
        asked: Shape (m, d).
        k: How many neighbours.
    """
    base = unit(known)
    found = {t.name: np.zeros((len(asked), t.width)) for t in targets}
    for start in range(0, len(asked), BLOCK):
        part = slice(start, min(len(asked), start + BLOCK))
        near = unit(asked[part]) @ base.T
        # most often all attributes have labels of the same videos: their neighbours are looked for once
        places: dict[bytes, NDArray[np.int64]] = {}
        for target in targets:
            mask = target.known
            key = mask.tobytes()
            if key not in places:
                places[key] = _nearest(near, np.flatnonzero(mask), k)
            found[target.name][part] = _votes(places[key], target)
    return found


def _nearest(near: NDArray[np.float32], labelled: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """Return the labelled videos with the highest cosines: shape (m, at most k)."""
    k = min(k, len(labelled))
    if k == 0:
        return np.zeros((len(near), 0), np.int64)
    sides = near if len(labelled) == near.shape[1] else near[:, labelled]
    return np.asarray(labelled[np.argpartition(sides, len(labelled) - k, axis=1)[:, -k:]], np.int64)


def _votes(places: NDArray[np.int64], target: Target) -> NDArray[np.float64]:
    if places.shape[1] == 0:
        return np.full((len(places), target.width), 0.5 if target.is_binary else 1 / target.width)
    weight = target.weight[places].astype(np.float64)
    votes = (weight[:, :, None] * target.chance[places]).sum(axis=1) / weight.sum(axis=1, keepdims=True)
    return np.asarray(votes, np.float64)
