"""The money of one command: what is spent, what is promised to calls in flight, and where it must stop."""

from __future__ import annotations

from vibekit.core.annotation import Usage


class CostLimitReached(Exception):  # noqa: N818 - a signal inside the stage, not an error that a user sees
    """The next call could pass ``--max-cost``."""


class Spend:
    """Counts money against a limit that is never passed by what the estimates can foresee.

    A call is let through only when what is spent, what the calls in flight are expected to cost and what this one is
    expected to cost stay within the limit. Expectations are raised by the worst ratio of actual to expected so far.

    Args:
        limit_usd: The most that may be spent; None for no limit.

    Attributes:
        spent_usd: Cost of the answered requests.
        expected_usd: What those of them that cost anything had been expected to cost.
        requests: Requests sent; counted by whoever sends them.
        usage: Tokens of the answered requests; counted by whoever sends them.
        expected: What those had been expected to use; counted by whoever sends them.
        from_cache: Replies that another run had paid for; counted by whoever uses them.

    The money of a request whose reply was lost stays set aside: it may have been billed.
    """

    def __init__(self, limit_usd: float | None) -> None:
        self.limit_usd = limit_usd
        self.spent_usd = 0.0
        self.expected_usd = 0.0
        self.requests = 0
        self.usage = Usage()
        self.expected = Usage()
        self.from_cache = 0
        self._promised = 0.0
        self._worst = 1.0

    def promise(self, estimate_usd: float) -> float:
        """Set money aside for one request; returns how much.

        Raises:
            CostLimitReached: It does not fit.
        """
        amount = estimate_usd * self._worst
        if self.limit_usd is not None and self.spent_usd + self._promised + amount > self.limit_usd:
            raise CostLimitReached
        self._promised += amount
        return amount

    def settle(self, promised_usd: float, *, estimate_usd: float, actual_usd: float) -> None:
        """Replace what was set aside by what the request did cost."""
        self._promised -= promised_usd
        self.spent_usd += actual_usd
        if actual_usd > 0:
            self.expected_usd += estimate_usd
        if estimate_usd > 0:
            self._worst = max(self._worst, actual_usd / estimate_usd)
