"""Agreement beyond chance of any number of raters: Fleiss' kappa and Gwet's AC1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.item_bootstrap import ONE_CLASS, Coefficient
from vibekit.metrics.percent import pair_agreement, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNDEFINED = f"{ONE_CLASS}; or no item has ratings of two raters"
_TINY = 1e-12


def fleiss_kappa(counts: NDArray[np.float64]) -> Coefficient:
    """Return Fleiss' kappa, generalised to items with different numbers of ratings.

    With as many ratings for every item it is that of Fleiss (Psychol. Bull. 76:378-382, 1971). Otherwise that of Gwet
    (Handbook of Inter-Rater Reliability, 4th ed. 2014, chapter 2): agreement over items with two ratings or more,
    chance from the mean vote shares of all rated items.

    Args:
        counts: How often each item got each label, shape (items, labels).
    """

    def of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        agreed, shares = _agreed_and_shares(sums)
        return _beyond(agreed, (shares**2).sum(axis=1), _one_class(shares))

    return Coefficient(terms=_terms(counts), of=of, undefined=UNDEFINED)


def gwet_ac1(counts: NDArray[np.float64]) -> Coefficient:
    """Return AC1 (Gwet, Br. J. Math. Stat. Psychol. 61:29-48, 2008), generalised as ``fleiss_kappa``.

    Chance agreement is the sum of p (1 - p) over the labels, over their number less one. It stays small where one label
    is rare, which is where kappa falls though raters agree.

    Args:
        counts: How often each item got each label, shape (items, labels); a label that was never given counts into the
            number of labels.
    """
    q = counts.shape[1]

    def of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        agreed, shares = _agreed_and_shares(sums)
        by_chance = (shares * (1 - shares)).sum(axis=1) / max(1, q - 1)
        return _beyond(agreed, by_chance, _one_class(shares))

    return Coefficient(terms=_terms(counts), of=of, undefined=UNDEFINED)


def _terms(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return agreement, 1 if paired, vote shares, 1 if rated; a column each but for the shares."""
    agreed = pair_agreement(counts)
    m = counts.sum(axis=1, keepdims=True)
    paired = ~np.isnan(agreed)
    return np.column_stack([np.where(paired, agreed, 0.0), paired, counts / np.maximum(m, 1), m[:, 0] > 0])


def _agreed_and_shares(sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return ratio(sums[:, 0], sums[:, 1]), sums[:, 2:-1] / np.maximum(sums[:, -1:], _TINY)


def _one_class(shares: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(shares.max(axis=1) > 1 - _TINY)


def _beyond(
    agreed: NDArray[np.float64], by_chance: NDArray[np.float64], undefined: NDArray[np.bool_]
) -> NDArray[np.float64]:
    left = 1 - by_chance
    found = np.divide(agreed - by_chance, left, out=np.full_like(agreed, np.nan), where=left > _TINY)
    return np.where(undefined, np.nan, found)
