"""The score of a binary attribute from arrays: ratios, ranking, calibration, and what missing answers cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibekit.core.estimate import Estimate
from vibekit.metrics.binary import binary, metric
from vibekit.metrics.blind import blind_strata
from vibekit.metrics.calibration import reliability
from vibekit.metrics.ranking import ranking
from vibekit.metrics.sample import Sample
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.core.score import AttributeScore
    from vibekit.metrics.binary import Binary
    from vibekit.metrics.calibration import Reliability
    from vibekit.metrics.ranking import Ranking
    from vibekit.stages.score.join import Joined

DIFFERS = 0.005
"""From this difference on the value without weights is shown beside the weighted one."""
FEW = 20
"""Golden positives below which a recall says little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryScore:
    """What arrays come to.

    Attributes:
        ratios: Precision, recall and so on.
        ranking: Areas and curves.
        reliability: Brier score, calibration error, bins.
    """

    ratios: Binary
    ranking: Ranking
    reliability: Reliability


def score_arrays(sample: Sample, *, draws: int, seed: int) -> BinaryScore:
    """Score predictions against truth.

    Args:
        sample: Both sides, with weights and groups.
        draws: Of the bootstrap, for areas and calibration.
        seed: Of the draws.
    """
    return BinaryScore(
        ratios=binary(sample),
        ranking=ranking(sample, draws=draws, seed=seed),
        reliability=reliability(sample, draws=draws, seed=seed),
    )


def sample_of(joined: Joined) -> Sample:
    """Return the videos that have a predicted label as a sample."""
    return joined.only(joined.answered).sample()


def with_binary(base: AttributeScore, joined: Joined, *, draws: int, seed: int) -> AttributeScore:
    """Fill in the metrics of a binary attribute.

    Args:
        base: With names and outcomes.
        joined: The scored videos, those without an answer included.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    sample = sample_of(joined)
    found = score_arrays(sample, draws=draws, seed=seed)
    ratios, counts = found.ratios, found.ratios.counts
    every = _of_all(joined)
    return replace(
        base,
        positives=counts.tp + counts.fn,
        tp=counts.tp,
        fp=counts.fp,
        fn=counts.fn,
        tn=counts.tn,
        precision=ratios.estimates["precision"],
        recall=ratios.estimates["recall"],
        f1=ratios.estimates["f1"],
        specificity=ratios.estimates["specificity"],
        accuracy=ratios.estimates["accuracy"],
        prevalence=ratios.estimates["prevalence"],
        predicted_prevalence=ratios.estimates["predicted_prevalence"],
        recall_of_all=every["recall"],
        f1_of_all=every["f1"],
        average_precision=found.ranking.average_precision,
        pr_auc=found.ranking.pr_auc,
        roc_auc=found.ranking.roc_auc,
        pr=found.ranking.pr,
        roc=found.ranking.roc,
        brier=found.reliability.brier,
        ece=found.reliability.ece,
        reliability=found.reliability.bins,
        naive=differing(ratios.estimates, ratios.naive) if ratios.weighted else {},
        weighted=ratios.weighted,
        groups=ratios.groups,
        effective_n=ratios.effective_n,
        interval=ratios.interval,
        confusion=ratios.confusion,
        notes=(*base.notes, *_notes(sample, found)),
    )


def differing(weighted: Mapping[str, Estimate], naive: Mapping[str, float | None]) -> dict[str, float]:
    """Return the unweighted values that are off by more than 0.005."""
    return {
        name: value
        for name, value in naive.items()
        if value is not None and (w := weighted[name].value) is not None and abs(value - w) > DIFFERS
    }


def _of_all(joined: Joined) -> dict[str, Estimate]:
    """Count a video without an answer as not found."""
    sample = joined.sample()
    units = units_of(sample.group, sample.stratum)
    return {name: metric(name, sample, units) for name in ("recall", "f1")}


def _notes(sample: Sample, found: BinaryScore) -> list[str]:
    notes = []
    counts = found.ratios.counts
    positives = counts.tp + counts.fn
    if 0 < positives < FEW:
        notes.append(f"only {positives} golden positives: recall and F1 say little")
    if found.ranking.without and found.ranking.n:
        notes.append(f"{found.ranking.without} labels without a probability are not in the curves and areas")
    for blind in blind_strata(sample):
        low = "" if blind.recall is None else f"; recall could be as low as {blind.recall:.3f}"
        notes.append(
            f"none of the {blind.n} videos of one stratum, which stand for {blind.videos:,.0f}, is positive: up to "
            f"{blind.hidden:,.0f} positives may hide there (rule of three){low}; the intervals do not contain this "
            "doubt: sample more there"
        )
    return notes
