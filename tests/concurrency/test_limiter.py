from __future__ import annotations

import asyncio

import pytest

from vibekit.concurrency.governor import FIRST_LEVEL, Governor
from vibekit.concurrency.limiter import Limiter, Stopped


def test_no_more_are_in_flight_than_the_level_and_all_have_their_turn_in_order() -> None:
    async def main() -> tuple[list[int], int]:
        limiter = Limiter(Governor(3))
        order: list[int] = []
        most = now = 0

        async def one(n: int) -> None:
            nonlocal most, now
            ticket = await limiter.enter()
            order.append(n)
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1
            limiter.leave(ticket, answered=True)

        await asyncio.gather(*(one(n) for n in range(50)))
        assert limiter.governor.in_flight == 0
        return order, most

    order, most = asyncio.run(main())
    assert order == list(range(50))
    assert most == 3


def test_who_is_cancelled_while_he_waits_takes_no_place() -> None:
    async def main() -> None:
        limiter = Limiter(Governor(1))
        first = await limiter.enter()
        waiting = [asyncio.create_task(limiter.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        limiter.leave(first, answered=True)
        # served and cancelled in the same step
        waiting[1].cancel()
        await asyncio.gather(*waiting[:2], return_exceptions=True)
        limiter.leave(await waiting[2], answered=True)
        assert limiter.governor.in_flight == 0

    asyncio.run(main())


def test_stopping_sends_away_who_waits_except_who_must_go_on() -> None:
    async def main() -> None:
        limiter = Limiter(Governor(1))
        first = await limiter.enter()
        away = asyncio.create_task(limiter.enter())
        must = asyncio.create_task(limiter.enter(must=lambda: True))
        await asyncio.sleep(0)
        limiter.stop()
        with pytest.raises(Stopped):
            await away
        with pytest.raises(Stopped):
            await limiter.enter()
        limiter.leave(first, answered=True)
        limiter.leave(await must, answered=True)

    asyncio.run(main())


def test_a_pause_that_the_service_asks_for_ends_by_itself() -> None:
    async def main() -> None:
        limiter = Limiter(Governor(64))
        tickets = [await limiter.enter() for _ in range(FIRST_LEVEL)]
        for ticket in tickets:
            limiter.refused(ticket, retry_after_s=0.05)
        began = asyncio.get_running_loop().time()
        limiter.leave(await limiter.enter(), answered=True)
        assert asyncio.get_running_loop().time() - began >= 0.045
        assert limiter.governor.refusals == FIRST_LEVEL

    asyncio.run(main())


def test_nobody_waits_out_a_long_pause_when_everything_stops() -> None:
    async def main() -> None:
        limiter = Limiter(Governor(16))
        for ticket in [await limiter.enter() for _ in range(8)]:
            limiter.refused(ticket, retry_after_s=600.0)
        waiting = asyncio.create_task(limiter.enter(must=lambda: True))
        await asyncio.sleep(0)
        limiter.stop()
        with pytest.raises(Stopped):
            await asyncio.wait_for(waiting, timeout=5.0)

    asyncio.run(main())
