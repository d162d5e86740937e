"""How far probabilities can be believed, and corrections of them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from support.samples import drawn, of_counts
from vibekit.metrics.calibration import bin_of, reliability
from vibekit.metrics.calibrators import METHODS, Calibrator, Method, fit, log_odds
from vibekit.metrics.sample import Sample


def sample_of(probability: list[float], truth: list[int]) -> Sample:
    n = len(truth)
    p = np.array(probability)
    return Sample(truth=np.array(truth) == 1, predicted=p >= 0.5, weight=np.ones(n), group=np.arange(n), probability=p)


MADE = sample_of([0.11, 0.91, 0.81, 0.31, 0.55, 0.62, 0.22, 0.95, 0.45, 0.7], [0, 1, 1, 0, 0, 1, 0, 1, 1, 0])
"""Made data: Brier .14427, ECE .129 and MCE .265 in five bins of equal width, by hand."""


def test_the_example_of_scikit_learn() -> None:
    found = reliability(sample_of([0.1, 0.9, 0.8, 0.3], [0, 1, 1, 0]))
    assert found.brier.value == pytest.approx(0.0375)


def test_five_bins_of_equal_width() -> None:
    found = reliability(MADE, bins=5)
    assert found.brier.value == pytest.approx(0.14427, abs=1e-9)
    assert found.ece.value == pytest.approx(0.129, abs=1e-9)
    assert found.mce.value == pytest.approx(0.265, abs=1e-9)
    assert [(b.low, b.n) for b in found.bins] == [(0.0, 1), (0.2, 2), (0.4, 2), (0.6, 2), (0.8, 3)]
    assert found.bins[-1].mean == pytest.approx(0.89)
    assert found.bins[-1].share.value == 1.0
    assert found.bins[-1].share.low is not None
    assert found.bins[-1].share.low < 1


def test_bins_are_closed_below_and_the_last_one_above() -> None:
    at_edges = np.array([0.0, 0.1, 0.2, 0.3, 0.6, 0.7, 0.9, 1.0])
    assert bin_of(at_edges, 10).tolist() == [0, 1, 2, 3, 6, 7, 9, 9]


def test_weights_count() -> None:
    weight = np.arange(1.0, 11.0)
    found = reliability(replace(MADE, weight=weight), bins=5)
    theirs = brier_score_loss(MADE.truth, MADE.probability, sample_weight=weight)
    assert found.brier.value == pytest.approx(theirs)


def test_the_interval_of_the_calibration_error_is_not_that_of_its_chance() -> None:
    held = 0
    for seed in range(40):
        # drawn true with their probability, so that the true error is zero
        found = reliability(drawn(100 + seed, 300), draws=200)
        assert found.ece.low is not None
        assert found.ece.value is not None
        assert found.ece.high is not None
        assert found.ece.low <= found.ece.value <= found.ece.high
        held += found.ece.low == 0
    assert held >= 36


def test_without_probabilities_it_is_undefined() -> None:
    found = reliability(of_counts(1, 1, 1, 1))
    assert (found.brier.value, found.brier.note, found.bins, found.without) == (None, "no probabilities", (), 4)


def overconfident(n: int = 2000) -> Sample:
    random = np.random.default_rng(16)
    odds = random.normal(-0.5, 1.5, n)
    truth = random.random(n) < 1 / (1 + np.exp(-odds))
    claimed = 1 / (1 + np.exp(-(3 * odds + 1)))
    base = of_counts(n, 0, 0, 0)
    return replace(base, truth=truth, probability=claimed, predicted=claimed >= 0.5)


@pytest.mark.parametrize("method", METHODS)
def test_corrections_lower_the_error_and_survive_json(method: Method) -> None:
    sample = overconfident()
    fitted = fit(method, sample).calibrator
    assert fitted is not None
    assert sample.probability is not None
    corrected = fitted.apply(sample.probability)
    before, after = (reliability(s, draws=20).ece.value for s in (sample, replace(sample, probability=corrected)))
    assert before is not None
    assert after is not None
    assert after < before / 1.5
    again = Calibrator(method=method, parameters=json.loads(json.dumps(dict(fitted.parameters))))
    assert again.apply(sample.probability) == pytest.approx(corrected)
    assert np.isnan(fitted.apply(np.array([np.nan]))[0])


def test_platt_and_temperature_find_what_was_put_in() -> None:
    platt, temperature = (fit(m, overconfident(20_000)).calibrator for m in ("platt", "temperature"))
    assert platt is not None
    assert temperature is not None
    assert platt.parameters["slope"] == pytest.approx(1 / 3, abs=0.02)
    assert platt.parameters["intercept"] == pytest.approx(-1 / 3, abs=0.05)
    assert 2 < temperature.parameters["temperature"] < 4


def test_classes_that_are_apart_do_not_send_platt_to_infinity() -> None:
    found = fit("platt", sample_of([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0])).calibrator
    assert found is not None
    assert 0 < found.parameters["slope"] < 10


def test_what_cannot_be_fitted_says_why() -> None:
    single = fit("platt", sample_of([0.9, 0.8], [1, 1]))
    assert (single.calibrator, single.note) == (None, "golden labels of one kind only: nothing to calibrate with")
    assert fit("isotonic", of_counts(1, 1, 1, 1)).note == "no probabilities to calibrate"
    assert fit("isotonic", sample_of([0.5, 0.5], [1, 0])).note.startswith("all probabilities are the same")
    few = fit("isotonic", sample_of([0.1, 0.4, 0.9], [0, 1, 1])).calibrator
    assert few is not None
    assert "3 videos only" in few.note
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
