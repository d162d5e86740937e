"""How much of a teacher's F1 a student loses, over the same videos, and whether that is shown to be little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.metrics.confusion import RATIOS, cells_by_unit
from vibekit.metrics.percentile import percentile
from vibekit.metrics.resample import DRAWS, SEED, resample
from vibekit.metrics.sample import Sample
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vibekit.metrics.confusion import Ratio

BOUND = 0.05
"""The yardstick: a student may lose so much of the teacher's F1."""
FEW_POSITIVES = 20
"""With fewer true videos the draws hardly vary, and an interval of them would be too narrow to show anything."""
MISSED = 4
"""True videos that the student alone may miss unseen where the two never differ: the 95 % limit of none in n."""
SHOWN, NOT_SHOWN, NO = "shown", "not shown: n too small", "no"
UNKNOWN = "not shown: nothing to compare"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeLoss:
    """1 - F1 of the student over F1 of the teacher.

    Attributes:
        loss: With its 95 % interval; below zero where the student is better.
        verdict: ``shown`` when the upper end is below the bound and would be with one more miss, ``no`` when the lower
            end is above it, else ``not shown: n too small``.
        n: Videos.
        positives: Of the rarest attribute, when there are several.
    """

    loss: Estimate
    verdict: str
    n: int
    positives: int


def relative_loss(
    pairs: Sequence[tuple[Sample, Sample]],
    *,
    bound: float = BOUND,
    draws: int = DRAWS,
    seed: int = SEED,
    ratio: Ratio = RATIOS["f1"],
) -> RelativeLoss:
    """Compare student and teacher; of several attributes the mean F1 of each is compared.

    Every draw takes the same groups for student and teacher, and for all attributes that have the same groups.

    Args:
        pairs: (student, teacher) of every attribute: the same videos in the same order.
        bound: Loss that is allowed.
        draws: Of the bootstrap.
        seed: Of the draws.
        ratio: What is compared in place of F1.
    """
    if not pairs or not all(len(student.truth) for student, _ in pairs):
        return RelativeLoss(loss=Estimate(note="no golden videos"), verdict=UNKNOWN, n=0, positives=0)
    values, drawn, df = [], [], 0
    for student, teacher in pairs:
        units = units_of(student.group, student.stratum)
        totals = np.concatenate(
            [cells_by_unit(student, units.unit, units.n), cells_by_unit(teacher, units.unit, units.n)], axis=1
        )
        values.append(_both(totals.sum(axis=0)[None, :], ratio))
        drawn.append(_both(resample(units, totals, draws=draws, seed=seed), ratio))
        df = max(df, units.df)
    n = max(len(student.truth) for student, _ in pairs)
    positives = min(int(student.truth.sum()) for student, _ in pairs)
    value = float(_loss(np.mean(values, axis=0))[0])
    undefined = "the teacher finds no true video"
    # the ends may lie anywhere below one
    loss = percentile(
        None if np.isnan(value) else value, _loss(np.mean(drawn, axis=0)), df=df, undefined=undefined,
        within=(-np.inf, 1.0),
    )  # fmt: skip
    # without an interval the videos were seen and none differs; with one group (df 0) nothing is known
    alike = loss.high is None and df > 0 and value == 0 and all(_alike(pair) for pair in pairs)
    more = _one_more(pairs, ratio, times=MISSED if alike else 1)
    upper = value if alike else loss.high
    verdict = _verdict(loss, positives, bound, upper=None if upper is None else upper + more)
    return RelativeLoss(loss=loss, verdict=verdict, n=n, positives=positives)


def _alike(pair: tuple[Sample, Sample]) -> bool:
    return bool((pair[0].predicted == pair[1].predicted).all())


def _one_more(pairs: Sequence[tuple[Sample, Sample]], ratio: Ratio, *, times: int) -> float:
    """Return how much higher the loss would be had the student missed one more true video of the largest weight.

    Draws know nothing of what no video shows: where a few videos stand for many, a golden set by chance has none of
    those that only the student misses, and its interval is short. Of several attributes the steps add as independent
    ones do.
    """
    steps = []
    for student, teacher in pairs:
        heaviest = student.weight[student.truth].max(initial=0.0) * times
        cells = [_cells(one) for one in (student, teacher)]
        after = [_cells(_single(predicted, heaviest)) for predicted in (False, True)]
        was, then = (_loss(_both(np.concatenate(both)[None, :], ratio))[0] for both in (cells, np.add(cells, after)))
        steps.append(max(0.0, then - was))
    return float(np.sqrt(np.square(steps).sum()) / len(steps))


def _cells(sample: Sample) -> NDArray[np.float64]:
    return np.asarray(cells_by_unit(sample, np.zeros(len(sample.truth), np.int64), 1)[0], np.float64)


def _single(predicted: bool, weight: float) -> Sample:
    one = np.zeros(1, np.int64)
    return Sample(truth=np.array([True]), predicted=np.array([predicted]), weight=np.array([weight]), group=one)


def _both(cells: NDArray[np.float64], ratio: Ratio) -> NDArray[np.float64]:
    """Return (draws, 2): of student and teacher."""
    return np.stack([ratio.of(cells[:, :4]), ratio.of(cells[:, 4:])], axis=1)


def _loss(f1: NDArray[np.float64]) -> NDArray[np.float64]:
    student, teacher = f1[:, 0], f1[:, 1]
    share = np.divide(student, teacher, out=np.full(len(f1), np.nan), where=teacher > 0)
    return np.asarray(1 - share, np.float64)


def _verdict(loss: Estimate, positives: int, bound: float, *, upper: float | None) -> str:
    if loss.value is None:
        return UNKNOWN
    if loss.low is not None and loss.low > bound:
        return NO
    enough = positives >= FEW_POSITIVES
    return SHOWN if enough and upper is not None and upper < bound else NOT_SHOWN
