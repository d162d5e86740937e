"""Counts of right and wrong of binary labels, and the ratios that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.units import sums

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.metrics.sample import Sample

CELLS = 4
"""tp, fp, fn, tn: the order of every array of cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Videos by truth and prediction."""

    tp: int
    fp: int
    fn: int
    tn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A metric as a ratio of sums over the cells tp, fp, fn, tn.

    Attributes:
        top: Factors of the numerator.
        bottom: Factors of the denominator.
        undefined: What a denominator of zero means.
    """

    top: tuple[float, float, float, float]
    bottom: tuple[float, float, float, float]
    undefined: str

    def of(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the ratio of cells of shape (..., 4); NaN where the denominator is zero."""
        above, below = cells @ np.asarray(self.top), cells @ np.asarray(self.bottom)
        found = np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)
        return np.asarray(found, dtype=np.float64)


RATIOS: Mapping[str, Ratio] = {
    "precision": Ratio(top=(1, 0, 0, 0), bottom=(1, 1, 0, 0), undefined="no video is predicted true"),
    "recall": Ratio(top=(1, 0, 0, 0), bottom=(1, 0, 1, 0), undefined="no golden video is true"),
    "f1": Ratio(top=(2, 0, 0, 0), bottom=(2, 1, 1, 0), undefined="no video is true or predicted true"),
    "specificity": Ratio(top=(0, 0, 0, 1), bottom=(0, 1, 0, 1), undefined="no golden video is false"),
    "accuracy": Ratio(top=(1, 0, 0, 1), bottom=(1, 1, 1, 1), undefined="no videos"),
    "prevalence": Ratio(top=(1, 0, 1, 0), bottom=(1, 1, 1, 1), undefined="no videos"),
    "predicted_prevalence": Ratio(top=(1, 1, 0, 0), bottom=(1, 1, 1, 1), undefined="no videos"),
}
"""F1 is 2 TP / (golden + predicted positives): 0 when both exist and never meet, undefined when neither exists."""


def cell_of(truth: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return 0 for tp, 1 for fp, 2 for fn, 3 for tn, video by video."""
    return 3 - 2 * predicted.astype(np.int64) - truth.astype(np.int64)


def counts_of(sample: Sample) -> Counts:
    """Count videos, not weights."""
    tp, fp, fn, tn = np.bincount(cell_of(sample.truth, sample.predicted), minlength=CELLS).tolist()
    return Counts(tp=tp, fp=fp, fn=fn, tn=tn)


def weighted_cells(sample: Sample) -> NDArray[np.float64]:
    """Return the summed weights of tp, fp, fn, tn: shape (4,)."""
    return sums(cell_of(sample.truth, sample.predicted), sample.weight, CELLS)


def cells_by_unit(sample: Sample, unit: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Return the summed weights of tp, fp, fn, tn of every unit: shape (n, 4)."""
    place = unit * CELLS + cell_of(sample.truth, sample.predicted)
    return sums(place, sample.weight, CELLS * n).reshape(n, CELLS)


def values(cells: NDArray[np.float64]) -> dict[str, float | None]:
    """Return every metric of cells of shape (4,); None where it is not defined."""
    found = {name: float(ratio.of(cells)) for name, ratio in RATIOS.items()}
    return {name: None if np.isnan(value) else value for name, value in found.items()}
