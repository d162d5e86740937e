"""Looks at jobs until they have ended; cancels those that take too long."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from vibekit.errors import ItemError, ServiceError, TransientError
from vibekit.formats.batch_events import Abandoned, Looked
from vibekit.formats.run import now
from vibekit.stages.annotate.batch.send import age_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from vibekit.core.batch import BatchJob
    from vibekit.stages.annotate.batch.collect import Collector
    from vibekit.stages.annotate.batch.desk import Desk
    from vibekit.stages.annotate.batch.ledger import Job


class Watch:
    """Looks at the jobs of a run.

    Args:
        desk: What to work with.
        collector: Takes the answers of those that have ended.
    """

    def __init__(self, desk: Desk, collector: Collector) -> None:
        self._desk = desk
        self._collector = collector
        self._cancelled: dict[str, float] = {}

    async def until_ended(self, more: Callable[[], bool]) -> None:
        """Look at the jobs, less and less often, until each has ended or is given up.

        Args:
            more: Whether further jobs may still come.

        Raises:
            ServiceError: The service does not know a job, or refuses everything.
        """
        pause, known = self._desk.pace.first_poll_s, 0
        clock = asyncio.get_running_loop().time
        told = clock()
        while True:
            jobs = self._handed_in()
            if not jobs and not more():
                return
            if len(self._desk.ledger.jobs) != known:
                pause, known = self._desk.pace.first_poll_s, len(self._desk.ledger.jobs)
            await asyncio.sleep(pause)
            await self.once()
            pause = min(pause * self._desk.pace.growth, self._desk.pace.longest_poll_s)
            if clock() - told > self._desk.pace.tell_s:
                told = clock()
                self._tell()

    async def once(self) -> None:
        """Look at every job once, and collect those that have ended."""
        for job in self._handed_in():
            seen = await self._look(job)
            if seen is None:
                continue
            if not job.seen(seen):
                self._desk.ledger.append(
                    Looked(
                        job=job.name,
                        at=now(),
                        state=seen.state,
                        error=seen.error,
                        answered=seen.answered,
                        failed=seen.failed,
                    )
                )
            if seen.state.ended:
                await self._collector.collect(job, seen)
            elif job.name in self._cancelled:
                self._give_up(job)
            elif job.created and age_s(job.created.at) > self._desk.batch.deadline_s:
                await self.cancel(job, f"{self._desk.batch.deadline_s / 3600:g} hours have passed")

    async def cancel(self, job: Job, why: str) -> None:
        """Ask for a job to be cancelled; what it has answered by then is collected when it has ended."""
        assert job.created is not None
        name = job.created.name
        self._desk.work.progress.note(f"cancelling job {job.name}: {why}")
        await self._desk.sender.trying(lambda: self._desk.service.cancel(name))
        self._cancelled[job.name] = asyncio.get_running_loop().time()

    def _tell(self) -> None:
        """Say that it still waits: hours may pass in which nothing else is said."""
        jobs = self._handed_in()
        if jobs:
            states = Counter(str(job.looked.state) if job.looked else "pending" for job in jobs)
            said = ", ".join(f"{n} {state}" for state, n in states.items())
            oldest = max(age_s(job.intent.at) for job in jobs) / 3600
            self._desk.work.progress.note(f"waiting for {len(jobs)} jobs ({said}), the oldest for {oldest:.1f} hours")

    def _handed_in(self) -> list[Job]:
        return [job for job in self._desk.ledger.waiting() if job.created is not None]

    async def _look(self, job: Job) -> BatchJob | None:
        """Look at one job; None when that does not work just now."""
        assert job.created is not None
        try:
            return await self._desk.service.look(job.created.name)
        except TransientError:
            return None
        except ItemError as error:
            if self._desk.batch.cancel:
                self._desk.ledger.append(Abandoned(job=job.name, at=now(), reason=error.message))
                return None
            raise ServiceError(
                f"the service does not know the job {job.created.name} any more: {error.message}",
                hint="use the key that it was made with; or give its questions up with: "
                f"vibekit annotate --batch --cancel --out {self._desk.ledger.folder}",
                item=job.name,
            ) from None

    def _give_up(self, job: Job) -> None:
        """Open the questions of a job again that the user cancelled, and that the service does not end."""
        waited = asyncio.get_running_loop().time() - self._cancelled[job.name]
        if self._desk.batch.cancel and waited > self._desk.pace.cancel_s:
            reason = f"it had not ended {waited:.0f} s after it was cancelled"
            self._desk.work.progress.note(f"job {job.name} is given up: {reason}; it may still be billed")
            self._desk.ledger.append(Abandoned(job=job.name, at=now(), reason=reason))
