"""What is drawn as one: groups, strata, and strata that cannot be used."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.metrics.units import dense, units_of


def test_groups_that_lie_in_one_stratum_each_are_drawn_within_it() -> None:
    units = units_of(np.array([0, 0, 1, 2, 3]), np.array([0, 0, 0, 1, 1]))
    assert (units.n, units.strata, units.df) == (4, 2, 2)
    assert units.words == "4 groups in 2 strata"


def test_groups_that_reach_over_strata_leave_the_strata_unused_and_this_is_said() -> None:
    units = units_of(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert (units.n, units.strata) == (2, 1)
    assert "the strata are not used" in units.words


def test_strata_with_one_unit_are_pooled_so_that_they_vary() -> None:
    units = units_of(np.arange(6), np.array([0, 0, 0, 1, 2, 3]))
    assert np.bincount(units.stratum).tolist() == [3, 3]
    assert "3 strata with one unit were pooled" in units.words
    alone = units_of(np.arange(5), np.array([0, 0, 1, 1, 2]))
    assert sorted(np.bincount(alone.stratum).tolist()) == [2, 3]
    assert units_of(np.arange(2), np.array([0, 1])).strata == 1


def test_totals_go_to_the_units_of_their_videos() -> None:
    units = units_of(np.array([7, 7, 900_000_000]))
    assert units.total(np.array([1.0, 2.0, 4.0])).tolist() == [3.0, 4.0]
    assert units_of(np.zeros(0, dtype=np.int64)).n == 0


@given(st.lists(st.integers(-5, 10**9), max_size=30) | st.lists(st.integers(0, 20), max_size=30))
def test_codes_are_renumbered_as_numpy_does(codes: list[int]) -> None:
    found, n = dense(np.array(codes, dtype=np.int64))
    known, inverse = np.unique(np.array(codes, dtype=np.int64), return_inverse=True)
    assert n == len(known)
    assert found.tolist() == inverse.tolist()


@pytest.mark.parametrize("seed", range(3))
def test_every_stratum_holds_two_units_at_least(seed: int) -> None:
    random = np.random.default_rng(seed)
    units = units_of(np.arange(40), random.integers(0, 25, 40))
    assert np.bincount(units.stratum).min() >= 2
