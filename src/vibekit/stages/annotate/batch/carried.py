"""What one call came to over the jobs that asked it, until it is whole and becomes lines of the run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vibekit.annotators.base import AnnotatorInfo
from vibekit.stages.annotate.batch.answers import attributes_of, video_of
from vibekit.stages.annotate.outcome import Outcome, lines_for, merged
from vibekit.stages.annotate.plan import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.core.annotation import Annotation
    from vibekit.formats.batch_events import AskedCall, AskedLine, Intent
    from vibekit.stages.annotate.batch.answers import LineResult
    from vibekit.stages.annotate.batch.definitions import Definitions

CallId = tuple[str, ...]
"""The keys of all that a call asks: the same in every job that asks it."""


def id_of(call: AskedCall) -> CallId:
    """Return what a call is known by."""
    return tuple(sorted(call.keys.values()))


@dataclass(slots=True)
class Carried:
    """One call and its answers so far.

    Attributes:
        call: What is asked.
        intent: Of the last job that asked it, without questions.
        outcomes: Sample -> what it came to so far.
        open: Sample -> attributes that still need an answer.
        reason: Why they do.
        latency_s: From handing the last job in to its answers.
    """

    call: AskedCall
    intent: Intent
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    open: dict[int, frozenset[str]] = field(default_factory=dict)
    reason: str = ""
    latency_s: float = 0.0

    @classmethod
    def begin(cls, call: AskedCall, intent: Intent) -> Carried:
        """Start with nothing answered."""
        samples = range(intent.samples)
        names = frozenset(call.keys)
        return cls(call, intent, {n: Outcome() for n in samples}, dict.fromkeys(samples, names))

    @property
    def whole(self) -> bool:
        """Whether nothing is left to ask."""
        return not any(self.open.values())

    def take(self, line: AskedLine, result: LineResult) -> None:
        """Take up what one line came to."""
        outcome = self.outcomes[line.sample]
        outcome.answers.update(result.answers)
        outcome.usage += result.usage
        outcome.cost_usd += result.cost_usd
        outcome.attempts += 1
        self.open[line.sample] = result.open
        self.reason = result.reason or self.reason

    def lines(self, definitions: Definitions) -> Iterator[Annotation]:
        """Write the lines of the call; what still needs an answer gets the reason why it has none."""
        for sample, outcome in self.outcomes.items():
            outcome.fail(self.open[sample] - outcome.answers.keys(), self.reason)
            outcome.latency_s = self.latency_s
        call, intent = self.call, self.intent
        asked = Call(video=video_of(call), attributes=attributes_of(call, definitions), keys=call.keys, plan=None)
        outcome = merged(asked, list(self.outcomes.values()), samples=intent.samples)
        info = AnnotatorInfo(name=intent.annotator, model=intent.model, prompt=intent.prompt)
        for line in lines_for(asked, outcome, info=info, recipes=intent.recipes, said=call.media_verdict):
            yield replace(line, media=call.media)
