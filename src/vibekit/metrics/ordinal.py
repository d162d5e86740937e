"""Labels on a scale: weighted kappa, mean absolute error, rank correlation, with bootstrap intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.percentile import percentile
from vibekit.metrics.resample import DRAWS, SEED, resample
from vibekit.metrics.units import sums, units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vibekit.core.estimate import Estimate
    from vibekit.metrics.classes import ClassSample

BOUNDS = {"mae": (0.0, float("inf"))}
UNDEFINED = {
    "mae": "no videos",
    "spearman": "one side does not vary",
}


def ordinal(
    sample: ClassSample, scale: Sequence[float], *, draws: int = DRAWS, seed: int = SEED
) -> dict[str, Estimate]:
    """Return quadratic_kappa, linear_kappa, mae and spearman of weighted videos.

    Kappa is Cohen's with weights for how bad a disagreement is (Psychol. Bull. 70:213-220, 1968). The rank correlation
    gives ties their mean rank. All four are functions of the table golden by predicted, which is what is drawn again.

    Args:
        sample: The videos; its labels are in the order of the scale.
        scale: The number of every label; distances between them count.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    c, units = len(sample.labels), units_of(sample.group, sample.stratum)
    place = units.unit * (c * c) + sample.truth * c + sample.predicted
    totals = sums(place, sample.weight, units.n * c * c).reshape(units.n, c * c)
    value = table_metrics(totals.sum(axis=0).reshape(1, c, c), scale)
    many = (
        value
        if units.n == 0
        else table_metrics(resample(units, totals, draws=draws, seed=seed).reshape(-1, c, c), scale)
    )
    return {
        name: percentile(
            None if np.isnan(found[0]) else float(found[0]),
            many[name],
            df=units.df,
            undefined=UNDEFINED.get(name, "one label only on both sides"),
            within=BOUNDS.get(name, (-1.0, 1.0)),
        )
        for name, found in value.items()
    }


def table_metrics(tables: NDArray[np.float64], scale: Sequence[float]) -> dict[str, NDArray[np.float64]]:
    """Compute the metrics of tables golden by predicted of shape (r, c, c): arrays of shape (r,), NaN if undefined."""
    numbers = np.asarray(scale, dtype=np.float64)
    steps = np.abs(numbers[:, None] - numbers[None, :])
    n = tables.sum(axis=(1, 2))
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    return {
        "quadratic_kappa": _kappa(tables, rows, columns, n, steps * steps),
        "linear_kappa": _kappa(tables, rows, columns, n, steps),
        "mae": _divide((tables * steps).sum(axis=(1, 2)), n),
        "spearman": _spearman(tables, rows, columns, n),
    }


def _kappa(
    tables: NDArray[np.float64],
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    n: NDArray[np.float64],
    cost: NDArray[np.float64],
) -> NDArray[np.float64]:
    seen = (tables * cost).sum(axis=(1, 2)) * n
    by_chance = np.einsum("ri,ij,rj->r", rows, cost, columns)
    return 1 - _divide(seen, by_chance)


def _spearman(
    tables: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64], n: NDArray[np.float64]
) -> NDArray[np.float64]:
    x, y = (np.cumsum(margin, axis=1) - margin / 2 - n[:, None] / 2 for margin in (rows, columns))
    xy = np.einsum("rij,ri,rj->r", tables, x, y)
    xx, yy = (rows * x * x).sum(axis=1), (columns * y * y).sum(axis=1)
    return _divide(xy, np.sqrt(xx * yy))


def _divide(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.divide(top, bottom, out=np.full(bottom.shape, np.nan), where=bottom > 0)
    return np.asarray(found, dtype=np.float64)
