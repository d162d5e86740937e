"""The seed of each request: another one for each sample, and for each further try of one question."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibekit.annotators.base import Question

SEED_STEP = 1000
"""Added to the seed at every further try of one question: the same seed may give the same useless answer."""
_RANGE = 2**31
_MOST_RETRIED = 10_000


class Seeds:
    """Remembers which questions got no usable answer.

    Args:
        seed: The user's; None sends none.
    """

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self._retried: dict[tuple[str, int], int] = {}

    def seed(self, question: Question) -> int | None:
        """Return the seed to send."""
        if self._seed is None:
            return None
        tries = self._retried.get((question.request_id, question.sample), 0)
        return (self._seed + question.sample + SEED_STEP * tries) % _RANGE

    def remember(self, question: Question, *, retry: bool) -> None:
        """Count a reply that is worth asking again about; forget the question otherwise."""
        tried = (question.request_id, question.sample)
        if not retry:
            self._retried.pop(tried, None)
            return
        if len(self._retried) >= _MOST_RETRIED:
            self._retried.pop(next(iter(self._retried)))
        self._retried[tried] = self._retried.get(tried, 0) + 1
