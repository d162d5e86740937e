"""What a rater sees, and when: a shuffle of their own, with some videos coming a second time.

The order is made of hashes, so that nothing has to be kept: the same set, seed and name give the same order on every
day, and a video that is added later does not move the others.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from vibekit.core.golden import EventKind
from vibekit.core.ratings import standing
from vibekit.labelling.study import Order, Study, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.core.golden import Event

GAP = 10
"""Videos between the first time and the second, at least (half of a shorter list)."""
FEWEST_TO_REPEAT = 5
"""Below so many videos a rater would remember them; none is repeated."""
ANSWERED = frozenset({EventKind.RATING, EventKind.ABSTAIN})


def plan(study: Study, rater: str) -> tuple[Task, ...]:
    """Return everything that a rater is to be asked, in order.

    Args:
        study: What is to be rated.
        rater: Whose order; two raters go through the same questions in different orders.
    """
    if study.queue:
        return study.queue
    names = sorted(study.attributes, key=lambda name: _rank(study, rater, "attribute", name))
    if study.order is Order.VIDEO:
        units = _with_repeats(study, rater, "")
        return tuple(Task(video_id=v, attribute=name, repeat=repeat) for v, repeat in units for name in names)
    return tuple(
        Task(video_id=v, attribute=name, repeat=repeat)
        for name in names
        for v, repeat in _with_repeats(study, rater, name)
    )


def open_tasks(tasks: Sequence[Task], answers: Mapping[Task, Event]) -> list[Task]:
    """Return what is still to be asked, in order; what was skipped is left out.

    Args:
        tasks: The plan.
        answers: What stands of this rater.
    """
    return [task for task in tasks if task not in answers and is_due(task, answers)]


def skipped_tasks(tasks: Sequence[Task], answers: Mapping[Task, Event]) -> list[Task]:
    """Return what was skipped, what was skipped first in front.

    Args:
        tasks: The plan.
        answers: What stands of this rater, the oldest first, as from ``standing_of``.
    """
    planned = set(tasks)
    return [task for task, event in answers.items() if event.kind is EventKind.SKIP and task in planned]


def is_due(task: Task, answers: Mapping[Task, Event]) -> bool:
    """Whether a question makes sense now: a second time only after a first answer."""
    if task.repeat == 0:
        return True
    before = Task(video_id=task.video_id, attribute=task.attribute, repeat=task.repeat - 1)
    return before in answers and answers[before].kind in ANSWERED


def standing_of(events: Sequence[Event]) -> dict[Task, Event]:
    """Return what stands of one rater's events, in the order in which it was said.

    Args:
        events: In the order of the log.
    """
    place = {id(event): n for n, event in enumerate(events)}
    stands = sorted(standing(events).values(), key=lambda event: place[id(event)])
    return {Task(video_id=e.video_id, attribute=e.attribute, repeat=e.repeat): e for e in stands}


def _with_repeats(study: Study, rater: str, block: str) -> list[tuple[str, int]]:
    """Shuffle the videos of a block and put the second times in, each well behind its first."""
    # round by round: raters calibrate themselves on the first before they come to the next
    clips = sorted(study.clips.values(), key=lambda c: (c.round, _rank(study, rater, "order", block, c.video_id)))
    order = [clip.video_id for clip in clips]
    count = _repeats(len(order), study.repeats)
    gap = min(GAP, len(order) // 2)
    early = order[: len(order) - gap]
    chosen = sorted(early, key=lambda video_id: _rank(study, rater, "repeat", block, video_id))[:count]
    slots = [(float(place), video_id, 0) for place, video_id in enumerate(order)]
    for video_id in chosen:
        first = order.index(video_id) + gap
        room = len(order) - first
        slots.append((first + _rank(study, rater, "slot", block, video_id) % room + 0.5, video_id, 1))
    return [(video_id, repeat) for _, video_id, repeat in sorted(slots)]


def _repeats(videos: int, share: float) -> int:
    if share <= 0 or videos < FEWEST_TO_REPEAT:
        return 0
    return max(1, round(share * videos))


def _rank(study: Study, *words: str) -> int:
    text = "\n".join((str(study.seed), *words))
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()[:8])
