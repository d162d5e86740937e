"""Bootstrap intervals: the videos are drawn again and again, with replacement and with a fixed seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.metrics.item_bootstrap import MOSTLY_UNDEFINED, NO_VARIATION
from vibekit.metrics.resample import DRAWS, SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BLOCK = 4_000_000
"""Numbers that are drawn at once."""
ONE_LABEL = "undefined: there is one label only"
NOTHING = "undefined: there is nothing to compare"


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
    if value is None:
        return Estimate(note=ONE_LABEL if n else NOTHING)
    if len(counts) < 2:
        return Estimate(value=value, note=NO_VARIATION)
    pairs = list(counts)
    shares = np.array([counts[pair] for pair in pairs], dtype=np.float64) / n
    draws = np.random.default_rng(SEED).multinomial(n, shares, size=DRAWS)
    results = [statistic({p: int(k) for p, k in zip(pairs, draw, strict=True) if k}) for draw in draws]
    defined = [r for r in results if r is not None]
    return _with_ends(value, defined) if 2 * len(defined) > DRAWS else Estimate(value=value, note=MOSTLY_UNDEFINED)


def of_mean(values: Sequence[float]) -> Estimate:
    """Return a mean with its percentile interval; ``values`` has one number a video."""
    n = len(values)
    if n == 0:
        return Estimate(note=NOTHING)
    column = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(SEED)
    rows = max(1, BLOCK // n)
    means: list[float] = []
    while len(means) < DRAWS:
        size = min(rows, DRAWS - len(means))
        means += column[random.integers(0, n, size=(size, n))].mean(axis=1).tolist()
    return _with_ends(float(column.mean()), means)


def _with_ends(value: float, draws: Sequence[float]) -> Estimate:
    low, high = (float(end) for end in np.percentile(np.asarray(draws), [2.5, 97.5]))
    if low == high == value:
        return Estimate(value=value, note=NO_VARIATION)
    return Estimate(value=value, low=low, high=high)
