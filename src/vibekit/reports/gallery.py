"""The error gallery: disagreements grouped by cause, and for which of them there is room for pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vibekit.core.score_parts import ErrorItem

PICTURED = 40
"""Videos of one report that are shown with pictures."""
PICTURES = 4
"""Pictures of one video."""
MOST_BYTES = 12_000_000
"""Bytes of all pictures of a report; base64 makes a third more of it."""
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Disagreements with one cause, the worst first."""

    cause: str
    items: tuple[ErrorItem, ...]


def by_cause(errors: Iterable[ErrorItem]) -> tuple[Group, ...]:
    """Group disagreements by their cause; groups come in the order of their worst item."""
    groups: dict[str, list[ErrorItem]] = {}
    for error in errors:
        groups.setdefault(error.cause or "other", []).append(error)
    return tuple(Group(cause=cause, items=tuple(items)) for cause, items in groups.items())


def pictured_words(errors: Sequence[Sequence[ErrorItem]], chosen: Mapping[str, object]) -> str:
    """Say how many of the listed videos are shown with pictures; empty when all are, or none."""
    listed = {item.video_id for items in errors for item in items}
    if not chosen or len(chosen) == len(listed):
        return ""
    return f"Pictures are shown of {len(chosen)} of the {len(listed)} videos in the galleries (at most {PICTURED})."


def choose_pictures(
    errors: Sequence[Sequence[ErrorItem]], frames: Mapping[str, Sequence[bytes]]
) -> dict[str, tuple[bytes, ...]]:
    """Choose the videos whose pictures fit into the report: the worst of every attribute, then the next.

    Args:
        errors: Disagreements of every attribute, the worst first.
        frames: Video id -> JPEG files; what is no JPEG is left out.
    """
    chosen: dict[str, tuple[bytes, ...]] = {}
    size = 0
    for rank in range(max(map(len, errors), default=0)):
        for items in errors:
            video = items[rank].video_id if rank < len(items) else ""
            pictures = tuple(p for p in frames.get(video, ()) if p.startswith(_JPEG))[:PICTURES]
            fits = size + sum(map(len, pictures)) <= MOST_BYTES
            if not pictures or video in chosen or not fits or len(chosen) >= PICTURED:
                continue
            chosen[video] = pictures
            size += sum(map(len, pictures))
    return chosen
