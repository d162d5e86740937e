"""Percent and specific agreement against values computed by hand, and intervals by items and by groups."""

from __future__ import annotations

import numpy as np
import pytest

from support.rating_cases import of_table
from vibekit.metrics.item_bootstrap import estimates, value
from vibekit.metrics.percent import percent_agreement, prevalence, specific_agreement


def test_two_raters_by_hand() -> None:
    # a = 20 both say 0, d = 15 both say 1, b + c = 15
    counts = of_table([[20, 5], [10, 15]]).counts()
    assert value(percent_agreement(counts)) == pytest.approx(35 / 50)
    assert value(specific_agreement(counts, 0)) == pytest.approx(40 / 55)
    assert value(specific_agreement(counts, 1)) == pytest.approx(30 / 45)
    assert value(prevalence(counts, 1)) == pytest.approx((15 + 0.5 * 15) / 50)


def test_different_numbers_of_ratings_by_hand() -> None:
    # pairs that agree: 3 of 3, 1 of 3, 0 of 1; the last item has one rating
    counts = np.array([[3.0, 0.0], [2.0, 1.0], [1.0, 1.0], [0.0, 1.0]])
    assert value(percent_agreement(counts)) == pytest.approx((1 + 1 / 3 + 0) / 3)
    assert value(specific_agreement(counts, 0)) == pytest.approx((6 + 2 + 0) / (6 + 4 + 1))
    assert value(specific_agreement(counts, 1)) == pytest.approx(0 / 3)
    assert value(prevalence(counts, 1)) == pytest.approx((0 + 1 / 3 + 1 / 2 + 1) / 4)


def test_where_all_agree_the_share_still_has_an_interval() -> None:
    counts = np.tile([2.0, 0.0], (20, 1))
    found = estimates([percent_agreement(counts), specific_agreement(counts, 1), prevalence(counts, 1)])
    # Newcombe 1998: 0 of 20 is 0 to .1611
    assert (found[0].value, found[0].high) == (1.0, 1.0)
    assert found[0].low == pytest.approx(1 - 0.1611, abs=1e-4)
    assert found[1].value is None
    assert "this label" in found[1].note
    assert (found[2].value, found[2].low) == (0.0, 0.0)
    assert found[2].high == pytest.approx(0.1611, abs=1e-4)


def test_the_same_ratings_give_the_same_interval_and_groups_make_it_wider() -> None:
    random = np.random.default_rng(1)
    agree = np.repeat(random.random(40) < 0.7, 10)
    counts = np.where(agree[:, None], [2.0, 0.0], [1.0, 1.0])
    alone = estimates([percent_agreement(counts)])[0]
    grouped = estimates([percent_agreement(counts)], group=np.repeat(np.arange(40), 10))[0]
    assert alone == estimates([percent_agreement(counts)])[0]
    assert alone.value == grouped.value
    assert None not in (alone.high, alone.low, grouped.high, grouped.low)
    ratio = (grouped.high - grouped.low) / (alone.high - alone.low)  # type: ignore[operator]
    # all videos of a group agree or none does: a tenth of the independent units
    assert ratio == pytest.approx(10**0.5, rel=0.15)


def test_intervals_cover_what_they_should() -> None:
    random = np.random.default_rng(2)
    hits = 0
    for _ in range(150):
        agree = random.random(80) < 0.75
        found = estimates([percent_agreement(np.where(agree[:, None], [2.0, 0.0], [1.0, 1.0]))], draws=400)[0]
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0.75 <= found.high
    assert 0.9 <= hits / 150 <= 0.99


def test_one_item_has_a_value_and_no_interval() -> None:
    found = estimates([percent_agreement(np.array([[2.0, 1.0]]))])[0]
    assert found.value == pytest.approx(1 / 3)
    assert found.low is None
    assert "one item" in found.note
