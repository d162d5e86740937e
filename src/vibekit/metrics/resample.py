"""The bootstrap of groups: sums over groups drawn again and again, in blocks of bounded memory."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from vibekit.metrics.units import Units

DRAWS = 2000
"""Draws of the bootstrap: the ends of a 95 % interval settle to about two digits."""
SEED = 20_201
BLOCK = 8_000_000
"""Numbers of a block of draws: 64 MB."""
NARROW = 64
"""Draws of a block that meets a sparse matrix: so many numbers of a unit lie beside each other in the CPU's cache."""
LARGE = 10_000
"""From so many units sums are made in single precision: its error is far below that of 2,000 draws."""
KEPT = 150_000_000
"""Counts that are kept for the next sample with the same units, one byte each."""


def resample(
    units: Units, totals: NDArray[np.float64] | csr_matrix, *, draws: int = DRAWS, seed: int = SEED
) -> NDArray[np.float64]:
    """Return the totals of every draw: shape (draws, k).

    Of a stratum with m units, m - 1 are drawn with replacement and counted m / (m - 1) times, which makes the variance
    of sums the unbiased one also where m is small (Rao and Wu, JASA 83:231-241, 1988). As many units in as many strata,
    draws and seed give the same draws: that is what pairs two systems.

    Args:
        units: What is drawn; at least one.
        totals: Shape (u, k): sums over the videos of every unit. A sparse matrix has shape (k, u), the other way
            round: its rows are then what is summed.
        draws: How many.
        seed: Of the random numbers.
    """
    kind: type[np.floating[Any]] = np.float32 if units.n >= LARGE else np.float64
    sizes = np.bincount(units.stratum, minlength=units.strata)
    factor = np.where(sizes > 1, sizes / np.maximum(sizes - 1, 1), 1.0)[units.stratum].astype(kind)
    blocks = _blocks(units, draws, seed)
    if isinstance(totals, np.ndarray):
        scaled: NDArray[Any] = totals.astype(kind) * factor[:, None]
        parts = [block.astype(kind) @ scaled for block in blocks]
    else:
        from scipy.sparse import csr_matrix

        rows = csr_matrix(totals.multiply(factor[None, :]), dtype=kind)
        parts = [(rows @ np.ascontiguousarray(narrow.T, dtype=kind)).T for block in blocks for narrow in _narrow(block)]
    return np.concatenate(parts).astype(np.float64, copy=False)


def weights(units: Units, *, draws: int = DRAWS, seed: int = SEED) -> Iterator[NDArray[np.float64]]:
    """Yield the same draws as what each unit counts, block by block of shape (b, u), for totals too wide to be kept."""
    sizes = np.bincount(units.stratum, minlength=units.strata)
    factor = np.where(sizes > 1, sizes / np.maximum(sizes - 1, 1), 1.0)[units.stratum]
    for block in _blocks(units, draws, seed):
        yield np.multiply(block, factor, dtype=np.float64)


def _narrow(block: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(block), NARROW):
        yield block[start : start + NARROW]


def _blocks(units: Units, draws: int, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Yield how often every unit is taken, draw by draw: blocks of shape (b, u)."""
    stratum = b"" if units.strata == 1 else units.stratum.astype(np.int32).tobytes()
    if draws * units.n <= KEPT:
        counts = _counts(units.n, stratum, draws, seed)
        size = max(1, BLOCK // max(units.n, 1))
        for start in range(0, draws, size):
            yield counts[start : start + size]
        return
    yield from _fresh(units.n, stratum, draws, seed)


@lru_cache(maxsize=1)
def _counts(n: int, stratum: bytes, draws: int, seed: int) -> NDArray[np.uint8]:
    counts = np.concatenate(list(_fresh(n, stratum, draws, seed)))
    counts.setflags(write=False)
    return counts


def _fresh(n: int, stratum: bytes, draws: int, seed: int) -> Iterator[NDArray[np.uint8]]:
    random = np.random.default_rng(seed)
    codes = np.frombuffer(stratum, dtype=np.int32) if stratum else np.zeros(n, dtype=np.int32)
    order = np.argsort(codes, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    size = max(1, BLOCK // max(n, 1))
    for start in range(0, draws, size):
        rows = min(size, draws - start)
        if len(members) == 1 and n > 1:
            yield _drawn(random, rows, n)
            continue
        block = np.ones((rows, n), dtype=np.uint8)
        for places in members:
            if len(places) > 1:
                block[:, places] = _drawn(random, rows, len(places))
        yield block


def _drawn(random: np.random.Generator, rows: int, m: int) -> NDArray[np.uint8]:
    taken = random.integers(0, m, size=(rows, m - 1), dtype=np.int64)
    taken += np.arange(rows, dtype=np.int64)[:, None] * m
    # a count above 255 would be 255 units of m - 1 falling on one place: it does not happen
    return np.bincount(taken.ravel(), minlength=rows * m).reshape(rows, m).astype(np.uint8)
