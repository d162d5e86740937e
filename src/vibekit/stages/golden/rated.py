"""The answers of one attribute: first answers for what raters agree on, repeats for each rater by himself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.golden import EventKind, Role
from vibekit.core.ratings import standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vibekit.core.attribute import Label
    from vibekit.core.golden import Event, GoldenSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """What raters said about one attribute.

    Attributes:
        first: Answers of the first look (repeat 0) by those who are held against each other, abstentions and skips
            among them.
        repeats: Answers of later looks by the same.
        experts: Answers of the first look by experts, where there are raters too: an expert who rules on what others
            said is no independent rater.
        rulers: The names that rate are those of experts: nobody else did.
    """

    first: tuple[Event, ...]
    repeats: tuple[Event, ...]
    experts: tuple[Event, ...]
    rulers: bool = False

    @property
    def all_rows(self) -> list[tuple[str, str, Label]]:
        """The same with the labels of hidden repeats."""
        return self.rows + [(e.video_id, e.rater, e.value) for e in self.repeats if e.value is not None]

    @property
    def rows(self) -> list[tuple[str, str, Label]]:
        """(video id, rater, label) of every first answer with a label."""
        return [(e.video_id, e.rater, e.value) for e in self.first if e.value is not None]

    @property
    def counts(self) -> Counter[EventKind]:
        """How many first answers are ratings, abstentions and skips."""
        return Counter(e.kind for e in self.first)


def rated(golden: GoldenSet) -> dict[str, Rated]:
    """Return the answers that stand, by attribute in the order of the set; those of unknown videos do not count."""
    by_attribute: dict[str, list[Event]] = {name: [] for name in golden.attributes}
    # apart by role: an expert may have rated the same video as a rater before, and both answers count
    for role in Role:
        for event in standing(e for e in golden.events if e.role is role).values():
            if event.attribute in by_attribute and event.video_id in golden.items:
                by_attribute[event.attribute].append(event)
    return {name: _rated(events) for name, events in by_attribute.items()}


def _rated(events: Iterable[Event]) -> Rated:
    said = tuple(events)
    by_raters = tuple(e for e in said if e.role is not Role.EXPERT)
    by_experts = tuple(e for e in said if e.role is Role.EXPERT)
    rulers = not any(e.kind is EventKind.RATING for e in by_raters) and bool(by_experts)
    held = by_experts if rulers else by_raters
    return Rated(
        first=tuple(e for e in held if e.repeat == 0),
        repeats=tuple(e for e in held if e.repeat > 0),
        experts=() if rulers else tuple(e for e in by_experts if e.repeat == 0),
        rulers=rulers,
    )
