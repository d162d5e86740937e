"""From calls to jobs: media is taken in a bounded window, written into files of questions, and these handed in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from vibekit.concurrency.budget import Budget
from vibekit.errors import ItemError
from vibekit.formats.batch_events import AskedCall, AskedLine
from vibekit.stages.annotate.batch.questions import QuestionFile, new_job_name
from vibekit.stages.annotate.media import Unusable, expected_bytes
from vibekit.stages.annotate.outcome import Outcome
from vibekit.stages.annotate.spend import CostLimitReached

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from vibekit.annotators.base import Question
    from vibekit.core.media import MediaPlan
    from vibekit.stages.annotate.batch.desk import Desk
    from vibekit.stages.annotate.plan import Call

HANDING_IN = 2
"""Jobs that are handed in at once; a file that is full waits for one of them."""
COPIES = 3
"""A payload is there as bytes, as base64 and as a line while a line is made."""


class HandIn:
    """Fills files of questions and hands them in.

    Args:
        desk: What to work with.
        round: Of the jobs.

    Attributes:
        full: No more money may be promised: what did not fit stays open.
    """

    def __init__(self, desk: Desk, *, round: int = 1) -> None:
        self.full = False
        self._desk = desk
        self._round = round
        self._file = self._new_file()
        self._filling = asyncio.Lock()
        self._slots = asyncio.Semaphore(HANDING_IN)
        self._senders: set[asyncio.Task[None]] = set()
        config = desk.work.config
        self._window = config.workers + HANDING_IN
        self._handed_in: list[int] = []
        self._estimate_usd = 0.0
        self._budget = Budget(max_bytes=config.payload_bytes, max_items=self._window)

    async def take(self, calls: AsyncIterator[list[Call]]) -> None:
        """Hand everything in; returns when the service has every job.

        Raises:
            InputError: Something about the files is wrong.
            SetupError: The key is wrong; what was handed in is known.
            ServiceError: The service refuses; what was handed in is known.
        """
        running: set[asyncio.Task[None]] = set()
        try:
            async for group in calls:
                while len(running) >= self._window:
                    running = await self._reap(running)
                if self.full:
                    break
                running.add(asyncio.create_task(self._video(group)))
            while running:
                running = await self._reap(running)
            await self._close_file()
            await self._sent()
            self._tell()
        finally:
            for task in (*running, *self._senders):
                task.cancel()
            await asyncio.gather(*running, *self._senders, return_exceptions=True)
            self._file.discard()

    async def _reap(self, running: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        ended, rest = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in (*ended, *(sender for sender in self._senders if sender.done())):
            task.result()
        return rest

    async def _video(self, calls: list[Call]) -> None:
        left = [call for call in calls if not self._desk.work.recall(call)]
        for plan, same in groupby(left, key=lambda c: c.plan):
            group = list(same)
            if plan is None:
                self._desk.work.fail(group, group[0].video.problem or "no video in it")
                continue
            inline = self._desk.work.config.settings.inline_limit_bytes
            async with self._budget.hold(COPIES * expected_bytes(group[0].video, plan, inline_bytes=inline)):
                await self._with_media(group, plan)

    async def _with_media(self, calls: list[Call], plan: MediaPlan) -> None:
        desk, video = self._desk, calls[0].video
        if self.full:
            return
        try:
            media, said = await desk.work.taker.take(video, plan)
            attached, upload = await desk.sender.trying(lambda: desk.service.attach(media))
        except Unusable as unusable:
            self._desk.work.fail(calls, str(unusable))
            return
        except ItemError as error:
            for call in calls:
                desk.work.emit(call, Outcome().fail(frozenset(call.keys), error.message), said)
            return
        used = False
        try:
            async with self._filling:
                used = await self._write(calls, attached, upload, said)
        finally:
            if upload and not used:
                with suppress(asyncio.CancelledError):
                    await asyncio.shield(desk.service.delete([upload]))

    async def _write(self, calls: list[Call], attached: Any, upload: str, said: str) -> bool:  # noqa: ANN401
        """Write all calls about one video into one file: they may share an upload, which lives as long as the job."""
        batch, wanted = self._desk.batch, sum(len(self._asked(call)) for call in calls)
        used = False
        for n, call in enumerate(calls):
            questions = self._asked(call)
            lines = (self._desk.service.line(line.line, question, attached) for line, question in questions)
            first = next(lines)
            if n == 0 and not self._file.has_room(
                requests=wanted,
                size=len(first) * wanted,
                most_requests=batch.requests,
                most_bytes=batch.payload_bytes,
            ):
                await self._close_file()
            if self.full or not self._promise(call, [question for _, question in questions]):
                return used
            self._file.add(self._record(call, [line for line, _ in questions], said), chain((first,), lines))
            if upload and upload not in self._file.uploads:
                self._file.uploads.append(upload)
            used = True
        return used

    def _promise(self, call: Call, questions: list[Question]) -> bool:
        """Set the money for a call aside; when it does not suffice, nothing more is handed in."""
        assert call.plan is not None
        estimate = sum(self._desk.service.estimate(question, call.plan).cost_usd for question in questions)
        try:
            self._file.promised_usd += self._desk.work.spend.promise(estimate)
        except CostLimitReached:
            self.full = True
            return False
        self._file.estimate_usd += estimate
        return True

    def _asked(self, call: Call) -> list[tuple[AskedLine, Question]]:
        """Return the lines of a call: one for every sample that still needs an answer."""
        names = frozenset(a.name for a in call.attributes)
        asked = []
        for sample in range(self._desk.work.config.samples):
            left = call.begun[sample].open if sample in call.begun else names
            if left:
                question = call.question(left, sample=sample)
                line = AskedLine(
                    line=f"{question.request_id}.{sample}",
                    sample=sample,
                    names=tuple(a.name for a in question.attributes),
                    request_id=question.request_id,
                )
                asked.append((line, question))
        return asked

    def _record(self, call: Call, lines: list[AskedLine], said: str) -> AskedCall:
        assert call.plan is not None
        assert call.video.video_id is not None
        return AskedCall(
            path=call.video.text_path,
            video_id=call.video.video_id,
            duration_s=call.video.duration_s,
            media=call.plan.describe(),
            media_verdict=said,
            keys={a.name: call.keys[a.name] for a in call.attributes},
            definitions={a.name: a.fingerprint for a in call.attributes},
            shown=call.shown,
            asked=tuple(lines),
        )

    async def _close_file(self) -> None:
        """Write down what is about to be handed in, and begin to."""
        file, self._file = self._file, self._new_file()
        if not file.requests:
            return
        await self._slots.acquire()
        desk = self._desk
        desk.promised[file.name] = file.promised_usd
        intent = file.close(info=desk.work.annotator.info, samples=desk.work.config.samples, recipes=desk.work.recipes)
        desk.ledger.append(intent)
        task = asyncio.create_task(self._send(file.name))
        self._senders.add(task)
        task.add_done_callback(lambda _: self._slots.release())

    async def _send(self, name: str) -> None:
        desk = self._desk
        job = desk.ledger.jobs[name]
        await desk.sender.send(job)
        desk.work.spend.requests += job.intent.requests
        self._handed_in.append(job.intent.requests)
        self._estimate_usd += job.intent.estimate_usd

    async def _sent(self) -> None:
        while self._senders:
            ended, _ = await asyncio.wait(self._senders, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
            self._senders -= ended

    def _tell(self) -> None:
        if self._handed_in:
            money = f", about ${self._estimate_usd:.4f}" if self._estimate_usd else ""
            n = len(self._handed_in)
            jobs = f"{sum(self._handed_in)} questions in {n} {'job' if n == 1 else 'jobs'}"
            later = "; Ctrl-C leaves them to a later command" if self._desk.batch.wait else ""
            self._desk.work.progress.note(f"handed in: {jobs}{money}{later}")

    def _new_file(self) -> QuestionFile:
        name = new_job_name()
        return QuestionFile(name=name, path=self._desk.ledger.questions_path(name), round=self._round)
