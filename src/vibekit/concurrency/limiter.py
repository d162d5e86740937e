"""Lets calls go one after the other, as many and as fast as a ``Governor`` says; one event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from vibekit.concurrency.governor import Governor, Ticket


AT_THE_END_S = 5.0
"""Longest pause that is waited out for calls that must go on when everything stops, seconds."""


class Stopped(Exception):  # noqa: N818 - a signal, not an error
    """No further call may go."""


def _never() -> bool:
    return False


class Limiter:
    """One queue for all calls of a run, first come first served.

    Args:
        governor: Says how many and how fast.

    Attributes:
        governor: The same.
        busy_s: Seconds in flight over all calls, for the mean number in flight.
    """

    def __init__(self, governor: Governor) -> None:
        self.governor = governor
        self.busy_s = 0.0
        self._waiting: deque[tuple[float, asyncio.Future[Ticket], Callable[[], bool]]] = deque()
        self._stopped = False
        self._timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Send everybody away who waits, and everybody who comes, except for those who must go on, and may soon."""
        self._stopped = True
        for _, turn, must in self._waiting:
            if not turn.done() and not must():
                turn.set_exception(Stopped())
        self._serve()

    async def enter(self, tokens: float = 0.0, *, must: Callable[[], bool] = _never) -> Ticket:
        """Wait until a call may go; every ticket must be given back by ``leave`` or ``refused``.

        Args:
            tokens: Input tokens that the call is expected to use.
            must: Says whether the call is to be made also when everything stops; asked at that time.

        Raises:
            Stopped: It may not go any more.
        """
        if self._stopped and not must():
            raise Stopped
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Ticket] = loop.create_future()
        self._waiting.append((tokens, turn, must))
        self._serve()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                # served and cancelled in the same step: the place goes back
                self.leave(turn.result(), answered=False)
            raise

    def leave(self, ticket: Ticket, *, answered: bool, tokens: float | None = None) -> None:
        """Say that a call has ended.

        Args:
            ticket: From ``enter``.
            answered: The service answered it; else it failed in a way that says nothing about limits.
            tokens: Input tokens that it did use; None when unknown.
        """
        now = self._ended(ticket)
        self.governor.end(ticket, now, answered=answered, tokens=tokens)
        self._serve()

    def refused(
        self, ticket: Ticket, *, retry_after_s: float | None = None, quota: str = "", quota_value: float | None = None
    ) -> None:
        """Say that the service refused a call because there was too much; see ``Governor.refuse``."""
        now = self._ended(ticket)
        self.governor.refuse(ticket, now, retry_after_s=retry_after_s, quota=quota, quota_value=quota_value)
        self._serve()

    def _ended(self, ticket: Ticket) -> float:
        now = asyncio.get_running_loop().time()
        self.busy_s += now - ticket.at
        return now

    def _serve(self) -> None:
        """Let go as many as may; look again when time alone holds the next one back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        while self._waiting:
            tokens, turn, _ = self._waiting[0]
            if turn.done():
                self._waiting.popleft()
                continue
            wait = self.governor.wait_s(tokens, loop.time())
            if wait is None:
                return
            if wait > AT_THE_END_S and self._stopped:
                turn.set_exception(Stopped())
                continue
            if wait > 0:
                self._timer = loop.call_later(wait, self._serve)
                return
            self._waiting.popleft()
            turn.set_result(self.governor.begin(tokens, loop.time()))
