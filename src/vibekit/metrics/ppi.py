"""Prediction-powered inference: a mean over a corpus from many predictions and few trusted labels."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.core.score_parts import Corpus
from vibekit.metrics.blind import hidden_positives
from vibekit.metrics.interval import Z95, t95, wilson
from vibekit.metrics.ratio import BELOW, Parts, ratio_estimate, variance_of_sums
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.metrics.sample import Sample
    from vibekit.metrics.units import Units

NO_ERROR = "the predictions are right on every golden video: the interval is that of the golden labels alone"
FEW = 5
"""Fewer wrong videos say little of how often the predictions are wrong."""
ONE_SIDED = "golden labels of one kind only: the interval is that of the golden labels alone"


def prevalence(sample: Sample, corpus: NDArray[np.float64], *, corpus_group: NDArray[np.int64] | None = None) -> Corpus:
    """Estimate how common the attribute is in the corpus that the golden set was drawn from.

    PPI++ (Angelopoulos, Duchi and Zrnic, arXiv 2311.01453): power x mean of the predictions over the corpus, plus the
    mean of (truth - power x prediction) over the golden set, here weighted by inclusion probability (Hájek) with its
    variance linearised over groups within strata. The power is what makes the variance smallest, kept in [0, 1]: with
    it the result is not wider than the golden labels alone, but for chance. The corpus counts as drawn from a larger
    one, as in the paper; that golden videos are among it does not matter, because at the best power their truth left
    over is not correlated with their prediction.

    Args:
        sample: The golden videos with a prediction: a probability sample of the corpus. ``predicted`` is what is used.
        corpus: Shape (N,): prediction of every video of the corpus, 0 or 1.
        corpus_group: Shape (N,): codes of creator or series of the corpus; None for every video on its own.
    """
    units = units_of(sample.group, sample.stratum)
    n = len(corpus)
    if len(sample.truth) == 0 or n == 0:
        return Corpus(n=n, note="no golden videos with a prediction" if n else "no predictions in the corpus")
    weight, y, f = sample.weight, sample.truth.astype(np.float64), sample.predicted.astype(np.float64)
    hidden = hidden_positives(sample) / float(weight.sum())
    human = _higher(ratio_estimate(Parts(top=weight * y, bottom=weight), units, undefined="no golden videos"), hidden)
    result = Corpus(n=n, predicted=float(corpus.mean()), human_only=human)
    if units.df < 1:
        return replace(result, note="one group only in the golden set: no interval")
    wrong = int((sample.truth != sample.predicted).sum())
    ends = _linear(weight, y, units), _linear(weight, f, units)
    found = _both(result, *ends, units, _variance(corpus, corpus_group))
    found = replace(found, ppi=_higher(found.ppi, hidden))
    if sample.truth.all() or not sample.truth.any():
        return replace(found, ppi=_no_narrower(found.ppi, human), note=ONE_SIDED)
    if wrong == 0:
        # what has never been seen to be wrong shows no variance, and may be wrong in 3 of n all the same
        return replace(found, ppi=_no_narrower(found.ppi, human), note=NO_ERROR)
    return found if wrong >= FEW or found.note else replace(found, note=f"rests on {wrong} wrong golden videos only")


def _both(
    result: Corpus,
    truth: tuple[float, NDArray[np.float64]],
    predicted: tuple[float, NDArray[np.float64]],
    units: Units,
    of_corpus: float,
) -> Corpus:
    assert result.predicted is not None
    matrix = variance_of_sums(np.stack([truth[1], predicted[1]], axis=1), units)
    yy, yf, ff = float(matrix[0, 0]), float(matrix[0, 1]), float(matrix[1, 1])
    power = min(1.0, max(0.0, yf / (ff + of_corpus))) if ff + of_corpus > 0 else 0.0
    value = power * result.predicted + truth[0] - power * predicted[0]
    left = max(0.0, yy - 2 * power * yf + power * power * ff)
    inside = min(1.0, max(0.0, value))
    se = sqrt(left + power * power * of_corpus)
    if se < BELOW:
        return replace(result, ppi=_no_narrower(Estimate(value=inside), result.human_only), power=power)
    note = "" if value == inside else f"the estimate {value:.4f} lies outside 0 to 1 and was moved to the end"
    return replace(result, ppi=_around(inside, se, units.df), power=power, note=note)


def _around(value: float, se: float, df: int) -> Estimate:
    """Return the score interval of a share with this standard error: never outside 0 to 1."""
    size = value * (1 - value) / (se * se) * (Z95 / t95(df)) ** 2
    if size < 1:
        return Estimate(value=value, low=max(0.0, value - t95(df) * se), high=min(1.0, value + t95(df) * se))
    return replace(wilson(value * size, size), value=value)


def _higher(found: Estimate, hidden: float) -> Estimate:
    """Move the upper end out to what strata without a golden positive may hide."""
    if not hidden or found.value is None or found.high is None:
        return found
    return replace(found, high=min(1.0, max(found.high, found.value + hidden)))


def _no_narrower(found: Estimate, human: Estimate) -> Estimate:
    if found.value is None or human.low is None or human.high is None:
        return replace(found, note=human.note)
    return Estimate(value=found.value, low=min(human.low, found.value), high=max(human.high, found.value))


def _linear(
    weight: NDArray[np.float64], column: NDArray[np.float64], units: Units
) -> tuple[float, NDArray[np.float64]]:
    """Return the weighted mean, and by unit how far its videos move it."""
    whole = float(weight.sum())
    mean = float((weight * column).sum()) / whole
    return mean, units.total(weight * (column - mean) / whole)


def _variance(corpus: NDArray[np.float64], group: NDArray[np.int64] | None) -> float:
    if len(corpus) < 2:
        return 0.0
    if group is None:
        return float(corpus.var(ddof=1)) / len(corpus)
    units = units_of(group)
    moved = units.total((corpus - corpus.mean()) / len(corpus))
    return float(variance_of_sums(moved[:, None], units)[0, 0])
