"""The money of an embedder that is paid for: what it will cost, what it did cost, and where it must stop."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vibekit.embedders.base import Given
from vibekit.errors import InputError
from vibekit.stages.annotate.spend import CostLimitReached, Spend

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vibekit.core.embedding import Expense
    from vibekit.core.video import Video
    from vibekit.embedders.base import Embedder
    from vibekit.formats.prices import PriceTable

__all__ = ["Budget", "CostLimitReached", "unopened"]

HINT = "add the model to a price file and name it with --prices FILE"


def unopened(video: Video) -> Given:
    """Return a video as far as it is known before it is decoded."""
    return Given(
        path=video.path, video_id=video.video_id or "", metadata=video.metadata, duration_s=video.duration_s,
        bytes=video.bytes,
    )  # fmt: skip


class Budget:
    """Has paid embedders called as long as the money lasts; may be used by many threads at once.

    Args:
        limit_usd: The most that may be spent; None for no limit.
        prices: What tokens cost.
        embedders: All of the set.

    Raises:
        InputError: There is a limit, and nobody knows what one of them costs.
    """

    def __init__(self, limit_usd: float | None, prices: PriceTable, embedders: Sequence[Embedder]) -> None:
        self._prices = prices
        self._today = datetime.now(UTC).date()
        self._spend = Spend(limit_usd)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._paid = tuple(one for one in embedders if one.paid)
        for one in self._paid if limit_usd is not None else ():
            expect = getattr(one, "expect", None)
            model = expect(None).model if expect else type(one).__name__
            if expect is None or self._usd(expect(None)) is None:
                raise InputError(f"--max-cost needs a price for the model '{model}', and there is none", hint=HINT)

    @property
    def spent_usd(self) -> float:
        """What was paid so far."""
        return self._spend.spent_usd

    def stop(self) -> None:
        """Let nothing new be asked."""
        self._stopped.set()

    def estimate_usd(self, given: Sequence[Given]) -> float | None:
        """Return what vectors of these will cost; None when no price is known."""
        total = 0.0
        for one in self._paid:
            for each in given:
                expect = getattr(one, "expect", None)
                usd = self._usd(expect(each)) if expect else None
                if usd is None:
                    return None
                total += usd
        return total

    def call(self, one: Embedder, given: Given) -> NDArray[np.float32]:
        """Have a paid embedder called.

        Raises:
            CostLimitReached: It could cost more than is left, or nothing new is to be asked.
        """
        expect, used = getattr(one, "expect", None), getattr(one, "used", None)
        expected = (self._usd(expect(given)) or 0.0) if expect else 0.0
        with self._lock:
            if self._stopped.is_set():
                raise CostLimitReached
            try:
                promised = self._spend.promise(expected)
            except CostLimitReached:
                self._stopped.set()
                raise
        actual = 0.0
        try:
            vector = one.embed(given)
            actual = (self._usd(used()) or 0.0) if used else expected
        finally:
            with self._lock:
                self._spend.settle(promised, estimate_usd=expected, actual_usd=actual)
        return vector

    def _usd(self, expense: Expense) -> float | None:
        rate = self._prices.rate(expense.model, expense.sent, on=self._today)
        return None if rate is None else rate * expense.tokens / 1_000_000
