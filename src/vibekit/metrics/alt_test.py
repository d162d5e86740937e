"""The alternative-annotator test: may a model stand in for a rater?"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np

from vibekit.core.score_people import AltTest, Replaced
from vibekit.metrics.multiple import benjamini_yekutieli
from vibekit.metrics.ratio import BELOW, variance_of_sums
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

EPSILON_EXPERT = 0.2
EPSILON_CROWD = 0.1
FEW = 30
"""The t-test of the paper needs so many videos of a rater."""
FDR = 0.05
RATERS = 3
"""The paper asks for so many raters."""


def alt_test(
    ratings: NDArray[np.float64],
    model: NDArray[np.float64],
    raters: Sequence[str],
    *,
    scale: Literal["nominal", "ordinal"] = "nominal",
    epsilon: float = EPSILON_EXPERT,
    group: NDArray[np.int64] | None = None,
) -> AltTest:
    """Test whether the model agrees with the other raters as well as each rater does.

    Calderon, Reichart and Dror 2025, arXiv 2501.10970. Each rater is left out in turn. On every video that he and
    another rated, he and the model are held against the others: by the share of them that agree (nominal), or by the
    root mean squared distance (ordinal). The model wins against him when the hypothesis that it is worse by epsilon
    or more is rejected, one-sided, the false discovery rate over raters held at 5 % (Benjamini and Yekutieli). It
    passes when it wins against one half of the raters or more.

    Args:
        ratings: Shape (n, r): label code or value of the scale that each rater gave; NaN where he gave none.
        model: Shape (n,): likewise of the model.
        raters: The r names.
        scale: How two labels are compared.
        epsilon: What a rater costs more than the model: 0.2 for experts, 0.1 for a crowd.
        group: Shape (n,): codes of creator or series, whose videos are not independent; None for none.
    """
    codes = np.arange(len(model)) if group is None else group
    rows = [_one(ratings, model, place, name, scale, epsilon, codes) for place, name in enumerate(raters)]
    adjusted = benjamini_yekutieli([row.p for row in rows])
    rows = [_decided(row, p) for row, p in zip(rows, adjusted, strict=True)]
    tested = [row for row in rows if row.p is not None]
    rated = [row for row in rows if row.n]
    note = _note(rows, tested)
    advantage = float(np.mean([row.model for row in rated])) if rated else None
    if not tested:
        return AltTest(epsilon=epsilon, raters=tuple(rows), advantage=advantage, note=note)
    rate = sum(row.wins for row in tested) / len(tested)
    return AltTest(
        epsilon=epsilon,
        raters=tuple(rows),
        winning_rate=rate,
        advantage=advantage,
        passed=rate >= 0.5,
        note=note,
    )


def _one(
    ratings: NDArray[np.float64],
    model: NDArray[np.float64],
    place: int,
    name: str,
    scale: Literal["nominal", "ordinal"],
    epsilon: float,
    group: NDArray[np.int64],
) -> Replaced:
    others = np.delete(ratings, place, axis=1)
    use = np.isfinite(ratings[:, place]) & np.isfinite(model) & np.isfinite(others).any(axis=1)
    n = int(use.sum())
    if n == 0:
        return Replaced(rater=name, n=0, model=0.0, rater_share=0.0, p=None, wins=False)
    rater, machine = (_similarity(x[use], others[use], scale) for x in (ratings[:, place], model))
    model_wins, rater_wins = machine >= rater - BELOW, rater >= machine - BELOW
    difference = rater_wins.astype(np.float64) - model_wins
    p = _p(difference, epsilon, group[use]) if n >= FEW else None
    return Replaced(
        rater=name, n=n, model=float(model_wins.mean()), rater_share=float(rater_wins.mean()), p=p, wins=False
    )


def _similarity(
    own: NDArray[np.float64], others: NDArray[np.float64], scale: Literal["nominal", "ordinal"]
) -> NDArray[np.float64]:
    known = np.isfinite(others)
    n = known.sum(axis=1)
    if scale == "nominal":
        return np.asarray(((others == own[:, None]) & known).sum(axis=1) / n, dtype=np.float64)
    squares = np.where(known, (others - own[:, None]) ** 2, 0.0).sum(axis=1)
    return np.asarray(-np.sqrt(squares / n), dtype=np.float64)


def _p(difference: NDArray[np.float64], epsilon: float, group: NDArray[np.int64]) -> float | None:
    """Test the mean against epsilon, one-sided; groups enter by their sums, and videos on their own as a t-test."""
    from scipy.special import stdtr

    units = units_of(group)
    if units.df < 1:
        return None
    mean = float(difference.mean())
    moved = units.total((difference - mean) / len(difference))
    se = sqrt(float(variance_of_sums(moved[:, None], units)[0, 0]))
    if se < BELOW:
        # no t-test without variation: the chance of never losing were losses as frequent as epsilon
        return float((1 - epsilon) ** units.n) if mean < epsilon else 1.0
    return float(stdtr(units.df, (mean - epsilon) / se))


def _decided(row: Replaced, adjusted: float | None) -> Replaced:
    wins = adjusted is not None and adjusted <= FDR
    return Replaced(rater=row.rater, n=row.n, model=row.model, rater_share=row.rater_share, p=row.p, wins=wins)


def _note(rows: list[Replaced], tested: list[Replaced]) -> str:
    if not rows:
        return "no raters"
    short = [row.rater for row in rows if row.p is None]
    parts = []
    if not tested:
        parts.append(f"no rater shares {FEW} videos with another rater and the model")
    elif short:
        parts.append(f"not tested, fewer than {FEW} videos shared with another rater and the model: {', '.join(short)}")
    if tested and len(rows) < RATERS:
        parts.append(f"{len(rows)} raters; the test asks for {RATERS} or more")
    return "; ".join(parts)
