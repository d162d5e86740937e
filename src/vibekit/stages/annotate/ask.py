"""One call to its end: ask, wait, ask again, and come back with one outcome for every attribute."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from vibekit.annotators.base import Reply
from vibekit.core.annotation import Answer, Status, Usage
from vibekit.errors import ItemError, ServiceError, TransientError
from vibekit.stages.annotate.check import checked
from vibekit.stages.annotate.spend import CostLimitReached

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from vibekit.annotators.base import Annotator, Question
    from vibekit.concurrency.retry import Backoff
    from vibekit.core.media import Media, MediaPlan
    from vibekit.stages.annotate.plan import Call
    from vibekit.stages.annotate.spend import Spend

SILENT_AFTER = 5
"""Questions given up without a single reply, after which the service counts as gone."""


class Unfinished(Exception):  # noqa: N818 - a signal inside the stage, not an error that a user sees
    """The run is stopping: the question stays open and leaves no line."""


@dataclass(slots=True)
class Outcome:
    """What asking one question came to.

    Attributes:
        answers: Attribute name -> answer.
        usage: Tokens over all attempts.
        cost_usd: Money over all attempts.
        attempts: Requests sent.
        latency_s: Wall time of the last attempt.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    attempts: int = 0
    latency_s: float = 0.0


class Asker:
    """Asks questions of one annotator under the limits that all of them share.

    Args:
        annotator: Who answers.
        spend: The money.
        backoff: When to ask again.
        concurrency: Requests in flight.
        stop: Set when nothing new may be asked.
        seed: Of the jitter.
    """

    def __init__(
        self,
        annotator: Annotator,
        *,
        spend: Spend,
        backoff: Backoff,
        concurrency: int,
        stop: asyncio.Event,
        seed: int = 0,
    ) -> None:
        self._annotator = annotator
        self._spend = spend
        self._backoff = backoff
        self._slots = asyncio.Semaphore(concurrency)
        self._stop = stop
        self._random = Random(seed)
        self._replies = 0
        self._given_up = 0

    async def attach(self, stack: AsyncExitStack, media: Media) -> Any:  # noqa: ANN401 - what the annotator yields
        """Make media ready, asking again as long as it is worth it.

        Raises:
            ItemError: Final for this video.
            Unfinished: The run is stopping.
        """
        failures: dict[str, int] = {}
        while True:
            try:
                return await stack.enter_async_context(self._annotator.attach(media))
            except TransientError as error:
                await self._wait(error, failures)

    async def ask(self, call: Call, attached: Any, *, sample: int) -> Outcome:  # noqa: ANN401
        """Ask about all attributes of a call until each has an outcome.

        Raises:
            Unfinished: The run is stopping, or the money is.
            SetupError: Final for the run.
            ServiceError: Final for the run.
        """
        outcome = Outcome()
        failures: dict[str, int] = {}
        names = frozenset(a.name for a in call.attributes)
        while True:
            question = call.question(names, sample=sample)
            try:
                reply = await self._once(question, attached, call.plan, outcome)
            except ItemError as error:
                outcome.answers.update(_all(question, Answer(status=Status.ERROR, reason=error.message)))
                return outcome
            except TransientError as error:
                if await self._gives_up(error, failures):
                    reason = f"gave up after {outcome.attempts} requests: {error.message}"
                    outcome.answers.update(_all(question, Answer(status=Status.ERROR, reason=reason)))
                    return outcome
                continue
            answers = checked(reply.answers, question)
            outcome.answers.update(answers)
            names = frozenset(n for n, a in answers.items() if a.status in (Status.EMPTY, Status.INVALID))
            if not names or not reply.retry or await self._gives_up(TransientError("answer", ""), failures):
                return outcome

    async def _once(self, question: Question, attached: Any, plan: MediaPlan | None, outcome: Outcome) -> Reply:  # noqa: ANN401
        """Send one request inside the limits, and add what it used to the outcome."""
        assert plan is not None
        estimate = self._annotator.estimate(question, plan)
        async with self._slots:
            if self._stop.is_set():
                raise Unfinished
            try:
                promised = self._spend.promise(estimate.cost_usd)
            except CostLimitReached:
                self._stop.set()
                raise Unfinished from None
            started = time.monotonic()
            reply = Reply(answers={})
            self._spend.requests += 1
            outcome.attempts += 1
            try:
                reply = await self._annotator.ask(question, attached)
            finally:
                outcome.latency_s = time.monotonic() - started
                self._spend.settle(promised, estimate_usd=estimate.cost_usd, actual_usd=reply.cost_usd)
        self._replies += 1
        outcome.usage += reply.usage
        outcome.cost_usd += reply.cost_usd
        return reply

    async def _gives_up(self, error: TransientError, failures: dict[str, int]) -> bool:
        try:
            await self._wait(error, failures)
        except ItemError:
            return True
        return False

    async def _wait(self, error: TransientError, failures: dict[str, int]) -> None:
        """Sleep until it is time to ask again; raises ItemError when it never is."""
        failures[error.kind] = failures.get(error.kind, 0) + 1
        delay = self._backoff.delay_s(failures, kind=error.kind, random=self._random, retry_after_s=error.retry_after_s)
        if delay is None:
            self._check_that_somebody_answers(error)
            raise ItemError(f"gave up after {sum(failures.values())} tries: {error.message}")
        if delay:
            try:
                await asyncio.wait_for(self._stop.wait(), timeout=delay)
            except TimeoutError:
                return
        if self._stop.is_set():
            raise Unfinished

    def _check_that_somebody_answers(self, error: TransientError) -> None:
        self._given_up += 1
        if not self._replies and self._given_up >= SILENT_AFTER:
            raise ServiceError(
                f"no reply to any of the first {self._given_up} questions: {error.message}",
                hint="check the network and the address of the service, then run the same command again",
            )


def _all(question: Question, answer: Answer) -> dict[str, Answer]:
    return {a.name: answer for a in question.attributes}
