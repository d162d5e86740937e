"""Where answers are taken: every rater's questions, what stands of their answers, and the log that keeps both."""

from __future__ import annotations

import hmac
import secrets
from collections import Counter, OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from vibekit.core.golden import Event, EventKind, Role
from vibekit.core.ratings import standing
from vibekit.formats.run import now
from vibekit.labelling.queue import ANSWERED, is_due, open_tasks, plan, skipped_tasks, standing_of
from vibekit.labelling.refused import Refused
from vibekit.labelling.shown import said, shown_attribute
from vibekit.labelling.study import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vibekit.labelling.request import Answer
    from vibekit.labelling.study import Clip, Study

MOST_IDS = 10_000
VOTES_SHOWN = "[the raters' votes were shown]"
"""Note of the event that says that an expert looked at the votes before the ruling."""


class Log(Protocol):
    """Where events go."""

    def append(self, *events: Event) -> None:
        """Write events; they are on the disk when this returns.

        Raises:
            OSError: They are not.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far a rater is, of what can be asked now."""

    done: int
    skipped: int
    total: int


@dataclass(slots=True, kw_only=True)
class _Rater:
    """What is known of one rater while the server runs; all of it but the ids comes from the log."""

    tasks: tuple[Task, ...]
    events: list[Event] = field(default_factory=list)
    ids: OrderedDict[str, tuple[Task, str]] = field(default_factory=OrderedDict)

    @property
    def answers(self) -> dict[Task, Event]:
        """What stands."""
        return standing_of(self.events)


