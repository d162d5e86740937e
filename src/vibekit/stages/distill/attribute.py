"""The report of one attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.distill import AttributeReport
from vibekit.core.estimate import NONE
from vibekit.metrics.binary import metric
from vibekit.metrics.sample import Sample
from vibekit.metrics.units import units_of
from vibekit.stages.distill.heads import MAJORITY, STUDENT
from vibekit.stages.distill.measure import against_golden, agreement, head_scores, measured_rows

if TYPE_CHECKING:
    from vibekit.core.distill import HeadScore
    from vibekit.core.estimate import Estimate
    from vibekit.stages.distill.data import Data
    from vibekit.stages.distill.learn import Learnt
    from vibekit.stages.distill.teacher import Teacher

FEW_POSITIVES = 20


def attribute_report(
    data: Data, teacher: Teacher, learnt: Learnt, definition: str, *, draws: int, seed: int
) -> AttributeReport:
    """Measure one attribute.

    Args:
        data: Rows.
        teacher: The attribute as the teacher labels it.
        learnt: What student and baselines say.
        definition: Fingerprint; empty when not known.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    target = teacher.target
    head = str(next(place.head for place in learnt.network.places if place.name == target.name))
    decision = learnt.decision[target.name]
    heads = tuple(head_scores(data, teacher, learnt, head=head, draws=draws, seed=seed))
    share, accuracy = _answered(data, teacher, learnt)
    return AttributeReport(
        name=target.name,
        kind=str(target.kind),
        definition=definition,
        head=head,
        labels=target.counts(),
        train_positives=target.rarest(learnt.parts.train),
        teacher_calibration=teacher.words,
        slope=decision.calibration.slope,
        intercept=decision.calibration.intercept,
        threshold=decision.threshold,
        threshold_from=decision.source if target.is_binary else "",
        abstain=decision.zone,
        abstain_share=share,
        answered_accuracy=accuracy,
        heads=heads,
        agreement=agreement(data, teacher, learnt, draws=draws, seed=seed),
        golden=against_golden(data, teacher, learnt, draws=draws, seed=seed),
        notes=_notes(heads, target.rarest()),
    )


def _answered(data: Data, teacher: Teacher, learnt: Learnt) -> tuple[float | None, Estimate]:
    """Return the share of test videos in the abstain zone, and how often the others agree with the teacher."""
    name, output = teacher.target.name, learnt.outputs[STUDENT]
    zone = learnt.decision[name].zone
    rows = measured_rows(learnt, teacher.target, output)
    if zone is None or len(rows) == 0:
        return None, NONE
    chance = output.probability[name][rows, 0]
    answered = (chance < zone[0]) | (chance >= zone[1])
    kept = rows[answered]
    if len(kept) == 0:
        return 1.0, NONE
    right = (chance[answered] >= zone[1]) == (teacher.codes()[kept] == 1)
    sample = Sample.of_right(right, weight=np.ones(len(kept)), group=data.group[kept])
    return float(1 - answered.mean()), metric("accuracy", sample, units_of(sample.group))


def _notes(heads: tuple[HeadScore, ...], rarest: int) -> tuple[str, ...]:
    found = []
    if rarest < FEW_POSITIVES:
        found.append(f"{rarest} videos of the rarer label: every number here is uncertain")
    own, majority = heads[0], next((one for one in heads if one.head == MAJORITY), None)
    base = majority.average_precision.value if majority else None
    low = own.average_precision.low
    # without an interval (other kinds than binary) only what is plainly no better is said
    sure = own.average_precision.value if low is None else low
    if base is not None and sure is not None and sure <= base:
        found.append("the student is not shown to beat the majority baseline")
    simple = [one for one in heads[1:] if one.average_precision.value is not None and one.head != MAJORITY]
    best = max(simple, key=lambda one: one.average_precision.value or 0.0, default=None)
    value = own.average_precision.value
    if own.head == "mlp" and best is not None and value is not None and (best.average_precision.value or 0.0) >= value:
        found.append(f"{best.head} ranks at least as well: the network is not needed for this attribute")
    return tuple(found)
