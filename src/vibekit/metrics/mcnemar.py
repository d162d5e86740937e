"""McNemar's test: do changes of a label go both ways alike?"""

from __future__ import annotations

from dataclasses import dataclass

FEW = 25
"""Below so many changes the exact test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """What the test says.

    Attributes:
        b: The first right and the second wrong.
        c: The first wrong and the second right.
        p: Two-sided.
        method: ``exact`` or ``chi-square with continuity correction``.
        statistic: Chi-square with one degree of freedom; None for the exact test.
    """

    b: int
    c: int
    p: float
    method: str
    statistic: float | None = None


def mcnemar(b: int, c: int) -> McNemar:
    """Test pairs of which b changed one way and c the other (McNemar, Psychometrika 12:153-157, 1947).

    Fewer than 25 changes: the exact binomial test; else chi-square with Edwards' continuity correction. The videos
    count as independent and unweighted: with groups of several videos take the paired bootstrap instead.
    """
    from scipy.special import bdtr, chdtrc

    n = b + c
    if n < FEW:
        p = min(1.0, 2 * float(bdtr(min(b, c), n, 0.5))) if n else 1.0
        return McNemar(b=b, c=c, p=p, method="exact")
    statistic = max(0.0, abs(b - c) - 1) ** 2 / n
    p = float(chdtrc(1, statistic))
    return McNemar(b=b, c=c, p=p, method="chi-square with continuity correction", statistic=statistic)
