"""How often two raters of an item say the same: over all labels, and for one label at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.item_bootstrap import NO_ITEMS, Coefficient

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pair_agreement(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each item the share of its pairs of ratings that agree; NaN for items with less than two.

    Args:
        counts: How often each item got each label, shape (items, labels).
    """
    m = counts.sum(axis=1)
    pairs = np.where(m >= 2, m * (m - 1), np.nan)
    return np.asarray((counts * (counts - 1)).sum(axis=1) / pairs)


def percent_agreement(counts: NDArray[np.float64]) -> Coefficient:
    """Return the mean over items of the share of pairs of ratings that agree (Gwet, Handbook, 4th ed. 2014, ch. 2).

    Every item with two ratings or more counts the same, however many it has.
    """
    shares = pair_agreement(counts)
    paired = ~np.isnan(shares)
    terms = np.column_stack([np.where(paired, shares, 0.0), paired.astype(np.float64)])
    return Coefficient(terms=terms, of=lambda s: ratio(s[:, 0], s[:, 1]), units=int(paired.sum()))


def specific_agreement(counts: NDArray[np.float64], label: int) -> Coefficient:
    """Return the chance that a second rater gives a label that a first one gave (positive, negative agreement).

    Two raters: 2a / (2a + b + c) (Cicchetti and Feinstein, J. Clin. Epidemiol. 43:551-558, 1990). Any number of
    ratings an item: agreeing pairs with the label over pairs in which one has it (Uebersax, Statistical methods for
    rater agreement, "proportions of specific agreement").

    Args:
        counts: How often each item got each label, shape (items, labels).
        label: Code of the label.
    """
    given, m = counts[:, label], counts.sum(axis=1)
    terms = np.column_stack([given * (given - 1), given * (m - 1)])
    units = int(((given > 0) & (m > 1)).sum())
    note = "undefined: no rater gave this label to an item that another rater rated too"
    return Coefficient(terms=terms, of=lambda s: ratio(s[:, 0], s[:, 1]), undefined=note, units=units)


def prevalence(counts: NDArray[np.float64], label: int) -> Coefficient:
    """Return the mean over rated items of the share of their ratings that are a label."""
    m = counts.sum(axis=1)
    rated = m > 0
    terms = np.column_stack([np.where(rated, counts[:, label] / np.maximum(m, 1), 0.0), rated.astype(np.float64)])
    return Coefficient(terms=terms, of=lambda s: ratio(s[:, 0], s[:, 1]), undefined=NO_ITEMS, units=int(rated.sum()))


def ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide; NaN where there is nothing below."""
    found = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return found
