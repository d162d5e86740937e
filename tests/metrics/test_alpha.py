"""Krippendorff's alpha against published values, another computation of it, and what must hold for any ratings."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.rating_cases import krippendorff_2011
from vibekit.metrics.alpha import Metric, krippendorff_alpha
from vibekit.metrics.item_bootstrap import estimates, value
from vibekit.metrics.ratings import Ratings, encode

RATINGS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(1, 4)), max_size=25, unique_by=lambda r: r[:2]
)


@pytest.mark.parametrize(
    ("metric", "published"),
    [(Metric.NOMINAL, 0.743), (Metric.ORDINAL, 0.815), (Metric.INTERVAL, 0.849), (Metric.RATIO, 0.797)],
)
def test_the_published_example(metric: Metric, published: float) -> None:
    ratings = krippendorff_2011()
    numbers = np.array(ratings.labels, dtype=np.float64)
    assert value(krippendorff_alpha(ratings.counts(), metric=metric, numbers=numbers)) == pytest.approx(
        published, abs=5e-4
    )


def by_pairs(ratings: Ratings, metric: Metric) -> float | None:
    """Compute alpha as the paper writes it down: from lists of pairs, one by one."""
    units: dict[int, list[int]] = {}
    for item, label in zip(ratings.item, ratings.value, strict=True):
        units.setdefault(int(item), []).append(int(label))
    pairable = {u: labels for u, labels in units.items() if len(labels) > 1}
    given_ = [label for labels in pairable.values() for label in labels]
    n_of = {c: given_.count(c) for c in range(len(ratings.labels))}

    def distance(c: int, k: int) -> float:
        if metric is Metric.NOMINAL:
            return float(c != k)
        if metric is Metric.ORDINAL:
            low, high = min(c, k), max(c, k)
            return float((sum(n_of[g] for g in range(low, high + 1)) - (n_of[c] + n_of[k]) / 2) ** 2)
        a, b = float(ratings.labels[c]), float(ratings.labels[k])  # type: ignore[arg-type]
        return (a - b) ** 2 if metric is Metric.INTERVAL else ((a - b) / (a + b)) ** 2

    n = len(given_)
    seen = sum(distance(a, b) / (len(labels) - 1) for labels in pairable.values() for a, b in permutations(labels, 2))
    by_chance = sum(distance(a, b) for a, b in permutations(given_, 2))
    return None if by_chance == 0 else 1 - (seen / n) / (by_chance / (n * (n - 1)))


@settings(max_examples=60, deadline=None)
@given(rows=RATINGS, metric=st.sampled_from(list(Metric)))
def test_it_is_what_the_definition_says(rows: list[tuple[int, int, int]], metric: Metric) -> None:
    ratings = encode(rows, [1, 2, 3, 4])
    found = value(krippendorff_alpha(ratings.counts(), metric=metric, numbers=np.array([1.0, 2.0, 3.0, 4.0])))
    expected = by_pairs(ratings, metric)
    assert (found is None) == (expected is None)
    if expected is not None:
        assert found == pytest.approx(expected, abs=1e-9)
        assert found is not None
        assert found <= 1 + 1e-12


def test_many_labels_take_the_sparse_way_to_the_same_value() -> None:
    random = np.random.default_rng(3)
    truth = random.integers(0, 30, size=60)
    rows = [(i, r, int(np.clip(truth[i] + random.integers(-2, 3), 0, 29))) for i in range(60) for r in range(3)]
    ratings = encode(rows, range(30))
    found = krippendorff_alpha(ratings.counts(), metric=Metric.ORDINAL)
    assert value(found) == pytest.approx(by_pairs(ratings, Metric.ORDINAL), abs=1e-9)
    interval = estimates([found], draws=200)[0]
    assert interval.low is not None
    assert interval.high is not None
    assert interval.value is not None
    assert interval.low < interval.value < interval.high


@pytest.mark.parametrize("metric", list(Metric))
def test_one_label_only_is_undefined(metric: Metric) -> None:
    ratings = encode([(i, r, 2) for i in range(5) for r in range(3)], [1, 2, 3])
    found = estimates([krippendorff_alpha(ratings.counts(), metric=metric, numbers=np.array([1.0, 2.0, 3.0]))])[0]
    assert (found.value, found.low, found.high) == (None, None, None)
    assert "the same label" in found.note


def test_one_rater_is_undefined() -> None:
    ratings = encode([(i, "anna", i % 2) for i in range(8)])
    assert value(krippendorff_alpha(ratings.counts())) is None


def test_a_single_label_of_a_unit_changes_nothing() -> None:
    ratings = krippendorff_2011()
    with_one_more = encode(
        [*zip(ratings.item.tolist(), ratings.rater.tolist(), (ratings.value + 1).tolist(), strict=True), (99, 0, 5)]
    )
    assert value(krippendorff_alpha(with_one_more.counts())) == value(krippendorff_alpha(ratings.counts()))


def test_metrics_that_need_numbers_say_so() -> None:
    counts = krippendorff_2011().counts()
    with pytest.raises(ValueError, match="needs numbers"):
        krippendorff_alpha(counts, metric=Metric.INTERVAL)
    with pytest.raises(ValueError, match="not negative"):
        krippendorff_alpha(counts, metric=Metric.RATIO, numbers=np.arange(5.0) - 1)
