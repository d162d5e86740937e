"""Which videos go first: a run that is stopped leaves the most valuable ones done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vibekit.core.number import finite
from vibekit.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from vibekit.stages.inputs import InputFile, Inputs

PUBLISHED = ("published", "published_at", "upload_date", "timestamp", "created_at", "date")
"""Columns that say when a video appeared, the first that a file has."""
COLUMN = "column:"
KNOWN = ("manifest", "newest", "column:NAME")


def ordered(inputs: Inputs, order: str) -> Inputs:
    """Return the files in the order in which they are to be read and asked about.

    ``manifest`` keeps the user's order. ``newest`` goes by the time that a column says (``published``, ``upload_date``
    and so on) or else by the file's time of change. ``column:views`` goes by a column's number or date, the largest
    first. Files that say nothing go last, in the user's order.

    Raises:
        InputError: There is no such order or column, or a value is neither a number nor a date.
    """
    if order == "manifest":
        return inputs
    if order == "newest":
        values = {f.row: _published(f) for f in inputs.files}
    elif order.startswith(COLUMN) and order != COLUMN:
        values = _column(inputs.files, order.removeprefix(COLUMN))
    else:
        near = did_you_mean(order, KNOWN)
        raise InputError(f"--order '{order}' is not known", hint=f"{near} one of: {', '.join(KNOWN)}".strip())
    lacking = sum(values[f.row] is None for f in inputs.files)
    files = sorted(inputs.files, key=lambda f: (values[f.row] is None, -(values[f.row] or 0.0)))
    warnings = inputs.warnings
    if lacking:
        warnings = (*warnings, f"--order {order}: {lacking} of {len(files)} files say nothing about it and go last")
    return replace(inputs, files=tuple(files), warnings=warnings)


def _published(file: InputFile) -> float | None:
    for name in PUBLISHED:
        value = file.columns.get(name, "")
        if value.strip():
            return _amount(value, file, name)
    try:
        return file.path.stat().st_mtime
    except OSError:
        return None


def _column(files: tuple[InputFile, ...], name: str) -> dict[int, float | None]:
    columns = {column for file in files for column in file.columns}
    if name not in columns:
        near = did_you_mean(name, columns)
        known = (
            f"columns: {', '.join(sorted(columns))}" if columns else "give a manifest or --metadata with that column"
        )
        raise InputError(f"--order {COLUMN}{name}: no file has a column '{name}'", hint=f"{near} {known}".strip())
    given = {f.row: f.columns.get(name, "").strip() for f in files}
    # 20,261,121 views are no day in November, unless all that the column holds are days
    dates = all(_compact(text) is not None or finite(text) is None for text in given.values())
    return {f.row: _amount(given[f.row], f, name, dates=dates) if given[f.row] else None for f in files}


def _amount(text: str, file: InputFile, column: str, *, dates: bool = True) -> float:
    """Read a number, or a date as seconds since 1970; with ``dates``, eight digits may be a date (YYYYMMDD)."""
    plain = text.strip()
    day = _compact(plain) if dates else None
    if day is None:
        value = finite(plain)
        if value is not None:
            return value
        try:
            day = datetime.fromisoformat(plain)
        except ValueError:
            raise InputError(
                f"--order: the {column} of {file.path} is neither a number nor a date: {text!r}",
                hint="write numbers as 1234.5 and dates as 2026-11-21",
            ) from None
    return (day if day.tzinfo else day.replace(tzinfo=UTC)).timestamp()


def _compact(text: str) -> datetime | None:
    """Read a date that is written in eight digits."""
    if len(text) != 8 or not text.isdecimal() or text[:2] not in ("19", "20"):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
