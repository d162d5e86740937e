"""From what asking came to, to the lines of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.annotation import Annotation, Answer, Status, Usage
from vibekit.formats.run import now
from vibekit.stages.annotate.votes import combine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vibekit.annotators.base import AnnotatorInfo
    from vibekit.stages.annotate.plan import Call


@dataclass(slots=True)
class Outcome:
    """What asking one question came to.

    Attributes:
        answers: Attribute name -> answer.
        usage: Tokens over all attempts.
        cost_usd: Money over all attempts.
        attempts: Requests sent.
        latency_s: Wall time of the last attempt.
        cached: Replies that another run had paid for.
        stopped: The run ended before the question was asked as often as it should have been.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    attempts: int = 0
    latency_s: float = 0.0
    cached: int = 0
    stopped: bool = False

    def fail(self, names: frozenset[str], reason: str) -> Outcome:
        """Give the named attributes an error; what the others were answered stays."""
        self.answers.update(dict.fromkeys(names, Answer(status=Status.ERROR, reason=reason)))
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What was answered elsewhere, and what is left to ask: the end of a sample that a batch job began.

    Attributes:
        outcome: So far.
        open: Attributes that still need an answer; none when it is whole.
    """

    outcome: Outcome
    open: frozenset[str]


def lines_for(
    call: Call, outcome: Outcome, *, info: AnnotatorInfo, recipes: Mapping[str, str], said: str
) -> Iterator[Annotation]:
    """Write one line for every attribute of a call; the lines' tokens and money add up to the outcome's."""
    for attribute, (usage, cost) in zip(call.attributes, _shares(outcome, len(call.attributes)), strict=True):
        yield Annotation(
            key=call.keys[attribute.name],
            video_id=call.video.video_id,
            path=call.video.text_path,
            attribute=attribute.name,
            definition=attribute.fingerprint,
            answer=outcome.answers[attribute.name],
            annotator=info.name,
            model=info.model,
            prompt=info.prompt,
            media=call.plan.describe() if call.plan else "",
            media_verdict=said,
            usage=usage,
            cost_usd=cost,
            latency_s=round(outcome.latency_s, 3),
            attempts=outcome.attempts,
            created_at=now(),
            recipe=recipes[attribute.name],
        )


def merged(call: Call, outcomes: list[Outcome], *, samples: int) -> Outcome:
    """Let samples vote attribute by attribute; tokens, money and requests add up.

    Samples that are missing because the run stopped are no abstentions: there is no verdict then, only an error.
    """
    whole = Outcome(latency_s=max(o.latency_s for o in outcomes))
    for one in outcomes:
        whole.usage += one.usage
        whole.cost_usd += one.cost_usd
        whole.attempts += one.attempts
    lacking = samples - sum(not o.stopped for o in outcomes)
    if lacking and samples > 1:
        return whole.fail(frozenset(call.keys), f"the run stopped after {samples - lacking} of {samples} samples")
    whole.answers = {a.name: combine([o.answers[a.name] for o in outcomes]) for a in call.attributes}
    return whole


def _shares(outcome: Outcome, n: int) -> list[tuple[Usage, float]]:
    """Split what a call used evenly over its attributes, so that the lines add up to the whole."""
    u = outcome.usage
    counts = (u.prompt, u.cached, u.output, u.thoughts, u.audio)
    shares = []
    for i in range(n):
        part = [c // n + (1 if i < c % n else 0) for c in counts]
        usage = Usage(prompt=part[0], cached=part[1], output=part[2], thoughts=part[3], audio=part[4])
        shares.append((usage, round(outcome.cost_usd / n, 9)))
    return shares
