"""A service in simulated time, for policies that are pure: latencies, limits and refusals without waiting for them."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from random import Random

from vibekit.concurrency.governor import Governor, Ticket


@dataclass
class Service:
    """Refuses above ``capacity`` in flight and above ``rpm``; gets slower above ``width``."""

    median_s: float = 1.5
    sigma: float = 0.5
    capacity: int | None = None
    rpm: int | None = None
    bucket: bool = False
    says_value: bool = True
    says_pause: bool = True
    width: int | None = None
    stray: float = 0.0
    jitter_s: float = 0.05
    random: Random = field(default_factory=lambda: Random(1))
    running: int = 0
    seen: deque[float] = field(default_factory=deque)
    burst: float = 10.0
    credit: float = 0.0
    credited: float = 0.0

    def __post_init__(self) -> None:
        self.credit = self.burst

    def refuse(self, now: float) -> tuple[str, float | None, float | None] | None:
        if self.random.random() < self.stray:
            return "requests", 1.0, 1e6
        if self.capacity is not None and self.running >= self.capacity:
            return "", None, None
        if self.rpm is None:
            return None
        if self.bucket:
            self.credit = min(self.burst, self.credit + (now - self.credited) * self.rpm / 60)
            self.credited = now
            free = self.credit >= 1
            pause = 60 / self.rpm
        else:
            while self.seen and now - self.seen[0] >= 60:
                self.seen.popleft()
            free = len(self.seen) < self.rpm
            pause = 0.0 if free else 60 - (now - self.seen[0])
        if free:
            self.seen.append(now)
            self.credit -= 1
            return None
        return "requests", pause if self.says_pause else None, float(self.rpm) if self.says_value else None

    def latency(self) -> float:
        crowd = max(1.0, self.running / self.width) if self.width else 1.0
        return self.median_s * self.random.lognormvariate(0, self.sigma) * crowd


@dataclass
class Result:
    wall_s: float
    busy_s: float
    requests: int
    refused: int
    accepted_at: list[float]
    most: int


def simulate(governor: Governor, service: Service, *, calls: int, prepare_s: float = 0.0) -> Result:
    """Bring ``calls`` to their answers; a refused one comes back after a second or after what it was told."""
    events: list[tuple[float, int, str, Ticket | None]] = []
    order = count()
    waiting, now, done, requests, refused, busy = calls, 0.0, 0, 0, 0, 0.0
    accepted: list[float] = []
    begun: dict[int, float] = {}
    while done < calls:
        wait = governor.wait_s(0.0, now) if waiting else None
        if wait == 0.0:
            ticket = governor.begin(0.0, now)
            waiting -= 1
            requests += 1
            heapq.heappush(
                events, (now + service.random.uniform(0.002, service.jitter_s), next(order), "arrive", ticket)
            )
            now += prepare_s
            continue
        later = now + wait if wait is not None else float("inf")
        at = events[0][0] if events else float("inf")
        if later < at:
            now = later
            continue
        now, _, what, ticket_of = heapq.heappop(events)
        if what == "back":
            waiting += 1
            continue
        assert ticket_of is not None
        if what == "arrive":
            said = service.refuse(now)
            if said is None:
                accepted.append(now)
                begun[id(ticket_of)] = now
                heapq.heappush(events, (now + service.latency(), next(order), "answer", ticket_of))
                service.running += 1
                continue
            quota, pause, value = said
            refused += 1
            governor.refuse(ticket_of, now, retry_after_s=pause, quota=quota, quota_value=value)
            heapq.heappush(events, (now + (pause or service.random.uniform(0, 2.0)), next(order), "back", None))
            continue
        service.running -= 1
        done += 1
        busy += now - begun.pop(id(ticket_of))
        governor.end(ticket_of, now, answered=True)
    return Result(now, busy, requests, refused, accepted, governor.peak)
