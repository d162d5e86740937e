"""When to ask again: a pure policy over kinds of failure; the caller sleeps and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, slots=True)
class Ladder:
    """Delays of one kind of failure.

    Attributes:
        base_s: Upper end of the first delay, seconds; it doubles with every failure.
        max_s: Upper end that is never passed, seconds.
        tries: Asks in all for one row, the first included, when only this kind happens.
    """

    base_s: float
    max_s: float
    tries: int


DEFAULT = Ladder(1.0, 30.0, 4)
LADDERS: Mapping[str, Ladder] = MappingProxyType(
    {
        "rate_limit": Ladder(2.0, 60.0, 20),
        "overload": Ladder(1.0, 60.0, 12),
        "server": Ladder(1.0, 60.0, 6),
        "network": Ladder(0.5, 30.0, 6),
        "timeout": Ladder(1.0, 30.0, 4),
        # The service answered, only not usably: waiting does not help, asking again may.
        "answer": Ladder(0.0, 0.0, 3),
    }
)
REFUSALS = ("rate_limit", "overload")
"""Kinds that say nothing about the row: the service had too much to do, and did not look at it."""
LONGEST_WAIT_S = 600.0
"""A longer wait than this that the service asks for is not obeyed but given up on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before a row is asked again, or that it is given up.

    Attributes:
        ladders: Kind of failure -> its delays; other kinds use ``DEFAULT``.
        tries: Asks in all for one row, of whatever kinds but refusals for there being too much, the first included.
    """

    ladders: Mapping[str, Ladder] = field(default_factory=lambda: LADDERS)
    tries: int = 12

    def delay_s(
        self, failures: Mapping[str, int], *, kind: str, random: Random, retry_after_s: float | None = None
    ) -> float | None:
        """Return the seconds to wait before the next ask, or None when the row has had its tries.

        The delay is drawn evenly from 0 to the ladder's step (full jitter), so that many rows that failed together do
        not come back together. A time that the service asked for is a lower bound, with up to a tenth on top.

        Args:
            failures: Kind -> how often this row has failed so, the failure at hand included.
            kind: Of the failure at hand.
            random: Source of the jitter; the same seed gives the same delays.
            retry_after_s: What the service asked for.
        """
        ladder = self.ladders.get(kind, DEFAULT)
        count = max(failures.get(kind, 0), 1)
        spent = sum(n for name, n in failures.items() if name not in REFUSALS)
        if count >= ladder.tries or (kind not in REFUSALS and spent >= self.tries):
            return None
        step = min(ladder.base_s * 2.0 ** min(count - 1, 32), ladder.max_s)
        jittered = random.uniform(0.0, step)
        if retry_after_s is None:
            return jittered
        if retry_after_s > LONGEST_WAIT_S:
            return None
        return max(jittered, retry_after_s * random.uniform(1.0, 1.1))
