"""Picks the videos of a golden set out of a frame, by the method that the user chose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.sampling import Allocation, Method
from vibekit.errors import InputError, UsageError
from vibekit.media.pool import MediaPool
from vibekit.stages.golden.allocate import allocate, spread_over
from vibekit.stages.golden.draw import chances_by_size, draw_by_chance, draw_stratum
from vibekit.stages.golden.look import Look
from vibekit.stages.golden.strata import (
    check_binary,
    expected_positives,
    strata_by,
    strata_for_positives,
    uncertainties,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from vibekit.core.attribute import Attribute
    from vibekit.stages.golden.frame import Frame, Unit
    from vibekit.stages.golden.sample import SampleConfig
    from vibekit.stages.progress import Progress

POSITIVE = "predicted true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """What a stratum gave.

    Attributes:
        name: Empty when there are no strata.
        population: Videos (of files: files) in it.
        examined: Of them, looked at.
        drawn: Of them, taken.
        probability: Chance that each had; None where it differs from video to video.
    """

    name: str
    population: int
    examined: int
    drawn: int
    probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What was drawn.

    Attributes:
        chosen: Key -> (unit, stratum, inclusion probability), in the order of the draw.
        strata: What each stratum gave.
        left_out: Why a file that was looked at was not taken -> how many.
    """

    chosen: Mapping[str, tuple[Unit, str, float]]
    strata: tuple[Stratum, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def pick(
    config: SampleConfig, frame: Frame, on: Attribute | None, *, hashes: Collection[str], progress: Progress
) -> Picked:
    """Draw from a frame; files are opened for it, videos of a run are not.

    Args:
        config: How.
        frame: What can be drawn.
        on: Attribute whose predictions guide the draw; None when none do.
        hashes: Content hashes that definitions name.
        progress: Told how many files were opened.

    Raises:
        InputError: A column or the probabilities are missing, or there are more strata than videos wanted.
        UsageError: The method needs another kind of attribute.
    """
    if config.method is Method.UNCERTAIN:
        return _by_uncertainty(config, frame, _needed(on))
    strata = _strata(config, frame, on)
    sizes = _sizes(config, frame, strata, on)
    if frame.inputs is None:
        return _from_strata(strata, sizes, config.seed, frame.units, lambda keys: [True] * len(keys))
    with MediaPool(config.workers, config.timeout_s) as pool:
        look = Look(frame, pool, hashes, progress)
        progress.begin("looking at files", sum(sizes.values()))
        try:
            picked = _from_strata(strata, sizes, config.seed, look.found, look)
        finally:
            progress.end()
    return Picked(chosen=picked.chosen, strata=picked.strata, left_out=look.left_out)


def _strata(config: SampleConfig, frame: Frame, on: Attribute | None) -> dict[str, list[str]]:
    if config.method is Method.ENRICHED:
        attribute = _needed(on)
        check_binary(attribute, option="--method enriched")
        return strata_for_positives(frame, attribute)
    if config.method is Method.STRATIFIED:
        if config.by is None:
            raise UsageError("--method stratified needs --by", hint="--by label, --by probability or --by COLUMN")
        return strata_by(frame, config.by, on)
    return {"": list(frame.units)}


def _sizes(config: SampleConfig, frame: Frame, strata: Mapping[str, list[str]], on: Attribute | None) -> dict[str, int]:
    counts = {name: len(keys) for name, keys in strata.items()}
    if len(counts) > config.n:
        raise InputError(
            f"{len(counts)} strata and only {config.n} videos wanted", item=config.by or "",
            hint=f"raise -n to {2 * len(counts)} or more, or choose a column with fewer values",
        )  # fmt: skip
    if config.method is Method.ENRICHED:
        return _enriched(counts, config.n, 0.5 if config.positives is None else config.positives)
    how = config.allocation or Allocation.PROPORTIONAL
    expected = None
    if how is Allocation.NEYMAN:
        check_binary(_needed(on), option="--allocation neyman")
        expected = expected_positives(frame, strata, _needed(on))
    return allocate(counts, config.n, how=how, positive=expected)


def _enriched(counts: Mapping[str, int], n: int, positives: float) -> dict[str, int]:
    """Give predicted positives their share; the rest is spread over the others in proportion."""
    rest = sum(counts.values()) - counts[POSITIVE]
    shares = {name: positives if name == POSITIVE else (1 - positives) * size / rest for name, size in counts.items()}
    return spread_over(counts, n, shares)


def _from_strata(
    strata: Mapping[str, Sequence[str]],
    sizes: Mapping[str, int],
    seed: int,
    units: Mapping[str, Unit],
    usable: Callable[[Sequence[str]], Sequence[bool]],
) -> Picked:
    chosen: dict[str, tuple[Unit, str, float]] = {}
    said: list[Stratum] = []
    for name, keys in strata.items():
        drawn = draw_stratum(keys, sizes[name], seed=seed, usable=usable)
        chosen |= {key: (units[key], name, drawn.probability) for key in drawn.keys}
        said.append(
            Stratum(
                name=name, population=drawn.population, examined=drawn.examined, drawn=len(drawn.keys),
                probability=drawn.probability if drawn.keys else None,
            )
        )  # fmt: skip
    return Picked(chosen=chosen, strata=tuple(said))


def _by_uncertainty(config: SampleConfig, frame: Frame, on: Attribute) -> Picked:
    keys = list(frame.units)
    n = min(config.n, len(keys))
    chances = chances_by_size(uncertainties(frame, on), n)
    chance_of = dict(zip(keys, chances, strict=True))
    drawn = draw_by_chance(keys, chances, seed=config.seed)
    chosen = {key: (frame.units[key], "", chance_of[key]) for key in drawn}
    whole = Stratum(name="", population=len(keys), examined=len(drawn), drawn=len(drawn), probability=None)
    return Picked(chosen=chosen, strata=(whole,))


def _needed(on: Attribute | None) -> Attribute:
    if on is None:
        raise UsageError("by the predictions of which attribute?", hint="add: --on NAME")
    return on
