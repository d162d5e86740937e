"""Slope and intercept of logits on held-out videos: Platt scaling on soft labels (binary), a temperature (others)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.student.target import Target

PRIOR = 1.0
"""How many videos' worth of curvature hold slope and intercept at 1 and 0: without it a few videos that are apart
would send the slope to infinity."""
LEAST, MOST = 0.05, 20.0
"""Ends of the slope: a negative one would turn the student round."""
STEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """p = sigmoid(slope * logit + intercept); of other kinds than binary softmax(slope * logits)."""

    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return corrected logits."""
        return np.asarray(logits * np.float32(self.slope) + np.float32(self.intercept), np.float32)


def calibrate(logits: NDArray[np.float32], target: Target) -> Calibration:
    """Fit on the labelled videos of the held-out part; without any, nothing is corrected.

    Args:
        logits: Shape (n, k).
        target: Of the same n videos.
    """
    known = target.known
    if not known.any():
        return Calibration()
    z, q = logits[known].astype(np.float64), target.chance[known].astype(np.float64)
    weight = target.weight[known].astype(np.float64)
    weight = weight / weight.mean()
    return _platt(z[:, 0], q[:, 0], weight) if target.is_binary else _temperature(z, q, weight)


def _platt(z: NDArray[np.float64], q: NDArray[np.float64], weight: NDArray[np.float64]) -> Calibration:
    """Minimise the cross-entropy by Newton's method with halved steps: two numbers, a convex function."""
    from scipy.special import expit

    # logits are centred for the search: slope and intercept then hardly depend on each other
    centre = float(np.average(z, weights=weight))
    rows = np.stack([z - centre, np.ones_like(z)], axis=1)
    at = np.array([1.0, centre])
    wanted = at.copy()

    def value(point: NDArray[np.float64]) -> float:
        s = rows @ point
        away = point - wanted
        return float(weight @ (np.logaddexp(0, s) - q * s)) + PRIOR / 2 * float(away @ away)

    for _ in range(STEPS):
        p = expit(rows @ at)
        gradient = rows.T @ (weight * (p - q)) + PRIOR * (at - wanted)
        curvature = (rows * (weight * p * (1 - p))[:, None]).T @ rows + PRIOR * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        size, here = 1.0, value(at)
        while size > 1e-6 and value(at - size * step) > here:
            size /= 2
        at = at - size * step
        if float(np.abs(size * step).max()) < 1e-10:
            break
    slope = float(np.clip(at[0], LEAST, MOST))
    return Calibration(slope=slope, intercept=float(at[1] - slope * centre))


def _temperature(z: NDArray[np.float64], q: NDArray[np.float64], weight: NDArray[np.float64]) -> Calibration:
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    def value(log_slope: float) -> float:
        loss = -(q * log_softmax(np.exp(log_slope) * z, axis=1)).sum(axis=1)
        return float(weight @ loss) + PRIOR / 2 * log_slope * log_slope

    found = minimize_scalar(value, bounds=(float(np.log(LEAST)), float(np.log(MOST))), method="bounded")
    return Calibration(slope=float(np.exp(found.x)))
