"""The moment from which nothing new is asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from vibekit.concurrency.limiter import Limiter
    from vibekit.stages.annotate.plan import Call


class Stop:
    """Nothing new may be asked, from the moment that it is set; who waits for his turn is sent away.

    Args:
        limiter: Where they wait.
    """

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._event = asyncio.Event()

    def set(self) -> None:
        """Stop."""
        self._event.set()
        self._limiter.stop()

    def is_set(self) -> bool:
        """Say whether it stops."""
        return self._event.is_set()

    async def wait(self) -> None:
        """Wait until it stops."""
        await self._event.wait()

    async def within(self, seconds: float) -> bool:
        """Wait so long, or until it stops; say whether it does."""
        try:
            await asyncio.wait_for(self._event.wait(), timeout=seconds)
        except TimeoutError:
            return False
        return True


async def until(stop: Stop, calls: AsyncIterator[list[Call]]) -> AsyncGenerator[list[Call]]:
    """Pass calls on until it stops, also while the next one is not there yet."""
    stopped = asyncio.ensure_future(stop.wait())
    coming: asyncio.Task[list[Call] | None] | None = None
    try:
        while not stop.is_set():
            coming = asyncio.ensure_future(_next(calls))
            # most are there already: then nobody waits for two things
            await asyncio.sleep(0)
            if not coming.done():
                await asyncio.wait((coming, stopped), return_when=asyncio.FIRST_COMPLETED)
            group = coming.result() if coming.done() else None
            if group is None:
                return
            yield group
    finally:
        stopped.cancel()
        if coming is not None and not coming.done():
            # whoever closes the calls must not find them running
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


async def _next(calls: AsyncIterator[list[Call]]) -> list[Call] | None:
    return await anext(calls, None)
