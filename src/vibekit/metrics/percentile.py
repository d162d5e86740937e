"""From draws of a bootstrap to an interval and to a p-value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.metrics.interval import t95
from vibekit.metrics.ratio import BELOW, ONE_UNIT
from vibekit.metrics.units import FEW

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENDS = (2.5, 97.5)
NO_VARIATION = "the videos do not vary: no interval"
TOO_OFTEN_UNDEFINED = "undefined in more than half of the draws: no interval"


def percentile(
    value: float | None,
    draws: NDArray[np.float64],
    *,
    df: int,
    undefined: str = "",
    within: tuple[float, float] = (0.0, 1.0),
) -> Estimate:
    """Return a value with the interval that its draws give.

    Percentiles (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13); with fewer than 30 degrees
    of freedom the standard deviation of the draws times Student's t, because percentiles of few groups are too narrow.

    Args:
        value: Of the sample itself; None where it is not defined.
        draws: Shape (r,): NaN where a draw leaves it undefined; those are left out.
        df: Degrees of freedom.
        undefined: What is said when ``value`` is None.
        within: The values that are possible.
    """
    if value is None:
        return Estimate(note=undefined)
    if df < 1:
        return Estimate(value=value, note=ONE_UNIT)
    known = draws[np.isfinite(draws)]
    if 2 * len(known) < len(draws):
        return Estimate(value=value, note=TOO_OFTEN_UNDEFINED)
    if float(np.ptp(known)) < BELOW:
        return Estimate(value=value, note=NO_VARIATION)
    if df < FEW:
        half = t95(df) * float(known.std(ddof=1))
        low, high = value - half, value + half
    else:
        low, high = (float(end) for end in np.percentile(known, ENDS))
    return Estimate(value=value, low=max(within[0], min(low, value)), high=min(within[1], max(high, value)))


def p_of(value: float | None, draws: NDArray[np.float64], *, df: int) -> float | None:
    """Return the two-sided p of the hypothesis that the value is zero, or None where it cannot be said.

    Twice the smaller share of draws on the far side of zero, the sample itself counted in (Davison and Hinkley,
    Bootstrap Methods, 1997, section 4.2): it agrees with the percentile interval, and 2,000 draws never give less
    than 0.001. With fewer than 30 degrees of freedom Student's t, as the interval.

    Args:
        value: Of the sample itself.
        draws: Shape (r,).
        df: Degrees of freedom.
    """
    known = draws[np.isfinite(draws)]
    if value is None or df < 1 or 2 * len(known) < len(draws):
        return None
    if float(np.ptp(known)) < BELOW:
        return 1.0 if abs(value) < BELOW else None
    if df < FEW:
        from scipy.special import stdtr

        return float(2 * stdtr(df, -abs(value) / float(known.std(ddof=1))))
    below, above = int((known <= 0).sum()), int((known >= 0).sum())
    return min(1.0, 2 * (min(below, above) + 1) / (len(known) + 1))
