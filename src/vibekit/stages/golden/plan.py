"""How many golden videos are needed: ``vibekit golden sample --plan``."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from vibekit.errors import UsageError

SIZES = (100, 200, 300, 500, 1000, 2000, 5000)
ALIKE = 0.1
"""Correlation of two videos of one creator that is assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanConfig:
    """What is expected of the labels.

    Attributes:
        precision: Of the labels now.
        recall: Of the labels now.
        prevalence: Share of true videos.
        delta: Gain of F1 that must be seen.
        positives: Share of the sample that is predicted true, for an enriched draw; None for a random one.
        group_size: Videos of one creator on average; 1 without groups.
        tune_share: Share of the set that only serves to tune.
        n: A further size for the table.
    """

    precision: float = 0.8
    recall: float = 0.7
    prevalence: float = 0.1
    delta: float = 0.03
    positives: float | None = None
    group_size: float = 1.0
    tune_share: float = 0.4
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """What one size gives.

    Attributes:
        n: Videos of the set, both sides.
        test: Of them, on the test side; the numbers are for these.
        positives: True videos expected among them.
        half_width: Half the length of the 95 % interval of F1.
        detectable: Smallest gain of F1 that is seen four times out of five; None when none is.
    """

    n: int
    test: int
    positives: float
    half_width: float
    detectable: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many videos are needed.

    Attributes:
        f1: Of the labels now.
        delta: Gain of F1 that must be seen.
        needed: Videos of the set; None when no number is enough.
        needed_test: Of them, on the test side.
        rows: What other sizes give.
        note: Why there is no number; else what was assumed.
    """

    f1: float
    delta: float
    needed: int | None
    needed_test: int | None
    rows: tuple[PlanRow, ...]
    note: str


def plan(config: PlanConfig) -> Plan:
    """Say how many golden videos show a gain of F1, and what other sizes give.

    A score is taken on the test side alone, so the set is larger than the test by what goes into tuning.

    Raises:
        UsageError: A share is not between 0 and 1, or the three cannot be true at once.
    """
    from vibekit.metrics.sample_size import Expected, design_effect, detectable_gain, half_width, videos_needed

    if not 0 < config.delta < 1:
        raise UsageError(f"--delta {config.delta:g}: between 0 and 1, such as 0.03")
    if not 0 <= config.tune_share < 1:
        raise UsageError(f"--tune-share {config.tune_share:g}: from 0 to below 1")
    if config.positives is not None and not 0 < config.positives < 1:
        raise UsageError(f"--positives {config.positives:g}: between 0 and 1")
    expected = Expected(
        precision=config.precision,
        recall=config.recall,
        prevalence=config.prevalence,
        design_effect=design_effect(config.group_size, ALIKE),
        enriched=config.positives,
    )
    needed = videos_needed(expected, gain=config.delta)
    whole = None if needed.n is None else _whole(needed.n, config.tune_share)
    sizes = sorted({*SIZES, *(n for n in (whole, config.n) if n)})
    tests = {n: max(2, round(n * (1 - config.tune_share))) for n in sizes}
    rows = tuple(
        PlanRow(
            n=n,
            test=test,
            positives=test * _true_share(config),
            half_width=half_width(expected, test),
            detectable=detectable_gain(expected, test),
        )
        for n, test in tests.items()
    )
    return Plan(
        f1=expected.f1,
        delta=config.delta,
        needed=whole,
        needed_test=needed.n,
        rows=rows,
        note=needed.note or "paired on the same videos, power 0.8, two-sided 5 %",
    )


def _whole(test: int, tune_share: float) -> int:
    return ceil(test / (1 - tune_share) - 1e-9)


def _true_share(config: PlanConfig) -> float:
    """Return the share of true videos in the sample."""
    if config.positives is None:
        return config.prevalence
    called = config.prevalence * config.recall / config.precision
    missed = config.prevalence * (1 - config.recall) / (1 - called)
    return config.positives * config.precision + (1 - config.positives) * missed
