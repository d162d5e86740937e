"""How often a service is looked at, and how long it is waited for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds.

    Attributes:
        first_poll_s: Until the jobs are looked at for the first time.
        longest_poll_s: Between two looks, later on.
        growth: Of the pauses between looks.
        tell_s: Between two words about waiting.
        looks_s: Before each look for a job that may or may not have been made: the list of jobs may lag behind.
        lag_s: After so long, the list of jobs is taken to be up to date.
        refused_s: Between two tries to hand a job in while the service takes no more.
        cancel_s: How long a cancelled job may take to end.
        upload_life_s: Age of a job that was never made, from which on its uploads may be gone.
    """

    first_poll_s: float = 0.25
    longest_poll_s: float = 30.0
    growth: float = 1.5
    tell_s: float = 600.0
    looks_s: tuple[float, ...] = (0.0, 1.0, 3.0)
    lag_s: float = 60.0
    refused_s: float = 60.0
    cancel_s: float = 120.0
    upload_life_s: float = 40 * 3600.0


PACE = Pace()
