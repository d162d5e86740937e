"""``repeat.json`` and ``ablation.json``: what a check of a run's answers found, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vibekit.errors import InputError
from vibekit.formats.atomic import write_text
from vibekit.formats.secrets import scrub

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import DataclassInstance

VERSION = 1

SAMPLE: dict[str, Any] = {"version": VERSION, "run": "runs/r1", "attributes": {}}


def write_check(path: Path, report: DataclassInstance) -> None:
    """Replace the file at once; the report's fields are its keys, beside ``version``."""
    row = {"version": VERSION, **asdict(report)}
    write_text(path, scrub(json.dumps(row, indent=2, ensure_ascii=True, allow_nan=False)) + "\n")


def read_check(path: Path) -> dict[str, Any]:
    """Read one.

    Raises:
        InputError: It is not one, or a newer vibekit wrote it.
    """
    try:
        row = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(f"not a report of a check: {error}", path=path) from error
    if not isinstance(row, dict) or not isinstance(row.get("version"), int):
        raise InputError("not a report of a check: no version", path=path)
    if row["version"] > VERSION:
        raise InputError(
            f"written by a newer vibekit, this one reads version {VERSION}", path=path, hint="pip install -U vibekit"
        )
    return row
