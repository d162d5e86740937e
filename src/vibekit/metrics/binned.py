"""Draws of areas under curves from binned scores: what is drawn is the weight of groups, not a sorted list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.areas import areas
from vibekit.metrics.resample import DRAWS, LARGE, SEED, resample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from vibekit.metrics.sample import Sample
    from vibekit.metrics.units import Units

BINS = 512
"""Bins of scores; with as many distinct scores or fewer nothing is lost."""
ROWS = 500
"""Draws whose areas are computed at once."""


def drawn_areas(
    sample: Sample,
    units: Units,
    exact: Mapping[str, NDArray[np.float64]],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> dict[str, NDArray[np.float64]]:
    """Return the areas of every draw, shifted so that the undrawn bins would give the exact areas: shapes (draws,).

    Args:
        sample: All with a probability.
        units: What is drawn.
        exact: Areas of the sample: arrays of shape (1,).
        draws: How many.
        seed: Of the random numbers.
    """
    assert sample.probability is not None
    bins, n = bin_of(sample.probability)
    matrix = by_bin(sample, units, bins, n)
    drawn = resample(units, matrix, draws=draws, seed=seed)
    found = [areas(part[:, :n], part[:, n:]) for part in np.array_split(drawn, max(1, draws // ROWS))]
    whole = np.asarray(matrix.sum(axis=1), dtype=np.float64).reshape(1, -1)
    plain = areas(whole[:, :n], whole[:, n:])
    return {
        name: np.concatenate([part[name] for part in found]) + (float(exact[name][0]) - float(plain[name][0]))
        for name in plain
    }


def bin_of(probability: NDArray[np.float64], bins: int = BINS) -> tuple[NDArray[np.int64], int]:
    """Return the bin of every score, 0 for the highest, and how many there are: distinct scores or equal shares."""
    some = probability[:: max(1, len(probability) // 200_000)]
    edges = np.unique(np.quantile(some, np.linspace(0, 1, bins + 1), method="inverted_cdf"))
    if len(probability) <= bins or len(edges) < bins // 2:
        known = np.unique(probability)
        if len(known) <= bins:
            edges = known
    place = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 1)
    return (len(edges) - 1 - place).astype(np.int64), len(edges)


def by_bin(sample: Sample, units: Units, bins: NDArray[np.int64], n: int) -> csr_matrix:
    """Return the weight of true videos, then of false ones, by bin and unit: sparse, shape (2 n, u)."""
    from scipy.sparse import csr_matrix

    kind = np.float32 if units.n >= LARGE else np.float64
    row = bins + np.where(sample.truth, 0, n)
    return csr_matrix((sample.weight.astype(kind), (row, units.unit)), shape=(2 * n, units.n))
