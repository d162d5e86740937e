"""What is drawn again as one: groups, within strata where every group lies in one stratum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 30
"""Below so many degrees of freedom Student's t replaces the normal quantile (statistics of few clusters)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The units of variation of n videos.

    Attributes:
        unit: Shape (n,): unit of every video, 0 .. u - 1; every unit occurs.
        stratum: Shape (u,): stratum of every unit, 0 .. h - 1; every stratum occurs and holds two units at least,
            unless there is one unit in all.
        n: Number of units u.
        strata: Number of strata h.
        words: How the videos are drawn again, for the report.
    """

    unit: NDArray[np.int64]
    stratum: NDArray[np.int64]
    n: int
    strata: int
    words: str

    @property
    def df(self) -> int:
        """Degrees of freedom: units less strata."""
        return self.n - self.strata

    def total(self, column: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum a column of shape (n,) over the videos of every unit: shape (u,)."""
        return sums(self.unit, column, self.n)


def sums(place: NDArray[np.int64], column: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Sum a column of shape (m,) by places 0 .. n - 1 of shape (m,): shape (n,)."""
    return np.asarray(np.bincount(place, weights=column, minlength=n), dtype=np.float64)


def units_of(group: NDArray[np.int64], stratum: NDArray[np.int64] | None = None) -> Units:
    """Decide what is drawn again.

    Groups that reach over several strata cannot be drawn within strata; then the strata are not used, which makes
    intervals wider, never narrower than they should be.

    Args:
        group: Shape (n,): codes of creator or series, none of them negative.
        stratum: Shape (n,): codes of strata; None for none.
    """
    unit, n = dense(group)
    single = n == len(group)
    what = f"{n} videos" if single else f"{n} groups"
    if stratum is None or n == 0:
        return _plain(unit, n, what)
    layer, h = dense(stratum)
    if h == 1:
        return _plain(unit, n, what)
    if not single and len(np.unique(unit * h + layer)) > n:
        return _plain(unit, n, f"{what}, which reach over strata: the strata are not used")
    of_unit = np.zeros(n, dtype=np.int64)
    of_unit[unit] = layer
    of_unit, pooled = _pool(of_unit, h)
    of_unit, h = dense(of_unit)
    if h == 1:
        return _plain(unit, n, f"{what}; strata with one unit each were pooled")
    note = f"; {pooled} strata with one unit were pooled" if pooled else ""
    return Units(unit=unit, stratum=of_unit, n=n, strata=h, words=f"{what} in {h} strata{note}")


def dense(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Renumber codes without gaps, in their order; return them and how many there are."""
    if len(codes) == 0:
        return np.zeros(0, dtype=np.int64), 0
    top = int(codes.max()) + 1
    # a table look-up is many times faster than sorting, as long as codes are not far apart
    if int(codes.min()) >= 0 and top <= 4 * len(codes) + 1000:
        seen = np.bincount(codes, minlength=top) > 0
        place = np.cumsum(seen) - 1
        return place[codes].astype(np.int64), int(seen.sum())
    known, inverse = np.unique(codes, return_inverse=True)
    return inverse.reshape(-1).astype(np.int64), len(known)


def _plain(unit: NDArray[np.int64], n: int, words: str) -> Units:
    return Units(unit=unit, stratum=np.zeros(n, dtype=np.int64), n=n, strata=min(n, 1), words=words)


def _pool(stratum: NDArray[np.int64], h: int) -> tuple[NDArray[np.int64], int]:
    """Put strata with one unit together, and into the largest where that leaves one; a lonely unit never varies."""
    sizes = np.bincount(stratum, minlength=h)
    lonely = sizes == 1
    pooled = int(lonely.sum())
    if pooled == 0:
        return stratum, 0
    home = int(np.flatnonzero(lonely)[0]) if pooled > 1 else int(sizes.argmax())
    return np.where(lonely[stratum], home, stratum), pooled