class Desk:
    """Takes answers and hands out questions. Not for several threads at once: the server's event loop calls it.

    Args:
        study: What is to be rated.
        events: The log so far.
        log: Gets every new event before it counts.
    """

    def __init__(self, study: Study, events: Iterable[Event], log: Log) -> None:
        self._study = study
        self._log = log
        self._secret = secrets.token_bytes(32)
        self._raters: dict[str, _Rater] = {}
        self._others: dict[str, list[Event]] = {}
        self._opaque: dict[str, dict[str, Task]] = {}
        for event in events:
            self._others.setdefault(event.rater, []).append(event)

    @property
    def raters(self) -> tuple[str, ...]:
        """Who has answered here in the role of this session, or was let in."""
        role = self._study.role
        names = {name for name, events in self._others.items() if any(e.role is role for e in events)}
        return tuple(sorted(names | set(self._raters)))

    def check_name(self, rater: str) -> None:
        """Refuse a name that rated here in another role: the ruling would stand in the place of the vote.

        Raises:
            Refused: It did.
        """
        role = self._study.role
        if any(event.role is not role for event in self._others.get(rater, ())):
            other = "a rater" if role is Role.EXPERT else "an expert"
            raise Refused(409, "other_role", f"{rater} answered here as {other}: take another name, such as {rater}-2")

    def answered(self, rater: str) -> int:
        """Return how many answers of a rater stand."""
        return sum(e.kind in ANSWERED for e in self._of(rater).answers.values())

    def tally(self, rater: str) -> Tally:
        """Return how far a rater is."""
        state = self._of(rater)
        answers = state.answers
        asked = [t for t in state.tasks if is_due(t, answers) or _first_kind(t, answers) is not EventKind.SKIP]
        done = sum(_kind(answers, task) in ANSWERED for task in state.tasks)
        return Tally(done=done, skipped=len(skipped_tasks(state.tasks, answers)), total=len(asked))

    def question(self, rater: str, *, skipped: bool = False) -> dict[str, Any] | None:
        """Return the next question for the page; None when there is none.

        Args:
            rater: Who asks.
            skipped: From those that were skipped, once nothing else is left.
        """
        task = self.upcoming(rater, skipped=skipped)
        return None if task is None else self._shown(rater, task)

    def upcoming(self, rater: str, *, skipped: bool = False, after: int = 0) -> Task | None:
        """Return the next question, or the one that comes so many later."""
        state = self._of(rater)
        answers = state.answers
        left = open_tasks(state.tasks, answers)
        if not left and skipped:
            left = skipped_tasks(state.tasks, answers)
        return left[after] if after < len(left) else None

    def clip(self, rater: str, opaque: str) -> Clip:
        """Return the video behind an id that this rater was given.

        Raises:
            Refused: There is none.
        """
        return self._study.clips[self._task(rater, opaque).video_id]

    def rate(self, rater: str, answer: Answer) -> None:
        """Write an answer. The same answer sent again is written once.

        Raises:
            Refused: It does not fit, or the question was answered already.
            OSError: It could not be written.
        """
        state = self._of(rater)
        if answer.id in state.ids:
            return
        task = self._task(rater, answer.task)
        self._check(state, task, answer)
        event = replace(
            self._event(rater, task, answer.kind, note=answer.note),
            value=answer.value,
            seconds=answer.seconds,
            watched=answer.watched,
        )
        self._write(state, event)
        self._remember(state, answer.id, task, answer.note)

    def undo(self, rater: str, undo_id: str) -> dict[str, Any]:
        """Take back the last answer that stands, and return its question, with its note.

        Raises:
            Refused: There is nothing to take back.
            OSError: It could not be written.
        """
        state = self._of(rater)
        if undo_id in state.ids:
            task, note = state.ids[undo_id]
            return {**self._shown(rater, task), "note": note}
        planned = set(state.tasks)
        last = next((e for e in reversed(state.answers.values()) if _task_of(e) in planned), None)
        if last is None:
            raise Refused(409, "nothing_to_undo", "there is nothing to undo")
        task = _task_of(last)
        self._write(state, self._event(rater, task, EventKind.UNDO))
        self._remember(state, undo_id, task, last.note)
        return {**self._shown(rater, task), "note": last.note}

    def votes(self, rater: str, opaque: str) -> dict[str, Any]:
        """Return what raters said of a question, without names, and write down that an expert looked.

        Raises:
            Refused: Whoever asks is no expert, or there is no such question.
            OSError: It could not be written.
        """
        if self._study.role is not Role.EXPERT:
            raise Refused(403, "blind", "raters do not see the votes of others")
        task = self._task(rater, opaque)
        found = standing(e for events in self._others.values() for e in events if e.role is Role.RATER)
        mine = [
            e for (_, v, a, repeat), e in found.items() if (v, a) == (task.video_id, task.attribute) and repeat == 0
        ]
        state = self._of(rater)
        looked = any(e.note == VOTES_SHOWN and _task_of(e) == task for e in state.events)
        if not looked:
            self._write(state, self._event(rater, task, EventKind.NOTE, note=VOTES_SHOWN))
        counts = Counter(said(e.value) if e.kind is EventKind.RATING else str(e.kind) for e in mine)
        return {
            "votes": [{"text": text, "count": n} for text, n in sorted(counts.items(), key=lambda c: (-c[1], c[0]))],
            "notes": sorted(e.note for e in mine if e.note),
        }

    def _of(self, rater: str) -> _Rater:
        if rater not in self._raters:
            events = self._others.setdefault(rater, [])
            self._raters[rater] = _Rater(tasks=plan(self._study, rater), events=events)
        return self._raters[rater]

    def _check(self, state: _Rater, task: Task, answer: Answer) -> None:
        """Refuse an answer that does not fit its question, or that came second."""
        answers = state.answers
        if _kind(answers, task) in ANSWERED or not is_due(task, answers):
            raise Refused(409, "answered", "this was answered already, perhaps in another tab")
        if answer.kind is not EventKind.RATING:
            return
        if not self._study.attributes[task.attribute].allows(answer.value):
            raise Refused(400, "bad_value", "this is not one of the answers of this question")
        if (answer.watched or 0.0) < self._study.min_watched:
            share = f"{self._study.min_watched:.0%}"
            raise Refused(422, "watch_more", f"watch at least {share} of the video before you rate it")

    def _event(self, rater: str, task: Task, kind: EventKind, *, note: str = "") -> Event:
        return Event(
            rater=rater,
            video_id=task.video_id,
            attribute=task.attribute,
            kind=kind,
            repeat=task.repeat,
            ts=now(),
            note=note,
            definition=self._study.fingerprints.get(task.attribute, ""),
            role=self._study.role,
            round=self._study.clips[task.video_id].round,
        )

    def _write(self, state: _Rater, event: Event) -> None:
        # the log first: what it does not hold must not count
        self._log.append(event)
        state.events.append(event)

    def _remember(self, state: _Rater, sent_id: str, task: Task, note: str) -> None:
        state.ids[sent_id] = (task, note)
        if len(state.ids) > MOST_IDS:
            state.ids.popitem(last=False)

    def _task(self, rater: str, opaque: str) -> Task:
        task = self._opaque.get(rater, {}).get(opaque)
        if task is None:
            raise Refused(404, "unknown", "this question is not one of this session")
        return task

    def _shown(self, rater: str, task: Task) -> dict[str, Any]:
        """Give a question out under an id that says nothing, not even that it is asked a second time."""
        text = "\n".join((rater, task.video_id, task.attribute, str(task.repeat)))
        opaque = hmac.digest(self._secret, text.encode("utf-8", "surrogateescape"), "sha256").hex()[:32]
        self._opaque.setdefault(rater, {})[opaque] = task
        return {
            "id": opaque,
            "media": f"/m/{opaque}",
            "attribute": shown_attribute(self._study.attributes[task.attribute]),
            "note": "",
        }


def _kind(answers: Mapping[Task, Event], task: Task) -> EventKind | None:
    event = answers.get(task)
    return None if event is None else event.kind


def _first_kind(task: Task, answers: Mapping[Task, Event]) -> EventKind | None:
    return _kind(answers, Task(video_id=task.video_id, attribute=task.attribute))


def _task_of(event: Event) -> Task:
    return Task(video_id=event.video_id, attribute=event.attribute, repeat=event.repeat)
