"""A restriction: which videos may be found. Its parts, and the one text that stands for each meaning."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from vibekit.core.index import ColumnType

RESERVED = frozenset({"and", "or", "not", "in", "is", "contains", "known", "unknown", "true", "false"})
"""Words that are no names, in small and in capital letters; a name like one of them goes in backticks."""
PLAIN_NAME = re.compile(r"[^\W\d]\w*")
"""A name that needs no backticks, unless it is reserved."""


class Sign(StrEnum):
    """How a value is compared."""

    EQUAL = "=="
    OTHER = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


OPPOSITE = {
    Sign.EQUAL: Sign.OTHER, Sign.OTHER: Sign.EQUAL, Sign.LESS: Sign.AT_LEAST,
    Sign.AT_LEAST: Sign.LESS, Sign.MORE: Sign.AT_MOST, Sign.AT_MOST: Sign.MORE,
}  # fmt: skip
"""What holds when a comparison does not; where a value is unknown, so are both."""


class Of(StrEnum):
    """What a name names."""

    EITHER = ""
    LABEL = "label"
    COLUMN = "column"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Of an attribute or of a metadata column.

    Attributes:
        text: The name.
        of: ``label`` or ``column`` where it was said which.
        at: Where it stands in what was typed, from 0.
    """

    text: str
    of: Of = Of.EITHER
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A literal.

    Attributes:
        type: Of what is written: 1 and true are different values.
        value: A date as ``2026-01-31``; a number without a fraction as int.
        at: Where it stands in what was typed.
    """

    type: ColumnType
    value: str | int | float | bool
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Everything:
    """Every video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Is:
    """``calming``: videos that carry it, or for which a true/false column is true."""

    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """``calming >= 0.8``, ``mood == "calm"``, ``duration_s < 60``."""

    name: Name
    sign: Sign
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """``mood["calm"] >= 0.6``: the probability of one label."""

    name: Name
    label: Value
    sign: Sign
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """``language in ("de", "en")``; two values or more, sorted, each once."""

    name: Name
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains:
    """``title contains "sea"``: in capital or small letters."""

    name: Name
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """``creator is known``: there is a value, or a label that is sure enough."""

    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The opposite; make it with ``negated``."""

    of: Restriction


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """All of two or more; make it with ``both``."""

    of: tuple[Restriction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """At least one of two or more; make it with ``either``."""

    of: tuple[Restriction, ...]


Restriction: TypeAlias = Everything | Is | Compare | Chance | Among | Contains | Known | Not | Both | Either


def number(value: float, *, at: int = 0) -> Value:
    """Return a number, as int when it has no fraction: 1.0 and 1 are the same value."""
    whole = int(value) if abs(value) < 2**53 and value == int(value) else value
    return Value(type=ColumnType.NUMBER, value=whole, at=at)


def text(value: str, *, at: int = 0) -> Value:
    """Return a text."""
    return Value(type=ColumnType.TEXT, value=value, at=at)


def negated(one: Restriction) -> Restriction:
    """Return the opposite in its simplest form."""
    match one:
        case Not(of=inner):
            return inner
        case Compare(name=name, sign=sign, value=value):
            return Compare(name=name, sign=OPPOSITE[sign], value=value)
        case Chance(name=name, label=label, sign=sign, value=value):
            return Chance(name=name, label=label, sign=OPPOSITE[sign], value=value)
        case _:
            return Not(of=one)


def both(*parts: Restriction) -> Restriction:
    """Return what all of the parts let through: flat, sorted, each part once."""
    flat = [inner for part in parts for inner in (part.of if isinstance(part, Both) else (part,))]
    kept = _sorted_once([part for part in flat if part != Everything()])
    return Both(of=kept) if len(kept) > 1 else kept[0] if kept else Everything()


def either(*parts: Restriction) -> Restriction:
    """Return what at least one of the parts lets through: flat, sorted, each part once."""
    flat = [inner for part in parts for inner in (part.of if isinstance(part, Either) else (part,))]
    if Everything() in flat:
        return Everything()
    kept = _sorted_once(flat)
    return Either(of=kept) if len(kept) > 1 else kept[0]


def among(name: Name, *values: Value) -> Restriction:
    """Return that a value is one of some: sorted, each once; of a single one, that it equals it."""
    once = {_value_text(value): value for value in values}
    kept = tuple(once[key] for key in sorted(once))
    return Among(name=name, values=kept) if len(kept) > 1 else Compare(name=name, sign=Sign.EQUAL, value=kept[0])


def canonical(one: Restriction) -> str:
    """Return the text of a restriction: equal texts mean the same, and reading one gives the same restriction.

    Empty for every video.
    """
    match one:
        case Everything():
            return ""
        case Not(of=Known(name=name)):
            return f"{_name_text(name)} is unknown"
        case Not(of=Is(name=name)):
            return f"!{_name_text(name)}"
        case Not(of=inner):
            return f"!({canonical(inner)})"
        case Both(of=parts):
            return " & ".join(map(_wrapped, parts))
        case Either(of=parts):
            return " | ".join(map(_wrapped, parts))
        case _:
            return _condition_text(one)


def _condition_text(one: Is | Compare | Chance | Among | Contains | Known) -> str:
    match one:
        case Is(name=name):
            return _name_text(name)
        case Compare(name=name, sign=sign, value=value):
            return f"{_name_text(name)} {sign} {_value_text(value)}"
        case Chance(name=name, label=label, sign=sign, value=value):
            return f"{_name_text(name)}[{_value_text(label)}] {sign} {_value_text(value)}"
        case Among(name=name, values=values):
            return f"{_name_text(name)} in ({', '.join(map(_value_text, values))})"
        case Contains(name=name, value=value):
            return f"{_name_text(name)} contains {_value_text(value)}"
        case Known(name=name):
            return f"{_name_text(name)} is known"


def _wrapped(part: Restriction) -> str:
    inner = canonical(part)
    return f"({inner})" if isinstance(part, (Both, Either)) else inner


def _sorted_once(parts: list[Restriction]) -> tuple[Restriction, ...]:
    once = {canonical(part): part for part in parts}
    return tuple(once[key] for key in sorted(once))


def _name_text(name: Name) -> str:
    plain = PLAIN_NAME.fullmatch(name.text) and name.text.lower() not in RESERVED
    shown = name.text if plain else "`" + name.text.replace("`", "``") + "`"
    return f"{name.of}:{shown}" if name.of else shown


def _value_text(value: Value) -> str:
    if isinstance(value.value, bool):
        return "true" if value.value else "false"
    if value.type is ColumnType.TEXT:
        return json.dumps(value.value, ensure_ascii=False)
    return str(value.value) if isinstance(value.value, (str, int)) else repr(value.value)
