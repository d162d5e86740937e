"""The last gate before a line is written: whoever answered, only an allowed label of an intact file gets through."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.core.annotation import Answer, Status
from vibekit.formats.annotations import storable
from vibekit.stages.unchanged import change_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.annotators.base import Question
    from vibekit.core.attribute import Attribute
    from vibekit.core.video import Video


def checked(answers: Mapping[str, Answer], question: Question) -> dict[str, Answer]:
    """Return one answer for every attribute that was asked; what an annotator must not say becomes ``invalid``.

    The built-in annotators check their own answers; this holds for anybody's.
    """
    missing = Answer(status=Status.INVALID, reason="the annotator gave no answer for this attribute")
    return {a.name: _clean(_checked(answers.get(a.name, missing), a)) for a in question.attributes}


def _checked(answer: Answer, attribute: Attribute) -> Answer:
    problem = _problem(answer, attribute)
    if not problem:
        return answer
    return replace(answer, status=Status.INVALID, label=None, probability=None, probability_source=None, reason=problem)


def _clean(answer: Answer) -> Answer:
    """Make an answer fit for every file: no lone surrogates, no evidence at times that are no numbers."""
    told = tuple(
        replace(e, what=storable(e.what))
        for e in answer.evidence
        if math.isfinite(e.start_s) and math.isfinite(e.end_s)
    )
    dropped = answer.evidence_dropped + len(answer.evidence) - len(told)
    return replace(
        answer,
        rationale=storable(answer.rationale),
        reason=storable(answer.reason),
        evidence=told,
        evidence_dropped=dropped,
    )


def _problem(answer: Answer, attribute: Attribute) -> str:
    if answer.status is not Status.OK:
        return "" if answer.label is None else f"status {answer.status} with a label"
    if not attribute.allows(answer.label):
        return f"label {answer.label!r} is not one of {list(attribute.allowed)}"
    p = answer.probability
    if p is not None and not (math.isfinite(p) and 0 <= p <= 1):
        return f"probability {p!r} is not in 0-1"
    return ""


def changed_since(video: Video) -> str:
    """Say that a file is no longer the one that was hashed; empty when it is."""
    return change_of(video.path, size=video.bytes, mtime_ns=video.mtime_ns, while_it_was="annotated")
