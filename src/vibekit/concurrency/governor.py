"""How many calls a service bears: a pure policy over what became of the calls before; the caller holds the clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from vibekit.concurrency.window import Entry, Window

FIRST_LEVEL = 16
"""Calls in flight to begin with."""
RECENT = 20
"""Calls begun last, among which refusals are counted to tell a limit from a stray one."""
EASE = 4
"""Refusals among them that take one call off the level."""
HALVE = 6
"""Refusals among them that halve it: with fewer, most of what the service bears would be left unused."""
NEAR = 0.9
"""Above this share of the level that was last refused, growth is slow."""
SLOW = 0.25
"""Growth near that level, in calls for each round of calls."""
QUICK = 4.0
"""Growth far below it, in calls for each round of calls."""
PAYS = 0.3
"""Least share of the throughput that more calls in flight promise, for them to stay."""
HIGHER = 1.5
"""From how far above the last level that paid calls are counted as those of a higher one."""
HELD = 1.25
"""Where the level is held, above the last one that paid, when a higher one did not."""
ENOUGH = 16
"""Calls that are needed to know how long they take at a level."""
HOLD_S = 20.0
"""How long a level is held when a higher one did not pay; the service may bear more later."""
FORGET_S = 30.0
"""After so long without a refusal, the level that was refused counts a tenth higher."""
LONGEST_PAUSE_S = 600.0


@dataclass(slots=True)
class Ticket:
    """A call in flight: when it began, how many were in flight then, and what it counts for."""

    at: float
    level: int
    request: Entry
    tokens: Entry
    refused: bool = False


@dataclass(slots=True)
class Level:
    """What was measured at one number of calls in flight: sums over ended calls."""

    calls: int = 0
    in_flight: float = 0.0
    latency_s: float = 0.0

    def add(self, in_flight: int, latency_s: float) -> None:
        """Take up one call."""
        self.calls += 1
        self.in_flight += in_flight
        self.latency_s += latency_s

    @property
    def mean(self) -> float:
        """Calls in flight, on average."""
        return self.in_flight / self.calls

    @property
    def per_s(self) -> float:
        """Calls a second, by Little's law: in flight / latency."""
        return self.in_flight / max(self.latency_s, 1e-9)


