"""Results that do not resemble one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

CANDIDATES = 5
"""Nearest rows that are chosen from, for each result asked for."""


def spread_out(
    scores: npt.NDArray[np.float32], vectors: npt.NDArray[np.float32], k: int, diverse: float
) -> npt.NDArray[np.int64]:
    """Choose k of some rows by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

    One after another, the row of the largest ``(1 - diverse) * score - diverse * nearest``, where ``nearest`` is its
    largest inner product with a row that was chosen already. (Their lambda is ``1 - diverse``.) The first is the row
    of the best score.

    Args:
        scores: Shape (r,): of the rows, the best first.
        vectors: Shape (r, d).
        k: How many to choose.
        diverse: 0: by score alone; 1: only unlike the others.

    Returns:
        Shape (min(k, r),): numbers of the rows, in the order they were chosen.
    """
    chosen = [0] if len(scores) and k else []
    nearest = np.full(len(scores), -np.inf, np.float32)
    left = np.ones(len(scores), bool)
    while chosen and len(chosen) < min(k, len(scores)):
        left[chosen[-1]] = False
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
        gain = np.where(left, (1 - diverse) * scores - diverse * nearest, -np.inf)
        chosen.append(int(gain.argmax()))
    return np.array(chosen, np.int64)
