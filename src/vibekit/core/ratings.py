"""What raters' events come to: which answers stand after undo, and which are repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.golden import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vibekit.core.golden import Event

ANSWERS = frozenset({EventKind.RATING, EventKind.ABSTAIN, EventKind.SKIP})


def standing(events: Iterable[Event]) -> dict[tuple[str, str, str, int], Event]:
    """Return the answer that stands for every (rater, video id, attribute, repeat).

    The last rating, abstention or skip wins; an undo takes back the last one that still stands. Notes do not count.

    Args:
        events: In the order in which they were written.
    """
    stacks: dict[tuple[str, str, str, int], list[Event]] = {}
    for event in events:
        key = (event.rater, event.video_id, event.attribute, event.repeat)
        stack = stacks.setdefault(key, [])
        if event.kind in ANSWERS:
            stack.append(event)
        elif event.kind is EventKind.UNDO and stack:
            stack.pop()
    return {key: stack[-1] for key, stack in stacks.items() if stack}
