"""Many tests at once: adjusted p-values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def benjamini_hochberg(ps: Sequence[float | None]) -> list[float | None]:
    """Adjust for the false discovery rate, for screening (Benjamini and Hochberg, JRSS B 57:289-300, 1995).

    Args:
        ps: p-values; None for tests that were not made, which stay None and do not count.
    """
    return _adjust(ps, "fdr_bh")


def benjamini_yekutieli(ps: Sequence[float | None]) -> list[float | None]:
    """Adjust for the false discovery rate under any dependence (Benjamini and Yekutieli, Ann. Stat. 29, 2001)."""
    return _adjust(ps, "fdr_by")


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Adjust for any false alarm at all, for release gates (Holm, Scand. J. Stat. 6:65-70, 1979)."""
    return _adjust(ps, "holm")


def _adjust(ps: Sequence[float | None], method: str) -> list[float | None]:
    from statsmodels.stats.multitest import multipletests

    known = [p for p in ps if p is not None]
    if not known:
        return list(ps)
    adjusted = iter(multipletests(known, method=method)[1].tolist())
    return [None if p is None else float(next(adjusted)) for p in ps]
