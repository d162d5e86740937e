"""How many videos: a simulated table, the power that was asked for, and plans that cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vibekit.errors import UsageError
from vibekit.metrics.sample_size import Expected, design_effect, detectable_gain, half_width, videos_needed

USUAL = Expected(precision=0.85, recall=0.78, prevalence=0.3)


# simulated: 2,000 draws of n videos, precision .85, recall .78; length of the middle 95 % of F1
@pytest.mark.parametrize(
    ("n", "prevalence", "length"),
    [(100, 0.3, 0.23), (300, 0.1, 0.23), (300, 0.3, 0.12), (500, 0.1, 0.17), (500, 0.3, 0.10), (1000, 0.1, 0.12)],
)
def test_the_length_of_the_interval_is_the_simulated_one(n: int, prevalence: float, length: float) -> None:
    assert 2 * half_width(replace(USUAL, prevalence=prevalence), n) == pytest.approx(length, abs=0.016)


@pytest.mark.parametrize("enriched", [None, 0.5])
def test_the_power_is_the_one_that_was_asked_for(enriched: float | None) -> None:
    expected = replace(USUAL, prevalence=0.2, correlation=0.6, enriched=enriched)
    needed = videos_needed(expected, gain=0.05)
    assert needed.n is not None
    assert needed.precision is not None
    assert needed.recall is not None
    random = np.random.default_rng(22)
    seen = np.array([_difference(random, expected, needed.precision, needed.recall, needed.n) for _ in range(800)])
    # the spread of the difference over repetitions says how often it is told from zero
    assert seen.mean() == pytest.approx(0.05, abs=0.002)
    assert (1.959964 + 0.841621) * seen.std() == pytest.approx(0.05, rel=0.1)


def _difference(random: np.random.Generator, e: Expected, precision: float, recall: float, n: int) -> float:
    """Draw two labelings of n videos with the wanted correlation and return the weighted difference of F1."""
    pools = 40_000
    truth = random.random(pools) < e.prevalence
    alarms = [
        e.prevalence * r * (1 - p) / p / (1 - e.prevalence) for p, r in ((e.precision, e.recall), (precision, recall))
    ]
    old, new = np.zeros(pools, dtype=bool), np.zeros(pools, dtype=bool)
    for side, a, b in ((truth, e.recall, recall), (~truth, alarms[0], alarms[1])):
        both = a * b + e.correlation * np.sqrt(a * (1 - a) * b * (1 - b))
        u = random.random(pools)
        old |= side & (u < a)
        new |= side & ((u < both) | ((u >= a) & (u < a + b - both)))
    if e.enriched is None:
        places, weight = random.integers(0, pools, n), np.ones(n)
    else:
        k = round(n * e.enriched)
        yes, no = np.flatnonzero(old), np.flatnonzero(~old)
        places = np.concatenate([random.choice(yes, k), random.choice(no, n - k)])
        weight = np.repeat([len(yes) / k, len(no) / (n - k)], [k, n - k])
    t = truth[places]
    scores = [2 * (weight * (t & x[places])).sum() / (weight * (t.astype(int) + x[places])).sum() for x in (old, new)]
    return float(scores[1] - scores[0])


def test_what_makes_it_cheaper_and_dearer() -> None:
    base = videos_needed(USUAL).n
    assert base is not None
    assert (videos_needed(replace(USUAL, correlation=0.8)).n or 0) < base
    assert (videos_needed(replace(USUAL, prevalence=0.1)).n or 0) > base
    assert (videos_needed(USUAL, gain=0.06).n or 0) < base / 3
    assert videos_needed(replace(USUAL, design_effect=2.0)).n == pytest.approx(2 * base, abs=2)
    assert design_effect(20, 0.05) == pytest.approx(1.95)
    assert half_width(replace(USUAL, prevalence=0.1, enriched=0.4), 300) < half_width(
        replace(USUAL, prevalence=0.1), 300
    )


def test_the_smallest_gain_that_is_seen_is_the_inverse() -> None:
    needed = videos_needed(USUAL, gain=0.04)
    assert needed.n is not None
    assert detectable_gain(USUAL, needed.n) == pytest.approx(0.04, rel=0.01)
    assert detectable_gain(USUAL, 3) is None


def test_plans_that_cannot_be() -> None:
    high = videos_needed(replace(USUAL, precision=0.99, recall=0.99), gain=0.03)
    assert (high.n, high.note) == (None, "F1 0.990 cannot rise by 0.03")
    with pytest.raises(UsageError, match="recall has to lie between 0 and 1, not 1"):
        half_width(replace(USUAL, recall=1.0), 100)
    with pytest.raises(UsageError, match="exclude each other"):
        videos_needed(Expected(precision=0.2, recall=0.9, prevalence=0.6))
