"""Precision, recall, F1 and the other ratios of a binary sample, weighted and clustered, with their intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.score_parts import Table
from vibekit.metrics.blind import hidden_positives
from vibekit.metrics.confusion import RATIOS, Counts, cell_of, counts_of, values, weighted_cells
from vibekit.metrics.interval import kish
from vibekit.metrics.ratio import Parts, ratio_estimate
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.core.estimate import Estimate
    from vibekit.metrics.sample import Sample
    from vibekit.metrics.units import Units


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """How good binary labels are.

    Attributes:
        counts: Videos, unweighted.
        confusion: The same as a table, weights beside.
        estimates: precision, recall, f1, specificity, accuracy, prevalence, predicted_prevalence: weighted.
        naive: The same without weights; None where it is not defined.
        weighted: Weights differ.
        groups: Units of variation.
        effective_n: Kish's effective sample size.
        interval: How the intervals were made, in words.
    """

    counts: Counts
    confusion: Table
    estimates: Mapping[str, Estimate]
    naive: Mapping[str, float | None]
    weighted: bool
    groups: int
    effective_n: float
    interval: str


def binary(sample: Sample) -> Binary:
    """Compute the ratios of a sample; those with a denominator of zero are None and say why."""
    units = units_of(sample.group, sample.stratum)
    counts, cells = counts_of(sample), weighted_cells(sample)
    tp, fp, fn, tn = (float(c) for c in cells)
    raw = np.array([counts.tp, counts.fp, counts.fn, counts.tn], dtype=np.float64)
    table = Table(
        labels=("true", "false"),
        counts=((counts.tp, counts.fn), (counts.fp, counts.tn)),
        weighted=((tp, fn), (fp, tn)),
    )
    hidden = hidden_positives(sample)
    moved = "; recall, F1 and prevalence reach to the rule of three for strata without a positive" if hidden else ""
    return Binary(
        counts=counts,
        confusion=table,
        estimates=_moved_out({name: metric(name, sample, units) for name in RATIOS}, cells, hidden),
        naive=values(raw),
        weighted=bool(len(sample.weight)) and bool(np.ptp(sample.weight) > 0),
        groups=units.n,
        effective_n=kish(sample.weight),
        interval=f"Wilson on the effective sample size; variance linearised over {units.words}{moved}",
    )


def metric(name: str, sample: Sample, units: Units) -> Estimate:
    """Return one of the ratios with its interval.

    F1 is no share, but J = TP / (TP + FP + FN) is one and F1 = 2 J / (1 + J) rises with it: the ends are carried over.

    Args:
        name: One of ``RATIOS``.
        sample: The videos.
        units: ``units_of(sample.group, sample.stratum)``.
    """
    ratio = RATIOS[name]
    if name != "f1":
        return ratio_estimate(_parts(sample, ratio.top, ratio.bottom), units, undefined=ratio.undefined)
    share = ratio_estimate(_parts(sample, (1, 0, 0, 0), (1, 1, 1, 0)), units, undefined=ratio.undefined)
    return replace(share, value=_f1(share.value), low=_f1(share.low), high=_f1(share.high))


def _moved_out(estimates: dict[str, Estimate], cells: NDArray[np.float64], hidden: float) -> dict[str, Estimate]:
    """Move ends out to what the metric would be, were positives hidden in strata where none was seen.

    Such a stratum adds nothing to the variance: without this the interval of recall misses the truth whenever there is
    one, and a gate on its lower end would pass.
    """
    if not hidden:
        return estimates
    worst = values(cells + np.array([0.0, 0.0, hidden, 0.0]))
    found = dict(estimates)
    for name in ("recall", "f1"):
        low, bound = found[name].low, worst[name]
        if low is not None and bound is not None:
            found[name] = replace(found[name], low=min(low, bound))
    share, high = (float(cells[0] + cells[2]) + hidden) / float(cells.sum()), found["prevalence"].high
    if high is not None:
        found["prevalence"] = replace(found["prevalence"], high=min(1.0, max(high, share)))
    return found


def _f1(share: float | None) -> float | None:
    return None if share is None else 2 * share / (1 + share)


def _parts(sample: Sample, top: tuple[float, ...], bottom: tuple[float, ...]) -> Parts:
    cell = cell_of(sample.truth, sample.predicted)
    return Parts(
        top=np.asarray(top, dtype=np.float64)[cell] * sample.weight,
        bottom=np.asarray(bottom, dtype=np.float64)[cell] * sample.weight,
    )
