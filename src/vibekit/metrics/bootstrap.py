"""Percentile intervals of the binary ratios, from drawn groups: what the closed intervals are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.confusion import RATIOS, cells_by_unit
from vibekit.metrics.percentile import percentile
from vibekit.metrics.resample import DRAWS, SEED, resample
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from vibekit.core.estimate import Estimate
    from vibekit.metrics.sample import Sample


def bootstrap(sample: Sample, *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Estimate]:
    """Return every ratio with the percentile interval of drawn groups.

    With a thousand videos and tens of errors it is that of ``binary``. With few it is too short: of precision over 100
    videos with 10 % positives it holds the truth three times in four, where ``binary`` keeps 95 %.

    Args:
        sample: The videos.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    units = units_of(sample.group, sample.stratum)
    if units.n == 0:
        return {name: percentile(None, np.zeros(0), df=0, undefined="no videos") for name in RATIOS}
    totals = cells_by_unit(sample, units.unit, units.n)
    cells, drawn = totals.sum(axis=0), resample(units, totals, draws=draws, seed=seed)
    found = {}
    for name, ratio in RATIOS.items():
        value = float(ratio.of(cells))
        found[name] = percentile(
            None if np.isnan(value) else value, ratio.of(drawn), df=units.df, undefined=ratio.undefined
        )
    return found
