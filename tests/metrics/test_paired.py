"""Two systems on the same videos, a slice against the rest, McNemar, many tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as theirs

from support.samples import drawn, of_counts
from vibekit.metrics.binary import binary
from vibekit.metrics.mcnemar import mcnemar
from vibekit.metrics.multiple import benjamini_hochberg, benjamini_yekutieli, holm
from vibekit.metrics.paired import against_rest, paired


def test_pairing_narrows_the_difference() -> None:
    first = drawn(5, 600, group_size=3)
    second = replace(first, predicted=first.predicted ^ (np.arange(600) % 40 == 0))
    found = paired(first, second)["f1"]
    assert found.first == binary(first).estimates["f1"].value
    assert found.second == binary(second).estimates["f1"].value
    assert found.first is not None
    assert found.second is not None
    assert found.difference.value == pytest.approx(found.first - found.second)
    assert found.difference.low is not None
    assert found.difference.high is not None
    alone = binary(first).estimates["f1"]
    assert alone.low is not None
    assert alone.high is not None
    assert found.difference.high - found.difference.low < (alone.high - alone.low) / 2
    assert found.p is not None
    assert (found.p < 0.05) == (found.difference.low > 0 or found.difference.high < 0)


def test_the_same_labels_differ_by_nothing() -> None:
    found = paired(drawn(6, 100), drawn(6, 100))["f1"]
    assert (found.difference.value, found.difference.low, found.p) == (0.0, None, 1.0)
    assert found.difference.note


def test_exchanging_the_systems_changes_the_sign_only() -> None:
    first = drawn(7, 300)
    second = replace(first, predicted=np.asarray(first.probability) >= 0.7)
    one, other = paired(first, second)["recall"], paired(second, first)["recall"]
    assert one.difference.value == -(other.difference.value or 0)
    assert one.difference.low == pytest.approx(-(other.difference.high or 0))
    assert one.p == other.p


def test_no_difference_is_found_one_time_in_twenty() -> None:
    random = np.random.default_rng(8)
    alarms = 0
    for _ in range(120):
        sample = of_counts(60, 0, 0, 140)
        one, other = (replace(sample, predicted=sample.truth ^ (random.random(200) < 0.15)) for _ in range(2))
        p = paired(one, other, draws=400)["f1"].p
        alarms += p is not None and p < 0.05
    assert alarms <= 14


def test_a_slice_is_held_against_the_others() -> None:
    sample = of_counts(50, 0, 0, 50)
    bad = np.arange(100) % 4 == 0
    worse = replace(sample, predicted=np.where(bad, ~sample.truth, sample.truth))
    found = against_rest(worse, bad)["accuracy"]
    assert (found.first, found.second) == (0.0, 1.0)
    mixed = replace(sample, predicted=sample.truth ^ (np.arange(100) % 3 == 0))
    inside = np.arange(100) < 50
    assert (against_rest(mixed, inside)["accuracy"].p or 0) > 0.3
    nobody = against_rest(mixed, np.zeros(100, dtype=bool))["accuracy"]
    assert (nobody.first, nobody.difference.value, nobody.p) == (None, None, None)


def test_a_metric_that_one_side_does_not_have_is_not_compared() -> None:
    sample = of_counts(5, 5, 5, 5)
    silent = replace(sample, predicted=np.zeros(20, dtype=bool))
    found = paired(sample, silent)["precision"]
    assert found.second is None
    assert found.difference.value is None
    assert found.p is None
    assert found.difference.note == "no video is predicted true"


def test_mcnemar_of_agresti() -> None:
    # Agresti, Categorical Data Analysis, approval ratings 794 / 150 / 86 / 570; R's mcnemar.test
    found = mcnemar(150, 86)
    assert found.method.startswith("chi-square")
    assert found.statistic == pytest.approx(16.817797, abs=1e-5)
    assert found.p == pytest.approx(4.114562e-05, rel=1e-5)


@given(b=st.integers(0, 60), c=st.integers(0, 60))
def test_mcnemar_as_statsmodels(b: int, c: int) -> None:
    found = mcnemar(b, c)
    assert found.method == ("exact" if b + c < 25 else "chi-square with continuity correction")
    if b + c == 0:
        assert found.p == 1.0
        return
    if b == c:
        # statsmodels does not stop the correction at zero
        assert found.p == 1.0
        return
    assert found.p == pytest.approx(theirs([[0, b], [c, 0]], exact=b + c < 25, correction=True).pvalue, abs=1e-12)


BH_1995 = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0,
]  # fmt: skip


def test_benjamini_and_hochberg_reject_four_of_their_fifteen() -> None:
    # Benjamini and Hochberg (1995), section 3.2: 4 rejections, 3 by Bonferroni
    adjusted = benjamini_hochberg(BH_1995)
    assert sum(p is not None and p <= 0.05 for p in adjusted) == 4
    assert sum(p is not None and p <= 0.05 for p in holm(BH_1995)) == 3
    assert sum(p is not None and p <= 0.05 for p in benjamini_yekutieli(BH_1995)) == 3


def test_tests_that_were_not_made_do_not_count() -> None:
    assert benjamini_hochberg([0.04, None, 0.02]) == [pytest.approx(0.04), None, pytest.approx(0.04)]
    assert holm([None]) == [None]
    assert holm([]) == []
