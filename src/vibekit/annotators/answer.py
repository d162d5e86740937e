"""The shape of an answer: the JSON Schema that is asked for, and the strict reading of what comes back.

Evidence and rationale stand before the label, so that a model that writes its answer from left to right names what it
saw before it decides; the label can then not be a guess that the rationale defends.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vibekit.core.annotation import Answer, Evidence, ProbabilitySource, Status
from vibekit.core.attribute import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.annotators.base import Question
    from vibekit.core.attribute import Attribute, Label

SCHEMA_VERSION = 1
"""Counted up when the same reply would be read differently; enters the key of an answer."""

TOLERANCE_S = 0.5
"""How far evidence may reach beyond the video before it is dropped: models round to whole or half seconds."""

_MOST_CHARACTERS = 1_000_000
_SHOWN = 60
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was read from one reply.

    Attributes:
        answers: Attribute name -> answer (ok, abstain or invalid); holds every attribute that was asked.
        retry: True when at least one answer is invalid: asking again may mend it.
    """

    answers: Mapping[str, Answer]
    retry: bool


def answer_schema(attributes: Sequence[Attribute]) -> dict[str, Any]:
    """Return the JSON Schema of a reply about the attributes."""
    properties = {attribute.name: _attribute_schema(attribute) for attribute in attributes}
    return _object({"request_id": {"type": "string"}, "answers": _object(properties)})


def parse_answer(text: str, *, question: Question, duration_s: float | None) -> Parsed:
    """Read a reply; what the schema does not allow is ``invalid`` and never a label.

    Args:
        text: The reply as it came.
        question: What was asked.
        duration_s: Length of the video in seconds; None if unknown.
    """
    try:
        reply = _Reply.model_validate(_load(text))
        _check_reply(reply, question)
    except ValidationError as exc:
        return refuse_all(question, reason=f"the answer has another shape: {_first(exc)}")
    except (ValueError, RecursionError) as exc:
        return refuse_all(question, reason=str(exc))
    answers = {a.name: _read_one(reply.answers, a, duration_s=duration_s) for a in question.attributes}
    return Parsed(answers, any(answer.status is Status.INVALID for answer in answers.values()))


def refuse_all(question: Question, *, reason: str, status: Status = Status.INVALID, retry: bool = True) -> Parsed:
    """Return the same outcome without a label for every attribute of the question."""
    answer = Answer(status=status, reason=clean(reason))
    return Parsed({attribute.name: answer for attribute in question.attributes}, retry)


def contradicts(attribute: Attribute, label: Label, probability: float) -> bool:
    """Whether a binary label is at odds with P(the attribute holds)."""
    if attribute.kind is not Kind.BINARY:
        return False
    return probability < 0.5 if label is True else probability > 0.5


def clean(text: str) -> str:
    """Replace lone surrogates, which no file can hold, by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class _Reply(_Strict):
    request_id: str
    answers: dict[str, Any]


class _Moment(_Strict):
    start_s: float
    end_s: float
    what: str


class _One(_Strict):
    evidence: list[_Moment]
    rationale: str
    label: bool | int | str | None
    probability: Annotated[float, Field(ge=0.0, le=1.0)]


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _attribute_schema(attribute: Attribute) -> dict[str, Any]:
    moment = _object({"start_s": {"type": "number"}, "end_s": {"type": "number"}, "what": {"type": "string"}})
    return _object(
        {
            "evidence": {"type": "array", "items": moment},
            "rationale": {"type": "string"},
            "label": _label_schema(attribute),
            "probability": {"type": "number", "minimum": 0, "maximum": 1},
        }
    )


def _label_schema(attribute: Attribute) -> dict[str, Any]:
    if attribute.kind is Kind.BINARY:
        return {"type": ["boolean", "null"]}
    kind = "integer" if attribute.kind is Kind.ORDINAL else "string"
    return {"anyOf": [{"type": kind, "enum": list(attribute.allowed)}, {"type": "null"}]}


def _load(text: str) -> Any:  # noqa: ANN401 - any JSON value
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"the answer is longer than {_MOST_CHARACTERS} characters")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as exc:
        shown = json.dumps(text[:_SHOWN])
        raise ValueError(f"the answer is not JSON ({exc.msg} at character {exc.pos}): {shown}") from exc


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("the answer names the same key twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"the answer holds {name}, which is not JSON")


def _check_reply(reply: _Reply, question: Question) -> None:
    if reply.request_id != question.request_id:
        echoed = json.dumps(reply.request_id[:_SHOWN])
        raise ValueError(f"the answer is for another request: it echoes {echoed}, not '{question.request_id}'")
    asked = {attribute.name for attribute in question.attributes}
    extra = next((name for name in reply.answers if name not in asked), None)
    if extra is not None:
        raise ValueError(f"the answer names {json.dumps(extra[:_SHOWN])}, which was not asked")


def _read_one(answers: Mapping[str, Any], attribute: Attribute, *, duration_s: float | None) -> Answer:
    if attribute.name not in answers:
        return Answer(status=Status.INVALID, reason="the answer leaves this attribute out")
    try:
        one = _One.model_validate(answers[attribute.name])
        label = _label(one.label, attribute)
        _check_agreement(label, one.probability, attribute)
    except ValidationError as exc:
        return Answer(status=Status.INVALID, reason=clean(f"the answer has another shape: {_first(exc)}"))
    except ValueError as exc:
        return Answer(status=Status.INVALID, reason=clean(str(exc)))
    evidence = _inside(one.evidence, duration_s=duration_s)
    abstains = label is None
    return Answer(
        status=Status.ABSTAIN if abstains else Status.OK,
        label=label,
        probability=None if abstains else one.probability,
        probability_source=None if abstains else ProbabilitySource.VERBAL,
        rationale=clean(one.rationale),
        evidence=evidence,
        evidence_dropped=len(one.evidence) - len(evidence),
        reason="the annotator abstained" if abstains else "",
    )


def _label(label: Label | None, attribute: Attribute) -> Label | None:
    """Return an allowed label or None; raises ValueError otherwise. 1 is not true, and true is not 1."""
    if label is None:
        return None
    if attribute.allows(label):
        return label
    shown = json.dumps(label)[: _SHOWN + 20]
    raise ValueError(f"the label {shown} is not one of {json.dumps(list(attribute.allowed), ensure_ascii=False)}")


def _check_agreement(label: Label | None, probability: float, attribute: Attribute) -> None:
    if label is not None and contradicts(attribute, label, probability):
        raise ValueError(f"the label {json.dumps(label)} contradicts its probability {probability:g}")


def _inside(moments: Sequence[_Moment], *, duration_s: float | None) -> tuple[Evidence, ...]:
    """Return the evidence that lies in the video, clipped to it."""
    end = float("inf") if duration_s is None else duration_s
    return tuple(
        Evidence(start_s=min(max(m.start_s, 0.0), end), end_s=min(max(m.end_s, 0.0), end), what=clean(m.what))
        for m in moments
        if -TOLERANCE_S <= m.start_s <= m.end_s <= end + TOLERANCE_S
    )


def _first(exc: ValidationError) -> str:
    """Say the first thing that is wrong, without the value: it may be long."""
    problem = exc.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(step)[:_SHOWN] for step in problem["loc"])
    more = f" (and {exc.error_count() - 1} more)" if exc.error_count() > 1 else ""
    return f"{where}: {problem['msg']}{more}" if where else f"{problem['msg']}{more}"
