"""Thresholds from soft labels: what a probability's videos are expected to hold, without one hard label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Expected counts at every distinct score, the highest first: ``true`` and ``false`` sum weights at it."""

    score: NDArray[np.float64]
    true: NDArray[np.float64]
    false: NDArray[np.float64]


def levels_of(score: NDArray[np.float64], chance: NDArray[np.float64], weight: NDArray[np.float64]) -> Levels:
    """Sum expected positives and negatives by distinct score.

    Args:
        score: Shape (n,): the student's probability.
        chance: Shape (n,): the teacher's.
        weight: Shape (n,): videos with 0 do not enter.
    """
    known = weight > 0
    values, place = np.unique(-score[known], return_inverse=True)
    true = np.bincount(place, weights=(weight * chance)[known], minlength=len(values))
    false = np.bincount(place, weights=(weight * (1 - chance))[known], minlength=len(values))
    return Levels(score=-values, true=true.astype(np.float64), false=false.astype(np.float64))


def best_f1(levels: Levels) -> float:
    """Return the threshold with the highest expected F1, in the middle between two scores; one half without videos.

    With soft labels of calibrated probabilities this is the F1 that is expected of the truth (Lipton, Elkan and
    Naryanaswamy, ECML 2014).
    """
    if len(levels.score) == 0 or levels.true.sum() <= 0:
        return HALF
    tp, fp = np.cumsum(levels.true), np.cumsum(levels.false)
    f1 = 2 * tp / (tp + fp + tp[-1])
    return _between(levels.score, int(np.argmax(f1)))


def abstain_zone(levels: Levels, precision: float, *, threshold: float) -> tuple[float, float] | None:
    """Return (low, high): from ``high`` on, and below ``low``, the answer is expected to be right that often.

    The threshold lies between them or is one of them, so that what is answered is what the threshold answers. None
    when both are the threshold: then every answer by it is that sure. An end that no video reaches is 0 or 1: the
    student then never answers on that side.

    Args:
        levels: Of held-out videos.
        precision: The share of right answers that is wanted on either side.
        threshold: From which a video counts as positive.
    """
    if len(levels.score) == 0:
        return None
    above = int((levels.score >= threshold).sum())
    below = len(levels.score) - above
    tp, fp = np.cumsum(levels.true)[:above], np.cumsum(levels.false)[:above]
    sure = np.flatnonzero(tp >= precision * (tp + fp))
    high = 1.0
    if len(sure):
        high = threshold if sure[-1] == above - 1 else _between(levels.score, int(sure[-1]))
    tn, fn = np.cumsum(levels.false[::-1])[:below], np.cumsum(levels.true[::-1])[:below]
    surely_not = np.flatnonzero(tn >= precision * (tn + fn))
    low = 0.0
    if len(surely_not):
        # the highest score that is still surely not; the zone begins above it
        place = len(levels.score) - 1 - int(surely_not[-1])
        low = threshold if place == above else _between(levels.score, place - 1)
    return (low, high) if low < high else None


def _between(score: NDArray[np.float64], place: int) -> float:
    """Return a number between a score and the next lower one, so that rounding on the way does not move a video."""
    below = float(score[place + 1]) if place + 1 < len(score) else 0.0
    return (float(score[place]) + below) / 2
