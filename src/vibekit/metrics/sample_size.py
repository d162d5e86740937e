"""How many golden videos are needed: to see a gain of F1, and for an interval of a given width."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, inf, log, sqrt
from typing import TYPE_CHECKING

from vibekit.errors import UsageError
from vibekit.metrics.interval import wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

HALF = 60
"""Halvings of a search: to the last digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of the labels and of the golden set.

    Attributes:
        precision: Of the labels now, in (0, 1).
        recall: Of the labels now, in (0, 1).
        prevalence: Share of true videos, in (0, 1).
        correlation: Between the correctness of the old and the new labels among true, and among false videos. 0.5 is
            what is assumed of two prompts to models of one kind; 0 is for labels that have nothing in common.
        design_effect: By how much variance grows because videos come in groups: see ``design_effect``.
        enriched: Share of the golden set that is drawn from the videos now predicted true; None for a random draw.
    """

    precision: float
    recall: float
    prevalence: float
    correlation: float = 0.5
    design_effect: float = 1.0
    enriched: float | None = None

    @property
    def f1(self) -> float:
        """F1 of the labels now."""
        return f1_of(self.precision, self.recall)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How many videos a comparison needs.

    Attributes:
        n: Golden videos that both label; None when no number is enough.
        f1: Before.
        new_f1: After.
        precision: After.
        recall: After.
        discordant: Share of videos on which one is right and the other wrong.
        note: Why there is no number.
    """

    n: int | None
    f1: float
    new_f1: float
    precision: float | None = None
    recall: float | None = None
    discordant: float | None = None
    note: str = ""


def f1_of(precision: float, recall: float) -> float:
    """Return 2 P R / (P + R)."""
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def design_effect(group_size: float, correlation: float) -> float:
    """Return 1 + (m - 1) x intraclass correlation for groups of m videos (Kish, Survey Sampling, 1965)."""
    return 1 + (group_size - 1) * correlation


def half_width(expected: Expected, n: int) -> float:
    """Return half the expected length of the 95 % interval of F1 over n golden videos."""
    one = _score(expected)
    share = one / (2 - one)
    # J = TP / (TP + FP + FN) is the share whose interval is carried over to F1; dF1 / dJ = 2 / (1 + J)^2
    slope = 2 / (1 + share) ** 2
    variance = _variance(expected, _moves(expected, None)) / (slope * slope)
    size = share * (1 - share) / variance * n / expected.design_effect
    ends = wilson(share * size, size)
    assert ends.low is not None
    assert ends.high is not None
    return (2 * ends.high / (1 + ends.high) - 2 * ends.low / (1 + ends.low)) / 2


def videos_needed(expected: Expected, *, gain: float = 0.03, power: float = 0.8, alpha: float = 0.05) -> Needed:
    """Say how many videos, labelled by both, show a gain of F1 with a two-sided paired test.

    By the delta method: n = ((z_alpha + z_power) / gain)^2 x variance of one video's part in the difference. The gain
    is thought to come from moving precision and recall alike on the scale of log-odds.

    Args:
        expected: Of the labels now.
        gain: Of F1, above 0.
        power: Chance to see the gain if it is there.
        alpha: Chance to see one that is not.
    """
    from scipy.special import ndtri

    before = _score(expected)
    after = before + gain
    if after >= 1:
        return Needed(n=None, f1=before, new_f1=after, note=f"F1 {before:.3f} cannot rise by {gain:g}")
    precision, recall = _moved(expected, after)
    if _alarms(expected.prevalence, precision, recall) > 1:
        return Needed(n=None, f1=before, new_f1=after, note="precision, recall and prevalence exclude each other")
    moves = list(_moves(expected, (precision, recall)))
    z = float(ndtri(1 - alpha / 2) + ndtri(power))
    n = (z / gain) ** 2 * _variance(expected, iter(moves)) * expected.design_effect
    discordant = sum(move.chance for move in moves if move.right != move.right_after)
    return Needed(n=max(2, ceil(n)), f1=before, new_f1=after, precision=precision, recall=recall, discordant=discordant)


