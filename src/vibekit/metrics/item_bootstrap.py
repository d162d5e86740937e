"""Intervals of coefficients of agreement: items are drawn again and again, with replacement and with a fixed seed.

Every coefficient is a function of sums over items, so that a draw of items is a weighted sum of what each item
contributes (its terms), and all coefficients are computed from the same draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.metrics.interval import wilson
from vibekit.metrics.resample import DRAWS, SEED, weights
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vibekit.metrics.units import Units

WIDEST = 4_000_000
"""Sums of terms that are held at once."""

ONE_CLASS = "undefined: all ratings are the same label, so that chance alone would give the same agreement"
NO_PAIRS = "undefined: no item has ratings of two raters"
NO_ITEMS = "undefined: there are no ratings"
NO_VARIATION = "no interval: nothing varies in this sample, which is not the same as certainty"
MOSTLY_UNDEFINED = "no interval: most draws leave it undefined"
ONE_ITEM = "no interval: one item only"
OUTSIDE = "no interval: raters share so few items that most draws of items fall to one side of the value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """A number that is a function of sums over items.

    Attributes:
        terms: What each item contributes: array or scipy sparse array of shape (items, k).
        of: From sums of the terms, shape (draws, k), to values, shape (draws,); NaN where it is not defined.
        undefined: Why it is not defined when it is NaN for all items together.
        units: For a share of items: of how many; its interval is Wilson's when nothing varies. 0 for other numbers.
    """

    terms: Any
    of: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    undefined: str = NO_PAIRS
    units: int = 0


def value(coefficient: Coefficient) -> float | None:
    """Return the coefficient over all items; None where it is not defined."""
    n = coefficient.terms.shape[0]
    found = float(coefficient.of(_sums(np.ones((1, n)), coefficient.terms))[0]) if n else float("nan")
    return None if np.isnan(found) else found


def estimates(
    coefficients: Sequence[Coefficient], *, group: NDArray[np.int64] | None = None, draws: int = DRAWS, seed: int = SEED
) -> tuple[Estimate, ...]:
    """Return each coefficient with its 95 % percentile interval (Efron and Tibshirani 1993, chapter 13).

    Args:
        coefficients: All over the same items, in the same order.
        group: Code of the creator or series of each item: items of a group are drawn together. None: each alone.
        draws: How many resamples.
        seed: Of the random numbers; the same for the same numbers.
    """
    if not coefficients:
        return ()
    values = [value(c) for c in coefficients]
    n = coefficients[0].terms.shape[0]
    units = units_of(np.arange(n) if group is None else group)
    terms = [c.terms if units.n == n else _by_unit(c.terms, units) for c in coefficients]
    drawn: list[list[NDArray[np.float64]]] = [[] for _ in coefficients]
    for block in weights(units, draws=draws, seed=seed) if units.n > 1 else ():
        for found, c, of_units, known in zip(drawn, coefficients, terms, values, strict=True):
            if known is not None:
                rows = max(1, WIDEST // max(1, of_units.shape[1]))
                found += [c.of(_sums(block[i : i + rows], of_units)) for i in range(0, len(block), rows)]
    return tuple(
        _estimate(c, known, np.concatenate(found) if found else np.empty(0))
        for c, known, found in zip(coefficients, values, drawn, strict=True)
    )


def _by_unit(terms: Any, units: Units) -> Any:  # noqa: ANN401 - array or sparse array
    """Sum the terms of the items of every unit."""
    from scipy.sparse import csr_array

    membership = csr_array((np.ones(len(units.unit)), (units.unit, np.arange(len(units.unit)))))
    return membership @ terms


def _sums(weights: NDArray[Any], terms: Any) -> NDArray[np.float64]:  # noqa: ANN401 - array or sparse array
    return np.asarray(weights @ terms, dtype=np.float64)


def _estimate(coefficient: Coefficient, known: float | None, draws: NDArray[np.float64]) -> Estimate:
    if known is None:
        return Estimate(note=coefficient.undefined)
    defined = draws[~np.isnan(draws)]
    if not len(draws):
        return _without(coefficient, known, ONE_ITEM)
    if 2 * len(defined) <= len(draws):
        return _without(coefficient, known, MOSTLY_UNDEFINED)
    low, high = (float(end) for end in np.percentile(defined, [2.5, 97.5]))
    if np.isclose(low, high, rtol=0, atol=1e-12):
        return _without(coefficient, known, NO_VARIATION)
    if not low <= known <= high:
        return _without(coefficient, known, OUTSIDE)
    return Estimate(value=known, low=low, high=high)


def _without(coefficient: Coefficient, known: float, why: str) -> Estimate:
    """Return the value without an interval of draws; a share has the one of Wilson instead."""
    if coefficient.units == 0 or not (np.isclose(known, 0) or np.isclose(known, 1)):
        return Estimate(value=known, note=why)
    found = wilson(round(known) * coefficient.units, coefficient.units)
    return Estimate(value=known, low=found.low, high=found.high)
