"""A number with its interval."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its 95 % interval.

    Attributes:
        value: None when it is not defined.
        low: Lower end; None when there is no interval.
        high: Upper end; None when there is no interval.
        note: Why it is not defined, or why there is no interval; empty when both are there.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


NONE = Estimate()
"""Not computed."""