@dataclass(slots=True)
class Governor:
    """Additive increase, multiplicative decrease (Chiu and Jain 1989), with a memory of what was refused.

    The level begins at 16 and doubles with every round of calls until it is refused, reaches the cap, or does not pay:
    calls that only wait longer. Four refusals among the last twenty calls take one off, six halve it, once for each
    round of calls; then it grows back quickly up to the level that was refused, and slowly from there on. Refusals that
    speak of requests or tokens a minute also set a limit for the minute.

    Args:
        cap: Calls in flight at most.
        rpm: The user's limit of requests a minute; None for none.
        tpm: The user's limit of input tokens a minute; None for none.

    Attributes:
        level: Calls that may be in flight.
        in_flight: Calls that are.
        peak: The most that ever were.
        refusals: How often the service said that it is too much.
        cuts: How often the level was halved.
    """

    cap: int
    rpm: float | None = None
    tpm: float | None = None
    level: float = field(default=FIRST_LEVEL, init=False)
    in_flight: int = field(default=0, init=False)
    peak: int = field(default=0, init=False)
    refusals: int = field(default=0, init=False)
    cuts: int = field(default=0, init=False)
    requests: Window = field(default_factory=Window, init=False)
    tokens: Window = field(default_factory=Window, init=False)
    _recent: deque[Ticket] = field(default_factory=lambda: deque(maxlen=RECENT), init=False)
    _doubling: bool = field(default=True, init=False)
    _refused_level: float = field(default=float("inf"), init=False)
    _forgot_at: float = field(default=0.0, init=False)
    _cut_at: float = field(default=float("-inf"), init=False)
    _not_before: float = field(default=float("-inf"), init=False)
    _held_until: float = field(default=float("-inf"), init=False)
    _reference: Level | None = field(default=None, init=False)
    _higher: Level = field(default_factory=Level, init=False)

    def __post_init__(self) -> None:
        self.level = min(float(FIRST_LEVEL), float(self.cap))
        self.requests = Window(own=self.rpm)
        self.tokens = Window(own=self.tpm)

    def wait_s(self, tokens: float, now: float) -> float | None:
        """Return how long the next call must wait; 0 when it may go; None when one in flight must end first."""
        if self.in_flight >= int(self.level):
            return None
        self.requests.look_again(now)
        self.tokens.look_again(now)
        wait = max(self._not_before - now, self.requests.wait_s(1.0, now), self.tokens.wait_s(tokens, now))
        return max(wait, 0.0)

    def begin(self, tokens: float, now: float) -> Ticket:
        """Count a call that begins now."""
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        ticket = Ticket(now, self.in_flight, self.requests.begin(1.0, now), self.tokens.begin(tokens, now))
        self._recent.append(ticket)
        return ticket

    def end(self, ticket: Ticket, now: float, *, answered: bool, tokens: float | None = None) -> None:
        """Count a call that has ended and was not refused.

        Args:
            ticket: What ``begin`` returned.
            now: The time.
            answered: Whether it was answered: failures that are no refusals say nothing about limits.
            tokens: Input tokens that it did use; None when unknown.
        """
        crowded = self.in_flight >= int(self.level) - 1
        around = max(ticket.level, self.in_flight)
        self.in_flight -= 1
        if tokens is not None:
            self.tokens.correct(ticket.tokens, tokens)
        if answered:
            if ticket.at > self._held_until:
                self._measure(around, now - ticket.at, now)
            if crowded:
                self._grow(now)

    def refuse(
        self,
        ticket: Ticket,
        now: float,
        *,
        retry_after_s: float | None = None,
        quota: str = "",
        quota_value: float | None = None,
    ) -> None:
        """Count a call that the service refused because there was too much.

        Args:
            ticket: What ``begin`` returned.
            now: The time.
            retry_after_s: The pause that the service asked for.
            quota: What there is too much of in a minute: ``requests``, ``tokens``, or empty when it did not say.
            quota_value: How many the service says that it allows.
        """
        self.in_flight -= 1
        self.refusals += 1
        ticket.refused = True
        # what is refused counts against no quota
        self.tokens.correct(ticket.tokens, 0.0)
        self.requests.correct(ticket.request, 0.0)
        refused = sum(one.refused for one in self._recent)
        if refused < EASE:
            return
        if refused < HALVE:
            self._ease(now)
            return
        if retry_after_s is not None:
            self._not_before = max(self._not_before, now + min(retry_after_s, LONGEST_PAUSE_S))
        if ticket.at > self._cut_at:
            # what was let go before the last cut says nothing new
            self._cut(now)
            if quota:
                (self.tokens if quota == "tokens" else self.requests).learn(quota_value, now)

    def _ease(self, now: float) -> None:
        self._doubling = False
        self._refused_level = min(self._refused_level, self.level)
        self.level = max(self.level - 1.0, 1.0)
        self._forgot_at = now

    def _cut(self, now: float) -> None:
        self._refused_level = max(self.level, 2.0)
        self.level = max(self.level / 2.0, 1.0)
        self._doubling = False
        self._cut_at = self._forgot_at = now
        self._reference, self._higher = None, Level()
        self._recent.clear()
        self.cuts += 1

    def _grow(self, now: float) -> None:
        if now < self._held_until:
            return
        if now - self._forgot_at > FORGET_S:
            self._refused_level *= 1.1
            self._forgot_at = now
        if self._doubling:
            step = 1.0
        elif self.level < NEAR * self._refused_level:
            step = QUICK / self.level
        else:
            step = SLOW / self.level
        self.level = min(self.level + step, float(self.cap))

    def _measure(self, in_flight: int, latency_s: float, now: float) -> None:
        """Compare the throughput of this level with that of the last one that paid."""
        if self._reference is None or self._reference.calls < ENOUGH:
            self._reference = self._reference or Level()
            self._reference.add(in_flight, latency_s)
            return
        if in_flight < HIGHER * self._reference.mean:
            return
        higher, reference = self._higher, self._reference
        higher.add(in_flight, latency_s)
        if higher.calls < max(2 * ENOUGH, 2 * reference.mean):
            return
        self._higher = Level()
        promised = higher.mean / reference.mean - 1.0
        if higher.per_s / reference.per_s - 1.0 >= PAYS * promised:
            self._reference = higher
            return
        self.level = min(self.level, max(HELD * reference.mean, 2.0))
        self._held_until = now + HOLD_S
