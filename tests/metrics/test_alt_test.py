"""May a model stand in for a rater: by hand, against scipy, and in simulated crowds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from vibekit.metrics.alt_test import alt_test
from vibekit.metrics.multiple import benjamini_yekutieli

NAMES = ("ann", "ben", "cem")


def a_crowd(seed: int, n: int, *, raters: float, model: float) -> tuple[np.ndarray, np.ndarray]:
    """Return ratings and a model that are right so often."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, n)
    ratings = np.where(random.random((n, 3)) < raters, truth[:, None], 1 - truth[:, None]).astype(float)
    return ratings, np.where(random.random(n) < model, truth, 1 - truth).astype(float)


def test_a_model_as_good_as_the_raters_passes_and_a_bad_one_does_not() -> None:
    good = alt_test(*a_crowd(1, 200, raters=0.85, model=0.9), NAMES)
    assert (good.winning_rate, good.passed, good.note) == (1.0, True, "")
    assert good.advantage is not None
    assert good.advantage > 0.8
    bad = alt_test(*a_crowd(2, 200, raters=0.95, model=0.6), NAMES)
    assert (bad.winning_rate, bad.passed) == (0.0, False)


def test_by_the_formulas_of_the_paper() -> None:
    ratings, model = a_crowd(3, 120, raters=0.8, model=0.8)
    ratings[:20, 2] = np.nan
    found = alt_test(ratings, model, NAMES, epsilon=0.1)
    ps = []
    for place, row in enumerate(found.raters):
        model_wins, rater_wins = [], []
        for video in range(120):
            others = [x for other, x in enumerate(ratings[video]) if other != place and not np.isnan(x)]
            if np.isnan(ratings[video, place]):
                continue
            of_rater = np.mean([ratings[video, place] == x for x in others])
            of_model = np.mean([model[video] == x for x in others])
            model_wins.append(of_model >= of_rater)
            rater_wins.append(of_rater >= of_model)
        difference = np.array(rater_wins, dtype=float) - np.array(model_wins, dtype=float)
        p = ttest_1samp(difference, 0.1, alternative="less").pvalue
        assert row.p == pytest.approx(p)
        assert (row.model, row.rater_share) == pytest.approx((np.mean(model_wins), np.mean(rater_wins)))
        assert row.n == len(difference)
        ps.append(float(p))
    assert [row.wins for row in found.raters] == [p is not None and p <= 0.05 for p in benjamini_yekutieli(ps)]


def test_distances_count_on_a_scale() -> None:
    random = np.random.default_rng(4)
    truth = random.integers(1, 6, 100).astype(float)
    near = np.asarray(np.clip(truth + random.integers(-1, 2, 100), 1, 5), dtype=np.float64)
    ratings = np.stack([truth, np.clip(truth + random.integers(-2, 3, 100), 1, 5), truth], axis=1)
    by_distance = alt_test(ratings, near, NAMES, scale="ordinal")
    by_label = alt_test(ratings, near, NAMES)
    # the far rater is farther from the others than the model, also where both are wrong
    assert by_distance.raters[1].rater_share < by_label.raters[1].rater_share


def test_too_few_videos_are_not_tested_and_named() -> None:
    ratings, model = a_crowd(5, 60, raters=0.9, model=0.95)
    ratings[20:, 2] = np.nan
    found = alt_test(ratings, model, NAMES)
    assert found.raters[2].p is None
    assert not found.raters[2].wins
    assert found.note == "not tested, fewer than 30 videos shared with another rater and the model: cem"
    nobody = alt_test(ratings[:10], model[:10], NAMES)
    assert (nobody.winning_rate, nobody.passed) == (None, None)
    assert nobody.note.startswith("no rater shares 30 videos")
    alone = alt_test(ratings[:, :1], model, NAMES[:1])
    assert (alone.raters[0].n, alone.passed) == (0, None)
    assert alt_test(np.zeros((3, 0)), np.zeros(3), ()).note == "no raters"


def test_without_any_loss_there_is_no_division_by_zero() -> None:
    ratings = np.ones((40, 3))
    found = alt_test(ratings, np.ones(40), NAMES)
    assert found.raters[0].p == pytest.approx(0.8**40)
    assert found.passed
    worst = alt_test(ratings, np.zeros(40), NAMES)
    assert worst.raters[0].p == 1.0
    assert worst.passed is False


def test_two_raters_are_said_to_be_few_and_creators_widen_the_test() -> None:
    ratings, model = a_crowd(6, 90, raters=0.85, model=0.8)
    two = alt_test(ratings[:, :2], model, NAMES[:2])
    assert "asks for 3 or more" in two.note
    clustered = alt_test(np.repeat(ratings, 3, axis=0), np.repeat(model, 3), NAMES, group=np.repeat(np.arange(90), 3))
    single = alt_test(ratings, model, NAMES)
    assert [row.p for row in clustered.raters] == pytest.approx([row.p for row in single.raters])
