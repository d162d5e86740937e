"""A limit on how much may begin within a minute: exact over any sliding span, and evenly paced inside of it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MINUTE_S = 60.0
MARGIN_S = 1.0
"""Added to the span: a request arrives later than it was let go, and not every one equally later."""
BURST_S = 2.0
"""How far the pace may be caught up at once, in seconds of it."""
LOOK_AGAIN_S = 30.0
"""After so long without a refusal a limit that was only guessed is tried a little higher."""
STEP_UP = 0.05
"""First step of that; each further one is twice as large, until there is a refusal again."""
LARGEST_STEP = 0.5
EARLY_S = 10.0
"""What was borne before a refusal says little about a minute when it began less than this ago."""
STEP_DOWN = 0.8
WITHIN = 0.9
"""A refusal below this share of the limit means that it is not the minute that is full: bursts are not borne."""
USED = 0.8
"""A limit that is used less than this is not raised: nothing would show that it is too low."""


@dataclass(slots=True)
class Entry:
    """What began when; the amount is put right when it is known."""

    at: float
    amount: float


@dataclass(slots=True)
class Window:
    """Counts what began in the last minute, and says when more may begin; times are seconds on any one clock.

    Args:
        own: The user's limit for any sliding minute; None for none.
        span_s: Length of the minute, margin included.

    Attributes:
        limit: The limit in force: the user's, or a lower one that was learnt; None counts without one.
        paced: Spread what begins evenly as well, after a refusal inside of the limit: a service that refills a bucket
            bears no bursts.
        total: What began in the last span, as far as it was looked at.
    """

    own: float | None = None
    span_s: float = MINUTE_S + MARGIN_S
    limit: float | None = field(default=None, init=False)
    paced: bool = field(default=False, init=False)
    total: float = field(default=0.0, init=False)
    _entries: deque[Entry] = field(default_factory=deque)
    _credit: float = 0.0
    _credited: float | None = None
    _guessed: bool = False
    _step: float = STEP_UP
    _first_at: float | None = None
    _looked_at: float = 0.0

    def __post_init__(self) -> None:
        self.limit = self.own

    def wait_s(self, amount: float, now: float) -> float:
        """Return how long to wait until ``amount`` may begin; 0 when it may now.

        An amount larger than the whole limit begins when nothing else is in the window.
        """
        self._forget(now)
        if self.limit is None:
            return 0.0
        wait = 0.0
        if self._entries and self.total + amount > self.limit:
            wait = self._until_free(amount, now)
        if self.paced:
            wait = max(wait, self._until_paced(amount, now))
        return wait

    def begin(self, amount: float, now: float) -> Entry:
        """Count something that begins now."""
        self._forget(now)
        if self.limit is not None and self.paced:
            self._refill(now)
            self._credit -= amount
        if self._first_at is None:
            self._first_at = now
        entry = Entry(now, amount)
        self._entries.append(entry)
        self.total += amount
        return entry

    def correct(self, entry: Entry, amount: float) -> None:
        """Put right how much something came to, as long as it is in the window."""
        if self._entries and entry.at >= self._entries[0].at:
            self.total += amount - entry.amount
        entry.amount = amount

    def counted(self, now: float) -> float:
        """Return what began in the last span."""
        self._forget(now)
        return self.total

    def learn(self, said: float | None, now: float) -> None:
        """Take a limit over from a refusal.

        Args:
            said: What the service says that it allows in a minute; None when it does not say.
            now: The time.
        """
        borne = max(self.counted(now), 1.0)
        # a limit of nothing would be waited for for ever: one in a minute finds out when it is lifted
        said = None if said is None else max(said, 1.0)
        self._step, self._looked_at = STEP_UP, now
        early = self._first_at is None or now - self._first_at < EARLY_S
        if said is None and self.limit is None and early:
            return
        within = self.limit is not None and borne < WITHIN * self.limit
        learnt = borne if said is None else said
        if within and self.limit is not None:
            # somebody else uses the rest of it, or bursts are not borne
            learnt = max(STEP_DOWN * self.limit, 1.0) if self.paced else self.limit
        self.paced = self.paced or within or (said is not None and borne < WITHIN * said)
        self._guessed = said is None or learnt < said
        self.limit = learnt if self.own is None else min(learnt, self.own)
        self._credit, self._credited = 0.0, now

    def look_again(self, now: float) -> None:
        """Raise a limit that was only guessed, when there was quiet for a while and it was made use of."""
        if not self._guessed or self.limit is None or now - self._looked_at < LOOK_AGAIN_S:
            return
        self._looked_at = now
        if self.counted(now) >= USED * self.limit:
            self.limit = min(self.limit * (1 + self._step), self.own or float("inf"))
            self._step = min(2 * self._step, LARGEST_STEP)

    def _rate(self) -> float:
        assert self.limit is not None
        return self.limit / self.span_s

    def _refill(self, now: float) -> None:
        burst = max(1.0, self._rate() * BURST_S)
        if self._credited is None:
            self._credit = burst
        else:
            self._credit = min(burst, self._credit + (now - self._credited) * self._rate())
        self._credited = now

    def _until_paced(self, amount: float, now: float) -> float:
        self._refill(now)
        # one more than there is credit for may begin once the bucket is not overdrawn by the last one
        lacking = min(amount, 1.0) - self._credit
        return lacking / self._rate() if lacking > 1e-9 else 0.0

    def _until_free(self, amount: float, now: float) -> float:
        assert self.limit is not None
        left = self.total
        for entry in self._entries:
            left -= entry.amount
            if left + amount <= self.limit:
                return max(entry.at + self.span_s - now, 0.0)
        return max(self._entries[-1].at + self.span_s - now, 0.0)

    def _forget(self, now: float) -> None:
        entries = self._entries
        while entries and now - entries[0].at >= self.span_s:
            self.total -= entries.popleft().amount
        if not entries:
            self.total = 0.0
