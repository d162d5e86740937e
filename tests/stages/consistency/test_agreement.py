"""Formulas against published and hand-computed values, and what must hold for any labels."""

from __future__ import annotations

from math import comb
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vibekit.stages.consistency.agreement import (
    cells,
    cohen_kappa,
    detectable,
    exact_change,
    rank_correlation,
    rate,
    squared_steps,
    weighted_kappa,
)
from vibekit.stages.consistency.resample import of_counts, of_mean

LABELS = st.sampled_from(["true", "false", "none"])
PAIRS = st.lists(st.tuples(LABELS, LABELS), max_size=40)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17:857-872, 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_wilson_gives_the_published_intervals(k: int, n: int, low: float, high: float) -> None:
    found = rate(k, n)
    assert (found.share, found.low, found.high) == pytest.approx((k / n, low, high), abs=5e-5)


def test_no_videos_have_no_share() -> None:
    assert (rate(0, 0).share, rate(0, 0).low) == (None, None)


@given(n=st.integers(1, 500), data=st.data())
def test_an_interval_holds_its_share_and_stays_within_bounds(n: int, data: st.DataObject) -> None:
    found = rate(data.draw(st.integers(0, n)), n)
    assert found.share is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.share <= found.high <= 1


def test_kappa_of_a_table_computed_by_hand() -> None:
    # observed 35/50 = 0.7; by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5; (0.7 - 0.5) / 0.5
    counts = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    assert cohen_kappa(counts) == pytest.approx(0.4)


def test_weighted_kappa_of_a_table_computed_by_hand() -> None:
    # squared steps seen: 1 + 4 = 5; of all 16 ways to pair 1,1,2,3 with 1,1,2,2: 4 + 2 + 10 = 16
    counts = cells([("1", "1"), ("1", "2"), ("2", "2"), ("3", "1")])
    assert weighted_kappa(counts, squared_steps(counts)) == pytest.approx(1 - 5 * 4 / 16)


def test_the_order_of_a_scale_counts_as_numbers_do() -> None:
    near, far = cells([("9", "9"), ("10", "9")] * 5), cells([("9", "9"), ("10", "1")] * 5)
    assert squared_steps(near)["10", "9"] == 1
    assert squared_steps(far)["10", "1"] == 81


@given(pairs=PAIRS)
def test_kappa_has_its_bounds_and_does_not_mind_the_order(pairs: list[tuple[str, str]]) -> None:
    kappa = cohen_kappa(cells(pairs))
    turned = cohen_kappa(cells((b, a) for a, b in pairs))
    assert (kappa is None) == (turned is None)
    if kappa is not None and turned is not None:
        assert -1 - 1e-9 <= kappa <= 1 + 1e-9
        assert kappa == pytest.approx(turned)


@given(labels=st.lists(LABELS, min_size=1, max_size=40))
def test_a_run_agrees_with_itself(labels: list[str]) -> None:
    counts = cells((label, label) for label in labels)
    assert cohen_kappa(counts) == (None if len(set(labels)) == 1 else pytest.approx(1.0))


@pytest.mark.parametrize(("b", "c", "p"), [(0, 0, 1.0), (5, 5, 1.0), (1, 9, 22 / 1024), (0, 5, 2 / 32), (0, 6, 2 / 64)])
def test_the_exact_test_gives_binomial_tails(b: int, c: int, p: float) -> None:
    assert exact_change(b, c) == pytest.approx(p)
    assert exact_change(c, b) == pytest.approx(p)


@given(b=st.integers(0, 60), c=st.integers(0, 60))
def test_the_exact_test_is_the_sum_of_coin_tosses(b: int, c: int) -> None:
    tail = sum(comb(b + c, i) for i in range(min(b, c) + 1)) / 2 ** (b + c)
    assert exact_change(b, c) == pytest.approx(min(1.0, 2 * tail))


def test_the_exact_test_bears_many_changes() -> None:
    assert exact_change(50_000, 50_000) == pytest.approx(1.0)
    assert exact_change(1_000, 3_000) < 1e-200


def test_what_can_be_detected_is_detected_four_times_in_five() -> None:
    n, noise = 200, 0.05
    move = detectable(noise, n)
    assert move == pytest.approx(0.0681, abs=1e-4)
    random = Random(1)
    found = 0
    for _ in range(400):
        tosses = random.choices(["up", "down", "same"], [noise / 2 + move, noise / 2, 1 - noise - move], k=n)
        found += exact_change(tosses.count("up"), tosses.count("down")) < 0.05
    # the exact test is a little stricter than the approximation: 77 %
    assert 0.7 < found / 400 < 0.86


def test_rank_correlation_of_known_values() -> None:
    assert rank_correlation([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) == pytest.approx(0.8207826817)
    assert rank_correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert rank_correlation([1, 1, 1], [1, 2, 3]) is None
    assert rank_correlation([1], [1]) is None


@given(values=st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_ranks_follow_any_rising_change(values: list[float]) -> None:
    rho = rank_correlation(values, [2 * v + 1 for v in values])
    assert rho is None or rho >= -1e-9


def test_a_bootstrap_is_the_same_every_time_and_holds_its_value() -> None:
    counts = {("t", "t"): 20, ("t", "f"): 5, ("f", "t"): 10, ("f", "f"): 15}
    one = of_counts(counts, cohen_kappa)
    assert one == of_counts(counts, cohen_kappa)
    # the large-sample standard error of this kappa is 0.128 (Fleiss, Cohen and Everitt 1969)
    assert one.low == pytest.approx(0.4 - 1.96 * 0.128, abs=0.03)
    assert one.high == pytest.approx(0.4 + 1.96 * 0.128, abs=0.03)


def test_the_interval_of_a_mean_is_as_wide_as_its_standard_error_says() -> None:
    values = [0.1 * (i % 11) - 0.5 for i in range(110)]
    found = of_mean(values)
    assert found.value == pytest.approx(0.0, abs=1e-9)
    assert found.high == pytest.approx(1.96 * (0.1 / 110) ** 0.5, rel=0.1)


def test_where_nothing_varies_there_is_no_interval() -> None:
    found = [
        of_mean([0.25] * 9),
        of_mean([]),
        of_counts({("t", "t"): 9}, cohen_kappa),
        of_counts({("t", "t"): 9, ("f", "f"): 1}, cohen_kappa),
    ]
    assert [e.value for e in found] == [0.25, None, None, 1.0]
    assert all(e.low is None and e.high is None and e.note for e in found)


@settings(max_examples=20)
@given(pairs=PAIRS)
def test_a_bootstrap_bears_any_table(pairs: list[tuple[str, str]]) -> None:
    found = of_counts(cells(pairs), cohen_kappa)
    assert found.low is None or found.high is None or found.low <= found.high
