"""From probabilities to labels, where a run or table has none, or where its threshold is to count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.scoring import Decision
from vibekit.stages.score.predictions import NO_LABEL, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.stages.score.predictions import Column

HALF = 0.5
TRUE, FALSE = 0, 1
"""Places of the labels of a binary attribute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The labels that are scored.

    Attributes:
        label: Place of the label of every video; ``NO_LABEL`` where there is none.
        by_threshold: Some labels come from a probability and a threshold.
        notes: How they came about, where that is not plain.
    """

    label: NDArray[np.int64]
    by_threshold: bool = False
    notes: tuple[str, ...] = ()


def decide(column: Column, kind: Kind, *, threshold: float | None, decision: Decision) -> Decided:
    """Decide every video.

    A label that is there counts, unless thresholds are asked for; a probability without a label is held against a
    threshold: true from there on. That is the one that came with the probabilities, else that of the definition.

    Args:
        column: What is said of the attribute.
        kind: Of the attribute; only binary ones have a threshold.
        threshold: Of the definition; None where there is none.
        decision: What counts.
    """
    if kind is not Kind.BINARY:
        note = "the threshold counts for binary attributes only" if decision is Decision.THRESHOLD else ""
        return Decided(label=column.label, notes=(note,) if note else ())
    ok, has_chance = column.outcome == Outcome.OK, np.isfinite(column.probability)
    wanted = np.full(len(ok), decision is Decision.THRESHOLD) | (column.label == NO_LABEL)
    held = ok & has_chance & wanted
    if not held.any():
        return Decided(label=column.label, notes=_unheld(column, decision))
    theirs = column.threshold if decision is Decision.LABEL else None
    bound = next(value for value in (theirs, threshold, HALF) if value is not None)
    label = np.where(held, np.where(column.probability >= bound, TRUE, FALSE), column.label)
    where = "of the definition" if threshold is not None else "(no definition gives another)"
    where = "that the student was given" if theirs is not None else where
    notes = [f"labels are P(true) >= {bound:g}, the threshold {where}"]
    kept = int((ok & ~held & (column.label != NO_LABEL)).sum())
    if kept:
        notes.append(f"{kept} labels of the run or table were taken as they are, beside {int(held.sum())} by threshold")
    return Decided(label=label.astype(np.int64), by_threshold=True, notes=tuple(notes))


def _unheld(column: Column, decision: Decision) -> tuple[str, ...]:
    if decision is Decision.THRESHOLD and len(column.label):
        return ("there are no probabilities: labels were taken as they are, no threshold was applied",)
    return ()
