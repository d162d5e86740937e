"""Logistic regression on soft labels: one convex problem an attribute, solved together by L-BFGS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.student.network import Layer
from vibekit.student.target import log_loss

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vibekit.student.target import Target

PATH = (100.0, 10.0, 1.0, 0.1, 0.01)
"""Penalties that are tried, times the number of dimensions, the strongest first; each starts where the last ended."""
PLENTY = 50
"""With so many videos a dimension the penalty hardly matters: one is enough."""
STEPS = 200
FEW = 30
"""With fewer held-out videos a penalty cannot be chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Standardised rows and what they are to give: ``x`` has shape (n, d), every target n rows."""

    x: NDArray[np.float32]
    targets: Sequence[Target]


def fit_linear(
    train: Data, held_out: Data, *, l2: float | None = None, towards: Mapping[str, Layer] | None = None
) -> dict[str, Layer]:
    """Fit every attribute: name -> its rows.

    The loss is the weighted sum of cross-entropies plus ``l2 / 2`` times the squared weights; biases are free. Weights
    are scaled to a mean of one, so that the penalty is in units of videos.

    Args:
        train: To fit on.
        held_out: To choose the penalty by, attribute by attribute.
        l2: The penalty; None to choose it.
        towards: Where weights are drawn to in place of zero: name -> its rows, of some attributes.
    """
    problem = Problem(train, towards or {})
    dim = train.x.shape[1]
    if l2 is not None:
        path: tuple[float, ...] = (l2,)
    elif len(train.x) >= PLENTY * dim:
        path = (PATH[1],)
    elif len(held_out.x) < FEW:
        path = (float(dim),)
    else:
        path = tuple(dim * factor for factor in PATH)
    best: dict[str, tuple[float, Layer]] = {}
    at = problem.start()
    for penalty in path:
        at = problem.solve(at, penalty)
        for target, layer in zip(held_out.targets, problem.layers(at), strict=True):
            loss = log_loss(layer(held_out.x), target) if len(path) > 1 else 0.0
            # without a held-out label of this attribute the middle of the path stays
            known = best.get(target.name)
            if known is None or loss < known[0] or (np.isnan(loss) and penalty >= dim):
                best[target.name] = (loss, layer)
    return {name: layer for name, (_, layer) in best.items()}


class Problem:
    """The loss of all attributes as one function of a flat vector: they share the products with the rows."""

    def __init__(self, data: Data, towards: Mapping[str, Layer]) -> None:
        self._data = data
        self._slices: list[slice] = []
        at = 0
        for target in data.targets:
            self._slices.append(slice(at, at + target.width))
            at += target.width
        self._columns = at
        self._weights = [_scaled(target.weight) for target in data.targets]
        dim = data.x.shape[1]
        self._centre = np.zeros((at, dim + 1))
        for target, rows in zip(data.targets, self._slices, strict=True):
            if target.name in towards:
                self._centre[rows, :dim] = towards[target.name].weight
                self._centre[rows, dim] = towards[target.name].bias
            else:
                self._centre[rows, dim] = _prior(target)

    def start(self) -> NDArray[np.float64]:
        """Return where fitting begins."""
        return self._centre.ravel().copy()

    def solve(self, start: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
        """Return the flat vector with the least loss under a penalty."""
        from scipy.optimize import minimize

        found = minimize(
            self._value, start, args=(penalty,), jac=True, method="L-BFGS-B",
            options={"maxiter": STEPS, "ftol": 1e-8, "gtol": 1e-4},
        )  # fmt: skip
        return np.asarray(found.x, np.float64)

    def layers(self, flat: NDArray[np.float64]) -> list[Layer]:
        """Return the rows of every attribute."""
        table = flat.reshape(self._columns, -1).astype(np.float32)
        return [
            Layer(weight=np.ascontiguousarray(table[rows, :-1]), bias=table[rows, -1].copy()) for rows in self._slices
        ]

    def _value(self, flat: NDArray[np.float64], penalty: float) -> tuple[float, NDArray[np.float64]]:
        from scipy.special import expit, logsumexp

        x = self._data.x
        table = flat.reshape(self._columns, -1)
        logits = (x @ table[:, :-1].T.astype(np.float32)).astype(np.float64) + table[:, -1]
        rest = np.empty_like(logits)
        total = 0.0
        for target, rows, weight in zip(self._data.targets, self._slices, self._weights, strict=True):
            z, q = logits[:, rows], target.chance
            if target.is_binary:
                total += float(weight @ (np.logaddexp(0, z) - q * z)[:, 0])
                rest[:, rows] = weight[:, None] * (expit(z) - q)
            else:
                norm = logsumexp(z, axis=1, keepdims=True)
                total += float(weight @ (norm[:, 0] - (q * z).sum(axis=1)))
                rest[:, rows] = weight[:, None] * (np.exp(z - norm) - q)
        gradient = np.empty_like(table)
        gradient[:, :-1] = rest.T.astype(np.float32) @ x
        gradient[:, -1] = rest.sum(axis=0)
        away = table[:, :-1] - self._centre[:, :-1]
        total += penalty / 2 * float((away * away).sum())
        gradient[:, :-1] += penalty * away
        # per video, so that the tolerances mean the same for any number of them
        n = max(1, len(x))
        return total / n, gradient.ravel() / n


def _scaled(weight: NDArray[np.float32]) -> NDArray[np.float64]:
    known = weight > 0
    wide = weight.astype(np.float64)
    return wide / wide[known].mean() if known.any() else wide


def _prior(target: Target) -> NDArray[np.float64]:
    """Return the logits of the mean label: where fitting begins."""
    known = target.known
    if not known.any():
        return np.zeros(target.width)
    mean = np.clip(np.average(target.chance[known], axis=0, weights=target.weight[known]), 1e-4, 1 - 1e-4)
    logits = np.log(mean / (1 - mean)) if target.is_binary else np.log(mean)
    return np.asarray(logits, np.float64)
