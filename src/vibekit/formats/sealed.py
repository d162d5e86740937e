"""JSON files whose numbers decide about labels: a checksum inside, so that a flipped digit is no other threshold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vibekit.core.fingerprint import fingerprint
from vibekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEY = "checksum"
LEFT_OUT = frozenset({KEY, "created_at", "argv"})
"""Two files that decide the same have the same checksum."""


def sealed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with its checksum."""
    return {**row, KEY: _sum(row)}


def opened(row: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return an object without its checksum; one that has none is taken as it is.

    Raises:
        InputError: It is not what was written.
    """
    rest = {key: value for key, value in row.items() if key != KEY}
    if KEY in row and row[KEY] != _sum(rest):
        raise InputError(
            "is not what was written: damaged, or changed by hand", path=path,
            hint=f"bring it back; if the change is meant, delete the line {KEY!r}",
        )  # fmt: skip
    return rest


def _sum(row: Mapping[str, Any]) -> str:
    # as it is read back: tuples are lists, names are text
    return fingerprint(json.loads(json.dumps({key: value for key, value in row.items() if key not in LEFT_OUT})))
