"""Calls that are broken off before their end, and what of them is kept: everything that was paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.annotation import Status

if TYPE_CHECKING:
    import asyncio

    from vibekit.stages.annotate.outcome import Outcome
    from vibekit.stages.annotate.plan import Call

UNUSABLE = (Status.EMPTY, Status.INVALID, Status.BLOCKED)
"""Answers that are asked for again when the annotator says that it may help."""


class Unfinished(Exception):  # noqa: N818 - a signal inside the stage, not an error that a user sees
    """The run is stopping and nothing of the question was asked: it stays open and leaves no line."""


class Broken(Exception):  # noqa: N818 - carries another error to the executor
    """A call that ended the run, or ends with it: what its samples had come to by then, and the error."""

    def __init__(self, outcomes: list[Outcome], error: BaseException) -> None:
        super().__init__(str(error))
        self.outcomes = outcomes
        self.error = error


def stopped(outcome: Outcome, names: frozenset[str]) -> Outcome:
    """Say of a sample that the named attributes were not asked about as often as they should have been."""
    outcome.stopped = True
    return outcome.fail(names, "the run stopped before this was asked again")


def so_far(call: Call, outcomes: list[Outcome], tasks: list[asyncio.Task[Outcome]]) -> list[Outcome]:
    """Return what the samples of a call that is broken off came to; nothing when nothing was paid for or answered.

    Args:
        call: What was asked.
        outcomes: Of each sample, as far as it went.
        tasks: That asked them; all have ended.
    """
    kept: list[Outcome] = []
    for outcome, task in zip(outcomes, tasks, strict=True):
        if task.cancelled() or task.exception() is not None:
            done = {name for name, answer in outcome.answers.items() if answer.status not in UNUSABLE}
            if done or outcome.cost_usd:
                kept.append(stopped(outcome, frozenset(call.keys) - done))
        else:
            kept.append(outcome)
    return kept if any(outcome.attempts for outcome in kept) else []
