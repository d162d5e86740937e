"""Finds where in a JSON text the value under a path of keys stands."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def value_span(text: str, path: Sequence[str]) -> tuple[int, int] | None:
    """Return first character and end of the value; None when the path leads nowhere.

    Args:
        text: Valid JSON, without a key twice in one object.
        path: Keys from the outermost object inwards.
    """
    try:
        at = _skip(text, 0)
        for key in path:
            at = _enter(text, at, key)
        return at, _DECODER.raw_decode(text, at)[1]
    except (ValueError, IndexError, RecursionError):
        return None


def _enter(text: str, at: int, key: str) -> int:
    """Return where the value of a key begins in the object that begins at ``at``; raises ValueError without one."""
    if text[at] != "{":
        raise ValueError("no object")
    at = _skip(text, at + 1)
    while text[at] == '"':
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] != ":":
            raise ValueError("no value")
        at = _skip(text, at + 1)
        if name == key:
            return at
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _skip(text, at + 1)
    raise ValueError("no such key")


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
