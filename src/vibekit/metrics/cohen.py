"""Cohen's kappa: of a table of two raters, and of every two of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.metrics.item_bootstrap import NO_PAIRS, NO_VARIATION, ONE_CLASS, Coefficient
from vibekit.metrics.percent import ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.metrics.ratings import Ratings

UNDEFINED = f"{ONE_CLASS}; or no two raters share an item"
_TINY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class CohenTable:
    """Cohen's kappa of a square table of two raters.

    Attributes:
        kappa: With its large-sample interval (1.96 standard errors to both sides, cut at -1 and 1).
        standard_error: Large-sample standard error that does not assume kappa = 0; None when not defined.
    """

    kappa: Estimate
    standard_error: float | None = None


def cohen_table(table: NDArray[np.float64], *, weights: str | None = None) -> CohenTable:
    """Return Cohen's kappa of a table, by statsmodels (error: Fleiss, Cohen and Everitt, Psychol. Bull. 72:323, 1969).

    Args:
        table: How often rater 1 said the row and rater 2 the column, shape (labels, labels).
        weights: None, ``linear`` or ``quadratic``: what a disagreement of several steps counts.
    """
    n = table.sum()
    if not n:
        return CohenTable(kappa=Estimate(note="undefined: no item was rated by both"))
    if (table.sum(axis=0) * table.sum(axis=1)).sum() >= n * n:
        return CohenTable(kappa=Estimate(note=ONE_CLASS))
    from statsmodels.stats.inter_rater import cohens_kappa

    with np.errstate(divide="ignore", invalid="ignore"):
        found = cohens_kappa(table, wt=weights)
    kappa, error = float(found.kappa), float(found.std_kappa)
    if not error > _TINY:
        return CohenTable(kappa=Estimate(value=kappa, note=NO_VARIATION))
    low, high = max(-1.0, float(found.kappa_low)), min(1.0, float(found.kappa_upp))
    return CohenTable(kappa=Estimate(value=kappa, low=low, high=high), standard_error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterPairs:
    """Every two ratings of an item by two raters.

    Attributes:
        raters: Codes of the two raters of each pair, the smaller one first, shape (pairs, 2).
        pair: Which pair, shape (n,).
        item: Which item, shape (n,).
        first: Label code given by the first rater, shape (n,).
        second: Label code given by the second, shape (n,).
    """

    raters: NDArray[np.int64]
    pair: NDArray[np.int64]
    item: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]

    def table(self, pair: int, labels: int) -> NDArray[np.float64]:
        """Return how often the raters of a pair gave each two labels, shape (labels, labels)."""
        chosen = self.pair == pair
        flat = np.bincount(self.first[chosen] * labels + self.second[chosen], minlength=labels * labels)
        return flat.reshape(labels, labels).astype(np.float64)


def rater_pairs(ratings: Ratings) -> RaterPairs:
    """Put together the ratings of every two raters; one rater's two ratings of an item are no pair."""
    order = np.lexsort((ratings.rater, ratings.item))
    item, rater, value = ratings.item[order], ratings.rater[order], ratings.value[order]
    edges = np.flatnonzero(np.r_[True, item[1:] != item[:-1], True]) if len(item) else np.zeros(1, dtype=np.int64)
    starts, ends = edges[:-1], edges[1:]
    corners = {int(size): np.triu_indices(int(size), k=1) for size in np.unique(ends - starts)}
    left, right = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for start, end in zip(starts, ends, strict=True):
        one, two = corners[int(end - start)]
        left.append(start + one)
        right.append(start + two)
    a, b = np.concatenate(left), np.concatenate(right)
    different = rater[a] != rater[b]
    a, b = a[different], b[different]
    n = max(1, len(ratings.raters))
    keys, pair = np.unique(rater[a] * n + rater[b], return_inverse=True)
    raters = np.column_stack([keys // n, keys % n])
    return RaterPairs(raters=raters, pair=pair, item=item[a], first=value[a], second=value[b])


def mean_cohen_kappa(pairs: RaterPairs, *, items: int, distance: NDArray[np.float64]) -> Coefficient:
    """Return the mean of Cohen's kappa over all pairs of raters, weighted by how many items they share.

    Two raters: Cohen's kappa itself. A pair for which it is not defined is left out. With distances other than 0 and 1
    it is weighted kappa (Cohen, Psychol. Bull. 70:213-220, 1968).

    Args:
        pairs: From ``rater_pairs``.
        items: How many items there are.
        distance: What a disagreement counts, 0 on the diagonal, shape (labels, labels).
    """
    from scipy.sparse import csr_array

    q, p = len(distance), len(pairs.raters)
    apart = distance[pairs.first, pairs.second]
    columns = np.concatenate([pairs.pair, p + pairs.pair * q + pairs.first, p + p * q + pairs.pair * q + pairs.second])
    given = np.ones(2 * len(pairs.pair))
    cells = (np.concatenate([apart, given]), (np.tile(pairs.item, 3), columns))
    terms = csr_array(cells, shape=(items, p * (1 + 2 * q)))

    def of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        seen = sums[:, :p]
        first = sums[:, p : p + p * q].reshape(len(sums), p, q)
        second = sums[:, p + p * q :].reshape(len(sums), p, q)
        n = first.sum(axis=2)
        kappa = 1.0 - ratio(seen * n, _by_chance(first, second, distance))
        defined = ~np.isnan(kappa)
        return ratio(np.where(defined, kappa * n, 0.0).sum(axis=1), np.where(defined, n, 0.0).sum(axis=1))

    return Coefficient(terms=terms, of=of, undefined=UNDEFINED if len(pairs.pair) else NO_PAIRS)


def _by_chance(
    first: NDArray[np.float64], second: NDArray[np.float64], distance: NDArray[np.float64]
) -> NDArray[np.float64]:
    if np.array_equal(distance, 1.0 - np.eye(len(distance))):
        return np.asarray(first.sum(axis=2) * second.sum(axis=2) - (first * second).sum(axis=2))
    return np.asarray(((first @ distance) * second).sum(axis=2))
