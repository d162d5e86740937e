"""Prevalence in a corpus: coverage, width, weights, and samples that cannot say how wrong predictions are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from support.samples import of_counts
from vibekit.core.score_parts import Corpus
from vibekit.metrics.ppi import prevalence
from vibekit.metrics.sample import Sample

N, SHARE = 20_000, 0.15


def a_corpus(random: np.random.Generator, right: float) -> tuple[np.ndarray, np.ndarray]:
    truth = random.random(N) < SHARE
    return truth, np.where(random.random(N) < right, truth, random.random(N) < 0.5)


def a_sample(truth: np.ndarray, predicted: np.ndarray, places: np.ndarray, probability: np.ndarray) -> Sample:
    return Sample(
        truth=truth[places],
        predicted=predicted[places],
        weight=1 / probability[places],
        group=np.arange(len(places)),
        stratum=predicted[places].astype(np.int64) if probability.min() < probability.max() else None,
    )


def width(found: Corpus) -> float:
    assert found.ppi.low is not None
    assert found.ppi.high is not None
    return found.ppi.high - found.ppi.low


def human_width(found: Corpus) -> float:
    assert found.human_only.low is not None
    assert found.human_only.high is not None
    return found.human_only.high - found.human_only.low


@pytest.mark.parametrize("design", ["random", "by prediction"])
def test_it_holds_the_truth_nineteen_times_in_twenty(design: str) -> None:
    random = np.random.default_rng(18)
    held = 0
    rounds = 150
    for _ in range(rounds):
        truth, predicted = a_corpus(random, 0.9)
        if design == "random":
            probability = np.full(N, 300 / N)
            places = random.choice(N, 300, replace=False)
        else:
            sizes = {True: predicted.sum(), False: (~predicted).sum()}
            probability = np.where(predicted, 150 / sizes[True], 150 / sizes[False])
            places = np.concatenate([random.choice(np.flatnonzero(predicted == s), 150, replace=False) for s in sizes])
        found = prevalence(a_sample(truth, predicted, places, probability), predicted.astype(float))
        assert found.ppi.low is not None
        assert found.ppi.high is not None
        held += found.ppi.low <= SHARE <= found.ppi.high
    assert 0.90 <= held / rounds <= 0.99


@pytest.mark.parametrize(("right", "gain"), [(0.95, 1.5), (0.6, 1.0), (0.0, 0.97)])
def test_good_predictions_narrow_it_and_bad_ones_do_not_widen_it(right: float, gain: float) -> None:
    random = np.random.default_rng(19)
    truth, predicted = a_corpus(random, right)
    found = prevalence(
        a_sample(truth, predicted, random.choice(N, 400, replace=False), np.full(N, 400 / N)), predicted.astype(float)
    )
    assert found.power is not None
    assert 0 <= found.power <= 1
    assert human_width(found) / width(found) >= gain


def test_the_closed_form_without_weights() -> None:
    # theta = power x mean f + mean (y - power x f), variance power^2 var(f) / N + var(y - power f) / n
    random = np.random.default_rng(20)
    truth, predicted = a_corpus(random, 0.85)
    places = random.choice(N, 250, replace=False)
    found = prevalence(a_sample(truth, predicted, places, np.full(N, 250 / N)), predicted.astype(float))
    y, f, corpus = truth[places].astype(float), predicted[places].astype(float), predicted.astype(float)
    power = np.cov(y, f)[0, 1] / (f.var(ddof=1) + 250 / N * corpus.var(ddof=1))
    assert found.power == pytest.approx(power)
    value = power * corpus.mean() + (y - power * f).mean()
    assert found.ppi.value == pytest.approx(value)
    se = np.sqrt(power**2 * corpus.var(ddof=1) / N + (y - power * f).var(ddof=1) / 250)
    assert width(found) == pytest.approx(2 * 1.97 * se, rel=0.03)
    assert found.predicted == pytest.approx(corpus.mean())


def test_a_sample_without_errors_does_not_make_it_certain() -> None:
    corpus = np.repeat([1.0, 0.0], [300, 2700])
    found = prevalence(of_counts(10, 0, 0, 90), corpus)
    assert found.ppi.value == pytest.approx(0.1)
    assert width(found) == pytest.approx(human_width(found))
    assert "right on every golden video" in found.note
    few = prevalence(of_counts(10, 1, 1, 88), corpus)
    assert few.note == "rests on 2 wrong golden videos only"
    nobody = prevalence(of_counts(0, 0, 0, 50), corpus)
    assert nobody.ppi.high is not None
    assert nobody.ppi.high > 0.05
    assert "one kind only" in nobody.note


def test_what_is_missing_is_said() -> None:
    assert prevalence(of_counts(0, 0, 0, 0), np.ones(3)).note == "no golden videos with a prediction"
    assert prevalence(of_counts(1, 1, 1, 1), np.zeros(0)).note == "no predictions in the corpus"
    single = replace(of_counts(1, 1, 1, 1), group=np.zeros(4, dtype=np.int64))
    assert "one group only" in prevalence(single, np.ones(3)).note


def test_creators_of_the_corpus_widen_it() -> None:
    random = np.random.default_rng(21)
    truth, predicted = a_corpus(random, 0.9)
    predicted = np.sort(predicted)
    sample = a_sample(truth, predicted, random.choice(N, 300, replace=False), np.full(N, 300 / N))
    sample = replace(sample, truth=sample.predicted ^ (random.random(300) < 0.05))
    corpus = predicted.astype(float)
    assert width(prevalence(sample, corpus, corpus_group=np.arange(N) // 100)) > width(prevalence(sample, corpus))
