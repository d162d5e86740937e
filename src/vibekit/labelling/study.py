"""What is to be rated, by whom and in which order: everything the page is made from, but the answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from vibekit.core.golden import Role

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.attribute import Attribute


class Order(StrEnum):
    """What a rater goes through first."""

    ATTRIBUTE = "attribute"
    VIDEO = "video"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A video that raters watch.

    Attributes:
        video_id: Which one; never leaves the server.
        path: Where it lies; never leaves the server.
        round: Calibration round that its answers belong to.
    """

    video_id: str
    path: Path
    round: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One question to one rater: a video, an attribute, and the how manieth time (0 is the first)."""

    video_id: str
    attribute: str
    repeat: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is to be rated.

    Attributes:
        clips: Video id -> clip.
        attributes: Name -> definition.
        fingerprints: Name -> fingerprint that answers are written with.
        order: What a rater goes through first.
        repeats: Share of the videos that comes a second time, 0 to 0.5.
        seed: Changes every rater's order and which videos are repeated.
        queue: Only these, in this order, without repeats; empty for everything.
        role: In which role everybody rates.
        min_watched: Share of a video that has to be played before it can be rated, 0 to 1.
        raters: Who rates; empty when the page asks for a name.
    """

    clips: Mapping[str, Clip]
    attributes: Mapping[str, Attribute]
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    order: Order = Order.ATTRIBUTE
    repeats: float = 0.08
    seed: int = 0
    queue: tuple[Task, ...] = ()
    role: Role = Role.RATER
    min_watched: float = 0.0
    raters: tuple[str, ...] = ()
