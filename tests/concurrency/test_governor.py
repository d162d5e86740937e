from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.simulated_service import Result, Service, simulate
from vibekit.concurrency.governor import FIRST_LEVEL, Governor
from vibekit.concurrency.window import Window

SEEDS = [1, 2, 3]


def most_in_a_minute(at: list[float], span_s: float = 60.0) -> int:
    first, most = 0, 0
    for last, time in enumerate(at):
        while time - at[first] >= span_s:
            first += 1
        most = max(most, last - first + 1)
    return most


def refused_share(result: Result) -> float:
    return result.refused / result.requests


@pytest.mark.parametrize("seed", SEEDS)
def test_a_service_without_limits_is_used_to_the_cap_soon(seed: int) -> None:
    governor = Governor(64)
    result = simulate(governor, Service(random=Random(seed)), calls=10_000)
    assert governor.level == 64
    assert result.most == 64
    assert result.wall_s <= 1.06 * result.busy_s / 64


def test_it_begins_modestly_and_never_passes_the_cap() -> None:
    assert Governor(64).level == FIRST_LEVEL
    assert Governor(3).level == 3
    assert simulate(Governor(3), Service(), calls=200).most == 3


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("says_value", [True, False])
@pytest.mark.parametrize("says_pause", [True, False])
def test_requests_a_minute_are_found_out_and_made_use_of(seed: int, says_value: bool, says_pause: bool) -> None:
    service = Service(rpm=600, says_value=says_value, says_pause=says_pause, random=Random(seed))
    result = simulate(Governor(64), service, calls=2400)
    assert 2400 / (result.wall_s / 60) >= 0.9 * 600
    assert refused_share(result) <= 0.03


@pytest.mark.parametrize("burst", [10, 100, 600])
def test_a_service_that_refills_a_bucket_is_paced(burst: int) -> None:
    result = simulate(Governor(64), Service(rpm=600, bucket=True, burst=burst), calls=2400)
    assert 2400 / (result.wall_s / 60) >= 0.75 * 600
    assert refused_share(result) <= 0.03


def test_the_users_own_limit_is_never_passed() -> None:
    result = simulate(Governor(64, rpm=600), Service(), calls=2400)
    assert most_in_a_minute(result.accepted_at) <= 600
    assert 2400 / (result.wall_s / 60) >= 0.9 * 600


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cap", [64, 256])
def test_calls_in_flight_settle_at_what_the_service_bears(seed: int, cap: int) -> None:
    result = simulate(Governor(cap), Service(capacity=24, random=Random(seed)), calls=2000)
    assert result.busy_s / result.wall_s >= 0.85 * 24
    assert refused_share(result) <= 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_stray_refusals_are_not_taken_for_a_limit(seed: int) -> None:
    result = simulate(Governor(64), Service(stray=0.045, random=Random(seed)), calls=3000)
    assert result.busy_s / result.wall_s >= 0.75 * 64


def test_many_refusals_halve_the_level_once_for_each_round() -> None:
    governor = Governor(64)
    governor.level = 40.0
    tickets = [governor.begin(0.0, 1.0) for _ in range(40)]
    for ticket in tickets:
        governor.refuse(ticket, 1.1)
    assert governor.level == pytest.approx(20.0, abs=2.0)
    assert governor.cuts == 1


def test_a_pause_that_is_asked_for_holds_for_everybody() -> None:
    governor = Governor(64)
    tickets = [governor.begin(0.0, 1.0) for _ in range(8)]
    for ticket in tickets:
        governor.refuse(ticket, 1.5, retry_after_s=30.0)
    assert governor.wait_s(0.0, 2.0) == pytest.approx(29.5)


@pytest.mark.parametrize("seed", SEEDS)
def test_more_calls_in_flight_that_only_wait_longer_are_given_up(seed: int) -> None:
    result = simulate(Governor(64), Service(width=16, random=Random(seed)), calls=3000)
    assert result.busy_s / result.wall_s <= 45


def test_tokens_a_minute_count_as_they_were_used() -> None:
    governor = Governor(64, tpm=1000)
    ticket = governor.begin(900.0, 0.0)
    assert governor.wait_s(200.0, 1.0) == pytest.approx(60.0)
    governor.end(ticket, 2.0, answered=True, tokens=500)
    assert governor.wait_s(200.0, 2.0) == 0.0


def test_what_is_larger_than_the_whole_limit_goes_alone() -> None:
    window = Window(own=100.0)
    assert window.wait_s(500.0, 0.0) == 0.0
    window.begin(500.0, 0.0)
    assert window.wait_s(1.0, 10.0) == pytest.approx(51.0)


@settings(max_examples=60)
@given(
    limit=st.integers(1, 50),
    amounts=st.lists(st.floats(0.1, 20.0), min_size=1, max_size=120),
    gaps=st.lists(st.floats(0.0, 20.0), min_size=1, max_size=20),
)
def test_no_minute_holds_more_than_its_limit(limit: int, amounts: list[float], gaps: list[float]) -> None:
    window, now = Window(own=float(limit)), 0.0
    begun: list[tuple[float, float]] = []
    for i, amount in enumerate(amounts):
        now += gaps[i % len(gaps)]
        now += window.wait_s(amount, now)
        assert window.wait_s(amount, now) <= 1e-6
        window.begin(amount, now)
        begun.append((now, amount))
    for start, _ in begun:
        inside = [a for t, a in begun if start <= t < start + 60.0]
        assert sum(inside) <= limit + 1e-6 or len(inside) == 1


def test_a_limit_of_nothing_is_tried_once_a_minute() -> None:
    window = Window()
    for said in (100.0, 100.0, 0.0):
        window.begin(1.0, 0.0)
        window.learn(said, 0.0)
    assert window.paced
    assert 0 < window.wait_s(1.0, 0.0) <= 2 * window.span_s
    assert window.wait_s(1.0, 2 * window.span_s) == 0
