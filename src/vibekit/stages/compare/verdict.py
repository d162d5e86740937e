"""Which of two is better: McNemar's test, paired differences, Holm over the attributes, and a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.core.attribute import Kind
from vibekit.core.compare import Delta, Discordant
from vibekit.core.estimate import Estimate
from vibekit.metrics.mcnemar import mcnemar
from vibekit.metrics.multiple import holm
from vibekit.metrics.paired import paired

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.core.compare import AttributeComparison
    from vibekit.stages.compare.pair import Pair

LEVEL = 0.05
SEEN = (1.959964 + 0.841621) / 1.959964
"""Half-widths of the interval that a true difference must have to be seen four times in five."""
NAMES = {"f1": "F1", "accuracy": "accuracy"}


def deltas_of(pair: Pair, kind: Kind, *, draws: int, seed: int) -> dict[str, Delta]:
    """Return the metrics of both sides and their differences, second minus first.

    Args:
        pair: Both sides.
        kind: Of the attribute; other than binary ones are compared by their accuracy.
        draws: Of the bootstrap; every draw takes the same groups for both.
        seed: Of the draws.
    """
    if kind is Kind.BINARY:
        a, b = pair.samples()
        found = paired(b, a, draws=draws, seed=seed)
    else:
        a, b = pair.correctness()
        found = {"accuracy": paired(b, a, draws=draws, seed=seed)["recall"]}
    return {name: Delta(a=one.second, b=one.first, difference=one.difference, p=one.p) for name, one in found.items()}


def discordant_of(pair: Pair) -> Discordant | None:
    """Test who is right more often; None without a video."""
    if not len(pair.a.truth):
        return None
    found = mcnemar(int((pair.right_a & ~pair.right_b).sum()), int((pair.right_b & ~pair.right_a).sum()))
    return Discordant(only_a=found.b, only_b=found.c, p=found.p, method=found.method)


def judged(comparisons: Mapping[str, AttributeComparison]) -> dict[str, AttributeComparison]:
    """Correct for the number of attributes, and say which side is better where that is shown."""
    adjusted = holm([one.deltas[one.primary].p if one.deltas else None for one in comparisons.values()])
    return {name: _judged(one, p) for (name, one), p in zip(comparisons.items(), adjusted, strict=True)}


def _judged(one: AttributeComparison, p: float | None) -> AttributeComparison:
    delta = one.deltas.get(one.primary, Delta(a=None, b=None))
    metric = NAMES[one.primary]
    value = delta.difference.value
    detectable = _detectable(delta.difference)
    if value is None or p is None:
        reason = delta.difference.note or "there is too little to test"
        return replace(one, verdict="unknown", words=f"nothing can be said about {metric}: {reason}", p=p)
    if p < LEVEL and value != 0:
        better = "b" if value > 0 else "a"
        gain = delta.difference if value > 0 else _turned(delta.difference)
        words = f"{better.upper()} is better: {metric} {_points(abs(value))} higher{_interval(gain)}"
        return replace(one, verdict=better, words=words, p=p, detectable=detectable)
    seen = "" if detectable is None else f"; a difference of {_points(detectable)} could have been seen"
    words = f"no difference shown: {metric} of B less A is {_signed(value)} points{_interval(delta.difference)}{seen}"
    return replace(one, verdict="none", words=words, p=p, detectable=detectable)


def _detectable(difference: Estimate) -> float | None:
    if difference.low is None or difference.high is None:
        return None
    return SEEN * (difference.high - difference.low) / 2


def _points(value: float) -> str:
    return f"{100 * value:.1f} points"


def _signed(value: float) -> str:
    return f"{100 * value:+.1f}"


def _interval(difference: Estimate) -> str:
    if difference.low is None or difference.high is None:
        return ""
    return f" ({_signed(difference.low)} to {_signed(difference.high)})"


def _turned(difference: Estimate) -> Estimate:
    """Return first minus second."""
    assert difference.value is not None
    low, high = difference.low, difference.high
    if low is None or high is None:
        return replace(difference, value=-difference.value)
    return replace(difference, value=-difference.value, low=-high, high=-low)
