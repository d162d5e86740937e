"""Thresholds: what is chosen, applied with >=, gives the counts that were reported."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.samples import drawn, of_counts
from vibekit.metrics.binary import binary
from vibekit.metrics.confusion import counts_of
from vibekit.metrics.sample import Sample
from vibekit.metrics.threshold import Goal, apply, choose, shortest

ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1), st.floats(0.5, 20)), min_size=2, max_size=30).filter(
    lambda rows: any(truth for truth, _, _ in rows)
)


def sample_of(rows: list[tuple[bool, float, float]]) -> Sample:
    probability = np.array([p for _, p, _ in rows])
    return Sample(
        truth=np.array([t for t, _, _ in rows]),
        predicted=probability >= 0.5,
        weight=np.array([w for _, _, w in rows]),
        group=np.arange(len(rows)),
        probability=probability,
    )


@given(ROWS)
def test_no_threshold_has_a_better_f1_and_counts_are_exact(rows: list[tuple[bool, float, float]]) -> None:
    sample = sample_of(rows)
    found = choose(sample, Goal())
    assert found.value is not None
    assert found.estimates is not None
    again = replace(sample, predicted=np.asarray(sample.probability) >= float(repr(found.value)))
    assert counts_of(again) == found.counts
    best = max(
        binary(apply(sample, t)).estimates["f1"].value or 0.0
        for t in np.unique(np.asarray(sample.probability)).tolist()
    )
    assert found.estimates["f1"].value == pytest.approx(best)


@given(ROWS, st.floats(0.05, 1))
def test_a_target_precision_is_held_with_the_largest_recall(
    rows: list[tuple[bool, float, float]], target: float
) -> None:
    sample = sample_of(rows)
    found = choose(sample, Goal(kind="precision", precision=target))
    every = [binary(apply(sample, t)).estimates for t in np.unique(np.asarray(sample.probability)).tolist()]
    good = [e["recall"].value or 0.0 for e in every if (e["precision"].value or 0.0) >= target - 1e-12]
    if not good:
        assert found.value is None
        assert found.note.startswith(f"no threshold has a precision of {target:g}")
        return
    assert found.estimates is not None
    assert (found.estimates["precision"].value or 0) >= target - 1e-9
    assert found.estimates["recall"].value == pytest.approx(max(good))


@given(ROWS, st.floats(0.1, 9), st.floats(0.1, 9))
def test_no_threshold_costs_less(rows: list[tuple[bool, float, float]], fp: float, fn: float) -> None:
    sample = sample_of(rows)
    found = choose(sample, Goal(kind="cost", fp=fp, fn=fn))
    probability, weight = np.asarray(sample.probability), sample.weight
    costs = [
        float((weight * np.where(sample.truth, fn * (probability < t), fp * (probability >= t))).sum() / weight.sum())
        for t in [*np.unique(probability).tolist(), 2.0]
    ]
    assert found.cost == pytest.approx(min(costs))
    assert (found.value is None) == bool(found.note)


def test_of_equal_thresholds_the_highest() -> None:
    found = choose(sample_of([(True, 0.9, 1), (False, 0.8, 1), (True, 0.7, 1), (False, 0.2, 1)]), Goal())
    # F1 2/3 at 0.9 and at 0.8 would be lower; 0.7 gives 4/5
    assert found.value == 0.4
    tie = choose(sample_of([(True, 0.9, 1), (False, 0.6, 1), (False, 0.5, 1), (True, 0.4, 1)]), Goal())
    assert tie.value is not None
    assert tie.value > 0.6


def test_a_lower_bound_asks_for_more_than_the_value() -> None:
    sample = drawn(17, 800)
    plain = choose(sample, Goal(kind="precision", precision=0.8))
    bound = choose(sample, Goal(kind="precision", precision=0.8, lower=True))
    assert plain.value is not None
    assert bound.value is not None
    assert bound.value > plain.value
    assert bound.estimates is not None
    assert (bound.estimates["precision"].low or 0) >= 0.8
    assert "hopeful" in bound.note
    few = choose(drawn(17, 12), Goal(kind="precision", precision=0.95, lower=True))
    assert few.value is None
    assert "more videos" in few.note or "the best is" in few.note


def test_nothing_to_choose_from_says_why() -> None:
    assert choose(of_counts(1, 1, 1, 1), Goal()).note == "no probabilities to choose a threshold from"
    assert "nothing to find" in choose(sample_of([(False, 0.4, 1), (False, 0.6, 1)]), Goal()).note
    assert str(Goal(kind="cost", fp=1, fn=5)) == "cost fp=1 fn=5"
    assert str(Goal(kind="precision", precision=0.9, lower=True)) == "precision>=0.9 (lower bound)"


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_shortest_number_parts_at_the_same_place(a: float, b: float) -> None:
    below, above = min(a, b), max(a, b)
    if below == above:
        below = -np.inf
    found = shortest(below, above)
    assert below < found <= above
    assert 0 <= found <= 1
    assert float(repr(found)) == found
