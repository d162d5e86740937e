"""The limits of the loopback server: requests in a sliding window, and requests at once."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

_RPC = "type.googleapis.com/google.rpc."
QUOTA_ID = "GenerateRequestsPerMinutePerProjectPerModel"


@dataclass
class SlidingWindow:
    """The times of the requests that were let through; those that were refused do not count."""

    times: deque[float] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, most: int | None, window_s: float) -> float:
        """Let a request through and return 0, or return the seconds until one would be let through."""
        if most is None:
            return 0.0
        now = time.monotonic()
        with self.lock:
            while self.times and self.times[0] <= now - window_s:
                self.times.popleft()
            if len(self.times) < most:
                self.times.append(now)
                return 0.0
            return max(self.times[0] + window_s - now, 0.001)


def too_many(most: int, retry_after_s: float) -> list[dict[str, Any]]:
    """Return the details of a 429 as the service writes them."""
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
        "quotaId": QUOTA_ID,
        "quotaDimensions": {"location": "global", "model": "gemini"},
        "quotaValue": str(most),
    }
    return [
        {"@type": f"{_RPC}QuotaFailure", "violations": [violation]},
        {"@type": f"{_RPC}RetryInfo", "retryDelay": f"{retry_after_s:.6f}s"},
    ]
