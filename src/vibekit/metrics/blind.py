"""Strata whose sample holds no positive: no variance is computed for them, and yet positives may be missed there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.units import sums

if TYPE_CHECKING:
    from vibekit.metrics.sample import Sample

THREE = 3.0
"""-ln 0.05: with none among n, the 95 % upper bound of a share is near 3 / n."""
WORTH = 0.05
"""A blind stratum matters when it could hide so large a share of the positives that were found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """A stratum without a golden positive in its sample.

    Attributes:
        stratum: Its code.
        n: Videos of the sample.
        videos: Videos that they stand for: their summed weights.
        hidden: At most so many positives among them, by the rule of three (95 %).
        recall: Recall, were there so many and none of them predicted; None without any positive.
        prevalence: Share of positives, were there so many.
    """

    stratum: int
    n: int
    videos: float
    hidden: float
    recall: float | None
    prevalence: float


def blind_strata(sample: Sample, *, worth: float = WORTH) -> tuple[Blind, ...]:
    """Return the strata that may hide positives, the worst first; none without strata or without such strata.

    The variance of recall, F1 and prevalence does not contain this doubt. ``binary`` and ``prevalence`` of ``ppi`` move
    the end of their intervals out as far as this bound; say it beside them, and sample more there.

    Args:
        sample: With strata.
        worth: Leave out strata that could hide less than this share of all positives found.
    """
    if sample.stratum is None or len(sample.truth) == 0:
        return ()
    h = int(sample.stratum.max()) + 1
    n = np.bincount(sample.stratum, minlength=h)
    positives = np.bincount(sample.stratum[sample.truth], minlength=h)
    weight = sums(sample.stratum, sample.weight, h)
    found = float(sample.weight[sample.truth].sum())
    # where all weigh alike, the variance of the others speaks for a stratum without positives too
    usual = found / int(sample.truth.sum()) * (1 + 1e-9) if found > 0 else 0.0
    right = float(sample.weight[sample.truth & sample.predicted].sum())
    blind = []
    for code in np.flatnonzero((n > 0) & (positives == 0)).tolist():
        hidden = float(weight[code]) * min(1.0, THREE / int(n[code]))
        if hidden <= worth * found or float(weight[code]) / int(n[code]) <= usual:
            continue
        blind.append(
            Blind(
                stratum=code,
                n=int(n[code]),
                videos=float(weight[code]),
                hidden=hidden,
                recall=right / (found + hidden) if found > 0 else None,
                prevalence=(found + hidden) / float(weight.sum()),
            )
        )
    return tuple(sorted(blind, key=lambda b: -b.hidden))


def hidden_positives(sample: Sample) -> float:
    """Return how many positives the blind strata may hide together, as weight; 0 where that is little.

    None was seen among n_h videos of each: then the sum of n_h times the true share is at most 3 (95 %), and the
    worst is that all of it lies in the stratum whose videos weigh most.
    """
    blind = blind_strata(sample)
    return blind[0].hidden if blind else 0.0
