from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.concurrency.retry import LADDERS, LONGEST_WAIT_S, Backoff


@given(kind=st.sampled_from([*LADDERS, "else"]), count=st.integers(1, 50), seed=st.integers(0, 2**32))
def test_delays_are_within_the_ladder(kind: str, count: int, seed: int) -> None:
    delay = Backoff().delay_s({kind: count}, kind=kind, random=Random(seed))
    assert delay is None or 0 <= delay <= 60


def test_the_same_seed_gives_the_same_delays() -> None:
    first, second = (
        [Backoff().delay_s({"server": n}, kind="server", random=Random(7)) for n in (1, 2, 3)] for _ in range(2)
    )
    assert first == second


def test_delays_grow_with_the_failures() -> None:
    def mean(count: int) -> float:
        delays = [Backoff().delay_s({"server": count}, kind="server", random=Random(seed)) for seed in range(200)]
        return sum(d for d in delays if d is not None) / 200

    assert mean(1) < mean(2) < mean(4)


def test_what_the_service_asks_for_is_a_lower_bound() -> None:
    for seed in range(50):
        delay = Backoff().delay_s({"rate_limit": 1}, kind="rate_limit", random=Random(seed), retry_after_s=20.0)
        assert delay is not None
        assert 20.0 <= delay <= 22.0


def test_a_wait_that_is_too_long_is_given_up() -> None:
    wait = LONGEST_WAIT_S + 1
    assert Backoff().delay_s({"rate_limit": 1}, kind="rate_limit", random=Random(0), retry_after_s=wait) is None


@pytest.mark.parametrize("kind", [*LADDERS, "else"])
def test_every_kind_ends(kind: str) -> None:
    tries = next(n for n in range(1, 100) if Backoff().delay_s({kind: n}, kind=kind, random=Random(0)) is None)
    assert tries <= 20


def test_mixed_kinds_share_one_cap() -> None:
    failures = {"server": 4, "network": 5, "timeout": 3}
    assert Backoff().delay_s(failures, kind="network", random=Random(0)) is None


def test_being_refused_for_there_being_too_much_does_not_use_up_a_rows_tries() -> None:
    failures = {"server": 2, "network": 1, "overload": 3, "rate_limit": 9}
    assert Backoff(tries=4).delay_s(failures, kind="rate_limit", random=Random(0)) is not None
    assert Backoff(tries=4).delay_s(failures, kind="server", random=Random(0)) is not None
    assert Backoff(tries=3).delay_s(failures, kind="server", random=Random(0)) is None
