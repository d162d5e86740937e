"""A report as JSON: a dataclass with the version of its format, the same as ``data`` of the command's ``--json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from vibekit.errors import InputError
from vibekit.formats.atomic import write_text
from vibekit.formats.dataclass_row import from_row, to_row
from vibekit.formats.secrets import scrub

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")


def write_report_file(path: Path, report: object, *, version: int) -> None:
    """Replace the file at once.

    Raises:
        ValueError: A number is NaN or infinite, which JSON does not have.
    """
    row = {"version": version, **to_row(report)}
    write_text(path, scrub(json.dumps(row, indent=2, ensure_ascii=True, allow_nan=False)) + "\n")


def read_report_file(path: Path, kind: type[T], *, version: int) -> T:
    """Read a report.

    Args:
        path: The file.
        kind: The dataclass.
        version: The newest version that can be read.

    Raises:
        InputError: It is none of this kind, or a newer vibekit wrote it; says which key is wrong.
    """
    row = _object(path)
    found = row.pop("version", None)
    if not isinstance(found, int) or isinstance(found, bool):
        raise InputError("not a report: no version", path=path)
    if found > version:
        raise InputError(
            f"written by vibekit {row.get('vibekit')}, this one reads version {version}",
            path=path,
            hint="pip install -U vibekit",
        )
    try:
        return from_row(kind, row)
    except ValueError as error:
        raise InputError(f"not a report of this kind: {error}", path=path) from error


def _object(path: Path) -> dict[str, Any]:
    try:
        row = json.loads(path.read_text("utf-8"), parse_constant=_refuse)
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"not a report: {error}", path=path) from error
    if not isinstance(row, dict):
        raise InputError("not a report: not an object", path=path)
    return row


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
