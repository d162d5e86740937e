"""Several labels: every label against the rest, macro and micro averages, and the confusion table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.score_parts import Table
from vibekit.metrics.binary import metric
from vibekit.metrics.confusion import RATIOS
from vibekit.metrics.interval import kish
from vibekit.metrics.percentile import percentile
from vibekit.metrics.ratio import Parts, ratio_estimate
from vibekit.metrics.resample import DRAWS, SEED, resample
from vibekit.metrics.sample import Sample
from vibekit.metrics.several import mean_of_known
from vibekit.metrics.units import sums, units_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.core.estimate import Estimate
    from vibekit.metrics.units import Units

METRICS = ("precision", "recall", "f1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSample:
    """Truth and prediction of n videos among several labels; all arrays have shape (n,).

    Attributes:
        truth: Codes 0 .. c - 1 of the labels.
        predicted: Likewise.
        labels: The c labels in the order of the definition, as text.
        weight: One over the inclusion probability.
        group: Codes of creator or series.
        stratum: Codes of strata; None without strata.
    """

    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    labels: tuple[str, ...]
    weight: NDArray[np.float64]
    group: NDArray[np.int64]
    stratum: NDArray[np.int64] | None = None

    def one_against_rest(self, code: int) -> Sample:
        """Return the binary sample of one label."""
        return Sample(
            truth=self.truth == code,
            predicted=self.predicted == code,
            weight=self.weight,
            group=self.group,
            stratum=self.stratum,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """How good labels of several kinds are.

    Attributes:
        confusion: Counts and weights, golden by predicted.
        accuracy: Share of right labels; the same as micro precision, recall and F1, as every video has one label.
        macro: precision, recall, f1: mean over the labels for which it is defined.
        per_label: Label -> precision, recall, f1.
        naive: accuracy and the macro averages without weights.
        left_out: Metric -> labels for which it is not defined, so that the macro average is without them.
        groups: Units of variation.
        effective_n: Kish's effective sample size.
        interval: How the intervals were made, in words.
    """

    confusion: Table
    accuracy: Estimate
    macro: Mapping[str, Estimate]
    per_label: Mapping[str, Mapping[str, Estimate]]
    naive: Mapping[str, float | None]
    left_out: Mapping[str, tuple[str, ...]]
    groups: int
    effective_n: float
    interval: str


def classes(sample: ClassSample, *, draws: int = DRAWS, seed: int = SEED) -> Classes:
    """Compute the metrics of several labels.

    Args:
        sample: The videos.
        draws: Of the bootstrap, for the macro averages.
        seed: Of the draws.
    """
    c, units = len(sample.labels), units_of(sample.group, sample.stratum)
    cell = sample.truth * c + sample.predicted
    counts = np.bincount(cell, minlength=c * c).reshape(c, c)
    table = sums(cell, sample.weight, c * c).reshape(c, c)
    right = np.where(sample.truth == sample.predicted, sample.weight, 0.0)
    per_label = {
        label: {name: metric(name, sample.one_against_rest(code), units) for name in METRICS}
        for code, label in enumerate(sample.labels)
    }
    weighted, naive = _per_class(table), _per_class(counts.astype(np.float64))
    return Classes(
        confusion=Table(
            labels=sample.labels,
            counts=tuple(tuple(row) for row in counts.tolist()),
            weighted=tuple(tuple(row) for row in table.tolist()),
        ),
        accuracy=ratio_estimate(Parts(top=right, bottom=sample.weight), units, undefined="no videos"),
        macro=_macro(sample, units, table, draws, seed),
        per_label=per_label,
        naive={
            "accuracy": float(np.trace(counts) / counts.sum()) if counts.sum() else None,
            **{name: _known(mean_of_known(naive[name])) for name in METRICS},
        },
        left_out={
            name: tuple(label for label, v in zip(sample.labels, weighted[name], strict=True) if np.isnan(v))
            for name in METRICS
        },
        groups=units.n,
        effective_n=kish(sample.weight),
        interval=f"Wilson on the effective sample size, macro averages by bootstrap; over {units.words}",
    )


def _macro(sample: ClassSample, units: Units, table: NDArray[np.float64], draws: int, seed: int) -> dict[str, Estimate]:
    c, undefined = len(sample.labels), "no label for which it is defined"
    if units.n == 0:
        return {name: percentile(None, np.zeros(0), df=0, undefined=undefined) for name in METRICS}
    place = units.unit * (c * c) + sample.truth * c + sample.predicted
    totals = sums(place, sample.weight, units.n * c * c).reshape(units.n, c * c)
    drawn = _per_class(resample(units, totals, draws=draws, seed=seed).reshape(-1, c, c))
    found = _per_class(table)
    return {
        name: percentile(
            _known(mean_of_known(found[name])), mean_of_known(drawn[name]), df=units.df, undefined=undefined
        )
        for name in METRICS
    }


def _per_class(tables: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return the metrics of every label from tables of shape (..., c, c): shape (..., c)."""
    tp = np.diagonal(tables, axis1=-2, axis2=-1)
    fn, fp = tables.sum(axis=-1) - tp, tables.sum(axis=-2) - tp
    cells = np.stack([tp, fp, fn, np.zeros_like(tp)], axis=-1)
    return {name: RATIOS[name].of(cells) for name in METRICS}


def _known(value: NDArray[np.float64]) -> float | None:
    return None if np.isnan(value) else float(value)
