"""A limit on what is held at once, in bytes and in number, first come first served."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(slots=True)
class Budget:
    """Bounds payloads by bytes and by number; one event loop.

    A payload larger than the whole budget is let through when nothing else is held. Waiters are served in order: a
    large one is not overtaken by small ones for ever.

    Args:
        max_bytes: Bytes held at once.
        max_items: Payloads held at once.
    """

    max_bytes: int
    max_items: int
    held_bytes: int = field(default=0, init=False)
    held_items: int = field(default=0, init=False)
    _waiters: deque[tuple[int, asyncio.Future[None]]] = field(default_factory=deque, init=False)

    def __post_init__(self) -> None:
        if self.max_bytes < 1 or self.max_items < 1:
            raise ValueError("a budget holds at least one byte and one item")

    @asynccontextmanager
    async def hold(self, nbytes: int) -> AsyncIterator[None]:
        """Wait until ``nbytes`` fit, and hold them inside the block."""
        await self._acquire(nbytes)
        try:
            yield
        finally:
            self._release(nbytes)

    def _fits(self, nbytes: int) -> bool:
        if self.held_items == 0:
            return True
        return self.held_items < self.max_items and self.held_bytes + nbytes <= self.max_bytes

    def _take(self, nbytes: int) -> None:
        self.held_bytes += nbytes
        self.held_items += 1

    def _release(self, nbytes: int) -> None:
        self.held_bytes -= nbytes
        self.held_items -= 1
        self._serve()

    async def _acquire(self, nbytes: int) -> None:
        if not self._waiters and self._fits(nbytes):
            self._take(nbytes)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiters.append((nbytes, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # Served and cancelled in the same step: the share goes back.
                self._release(nbytes)
            else:
                self._serve()
            raise

    def _serve(self) -> None:
        """Let the first waiters in, as far as they fit; those that were cancelled are dropped."""
        while self._waiters:
            nbytes, turn = self._waiters[0]
            if turn.done():
                self._waiters.popleft()
            elif self._fits(nbytes):
                self._waiters.popleft()
                self._take(nbytes)
                turn.set_result(None)
            else:
                return