def detectable_gain(expected: Expected, n: int, *, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """Return the smallest gain of F1 that n videos show; None when even the largest would not do."""
    low, high = 0.0, 1 - _score(expected)
    best = None
    for _ in range(HALF):
        middle = (low + high) / 2
        needed = videos_needed(expected, gain=middle, power=power, alpha=alpha).n if middle > 0 else None
        if needed is not None and needed <= n:
            best = high = middle
        else:
            low = middle
    return best


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """A kind of video: its chance, whether the labels now call it true, what it adds to the statistic."""

    chance: float
    called: bool
    part: float
    right: bool
    right_after: bool


def _moves(expected: Expected, after: tuple[float, float] | None) -> Iterator[_Move]:
    """Yield all kinds of videos; ``part`` is the influence on F1, or on the gain of F1 with ``after``."""
    prevalence = expected.prevalence
    old = (expected.recall, _alarms(prevalence, expected.precision, expected.recall))
    new = old if after is None else (after[1], _alarms(prevalence, *after))
    for truth, share in ((True, prevalence), (False, 1 - prevalence)):
        a, b = (old[0], new[0]) if truth else (old[1], new[1])
        both = a if after is None else _both(a, b, expected.correlation)
        for first, second, chance in (
            (True, True, both),
            (True, False, a - both),
            (False, True, b - both),
            (False, False, 1 - a - b + both),
        ):
            part = _influence(truth, first, prevalence, expected.precision, expected.recall)
            if after is not None:
                part = _influence(truth, second, prevalence, *after) - part
            yield _Move(
                chance=max(0.0, share * chance),
                called=first,
                part=part,
                right=first == truth,
                right_after=second == truth,
            )


def _influence(truth: bool, called: bool, prevalence: float, precision: float, recall: float) -> float:
    """Return how one video moves F1 = 2 TP / (true + called): (2 tp - F1 (true + called)) / E(true + called)."""
    whole = prevalence + prevalence * recall / precision
    return (2 * (truth and called) - f1_of(precision, recall) * (truth + called)) / whole


def _variance(expected: Expected, moves: Iterator[_Move]) -> float:
    """Return n x the variance of the statistic: of a random draw, or of one from two strata, called and not called."""
    kinds = list(moves)
    if expected.enriched is None:
        return _spread(kinds, 1.0)
    strata = [
        ([k for k in kinds if k.called], expected.enriched),
        ([k for k in kinds if not k.called], 1 - expected.enriched),
    ]
    return sum(_spread(inside, share) for inside, share in strata)


def _spread(kinds: list[_Move], share: float) -> float:
    whole = sum(k.chance for k in kinds)
    if whole <= 0:
        return 0.0
    mean = sum(k.chance * k.part for k in kinds) / whole
    variance = sum(k.chance * (k.part - mean) ** 2 for k in kinds) / whole
    return whole * whole * variance / share if share > 0 else inf


def _both(a: float, b: float, correlation: float) -> float:
    """Return the chance that both happen, kept between the bounds of Fréchet."""
    wanted = a * b + correlation * sqrt(max(0.0, a * (1 - a) * b * (1 - b)))
    return min(a, b, max(0.0, a + b - 1, wanted))


def _alarms(prevalence: float, precision: float, recall: float) -> float:
    """Return the share of false videos that are called true."""
    return prevalence * recall * (1 - precision) / precision / (1 - prevalence)


def _moved(expected: Expected, target: float) -> tuple[float, float]:
    low, high = -50.0, 50.0
    for _ in range(2 * HALF):
        middle = (low + high) / 2
        found = _shift(expected.precision, middle), _shift(expected.recall, middle)
        low, high = (low, middle) if f1_of(*found) > target else (middle, high)
    return _shift(expected.precision, high), _shift(expected.recall, high)


def _shift(share: float, by: float) -> float:
    return 1 / (1 + exp(-(log(share / (1 - share)) + by)))


def _score(expected: Expected) -> float:
    """Return F1 now.

    Raises:
        UsageError: A share is not between 0 and 1, or the three cannot be true at once.
    """
    for name in ("precision", "recall", "prevalence"):
        if not 0 < getattr(expected, name) < 1:
            raise UsageError(f"{name} has to lie between 0 and 1, not {getattr(expected, name):g}")
    if _alarms(expected.prevalence, expected.precision, expected.recall) > 1:
        raise UsageError("precision, recall and prevalence exclude each other: more false alarms than false videos")
    return expected.f1
