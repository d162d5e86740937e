"""What the parts of a batch command work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.stages.annotate.batch.pace import PACE, Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from vibekit.annotators.base import BatchService
    from vibekit.formats.batch_events import AskedCall
    from vibekit.stages.annotate.batch.definitions import Definitions
    from vibekit.stages.annotate.batch.ledger import Ledger
    from vibekit.stages.annotate.batch.send import Sender
    from vibekit.stages.annotate.config import BatchConfig
    from vibekit.stages.annotate.execute import Work
    from vibekit.stages.annotate.plan import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One batch command.

    Attributes:
        work: As for direct calls.
        batch: How the Batch API is used.
        service: The Batch API.
        ledger: The jobs of the run.
        definitions: Those that its jobs were asked with.
        sender: Hands jobs in.
        recall: From what a job asked to the call that asks it again; None when this command has not that video, or
            would ask it in another way.
        promised: Display name -> money that this command set aside for a job.
        pace: How long to wait.
    """

    work: Work
    batch: BatchConfig
    service: BatchService
    ledger: Ledger
    definitions: Definitions
    sender: Sender
    recall: Callable[[AskedCall], Call | None]
    promised: dict[str, float] = field(default_factory=dict)
    pace: Pace = PACE
