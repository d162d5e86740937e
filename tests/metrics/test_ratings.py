"""Ratings become codes: labels in their order, nothing outside of what is allowed."""

from __future__ import annotations

import pytest

from vibekit.metrics.ratings import encode


def test_codes_follow_the_order_of_the_labels() -> None:
    ratings = encode([("v2", "ben", "high"), ("v1", "anna", "low"), ("v2", "anna", "high")], ["low", "mid", "high"])
    assert ratings.items == ("v2", "v1")
    assert ratings.raters == ("ben", "anna")
    assert ratings.counts().tolist() == [[0, 0, 2], [1, 0, 0]]


def test_without_labels_those_that_occur_are_sorted_as_numbers() -> None:
    assert encode([(1, 1, 10), (1, 2, 9)]).labels == (9, 10)
    assert encode([(1, 1, "b"), (1, 2, "a")]).labels == ("a", "b")


def test_a_label_that_is_not_allowed_is_refused() -> None:
    with pytest.raises(ValueError, match="'maybe' is not one of"):
        encode([("v", "anna", "maybe")], ["yes", "no"])


def test_no_ratings_are_no_error() -> None:
    assert encode([], [True, False]).counts().shape == (0, 2)
