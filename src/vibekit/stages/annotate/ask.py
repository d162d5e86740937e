"""One call to its end: ask, wait, ask again, and come back with one outcome for every attribute."""

from __future__ import annotations

import asyncio
import time
from array import array
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import isfinite
from random import Random
from typing import TYPE_CHECKING, Any

from vibekit.concurrency.limiter import Stopped
from vibekit.concurrency.retry import REFUSALS
from vibekit.errors import ItemError, TransientError, VibekitError
from vibekit.stages.annotate.broken import UNUSABLE, Broken, Unfinished, so_far, stopped
from vibekit.stages.annotate.check import checked
from vibekit.stages.annotate.outcome import Outcome
from vibekit.stages.annotate.silence import Silence
from vibekit.stages.annotate.spend import CostLimitReached

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AsyncExitStack

    from vibekit.annotators.base import Annotator, Question, Reply
    from vibekit.concurrency.governor import Ticket
    from vibekit.concurrency.limiter import Limiter
    from vibekit.concurrency.retry import Backoff
    from vibekit.core.media import Media, MediaPlan
    from vibekit.stages.annotate.known import Known
    from vibekit.stages.annotate.plan import Call
    from vibekit.stages.annotate.spend import Spend
    from vibekit.stages.annotate.stop import Stop

