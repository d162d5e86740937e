"""The jobs of a run, as ``batches.jsonl`` tells them; what they ask is left on the disk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.batch_events import Abandoned, Collected, Created, Event, Intent, Looked
from vibekit.formats.batches import from_row, iter_events, to_row
from vibekit.formats.jsonl import Appender, read_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from vibekit.core.batch import BatchJob
    from vibekit.stages.annotate.index import AnswerIndex

EVENTS = "batches.jsonl"
FILES = "batches"


@dataclass(slots=True, kw_only=True)
class Job:
    """One job as its events tell it.

    Attributes:
        intent: What it is, without its questions.
        at: The byte that the line with its questions starts at.
        created: Since the service has it.
        looked: Since it was looked at.
        collected: Since its answers are here.
        abandoned: Since it is given up.
    """

    intent: Intent
    at: int
    created: Created | None = None
    looked: Looked | None = None
    collected: Collected | None = None
    abandoned: Abandoned | None = None

    @property
    def name(self) -> str:
        """Its display name."""
        return self.intent.job

    @property
    def waiting(self) -> bool:
        """Whether answers to its questions may still come."""
        return self.collected is None and self.abandoned is None

    def take(self, event: Event) -> None:
        """Take up a later event."""
        match event:
            case Created():
                self.created = event
            case Looked():
                self.looked = event
            case Collected():
                self.collected = event
            case Abandoned():
                self.abandoned = event

    def seen(self, now: BatchJob) -> bool:
        """Whether a look told nothing new."""
        before = self.looked
        told = (now.state, now.error, now.answered, now.failed)
        return before is not None and (before.state, before.error, before.answered, before.failed) == told


class Ledger:
    """The jobs of one run.

    Args:
        folder: The run.
        offset_of: Key -> the byte that the newest line about it starts at in ``annotations.jsonl``, or -1.

    Attributes:
        folder: The run.
        jobs: Display name -> job, in the order of their intents.
        in_jobs: Keys of the questions whose answers are still to come.
        unread: Keys of those whose answers are here, and not yet taken into account.
        warnings: For people.
    """

    def __init__(self, folder: Path, offset_of: Callable[[str], int]) -> None:
        self.folder = folder
        self.jobs: dict[str, Job] = {}
        self.in_jobs: set[str] = set()
        self.unread: set[str] = set()
        self.warnings: list[str] = []
        self._offset_of = offset_of
        self._appender: Appender | None = None
        self._keys: dict[str, tuple[str, ...]] = {}
        for at, event in iter_events(folder / EVENTS, warnings=self.warnings):
            if not isinstance(event, Intent) and event.job not in self.jobs:
                raise InputError(f"an event of the job '{event.job}', which no line intends", path=folder / EVENTS)
            self._take(event, at)

    def held(self, key: str) -> bool:
        """Whether a question is in a job, or was in one whose answers are not yet taken into account."""
        return key in self.in_jobs or key in self.unread

    def append(self, event: Event) -> None:
        """Write an event, and take it up."""
        if self._appender is None:
            self._appender = Appender(self.folder / EVENTS)
        at = self._appender.append(to_row(event))
        if not isinstance(event, Looked):
            # each of them says what was paid for, or is about to be
            self._appender.flush()
        self._take(event, at)

    def close(self) -> None:
        """Close the file."""
        if self._appender is not None:
            self._appender.close()

    def intent(self, job: Job) -> Intent:
        """Read a job's intent with its questions."""
        with (self.folder / EVENTS).open("rb") as stream:
            event = from_row(read_row(stream, job.at))
        assert isinstance(event, Intent)
        return event

    def waiting(self) -> list[Job]:
        """Return the jobs whose answers are still to come."""
        return [job for job in self.jobs.values() if job.waiting]

    def unsettled(self) -> list[Job]:
        """Return the jobs whose answers are here, and not all taken into account."""
        return [job for name, job in self.jobs.items() if job.collected is not None and name in self._keys]

    def left_open(self) -> set[str]:
        """Return the keys of questions whose jobs have ended, and that have neither a line nor a new job."""
        return {
            key
            for job in self.unsettled()
            for key in self._keys[job.name]
            if key not in self.in_jobs and not self.settled(job, [key])
        }

    def settled(self, job: Job, keys: Iterable[str]) -> bool:
        """Whether every one of a job's keys has a line from after its answers came."""
        if job.collected is None:
            return False
        offset = job.collected.offset
        return all(self._offset_of(key) >= offset for key in keys)

    def answers_end(self) -> int:
        """Return the size of ``annotations.jsonl``: lines behind it are yet to be written."""
        return (self.folder / "annotations.jsonl").stat().st_size

    def questions_path(self, name: str) -> Path:
        """Return where the file of a job's questions lies until the service has it."""
        return self.folder / FILES / f"{name}.requests.jsonl"

    def results_path(self, name: str) -> Path:
        """Return where a job's answers lie once they are here."""
        return self.folder / FILES / f"{name}.results.jsonl"

    def _take(self, event: Event, at: int) -> None:
        if isinstance(event, Intent):
            keys = tuple(key for call in event.calls for key in call.keys.values())
            self.jobs[event.job] = Job(intent=replace(event, calls=()), at=at)
            self._keys[event.job] = keys
            self.in_jobs.update(keys)
            return
        job = self.jobs[event.job]
        job.take(event)
        if isinstance(event, Collected | Abandoned):
            keys = self._keys.get(event.job, ())
            self.in_jobs.difference_update(keys)
            if isinstance(event, Abandoned) or self.settled(job, keys):
                self._keys.pop(event.job, None)
            else:
                self.unread.update(keys)


def ledger_of(folder: Path, index: AnswerIndex) -> Ledger:
    """Read the jobs of a run beside its answers."""

    def offset_of(key: str) -> int:
        path = index.of_key.get(key)
        return -1 if path is None else index.entries[key, path].offset

    return Ledger(folder, offset_of)
