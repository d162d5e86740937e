"""One call to its end: ask, wait, ask again, and come back with one outcome for every attribute."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from vibekit.core.annotation import Answer, Status, Usage
from vibekit.errors import ItemError, ServiceError, TransientError, VibekitError
from vibekit.stages.annotate.check import checked
from vibekit.stages.annotate.spend import CostLimitReached

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from vibekit.annotators.base import Annotator, Question, Reply
    from vibekit.concurrency.retry import Backoff
    from vibekit.core.media import Media, MediaPlan
    from vibekit.stages.annotate.plan import Call
    from vibekit.stages.annotate.spend import Spend

SILENT_AFTER = 5
"""Questions given up for want of any reply, after which the service counts as gone."""
LOST = ("network", "timeout")
"""Failures after which nobody knows whether the request was answered, and billed."""
UNUSABLE = (Status.EMPTY, Status.INVALID, Status.BLOCKED)
"""Answers that are asked for again when the annotator says that it may help."""
PATIENCE = 2.0
"""An annotator that is this many times over its own time limit has forgotten it."""


class Unfinished(Exception):  # noqa: N818 - a signal inside the stage, not an error that a user sees
    """The run is stopping and nothing of the question was asked: it stays open and leaves no line."""


@dataclass(slots=True)
class Outcome:
    """What asking one question came to.

    Attributes:
        answers: Attribute name -> answer.
        usage: Tokens over all attempts.
        cost_usd: Money over all attempts.
        attempts: Requests sent.
        latency_s: Wall time of the last attempt.
        stopped: The run ended before the question was asked as often as it should have been.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    attempts: int = 0
    latency_s: float = 0.0
    stopped: bool = False

    def fail(self, names: frozenset[str], reason: str) -> Outcome:
        """Give the named attributes an error; what the others were answered stays."""
        self.answers.update(dict.fromkeys(names, Answer(status=Status.ERROR, reason=reason)))
        return self


@dataclass(slots=True)
class Begun:
    """Whether any request of a call was sent: a call that was begun is brought to its end even when the run stops.

    Attributes:
        yes: A request was sent.
        prepaid: First requests for which money was set aside when the call began.
    """

    yes: bool = False
    prepaid: list[float] = field(default_factory=list)


