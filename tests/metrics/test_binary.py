"""The ratios of binary labels: known tables, weights, clusters, zero denominators, coverage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from support.samples import drawn, of_counts, stratified
from vibekit.metrics.binary import binary, metric
from vibekit.metrics.confusion import Counts
from vibekit.metrics.interval import wilson
from vibekit.metrics.ratio import Parts, ratio_se
from vibekit.metrics.sample import Sample
from vibekit.metrics.units import units_of


# the table of arXiv 2510.06657: precision, recall, F1 of a model and of crowd raters
@pytest.mark.parametrize(
    ("counts", "precision", "recall", "f1"),
    [((7794, 1372, 2206, 50_000), 0.8503, 0.7794, 0.8133), ((5369, 1620, 4631, 50_000), 0.7682, 0.5369, 0.6321)],
)
def test_the_table_of_the_paper_from_counts(
    counts: tuple[int, int, int, int], precision: float, recall: float, f1: float
) -> None:
    found = binary(of_counts(*counts)).estimates
    assert found["precision"].value == pytest.approx(precision, abs=5e-5)
    assert found["recall"].value == pytest.approx(recall, abs=5e-5)
    assert found["f1"].value == pytest.approx(f1, abs=5e-5)
    for name in ("precision", "recall", "f1"):
        estimate = found[name]
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.value is not None
        assert estimate.low < estimate.value < estimate.high < estimate.low + 0.03


def test_a_stratified_sample_as_the_survey_package_of_r_has_it() -> None:
    # svyratio and svymean of R's survey package, without finite population correction
    found = binary(stratified(creators=False))
    assert found.counts == Counts(tp=76, fp=25, fn=15, tn=184)
    for name, value, naive in (
        ("prevalence", 0.064375, 0.30333333),
        ("precision", 0.6954225352, 0.75247525),
        ("recall", 0.7669902913, 0.83516484),
        ("f1", 0.729455217, 0.79166667),
    ):
        assert found.estimates[name].value == pytest.approx(value, abs=1e-6)
        assert found.naive[name] == pytest.approx(naive, abs=1e-6)
    assert found.weighted
    assert "300 videos in 3 strata" in found.interval


@pytest.mark.parametrize(("creators", "f1", "prevalence"), [(False, 0.03239963, 0.0044), (True, 0.03656752, 0.00788)])
def test_standard_errors_by_stratum_and_by_creator(creators: bool, f1: float, prevalence: float) -> None:
    sample = stratified(creators=creators)
    units = units_of(sample.group, sample.stratum)
    w, t, p = sample.weight, sample.truth, sample.predicted
    assert ratio_se(Parts(top=2 * w * (t & p), bottom=w * t + w * p), units) == pytest.approx(f1, abs=1e-8)
    assert ratio_se(Parts(top=w * t, bottom=w), units) == pytest.approx(prevalence, abs=5e-6)
    estimate = metric("f1", sample, units)
    assert estimate.low is not None
    assert estimate.high is not None
    # the interval is that of this standard error, only not symmetric
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * f1, rel=0.02)


@given(counts=st.tuples(*[st.integers(0, 12)] * 4), weights=st.lists(st.floats(0.5, 50), min_size=48, max_size=48))
def test_values_as_scikit_learn_and_never_a_number_for_nothing(
    counts: tuple[int, int, int, int], weights: list[float]
) -> None:
    sample = of_counts(*counts)
    sample = replace(sample, weight=np.array(weights[: len(sample.truth)]))
    tp, fp, fn, tn = counts
    found = binary(sample).estimates
    below = {
        "precision": tp + fp,
        "recall": tp + fn,
        "f1": tp + fp + fn,
        "specificity": fp + tn,
        "accuracy": sum(counts),
        "prevalence": sum(counts),
        "predicted_prevalence": sum(counts),
    }
    for name, n in below.items():
        estimate = found[name]
        assert (estimate.value is None) == (n == 0)
        if n == 0:
            assert estimate.note
            continue
        if sum(counts) == 1:
            assert estimate.note
            continue
        assert estimate.value is not None
        assert estimate.low is not None
        assert estimate.high is not None
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
        assert estimate.low < estimate.high
    if tp + fp and tp + fn:
        theirs = precision_recall_fscore_support(
            sample.truth, sample.predicted, average="binary", sample_weight=sample.weight
        )
        own = [found[name].value for name in ("precision", "recall", "f1")]
        assert own == pytest.approx(theirs[:3])


def test_without_weights_and_groups_it_is_wilson() -> None:
    found = binary(of_counts(40, 10, 20, 130)).estimates["precision"]
    plain = wilson(40, 50)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=2e-3)


def test_everything_right_is_never_certain_and_groups_count_once() -> None:
    sample = of_counts(20, 0, 0, 20)
    apart = binary(sample).estimates["precision"]
    together = binary(replace(sample, group=np.arange(40) // 5)).estimates["precision"]
    assert apart.value == apart.high == together.value == together.high == 1.0
    assert apart.low is not None
    assert together.low is not None
    assert together.low < apart.low < 0.85
    f1 = binary(sample).estimates["f1"]
    assert f1.low is not None
    assert f1.low < 0.93


def test_one_group_gives_values_without_intervals_and_says_why() -> None:
    found = binary(replace(of_counts(5, 1, 1, 5), group=np.zeros(12, dtype=np.int64)))
    assert found.estimates["f1"].value == pytest.approx(10 / 12)
    assert found.estimates["f1"].low is None
    assert found.estimates["f1"].note == "one group only: no interval"


def test_few_groups_widen_the_interval() -> None:
    sample = drawn(3, 200)
    wide = binary(replace(sample, group=np.arange(200) % 6)).estimates["accuracy"]
    narrow = binary(sample).estimates["accuracy"]
    assert wide.low is not None
    assert narrow.low is not None
    assert wide.value == narrow.value


def test_a_stratum_without_positives_moves_ends_out_as_far_as_it_may_hide_some() -> None:
    sample = stratified(creators=False)
    units = units_of(sample.group, sample.stratum)
    found = binary(sample)
    # 425 positives at most among the 17,000 videos of a stratum with none in 120
    assert found.estimates["recall"].low == pytest.approx(987.5 / 1712.5)
    assert found.estimates["f1"].low == pytest.approx(1975 / (1975 + 432.5 + 725))
    assert found.estimates["prevalence"].high == pytest.approx(1712.5 / 20_000)
    assert found.estimates["recall"].high == metric("recall", sample, units).high
    assert found.estimates["precision"] == metric("precision", sample, units)
    assert "rule of three" in found.interval


def test_recall_of_an_enriched_sample_holds_the_truth_also_when_no_miss_was_drawn() -> None:
    random = np.random.default_rng(23)
    truth = np.repeat([True, False], [1000, 19_000])
    predicted = np.concatenate([np.arange(1000) % 100 < 78, np.arange(19_000) < 138])
    held = rounds = 0
    for _ in range(150):
        sides = [random.choice(np.flatnonzero(predicted == side), 150, replace=False) for side in (True, False)]
        places = np.concatenate(sides)
        weight = np.repeat([predicted.sum() / 150, (~predicted).sum() / 150], 150)
        stratum = np.repeat([0, 1], 150)
        recall = binary(
            Sample(
                truth=truth[places], predicted=predicted[places], weight=weight, group=np.arange(300), stratum=stratum
            )
        ).estimates["recall"]
        rounds += 1
        held += recall.low is not None and recall.high is not None and recall.low <= 0.78 <= recall.high
    assert held / rounds >= 0.93


def test_nothing_at_all_is_undefined() -> None:
    found = binary(of_counts(0, 0, 0, 0))
    assert all(e.value is None and e.note for e in found.estimates.values())
    assert found.effective_n == 0


@pytest.mark.parametrize(("n", "prevalence", "size"), [(100, 0.1, 1), (300, 0.3, 10)])
def test_intervals_hold_the_truth_nineteen_times_in_twenty(n: int, prevalence: float, size: int) -> None:
    random = np.random.default_rng(11)
    recall, precision = 0.78, 0.85
    shares = np.array([recall, recall / precision - recall, 1 - recall, 0.0]) * prevalence
    shares[3] = 1 - shares.sum()
    truths = {"precision": precision, "f1": 2 * recall * precision / (recall + precision)}
    held = dict.fromkeys(truths, 0)
    rounds = 250
    for _ in range(rounds):
        mixes = random.dirichlet(shares * 8, n // size) if size > 1 else np.tile(shares, (n, 1))
        cells = np.array([random.multinomial(size, mix) for mix in mixes])
        order = np.repeat(np.tile(np.arange(4), len(mixes)), cells.ravel())
        sample = of_counts(0, 0, 0, n)
        group = np.repeat(np.arange(len(mixes)), size)
        found = binary(
            replace(sample, truth=np.isin(order, (0, 2)), predicted=np.isin(order, (0, 1)), group=group)
        ).estimates
        for name, truth in truths.items():
            low, high = found[name].low, found[name].high
            held[name] += low is not None and high is not None and low <= truth <= high
    assert all(0.91 <= k / rounds <= 0.99 for k in held.values()), held
