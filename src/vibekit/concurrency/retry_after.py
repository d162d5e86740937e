"""Reads the Retry-After header: seconds, or the time of day until which to wait."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from vibekit.core.number import finite

if TYPE_CHECKING:
    from datetime import datetime


def retry_after_s(header: str, *, now: datetime) -> float | None:
    """Return seconds; None when the header says nothing that can be read.

    Args:
        header: Its value; may be empty.
        now: With a time zone.
    """
    return number(header) if header[:1].isdigit() else _until(header, now=now)


def number(text: str) -> float | None:
    """Return a finite number that is not negative; None for anything else."""
    value = finite(text)
    return value if value is not None and value >= 0 else None


def _until(text: str, *, now: datetime) -> float | None:
    try:
        return max((parsedate_to_datetime(text) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
