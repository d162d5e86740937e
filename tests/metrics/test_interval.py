"""Intervals of shares: the tables of Newcombe's papers, and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from vibekit.metrics.interval import clopper_pearson, kish, newcombe, t95, wilson


# Newcombe (1998), Stat. Med. 17:857-872, table I
@pytest.mark.parametrize(
    ("k", "n", "by_score", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_published_intervals_of_one_share(
    k: int, n: int, by_score: tuple[float, float], exact: tuple[float, float]
) -> None:
    found = wilson(k, n), clopper_pearson(k, n)
    assert (found[0].low, found[0].high) == pytest.approx(by_score, abs=5e-5)
    assert (found[1].low, found[1].high) == pytest.approx(exact, abs=5e-5)
    assert found[0].value == found[1].value == pytest.approx(k / n)


def test_published_interval_of_a_difference() -> None:
    # Newcombe (1998), Stat. Med. 17:873-890, table II, method 10
    found = newcombe(56, 70, 48, 80)
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(n=st.integers(1, 500), share=st.floats(0, 1))
def test_as_statsmodels(n: int, share: float) -> None:
    k = round(n * share)
    for own, method in ((wilson(k, n), "wilson"), (clopper_pearson(k, n), "beta")):
        assert (own.low, own.high) == pytest.approx(proportion_confint(k, n, method=method), abs=1e-9)


def test_nothing_to_divide_by_is_undefined_and_says_so() -> None:
    for found in (wilson(0, 0), clopper_pearson(0, 0), newcombe(0, 0, 1, 2)):
        assert (found.value, found.low, found.high) == (None, None, None)
        assert found.note == "no videos"


def test_effective_size_and_t() -> None:
    assert kish(np.full(50, 3.0)) == pytest.approx(50)
    assert kish(np.array([1.0, 0.0, 0.0])) == 1
    assert kish(np.zeros(3)) == 0
    assert t95(9) == pytest.approx(2.262157, abs=1e-6)


@given(st.floats(1e-15, 1e-6), st.floats(1.5, 1e9))
def test_ends_never_leave_the_possible_by_rounding(share: float, n: float) -> None:
    low, high = wilson(share * n, n), wilson((1 - share) * n, n)
    assert low.low is not None
    assert high.high is not None
    assert low.low >= 0
    assert high.high <= 1
