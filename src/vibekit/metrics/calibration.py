"""How far probabilities can be believed: Brier score, calibration error, reliability bins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.core.score_parts import Bin
from vibekit.metrics.percentile import percentile
from vibekit.metrics.ranking import with_probability
from vibekit.metrics.ratio import Parts, ratio_estimate
from vibekit.metrics.resample import DRAWS, SEED, resample
from vibekit.metrics.units import sums, units_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.metrics.sample import Sample
    from vibekit.metrics.units import Units

BINS = 10
"""Bins of equal width."""
NONE = "no probabilities"
CHANCE = 97.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How far probabilities can be believed.

    Attributes:
        brier: Mean squared difference of probability and truth.
        ece: Expected calibration error: mean distance of the mean probability and the share of true videos in a bin.
        mce: Largest such distance.
        bins: Bins with videos.
        n: Videos with a probability.
        without: Videos that have none and are not in it.
    """

    brier: Estimate
    ece: Estimate
    mce: Estimate
    bins: tuple[Bin, ...]
    n: int
    without: int


def reliability(sample: Sample, *, bins: int = BINS, draws: int = DRAWS, seed: int = SEED) -> Reliability:
    """Compute Brier score, calibration errors and bins, weighted, with 95 % intervals from drawn groups.

    Bins are [k / bins, (k + 1) / bins), the last one closed (Naeini, Cooper and Hauskrecht, AAAI 2015; Guo et al.,
    ICML 2017). The calibration errors are too large by chance, as they are means of distances, and in draws of the
    bootstrap they are too large by as much again: their intervals are mirrored at the value to take that off
    (Davison and Hinkley, Bootstrap Methods, 1997, section 5.2). They begin at 0 where probabilities without any
    error would show as large a one in one of forty samples of this size.

    Args:
        sample: With probabilities; videos with NaN are left out and counted.
        bins: How many.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    kept, without = with_probability(sample)
    n = len(kept.truth)
    if n == 0 or kept.probability is None:
        none = Estimate(note=NONE)
        return Reliability(brier=none, ece=none, mce=none, bins=(), n=0, without=without)
    units = units_of(kept.group, kept.stratum)
    place = bin_of(kept.probability, bins)
    totals = calibration_totals(kept, units, place, bins)
    whole = totals.sum(axis=0).reshape(1, -1)
    value = calibration_of(whole, bins)
    drawn = resample(units, totals, draws=draws, seed=seed) if units.df > 0 else whole
    found, chance = calibration_of(drawn, bins), calibration_of(_calibrated(whole, drawn, bins), bins)
    return Reliability(
        brier=percentile(float(value["brier"][0]), found["brier"], df=units.df),
        ece=_mirrored(float(value["ece"][0]), found["ece"], chance["ece"], units.df),
        mce=_mirrored(float(value["mce"][0]), found["mce"], chance["mce"], units.df),
        bins=_bins(kept, place, bins),
        n=n,
        without=without,
    )


def bin_of(probability: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    """Return the bin of equal width that every probability falls into; 1 belongs to the last one."""
    edges = np.arange(1, bins) / bins
    return np.searchsorted(edges, probability, side="right").astype(np.int64)


def calibration_totals(sample: Sample, units: Units, place: NDArray[np.int64], bins: int) -> NDArray[np.float64]:
    """Return sums by unit: squared errors, then the weight in every bin, then probability less truth in every bin.

    Args:
        sample: All with a probability.
        units: Of variation.
        place: Bin of every video.
        bins: How many.

    Returns:
        Shape (u, 1 + 2 bins).
    """
    assert sample.probability is not None
    off = sample.probability - sample.truth
    where, size = units.unit * bins + place, units.n * bins
    return np.concatenate(
        [
            units.total(sample.weight * off * off)[:, None],
            sums(where, sample.weight, size).reshape(units.n, bins),
            sums(where, sample.weight * off, size).reshape(units.n, bins),
        ],
        axis=1,
    )


def calibration_of(totals: NDArray[np.float64], bins: int) -> dict[str, NDArray[np.float64]]:
    """Return brier, ece and mce of totals of shape (r, 1 + 2 bins): arrays of shape (r,), NaN without weight."""
    weight, gap = totals[:, 1 : 1 + bins], np.abs(totals[:, 1 + bins :])
    whole = weight.sum(axis=1)
    there = whole > 0
    whole = np.where(there, whole, 1)
    of_bin = np.divide(gap, weight, out=np.zeros_like(gap), where=weight > 0)
    found = {"brier": totals[:, 0] / whole, "ece": gap.sum(axis=1) / whole, "mce": of_bin.max(axis=1)}
    return {name: np.where(there, value, np.nan) for name, value in found.items()}


def _calibrated(whole: NDArray[np.float64], drawn: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Return draws as they would be were every bin calibrated: the gap of the sample is taken off each of them."""
    weight, gap = whole[:, 1 : 1 + bins], whole[:, 1 + bins :]
    of_bin = np.divide(gap, weight, out=np.zeros_like(gap), where=weight > 0)
    moved = drawn.copy()
    moved[:, 1 + bins :] -= of_bin * drawn[:, 1 : 1 + bins]
    return moved


def _mirrored(value: float, drawn: NDArray[np.float64], chance: NDArray[np.float64], df: int) -> Estimate:
    ends = percentile(value, 2 * value - drawn, df=df)
    by_chance = ends.low is not None and value <= float(np.nanpercentile(chance, CHANCE))
    return replace(ends, low=0.0) if by_chance else ends


def _bins(sample: Sample, place: NDArray[np.int64], bins: int) -> tuple[Bin, ...]:
    assert sample.probability is not None
    found = []
    for code in np.flatnonzero(np.bincount(place, minlength=bins)).tolist():
        inside = place == code
        weight = sample.weight[inside]
        stratum = None if sample.stratum is None else sample.stratum[inside]
        share = ratio_estimate(
            Parts(top=weight * sample.truth[inside], bottom=weight),
            units_of(sample.group[inside], stratum),
            undefined=NONE,
        )
        found.append(
            Bin(
                low=code / bins,
                high=(code + 1) / bins,
                n=int(inside.sum()),
                mean=float((weight * sample.probability[inside]).sum() / weight.sum()),
                share=share,
            )
        )
    return tuple(found)
