"""How many videos each stratum gives to a sample: in proportion, the same number, or where they differ most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vibekit.core.sampling import Allocation

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST = 2
"""Videos of a stratum: with one alone nothing says how much they differ."""
LEAST_SPREAD = 0.1
"""Standard deviation that Neyman's allocation assumes at least: predictions that all agree may all be wrong."""


def allocate(
    sizes: Mapping[str, int],
    n: int,
    *,
    how: Allocation = Allocation.PROPORTIONAL,
    positive: Mapping[str, float] | None = None,
) -> dict[str, int]:
    """Spread a sample over strata; each gives two videos at least, and none more than it has.

    Args:
        sizes: Stratum -> videos; none is empty.
        n: Videos wanted.
        how: proportional: N_h; equal; neyman: N_h times the standard deviation sqrt(p(1 - p)) of the predictions
            (Neyman, On the two different aspects of the representative method, 1934).
        positive: Stratum -> expected share of positives p, for Neyman.

    Returns:
        Stratum -> videos; they add up to ``n``, or to all there are.

    Raises:
        ValueError: There are more strata than videos wanted.
    """
    if how is Allocation.EQUAL:
        shares = dict.fromkeys(sizes, 1.0)
    elif how is Allocation.NEYMAN:
        expected = positive or {}
        shares = {name: size * _spread(expected.get(name, 0.5)) for name, size in sizes.items()}
    else:
        shares = {name: float(size) for name, size in sizes.items()}
    return spread_over(sizes, n, shares)


def spread_over(sizes: Mapping[str, int], n: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Give each stratum its share of ``n``, within what it has and two videos at least.

    Args:
        sizes: Stratum -> videos; none is empty.
        n: Videos wanted.
        shares: Stratum -> its share, in any unit.

    Raises:
        ValueError: There are more strata than videos wanted.
    """
    if n >= sum(sizes.values()):
        return dict(sizes)
    if n < len(sizes):
        raise ValueError(f"{len(sizes)} strata and only {n} videos")
    least = {name: min(LEAST, size) for name, size in sizes.items()}
    if sum(least.values()) > n:
        least = dict.fromkeys(sizes, 1)

    def wanted(unit: float) -> dict[str, float]:
        return {name: min(sizes[name], max(least[name], unit * shares[name])) for name in sizes}

    low, high = 0.0, float(n)
    while sum(wanted(high).values()) < n and high < 1e300:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(wanted(middle).values()) < n else (low, middle)
    return _whole(wanted(high), sizes, n)


def _whole(wanted: Mapping[str, float], sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """Round so that the sum is ``n``: the largest remainders go up."""
    whole = {name: math.floor(value + 1e-9) for name, value in wanted.items()}
    ranked = sorted(wanted, key=lambda name: (whole[name] - wanted[name], name))
    while (lacking := n - sum(whole.values())) > 0:
        open_ = [name for name in ranked if whole[name] < sizes[name]]
        for name in open_[:lacking]:
            whole[name] += 1
    return whole


def _spread(p: float) -> float:
    return max(LEAST_SPREAD, math.sqrt(max(0.0, p * (1 - p))))
