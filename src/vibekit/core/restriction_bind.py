"""Whether a restriction fits an index: names that it has, values of the right type."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from vibekit.core.attribute import Kind
from vibekit.core.index import ColumnType, IndexedAttribute, IndexedColumn
from vibekit.core.restriction import (
    Among,
    Both,
    Chance,
    Compare,
    Contains,
    Either,
    Everything,
    Is,
    Known,
    Name,
    Not,
    Of,
    Restriction,
    Sign,
    Value,
    among,
    both,
    either,
    negated,
)
from vibekit.core.restriction_error import RestrictionError
from vibekit.core.restriction_text import parse
from vibekit.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTED = 12
"""Names in a message."""
EXAMPLES = {
    ColumnType.TEXT: '== "en"', ColumnType.NUMBER: "< 60",
    ColumnType.DATE: ">= 2026-01-31", ColumnType.TRUTH: "== true",
}  # fmt: skip
MEANS = {
    ColumnType.TEXT: "text", ColumnType.NUMBER: "numbers", ColumnType.DATE: "dates", ColumnType.TRUTH: "true and false",
}  # fmt: skip
A = {
    ColumnType.TEXT: "a text", ColumnType.NUMBER: "a number", ColumnType.DATE: "a date", ColumnType.TRUTH: "true/false",
}  # fmt: skip
_EQUAL = (Sign.EQUAL, Sign.OTHER)


def read_restriction(
    typed: str, *, attributes: Sequence[IndexedAttribute], columns: Sequence[IndexedColumn]
) -> Restriction:
    """Read a restriction for an index.

    Args:
        typed: What was typed; empty for every video.
        attributes: Of the index.
        columns: Of the index.

    Returns:
        In normal form: ``canonical`` of it is the key of its meaning.

    Raises:
        RestrictionError: It cannot be understood, or does not fit the index; says where.
    """
    labels, known = {one.name: one for one in attributes}, {one.name: one for one in columns}
    return _Binder(typed=typed, attributes=labels, columns=known).bound(parse(typed))


def attribute_name(name: str, columns: Sequence[IndexedColumn]) -> Name:
    """Return what an attribute is called in a restriction; with ``label:`` before it where a column has its name.

    Args:
        name: Of the attribute.
        columns: Of the index.
    """
    return Name(text=name, of=Of.LABEL if any(column.name == name for column in columns) else Of.EITHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Binder:
    typed: str
    attributes: dict[str, IndexedAttribute]
    columns: dict[str, IndexedColumn]

    def bound(self, one: Restriction) -> Restriction:
        match one:
            case Everything():
                return one
            case Not(of=inner):
                return negated(self.bound(inner))
            case Both(of=parts):
                return both(*map(self.bound, parts))
            case Either(of=parts):
                return either(*map(self.bound, parts))
            case _:
                return self._leaf(one)

    def _leaf(self, one: Is | Compare | Chance | Among | Contains | Known) -> Restriction:
        found = self._found(one.name)
        name = self._plain(one.name)
        match one:
            case Known():
                return Known(name=name)
            case Is():
                return self._truth(name, found)
            case Contains(value=value):
                return self._contains(name, found, value)
            case Chance():
                return self._chance(name, found, one)
            case Among(values=values):
                return self._among(name, found, values)
            case Compare(sign=sign, value=value):
                return self._compare(name, found, sign, value)

    def _found(self, name: Name) -> IndexedAttribute | IndexedColumn:
        attribute = self.attributes.get(name.text) if name.of is not Of.COLUMN else None
        column = self.columns.get(name.text) if name.of is not Of.LABEL else None
        if attribute is not None and column is not None:
            raise self._wrong(
                f"'{name.text}' is an attribute and a metadata column", name.at,
                f"say which: label:{name.text} or column:{name.text}",
            )  # fmt: skip
        found = attribute or column
        if found is None:
            raise self._unknown(name)
        return found

    def _unknown(self, name: Name) -> RestrictionError:
        labels, columns = list(self.attributes), list(self.columns)
        if name.of is Of.LABEL:
            what, known, listed = "attribute", labels, _listed("attributes", labels)
        elif name.of is Of.COLUMN:
            what, known, listed = "metadata column", columns, _listed("columns", columns)
        else:
            what, known = "attribute or metadata column", [*labels, *columns]
            listed = "; ".join((_listed("attributes", labels), _listed("columns", columns)))
        near = did_you_mean(name.text, known)
        return self._wrong(f"no {what} '{name.text}' in this index", name.at, f"{near} {listed}".strip())

    def _plain(self, name: Name) -> Name:
        """Drop ``label:`` and ``column:`` where the name alone says the same."""
        twice = name.text in self.attributes and name.text in self.columns
        return name if twice else replace(name, of=Of.EITHER)

    def _truth(self, name: Name, found: IndexedAttribute | IndexedColumn) -> Restriction:
        if isinstance(found, IndexedAttribute):
            if found.kind is not Kind.BINARY:
                hint = f"compare it: {name.text} == {_shown(found.labels[0])}"
                raise self._wrong(f"'{name.text}' has the labels {_labels(found)}, not true and false", name.at, hint)
        elif found.type is not ColumnType.TRUTH:
            hint = f"compare it: {name.text} {EXAMPLES[found.type]}"
            raise self._wrong(f"'{name.text}' is a column of {MEANS[found.type]}", name.at, hint)
        return Is(name=name)

    def _contains(self, name: Name, found: IndexedAttribute | IndexedColumn, value: Value) -> Restriction:
        if isinstance(found, IndexedAttribute) or found.type is not ColumnType.TEXT:
            what = "an attribute" if isinstance(found, IndexedAttribute) else f"a column of {MEANS[found.type]}"
            raise self._wrong(f"'{name.text}' is {what}: only texts contain something", name.at, "compare it instead")
        return Contains(name=name, value=value)

    def _chance(self, name: Name, found: IndexedAttribute | IndexedColumn, one: Chance) -> Restriction:
        if isinstance(found, IndexedColumn):
            hint = f"compare it: {name.text} {EXAMPLES[found.type]}"
            raise self._wrong(f"'{name.text}' is a column, it has no probabilities", name.at, hint)
        if found.kind is Kind.BINARY:
            hint = f"write {name.text} >= 0.8"
            raise self._wrong(f"'{name.text}' is true or false, it has one probability", name.at, hint)
        label = self._label(found, one.label)
        value = self._probability(name, one.sign, one.value)
        return Chance(name=name, label=label, sign=one.sign, value=value)

    def _among(self, name: Name, found: IndexedAttribute | IndexedColumn, values: tuple[Value, ...]) -> Restriction:
        parts = [self._compare(name, found, Sign.EQUAL, value) for value in values]
        if all(isinstance(part, Compare) for part in parts):
            return among(name, *(part.value for part in parts if isinstance(part, Compare)))
        return either(*parts)

    def _compare(self, name: Name, found: IndexedAttribute | IndexedColumn, sign: Sign, value: Value) -> Restriction:
        if isinstance(found, IndexedColumn):
            return self._compare_column(name, found, sign, value)
        if found.kind is not Kind.BINARY:
            return self._compare_label(name, found, sign, value)
        if value.type is ColumnType.TRUTH:
            return self._same_truth(name, sign, value)
        return Compare(name=name, sign=sign, value=self._probability(name, sign, value))

    def _compare_label(self, name: Name, found: IndexedAttribute, sign: Sign, value: Value) -> Restriction:
        if sign not in _EQUAL and found.kind is not Kind.ORDINAL:
            hint = f"write {name.text} == {_shown(found.labels[0])}, or {name.text}[{_shown(found.labels[0])}] >= 0.6"
            raise self._wrong(f"the labels of '{name.text}' have no order", value.at, hint)
        return Compare(name=name, sign=sign, value=self._label(found, value))

    def _compare_column(self, name: Name, found: IndexedColumn, sign: Sign, value: Value) -> Restriction:
        fitting = self._dated(found, value)
        if fitting.type is not found.type:
            hint = f"such as: {name.text} {EXAMPLES[found.type]}"
            said = f"'{name.text}' is a column of {MEANS[found.type]}, this is {A[value.type]}"
            raise self._wrong(said, value.at, hint)
        if sign not in _EQUAL and found.type in (ColumnType.TEXT, ColumnType.TRUTH):
            hint = f"such as: {name.text} {EXAMPLES[found.type]}"
            raise self._wrong(f"'{name.text}' is a column of {MEANS[found.type]}: it has no order", name.at, hint)
        if found.type is ColumnType.TRUTH:
            return self._same_truth(name, sign, fitting)
        return Compare(name=name, sign=sign, value=fitting)

    def _dated(self, found: IndexedColumn, value: Value) -> Value:
        """Take a date in quotation marks for a date where a date is asked for, and a text where a text is."""
        if found.type is ColumnType.DATE and value.type is ColumnType.TEXT:
            try:
                return replace(value, type=ColumnType.DATE, value=date.fromisoformat(str(value.value)).isoformat())
            except ValueError:
                return value
        return value

    def _same_truth(self, name: Name, sign: Sign, value: Value) -> Restriction:
        same = bool(value.value) is (sign is Sign.EQUAL)
        if sign not in _EQUAL:
            hint = f"write {name.text} or !{name.text}"
            raise self._wrong("true and false have no order", value.at, hint)
        return Is(name=name) if same else negated(Is(name=name))

    def _probability(self, name: Name, sign: Sign, value: Value) -> Value:
        if value.type is not ColumnType.NUMBER or not 0 <= float(value.value) <= 1:
            hint = f"such as: {name.text} >= 0.8"
            raise self._wrong(f"a probability is a number from 0 to 1, this is {_shown(value.value)}", value.at, hint)
        if sign in _EQUAL:
            hint = f"write {name.text} >= {_shown(value.value)}"
            raise self._wrong("a probability is compared with <, <=, > or >=", value.at, hint)
        return value

    def _label(self, found: IndexedAttribute, value: Value) -> Value:
        for label in found.labels:
            if type(label) is type(value.value) and label == value.value and value.type is not ColumnType.DATE:
                return value
        near = did_you_mean(str(value.value), map(str, found.labels))
        hint = f"{near} its labels: {_labels(found)}".strip()
        raise self._wrong(f"'{found.name}' has no label {_shown(value.value)}", value.at, hint)

    def _wrong(self, message: str, at: int, hint: str) -> RestrictionError:
        return RestrictionError(message, typed=self.typed, at=at, hint=hint)


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _labels(found: IndexedAttribute) -> str:
    return ", ".join(_shown(label) for label in found.labels)


def _listed(what: str, names: list[str]) -> str:
    if not names:
        return f"{what}: none"
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{what}: {', '.join(sorted(names)[:LISTED])}{more}"
