"""One batch command from its first job to its last answer."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

from vibekit.concurrency.retry import Backoff
from vibekit.stages.annotate.batch.collect import Collector
from vibekit.stages.annotate.batch.definitions import Definitions
from vibekit.stages.annotate.batch.desk import Desk
from vibekit.stages.annotate.batch.hand_in import HandIn
from vibekit.stages.annotate.batch.pace import PACE, Pace
from vibekit.stages.annotate.batch.send import Sender
from vibekit.stages.annotate.batch.service import WAITING
from vibekit.stages.annotate.batch.watch import Watch
from vibekit.stages.annotate.check import changed_since
from vibekit.stages.annotate.execute import all_of
from vibekit.stages.annotate.interrupts import on_interrupt
from vibekit.stages.annotate.outcome import Partial
from vibekit.stages.annotate.spend import CostLimitReached

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from vibekit.annotators.base import BatchService
    from vibekit.formats.batch_events import AskedCall
    from vibekit.stages.annotate.batch.carried import Carried
    from vibekit.stages.annotate.batch.ledger import Ledger
    from vibekit.stages.annotate.execute import Work
    from vibekit.stages.annotate.plan import Call

ROUNDS = 2
"""Jobs that a question is put into at most; after that it is asked directly."""


def no_recall(call: AskedCall) -> None:
    """Say that this command can ask nothing again."""


async def run_batches(
    calls: AsyncIterator[list[Call]],
    work: Work,
    ledger: Ledger,
    service: BatchService,
    *,
    recall: Callable[[AskedCall], Call | None] = no_recall,
    pace: Pace = PACE,
) -> tuple[str, list[list[Call]]]:
    """Hand calls in as jobs, wait for them as far as that is wanted, and collect what has ended.

    Args:
        calls: What to ask, grouped by video; nothing that the ledger holds.
        work: As for direct calls; its config has a ``batch``.
        ledger: The jobs of the run.
        service: The Batch API.
        recall: From what a job asked to the call that asks it again; None when that cannot be.
        pace: How long to wait.

    Returns:
        Why it ended early (``interrupted``, ``max-cost``, ``waiting`` or empty), and the calls that are left to be
        asked directly, with what they were answered so far. They are left to the next command when not asked.

    Raises:
        InputError: A definition that a job was asked with is gone.
        SetupError: The key is wrong; every job and answer so far is known.
        ServiceError: The service refuses; every job and answer so far is known.
        OSError: The disk is full; every job so far is known.
    """
    config = work.config
    assert config.batch is not None
    desk = Desk(
        work=work,
        batch=config.batch,
        service=service,
        ledger=ledger,
        definitions=Definitions(ledger.folder),
        sender=Sender(
            service=service,
            ledger=ledger,
            progress=work.progress,
            pace=pace,
            patient=config.batch.wait,
            backoff=Backoff(),
            random=Random(),
        ),
        recall=recall,
        pace=pace,
    )
    command = _Command(desk)
    running = asyncio.ensure_future(command.run(calls))
    with _interrupts(running, work) as interrupted:
        try:
            return await running
        except asyncio.CancelledError:
            if not interrupted():
                raise
            return "interrupted", []


class _Command:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._collector = Collector(desk)
        self._watch = Watch(desk, self._collector)
        self._full = False
        self._handing_in = True

    async def run(self, calls: AsyncIterator[list[Call]]) -> tuple[str, list[list[Call]]]:
        desk = self._desk
        self._clean()
        self._collector.reread()
        await self._recover()
        if desk.batch.cancel:
            await self._cancel()
            async for _ in calls:
                # nothing new is asked, but the report is about all files
                pass
        elif not desk.batch.wait:
            await self._watch.once()
        await self._hand_in(calls)
        left = await self._retry()
        if self._full:
            return "max-cost", left
        return (WAITING if desk.ledger.waiting() else ""), left

    def _clean(self) -> None:
        """Delete files of questions that no job needs: nothing in them was paid for."""
        ledger = self._desk.ledger
        needed = {ledger.questions_path(job.name) for job in ledger.waiting() if job.created is None}
        for path in ledger.questions_path("x").parent.glob("*.requests.jsonl"):
            if path not in needed:
                path.unlink(missing_ok=True)

    async def _recover(self) -> None:
        """Set the money of earlier jobs aside, and find out what became of those that were only intended."""
        desk = self._desk
        for job in desk.ledger.waiting():
            try:
                desk.promised[job.name] = desk.work.spend.promise(job.intent.estimate_usd)
            except CostLimitReached:
                # it is as good as spent: nothing more may be
                self._full = not desk.batch.cancel
        lost = [job for job in desk.ledger.waiting() if job.created is None]
        send = not desk.batch.cancel and not self._full
        await all_of(desk.sender.recover(job, send=send) for job in lost)

    async def _cancel(self) -> None:
        for job in self._desk.ledger.waiting():
            if job.created is not None:
                await self._watch.cancel(job, "as you wish")

    async def _hand_in(self, calls: AsyncIterator[list[Call]], *, round: int = 1) -> None:
        """Hand calls in and, when that is wanted, collect meanwhile what has ended, until everything has."""
        self._handing_in = not self._desk.batch.cancel and not self._full
        watch = self._desk.batch.wait or self._desk.batch.cancel
        watching = asyncio.ensure_future(self._watch.until_ended(lambda: self._handing_in)) if watch else None
        handing = asyncio.ensure_future(self._take(calls, round=round)) if self._handing_in else None
        tasks = [task for task in (handing, watching) if task is not None]
        try:
            for task in asyncio.as_completed(tasks):
                await task
        finally:
            for one in tasks:
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, calls: AsyncIterator[list[Call]], *, round: int) -> None:
        hand_in = HandIn(self._desk, round=round)
        try:
            await hand_in.take(calls)
        finally:
            self._handing_in = False
            self._full = self._full or hand_in.full

    async def _retry(self) -> list[list[Call]]:
        """Deal with what still lacks an answer although its jobs have ended; returns what is to be asked directly."""
        batch, left = self._desk.batch, self._left()
        if self._full:
            # not every file was read, so that it is not known what can be asked again: the next command finds out
            return []
        if batch.cancel or batch.retry == "none":
            self._write(left, "not asked again")
            return []
        again = [(carried, call) for carried in left if (call := self._call(carried)) is not None]
        self._tell(len(left) - len(again))
        rounds = [(c, call) for c, call in again if batch.retry == "batch" and c.intent.round < ROUNDS]
        if rounds:
            await self._hand_in(_each([call] for _, call in rounds), round=ROUNDS)
            return await self._retry() if batch.wait else []
        return [[call] for _, call in again]

    def _tell(self, lost: int) -> None:
        if lost:
            self._desk.work.progress.note(
                f"{lost} questions got no answer from their jobs and cannot be asked again by this command: their "
                "videos are not among its files, or it has other settings; they stay open"
            )

    def _left(self) -> list[Carried]:
        """Return the calls that no job will answer any more."""
        in_jobs = self._desk.ledger.in_jobs
        return [c for c in self._collector.carried.values() if not in_jobs.intersection(c.call.keys.values())]

    def _call(self, carried: Carried) -> Call | None:
        """Return the call that asks the rest; None when this command cannot ask it in the same way."""
        call = self._desk.recall(carried.call)
        if call is None or {a.name: call.keys[a.name] for a in call.attributes} != carried.call.keys:
            return None
        if changed_since(call.video):
            return None
        begun = {n: Partial(outcome=carried.outcomes[n], open=carried.open[n]) for n in carried.outcomes}
        return replace(call, begun=begun)

    def _write(self, left: list[Carried], why: str) -> None:
        for carried in left:
            carried.reason = f"{carried.reason or 'no answer'}; {why}"
            self._collector.write(carried)


@contextmanager
def _interrupts(running: asyncio.Future[Any], work: Work) -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C end the waiting: every step is on the disk before the next one begins, so nothing need be drained."""
    told = False

    def interrupt() -> None:
        nonlocal told
        told = True
        work.progress.note("stopping; the jobs go on at the service, and the same command collects them")
        running.cancel()

    with on_interrupt(interrupt):
        yield lambda: told


async def _each(groups: Iterator[list[Call]]) -> AsyncIterator[list[Call]]:
    for group in groups:
        yield group