LOST = ("network", "timeout")
"""Failures after which nobody knows whether the request was answered, and billed."""
PATIENCE = 2.0
"""An annotator that is this many times over its own time limit has forgotten it."""


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
        limiter: Says when a request may be sent.
        stop: Set when nothing new may be asked.
        timeout_s: The annotator's own limit for one request.
        known: Replies of other runs.
        seed: Of the jitter.

    Attributes:
        latencies_s: Of every reply, seconds.
    """

    def __init__(
        self,
        annotator: Annotator,
        *,
        spend: Spend,
        backoff: Backoff,
        limiter: Limiter,
        stop: Stop,
        timeout_s: float,
        known: Known,
        seed: int = 0,
    ) -> None:
        self._annotator = annotator
        self._spend = spend
        self._backoff = backoff
        self._limiter = limiter
        self._known = known
        self._stop = stop
        self._timeout_s = timeout_s
        self._random = Random(seed)
        self._silence = Silence()
        self.latencies_s = array("f")

    async def attach(self, stack: AsyncExitStack, media: Media) -> Any:  # noqa: ANN401 - what the annotator yields
        """Make media ready, asking again as long as it is worth it.

        Raises:
            ItemError: Final for this video.
            Unfinished: The run is stopping.
        """
        failures: dict[str, int] = {}
        while True:
            try:
                with _own_failures():
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
        starts = [self._start(call, sample) for sample in range(samples)]
        outcomes = [outcome for outcome, _ in starts]
        left = sum(bool(names) for _, names in starts)
        tasks = [
            asyncio.ensure_future(self._ask(call, attached, start, sample=i, samples=left, begun=begun))
            for i, start in enumerate(starts)
        ]
        try:
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        except asyncio.CancelledError as error:
            raise Broken(so_far(call, outcomes, tasks), error) from None
        for one in ended:
            if isinstance(one, BaseException) and not isinstance(one, Unfinished):
                raise Broken(so_far(call, outcomes, tasks), one)
        finished = [one for one in ended if isinstance(one, Outcome)]
        if not finished or (not begun.yes and len(finished) < samples):
            raise Unfinished
        return finished

    def _start(self, call: Call, sample: int) -> tuple[Outcome, frozenset[str]]:
        """Return what a sample has come to before, in this run or another, and what it still has to ask."""
        begun = call.begun.get(sample)
        if begun is None:
            outcome, names = Outcome(), frozenset(a.name for a in call.attributes)
        else:
            outcome, names = replace(begun.outcome, answers=dict(begun.outcome.answers)), begun.open
        if names and self._known.take(call, call.question(names, sample=sample), outcome):
            names = frozenset()
        return outcome, names

    async def _ask(
        self,
        call: Call,
        attached: Any,  # noqa: ANN401
        start: tuple[Outcome, frozenset[str]],
        *,
        sample: int,
        samples: int,
        begun: Begun,
    ) -> Outcome:
        outcome, names = start
        before = outcome.attempts
        failures: dict[str, int] = {}
        while names:
            question = call.question(names, sample=sample)
            again = outcome.attempts > before
            if again and self._known.take(call, question, outcome):
                return outcome
            try:
                reply = await self._once(question, attached, call.plan, outcome, begun, samples, again=again)
                answers = checked(reply.answers, question)
                outcome.answers.update(answers)
                self._known.keep(call, question, answers, reply)
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
                    return stopped(outcome, names)
            except ItemError as error:
                # an unusable answer that was asked for often enough keeps its own status
                return outcome if names <= outcome.answers.keys() else outcome.fail(names, error.message)
            except Unfinished:
                if not begun.yes:
                    raise
                return stopped(outcome, names)
        return outcome

    async def _once(
        self,
        question: Question,
        attached: Any,  # noqa: ANN401
        plan: MediaPlan | None,
        outcome: Outcome,
        begun: Begun,
        samples: int,
        *,
        again: bool,
    ) -> Reply:
        """Send one request inside the limits, and add what it used to the outcome."""
        assert plan is not None
        expected = self._annotator.estimate(question, plan)
        estimate = expected.cost_usd
        try:
            ticket = await self._limiter.enter(expected.usage.prompt, must=lambda: begun.yes and not again)
        except Stopped:
            raise Unfinished from None
        try:
            promised = self._promise(estimate, begun, samples, again=again)
        except Unfinished:
            self._limiter.leave(ticket, answered=False)
            raise
        started = time.monotonic()
        self._spend.requests += 1
        outcome.attempts += 1
        try:
            reply = await self._reply(question, attached)
        except BaseException as error:
            self._failed(error, ticket)
            if not isinstance(error, TransientError) or error.kind not in LOST:
                self._spend.settle(promised, estimate_usd=estimate, actual_usd=0.0)
            raise
        finally:
            outcome.latency_s = time.monotonic() - started
        self._silence.replied()
        self._limiter.leave(ticket, answered=True, tokens=reply.usage.prompt or None)
        self._spend.settle(promised, estimate_usd=estimate, actual_usd=reply.cost_usd)
        self.latencies_s.append(outcome.latency_s)
        self._spend.usage += reply.usage
        self._spend.expected += expected.usage
        outcome.usage += reply.usage
        outcome.cost_usd += reply.cost_usd
        return reply

    def _failed(self, error: BaseException, ticket: Ticket) -> None:
        """Tell the limiter about a request without a reply."""
        if isinstance(error, TransientError) and error.kind in REFUSALS:
            self._limiter.refused(
                ticket, retry_after_s=error.retry_after_s, quota=error.quota, quota_value=error.quota_value
            )
        else:
            self._limiter.leave(ticket, answered=False)

    def _promise(self, estimate: float, begun: Begun, samples: int, *, again: bool) -> float:
        """Set money aside: for all samples at once when a call begins, so that none is paid for in vain."""
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
        try:
            async with asyncio.timeout(PATIENCE * self._timeout_s):
                with _own_failures():
                    reply = await self._annotator.ask(question, attached)
        except TimeoutError:
            raise TransientError("timeout", f"no answer within {PATIENCE * self._timeout_s:g} s") from None
        if not (isfinite(reply.cost_usd) and reply.cost_usd >= 0):
            raise ItemError(f"the annotator says that its answer cost {reply.cost_usd} USD")
        return reply

    async def _wait(self, error: TransientError, failures: dict[str, int]) -> None:
        """Sleep until it is time to ask again; raises ItemError when it never is."""
        failures[error.kind] = failures.get(error.kind, 0) + 1
        delay = self._backoff.delay_s(failures, kind=error.kind, random=self._random, retry_after_s=error.retry_after_s)
        if delay is None:
            self._silence.given_up(error)
            raise ItemError(f"gave up after {sum(failures.values())} tries: {error.message}")
        if delay and not await self._stop.within(delay):
            return
        if self._stop.is_set():
            raise Unfinished


@contextmanager
def _own_failures() -> Iterator[None]:
    """Make what an annotator raises against its promise this video's failure, not the run's."""
    try:
        yield
    except (TransientError, ItemError, VibekitError, TimeoutError):
        raise
    except (TypeError, AttributeError, AssertionError, NameError):
        raise
    except Exception as error:
        raise ItemError(f"the annotator failed: {type(error).__name__}: {error}") from error
