"""The money limit is kept whatever comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.stages.annotate.spend import CostLimitReached, Spend

PRICES = st.lists(st.tuples(st.floats(0.001, 1), st.floats(0, 1)), max_size=40)


@given(calls=PRICES, limit=st.floats(0, 5))
def test_money_passes_the_limit_by_no_more_than_one_estimate_was_wrong(
    calls: list[tuple[float, float]], limit: float
) -> None:
    spend = Spend(limit)
    surprise = 0.0
    for estimate, actual in calls:
        try:
            promised = spend.promise(estimate)
        except CostLimitReached:
            continue
        spend.settle(promised, estimate_usd=estimate, actual_usd=actual)
        surprise = max(surprise, actual - promised)
    assert spend.spent_usd <= limit + max(0.0, surprise) + 1e-9


def test_what_is_in_flight_counts() -> None:
    spend = Spend(1.0)
    spend.promise(0.6)
    with pytest.raises(CostLimitReached):
        spend.promise(0.6)


def test_a_call_that_costs_nothing_frees_its_money() -> None:
    spend = Spend(1.0)
    for _ in range(10):
        spend.settle(spend.promise(0.9), estimate_usd=0.9, actual_usd=0.0)
    assert spend.spent_usd == 0.0


def test_without_a_limit_everything_passes() -> None:
    spend = Spend(None)
    spend.settle(spend.promise(1e9), estimate_usd=1e9, actual_usd=2e9)
    assert spend.spent_usd == 2e9
