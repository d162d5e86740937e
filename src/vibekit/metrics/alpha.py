"""Krippendorff's alpha: disagreement that was seen over disagreement by chance, for any number of ratings an item.

K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011); Content Analysis, 4th ed. 2018, chapter 12.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from vibekit.metrics.item_bootstrap import Coefficient
from vibekit.metrics.percent import ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNDEFINED = "undefined: no item has ratings of two raters, or all of their ratings are the same label"


class Metric(StrEnum):
    """How far apart two labels are."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


def krippendorff_alpha(
    counts: NDArray[np.float64], *, metric: Metric = Metric.NOMINAL, numbers: NDArray[np.float64] | None = None
) -> Coefficient:
    """Return alpha as a coefficient over items; items with fewer than two ratings cannot be paired and do not count.

    Args:
        counts: How often each item got each label, shape (items, labels).
        metric: Nominal: labels differ or not. Ordinal: by ranks, from how often the labels were given; ``counts`` has
            them in the order of the scale. Interval and ratio: by ``numbers``.
        numbers: What each label stands for, shape (labels,); needed for interval and ratio, not negative for ratio.
    """
    m = counts.sum(axis=1)
    paired = np.where((m >= 2)[:, None], counts, 0.0)
    if metric is Metric.ORDINAL:
        return _ordinal(paired)
    distance = _distance(counts.shape[1], metric, numbers)
    apart = ((paired @ distance) * paired).sum(axis=1) / np.maximum(m - 1, 1)

    def of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        given = sums[:, 1:]
        return _alpha(sums[:, 0], ((given @ distance) * given).sum(axis=1), given.sum(axis=1))

    return Coefficient(terms=np.column_stack([apart, paired]), of=of, undefined=UNDEFINED)


def _alpha(seen: NDArray[np.float64], by_chance: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 - D_o / D_e, with D_o = seen / n and D_e = by_chance / (n (n - 1)); NaN where chance gives none."""
    return 1.0 - ratio(seen * (n - 1), by_chance)


def _distance(q: int, metric: Metric, numbers: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return squared distances, shape (q, q)."""
    if metric is Metric.NOMINAL:
        return 1.0 - np.eye(q)
    if numbers is None:
        raise ValueError(f"the {metric} metric needs numbers")
    difference = (numbers[:, None] - numbers[None, :]) ** 2
    if metric is Metric.INTERVAL:
        return np.asarray(difference)
    if (numbers < 0).any():
        raise ValueError("the ratio metric needs numbers that are not negative")
    total = (numbers[:, None] + numbers[None, :]) ** 2
    return np.divide(difference, total, out=np.zeros_like(difference), where=total > 0)


def _ordinal(paired: NDArray[np.float64]) -> Coefficient:
    """Return alpha with the ordinal metric.

    Its distance of c and k is n_c / 2 + n_(c+1) + ... + n_(k-1) + n_k / 2: the difference of their mid-ranks. The ranks
    change with every draw of items, so that the pairs of labels are kept apart until they are known.
    """
    q = paired.shape[1]
    first, second = np.triu_indices(q, k=1)
    terms = _pairs_beside(paired, first, second)

    def of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        given, pairs = sums[:, :q], sums[:, q:]
        middle = np.cumsum(given, axis=1) - given / 2
        n = given.sum(axis=1)
        seen = 2 * (pairs * (middle[:, first] - middle[:, second]) ** 2).sum(axis=1)
        # sum over c, k of n_c n_k (r_c - r_k)^2, without a (draws, q, q) array
        by_chance = 2 * (n * (given * middle**2).sum(axis=1) - (given * middle).sum(axis=1) ** 2)
        return _alpha(seen, np.where(by_chance > 1e-9 * n**4, by_chance, 0.0), n)

    return Coefficient(terms=terms, of=of, undefined=UNDEFINED)


def _pairs_beside(paired: NDArray[np.float64], first: NDArray[np.int64], second: NDArray[np.int64]) -> Any:  # noqa: ANN401
    """Return the counts, and beside them the coincidences of every pair of labels; sparse when there are many."""
    share = np.maximum(paired.sum(axis=1) - 1, 1)[:, None]
    if paired.shape[1] <= 12:
        return np.hstack([paired, paired[:, first] * paired[:, second] / share])
    from scipy.sparse import csr_array, hstack

    given = csr_array(paired).tocsc()
    products = given[:, first].multiply(given[:, second]).multiply(1 / share)
    return hstack([given, products]).tocsr()
