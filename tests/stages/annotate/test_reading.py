from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vibekit.core.video import Video
from vibekit.stages.annotate.reading import CHUNK, CHUNKS_AHEAD, Reading


def video(n: int) -> Video:
    return Video(path=Path(f"{n}.mp4"), video_id=f"{n:032x}", order=n)


async def read_all(reading: Reading) -> list[int]:
    return [v.order async for chunk in reading.chunks() for v in chunk]


def test_files_come_in_order_and_all() -> None:
    reading = Reading(video(n) for n in range(1000))
    assert asyncio.run(read_all(reading)) == list(range(1000))
    reading.join()


def test_the_first_files_are_there_while_later_ones_are_still_read() -> None:
    go_on = threading.Event()

    def files() -> Iterator[Video]:
        yield from (video(n) for n in range(CHUNK))
        go_on.wait(30)
        yield video(CHUNK)

    async def main() -> list[int]:
        seen = []
        async for chunk in Reading(files()).chunks():
            seen += [v.order for v in chunk]
            go_on.set()
        return seen

    assert asyncio.run(main()) == list(range(CHUNK + 1))


def test_reading_stays_a_bounded_way_ahead() -> None:
    read = 0

    def files() -> Iterator[Video]:
        nonlocal read
        for n in range(100 * CHUNK):
            read += 1
            yield video(n)

    async def main() -> int:
        reading = Reading(files())
        async for _ in reading.chunks():
            await asyncio.sleep(0.2)
            break
        ahead = read
        reading.stop()
        reading.join()
        return ahead

    assert asyncio.run(main()) <= (CHUNKS_AHEAD + 3) * CHUNK


def test_what_reading_raises_reaches_who_asks() -> None:
    def files() -> Iterator[Video]:
        yield video(0)
        raise OSError("the disk is full")

    reading = Reading(files())
    with pytest.raises(OSError, match="the disk is full"):
        asyncio.run(read_all(reading))
    reading.join()
