"""Several attributes, and attributes with several labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score

from support.samples import drawn, of_counts
from vibekit.metrics.binary import binary
from vibekit.metrics.classes import ClassSample, classes
from vibekit.metrics.several import averages


def a_class_sample(truth: list[int], predicted: list[int], weight: list[float] | None = None) -> ClassSample:
    return ClassSample(
        truth=np.array(truth, dtype=np.int64),
        predicted=np.array(predicted, dtype=np.int64),
        labels=("low", "middle", "high"),
        weight=np.ones(len(truth)) if weight is None else np.array(weight),
        group=np.arange(len(truth)),
    )


def test_macro_is_the_mean_and_micro_one_sample() -> None:
    first, second = of_counts(8, 2, 2, 88), of_counts(10, 30, 10, 50)
    macro, micro = averages([first, second])
    scores = [binary(s).estimates["f1"].value for s in (first, second)]
    assert macro["f1"].value == pytest.approx(np.mean([s for s in scores if s is not None]))
    assert micro["f1"].value == pytest.approx(2 * 18 / (2 * 18 + 32 + 12))
    for found in (*macro.values(), *micro.values()):
        assert found.low is not None
        assert found.high is not None
        assert found.value is not None
        assert found.low < found.value < found.high


def test_attributes_of_the_same_videos_are_drawn_together() -> None:
    one = drawn(9, 300)
    macro, _ = averages([one, one])
    alone, _ = averages([one])
    # a copy tells nothing new
    assert (macro["f1"].low, macro["f1"].high) == pytest.approx((alone["f1"].low, alone["f1"].high))


def test_an_attribute_without_positives_does_not_enter_the_macro_average() -> None:
    macro, _ = averages([of_counts(8, 2, 2, 88), of_counts(0, 0, 0, 100)])
    assert macro["f1"].value == pytest.approx(0.8)
    none, also_none = averages([])
    assert none["f1"].value is None
    assert also_none["recall"].note == "no videos"


@given(
    pairs=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(0.5, 9)), min_size=2, max_size=40),
)
def test_classes_as_scikit_learn(pairs: list[tuple[int, int, float]]) -> None:
    truth, predicted, weight = (list(column) for column in zip(*pairs, strict=True))
    found = classes(a_class_sample(truth, predicted, weight), draws=20)
    per = f1_score(truth, predicted, labels=[0, 1, 2], average=None, sample_weight=weight, zero_division=np.nan)
    own = [found.per_label[label]["f1"].value for label in ("low", "middle", "high")]
    assert [np.nan if v is None else v for v in own] == pytest.approx(per.tolist(), nan_ok=True)
    assert found.macro["f1"].value == pytest.approx(np.nanmean(per))
    assert found.accuracy.value == pytest.approx(
        precision_score(truth, predicted, average="micro", sample_weight=weight)
    )
    assert sum(map(sum, found.confusion.counts)) == len(pairs)


def test_a_label_that_is_never_predicted_has_no_precision_and_is_named() -> None:
    found = classes(a_class_sample([0, 0, 1, 1, 2, 0], [0, 0, 1, 0, 1, 1]))
    assert found.per_label["high"]["precision"].value is None
    assert found.per_label["high"]["precision"].note
    assert found.per_label["high"]["f1"].value == 0.0
    assert found.left_out == {"precision": ("high",), "recall": (), "f1": ()}
    assert found.macro["f1"].value == pytest.approx((2 * 2 / 6 + 2 * 1 / 5 + 0) / 3)


def test_nothing_to_average() -> None:
    empty = replace(a_class_sample([], []), group=np.zeros(0, dtype=np.int64))
    found = classes(empty)
    assert found.macro["f1"].value is None
    assert found.accuracy.note == "no videos"
