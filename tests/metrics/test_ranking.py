"""Areas under curves: scikit-learn's values, intervals from binned scores, curves that can be drawn."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score

from support.samples import drawn, of_counts
from vibekit.metrics import binned
from vibekit.metrics.ranking import POINTS, ranking
from vibekit.metrics.sample import Sample


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 8), st.floats(0.5, 20)), min_size=2, max_size=40).filter(
        lambda rows: len({truth for truth, _, _ in rows}) == 2
    )
)
def test_values_as_scikit_learn_with_ties_and_weights(rows: list[tuple[bool, int, float]]) -> None:
    truth = np.array([t for t, _, _ in rows])
    score = np.array([s / 8 for _, s, _ in rows])
    weight = np.array([w for _, _, w in rows])
    group = np.arange(len(rows))
    sample = Sample(truth=truth, predicted=score >= 0.5, weight=weight, group=group, probability=score)
    found = ranking(sample, draws=50)
    precision, recall, _ = precision_recall_curve(truth, score, sample_weight=weight)
    assert found.roc_auc.value == pytest.approx(roc_auc_score(truth, score, sample_weight=weight))
    assert found.average_precision.value == pytest.approx(average_precision_score(truth, score, sample_weight=weight))
    assert found.pr_auc.value == pytest.approx(auc(recall, precision))
    for area in (found.roc_auc, found.average_precision, found.pr_auc):
        if area.note:
            # of two videos most draws hold one kind only
            assert area.low is None
            continue
        assert area.low is not None
        assert area.high is not None
        assert area.value is not None
        assert 0 <= area.low <= area.value <= area.high <= 1
        assert area.low < area.high


def test_bins_change_the_interval_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(12)
    sample = drawn(12, 3000, group_size=3)
    sample = replace(sample, probability=np.asarray(sample.probability) + random.random(3000) * 1e-4)
    coarse = ranking(sample, draws=300)
    monkeypatch.setattr(binned, "BINS", 5000)
    monkeypatch.setattr(binned.bin_of, "__defaults__", (5000,))
    fine = ranking(sample, draws=300)
    for name in ("roc_auc", "average_precision", "pr_auc"):
        a, b = getattr(coarse, name), getattr(fine, name)
        assert a.value == b.value
        assert (a.low, a.high) == pytest.approx((b.low, b.high), abs=5e-4), name


def test_the_interval_of_the_area_is_that_of_delong() -> None:
    random = np.random.default_rng(13)
    truth = np.repeat([True, False], [80, 160])
    score = 1 / (1 + np.exp(-(random.normal(0, 1, 240) + truth)))
    sample = replace(of_counts(80, 0, 0, 160), truth=truth, probability=score)
    found = ranking(sample).roc_auc
    placed = (score[truth][:, None] > score[~truth][None, :]).astype(float)
    variance = placed.mean(axis=1).var(ddof=1) / 80 + placed.mean(axis=0).var(ddof=1) / 160
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / 3.92 == pytest.approx(np.sqrt(variance), rel=0.08)


def test_a_perfect_ranking_has_an_interval() -> None:
    sample = replace(of_counts(10, 0, 0, 30), probability=np.repeat([0.9, 0.1], [10, 30]))
    found = ranking(sample).roc_auc
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low is not None
    assert 0.6 < found.low < 0.9


def test_what_has_no_probability_is_counted_and_one_kind_of_truth_is_undefined() -> None:
    sample = drawn(14, 60)
    probability = np.asarray(sample.probability).copy()
    probability[:10] = np.nan
    found = ranking(replace(sample, probability=probability))
    assert (found.n, found.without) == (50, 10)
    single = ranking(replace(sample, truth=np.ones(60, dtype=bool)))
    assert (single.roc_auc.value, single.pr, single.roc_auc.note) == (None, None, "golden labels of one kind only")
    assert ranking(replace(sample, probability=None)).roc_auc.note == "no probabilities"


def test_curves_are_short_and_run_from_end_to_end() -> None:
    random = np.random.default_rng(15)
    sample = replace(drawn(15, 5000), probability=random.random(5000))
    found = ranking(sample, draws=20)
    assert found.pr is not None
    assert found.roc is not None
    assert len(found.pr.x) <= POINTS
    assert (found.roc.x[0], found.roc.y[0], found.roc.x[-1], found.roc.y[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert found.pr.x[-1] == 1.0
    assert list(found.roc.x) == sorted(found.roc.x)
    json.dumps(asdict(found.roc), allow_nan=False)
    # a point of the curve is what its threshold gives
    place = len(found.pr.x) // 2
    called = np.asarray(sample.probability) >= found.pr.threshold[place]
    assert found.pr.y[place] == pytest.approx(sample.truth[called].mean())
    assert found.pr.x[place] == pytest.approx(sample.truth[called].sum() / sample.truth.sum())
