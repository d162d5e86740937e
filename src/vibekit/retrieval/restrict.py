"""Which rows a restriction lets through, by Arrow's three-valued logic: unknown is neither true nor false."""

from __future__ import annotations

import math
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.attribute import Kind
from vibekit.core.index import ColumnType
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
    Not,
    Of,
    Sign,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vibekit.core.attribute import Label
    from vibekit.core.index import IndexedAttribute, IndexedColumn
    from vibekit.core.restriction import Name, Restriction, Value

_SIGNS = {
    Sign.EQUAL: pc.equal, Sign.OTHER: pc.not_equal, Sign.LESS: pc.less,
    Sign.AT_MOST: pc.less_equal, Sign.MORE: pc.greater, Sign.AT_LEAST: pc.greater_equal,
}  # fmt: skip
MOST_WHOLE = 2**63


class Restrictable(Protocol):
    """Rows that can be restricted: one generation of an index, or a part of it.

    Arrays have one value a row, in the order of the rows, and are not chunked. Rows that are removed are the caller's
    matter.
    """

    @property
    def height(self) -> int:
        """Number of rows."""
        ...

    @property
    def attributes(self) -> Sequence[IndexedAttribute]:
        """That can be restricted to."""
        ...

    @property
    def columns(self) -> Sequence[IndexedColumn]:
        """Metadata that can be restricted to."""
        ...

    def decided(self, name: str) -> pa.Array:
        """Return an attribute's label for each row: null where there is none, or where it is too unsure.

        Booleans for a binary attribute; else whole numbers: the place in ``IndexedAttribute.labels``.
        """
        ...

    def chance(self, name: str, label: Label) -> pa.Array:
        """Return the probability of a label (True for binary): float32 or float64, null where unknown."""
        ...

    def column(self, name: str) -> pa.Array:
        """Return a metadata column: string, int64 or float64 (no NaN), date32, or bool; null where unknown."""
        ...


def evaluate(restriction: Restriction, rows: Restrictable) -> pa.BooleanArray:
    """Return for each row whether it is let through: only true is, false and null are not.

    Args:
        restriction: As ``bind`` returned it for the attributes and columns of these rows.
        rows: Their labels and metadata.

    Returns:
        Shape (height,): true, false, or null where it cannot be said.
    """
    match restriction:
        case Everything():
            return pa.nulls(rows.height, pa.bool_()).fill_null(True)
        case Not(of=one):
            return pc.invert(evaluate(one, rows))
        case Both(of=parts):
            return reduce(pc.and_kleene, (evaluate(part, rows) for part in parts))
        case Either(of=parts):
            return reduce(pc.or_kleene, (evaluate(part, rows) for part in parts))
        case _:
            return _leaf(restriction, rows)


def _leaf(one: Is | Compare | Chance | Among | Contains | Known, rows: Restrictable) -> pa.BooleanArray:
    attribute = _attribute(one.name, rows)
    values = rows.column(one.name.text) if attribute is None else rows.decided(attribute.name)
    match one:
        case Is():
            return values
        case Known():
            return pc.is_valid(values)
        case Contains(value=value):
            return pc.match_substring(values, str(value.value), ignore_case=True)
        case Chance(label=label, sign=sign, value=value):
            assert attribute is not None
            return _of_chance(rows.chance(attribute.name, _label(attribute, label)), sign, value)
        case Among(values=wanted) if attribute is None and pa.types.is_string(values.type):
            found = pc.is_in(values, pa.array([str(value.value) for value in wanted], values.type))
            return pc.if_else(pc.is_valid(values), found, pa.scalar(None, pa.bool_()))
        case Among(values=wanted):
            return reduce(pc.or_kleene, (_compared(values, attribute, Sign.EQUAL, value, rows) for value in wanted))
        case Compare(sign=sign, value=value):
            return _compared(values, attribute, sign, value, rows)


def _attribute(name: Name, rows: Restrictable) -> IndexedAttribute | None:
    if name.of is Of.COLUMN:
        return None
    return next((one for one in rows.attributes if one.name == name.text), None)


def _compared(
    values: pa.Array, attribute: IndexedAttribute | None, sign: Sign, value: Value, rows: Restrictable
) -> pa.BooleanArray:
    if attribute is None:
        return _of_column(values, sign, value)
    if attribute.kind is Kind.BINARY:
        return _of_chance(rows.chance(attribute.name, True), sign, value)
    place = attribute.labels.index(_label(attribute, value))
    return _SIGNS[sign](values, pa.scalar(place, values.type))


def _label(attribute: IndexedAttribute, value: Value) -> Label:
    return next(one for one in attribute.labels if type(one) is type(value.value) and one == value.value)


def _of_chance(chances: pa.Array, sign: Sign, value: Value) -> pa.BooleanArray:
    # in float64, as predict decides: stored values are those of the source, whichever their width
    return _SIGNS[sign](chances, pa.scalar(float(value.value), pa.float64()))


def _of_column(values: pa.Array, sign: Sign, value: Value) -> pa.BooleanArray:
    if value.type is ColumnType.DATE:
        return _SIGNS[sign](values, pa.scalar(date.fromisoformat(str(value.value)), pa.date32()))
    if value.type is ColumnType.NUMBER and pa.types.is_integer(values.type):
        return _of_whole(values, sign, value.value)
    if value.type is ColumnType.NUMBER:
        return _of_float(values, sign, value.value)
    return _SIGNS[sign](values, pa.scalar(value.value, values.type))


def _of_whole(values: pa.Array, sign: Sign, wanted: Any) -> pa.BooleanArray:  # noqa: ANN401 - int or float
    """Compare whole numbers exactly: as float64, 2**53 + 1 would equal 2**53."""
    if sign in (Sign.LESS, Sign.AT_LEAST):
        bound = math.ceil(wanted)
    elif sign in (Sign.MORE, Sign.AT_MOST):
        bound = math.floor(wanted)
    else:
        bound = math.floor(wanted)
        if bound != wanted or not -MOST_WHOLE <= bound < MOST_WHOLE:
            return _constant(values, sign is Sign.OTHER)
    if bound >= MOST_WHOLE:
        return _constant(values, sign in (Sign.LESS, Sign.AT_MOST))
    if bound < -MOST_WHOLE:
        return _constant(values, sign in (Sign.MORE, Sign.AT_LEAST))
    return _SIGNS[sign](values, pa.scalar(bound, pa.int64()))


def _of_float(values: pa.Array, sign: Sign, wanted: Any) -> pa.BooleanArray:  # noqa: ANN401 - int or float
    """Compare floats with a number that may be a whole one between two of them."""
    near = float(wanted)
    if near != wanted:
        if sign in (Sign.EQUAL, Sign.OTHER):
            return _constant(values, sign is Sign.OTHER)
        less = sign in (Sign.LESS, Sign.AT_MOST)
        strict = (near > wanted) == less
        sign = (Sign.LESS if strict else Sign.AT_MOST) if less else (Sign.MORE if strict else Sign.AT_LEAST)
    return _SIGNS[sign](values, pa.scalar(near, pa.float64()))


def _constant(values: pa.Array, truth: bool) -> pa.BooleanArray:
    return pc.if_else(pc.is_valid(values), truth, pa.scalar(None, pa.bool_()))
