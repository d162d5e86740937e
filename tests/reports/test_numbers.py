"""Numbers as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.core.estimate import Estimate
from vibekit.reports import numbers
from vibekit.reports.grid import estimate


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.8133, "81.33"),
        (0.0, "0.00"),
        (1.0, "100.00"),
        (0.00001, "<0.01"),
        (0.99999, ">99.99"),
        (-0.05, "−5.00"),
        (None, "undefined"),
        (float("nan"), "undefined"),
        (float("inf"), "undefined"),
    ],
)
def test_shares_are_in_percent(value: float | None, said: str) -> None:
    assert numbers.share(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.1294, "0.129"),
        (0.0, "0.000"),
        (0.0001, "<0.001"),
        (-0.0234, "−0.023"),
        (-0.0001, "0.000"),
    ],
)
def test_other_numbers_have_three_decimals(value: float | None, said: str) -> None:
    assert numbers.decimal(value) == said


@pytest.mark.parametrize(("value", "said"), [(0.031, "+3.10"), (-0.05, "−5.00"), (0.0, "0.00"), (-0.00001, "0.00")])
def test_differences_have_a_sign(value: float, said: str) -> None:
    assert numbers.points(value) == said


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_nothing_is_rounded_to_perfection(value: float) -> None:
    assert numbers.share(value) not in ("0.00", "100.00")


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_failed_gate_never_looks_as_if_it_had_passed(measured: float, bound: float) -> None:
    passed = measured >= bound
    said = numbers.held(measured, bound, passed=passed)
    if not passed:
        assert said != numbers.share(bound) or said == "<0.01"


def test_a_failed_gate_is_rounded_down() -> None:
    assert numbers.held(0.7499999, 0.75, passed=False) == "74.99"
    assert numbers.held(None, 0.75, passed=False) == "undefined"


def test_the_unit_follows_the_metric() -> None:
    shares = ["f1", "precision", "f1_of_all", "macro_f1", "micro_precision", "weighted_recall", "prevalence"]
    assert [name for name in shares if not numbers.is_share(name)] == []
    others = ["average_precision", "roc_auc", "weighted_kappa", "mae", "brier", "ece", "cost"]
    assert [name for name in others if numbers.is_share(name)] == []


def test_an_estimate_says_why_it_is_undefined() -> None:
    cell = estimate(Estimate(note="no golden positive"), "recall")
    assert (cell.text, cell.interval, cell.why) == ("undefined", "", "no golden positive")


def test_an_interval_can_be_open() -> None:
    assert numbers.interval(Estimate(value=0.5, low=0.4), "f1") == "[40.00, –]"
    assert numbers.interval(Estimate(value=0.5), "f1") == ""
    assert numbers.interval(Estimate(value=0.5, low=0.4, high=0.6), "roc_auc") == "[0.400, 0.600]"
