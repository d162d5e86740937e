"""Corrections of probabilities: Platt scaling, isotonic regression, temperature; fitted on the tune split."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.metrics.sample import Sample

Method = Literal["platt", "isotonic", "temperature"]
METHODS: tuple[Method, ...] = ("platt", "isotonic", "temperature")
CLIP = 1e-6
"""Probabilities of 0 and 1 have no log-odds: they are moved in by so much."""
FEW = 100
"""Isotonic regression over fewer videos follows chance (Niculescu-Mizil and Caruana, ICML 2005, ask for many more)."""
COLDEST, HOTTEST = 0.05, 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrator:
    """A fitted correction.

    Attributes:
        method: ``platt``: sigmoid(slope x log-odds + intercept); ``temperature``: sigmoid(log-odds / temperature);
            ``isotonic``: linear between the points x, y.
        parameters: slope and intercept; temperature; x and y. Numbers and lists of numbers only.
        note: What is doubtful about it; empty if nothing is.
    """

    method: Method
    parameters: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    def apply(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return corrected probabilities; NaN stays NaN."""
        p = self.parameters
        if self.method == "isotonic":
            return np.asarray(np.interp(probability, p["x"], p["y"]), dtype=np.float64)
        odds = log_odds(probability)
        return sigmoid(p["slope"] * odds + p["intercept"] if self.method == "platt" else odds / p["temperature"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What fitting gave.

    Attributes:
        calibrator: None when nothing could be fitted.
        note: Why.
    """

    calibrator: Calibrator | None
    note: str = ""


def fit(method: Method, sample: Sample) -> Fit:
    """Fit a correction to the weighted videos of a sample that have a probability.

    Args:
        method: Platt scaling works on log-odds with Platt's smoothed targets (Advances in Large Margin Classifiers,
            1999), so that it also exists where the classes are apart. Temperature: Guo et al., ICML 2017.
        sample: With probabilities.
    """
    known = np.isfinite(sample.probability) if sample.probability is not None else np.zeros(len(sample.truth), bool)
    truth, weight = sample.truth[known], sample.weight[known]
    if sample.probability is None or len(truth) == 0:
        return Fit(calibrator=None, note="no probabilities to calibrate")
    if truth.all() or not truth.any():
        return Fit(calibrator=None, note="golden labels of one kind only: nothing to calibrate with")
    probability = sample.probability[known]
    if float(np.ptp(probability)) == 0 and method != "temperature":
        return Fit(calibrator=None, note="all probabilities are the same: nothing to calibrate with")
    return Fit(calibrator=_FITTERS[method](probability, truth, weight))


def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln(p / (1 - p)) of probabilities that are kept away from 0 and 1."""
    inside = np.clip(probability, CLIP, 1 - CLIP)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-x))."""
    from scipy.special import expit

    return np.asarray(expit(x), dtype=np.float64)


def _platt(probability: NDArray[np.float64], truth: NDArray[np.bool_], weight: NDArray[np.float64]) -> Calibrator:
    from sklearn.linear_model import LogisticRegression

    positives, negatives = int(truth.sum()), int((~truth).sum())
    target = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    x = np.tile(log_odds(probability), 2)[:, None]
    y = np.repeat([1, 0], len(truth))
    # a soft target is a true and a false video that share the weight
    shares = np.concatenate([weight * target, weight * (1 - target)]) / weight.mean()
    model = LogisticRegression(C=np.inf, tol=1e-9, max_iter=1000).fit(x, y, sample_weight=shares)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    note = "the slope is negative: higher probabilities are less often true" if slope < 0 else ""
    return Calibrator(method="platt", parameters={"slope": slope, "intercept": intercept}, note=note)


def _isotonic(probability: NDArray[np.float64], truth: NDArray[np.bool_], weight: NDArray[np.float64]) -> Calibrator:
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit(probability, truth.astype(np.float64), sample_weight=weight)
    points = {"x": model.X_thresholds_.tolist(), "y": model.y_thresholds_.tolist()}
    note = f"fitted on {len(truth)} videos only: isotonic regression follows chance there" if len(truth) < FEW else ""
    return Calibrator(method="isotonic", parameters=points, note=note)


def _temperature(probability: NDArray[np.float64], truth: NDArray[np.bool_], weight: NDArray[np.float64]) -> Calibrator:
    from scipy.optimize import minimize_scalar

    signed = np.where(truth, 1.0, -1.0) * log_odds(probability)

    def loss(log_temperature: float) -> float:
        return float((weight * np.logaddexp(0, -signed / np.exp(log_temperature))).sum())

    ends = (float(np.log(COLDEST)), float(np.log(HOTTEST)))
    found = float(np.exp(minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-6}).x))
    at_end = found < COLDEST * 1.01 or found > HOTTEST / 1.01
    note = f"the temperature is at the end of what is searched, {COLDEST:g} to {HOTTEST:g}" if at_end else ""
    return Calibrator(method="temperature", parameters={"temperature": found}, note=note)


_FITTERS = {"platt": _platt, "isotonic": _isotonic, "temperature": _temperature}
