"""What a run paid for its answers and how long they took, from its lines: later commands may have asked nothing."""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from vibekit.core.annotation import Status
from vibekit.formats.annotations import annotation_at
from vibekit.formats.jsonl import iter_lines
from vibekit.stages.distill.silver import Paid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class RunCosts(NamedTuple):
    """Median seconds a call, None when no call was timed; attribute -> what its answers cost, where that is known."""

    latency_s: float | None
    paid: Mapping[str, Paid]


def measured_costs(path: Path, definitions: Mapping[str, str]) -> RunCosts:
    """Add up what the lines of a run say.

    Replies that were known from another run and copies of a file cost nothing and took no time: they do not count.
    Money for failed answers does. Tokens that cost nothing are those of a model without a known price.

    Args:
        path: ``annotations.jsonl``.
        definitions: Attribute -> fingerprint; lines under others do not count.
    """
    usd: dict[str, float] = defaultdict(float)
    tokens: dict[str, int] = defaultdict(int)
    videos: dict[str, set[str]] = defaultdict(set)
    seconds = []
    for line in iter_lines(path, warnings=[]):
        a = annotation_at(path, line)
        asked = a.attempts > 0 or a.cost_usd > 0
        if not asked or a.duplicate_of or definitions.get(a.attribute) != a.definition:
            continue
        usd[a.attribute] += a.cost_usd
        tokens[a.attribute] += a.usage.prompt + a.usage.output
        if a.answer.status is Status.OK:
            videos[a.attribute].add(a.key)
            seconds.append(a.latency_s)
    timed = [one for one in seconds if one > 0]
    # an annotator without a model is not timed: its work lies in measuring the video
    latency = statistics.median(timed) if 2 * len(timed) > len(seconds) else None
    known = [name for name in videos if usd[name] > 0 or not tokens[name]]
    return RunCosts(latency, {name: Paid(usd=usd[name], videos=len(videos[name])) for name in known})
