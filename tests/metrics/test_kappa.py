"""Fleiss' kappa and AC1 against published values and against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.rating_cases import FLEISS_WIKIPEDIA, fleiss_1971, krippendorff_2011, of_table
from vibekit.metrics.item_bootstrap import estimates, value
from vibekit.metrics.kappa import fleiss_kappa, gwet_ac1
from vibekit.metrics.percent import percent_agreement


def test_fleiss_of_his_own_paper() -> None:
    assert value(fleiss_kappa(fleiss_1971())) == pytest.approx(0.430, abs=5e-4)


def test_fleiss_of_the_encyclopaedia() -> None:
    assert value(fleiss_kappa(np.array(FLEISS_WIKIPEDIA, dtype=np.float64))) == pytest.approx(0.210, abs=5e-4)


def test_missing_ratings_as_gwet_takes_them() -> None:
    # Gwet's ratings of 4 raters with gaps (Handbook, 4th ed. 2014, p. 120); irrCAC 0.4.4: AC1 .77544, Fleiss .76117
    counts = krippendorff_2011().counts()
    assert value(gwet_ac1(counts)) == pytest.approx(0.77544, abs=5e-6)
    assert value(fleiss_kappa(counts)) == pytest.approx(0.76117, abs=5e-6)


def test_a_rare_label_lowers_kappa_and_not_ac1() -> None:
    # Gwet, "Kappa statistic is not satisfactory for assessing the extent of agreement between raters" (2002)
    counts = of_table([[118, 5], [2, 0]]).counts()
    assert value(percent_agreement(counts)) == pytest.approx(0.944)
    assert value(gwet_ac1(counts)) == pytest.approx(0.9408, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=4, max_size=4), min_size=1, max_size=12))
def test_with_as_many_ratings_everywhere_it_is_that_of_statsmodels(rows: list[list[int]]) -> None:
    from statsmodels.stats.inter_rater import fleiss_kappa as reference

    counts = np.array([np.bincount(row, minlength=3) for row in rows], dtype=np.float64)
    found = value(fleiss_kappa(counts))
    if (counts.sum(axis=0) > 0).sum() < 2:
        assert found is None
    else:
        assert found == pytest.approx(float(reference(counts)), abs=1e-9)


@pytest.mark.parametrize("coefficient", [fleiss_kappa, gwet_ac1])
def test_one_label_only_or_one_rater_only_is_undefined(coefficient: object) -> None:
    assert callable(coefficient)
    same = np.tile([3.0, 0.0], (6, 1))
    alone = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    for counts in (same, alone, np.zeros((0, 2))):
        found = estimates([coefficient(counts)])[0]
        assert found.value is None
        assert found.note


def test_a_label_that_nobody_gave_counts_for_ac1() -> None:
    used = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    wider = np.hstack([used, np.zeros((3, 1))])
    # chance agreement: sum p (1 - p) over q - 1: .5 / 1 against .5 / 2
    assert value(gwet_ac1(used)) == pytest.approx((2 / 3 - 0.5) / 0.5)
    assert value(gwet_ac1(wider)) == pytest.approx((2 / 3 - 0.25) / 0.75)
