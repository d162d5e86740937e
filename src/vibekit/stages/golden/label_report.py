"""What ``golden label`` says: the links at its beginning, and at its end how far everybody is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way in that works once; ``rater`` is empty when the page asks for a name."""

    rater: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterReport:
    """How far a rater is.

    Attributes:
        rater: Name.
        answered: Ratings and abstentions that stand, of all sessions.
        new: How many more than when this session began; below zero when answers were taken back.
        skipped: Skipped and not answered since.
        left: Not answered, the skipped ones with them.
    """

    rater: str
    answered: int
    new: int
    skipped: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReport:
    """What a session came to.

    Attributes:
        ratings: The file that holds every answer.
        videos: That were there to be rated.
        attributes: That were asked.
        raters: Those who have rated in this set, or came in.
        missing: Videos whose file was not found.
        unplayable: File -> why it could not be shown.
        warnings: For people.
    """

    ratings: Path
    videos: int
    attributes: tuple[str, ...]
    raters: tuple[RaterReport, ...]
    missing: tuple[str, ...] = ()
    unplayable: dict[str, str]
    warnings: tuple[str, ...] = ()
