"""A sample is the same for the same seed, holds every label, and a larger one holds the smaller."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vibekit.stages.consistency.draw import OF_EACH, draw, draw_with_every_label, size_of

NAMES = [f"{n:032x}" for n in range(400)]


def test_a_draw_depends_on_the_seed_and_on_nothing_else() -> None:
    one = draw(NAMES, 20, seed=3)
    assert one == draw(reversed(NAMES), 20, seed=3)
    assert set(one) != set(draw(NAMES, 20, seed=4))
    assert set(one) <= set(draw(NAMES, 40, seed=3))


def test_a_draw_is_even() -> None:
    hits = [sum(name in NAMES[:200] for name in draw(NAMES, 100, seed=seed)) for seed in range(20)]
    assert 900 < sum(hits) < 1100


def test_every_label_is_there_and_the_blind_part_stays_blind() -> None:
    strata: dict[object, list[str]] = {"true": NAMES[:5], "false": NAMES[5:], "abstain": NAMES[398:]}
    drawn = draw_with_every_label(NAMES, 20, strata=strata, seed=0)
    assert drawn.random == draw(NAMES, 20, seed=0)
    there = {*drawn.random, *drawn.added}
    assert len(there & set(strata["true"])) >= OF_EACH
    assert set(strata["abstain"]) <= there
    assert len(there) == len(drawn.random) + len(drawn.added)


def test_a_limit_holds_for_what_is_added_too() -> None:
    strata: dict[object, list[str]] = {"rare": NAMES[:5]}
    assert len(draw_with_every_label(NAMES, 10, strata=strata, seed=0, limit=10).added) == 0
    assert len(draw_with_every_label(NAMES, 10, strata=strata, seed=0, limit=11).added) <= 1


@given(n=st.integers(1, 1000), share=st.floats(0.001, 1))
def test_a_share_is_at_least_one_and_at_most_all(n: int, share: float) -> None:
    assert 1 <= size_of(n, share=share, limit=None, default=50) <= n


def test_sizes() -> None:
    assert size_of(1000, share=0.02, limit=None, default=50) == 20
    assert size_of(1000, share=0.02, limit=5, default=50) == 5
    assert size_of(1000, share=None, limit=700, default=50) == 700
    assert size_of(1000, share=None, limit=None, default=50) == 50
    assert size_of(30, share=None, limit=None, default=50) == 30
    assert size_of(100, share=0.29, limit=None, default=50) == 29
