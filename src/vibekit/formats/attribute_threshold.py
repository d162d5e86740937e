"""Writes a threshold into a definition and leaves every other line as it is."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.atomic import replacing
from vibekit.formats.attribute import parse_attribute

if TYPE_CHECKING:
    from pathlib import Path

_LINE = re.compile(r"^(threshold[ \t]*:[ \t]*)([^\s#]+)([ \t]*(?:#[^\r\n]*)?)(\r?)$", re.MULTILINE)


BOM = "\ufeff"
"""Some editors put it in front; it stays."""
TRIED = 0.123
"""Any number, to see whether one can be written."""


def check_threshold(path: Path) -> None:
    """Raise when no threshold could be written into the file.

    Raises:
        InputError: The file is no definition, or its threshold is written in a way that cannot be replaced safely.
    """
    _changed(path, TRIED)


def write_threshold(path: Path, value: float) -> None:
    """Put ``threshold: VALUE`` into the file, in place of the line that is there or at the end.

    The text is read back before it replaces the file: only the threshold may differ, and the fingerprint not at all.

    Args:
        path: The definition.
        value: From 0 to 1.

    Raises:
        InputError: The file is no definition, or its threshold is written in a way that cannot be replaced safely.
    """
    new = _changed(path, value)
    with replacing(path) as stream:
        stream.write(new.encode("utf-8"))


def _changed(path: Path, value: float) -> str:
    old = path.read_bytes().decode("utf-8")
    before = parse_attribute(old.removeprefix(BOM), path=str(path))
    new = _replaced(old, written(value))
    try:
        after = parse_attribute(new.removeprefix(BOM), path=str(path))
    except InputError as error:
        raise _by_hand(path, value) from error
    if after.fingerprint != before.fingerprint or after.threshold != value:
        raise _by_hand(path, value)
    return new


def written(value: float) -> str:
    """Write a number without an exponent, which YAML reads as text."""
    return format(Decimal(repr(float(value))), "f")


def _replaced(text: str, value: str) -> str:
    if _LINE.search(text):
        return _LINE.sub(lambda m: f"{m[1]}{value}{m[3]}{m[4]}", text, count=1)
    newline = "\r\n" if "\r\n" in text else "\n"
    ended = text if text.endswith("\n") else text + newline
    return f"{ended}threshold: {value}{newline}"


def _by_hand(path: Path, value: float) -> InputError:
    hint = "write it on one line of its own" if value == TRIED else f"write it by hand: threshold: {written(value)}"
    return InputError("the threshold cannot be replaced here", path=path, hint=hint)
