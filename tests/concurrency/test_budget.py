import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vibekit.concurrency.budget import Budget


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(0, 150), max_size=40), cancel=st.sets(st.integers(0, 39)))
def test_bounds_hold_and_everything_is_given_back(sizes: list[int], cancel: set[int]) -> None:
    budget = Budget(max_bytes=100, max_items=4)

    async def one(size: int) -> None:
        async with budget.hold(size):
            assert budget.held_items <= 4
            assert budget.held_bytes <= 100 or budget.held_items == 1
            await asyncio.sleep(0)

    async def main() -> None:
        tasks = [asyncio.create_task(one(size)) for size in sizes]
        await asyncio.sleep(0)
        for index, task in enumerate(tasks):
            if index in cancel:
                task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert result is None or isinstance(result, asyncio.CancelledError)

    asyncio.run(main())
    assert (budget.held_bytes, budget.held_items) == (0, 0)


def test_a_large_payload_goes_alone_and_is_not_overtaken() -> None:
    async def main() -> list[str]:
        budget, order = Budget(max_bytes=100, max_items=10), []
        release = asyncio.Event()

        async def hold(name: str, size: int) -> None:
            async with budget.hold(size):
                order.append(name)
                await release.wait()

        tasks = [asyncio.create_task(hold(n, s)) for n, s in (("a", 60), ("large", 500), ("b", 10))]
        await _settle()
        assert order == ["a"]
        release.set()
        await asyncio.gather(*tasks)
        return order

    assert asyncio.run(main()) == ["a", "large", "b"]


def test_number_is_bounded_too() -> None:
    async def main() -> None:
        budget = Budget(max_bytes=1000, max_items=2)
        async with budget.hold(0), budget.hold(0):
            third = asyncio.create_task(budget.hold(0).__aenter__())
            await _settle()
            assert not third.done()
            third.cancel()
            await asyncio.gather(third, return_exceptions=True)
        assert budget.held_items == 0

    asyncio.run(main())


def test_a_cancelled_head_lets_the_next_in() -> None:
    async def main() -> None:
        budget = Budget(max_bytes=100, max_items=10)
        async with budget.hold(50):
            large = asyncio.create_task(budget.hold(90).__aenter__())
            await _settle()
            small = asyncio.create_task(budget.hold(10).__aenter__())
            await _settle()
            assert not small.done()
            large.cancel()
            await asyncio.gather(large, return_exceptions=True)
            await asyncio.wait_for(small, 5)

    asyncio.run(main())


def test_an_empty_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        Budget(max_bytes=0, max_items=1)
