"""Conditions that CI sets, held against a score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.score_parts import Gate
from vibekit.core.scoring import Bound
from vibekit.errors import InputError, did_you_mean
from vibekit.stages.score.config import MACRO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vibekit.core.estimate import Estimate
    from vibekit.core.score import AttributeScore
    from vibekit.stages.score.config import GateRule


def check_names(rules: Iterable[GateRule], names: Iterable[str]) -> None:
    """Raise when a gate names an attribute that is not scored: it would never fail.

    Raises:
        InputError: It is unknown.
    """
    known = (*names, MACRO)
    for rule in rules:
        if rule.attribute and rule.attribute not in known:
            raise InputError(
                f"the gate on {rule.metric} names '{rule.attribute}', which is not scored",
                item=rule.attribute, hint=did_you_mean(rule.attribute, known) or f"scored are: {', '.join(known[:-1])}",
            )  # fmt: skip


def gates_of(
    rules: Iterable[GateRule], scores: Mapping[str, AttributeScore], macro: Mapping[str, Estimate], bound: Bound
) -> tuple[Gate, ...]:
    """Hold every condition against its measure; an undefined one does not hold.

    A rule without a name is one condition for each attribute: a mean could hide a bad one.

    Args:
        rules: As set.
        scores: Of all attributes.
        macro: Means over the binary attributes.
        bound: The lower end of the interval, or the value.
    """
    return tuple(gate for rule in rules for gate in _gates(rule, scores, macro, bound))


def _gates(
    rule: GateRule, scores: Mapping[str, AttributeScore], macro: Mapping[str, Estimate], bound: Bound
) -> Iterator[Gate]:
    if rule.attribute == MACRO:
        yield _gate(rule, "", macro.get(rule.metric), bound)
        return
    for name in [rule.attribute] if rule.attribute else scores:
        yield _gate(rule, name, getattr(scores[name], rule.metric), bound)


def _gate(rule: GateRule, name: str, estimate: Estimate | None, bound: Bound) -> Gate:
    measured = None
    if estimate is not None:
        measured = estimate.low if bound is Bound.LOWER else estimate.value
    return Gate(
        attribute=name,
        metric=rule.metric,
        at_least=rule.at_least,
        bound=str(bound),
        measured=measured,
        passed=measured is not None and measured >= rule.at_least,
    )
