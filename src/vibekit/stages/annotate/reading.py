"""Reads files in a thread of its own, a bounded way ahead of whoever asks about them."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from vibekit.core.video import Video

CHUNK = 32
"""Files that are handed over at once at most: a hand-over wakes the other thread."""
CHUNK_S = 0.02
"""A chunk is handed over after so long, full or not."""
CHUNKS_AHEAD = 16


class Reading:
    """Files as they are read, for one event loop.

    Args:
        files: Blocks while it reads; used in the other thread only.
    """

    def __init__(self, files: Iterator[Video]) -> None:
        self._files = files
        self._room = threading.Semaphore(CHUNKS_AHEAD)
        self._stopping = threading.Event()
        self._ready: asyncio.Queue[list[Video] | BaseException | None] = asyncio.Queue()
        self._thread: threading.Thread | None = None

    async def chunks(self) -> AsyncIterator[list[Video]]:
        """Yield files in order, some at a time.

        Raises:
            Exception: What reading raised.
        """
        loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._read, args=(loop,), name="reading", daemon=True)
        self._thread.start()
        while True:
            chunk = await self._ready.get()
            if isinstance(chunk, BaseException):
                raise chunk
            if chunk is None:
                return
            self._room.release()
            yield chunk

    def stop(self) -> None:
        """Read no further; returns at once."""
        self._stopping.set()
        self._room.release()

    def join(self) -> None:
        """Wait until the thread has let go of everything; ``stop`` comes first, and what it waits for is gone."""
        if self._thread is not None:
            self._thread.join()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            for chunk in self._chunked():
                self._room.acquire()
                if self._stopping.is_set():
                    return
                loop.call_soon_threadsafe(self._ready.put_nowait, chunk)
            loop.call_soon_threadsafe(self._ready.put_nowait, None)
        except BaseException as error:  # noqa: BLE001 - the end of a thread: whoever asks is told
            if not self._stopping.is_set():
                self._tell(loop, error)

    def _tell(self, loop: asyncio.AbstractEventLoop, error: BaseException) -> None:
        try:
            loop.call_soon_threadsafe(self._ready.put_nowait, error)
        except RuntimeError:
            # the loop is closed: nobody asks any more
            return

    def _chunked(self) -> Iterator[list[Video]]:
        chunk: list[Video] = []
        due = time.monotonic() + CHUNK_S
        for video in self._files:
            chunk.append(video)
            if len(chunk) >= CHUNK or time.monotonic() >= due or self._stopping.is_set():
                yield chunk
                chunk, due = [], time.monotonic() + CHUNK_S
        if chunk:
            yield chunk
