"""Cohen's kappa: published tables, and pairs of many raters against scikit-learn."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.rating_cases import of_table
from vibekit.core.estimate import Estimate
from vibekit.metrics.cohen import cohen_table, mean_cohen_kappa, rater_pairs
from vibekit.metrics.item_bootstrap import estimates, value
from vibekit.metrics.ratings import Ratings, encode


def distance(q: int, power: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    steps = np.abs(np.arange(q)[:, None] - np.arange(q)[None, :]).astype(np.float64)
    return np.asarray(steps**power if power else steps > 0, dtype=np.float64)


def mean_of(ratings: Ratings, power: int = 0) -> float | None:
    pairs = rater_pairs(ratings)
    found = mean_cohen_kappa(pairs, items=len(ratings.items), distance=distance(len(ratings.labels), power))
    return value(found)


@pytest.mark.parametrize(
    ("table", "published"),
    [
        # Wikipedia, "Cohen's kappa": grants, and twice the same agreement with other margins
        ([[20, 5], [10, 15]], 0.4),
        ([[45, 15], [25, 15]], 0.1304),
        ([[25, 35], [5, 35]], 0.2593),
        # Gwet 2002, the paradox
        ([[118, 5], [2, 0]], -0.0234),
    ],
)
def test_published_tables(table: list[list[int]], published: float) -> None:
    assert cohen_table(np.array(table, dtype=np.float64)).kappa.value == pytest.approx(published, abs=5e-5)
    assert mean_of(of_table(table)) == pytest.approx(published, abs=5e-5)


SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]
"""SAS PROC FREQ, a printout that the tests of statsmodels keep."""


def test_the_printout_of_sas() -> None:
    simple = cohen_table(np.array(SAS, dtype=np.float64))
    assert simple.kappa.value == pytest.approx(0.4842, abs=1e-4)
    assert simple.standard_error == pytest.approx(0.1380, abs=1e-4)
    assert (simple.kappa.low, simple.kappa.high) == pytest.approx((0.2137, 0.7547), abs=1e-4)
    weighted = cohen_table(np.array(SAS, dtype=np.float64), weights="linear")
    assert weighted.kappa.value == pytest.approx(0.4701, abs=1e-4)
    assert weighted.standard_error == pytest.approx(0.1457, abs=1e-4)
    assert mean_of(of_table(SAS), power=1) == pytest.approx(0.4701, abs=1e-4)


def test_the_interval_by_items_is_near_that_of_large_samples() -> None:
    ratings = of_table([[40, 10], [20, 30]])
    pairs = rater_pairs(ratings)
    found = estimates([mean_cohen_kappa(pairs, items=100, distance=distance(2))])[0]
    exact = cohen_table(pairs.table(0, 2)).kappa
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=0.03)


ROWS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 3), st.integers(0, 2)), max_size=40, unique_by=lambda r: r[:2]
)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_many_raters_have_the_mean_of_their_pairs(rows: list[tuple[int, int, int]]) -> None:
    from sklearn.metrics import cohen_kappa_score

    of_rater: dict[int, dict[int, int]] = {}
    for item, rater, label in rows:
        of_rater.setdefault(rater, {})[item] = label
    kappas, weights = [], []
    for one, two in combinations(of_rater.values(), 2):
        shared = sorted(set(one) & set(two))
        a, b = [one[i] for i in shared], [two[i] for i in shared]
        if shared and len({*a, *b}) > 1:
            kappas.append(float(cohen_kappa_score(a, b)))
            weights.append(len(shared))
    found = mean_of(encode(rows, [0, 1, 2]))
    if kappas:
        assert found == pytest.approx(float(np.average(kappas, weights=weights)), abs=1e-9)
    else:
        assert found is None


def test_two_ratings_of_one_rater_are_no_pair() -> None:
    ratings = encode([("v", "anna", 0), ("v", "anna", 1), ("v", "ben", 0), ("w", "anna", 1), ("w", "ben", 1)])
    pairs = rater_pairs(ratings)
    assert len(pairs.raters) == 1
    assert pairs.table(0, 2).tolist() == [[1, 0], [1, 1]]


def test_what_is_not_defined_is_none_with_a_reason() -> None:
    assert cohen_table(np.array([[9.0, 0.0], [0.0, 0.0]])).kappa.value is None
    assert "same label" in cohen_table(np.array([[9.0, 0.0], [0.0, 0.0]])).kappa.note
    assert cohen_table(np.zeros((2, 2))).kappa.value is None
    never_differ = cohen_table(np.array([[5.0, 0.0], [0.0, 5.0]])).kappa
    assert (never_differ.value, never_differ.low) == (1.0, None)
    assert never_differ.note
    empty = encode([], [0, 1])
    assert estimates([mean_cohen_kappa(rater_pairs(empty), items=0, distance=distance(2))])[0] == Estimate(
        note="undefined: no item has ratings of two raters"
    )
