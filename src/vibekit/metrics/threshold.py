"""The probability from which a video counts as true: for the best F1, for a precision, or for the least cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from vibekit.metrics.binary import metric
from vibekit.metrics.confusion import RATIOS, Counts, counts_of
from vibekit.metrics.ranking import levels_of, with_probability
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.estimate import Estimate
    from vibekit.metrics.areas import Levels
    from vibekit.metrics.sample import Sample

TRIED = 200
"""Most thresholds whose lower bound of precision is computed."""
SHOWN = ("precision", "recall", "f1")
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a threshold is to achieve.

    Attributes:
        kind: ``f1``: the largest F1. ``precision``: the largest recall with at least this precision. ``cost``: the
            least cost of wrong labels.
        precision: Target of ``precision``.
        lower: The lower end of the precision's 95 % interval has to reach the target, not only its value.
        fp: Cost of a false positive.
        fn: Cost of a false negative.
    """

    kind: Literal["f1", "precision", "cost"] = "f1"
    precision: float = 0.0
    lower: bool = False
    fp: float = 1.0
    fn: float = 1.0

    def __str__(self) -> str:
        if self.kind == "precision":
            return f"precision>={self.precision:g}" + (" (lower bound)" if self.lower else "")
        return f"cost fp={self.fp:g} fn={self.fn:g}" if self.kind == "cost" else "f1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A threshold, and what it gives on the videos that it was chosen on.

    Attributes:
        value: ``probability >= value`` counts as true; None when no threshold serves the goal.
        counts: Videos; None without a threshold.
        estimates: precision, recall, f1; hopeful, as the threshold was chosen on the same videos.
        cost: Cost per video (kind ``cost``).
        note: Why there is none, or what is doubtful.
    """

    value: float | None
    counts: Counts | None = None
    estimates: dict[str, Estimate] | None = None
    cost: float | None = None
    note: str = ""


def choose(sample: Sample, goal: Goal) -> Chosen:
    """Choose a threshold on a tune split; of equally good ones the highest.

    Every distinct probability is a candidate. The value that is returned is the shortest decimal number that parts the
    videos at the same place, so that it can be written down and applied with ``>=`` to the very same counts.

    Args:
        sample: With probabilities; videos with NaN are left out.
        goal: What for.
    """
    kept, _ = with_probability(sample)
    if len(kept.truth) == 0:
        return Chosen(value=None, note="no probabilities to choose a threshold from")
    if not kept.truth.any():
        return Chosen(value=None, note="no golden video is true: there is nothing to find")
    levels = levels_of(kept)
    tp, fp = np.cumsum(levels.true), np.cumsum(levels.false)
    cells = np.stack([tp, fp, tp[-1] - tp, fp[-1] - fp], axis=1)
    if goal.kind == "f1":
        return _at(kept, levels, _best(RATIOS["f1"].of(cells)))
    if goal.kind == "cost":
        return _cheapest(kept, levels, cells, goal)
    return _precise(kept, levels, cells, goal)


def apply(sample: Sample, threshold: float) -> Sample:
    """Return the videos that have a probability, predicted by a threshold."""
    kept, _ = with_probability(sample)
    if kept.probability is None:
        return kept
    return replace(kept, predicted=kept.probability >= threshold)


def _cheapest(sample: Sample, levels: Levels, cells: NDArray[np.float64], goal: Goal) -> Chosen:
    whole = float(sample.weight.sum())
    cost = (goal.fp * cells[:, 1] + goal.fn * cells[:, 2]) / whole
    best = _best(-cost)
    nobody = goal.fn * float(cells[0, 0] + cells[0, 2]) / whole
    if nobody < float(cost[best]) * (1 - ROUNDING):
        return Chosen(value=None, cost=nobody, note="calling no video true costs least")
    return replace(_at(sample, levels, best), cost=float(cost[best]))


def _precise(sample: Sample, levels: Levels, cells: NDArray[np.float64], goal: Goal) -> Chosen:
    precision = RATIOS["precision"].of(cells)
    good = np.flatnonzero(precision >= goal.precision - ROUNDING)
    if len(good) == 0:
        return Chosen(
            value=None, note=f"no threshold has a precision of {goal.precision:g}: the best is {precision.max():.3f}"
        )
    if not goal.lower:
        # of the largest recall the first is the highest threshold, and so the most precise
        return _at(sample, levels, int(good[_best(cells[good, 0])]))
    # a lower threshold that finds no more true videos only adds wrong ones
    good = good[levels.true[good] > 0]
    tried = good if len(good) <= TRIED else good[np.linspace(0, len(good) - 1, TRIED).astype(np.int64)]
    units, best = units_of(sample.group, sample.stratum), 0.0
    # the lowest threshold comes first: it finds the most
    for place in tried[::-1].tolist():
        low = metric("precision", apply(sample, float(levels.score[place])), units).low
        best = max(best, low or 0.0)
        if low is not None and low >= goal.precision:
            chosen = _at(sample, levels, place)
            return replace(chosen, note="each bound is for one threshold; the choice among many is hopeful")
    reason = f"no threshold has a precision of {goal.precision:g} at the lower end: the best is {best:.3f}"
    return Chosen(value=None, note=f"{reason}; more videos narrow the interval")


def _best(values: NDArray[np.float64]) -> int:
    """Return the first place of the largest value; values that differ by rounding only are equal."""
    top = float(np.nanmax(values))
    return int(np.flatnonzero(values >= top - ROUNDING * max(1.0, abs(top)))[0])


def _at(sample: Sample, levels: Levels, place: int) -> Chosen:
    above = float(levels.score[place])
    below = float(levels.score[place + 1]) if place + 1 < len(levels.score) else -np.inf
    value = shortest(below, above)
    predicted = apply(sample, value)
    units = units_of(predicted.group, predicted.stratum)
    return Chosen(
        value=value,
        counts=counts_of(predicted),
        estimates={name: metric(name, predicted, units) for name in SHOWN},
    )


def shortest(below: float, above: float) -> float:
    """Return the decimal number with the fewest digits in (below, above], the nearest to their middle.

    Args:
        below: Excluded.
        above: Included; a probability.
    """
    lowest = max(below, 0.0) if below >= 0 else 0.0
    for digits in range(1, 17):
        middle = round((lowest + above) / 2, digits)
        step = 10.0**-digits
        for number in (middle, round(middle + step, digits), round(middle - step, digits)):
            if below < number <= above and number >= 0:
                return number
    return above
