"""Tells a service that is gone from questions that fail one by one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from vibekit.errors import ServiceError

if TYPE_CHECKING:
    from vibekit.errors import TransientError

SILENT_AFTER = 5
"""Questions given up one after the other without a reply to any, after which the service may be gone."""
SILENT_S = 300.0
"""How long a service that did answer may be silent before that, seconds: an outage of minutes passes."""


class Silence:
    """Counts the questions that were given up since the last reply.

    Args:
        silent_s: How long a service that did answer may be silent, seconds.
    """

    def __init__(self, silent_s: float = SILENT_S) -> None:
        self._silent_s = silent_s
        self._given_up = 0
        self._replied_at: float | None = None

    def replied(self) -> None:
        """Take note of a reply, of whatever kind."""
        self._given_up = 0
        self._replied_at = time.monotonic()

    def given_up(self, error: TransientError) -> None:
        """Take note of a question that is given up.

        Args:
            error: The last thing that happened to it.

        Raises:
            ServiceError: Nobody is there to answer the others either.
        """
        self._given_up += 1
        lately = self._replied_at is not None and time.monotonic() - self._replied_at < self._silent_s
        if self._given_up < SILENT_AFTER or lately:
            return
        since = "" if self._replied_at is None else f", and to nothing for {self._silent_s / 60:.0f} minutes"
        raise ServiceError(
            f"no reply to {self._given_up} questions one after the other{since}: {error.message}",
            hint="check the network, the address and the limits of the service, then run the same command again",
        )
