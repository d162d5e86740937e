"""The way to an annotator's Batch API, and how a command ends that leaves questions there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.annotators.base import BatchAnnotator
from vibekit.errors import InputError

if TYPE_CHECKING:
    from vibekit.annotators.base import Annotator, BatchService

WAITING = "waiting"
"""Why a command ended although questions have no answer yet: jobs have them."""
LEFT_OPEN = "left open"
"""... jobs have left them open, and this command could not ask them again."""


def batch_service(annotator: Annotator) -> BatchService:
    """Return an annotator's way to a Batch API.

    Raises:
        InputError: It has none.
    """
    if not isinstance(annotator, BatchAnnotator):
        raise InputError(
            f"the annotator '{annotator.info.name}' has no Batch API",
            hint="leave --batch away, or give --annotator gemini",
        )
    return annotator.batches()
