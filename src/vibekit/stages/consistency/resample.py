"""Bootstrap intervals: the videos are drawn again and again, with replacement and with a fixed seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROUNDS = 2000
"""Samples of the bootstrap: the ends of a 95 % interval settle to about two digits."""
SEED = 20_201
BLOCK = 4_000_000
"""Numbers that are drawn at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its 95 % interval.

    Attributes:
        value: None when it is not defined.
        low: Lower end; None when the sample has no variation to draw from, which is not the same as certainty.
        high: Upper end.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None


def of_counts(
    counts: Mapping[tuple[str, str], int], statistic: Callable[[Mapping[tuple[str, str], int]], float | None]
) -> Estimate:
    """Return a statistic of counted pairs with its percentile interval (Efron and Tibshirani 1993, chapter 13).

    Drawing n videos with replacement and counting their pairs is a multinomial draw of the counts.

    Args:
        counts: (first label, second label) -> number of videos.
        statistic: May return None where it is not defined; such draws are left out of the interval.
    """
    value = statistic(counts)
    n = sum(counts.values())
    if value is None or len(counts) < 2:
        return Estimate(value=value)
    pairs = list(counts)
    shares = np.array([counts[pair] for pair in pairs], dtype=np.float64) / n
    draws = np.random.default_rng(SEED).multinomial(n, shares, size=ROUNDS)
    results = [statistic({p: int(k) for p, k in zip(pairs, draw, strict=True) if k}) for draw in draws]
    defined = [r for r in results if r is not None]
    return _with_ends(value, defined) if 2 * len(defined) > ROUNDS else Estimate(value=value)


def of_mean(values: Sequence[float]) -> Estimate:
    """Return a mean with its percentile interval; ``values`` has one number a video."""
    n = len(values)
    if n == 0:
        return Estimate()
    column = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(SEED)
    rows = max(1, BLOCK // n)
    means: list[float] = []
    while len(means) < ROUNDS:
        size = min(rows, ROUNDS - len(means))
        means += column[random.integers(0, n, size=(size, n))].mean(axis=1).tolist()
    return _with_ends(float(column.mean()), means)


def _with_ends(value: float, draws: Sequence[float]) -> Estimate:
    low, high = (float(end) for end in np.percentile(np.asarray(draws), [2.5, 97.5]))
    return Estimate(value=value) if low == high == value else Estimate(value=value, low=low, high=high)
