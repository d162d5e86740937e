"""A batch job: many questions that a service answers together, some time later."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BatchState(StrEnum):
    """How far a job is. From the four last ones it goes nowhere else."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def ended(self) -> bool:
        """Whether the job will not change any more."""
        return self not in (BatchState.PENDING, BatchState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """A job as the service describes it.

    Attributes:
        name: The service's name for it.
        display_name: The name that it was given.
        state: How far it is. A job that succeeded may still lack answers.
        error: Why it failed, in the service's words; empty otherwise.
        results: Where its answers lie; empty when there are none.
        requests: Questions in it, as the service counts them; None when it does not say.
        answered: Of these, answered.
        failed: Of these, refused.
    """

    name: str
    display_name: str
    state: BatchState
    error: str = ""
    results: str = ""
    requests: int | None = None
    answered: int | None = None
    failed: int | None = None
