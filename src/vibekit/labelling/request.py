"""What the page sends, read without trust: known keys, right types, bounded lengths."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from vibekit.core.golden import EventKind
from vibekit.labelling.refused import Refused

if TYPE_CHECKING:
    from vibekit.core.attribute import Label

RATER = re.compile(r"[a-z0-9_-]{1,32}")
ANSWER_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
TASK_ID = re.compile(r"[0-9a-f]{32}")
LONGEST_NOTE = 2000
LONGEST_S = 86_400.0
_KINDS = {"rating": EventKind.RATING, "abstain": EventKind.ABSTAIN, "skip": EventKind.SKIP}
_KEYS = frozenset({"id", "task", "kind", "value", "note", "seconds", "watched"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of a rater, before it is known whether it fits the question.

    Attributes:
        id: Made by the page; the same for every attempt to send this answer.
        task: Opaque id of the question.
        kind: rating, abstain or skip.
        value: The label of a rating.
        note: Words of the rater.
        seconds: Time on the question.
        watched: Share of the video that was played, 0 to 1.
    """

    id: str
    task: str
    kind: EventKind
    value: Label | None
    note: str
    seconds: float | None
    watched: float | None


def parse(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        Refused: It is not one, or is nested too deeply.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Refused(400, "bad_json", "the body is no JSON object") from None
    if not isinstance(value, dict):
        raise Refused(400, "bad_json", "the body is no JSON object")
    return value


def read_answer(row: dict[str, Any]) -> Answer:
    """Check what ``POST /api/rate`` got.

    Raises:
        Refused: A key is unknown or missing, or a value is not what it must be.
    """
    strange = sorted(set(row) - _KEYS)
    if strange:
        _bad("there is a key that is not known")
    kind = _KINDS.get(row["kind"]) if isinstance(row.get("kind"), str) else None
    if kind is None:
        _bad("kind: rating, abstain or skip")
    value = row.get("value")
    if value is not None and not isinstance(value, (bool, int, str)):
        _bad("value: a label")
    if (kind is EventKind.RATING) != (value is not None):
        _bad("value: with a rating, and only then")
    return Answer(
        id=read_id(row),
        task=_matching(row, "task", TASK_ID),
        kind=kind,
        value=value,
        note=_note(row.get("note", "")),
        seconds=_measure(row, "seconds", LONGEST_S),
        watched=_measure(row, "watched", 1.0),
    )


def read_id(row: dict[str, Any]) -> str:
    """Return the id that the page gave to what it sends."""
    return _matching(row, "id", ANSWER_ID)


def read_rater(row: dict[str, Any]) -> str:
    """Return the name that somebody typed.

    Raises:
        Refused: It is no name.
    """
    name = row.get("name")
    if not isinstance(name, str) or not RATER.fullmatch(name):
        raise Refused(400, "bad_name", "a name has 1-32 of these: a-z 0-9 _ -")
    return name


def _note(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_NOTE:
        _bad(f"note: text of at most {LONGEST_NOTE} characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        _bad("note: text that is not whole")
    return value.strip()


def _matching(row: dict[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        _bad(f"{key}: missing or malformed")
    return value


def _measure(row: dict[str, Any], key: str, most: float) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        _bad(f"{key}: a number from 0 to {most:g}")
    return round(float(value), 3) if math.isfinite(value) else _bad(f"{key}: a number")


def _bad(message: str) -> NoReturn:
    raise Refused(400, "bad_request", message)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a key comes twice")
    return row
