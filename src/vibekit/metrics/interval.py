"""Intervals of shares in closed form: Wilson, Clopper and Pearson, Newcombe."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from vibekit.core.estimate import Estimate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z95 = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""
NO_VIDEOS = "no videos"


def wilson(k: float, n: float, *, z: float = Z95) -> Estimate:
    """Return ``k / n`` with the score interval (Wilson, JASA 22:209-212, 1927; no continuity correction).

    Args:
        k: Successes; may be a fraction where n is an effective size.
        n: Trials; 0 gives an undefined estimate.
        z: Normal quantile, 1.96 for 95 %.
    """
    if n <= 0:
        return Estimate(note=NO_VIDEOS)
    p, z2 = k / n, z * z
    centre, scale = p + z2 / (2 * n), 1 + z2 / n
    half = z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    # rounding must not carry an end outside of 0 to 1, nor a bound of 0 above the lower end
    low = 0.0 if k <= 0 else max(0.0, (centre - half) / scale)
    high = 1.0 if k >= n else min(1.0, (centre + half) / scale)
    return Estimate(value=p, low=low, high=high)


def clopper_pearson(k: int, n: int, *, level: float = 0.95) -> Estimate:
    """Return ``k / n`` with the exact interval (Clopper and Pearson, Biometrika 26:404-413, 1934)."""
    from scipy.special import betaincinv

    if n <= 0:
        return Estimate(note=NO_VIDEOS)
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return Estimate(value=k / n, low=low, high=high)


def newcombe(k1: float, n1: float, k2: float, n2: float) -> Estimate:
    """Return ``k1 / n1 - k2 / n2`` of independent samples (Newcombe, Stat. Med. 17:873-890, 1998, method 10)."""
    first, second = wilson(k1, n1), wilson(k2, n2)
    if first.value is None or second.value is None:
        return Estimate(note=NO_VIDEOS)
    assert first.low is not None
    assert first.high is not None
    assert second.low is not None
    assert second.high is not None
    value = first.value - second.value
    low = value - sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2)
    high = value + sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2)
    return Estimate(value=value, low=low, high=high)


def kish(weight: NDArray[np.float64]) -> float:
    """Return how many equally weighted videos tell as much: (sum w)^2 / sum w^2 (Kish, Survey Sampling, 1965)."""
    squares = float((weight * weight).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def t95(df: int) -> float:
    """Return Student's two-sided 95 % quantile; ``df`` is at least 1."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.975))
