"""What the ratings of a set come to as long as nobody adjudicated it: the expert's answer, or else the majority."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from vibekit.core.golden import EventKind, GoldenLabel, Role
from vibekit.core.ratings import standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vibekit.core.golden import Event


def majority_labels(events: Iterable[Event]) -> dict[tuple[str, str], GoldenLabel]:
    """Return (video id, attribute) -> label for everything that somebody answered.

    Hidden repeats have no vote, nor do abstentions and skips. Where experts answered, only they are heard, also when
    they abstain. A tie gives no label.

    Args:
        events: In the order in which they were written.
    """
    answers: dict[tuple[str, str], list[Event]] = defaultdict(list)
    said = tuple(events)
    # apart by role: a vote that comes after the same person's ruling neither replaces it nor takes it back
    for role in Role:
        for (_, video_id, attribute, repeat), event in standing(e for e in said if e.role is role).items():
            if repeat == 0 and event.kind is not EventKind.SKIP:
                answers[video_id, attribute].append(event)
    return {key: _label(*key, said) for key, said in answers.items()}


def _label(video_id: str, attribute: str, said: list[Event]) -> GoldenLabel:
    experts = [event for event in said if event.role is Role.EXPERT]
    heard = [event.value for event in experts or said if event.value is not None]
    ranked = Counter(heard).most_common(2)
    tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
    decided = bool(ranked) and not tied
    return GoldenLabel(
        video_id=video_id,
        attribute=attribute,
        label=ranked[0][0] if decided else None,
        n_raters=len(heard),
        agreement=ranked[0][1] / len(heard) if decided else None,
        source="expert" if experts else "majority",
        note="a tie" if tied else "" if ranked else "the expert abstained" if experts else "all abstained",
    )