class Asker:
    """Asks questions of one annotator under the limits that all of them share.

    Args:
        annotator: Who answers.
        spend: The money.
        backoff: When to ask again.
        concurrency: Requests in flight.
        stop: Set when nothing new may be asked.
        timeout_s: The annotator's own limit for one request.
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
        timeout_s: float,
        seed: int = 0,
    ) -> None:
        self._annotator = annotator
        self._spend = spend
        self._backoff = backoff
        self._slots = asyncio.Semaphore(concurrency)
        self._stop = stop
        self._timeout_s = timeout_s
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

    async def ask(self, call: Call, attached: Any, *, samples: int) -> list[Outcome]:  # noqa: ANN401
        """Ask a call's question as often as samples are wanted, and return what each came to.

        Raises:
            Unfinished: The run is stopping, or the money does not suffice for all samples: nothing was asked.
            Broken: Something is final for the run; holds what was answered before.
        """
        begun = Begun()
        tasks = [self._ask(call, attached, sample=i, samples=samples, begun=begun) for i in range(samples)]
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        outcomes = [one for one in ended if isinstance(one, Outcome)]
        for error in ended:
            if isinstance(error, BaseException) and not isinstance(error, Unfinished):
                raise Broken(outcomes, error)
        if not outcomes:
            raise Unfinished
        return outcomes

    async def _ask(self, call: Call, attached: Any, *, sample: int, samples: int, begun: Begun) -> Outcome:  # noqa: ANN401
        outcome = Outcome()
        failures: dict[str, int] = {}
        names = frozenset(a.name for a in call.attributes)
        while True:
            question = call.question(names, sample=sample)
            try:
                reply = await self._once(question, attached, call.plan, outcome, begun, samples)
                answers = checked(reply.answers, question)
                outcome.answers.update(answers)
                names = frozenset(n for n, a in answers.items() if a.status in UNUSABLE)
                if not names or not reply.retry:
                    return outcome
                await self._wait(TransientError("answer", "no usable answer"), failures)
            except TransientError as error:
                try:
                    await self._wait(error, failures)
                except ItemError:
                    return outcome.fail(names, f"gave up after {outcome.attempts} requests: {error.message}")
                except Unfinished:
                    return self._stopped(outcome, names)
            except ItemError as error:
                # an unusable answer that was asked for often enough keeps its own status
                return outcome if names <= outcome.answers.keys() else outcome.fail(names, error.message)
            except Unfinished:
                if not begun.yes:
                    raise
                return self._stopped(outcome, names)

    def _stopped(self, outcome: Outcome, names: frozenset[str]) -> Outcome:
        outcome.stopped = True
        return outcome.fail(names, "the run stopped before this was asked again")

    async def _once(
        self,
        question: Question,
        attached: Any,  # noqa: ANN401
        plan: MediaPlan | None,
        outcome: Outcome,
        begun: Begun,
        samples: int,
    ) -> Reply:
        """Send one request inside the limits, and add what it used to the outcome."""
        assert plan is not None
        estimate = self._annotator.estimate(question, plan).cost_usd
        async with self._slots:
            promised = self._promise(estimate, outcome, begun, samples)
            started = time.monotonic()
            self._spend.requests += 1
            outcome.attempts += 1
            try:
                reply = await self._reply(question, attached)
            except TransientError as error:
                if error.kind not in LOST:
                    self._spend.settle(promised, estimate_usd=estimate, actual_usd=0.0)
                raise
            except BaseException:
                self._spend.settle(promised, estimate_usd=estimate, actual_usd=0.0)
                raise
            finally:
                outcome.latency_s = time.monotonic() - started
            self._spend.settle(promised, estimate_usd=estimate, actual_usd=reply.cost_usd)
        self._replies += 1
        self._spend.usage += reply.usage
        outcome.usage += reply.usage
        outcome.cost_usd += reply.cost_usd
        return reply

    def _promise(self, estimate: float, outcome: Outcome, begun: Begun, samples: int) -> float:
        """Set money aside: for all samples at once when a call begins, so that none is paid for in vain."""
        again = outcome.attempts > 0
        if self._stop.is_set() and (again or not begun.yes):
            raise Unfinished
        try:
            if not begun.yes:
                whole = self._spend.promise(estimate * samples)
                begun.prepaid = [whole / samples] * samples
                begun.yes = True
            return self._spend.promise(estimate) if again or not begun.prepaid else begun.prepaid.pop()
        except CostLimitReached:
            self._stop.set()
            raise Unfinished from None

    async def _reply(self, question: Question, attached: Any) -> Reply:  # noqa: ANN401
        """Ask the annotator; what it raises against its promise is this video's failure, not the run's."""
        try:
            async with asyncio.timeout(PATIENCE * self._timeout_s):
                return await self._annotator.ask(question, attached)
        except TimeoutError:
            raise TransientError("timeout", f"no answer within {PATIENCE * self._timeout_s:g} s") from None
        except (TransientError, ItemError, VibekitError, TypeError, AttributeError, AssertionError, NameError):
            raise
        except Exception as error:
            raise ItemError(f"the annotator failed: {type(error).__name__}: {error}") from error

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
        if error.kind not in LOST or self._replies:
            return
        self._given_up += 1
        if self._given_up >= SILENT_AFTER:
            raise ServiceError(
                f"no reply to any of the first {self._given_up} questions: {error.message}",
                hint="check the network and the address of the service, then run the same command again",
            )


class Broken(Exception):  # noqa: N818 - carries another error to the executor
    """A call that ended the run: what its samples had come to by then, and the error."""

    def __init__(self, outcomes: list[Outcome], error: BaseException) -> None:
        super().__init__(str(error))
        self.outcomes = outcomes
        self.error = error
