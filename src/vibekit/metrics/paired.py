"""Two predictions of the same videos, or two parts of one sample: differences drawn together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.metrics.confusion import RATIOS, cells_by_unit
from vibekit.metrics.percentile import p_of, percentile
from vibekit.metrics.resample import DRAWS, SEED, resample
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.metrics.sample import Sample
    from vibekit.metrics.units import Units

METRICS = ("precision", "recall", "f1", "specificity", "accuracy", "predicted_prevalence")
"""What is compared; the prevalence is the same for both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One metric of two systems.

    Attributes:
        first: Value of the first; None where it is not defined.
        second: Value of the second.
        difference: First minus second.
        p: Of no difference, two-sided; None where it cannot be said.
    """

    first: float | None
    second: float | None
    difference: Estimate
    p: float | None


def paired(first: Sample, second: Sample, *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Difference]:
    """Compare two predictions of the same videos in the same order; every draw takes the same groups for both.

    Args:
        first: With its prediction.
        second: The same videos, weights, groups and truth, with the other prediction.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    assert len(first.truth) == len(second.truth)
    units = units_of(first.group, first.stratum)
    return _differences(
        cells_by_unit(first, units.unit, units.n), cells_by_unit(second, units.unit, units.n), units, draws, seed
    )


def against_rest(
    sample: Sample, inside: NDArray[np.bool_], *, draws: int = DRAWS, seed: int = SEED
) -> dict[str, Difference]:
    """Compare the videos of a slice with all others; a group with videos in both is drawn for both at once.

    Args:
        sample: All videos.
        inside: Shape (n,): the slice.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    units = units_of(sample.group, sample.stratum)
    own = cells_by_unit(replace(sample, weight=np.where(inside, sample.weight, 0.0)), units.unit, units.n)
    rest = cells_by_unit(replace(sample, weight=np.where(inside, 0.0, sample.weight)), units.unit, units.n)
    return _differences(own, rest, units, draws, seed)


def _differences(
    first: NDArray[np.float64], second: NDArray[np.float64], units: Units, draws: int, seed: int
) -> dict[str, Difference]:
    if units.n == 0:
        return {
            name: Difference(first=None, second=None, difference=Estimate(note="no videos"), p=None) for name in METRICS
        }
    k = first.shape[1]
    drawn = resample(units, np.concatenate([first, second], axis=1), draws=draws, seed=seed)
    found: Mapping[str, Difference] = {
        name: _one(name, (first.sum(axis=0), second.sum(axis=0)), (drawn[:, :k], drawn[:, k:]), units.df)
        for name in METRICS
    }
    return dict(found)


def _one(
    name: str, cells: tuple[NDArray[np.float64], NDArray[np.float64]], drawn: tuple[NDArray[np.float64], ...], df: int
) -> Difference:
    ratio = RATIOS[name]
    first, second = (None if np.isnan(v) else float(v) for v in (ratio.of(cells[0]), ratio.of(cells[1])))
    value = None if first is None or second is None else first - second
    steps = ratio.of(drawn[0]) - ratio.of(drawn[1])
    difference = percentile(value, steps, df=df, undefined=ratio.undefined, within=(-1.0, 1.0))
    return Difference(first=first, second=second, difference=difference, p=p_of(value, steps, df=df))
