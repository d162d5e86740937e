"""The chance that is written down is the chance that a video had: over many draws it is picked so often."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vibekit.core.golden import Split
from vibekit.core.sampling import Allocation
from vibekit.stages.golden.allocate import allocate
from vibekit.stages.golden.draw import chance_of, chances_by_size, draw_by_chance, draw_stratum, split_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAWS = 2000
KEYS = [f"v{n}" for n in range(30)]


def _all(keys: Sequence[str]) -> list[bool]:
    return [True] * len(keys)


def _most_off(picked: Counter[str], chances: dict[str, float]) -> float:
    """Return the largest distance between frequency and chance, in standard deviations."""
    sd = {key: math.sqrt(max(p * (1 - p), 1e-9) / DRAWS) for key, p in chances.items()}
    return max(abs(picked[key] / DRAWS - p) / sd[key] for key, p in chances.items())


def test_random_draws_pick_each_so_often_as_its_chance_says() -> None:
    picked: Counter[str] = Counter()
    for seed in range(DRAWS):
        drawn = draw_stratum(KEYS, 7, seed=seed, usable=_all)
        assert (len(drawn.keys), drawn.probability) == (7, 7 / 30)
        picked.update(drawn.keys)
    assert _most_off(picked, dict.fromkeys(KEYS, 7 / 30)) < 4.5


def test_draws_by_size_pick_each_so_often_as_its_chance_says() -> None:
    chances = dict(zip(KEYS, chances_by_size([n**2 for n in range(30)], 9), strict=True))
    assert math.isclose(sum(chances.values()), 9)
    assert chances["v0"] > 0
    picked: Counter[str] = Counter()
    for seed in range(DRAWS):
        drawn = draw_by_chance(KEYS, list(chances.values()), seed=seed)
        assert len(drawn) == len(set(drawn)) == 9
        picked.update(drawn)
    assert _most_off(picked, chances) < 4.5
    assert all(picked[key] == DRAWS for key, chance in chances.items() if chance == 1)


def test_weighted_shares_are_unbiased_where_plain_ones_are_not() -> None:
    positive = {key: n >= 24 for n, key in enumerate(KEYS)}
    chances = dict(zip(KEYS, chances_by_size([1 + n for n in range(30)], 12), strict=True))
    weighted, plain = 0.0, 0.0
    for seed in range(DRAWS):
        drawn = draw_by_chance(KEYS, list(chances.values()), seed=seed)
        weighted += sum(positive[k] / chances[k] for k in drawn) / sum(1 / chances[k] for k in drawn) / DRAWS
        plain += sum(positive[k] for k in drawn) / len(drawn) / DRAWS
    assert abs(weighted - 6 / 30) < 0.01
    assert plain > 0.3


def test_unusable_files_are_replaced_and_the_chances_stay_right() -> None:
    # every third file is broken; the chance of a usable one is estimated from how many had to be opened
    usable = {key: n % 3 != 0 for n, key in enumerate(KEYS)}
    inverse = 0.0
    for seed in range(DRAWS):
        drawn = draw_stratum(KEYS, 8, seed=seed, usable=lambda some: [usable[key] for key in some])
        assert len(drawn.keys) == 8
        assert all(usable[key] for key in drawn.keys)
        inverse += 8 / drawn.probability / DRAWS
    # 8 over the chance is how many usable files there are: 20
    assert abs(inverse - 20) < 0.3


def test_when_all_were_opened_nothing_is_estimated() -> None:
    drawn = draw_stratum(KEYS, 25, seed=0, usable=lambda some: [key != "v3" and key < "v2" for key in some])
    assert drawn.examined == 30
    assert drawn.probability == 1
    assert len(drawn.keys) == 12


@given(
    sizes=st.lists(st.floats(0, 1e6), min_size=1, max_size=40),
    share=st.floats(0.01, 1),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=60)
def test_no_chance_is_zero_and_the_draw_has_the_wanted_size(sizes: list[float], share: float, seed: int) -> None:
    n = max(1, int(share * len(sizes)))
    chances = chances_by_size(sizes, n)
    assert all(0 < chance <= 1 for chance in chances)
    assert math.isclose(math.fsum(chances), n, rel_tol=1e-9)
    drawn = draw_by_chance([str(i) for i in range(len(sizes))], chances, seed=seed)
    assert len(set(drawn)) == len(drawn) == n


@given(
    sizes=st.dictionaries(st.text(max_size=3), st.integers(1, 500), min_size=1, max_size=12),
    n=st.integers(12, 600),
    how=st.sampled_from(list(Allocation)),
)
@settings(max_examples=100)
def test_allocations_add_up_and_leave_no_stratum_out(sizes: dict[str, int], n: int, how: Allocation) -> None:
    given_ = allocate(sizes, n, how=how, positive=dict.fromkeys(sizes, 0.1))
    assert sum(given_.values()) == min(n, sum(sizes.values()))
    assert all(1 <= given_[name] <= size for name, size in sizes.items())
    if n >= 2 * len(sizes):
        assert all(given_[name] >= min(2, size) for name, size in sizes.items())


def test_allocations() -> None:
    sizes = {"a": 900, "b": 90, "c": 10}
    assert allocate(sizes, 100) == {"a": 89, "b": 9, "c": 2}
    assert allocate(sizes, 90, how=Allocation.EQUAL) == {"a": 40, "b": 40, "c": 10}
    # n_h in proportion to N_h sqrt(p (1 - p)): 900 * 0.1, 90 * 0.5, 10 * 0.5
    spread = allocate(sizes, 140, how=Allocation.NEYMAN, positive={"a": 0.01, "b": 0.5, "c": 0.5})
    assert spread == {"a": 90, "b": 45, "c": 5}
    with pytest.raises(ValueError, match="3 strata and only 2 videos"):
        allocate(sizes, 2)


@pytest.mark.parametrize(
    ("n", "examined", "population", "chance"),
    [(10, 10, 100, 0.1), (10, 100, 100, 1.0), (0, 5, 100, 1.0), (1, 3, 100, 0.03), (11, 21, 100, 11 * 20 / (10 * 100))],
)
def test_chance_of(n: int, examined: int, population: int, chance: float) -> None:
    assert chance_of(n, examined=examined, population=population) == pytest.approx(chance)


@given(
    groups=st.dictionaries(st.text(max_size=4), st.sampled_from(["a", "b"]), min_size=1, max_size=60),
    share=st.floats(0, 0.99),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60)
def test_every_group_has_one_side_and_the_share_holds(groups: dict[str, str], share: float, seed: int) -> None:
    sides = split_groups(groups, share, seed=seed)
    assert sides.keys() == groups.keys()
    for stratum in (None, "a", "b"):
        some = [side for name, side in sides.items() if stratum in (None, groups[name])]
        assert abs(sum(side is Split.TUNE for side in some) - share * len(some)) < 2
    assert split_groups(groups, share, seed=seed) == sides


def test_each_group_is_as_often_on_the_tune_side() -> None:
    groups = dict.fromkeys(KEYS[:10], "one") | {"alone": "tiny"}
    tuned = Counter(n for seed in range(DRAWS) for n, s in split_groups(groups, 0.4, seed=seed).items() if s == "tune")
    assert _most_off(tuned, dict.fromkeys(groups, 0.4)) < 4.5
