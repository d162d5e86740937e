"""Rows a few thousand at a time over a few threads: each chunk is computed alone, whatever the number of threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vibekit.student.base import Vectors

ROWS = 2048
"""Rows computed at once: hidden layers stay in the cache of the processor."""
NOT_FINITE: dict[int, tuple[Any, int, int]] = {2: (np.uint16, 0x7FFF, 0x7C00), 4: (np.uint32, 0x7FFFFFFF, 0x7F800000)}
"""Bytes of a float -> its integer type, all bits but the sign, and the least such value of infinities and NaN."""


class Chunks:
    """Maps vectors to probabilities chunk by chunk.

    Args:
        compute: (n, d) vectors, as stored, to (n, columns) float32; called from several threads.
        outputs: Columns.
        threads: Chunks computed at the same time.
    """

    def __init__(self, compute: Callable[[Any], NDArray[np.float32]], *, outputs: int, threads: int) -> None:
        self._compute = compute
        self._outputs = outputs
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def __call__(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return (n, columns) probabilities; NaN for a row whose vector is not finite."""
        found = np.empty((len(vectors), self._outputs), np.float32)

        def one(start: int) -> None:
            part = vectors[start : start + ROWS]
            finite = finite_rows(part)
            held = found[start : start + ROWS]
            held[...] = self._compute(part if finite is None else np.where(finite[:, None], part, part.dtype.type(0)))
            if finite is not None:
                held[~finite] = np.nan

        starts = range(0, len(vectors), ROWS)
        for _ in map(one, starts) if self._pool is None else self._pool.map(one, starts):
            pass
        return found


def finite_rows(vectors: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Return which rows are finite; None when all are, which is found out by their bits, at the speed of reading.

    A runtime cannot be left to find out: a ReLU may turn NaN into 0, and rounding turns it into any integer.
    """
    kind, bits, least = NOT_FINITE[vectors.dtype.itemsize]
    size = np.bitwise_and(vectors.view(kind), kind(bits))
    if size.max(initial=0) < least:
        return None
    return np.asarray(size.max(axis=1) < least)
