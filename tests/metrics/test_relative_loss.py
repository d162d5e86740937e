"""How much of the teacher's F1 a student loses, and when that is shown to be little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from support.samples import drawn
from vibekit.metrics.binary import binary
from vibekit.metrics.relative_loss import NO, NOT_SHOWN, SHOWN, UNKNOWN, relative_loss
from vibekit.metrics.sample import Sample


def pair(n: int, wrong: int) -> tuple[Sample, Sample]:
    """A teacher that is right everywhere, and a student that misses so many of the n / 2 true videos."""
    truth = np.arange(n) % 2 == 0
    base = Sample(truth=truth, predicted=truth, weight=np.ones(n), group=np.arange(n))
    missed = truth.copy()
    missed[np.flatnonzero(truth)[:wrong]] = False
    return replace(base, predicted=missed), base


def test_the_value_is_that_of_the_two_f1s() -> None:
    student, teacher = drawn(1, 400), replace(drawn(1, 400), predicted=drawn(2, 400).predicted)
    found = relative_loss([(student, teacher)], draws=200)
    f1 = [binary(one).estimates["f1"].value or 0.0 for one in (student, teacher)]
    assert found.loss.value == pytest.approx(1 - f1[0] / f1[1])
    assert relative_loss([(teacher, teacher)], draws=200).loss.value == 0


@pytest.mark.parametrize(
    ("n", "wrong", "verdict"), [(2000, 10, SHOWN), (2000, 200, NO), (60, 2, NOT_SHOWN), (20, 0, NOT_SHOWN)]
)
def test_verdicts(n: int, wrong: int, verdict: str) -> None:
    assert relative_loss([pair(n, wrong)], draws=500).verdict == verdict


def test_nothing_to_compare() -> None:
    assert relative_loss([]).verdict == UNKNOWN
    silent = replace(pair(40, 0)[1], predicted=np.zeros(40, bool))
    assert relative_loss([(silent, silent)], draws=100).verdict == UNKNOWN


def test_several_attributes_are_held_by_their_mean() -> None:
    found = relative_loss([pair(2000, 0), pair(2000, 100)], draws=300)
    one = relative_loss([pair(2000, 100)], draws=300)
    assert found.loss.value == pytest.approx((one.loss.value or 0) / 2)


def test_videos_that_stand_for_many_do_not_show_what_chance_left_out() -> None:
    random, shown = np.random.default_rng(0), 0
    few, many = 60, 120
    for seed in range(60):
        # a rare stratum of weight 10 holds most of the true videos' weight
        truth = np.concatenate([random.random(few) < 0.5, random.random(many) < 0.03])
        weight = np.repeat([1.0, 10.0], [few, many])
        teacher = Sample(
            truth=truth, predicted=truth, weight=weight, group=np.arange(few + many),
            stratum=np.repeat([0, 1], [few, many]),
        )  # fmt: skip
        # F1 falls by 6 % when 11.3 % of the true videos are missed
        student = replace(teacher, predicted=truth & (random.random(few + many) >= 0.113))
        shown += relative_loss([(student, teacher)], draws=200, seed=seed).verdict == SHOWN
    assert shown <= 1


def test_a_student_that_never_differs_is_shown_with_enough_videos() -> None:
    assert relative_loss([pair(300, 0)], draws=200).verdict == SHOWN
    # none of thirty missed may be one in eight
    assert relative_loss([pair(60, 0)], draws=200).verdict == NOT_SHOWN
