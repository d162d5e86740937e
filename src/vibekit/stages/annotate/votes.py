"""Several answers to one question become one: the majority's label, and its share as the probability."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.core.annotation import Answer, ProbabilitySource, Status

if TYPE_CHECKING:
    from collections.abc import Sequence


def combine(answers: Sequence[Answer]) -> Answer:
    """Let the answers vote.

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
        return Answer(status=Status.ABSTAIN, reason=f"the votes tie: {dict(votes)}", votes=votes)
    winner = next(a for a in voting if json.dumps(a.label) == ranked[0][0])
    if winner.status is Status.ABSTAIN:
        return replace(winner, votes=votes, probability=None, probability_source=None)
    share = counts[json.dumps(True) if isinstance(winner.label, bool) else ranked[0][0]] / _labelled(counts)
    return replace(winner, votes=votes, probability=round(share, 6), probability_source=ProbabilitySource.VOTES)


def _labelled(counts: Counter[str]) -> int:
    return sum(n for label, n in counts.items() if label != "null")


def _failure(failed: Sequence[Answer]) -> Answer:
    status, n = Counter(a.status for a in failed).most_common(1)[0]
    first = next(a for a in failed if a.status is status)
    return replace(first, reason=f"{n} of {len(failed)} failed samples: {first.reason}")
