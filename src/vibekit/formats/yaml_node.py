"""One node of a YAML file, read by type: every error names the file, the line and the field."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from math import isinf
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from vibekit.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

Scalar = bool | int | float | str | None
"""What one plain value can be."""

T = TypeVar("T", bound=str)

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})?(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?")
_NUMERIC = ("int", "float", "exponent")
_TRUE = ("true", "True", "TRUE")
_FALSE = ("false", "False", "FALSE")
_READ_AS = {
    "bool": "YAML reads {0} as true or false",
    "null": "YAML reads {0} as nothing",
    "int": "YAML reads {0} as a number",
    "float": "YAML reads {0} as a number",
    "exponent": "YAML may read {0} as a number",
    "timestamp": "YAML reads {0} as a date",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A scalar, a list or a mapping with the place where it stands.

    Readers either return a value of the promised type or raise InputError with file, line and field.

    Attributes:
        path: The file, for messages.
        line: Line of its first character, counted from 1.
        name: Where it stands in the document, such as ``edge_cases[2].label``; empty for the document itself.
        kind: What it is.
        raw: Text of a scalar, unescaped.
        tag: How YAML 1.1 reads an unquoted scalar: str, bool, int, float, null, timestamp; exponent for what
            it takes for text and its successor for a number (1e-3). Quoted scalars are always str.
        items: Elements of a list.
        entries: (key, value) pairs of a mapping in file order; keys are scalars and differ.
    """

    path: str
    line: int
    name: str
    kind: Literal["scalar", "list", "mapping"]
    raw: str = ""
    tag: str = "str"
    items: tuple[Node, ...] = ()
    entries: tuple[tuple[Node, Node], ...] = ()

    def error(self, message: str, *, hint: str = "") -> InputError:
        """Return an error at this place; the field's name is put in front of the message."""
        named = f"{self.name}: {message}" if self.name else message
        return InputError(named, path=self.path, line=self.line, hint=hint)

    @property
    def is_null(self) -> bool:
        """True for ``null``, ``~`` and an empty value."""
        return self.kind == "scalar" and self.tag == "null"

    def mapping(self, known: Iterable[str] | None = None, *, required: Iterable[str] = ()) -> dict[str, Node]:
        """Return key -> value in file order.

        Args:
            known: Keys that may stand here; None allows any.
            required: Keys that must stand here.
        """
        found = {key.text(): value for key, value in self.pairs()}
        wrong = self.key_errors(known, required=required)
        if wrong:
            raise wrong[0]
        return found

    def key_errors(self, known: Iterable[str] | None = None, *, required: Iterable[str] = ()) -> list[InputError]:
        """Return one error for each unknown key of a mapping, and one for all that are missing."""
        names = None if known is None else tuple(known)
        inside = f" in {self.name}" if self.name else ""
        wrong = []
        for key, _ in self.pairs():
            if names is not None and key.raw not in names:
                hint = did_you_mean(key.raw, names) or f"the known keys are: {', '.join(names)}"
                wrong.append(replace(key, name="").error(f"unknown key '{key.raw}'{inside}", hint=hint))
        present = {key.raw for key, _ in self.pairs()}
        missing = [key for key in required if key not in present]
        if missing:
            listed = ", ".join(f"'{key}'" for key in missing)
            wrong.append(self.error(f"missing {listed}", hint=f"add: {missing[0]}: ..."))
        return wrong

    def pairs(self) -> tuple[tuple[Node, Node], ...]:
        """Return the (key, value) pairs of a mapping in file order."""
        if self.kind != "mapping":
            raise self._wrong("a mapping of keys to values (key: value)")
        return self.entries

    def sequence(self) -> tuple[Node, ...]:
        """Return the elements of a list."""
        if self.kind != "list":
            raise self._wrong("a list (one '- ' for each element)")
        return self.items

    def texts(self) -> tuple[str, ...]:
        """Return a list of non-empty texts."""
        return tuple(item.text() for item in self.sequence())

    def text(self, *, empty: bool = False) -> str:
        """Return text, stripped of outer white space.

        Args:
            empty: Allow a quoted empty text.
        """
        if self.kind != "scalar":
            raise self._wrong("text", hint="put the whole text in quotes if it holds ': '")
        if self.tag != "str":
            raise self._not_text()
        value = self.raw.strip()
        if not value and not empty:
            raise self.error("the text is empty")
        return value

    def choice(self, options: Iterable[T]) -> T:
        """Return the option (of a StrEnum or plain texts) that is written here."""
        known = {str(option): option for option in options}
        value = self.text()
        if value not in known:
            hint = did_you_mean(value, known)
            raise self.error(f"'{value}' is not one of {', '.join(known)}", hint=hint)
        return known[value]

    def boolean(self) -> bool:
        """Return true or false; yes, no, on and off are refused, for not every reader takes them alike."""
        if self.kind == "scalar" and self.tag == "bool" and self.raw in _TRUE + _FALSE:
            return self.raw in _TRUE
        raise self._wrong("true or false")

    def integer(self, *, minimum: int | None = None, maximum: int | None = None) -> int:
        """Return a whole number in decimal digits, within the bounds (inclusive)."""
        if self.kind != "scalar" or self.tag != "int" or not _INTEGER.fullmatch(self.raw):
            raise self._wrong("a whole number")
        value = int(self.raw)
        self._within(value, minimum, maximum)
        return value

    def number(self, *, minimum: float | None = None, maximum: float | None = None) -> float:
        """Return a finite decimal number within the bounds (inclusive)."""
        if self.kind != "scalar" or self.tag not in _NUMERIC or not _is_decimal(self.raw):
            raise self._wrong("a number")
        value = float(self.raw)
        if isinf(value):
            raise self._wrong("a number")
        self._within(value, minimum, maximum)
        return value

    def date(self) -> str:
        """Return a date as ``YYYY-MM-DD``, quoted or not."""
        if self.kind == "scalar" and self.tag in ("timestamp", "str"):
            try:
                if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", self.raw):
                    return date.fromisoformat(self.raw).isoformat()
            except ValueError as exc:
                raise self.error(f"there is no date '{self.raw}'") from exc
        raise self._wrong("a date as YYYY-MM-DD")

    def scalar(self) -> Scalar:
        """Return whatever stands here: true, false, a number, text or None; a bare date is text."""
        if self.kind != "scalar":
            raise self._wrong("one value")
        match self.tag:
            case "null":
                return None
            case "bool":
                return self.boolean()
            case "int":
                return self.integer()
            case "float" | "exponent":
                return self.number()
            case _:
                return self.raw

    def value(self) -> Any:  # noqa: ANN401 - JSON values
        """Return the whole subtree as JSON values."""
        match self.kind:
            case "scalar":
                return self.scalar()
            case "list":
                return [item.value() for item in self.items]
            case _:
                return {key._key(): value.value() for key, value in self.entries}

    def _key(self) -> str:
        if self.tag in ("bool", "null"):
            raise self._not_text()
        return self.raw

    def _within(self, value: float, minimum: float | None, maximum: float | None) -> None:
        if minimum is not None and value < minimum:
            raise self.error(f"{self.raw} is below {minimum}")
        if maximum is not None and value > maximum:
            raise self.error(f"{self.raw} is above {maximum}")

    def _not_text(self) -> InputError:
        if not self.raw:
            return self.error("the value is missing; text is expected")
        how = _READ_AS.get(self.tag, "YAML may not read {0} as text").format(self.raw)
        return self.error(f"{how}, but text is expected", hint=f'quote it: "{self.raw}"')

    def _wrong(self, expected: str, *, hint: str = "") -> InputError:
        if self.kind != "scalar":
            got = f"a {self.kind}"
        elif self.is_null:
            got = "nothing"
        else:
            got = f"'{_short(self.raw)}'"
        if self.kind == "scalar" and self.tag == "bool" and self.raw not in _TRUE + _FALSE:
            hint = hint or f'write true or false; if you mean the word, quote it: "{self.raw}"'
        return self.error(f"expected {expected}, found {got}", hint=hint)


def _is_decimal(raw: str) -> bool:
    return bool(_NUMBER.fullmatch(raw)) and any(c.isdigit() for c in re.split("[eE]", raw)[0])


def _short(raw: str) -> str:
    line = " ".join(raw.split())
    return line if len(line) <= 60 else line[:57] + "..."
