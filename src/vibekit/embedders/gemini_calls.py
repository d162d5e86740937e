"""Calls to the embedding service from any thread: one event loop, one limiter, and as many tries as are worth it."""

from __future__ import annotations

import asyncio
import threading
import weakref
from random import Random
from typing import TYPE_CHECKING

from vibekit.concurrency.governor import Governor
from vibekit.concurrency.limiter import Limiter
from vibekit.concurrency.retry import REFUSALS, Backoff
from vibekit.embedders.base import EmbedError
from vibekit.errors import ItemError, TransientError
from vibekit.gemini.client import GeminiClient

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from vibekit.gemini.connection import Connection
    from vibekit.gemini.embedding import Embedded, EmbedRequest


class GeminiCalls:
    """Asks for vectors; may be used by many threads at once.

    Args:
        connection: Where, and for how long at most.
        at_once: Calls in flight at most; the service's own limits are found out below that.
        tries: Requests for one vector at most; refusals for there being too much count apart.
        seed: Of the jitter between tries.

    Raises:
        SetupError: No key, or no usable address.
    """

    def __init__(self, connection: Connection, *, at_once: int, tries: int, seed: int = 0) -> None:
        client = GeminiClient(connection)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="vibekit-gemini", daemon=True)
        thread.start()
        self._client, self._loop = client, loop
        self._limiter = Limiter(Governor(cap=at_once))
        self._backoff, self._random = Backoff(tries=tries), Random(seed)
        self.close = weakref.finalize(self, _let_go, client, loop, thread)
        """Let go of connections and the thread; also called at the end of the process."""

    def embed(self, request: EmbedRequest) -> Embedded:
        """Ask until there is an answer or asking again is not worth it; blocks the calling thread.

        Raises:
            EmbedError: The service refuses this one, or all tries failed.
            SetupError: The key is wrong.
            ServiceError: The service refuses every request of this run.
        """
        return asyncio.run_coroutine_threadsafe(self._embed(request), self._loop).result()

    async def _embed(self, request: EmbedRequest) -> Embedded:
        failures: dict[str, int] = {}
        while True:
            try:
                return await self._once(request)
            except ItemError as error:
                raise EmbedError(error.message) from error
            except TransientError as error:
                failures[error.kind] = failures.get(error.kind, 0) + 1
                delay = self._backoff.delay_s(
                    failures, kind=error.kind, random=self._random, retry_after_s=error.retry_after_s
                )
                if delay is None:
                    raise EmbedError(f"gave up after {sum(failures.values())} tries: {error.message}") from error
            await asyncio.sleep(delay)

    async def _once(self, request: EmbedRequest) -> Embedded:
        """Send one request inside the limits."""
        ticket = await self._limiter.enter()
        try:
            answer = await self._client.embed(request)
        except TransientError as error:
            if error.kind in REFUSALS:
                self._limiter.refused(
                    ticket, retry_after_s=error.retry_after_s, quota=error.quota, quota_value=error.quota_value
                )
            else:
                self._limiter.leave(ticket, answered=False)
            raise
        except BaseException:
            self._limiter.leave(ticket, answered=False)
            raise
        self._limiter.leave(ticket, answered=True, tokens=answer.tokens or None)
        return answer


def _let_go(client: GeminiClient, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    if not thread.is_alive():
        return
    closing: Coroutine[None, None, None] = client.aclose()
    asyncio.run_coroutine_threadsafe(closing, loop).result(timeout=5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=5)
    loop.close()
