"""Draws videos so that the chance of each is known: at random within strata, or in proportion to a size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from vibekit.core.golden import Split
from vibekit.stages.consistency.draw import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FLOOR = 0.2
"""Share of a draw by uncertainty that goes to all alike: no video may have no chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What came out of one stratum.

    Attributes:
        keys: The chosen ones, in the order of the draw.
        population: Units in the stratum, unusable ones among them.
        examined: Units that were looked at.
        probability: Chance that the draw had to pick each usable unit.
    """

    keys: tuple[str, ...]
    population: int
    examined: int
    probability: float


def draw_stratum(keys: Sequence[str], n: int, *, seed: int, usable: Callable[[Sequence[str]], Sequence[bool]]) -> Drawn:
    """Draw ``n`` usable units at random, all with the same chance.

    Units are looked at in a random order until ``n`` usable ones are found; only those are looked at.

    Args:
        keys: All units of the stratum, each once.
        n: How many are wanted.
        seed: Of the draw; a larger one with the same seed holds the smaller one.
        usable: Says of some units whether they can be taken.
    """
    order = draw(keys, len(keys), seed=seed)
    chosen: list[str] = []
    examined = 0
    while len(chosen) < n and examined < len(order):
        some = order[examined : examined + n - len(chosen)]
        chosen += [key for key, good in zip(some, usable(some), strict=True) if good]
        examined += len(some)
    chance = chance_of(len(chosen), examined=examined, population=len(order))
    return Drawn(keys=tuple(chosen), population=len(order), examined=examined, probability=chance)


def chance_of(n: int, *, examined: int, population: int) -> float:
    """Return the chance of each usable unit: n over the usable units of the stratum, which may be an estimate.

    When all that was looked at could be used, that is n/N. Otherwise how many of the N are usable is estimated from
    how many had to be looked at until ``n`` were found: N (n - 1) / (examined - 1), which is unbiased (inverse
    sampling; Haldane, On a method of estimating frequencies, 1945).

    Args:
        n: Units that were taken.
        examined: Units that were looked at for them; the last one was taken, unless all were looked at.
        population: N, units in the stratum.
    """
    if examined == population or n == 0:
        return 1.0
    if n == examined or n == 1:
        return examined / population
    return min(1.0, n * (examined - 1) / ((n - 1) * population))


def chances_by_size(sizes: Sequence[float], n: int, *, floor: float = FLOOR) -> list[float]:
    """Return chances that add up to ``n``, in proportion to size but for a floor that all share.

    Args:
        sizes: From 0, in any unit.
        n: Units wanted.
        floor: Share of the draw that does not go by size, in (0, 1].
    """
    total, count = math.fsum(sizes), len(sizes)
    if n >= count:
        return [1.0] * count
    if total <= 0:
        return [n / count] * count
    mixed = [floor / count + (1 - floor) * size / total for size in sizes]
    certain: set[int] = set()
    while True:
        rest = math.fsum(mixed[i] for i in range(count) if i not in certain)
        unit = (n - len(certain)) / rest
        new = {i for i in range(count) if i not in certain and unit * mixed[i] >= 1}
        if not new:
            return [1.0 if i in certain else unit * mixed[i] for i in range(count)]
        certain |= new


def draw_by_chance(keys: Sequence[str], chances: Sequence[float], *, seed: int) -> tuple[str, ...]:
    """Draw units with the given chances, exactly as many as these add up to.

    Systematic sampling in random order: units lie end to end, as long as their chances, and every whole step from a
    random start picks one (Madow, On the theory of systematic sampling II, 1949).

    Args:
        keys: Units, each once.
        chances: In (0, 1]; they add up to a whole number.
        seed: Of the draw.
    """
    certain = [key for key, chance in zip(keys, chances, strict=True) if chance >= 1]
    others = {key: chance for key, chance in zip(keys, chances, strict=True) if chance < 1}
    order = draw(others, len(others), seed=seed)
    wanted = round(math.fsum(others.values()))
    place = Random(f"start {seed}").random()
    chosen: list[str] = []
    for key in order:
        before, place = place, place + others[key]
        if math.floor(place) > math.floor(before):
            chosen.append(key)
    # rounding errors may put the last step just before or behind the end
    rest = [key for key in reversed(order) if key not in set(chosen)] if len(chosen) < wanted else []
    chosen = chosen[:wanted] + rest[:1]
    return (*certain, *chosen)


def split_groups(groups: Mapping[str, str], share: float, *, seed: int) -> dict[str, Split]:
    """Put every group wholly on one side; each has the same chance of the tune side, and so has each stratum its share.

    Args:
        groups: Group -> stratum of its first video.
        share: Of the groups that go to the tune side, in [0, 1).
        seed: Of the draw.
    """
    order = draw((f"split {group}" for group in groups), len(groups), seed=seed)
    names = sorted((name.removeprefix("split ") for name in order), key=lambda group: groups[group])
    place = Random(f"split {seed}").random()
    sides: dict[str, Split] = {}
    for name in names:
        before, place = place, place + share
        sides[name] = Split.TUNE if math.floor(place) > math.floor(before) else Split.TEST
    return sides
