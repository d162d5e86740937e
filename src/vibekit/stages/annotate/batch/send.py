"""A job from its intent to the service: never made twice, whatever gets lost in between."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from vibekit.concurrency.retry import Backoff
from vibekit.core.batch import BatchState
from vibekit.errors import ItemError, ServiceError, TransientError
from vibekit.formats.batch_events import Abandoned, Created
from vibekit.formats.run import now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeVar

    from vibekit.annotators.base import BatchService
    from vibekit.core.batch import BatchJob
    from vibekit.stages.annotate.batch.ledger import Job, Ledger
    from vibekit.stages.annotate.batch.pace import Pace
    from vibekit.stages.progress import Progress

    T = TypeVar("T")

_RANK = (
    BatchState.SUCCEEDED, BatchState.RUNNING, BatchState.PENDING, BatchState.CANCELLED, BatchState.EXPIRED,
    BatchState.FAILED,
)  # fmt: skip
"""Of several jobs of one name, the one that is worth most comes first."""


@dataclass(slots=True, kw_only=True)
class Sender:
    """Hands jobs in.

    Attributes:
        service: Takes them.
        ledger: Is told of every step.
        progress: Told what is unusual.
        pace: How long to wait.
        patient: Wait for as long as it takes when the service takes no more jobs, as long as others may end.
        backoff: When to try again.
    """

    service: BatchService
    ledger: Ledger
    progress: Progress
    pace: Pace
    patient: bool
    backoff: Backoff = field(default_factory=Backoff)
    random: Random = field(default_factory=Random)

    async def send(self, job: Job) -> None:
        """Hand a new job in.

        Raises:
            SetupError: The key is wrong; the job stays to be handed in.
            ServiceError: The service takes it not now, or never.
        """
        path = self.ledger.questions_path(job.name)
        try:
            file = await self.trying(lambda: self.service.upload(path))
            name, adopted = await self._create(job, file)
        except ItemError as error:
            self.ledger.append(Abandoned(job=job.name, at=now(), reason=error.message))
            raise ServiceError(
                f"the service refuses the batch job: {error.message}", hint="leave --batch away to ask directly"
            ) from None
        self._made(job, name, file=file, adopted=adopted)

    async def recover(self, job: Job, *, send: bool) -> None:
        """Find out what became of a job that was intended, and hand it in if nothing did.

        Args:
            job: Was intended by a command that did not live to see it made.
            send: Hand it in when the service does not have it; else give it up.
        """
        name = await self._lookup(job)
        if name:
            self._made(job, name, adopted=True)
            return
        problem = self._stale(job) if send else "cancelled before it was handed in"
        if problem:
            self.ledger.append(Abandoned(job=job.name, at=now(), reason=problem))
            self.ledger.questions_path(job.name).unlink(missing_ok=True)
        else:
            await self.send(job)

    async def trying(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Make a call of the service until it works.

        Raises:
            ItemError: Refused.
            SetupError: The key is wrong.
            ServiceError: Refused for good, or it has failed too often.
        """
        failures: dict[str, int] = {}
        while True:
            try:
                return await ask()
            except TransientError as error:
                await self._pause(error, failures)

    async def _create(self, job: Job, file: str) -> tuple[str, bool]:
        """Make the job; returns its name, and whether an earlier try had made it unseen."""
        failures: dict[str, int] = {}
        while True:
            try:
                return await self.service.create(file, display_name=job.name), False
            except TransientError as error:
                # a refusal made nothing; after anything else the job may be there although no reply said so
                name = "" if error.kind == "rate_limit" else await self._lookup(job)
                if name:
                    return name, True
                await self._pause(error, failures, refused=error.kind == "rate_limit")

    async def _pause(self, error: TransientError, failures: dict[str, int], *, refused: bool = False) -> None:
        failures[error.kind] = failures.get(error.kind, 0) + 1
        delay = self.backoff.delay_s(failures, kind=error.kind, random=self.random, retry_after_s=error.retry_after_s)
        if delay is None and refused and self.patient and any(j.created for j in self.ledger.waiting()):
            delay = max(self.pace.refused_s, error.retry_after_s or 0.0)
        if delay is None:
            raise ServiceError(
                f"the service does not take batch jobs now: {error.message}",
                hint="the same command goes on from here; what was handed in stays there",
            )
        await asyncio.sleep(delay)

    async def _lookup(self, job: Job) -> str:
        """Return the service's name for a job that may have been made; empty when it was not."""
        looks = self.pace.looks_s[:1] if age_s(job.intent.at) > self.pace.lag_s else self.pace.looks_s
        for pause in looks:
            await asyncio.sleep(pause)
            found = await self.trying(lambda: self.service.find(job.name))
            if found:
                return await self._choose(found)
        return ""

    async def _choose(self, found: tuple[BatchJob, ...]) -> str:
        ranked = sorted(found, key=lambda one: _RANK.index(one.state))
        for twin in ranked[1:]:
            self.progress.note(f"the service has the job {twin.display_name} twice; cancelling {twin.name}")
            await self.trying(lambda name=twin.name: self.service.cancel(name))  # type: ignore[misc]
        return ranked[0].name

    def _made(self, job: Job, name: str, *, file: str = "", adopted: bool) -> None:
        self.ledger.append(Created(job=job.name, at=now(), name=name, file=file, adopted=adopted))
        self.ledger.questions_path(job.name).unlink(missing_ok=True)

    def _stale(self, job: Job) -> str:
        """Say why a job cannot be handed in any more; empty when it can."""
        path = self.ledger.questions_path(job.name)
        if not path.exists() or path.stat().st_size != job.intent.bytes:
            return "it was never handed in, and its file of questions is gone"
        if job.intent.uploads and age_s(job.intent.at) > self.pace.upload_life_s:
            return "it was never handed in, and the service has deleted the videos that it asks about"
        return ""


def age_s(at: str) -> float:
    """Return the seconds since a time in ISO 8601."""
    return (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
