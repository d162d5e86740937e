"""Dawid and Skene's model: true labels and every rater's errors, estimated together from ratings alone.

A. P. Dawid and A. M. Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm", Journal of
the Royal Statistical Society C 28:20-28, 1979.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.metrics.ratings import Ratings

TOLERANCE = 1e-6
"""EM ends when no posterior moves by more than this."""
MOST_STEPS = 2000
SMOOTHING = 0.1
"""Made-up ratings for every cell of a rater's table."""
FEW_ITEMS = 10
"""A class with fewer expected items than this is called tiny."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DawidSkene:
    """The model, fitted; k is the number of labels.

    Attributes:
        posterior: P(true label) of each item, shape (items, k); NaN for an item without ratings.
        prior: How common each true label is, shape (k,).
        confusion: P(rater says l | the true label is j), shape (raters, k, k).
        log_likelihood: Of the ratings, natural logarithm; without the smoothing.
        steps: EM steps.
        converged: No posterior moved by more than the tolerance in the last step.
        warnings: Why the result may not be trusted, in whole sentences.
    """

    posterior: NDArray[np.float64]
    prior: NDArray[np.float64]
    confusion: NDArray[np.float64]
    log_likelihood: float
    steps: int
    converged: bool
    warnings: tuple[str, ...] = ()

    @property
    def error_rates(self) -> NDArray[np.float64]:
        """P(rater is wrong) over the estimated mix of true labels, shape (raters,)."""
        right = np.einsum("rjj,j->r", self.confusion, self.prior)
        return np.asarray(1.0 - right)


def dawid_skene(
    ratings: Ratings, *, smoothing: float = SMOOTHING, tolerance: float = TOLERANCE, most_steps: int = MOST_STEPS
) -> DawidSkene:
    """Fit the model by EM, from the vote shares on.

    A rating that a rater repeats for an item counts each time.

    Args:
        ratings: At least one.
        smoothing: Ratings that are added to every cell of a rater's table (0: the maximum likelihood of the paper).
            A rater of few items would otherwise be taken for one who never errs in a certain way, and a single such
            rater would make posteriors of 0 and 1.
        tolerance: EM ends when no posterior moves by more.
        most_steps: EM ends at the latest after so many steps.
    """
    counts = ratings.counts()
    rated = counts.sum(axis=1) > 0
    posterior = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    order = np.argsort(ratings.item, kind="stable")
    rows = _Rows(item=ratings.item[order], rater=ratings.rater[order], value=ratings.value[order])
    steps, moved = 0, np.inf
    while moved > tolerance and steps < most_steps:
        prior, confusion = _maximise(rows, posterior, rated, raters=len(ratings.raters), smoothing=smoothing)
        expected, log_likelihood = _expect(rows, prior, confusion, items=len(ratings.items))
        moved = float(np.abs(expected - posterior).max())
        posterior, steps = expected, steps + 1
    converged = moved <= tolerance
    return DawidSkene(
        posterior=np.where(rated[:, None], posterior, np.nan),
        prior=prior,
        confusion=confusion,
        log_likelihood=log_likelihood,
        steps=steps,
        converged=converged,
        warnings=_warnings(ratings, counts, prior, converged=converged),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Ratings in the order of their items."""

    item: NDArray[np.int64]
    rater: NDArray[np.int64]
    value: NDArray[np.int64]


def _maximise(
    rows: _Rows, posterior: NDArray[np.float64], rated: NDArray[np.bool_], *, raters: int, smoothing: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return class priors and confusion matrices (equations 2.3 and 2.4 of the paper)."""
    k = posterior.shape[1]
    cell = rows.rater * k + rows.value
    said = np.stack([np.bincount(cell, weights=posterior[rows.item, j], minlength=raters * k) for j in range(k)])
    table = said.reshape(k, raters, k).transpose(1, 0, 2) + smoothing
    total = table.sum(axis=2, keepdims=True)
    confusion = np.divide(table, total, out=np.full_like(table, 1.0 / k), where=total > 0)
    return posterior[rated].mean(axis=0), confusion


def _expect(
    rows: _Rows, prior: NDArray[np.float64], confusion: NDArray[np.float64], *, items: int
) -> tuple[NDArray[np.float64], float]:
    """Return posteriors and the log-likelihood (equations 2.5 and 2.7)."""
    with np.errstate(divide="ignore"):
        log_said, log_prior = np.log(confusion), np.log(prior)
    starts = np.flatnonzero(np.r_[True, rows.item[1:] != rows.item[:-1]])
    joint = np.add.reduceat(log_said[rows.rater, :, rows.value], starts, axis=0) + log_prior
    most = joint.max(axis=1, keepdims=True)
    shares = np.exp(joint - most)
    total = shares.sum(axis=1, keepdims=True)
    posterior = np.zeros((items, len(prior)))
    posterior[rows.item[starts]] = shares / total
    return posterior, float((most + np.log(total)).sum())


def _warnings(
    ratings: Ratings, counts: NDArray[np.float64], prior: NDArray[np.float64], *, converged: bool
) -> tuple[str, ...]:
    found = []
    per_item = counts.sum(axis=1)
    if len(ratings.raters) < 3:
        found.append("with fewer than three raters the model is not identified: who errs cannot be told from ratings")
    elif (per_item[per_item > 0] >= 3).mean() < 0.5:
        found.append("most items have fewer than three ratings: who errs can hardly be told from them")
    expected = prior * (per_item > 0).sum()
    tiny = [str(label) for label, n in zip(ratings.labels, expected, strict=True) if 0 < n < FEW_ITEMS]
    if tiny:
        found.append(
            f"fewer than {FEW_ITEMS} items are expected to be {', '.join(tiny[:5])}: error rates there are rough"
        )
    few = int((np.bincount(ratings.rater, minlength=len(ratings.raters)) < FEW_ITEMS).sum())
    if few:
        found.append(
            f"{few} of {len(ratings.raters)} raters gave fewer than {FEW_ITEMS} ratings: their rates are rough"
        )
    if not converged:
        found.append("EM did not converge: posteriors still move")
    return tuple(found)
