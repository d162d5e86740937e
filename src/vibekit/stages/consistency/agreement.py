"""Formulas for how far two sets of labels agree, and how sure that is. Pure; labels come as text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from typing import TYPE_CHECKING

from vibekit.metrics.interval import Z95, wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

POWER_Z = 0.8416212335729143
"""Standard normal quantile of a power of 80 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share with its 95 % interval.

    Attributes:
        k: How many.
        n: Of how many.
        share: ``k / n``; None without any.
        low: Lower end of the Wilson interval; None without any.
        high: Upper end.
    """

    k: int
    n: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


def rate(k: int, n: int) -> Rate:
    """Return ``k / n`` with the 95 % score interval of Wilson."""
    found = wilson(k, n)
    return Rate(k=k, n=n, share=found.value, low=found.low, high=found.high)


def cells(pairs: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Count the pairs (first label, second label)."""
    return Counter(pairs)


def cohen_kappa(counts: Mapping[tuple[str, str], int]) -> float | None:
    """Return the agreement beyond chance (Cohen, Educ. Psychol. Meas. 20:37-46, 1960).

    Args:
        counts: (first label, second label) -> how often.

    Returns:
        1 for perfect, 0 for what chance gives; None when there is nothing, or only one label on both sides.
    """
    return weighted_kappa(counts, {pair: float(pair[0] != pair[1]) for pair in _square(counts)})


def weighted_kappa(counts: Mapping[tuple[str, str], int], weights: Mapping[tuple[str, str], float]) -> float | None:
    """Return kappa with weights for how bad each disagreement is (Cohen, Psychol. Bull. 70:213-220, 1968).

    Args:
        counts: (first label, second label) -> how often.
        weights: (first label, second label) -> 0 for none, more for worse; holds every pair of labels that occur.
    """
    n = sum(counts.values())
    first, second = margins(counts)
    seen = sum(weights[pair] * k for pair, k in counts.items())
    by_chance = sum(weights[a, b] * first[a] * second[b] for a in first for b in second)
    return None if by_chance == 0 else 1 - seen * n / by_chance


def squared_steps(counts: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], float]:
    """Return quadratic weights for the labels of an ordinal scale, which are whole numbers."""
    return {(a, b): float((int(a) - int(b)) ** 2) for a, b in _square(counts)}


def margins(counts: Mapping[tuple[str, str], int]) -> tuple[Counter[str], Counter[str]]:
    """Return how often each label occurs on either side."""
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (a, b), k in counts.items():
        first[a] += k
        second[b] += k
    return first, second


def exact_change(b: int, c: int) -> float:
    """Return the two-sided p of McNemar's exact test: that changes go both ways alike.

    The b + c changes are coin tosses when nothing moved (McNemar, Psychometrika 12:153-157, 1947; exact binomial).

    Args:
        b: Changes one way.
        c: Changes the other way.
    """
    n, k = b + c, min(b, c)
    if n == 0:
        return 1.0
    tail = sum(exp(lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) - n * log(2)) for i in range(k + 1))
    return min(1.0, 2 * tail)


def detectable(noise: float, n: int) -> float:
    """Return the smallest move of a share that McNemar's test over n pairs shows four times in five.

    A move d comes on top of labels that change both ways alike, so that noise + d of them change; the test then shows
    d = z sqrt((noise + d) / n) (normal approximation; Lachin, Statistics in Medicine 11:1239-1251, 1992).

    Args:
        noise: Share of labels that change without any move.
        n: Pairs.
    """
    k = (Z95 + POWER_Z) ** 2 / n
    return min(1.0, (k + sqrt(k * k + 4 * k * noise)) / 2)


def rank_correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Return Spearman's rho, ties ranked by their mean; None when a side does not vary."""
    if len(x) < 2:
        return None
    a, b = _ranks(x), _ranks(y)
    centre = (len(x) + 1) / 2
    xy = sum((p - centre) * (q - centre) for p, q in zip(a, b, strict=True))
    xx = sum((p - centre) ** 2 for p in a)
    yy = sum((q - centre) ** 2 for q in b)
    return None if xx == 0 or yy == 0 else xy / sqrt(xx * yy)


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=lambda i: values[i])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for i in order[start : end + 1]:
            ranks[i] = (start + end) / 2 + 1
        start = end + 1
    return ranks


def _square(counts: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
    """Return every pair of the labels that occur."""
    labels = sorted({label for pair in counts for label in pair})
    return [(a, b) for a in labels for b in labels]
