"""A file that a browser can play, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Playable:
    """What stands in for a video in a browser.

    Attributes:
        path: The video itself, or a copy that was encoded for browsers; None when there is a problem.
        media_type: Such as ``video/mp4``.
        problem: Why it cannot be shown, in words that name no file; empty when it can.
    """

    path: Path | None = None
    media_type: str = ""
    problem: str = ""
