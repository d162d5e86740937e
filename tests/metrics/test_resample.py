"""Draws of groups: their variance, their pairing, sparse as dense, strata apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from support.samples import drawn, stratified
from vibekit.metrics import resample as module
from vibekit.metrics.binary import binary
from vibekit.metrics.bootstrap import bootstrap
from vibekit.metrics.ratio import variance_of_sums
from vibekit.metrics.resample import resample
from vibekit.metrics.units import units_of


def test_the_variance_of_drawn_sums_is_the_unbiased_one_also_in_small_strata() -> None:
    random = np.random.default_rng(1)
    units = units_of(np.arange(12), np.repeat([0, 1, 2], [2, 3, 7]))
    totals = random.normal(0, 1, (12, 2))
    found = np.cov(resample(units, totals, draws=40_000).T)
    assert found == pytest.approx(variance_of_sums(totals, units), rel=0.05, abs=0.1)


def test_the_same_draws_for_the_same_units_dense_or_sparse() -> None:
    units = units_of(np.arange(50), np.arange(50) // 25)
    totals = np.random.default_rng(2).random((50, 3))
    dense = resample(units, totals, draws=300)
    assert np.array_equal(dense, resample(units, totals, draws=300))
    assert resample(units, csr_matrix(totals.T), draws=300) == pytest.approx(dense)
    assert not np.array_equal(dense, resample(units, totals, draws=300, seed=1))


def test_blocks_are_bounded_and_do_not_change_what_is_drawn_on_average(monkeypatch: pytest.MonkeyPatch) -> None:
    units = units_of(np.arange(40))
    totals = np.ones((40, 1))
    monkeypatch.setattr(module, "KEPT", 0)
    monkeypatch.setattr(module, "BLOCK", 100)
    # a constant total never varies: n - 1 draws are counted n / (n - 1) times
    assert resample(units, totals, draws=50) == pytest.approx(np.full((50, 1), 40.0))


def test_single_precision_of_many_groups_is_near_double(monkeypatch: pytest.MonkeyPatch) -> None:
    units = units_of(np.arange(12_000))
    totals = np.random.default_rng(3).random((12_000, 2)) * 20
    single = resample(units, totals, draws=20)
    monkeypatch.setattr(module, "LARGE", 10**9)
    assert single == pytest.approx(resample(units, totals, draws=20), rel=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_percentiles_and_closed_intervals_agree_where_both_are_good(weighted: bool) -> None:
    sample = drawn(4, 4000, group_size=5, weighted=weighted)
    closed, by_draws = binary(sample).estimates, bootstrap(sample)
    for name, estimate in closed.items():
        other = by_draws[name]
        assert estimate.value == pytest.approx(other.value)
        assert (estimate.low, estimate.high) == pytest.approx((other.low, other.high), abs=0.01), name


def test_creators_widen_what_videos_alone_would_say() -> None:
    by_video, by_creator = (bootstrap(stratified(creators=c))["prevalence"] for c in (False, True))
    assert by_video.low is not None
    assert by_creator.low is not None
    assert by_creator.low < by_video.low
