"""Many calls at once: media is taken, attached and asked about in bounded windows, and every outcome is written."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from vibekit.concurrency.budget import Budget
from vibekit.core.annotation import Annotation, Answer, Status
from vibekit.errors import ItemError, TransientError
from vibekit.stages.annotate.broken import Broken, Unfinished
from vibekit.stages.annotate.check import changed_since
from vibekit.stages.annotate.interrupts import on_interrupt
from vibekit.stages.annotate.media import Unusable, expected_bytes
from vibekit.stages.annotate.outcome import Outcome, lines_for, merged
from vibekit.stages.annotate.stop import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from vibekit.annotators.base import Annotator
    from vibekit.concurrency.limiter import Limiter
    from vibekit.core.media import Media, MediaPlan
    from vibekit.stages.annotate.ask import Asker
    from vibekit.stages.annotate.config import AnnotateConfig
    from vibekit.stages.annotate.known import Known
    from vibekit.stages.annotate.media import Taker
    from vibekit.stages.annotate.plan import Call
    from vibekit.stages.annotate.spend import Spend
    from vibekit.stages.annotate.stop import Stop
    from vibekit.stages.progress import Progress


BEAT_S = 1.0
"""How often progress is told that the command is alive, also when nothing comes to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the executor works with.

    Attributes:
        config: Limits.
        annotator: Who answers.
        asker: Brings calls to their end.
        limiter: Says when a request may be sent.
        taker: Takes frames, sound and measurements.
        known: Replies of other runs.
        stop: Set when nothing new may be asked.
        spend: The money.
        progress: Told about every outcome.
        write: Called once for every outcome, on the event loop.
        recipes: Attribute name -> fingerprint of its recipe.
        free: Answers cost nothing and need no network.
    """

    config: AnnotateConfig
    annotator: Annotator
    asker: Asker
    limiter: Limiter
    taker: Taker
    known: Known
    stop: Stop
    spend: Spend
    progress: Progress
    write: Callable[[Annotation], object]
    recipes: dict[str, str]
    free: bool = False

    def emit(
        self, call: Call, outcome: Outcome, said: str, *, put: Callable[[Annotation], object] | None = None
    ) -> None:
        """Write the lines of a call that has come to its end, or hand them to ``put``."""
        for annotation in lines_for(call, outcome, info=self.annotator.info, recipes=self.recipes, said=said):
            (put or self.put)(annotation)

    def fail(self, calls: Iterable[Call], reason: str, *, put: Callable[[Annotation], object] | None = None) -> None:
        """Write that nothing can be taken from the video that the calls are about."""
        answer = Answer(status=Status.MEDIA_ERROR, reason=reason)
        for call in calls:
            self.emit(call, Outcome(answers={a.name: answer for a in call.attributes}), f"failed: {reason}", put=put)

    def recall(self, call: Call, *, put: Callable[[Annotation], object] | None = None) -> bool:
        """Write what other runs have paid for; nothing is taken from the video for it. Says whether that was all."""
        samples = self.config.samples
        outcomes = self.known.all_of(call, samples=samples)
        if outcomes is not None:
            self.emit(call, merged(call, outcomes, samples=samples), "", put=put)
        return outcomes is not None

    def put(self, annotation: Annotation) -> None:
        """Write one line, and count it."""
        self.write(annotation)
        failed = annotation.answer.status not in (Status.OK, Status.ABSTAIN)
        self.progress.advance(cost_usd=annotation.cost_usd, failed=failed)


async def execute(calls: AsyncIterator[list[Call]], work: Work) -> str:
    """Ask every call, in the given order as far as limits allow; stop cleanly on Ctrl-C or when the money ends.

    Args:
        calls: What to ask, grouped by video; taken as there is room for more.
        work: What to do it with.

    Returns:
        Why it stopped early: ``max-cost``, ``interrupted``, or empty when every call came to its end.

    Raises:
        SetupError: Final for the run; what was answered is written.
        ServiceError: Final for the run; what was answered is written.
    """
    return await _Execution(work).run(calls)


class _Execution:
    def __init__(self, work: Work) -> None:
        config = work.config
        self.work = work
        self.stop = work.stop
        self.interrupted = False
        self.inline_bytes = config.settings.inline_limit_bytes
        # twice the calls in flight: who waits to ask again must not keep others from asking
        window = 2 * (config.concurrency + config.workers)
        self.budget = Budget(max_bytes=config.payload_bytes, max_items=window)
        self.room = asyncio.Semaphore(window)
        # free answers are written in order, so that two runs are equal; paid ones the moment they are there
        self.in_order = work.free
        self.running: set[asyncio.Task[list[Annotation]]] = set()
        self.queue: deque[asyncio.Task[list[Annotation]]] = deque()
        self.failure: BaseException | None = None

    async def run(self, calls: AsyncIterator[list[Call]]) -> str:
        main = asyncio.current_task()
        assert main is not None
        beat = asyncio.create_task(self._beat())
        try:
            with on_interrupt(lambda: self._interrupt(main)):
                await self._run_all(calls)
        finally:
            beat.cancel()
        if self.failure is not None:
            raise self.failure
        return "interrupted" if self.interrupted else "max-cost" if self.stop.is_set() else ""

    async def _beat(self) -> None:
        told = False
        while True:
            await asyncio.sleep(BEAT_S)
            self.work.progress.advance(0)
            if self.work.limiter.governor.cuts and not told:
                told = True
                self.work.progress.note("the service refuses calls for there being too many: asking more slowly")

    def _interrupt(self, main: asyncio.Task[Any]) -> None:
        if self.interrupted:
            main.cancel()
            return
        self.interrupted = True
        self.stop.set()
        self.work.progress.note("stopping: waiting for calls in flight, then saving; Ctrl-C again stops at once")

    async def _run_all(self, calls: AsyncIterator[list[Call]]) -> None:
        try:
            async for group in until(self.stop, calls):
                await self.room.acquire()
                if self.stop.is_set():
                    break
                task = asyncio.create_task(self._video(group))
                self.running.add(task)
                if self.in_order:
                    self.queue.append(task)
                task.add_done_callback(self._ended)
            while self.running:
                await asyncio.wait(self.running)
        finally:
            for task in self.running:
                task.cancel()
            await asyncio.gather(*self.running, return_exceptions=True)
            self._flush(whole=True)

    def _ended(self, task: asyncio.Task[list[Annotation]]) -> None:
        self.running.discard(task)
        if not self.in_order:
            self.room.release()
        error = None if task.cancelled() else task.exception()
        if error is not None and self.failure is None:
            self.failure = error
            self.stop.set()
        self._flush()

    def _flush(self, *, whole: bool = False) -> None:
        """Write what waits for its turn; at the end also what stands behind something that has none."""
        while self.queue and (self.queue[0].done() or whole):
            task = self.queue.popleft()
            self.room.release()
            if not task.done() or task.cancelled() or task.exception() is not None:
                continue
            for annotation in task.result():
                self._write(annotation)

    def _write(self, annotation: Annotation) -> None:
        try:
            self.work.put(annotation)
        except BaseException as error:  # noqa: BLE001 - a callback: what is raised here would only be logged
            self.failure = self.failure or error
            self.stop.set()

    async def _video(self, calls: list[Call]) -> list[Annotation]:
        """Ask all calls about one video; returns the outcomes that are still to be written."""
        late: list[Annotation] = []
        emit = late.append if self.in_order else self.work.put
        left = [call for call in calls if not self.work.recall(call, put=emit)]
        for plan, same in groupby(left, key=lambda c: c.plan):
            group = list(same)
            if plan is None:
                self.work.fail(group, group[0].video.problem or "no video in it", put=emit)
            else:
                held = expected_bytes(group[0].video, plan, inline_bytes=self.inline_bytes)
                async with self.budget.hold(held):
                    await self._with_media(group, plan, emit)
        return late

    async def _with_media(self, calls: list[Call], plan: MediaPlan, emit: Callable[[Annotation], object]) -> None:
        if self.stop.is_set():
            return
        video = calls[0].video
        try:
            media, said = await self.work.taker.take(video, plan)
        except Unusable as unusable:
            self.work.fail(calls, str(unusable), put=emit)
            return
        try:
            async with AsyncExitStack() as stack:
                await self._attached(calls, media, stack, emit, said)
        except (ItemError, TransientError) as error:
            # every answer is written by now: what is left behind at the service is not worth the run
            self.work.progress.note(f"{video.text_path}: cleaning up failed: {error.message}")

    async def _attached(
        self, calls: list[Call], media: Media, stack: AsyncExitStack, emit: Callable[[Annotation], object], said: str
    ) -> None:
        try:
            attached = await self.work.asker.attach(stack, media)
        except Unfinished:
            return
        except ItemError as error:
            for call in calls:
                self.work.emit(call, Outcome().fail(frozenset(call.keys), error.message), said, put=emit)
            return
        # an upload reads the file once more
        problem = changed_since(calls[0].video)
        if problem:
            self.work.fail(calls, problem, put=emit)
            return
        await all_of(self._call(call, attached, emit, said) for call in calls)

    async def _call(self, call: Call, attached: Any, emit: Callable[[Annotation], object], said: str) -> None:  # noqa: ANN401
        samples = self.work.config.samples
        try:
            outcomes = await self.work.asker.ask(call, attached, samples=samples)
        except Unfinished:
            return
        except Broken as broken:
            if broken.outcomes:
                self.work.emit(call, merged(call, broken.outcomes, samples=samples), said, put=emit)
            raise broken.error from None
        self.work.emit(call, merged(call, outcomes, samples=samples), said, put=emit)


async def all_of(awaitables: Iterable[Awaitable[object]]) -> None:
    """Wait for every one to end, whatever happens to the others, then raise the first error.

    What was answered beside a failure is so still written before the failure is told.
    """
    for one in await asyncio.gather(*awaitables, return_exceptions=True):
        if isinstance(one, BaseException):
            raise one
