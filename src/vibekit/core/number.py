"""A number that somebody typed."""

from __future__ import annotations

from math import isfinite


def finite(text: str) -> float | None:
    """Read a number; None when it is none, infinite or NaN."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
