"""A ratio of weighted totals, with its variance by linearisation and a score interval on the effective sample size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.metrics.interval import Z95, kish, t95, wilson
from vibekit.metrics.units import FEW, sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.metrics.units import Units

ONE_UNIT = "one group only: no interval"
BELOW = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a ratio is made of, video by video.

    Attributes:
        top: Shape (n,): weighted contribution to the numerator.
        bottom: Shape (n,): weighted contribution to the denominator, never below ``top``.
    """

    top: NDArray[np.float64]
    bottom: NDArray[np.float64]


def variance_of_sums(columns: NDArray[np.float64], units: Units) -> NDArray[np.float64]:
    """Return the covariance matrix of sums over units, strata apart: sum of m / (m - 1) (z - mean z)'(z - mean z).

    Args:
        columns: Shape (u, k): sums of every unit.
        units: Their strata.
    """
    sizes = np.bincount(units.stratum, minlength=units.strata).astype(np.float64)
    means = np.stack([sums(units.stratum, c, units.strata) for c in columns.T], axis=1) / np.maximum(sizes, 1)[:, None]
    centred = columns - means[units.stratum]
    scale = np.where(sizes > 1, sizes / np.maximum(sizes - 1, 1), 0.0)[units.stratum]
    result: NDArray[np.float64] = (centred * scale[:, None]).T @ centred
    return result


def ratio_se(parts: Parts, units: Units) -> float:
    """Return the linearised standard error of ``sum(top) / sum(bottom)``, no finite population correction.

    Units are drawn with replacement within strata, as ``svyratio`` of R's survey package has it (Särndal, Swensson and
    Wretman, Model Assisted Survey Sampling, 1992, section 5.5).
    """
    below = float(parts.bottom.sum())
    rest = (parts.top - parts.bottom * (float(parts.top.sum()) / below)) / below
    return sqrt(max(0.0, float(variance_of_sums(units.total(rest)[:, None], units)[0, 0])))


def ratio_estimate(parts: Parts, units: Units, *, undefined: str) -> Estimate:
    """Return ``sum(top) / sum(bottom)``, a share, with its 95 % interval.

    Wilson's interval on the number of independent videos that have the same variance: v (1 - v) / se^2 (Korn and
    Graubard, Survey Methodology 24:193-201, 1998, who take the exact interval; Franco et al., J. Surv. Stat. Methodol.
    7:334-364, 2019). It keeps its coverage near 0 and 1 and with few errors, where percentiles of a bootstrap lose it.
    Without any error, or with nothing right, the data do not tell how alike the videos of a group are: every group
    then counts as one video (Kish's size over groups). With fewer than 30 degrees of freedom the effective size is at
    most the number of videos, and Student's t takes its part.

    Args:
        parts: Of the ratio; ``top`` is a part of ``bottom``.
        units: Of variation.
        undefined: What is said when the denominator is zero.
    """
    below = float(parts.bottom.sum())
    if below <= 0:
        return Estimate(note=undefined)
    value = min(1.0, max(0.0, float(parts.top.sum()) / below))
    if units.df < 1:
        return Estimate(value=value, note=ONE_UNIT)
    size = _effective(parts, units, value) * (Z95 / t95(units.df)) ** 2
    return replace(wilson(value * size, size), value=value)


def _effective(parts: Parts, units: Units, value: float) -> float:
    most = float(np.count_nonzero(parts.bottom))
    if value < BELOW or value > 1 - BELOW:
        return min(most, kish(units.total(parts.bottom)))
    se = ratio_se(parts, units)
    if se < BELOW:
        return most
    size = value * (1 - value) / (se * se)
    return min(most, size) if units.df < FEW else size
