"""Several attributes together: macro and micro averages, the same groups drawn for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.confusion import CELLS, RATIOS, cells_by_unit
from vibekit.metrics.percentile import percentile
from vibekit.metrics.resample import DRAWS, SEED, resample
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vibekit.core.estimate import Estimate
    from vibekit.metrics.sample import Sample

METRICS = ("precision", "recall", "f1")


def averages(
    samples: Sequence[Sample], *, draws: int = DRAWS, seed: int = SEED
) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Return macro and micro precision, recall and F1 of several attributes.

    Macro is the mean over attributes where the metric is defined; micro takes all decisions as one sample.

    Args:
        samples: One an attribute. A group code means the same group in all of them, a stratum code the same stratum.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    some = [s for s in samples if len(s.truth)]
    if not some:
        none = dict.fromkeys(METRICS, percentile(None, np.zeros(0), df=0, undefined="no videos"))
        return none, dict(none)
    strata = [s.stratum for s in some if s.stratum is not None]
    stratum = np.concatenate(strata) if len(strata) == len(some) else None
    units = units_of(np.concatenate([s.group for s in some]), stratum)
    ends = np.cumsum([len(s.truth) for s in some])[:-1]
    codes = np.split(units.unit, ends)
    totals = np.concatenate([cells_by_unit(s, c, units.n) for s, c in zip(some, codes, strict=True)], axis=1)
    drawn = resample(units, totals, draws=draws, seed=seed).reshape(-1, len(some), CELLS)
    cells = totals.sum(axis=0).reshape(len(some), CELLS)
    macro = {
        m: _estimate(m, mean_of_known(RATIOS[m].of(cells)), mean_of_known(RATIOS[m].of(drawn)), units.df)
        for m in METRICS
    }
    micro = {
        m: _estimate(m, RATIOS[m].of(cells.sum(axis=0)), RATIOS[m].of(drawn.sum(axis=1)), units.df) for m in METRICS
    }
    return macro, micro


def mean_of_known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the last axis of what is defined; NaN where nothing is."""
    known = np.isfinite(values)
    n = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    return np.asarray(np.divide(total, n, out=np.full(np.shape(n), np.nan), where=n > 0), dtype=np.float64)


def _estimate(name: str, value: NDArray[np.float64], draws: NDArray[np.float64], df: int) -> Estimate:
    known = None if np.isnan(value) else float(value)
    return percentile(known, draws, df=df, undefined=RATIOS[name].undefined)
