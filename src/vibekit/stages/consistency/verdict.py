"""What the numbers of a repetition say, in plain sentences, with chance in mind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.attribute import Kind
from vibekit.stages.consistency.agreement import detectable, exact_change
from vibekit.stages.consistency.compare import NOT_ASKED

if TYPE_CHECKING:
    from vibekit.stages.consistency.agreement import Rate
    from vibekit.stages.consistency.compare import Agreement

LEVEL = 0.05
"""Chance of a false alarm about labels, over all attributes of a report together (divided by their number)."""

LEAST = 10
"""Videos from which on the interval of a mean says something: of two, it leaves 0 out every other time by chance, of
five every fifth (simulated: a fifth of the videos change much, the others little)."""

BOTH, UNASKED = "ok -> ok", f"ok -> {NOT_ASKED}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a repetition comes to.

    Attributes:
        text: In plain words.
        moved: Labels changed in one direction more than chance makes them.
        answers_moved: Videos lost their label, or won one, more than chance makes them.
        drifted: The 95 % interval of the mean change of the probabilities, over 10 videos or more, leaves 0 out.
    """

    text: str
    moved: bool = False
    answers_moved: bool = False
    drifted: bool = False


def of_repeat(agreement: Agreement, kind: Kind, *, attributes: int) -> Verdict:
    """Say what a second set of answers shows.

    Args:
        agreement: Over videos that were drawn blindly.
        kind: Of the attribute.
        attributes: How many are reported together; each gets its part of the chance of a false alarm (Bonferroni).
    """
    same, level = agreement.labels, LEVEL / attributes
    lost, answers_moved = _lost(agreement, level=level)
    if not same.n:
        nothing = "nothing to compare: no video has a label both times"
        return Verdict(text="; ".join(s for s in (nothing, lost) if s), answers_moved=answers_moved)
    moved = agreement.change_p is not None and agreement.change_p < level
    drift = _drift(agreement)
    said = [
        f"{with_interval(same)} of the labels are the same",
        "" if agreement.change_p is None else _direction(agreement, kind, level=level),
        drift,
        lost,
    ]
    text = "; ".join(s for s in said if s)
    return Verdict(text=text, moved=moved, answers_moved=answers_moved, drifted=bool(drift))


def with_interval(rate: Rate) -> str:
    """Write ``95.0 % (19 of 20, 95 % interval 76.4-99.1 %)``."""
    if rate.share is None or rate.low is None or rate.high is None:
        return "no share"
    interval = f"{100 * rate.low:.1f}-{100 * rate.high:.1f} %"
    return f"{100 * rate.share:.1f} % ({rate.k} of {rate.n}, 95 % interval {interval})"


def _direction(agreement: Agreement, kind: Kind, *, level: float) -> str:
    what = ("became true", "became false") if kind is Kind.BINARY else ("went up", "went down")
    counts = f"{agreement.up} {what[0]} and {agreement.down} {what[1]}"
    p = f"exact McNemar test, p = {agreement.change_p:.2g}"
    if agreement.change_p is not None and agreement.change_p < level:
        return f"they MOVED: {counts} ({p})"
    n = agreement.labels.n
    if 2 * 0.5**n >= level:
        return f"no move can show: {counts} ({p}); {n} videos are too few for it, whatever becomes of them"
    smallest = 100 * detectable((agreement.up + agreement.down) / n, n)
    words = f"{smallest:.0f}" if smallest >= 10 else f"{smallest:.1f}"
    return f"no move is seen: {counts} ({p}); one of less than {words} % of the videos would likely go unseen"


def _drift(agreement: Agreement) -> str:
    if agreement.shift is None or agreement.shift.n < LEAST:
        return ""
    mean = agreement.shift.mean
    if mean.value is None or mean.low is None or mean.high is None or mean.low <= 0 <= mean.high:
        return ""
    return f"probabilities moved by {mean.value:+.3f} (95 % interval {mean.low:+.3f} to {mean.high:+.3f})"


def _lost(agreement: Agreement, *, level: float) -> tuple[str, bool]:
    """Say how many have a label one time only, and whether that goes one way: the test of labels leaves them out."""
    changed = {words: n for words, n in agreement.outcomes.items() if words not in (BOTH, UNASKED)}
    lost = sum(n for words, n in changed.items() if words.startswith("ok -> "))
    won = sum(n for words, n in changed.items() if words.endswith(" -> ok"))
    p = exact_change(lost, won)
    counts = f"{lost} had a label and have none now, {won} the other way round"
    if p < level:
        return f"the ANSWERS MOVED: {counts} (exact McNemar test, p = {p:.2g})", True
    return counts if lost or won else "", False
