"""How well probabilities put true videos first: areas under the ROC and precision-recall curves, and the curves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.core.score_parts import Curve
from vibekit.metrics.areas import Levels, areas
from vibekit.metrics.binned import drawn_areas
from vibekit.metrics.interval import Z95, kish, t95, wilson
from vibekit.metrics.percentile import NO_VARIATION, percentile
from vibekit.metrics.resample import DRAWS, SEED
from vibekit.metrics.units import sums, units_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.metrics.sample import Sample
    from vibekit.metrics.units import Units

POINTS = 200
"""Most points of a curve."""
NOBODY = float(np.nextafter(1.0, 2.0))
"""A threshold that no probability reaches; unlike infinity it can be written as JSON."""
AREAS = ("roc_auc", "average_precision", "pr_auc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How well probabilities rank.

    Attributes:
        roc_auc: Chance that a true video has a higher probability than a false one, ties one half.
        average_precision: Area under the precision-recall curve as a step function.
        pr_auc: The same by trapezoids, which is too hopeful between distant points.
        pr: Precision-recall curve; None without both truths.
        roc: ROC curve; None without both truths.
        n: Videos with a probability.
        without: Videos that have none and are not in it.
    """

    roc_auc: Estimate
    average_precision: Estimate
    pr_auc: Estimate
    pr: Curve | None
    roc: Curve | None
    n: int
    without: int


def ranking(sample: Sample, *, draws: int = DRAWS, seed: int = SEED) -> Ranking:
    """Compute the areas with 95 % intervals, and both curves.

    The values are exact. The intervals draw groups again over scores that are put into at most 512 bins of equal
    numbers of videos; what the bins shift the areas by is taken off the draws.

    Args:
        sample: With probabilities; videos with NaN are left out and counted.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    kept, without = with_probability(sample)
    n = len(kept.truth)
    reason = "no probabilities" if n == 0 else "golden labels of one kind only"
    if n == 0 or kept.truth.all() or not kept.truth.any():
        none = Estimate(note=reason)
        return Ranking(roc_auc=none, average_precision=none, pr_auc=none, pr=None, roc=None, n=n, without=without)
    levels = levels_of(kept)
    units = units_of(kept.group, kept.stratum)
    exact = areas(levels.true[None, :], levels.false[None, :])
    drawn = drawn_areas(kept, units, exact, draws=draws, seed=seed) if units.df > 0 else exact
    found = {
        name: _with_ends(percentile(float(exact[name][0]), drawn[name], df=units.df), kept, units) for name in AREAS
    }
    pr, roc = curves(levels)
    return Ranking(**found, pr=pr, roc=roc, n=n, without=without)


def with_probability(sample: Sample) -> tuple[Sample, int]:
    """Return the videos that have a probability, and how many have none."""
    probability = sample.probability
    if probability is None:
        probability = np.full(len(sample.truth), np.nan)
    known = np.isfinite(probability)
    if known.all():
        return sample, 0
    return replace(sample, probability=probability).only(known), int((~known).sum())


def levels_of(sample: Sample) -> Levels:
    """Sum the weights of true and false videos at every distinct probability, the highest first."""
    assert sample.probability is not None
    order = np.argsort(-sample.probability, kind="stable")
    score, truth, weight = sample.probability[order], sample.truth[order], sample.weight[order]
    place = np.cumsum(np.concatenate([[False], score[1:] != score[:-1]])).astype(np.int64)
    n = int(place[-1]) + 1
    first = np.concatenate([[0], np.flatnonzero(np.diff(place)) + 1])
    return Levels(score=score[first], true=sums(place, weight * truth, n), false=sums(place, weight * ~truth, n))


def curves(levels: Levels) -> tuple[Curve, Curve]:
    """Return the precision-recall and the ROC curve, at most 200 points each, evenly spread along the curve."""
    tp, fp = np.cumsum(levels.true), np.cumsum(levels.false)
    recall, precision, alarms = tp / tp[-1], tp / (tp + fp), fp / fp[-1]
    pr = _curve(recall, precision, levels.score)
    roc = _curve(
        np.concatenate([[0.0], alarms]), np.concatenate([[0.0], recall]), np.concatenate([[NOBODY], levels.score])
    )
    return pr, roc


def _curve(x: NDArray[np.float64], y: NDArray[np.float64], threshold: NDArray[np.float64]) -> Curve:
    way = np.cumsum(np.abs(np.diff(x, prepend=x[0])) + np.abs(np.diff(y, prepend=y[0])))
    if len(x) > POINTS:
        wanted = np.linspace(0, way[-1], POINTS)
        at = np.unique(np.clip(np.searchsorted(way, wanted), 0, len(x) - 1))
        x, y, threshold = x[at], y[at], threshold[at]
    return Curve(x=tuple(x.tolist()), y=tuple(y.tolist()), threshold=tuple(threshold.tolist()))


def _with_ends(estimate: Estimate, sample: Sample, units: Units) -> Estimate:
    """Give a perfect ranking an interval too: Wilson on the effective number of the rarer truth, groups as one."""
    if estimate.note != NO_VARIATION or estimate.value is None:
        return estimate
    size = min(kish(units.total(sample.weight * side)) for side in (sample.truth, ~sample.truth))
    ends = wilson(estimate.value * size, size, z=max(Z95, t95(units.df)))
    return Estimate(value=estimate.value, low=ends.low, high=ends.high)
