"""Dataclasses as JSON objects and back: every field is checked against its declared type."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_NAMES = {"Mapping": Mapping, "Sequence": Sequence, "Any": Any}
"""Names that modules of dataclasses import for type checkers only."""


def to_row(value: Any) -> Any:  # noqa: ANN401 - any field in, any JSON value out
    """Turn a dataclass and everything in it into JSON values; tuples become lists, enums their values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_row(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): to_row(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_row(v) for v in value]
    return value.value if isinstance(value, Enum) else value


def from_row(kind: type[T], row: Any) -> T:  # noqa: ANN401 - any JSON value in
    """Make a dataclass from the JSON object that ``to_row`` gave.

    Args:
        kind: The dataclass.
        row: The object.

    Raises:
        ValueError: A key is unknown or missing, or a value has another type than its field; says where.
    """
    made: T = _dataclass(kind, row, "")
    return made


@lru_cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, localns=_NAMES)


def _dataclass(kind: Any, row: Any, where: str) -> Any:  # noqa: ANN401
    if not isinstance(row, dict):
        raise _wrong(where, "an object", row)
    hints = _hints(kind)
    for key in row:
        if key not in hints:
            raise ValueError(f"{where}{key}: unknown key")
    for field in fields(kind):
        required = field.default is MISSING and field.default_factory is MISSING
        if required and field.name not in row:
            raise ValueError(f"{where}{field.name}: missing")
    return kind(**{key: _value(hints[key], value, f"{where}{key}.") for key, value in row.items()})


def _value(hint: Any, value: Any, where: str) -> Any:  # noqa: ANN401
    if hint is Any:
        return value
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(get_args(hint), value, where)
    if origin is tuple:
        return _tuple(get_args(hint), value, where)
    if origin is not None:
        return _mapping(get_args(hint), value, where)
    if is_dataclass(hint):
        return _dataclass(hint, value, where)
    return _scalar(hint, value, where)


def _union(hints: tuple[Any, ...], value: Any, where: str) -> Any:  # noqa: ANN401
    if value is None and types.NoneType in hints:
        return None
    others = [hint for hint in hints if hint is not types.NoneType]
    for hint in others[:-1]:
        try:
            return _value(hint, value, where)
        except ValueError:
            continue
    return _value(others[-1], value, where)


def _tuple(hints: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:  # noqa: ANN401
    if not isinstance(value, list):
        raise _wrong(where, "a list", value)
    each = [hints[0]] * len(value) if hints[-1] is Ellipsis else list(hints)
    if len(each) != len(value):
        raise _wrong(where, f"a list of {len(each)}", value)
    return tuple(_value(hint, inner, f"{where}{i}.") for i, (hint, inner) in enumerate(zip(each, value, strict=True)))


def _mapping(hints: tuple[Any, ...], value: Any, where: str) -> dict[str, Any]:  # noqa: ANN401
    if not isinstance(value, dict):
        raise _wrong(where, "an object", value)
    return {key: _value(hints[1], inner, f"{where}{key}.") for key, inner in value.items()}


def _scalar(hint: Any, value: Any, where: str) -> Any:  # noqa: ANN401
    if isinstance(hint, type) and issubclass(hint, Enum):
        if value not in [member.value for member in hint]:
            raise _wrong(where, f"one of {', '.join(str(m.value) for m in hint)}", value)
        return hint(value)
    # JSON has one kind of number, and True is an int to Python
    fits = isinstance(value, (int, float)) if hint is float else isinstance(value, hint)
    if not fits or (isinstance(value, bool) and hint is not bool):
        raise _wrong(where, {str: "text", bool: "true or false", int: "a whole number"}.get(hint, "a number"), value)
    return value


def _wrong(where: str, wanted: str, value: Any) -> ValueError:  # noqa: ANN401
    said = repr(value)
    return ValueError(f"{where.rstrip('.') or 'the file'}: {wanted} is needed, not {said[:60]}")
