"""Many calls at once: media is taken, attached and asked about in bounded windows, and every outcome is written."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from vibekit.concurrency.budget import Budget
from vibekit.concurrency.retry import Backoff
from vibekit.core.annotation import Annotation, Answer, Status
from vibekit.core.media import FrameSet, Media, MediaKind, Verdict, VerdictState
from vibekit.errors import ItemError, TransientError
from vibekit.stages.annotate.ask import Asker, Broken, Outcome, Unfinished
from vibekit.stages.annotate.check import changed_since
from vibekit.stages.annotate.outcome import expected_bytes, lines_for, merged, verdict_of, words_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from vibekit.annotators.base import Annotator
    from vibekit.core.media import MediaPlan
    from vibekit.core.video import Video
    from vibekit.media.pool import MediaPool
    from vibekit.stages.annotate.config import AnnotateConfig
    from vibekit.stages.annotate.plan import Call
    from vibekit.stages.annotate.spend import Spend
    from vibekit.stages.progress import Progress


_T = TypeVar("_T")

MAX_SOUND_S = 600.0
"""Seconds of sound that go along with frames: ten minutes are 19 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the executor works with.

    Attributes:
        config: Limits.
        annotator: Who answers.
        pool: Takes frames, sound and measurements.
        spend: The money.
        progress: Told about every outcome.
        write: Called once for every outcome, on the event loop.
        recipes: Attribute name -> fingerprint of its recipe.
        free: Answers cost nothing and need no network.
    """

    config: AnnotateConfig
    annotator: Annotator
    pool: MediaPool
    spend: Spend
    progress: Progress
    write: Callable[[Annotation], object]
    recipes: dict[str, str]
    free: bool = False


async def execute(calls: Iterable[list[Call]], work: Work) -> str:
    """Ask every call, in the given order as far as slots allow; stop cleanly on Ctrl-C or when the money ends.

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
        self.stop = asyncio.Event()
        self.interrupted = False
        self.asker = Asker(
            work.annotator,
            spend=work.spend,
            backoff=Backoff(tries=config.max_attempts),
            concurrency=config.concurrency,
            stop=self.stop,
            timeout_s=config.settings.timeout_s,
        )
        self.window = config.concurrency + config.workers
        self.budget = Budget(max_bytes=config.payload_bytes, max_items=self.window)
        # free answers are written in order, so that two runs are equal; paid ones the moment they are there
        self.in_order = work.free
        self.failure: BaseException | None = None

    async def run(self, calls: Iterable[list[Call]]) -> str:
        loop = asyncio.get_running_loop()
        main = asyncio.current_task()
        assert main is not None
        for name in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError, ValueError, RuntimeError):
                loop.add_signal_handler(name, self._interrupt, main)
        try:
            await self._run_all(calls)
        finally:
            for name in (signal.SIGINT, signal.SIGTERM):
                with suppress(NotImplementedError, ValueError, RuntimeError):
                    loop.remove_signal_handler(name)
        if self.failure is not None:
            raise self.failure
        return "interrupted" if self.interrupted else "max-cost" if self.stop.is_set() else ""

    def _interrupt(self, main: asyncio.Task[Any]) -> None:
        if self.interrupted:
            main.cancel()
            return
        self.interrupted = True
        self.stop.set()
        self.work.progress.note("stopping: waiting for calls in flight, then saving; Ctrl-C again stops at once")

    async def _run_all(self, calls: Iterable[list[Call]]) -> None:
        running: list[asyncio.Task[list[Annotation]]] = []
        try:
            for group in calls:
                if self.stop.is_set():
                    break
                running.append(asyncio.create_task(self._video(group)))
                while len(running) >= self.window:
                    running = await self._reap(running)
            while running:
                running = await self._reap(running)
        finally:
            for task in running:
                task.cancel()
            for late in await asyncio.gather(*running, return_exceptions=True):
                for annotation in late if isinstance(late, list) else ():
                    self._write(annotation)

    async def _reap(self, running: list[asyncio.Task[list[Annotation]]]) -> list[asyncio.Task[list[Annotation]]]:
        """Wait for the first task (in order) or for any, and take what has ended."""
        if self.in_order:
            await asyncio.wait(running[:1])
            ended, rest = running[:1], running[1:]
        else:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            ended = [t for t in running if t.done()]
            rest = [t for t in running if not t.done()]
        for task in ended:
            error = task.exception()
            if error is not None and self.failure is None:
                self.failure = error
                self.stop.set()
            if error is None:
                for annotation in task.result():
                    self._write(annotation)
        return rest

    async def _video(self, calls: list[Call]) -> list[Annotation]:
        """Ask all calls about one video; returns the outcomes that are still to be written."""
        late: list[Annotation] = []
        emit = late.append if self.in_order else self._write
        for plan, same in groupby(calls, key=lambda c: c.plan):
            group = list(same)
            if plan is None:
                self._fail(group, emit, group[0].video.problem or "no video in it")
            else:
                async with self.budget.hold(expected_bytes(group[0].video, plan)):
                    await self._with_media(group, plan, emit)
        return late

    async def _with_media(self, calls: list[Call], plan: MediaPlan, emit: Callable[[Annotation], object]) -> None:
        if self.stop.is_set():
            return
        video = calls[0].video
        media = await self._take(video, plan)
        verdict = verdict_of(media)
        problem = verdict.reason if verdict and verdict.state is VerdictState.FAILED else changed_since(video)
        if problem:
            self._fail(calls, emit, problem)
            return
        try:
            async with AsyncExitStack() as stack:
                await self._attached(calls, media, stack, emit, words_for(verdict))
        except (ItemError, TransientError) as error:
            # every answer is written by now: what is left behind at the service is not worth the run
            self.work.progress.note(f"{video.text_path}: cleaning up failed: {error.message}")

    async def _attached(
        self, calls: list[Call], media: Media, stack: AsyncExitStack, emit: Callable[[Annotation], object], said: str
    ) -> None:
        try:
            attached = await self.asker.attach(stack, media)
        except Unfinished:
            return
        except ItemError as error:
            for call in calls:
                self._emit(call, Outcome().fail(frozenset(call.keys), error.message), emit, said)
            return
        # an upload reads the file once more
        problem = changed_since(calls[0].video)
        if problem:
            self._fail(calls, emit, problem)
            return
        await all_of(self._call(call, attached, emit, said) for call in calls)

    async def _take(self, video: Video, plan: MediaPlan) -> Media:
        """Decode in a worker; what needs no decoder is read here, without a way through another process."""
        if plan.kind is MediaKind.NONE:
            return Media(plan=plan, path=str(video.path), duration_s=video.duration_s)
        if plan.kind is not MediaKind.VIDEO:
            return await asyncio.wrap_future(self.work.pool.take(video.path, plan, MAX_SOUND_S))
        small = video.bytes <= self.work.config.settings.inline_limit_bytes
        try:
            data = await asyncio.to_thread(video.path.read_bytes) if small else b""
        except OSError as error:
            verdict = Verdict(state=VerdictState.FAILED, reason=f"cannot be read: {error.strerror}")
            return Media(plan=plan, frames=FrameSet(frames=(), verdict=verdict))
        return Media(plan=plan, path=str(video.path), data=data, duration_s=video.duration_s)

    async def _call(self, call: Call, attached: Any, emit: Callable[[Annotation], object], said: str) -> None:  # noqa: ANN401
        samples = self.work.config.samples
        try:
            outcomes = await self.asker.ask(call, attached, samples=samples)
        except Unfinished:
            return
        except Broken as broken:
            if broken.outcomes:
                self._emit(call, merged(call, broken.outcomes, samples=samples), emit, said)
            raise broken.error from None
        self._emit(call, merged(call, outcomes, samples=samples), emit, said)

    def _fail(self, calls: list[Call], emit: Callable[[Annotation], object], reason: str) -> None:
        answer = Answer(status=Status.MEDIA_ERROR, reason=reason)
        for call in calls:
            self._emit(call, Outcome(answers={a.name: answer for a in call.attributes}), emit, f"failed: {reason}")

    def _emit(self, call: Call, outcome: Outcome, emit: Callable[[Annotation], object], said: str) -> None:
        for annotation in lines_for(call, outcome, info=self.work.annotator.info, recipes=self.work.recipes, said=said):
            emit(annotation)

    def _write(self, annotation: Annotation) -> None:
        self.work.write(annotation)
        failed = annotation.answer.status not in (Status.OK, Status.ABSTAIN)
        self.work.progress.advance(cost_usd=annotation.cost_usd, failed=failed)


async def all_of(awaitables: Iterable[Awaitable[_T]]) -> list[_T]:
    """Wait for every one to end, whatever happens to the others, then raise the first error or return the results.

    What was answered beside a failure is so still written before the failure is told.
    """
    ended = await asyncio.gather(*awaitables, return_exceptions=True)
    results: list[_T] = []
    for one in ended:
        if isinstance(one, BaseException):
            raise one
        results.append(one)
    return results
