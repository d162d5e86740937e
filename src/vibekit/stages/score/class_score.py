"""The score of an ordinal or categorical attribute."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.formats.annotations import label_text
from vibekit.metrics.classes import ClassSample, classes
from vibekit.metrics.ordinal import ordinal
from vibekit.stages.score.binary_score import differing

if TYPE_CHECKING:
    from vibekit.core.golden import GoldenAttribute
    from vibekit.core.score import AttributeScore
    from vibekit.stages.score.join import Joined


def class_sample(joined: Joined, attribute: GoldenAttribute) -> ClassSample:
    """Return the videos that have a predicted label as a sample of several labels."""
    answered = joined.only(joined.answered)
    return ClassSample(
        truth=answered.truth,
        predicted=answered.predicted,
        labels=tuple(label_text(label) for label in attribute.allowed),
        weight=answered.weight,
        group=answered.group,
        stratum=answered.stratum,
    )


def with_classes(
    base: AttributeScore, joined: Joined, attribute: GoldenAttribute, *, draws: int, seed: int
) -> AttributeScore:
    """Fill in the metrics of an attribute with several labels; precision, recall and F1 are macro averages.

    Args:
        base: With names and outcomes.
        joined: The scored videos, those without an answer included.
        attribute: Its kind and labels.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    sample = class_sample(joined, attribute)
    found = classes(sample, draws=draws, seed=seed)
    # every video has one label, so that micro precision, recall and F1 are the accuracy
    more = {"micro_f1": found.accuracy}
    if attribute.kind is Kind.ORDINAL:
        scale = [float(label) for label in attribute.allowed]
        ranks = ordinal(sample, scale, draws=draws, seed=seed)
        more |= {"weighted_kappa": ranks.pop("quadratic_kappa"), **ranks}
    weighted = bool(len(sample.weight)) and bool(np.ptp(sample.weight) > 0)
    estimates = {"accuracy": found.accuracy, **found.macro}
    return replace(
        base,
        precision=found.macro["precision"],
        recall=found.macro["recall"],
        f1=found.macro["f1"],
        accuracy=found.accuracy,
        more=more,
        per_label=found.per_label,
        naive=differing(estimates, dict(found.naive)) if weighted else {},
        weighted=weighted,
        groups=found.groups,
        effective_n=found.effective_n,
        interval=found.interval,
        confusion=found.confusion,
        notes=(*base.notes, *_notes({name: tuple(labels) for name, labels in found.left_out.items()})),
    )


def _notes(left_out: dict[str, tuple[str, ...]]) -> list[str]:
    return [
        f"the macro {name} is without {', '.join(labels)}, for which it is not defined"
        for name, labels in left_out.items()
        if labels and name != "f1"
    ]
