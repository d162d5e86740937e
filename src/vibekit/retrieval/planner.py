"""How a query is answered, by the true number of matches and by what was measured when the index was built."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vibekit.core.index import Effort


class Limits(NamedTuple):
    """Up to how many matches the simpler ways are the cheaper ones.

    Attributes:
        exact: Every vector is compared, as that costs less than comparing codes first.
        flat: The codes of all matches are compared, as that costs less than choosing among clusters.
    """

    exact: int = 768
    flat: int = 8_192


LIMITS = Limits()
"""As measured at 256 dimensions."""
EVERYTHING = "*"
"""What efforts are listed under that were measured without a restriction."""
OTHER = ""
"""What efforts are listed under for restrictions that were not measured."""
_CAUTIOUS_SCAN, _CAUTIOUS_REFINE = 16_384, 10
"""Where nothing was measured: rows to scan, and rows to refine for each one asked for (32 at least)."""


class Choice(NamedTuple):
    """How far to look.

    Attributes:
        scan: Matching rows whose codes are compared at least.
        refine: Rows whose vectors are compared afterwards; 0: those of all scanned rows, and no code.
        recall: Measured for this choice; None where it was not.
        margin: Of a list's score below the best one's, up to which it is looked into beyond ``scan``.
    """

    scan: int
    refine: int
    recall: float | None
    margin: float = 0.0


def choose(efforts: Sequence[Effort], *, restriction: str, matched: int, k: int, narrowed: bool = False) -> Choice:
    """Choose how far to look for a restriction.

    The effort that was measured for it, for the next larger k. Where there is none: the larger of those of other
    restrictions with the next fewer and the next more matches.

    Args:
        efforts: Measured at build time.
        restriction: Canonical text.
        matched: Rows that it lets through.
        k: Results asked for.
        narrowed: Only some of those that it lets through are searched, which nobody measured.
    """
    own = [one for one in efforts if one.restriction == (restriction or EVERYTHING)]
    near = own
    if narrowed or not own:
        near = [*own, *_neighbours([one for one in efforts if one.restriction == OTHER], matched)]
    if not near:
        return Choice(_CAUTIOUS_SCAN + 10 * k, max(_CAUTIOUS_REFINE * k, 320), None)
    measured = [one.k for one in near]
    wanted = min((one for one in measured if one >= k), default=max(measured))
    usable = [one for one in near if one.k == wanted]
    scan, refine = max(one.scan for one in usable), most_refined(usable)
    margin = max(one.margin for one in usable)
    if k <= wanted:
        return Choice(scan, refine, None if narrowed else min(one.recall for one in usable), margin)
    more = k / wanted
    return Choice(math.ceil(scan * more), math.ceil(refine * more), None, margin)


def most_refined(efforts: Sequence[Effort]) -> int:
    """Return the largest ``refine`` of some efforts, of which 0 is the largest: every vector."""
    return 0 if any(one.refine == 0 for one in efforts) else max(one.refine for one in efforts)


def _neighbours(efforts: list[Effort], matched: int) -> list[Effort]:
    """Return those of the next smaller and the next larger number of matches, with all their k."""
    below = max((one.matched for one in efforts if one.matched <= matched), default=None)
    above = min((one.matched for one in efforts if one.matched >= matched), default=None)
    return [one for one in efforts if one.matched in (below, above)]
