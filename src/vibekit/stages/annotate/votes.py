"""Several answers to one question become one: the majority, the share of it as probability, and what they differ by."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from vibekit.core.annotation import Answer, ProbabilitySource, Spread, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGITS = 6
"""Decimals of what is computed from votes."""


def combine(answers: Sequence[Answer]) -> Answer:
    """Let samples of one question vote.

    Labels and abstentions vote; blocked, empty, invalid and failed answers do not, and when they are half or more
    there is no verdict: the most frequent of those states is returned. A tie abstains.

    The probability is the share of votes for ``true`` (binary) or for the winning label (other kinds). Rationale and
    evidence are those of the first answer that gave the winning label.

    Args:
        answers: At least one.
    """
    if len(answers) == 1:
        return answers[0]
    voting = [a for a in answers if a.status in (Status.OK, Status.ABSTAIN)]
    if 2 * len(voting) <= len(answers):
        return _failure([a for a in answers if a not in voting])
    counts = Counter(json.dumps(a.label) for a in voting)
    votes = tuple(sorted(counts.items()))
    ranked = counts.most_common()
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        reason = f"the votes tie: {dict(votes)}"
        return Answer(status=Status.ABSTAIN, reason=reason, votes=votes, spread=_spread(answers, voting, None))
    winner = next(a for a in voting if json.dumps(a.label) == ranked[0][0])
    spread = _spread(answers, voting, winner)
    if winner.status is Status.ABSTAIN:
        return replace(winner, votes=votes, spread=spread, probability=None, probability_source=None)
    share = counts[json.dumps(True) if isinstance(winner.label, bool) else ranked[0][0]] / _labelled(counts)
    return replace(
        winner,
        votes=votes,
        spread=spread,
        probability=round(share, DIGITS),
        probability_source=ProbabilitySource.VOTES,
    )


def _labelled(counts: Counter[str]) -> int:
    return sum(n for label, n in counts.items() if label != "null")


def _spread(answers: Sequence[Answer], voting: Sequence[Answer], winner: Answer | None) -> Spread:
    most = Counter(json.dumps(a.label) for a in voting).most_common(1)[0][1]
    own = _own_probabilities(voting, winner)
    return Spread(
        samples=len(answers),
        disagreement=round(1 - most / len(voting), DIGITS),
        probability_mean=round(fmean(own), DIGITS) if own else None,
        probability_sd=round(stdev(own), DIGITS) if len(own) > 1 else None,
    )


def _own_probabilities(voting: Sequence[Answer], winner: Answer | None) -> list[float]:
    """Return the samples' own probabilities, as far as they speak of the same thing in the same way."""
    given = [a for a in voting if a.probability is not None]
    if len({a.probability_source for a in given}) > 1:
        return []
    same = [a for a in given if isinstance(a.label, bool) or (winner is not None and a.label == winner.label)]
    return [a.probability for a in same if a.probability is not None]


def _failure(failed: Sequence[Answer]) -> Answer:
    status, n = Counter(a.status for a in failed).most_common(1)[0]
    first = next(a for a in failed if a.status is status)
    return replace(first, reason=f"{n} of {len(failed)} failed samples: {first.reason}")
