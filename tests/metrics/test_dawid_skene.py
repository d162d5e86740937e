"""The model of Dawid and Skene on their own data, on simulated raters, and where it cannot know."""

from __future__ import annotations

from itertools import pairwise
from math import log, prod
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.rating_cases import dawid_skene_1979
from vibekit.metrics.dawid_skene import dawid_skene
from vibekit.metrics.ratings import encode

if TYPE_CHECKING:
    from vibekit.metrics.dawid_skene import DawidSkene
    from vibekit.metrics.ratings import Ratings


def by_the_equation(ratings: Ratings, fitted: DawidSkene) -> float:
    """Equation 2.7 of the paper, written out: sum over items of log sum over classes of prior times product."""
    total = 0.0
    for item in range(len(ratings.items)):
        said = [(r, v) for i, r, v in zip(ratings.item, ratings.rater, ratings.value, strict=True) if i == item]
        total += log(sum(p * prod(fitted.confusion[r, j, v] for r, v in said) for j, p in enumerate(fitted.prior)))
    return total


def test_the_anaesthetists_of_the_paper() -> None:
    ratings = dawid_skene_1979()
    fitted = dawid_skene(ratings, smoothing=0, tolerance=1e-10, most_steps=10_000)
    assert fitted.converged
    # priors as published: .40 .42 .11 .07
    assert fitted.prior == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=0.005)
    assert fitted.log_likelihood == pytest.approx(by_the_equation(ratings, fitted), abs=1e-9)
    votes = ratings.counts()
    most = votes.max(axis=1, keepdims=True)
    majority = np.where((votes == most).sum(axis=1) == 1, votes.argmax(axis=1), -1)
    differs = [str(ratings.items[i]) for i in np.flatnonzero(majority != fitted.posterior.argmax(axis=1))]
    assert differs == ["2", "12", "36"]
    # observer 1, as published: a patient of class 1 is called 1 or 2
    assert fitted.confusion[0, 0] == pytest.approx([0.89, 0.11, 0, 0], abs=0.01)


def test_a_repeated_rating_counts_each_time() -> None:
    ratings = dawid_skene_1979()
    once = encode(
        {
            (ratings.items[i], ratings.raters[r]): (ratings.items[i], ratings.raters[r], int(v) + 1)
            for i, r, v in zip(ratings.item, ratings.rater, ratings.value, strict=True)
        }.values()
    )
    assert len(ratings.item) == 45 * 7
    assert len(once.item) == 45 * 5
    assert dawid_skene(once, smoothing=0).log_likelihood > dawid_skene(ratings, smoothing=0).log_likelihood


def test_raters_with_known_errors_are_found_out() -> None:
    random = np.random.default_rng(4)
    truth = random.random(3000) < 0.3
    right = [(0.95, 0.9), (0.8, 0.85), (0.7, 0.95), (0.55, 0.5), (0.85, 0.8)]
    rows = [
        (i, r, bool(random.random() < (tpr if t else 1 - tnr)))
        for i, t in enumerate(truth)
        for r, (tpr, tnr) in enumerate(right)
    ]
    fitted = dawid_skene(encode(rows, [True, False]))
    assert fitted.prior[0] == pytest.approx(0.3, abs=0.05)
    for r, (tpr, tnr) in enumerate(right):
        assert fitted.confusion[r, 0, 0] == pytest.approx(tpr, abs=0.06)
        assert fitted.confusion[r, 1, 1] == pytest.approx(tnr, abs=0.04)
    assert int(fitted.error_rates.argmax()) == 3
    votes = encode(rows, [True, False]).counts()
    by_vote = (votes[:, 0] > 2.5) == truth
    by_model = (fitted.posterior[:, 0] > 0.5) == truth
    assert by_model.mean() >= by_vote.mean()


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=40),
    smoothing=st.sampled_from([0.0, 0.1, 1.0]),
)
def test_posteriors_are_probabilities(rows: list[tuple[int, int, int]], smoothing: float) -> None:
    fitted = dawid_skene(encode(rows, [0, 1, 2]), smoothing=smoothing, most_steps=50)
    assert np.isfinite(fitted.posterior).all()
    assert fitted.posterior.sum(axis=1) == pytest.approx(1)
    assert fitted.confusion.sum(axis=2) == pytest.approx(1)
    assert fitted.prior.sum() == pytest.approx(1)


def test_each_step_raises_the_likelihood() -> None:
    ratings = dawid_skene_1979()
    found = [dawid_skene(ratings, smoothing=0, tolerance=0, most_steps=steps).log_likelihood for steps in range(1, 15)]
    assert all(b >= a - 1e-9 for a, b in pairwise(found))


def test_it_says_when_it_cannot_know() -> None:
    two = dawid_skene(encode([(i, r, i % 2) for i in range(30) for r in range(2)]))
    assert any("fewer than three raters" in w for w in two.warnings)
    thin = dawid_skene(encode([(i, (i + k) % 6, i % 2) for i in range(60) for k in range(2)]))
    assert any("fewer than three ratings" in w for w in thin.warnings)
    tiny = dawid_skene(encode([(i, r, int(i == 0)) for i in range(40) for r in range(3)]))
    assert any("expected to be 1" in w for w in tiny.warnings)
    stopped = dawid_skene(dawid_skene_1979(), most_steps=1)
    assert not stopped.converged
    assert any("converge" in w for w in stopped.warnings)


def test_an_item_without_ratings_has_no_posterior() -> None:
    ratings = encode([("a", "x", 0), ("b", "x", 1), ("a", "y", 0), ("b", "y", 1)])
    wider = type(ratings)(
        item=ratings.item, rater=ratings.rater, value=ratings.value,
        items=(*ratings.items, "unrated"), raters=ratings.raters, labels=ratings.labels,
    )  # fmt: skip
    fitted = dawid_skene(wider)
    assert np.isnan(fitted.posterior[2]).all()
    assert fitted.prior.sum() == pytest.approx(1)
