"""An annotation: one answer for one video and one attribute, with what it cost and why it was given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibekit.core.attribute import Label


class Status(StrEnum):
    """How asking for one answer ended. Only ``ok`` carries a label."""

    OK = "ok"
    ABSTAIN = "abstain"
    BLOCKED = "blocked"
    EMPTY = "empty"
    INVALID = "invalid"
    MEDIA_ERROR = "media_error"
    ERROR = "error"


ANSWERED = frozenset({Status.OK, Status.ABSTAIN, Status.BLOCKED})
"""Outcomes that are not asked for again: a refusal was paid for too, and asking again gives the same one."""


class ProbabilitySource(StrEnum):
    """Where a probability comes from."""

    LOGPROB = "logprob"
    VOTES = "votes"
    VERBAL = "verbal"
    SIGNALS = "signals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen or heard from ``start_s`` to ``end_s`` (seconds from the first frame)."""

    start_s: float
    end_s: float
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one call, as the service counted them.

    Attributes:
        prompt: Input tokens, cached ones included.
        cached: Of these, read from a cache.
        output: Answer tokens.
        thoughts: Thinking tokens, billed as output.
        audio: Of the input tokens, those of sound (dearer on some models).
    """

    prompt: int = 0
    cached: int = 0
    output: int = 0
    thoughts: int = 0
    audio: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt=self.prompt + other.prompt,
            cached=self.cached + other.cached,
            output=self.output + other.output,
            thoughts=self.thoughts + other.thoughts,
            audio=self.audio + other.audio,
        )

    def times(self, n: int) -> Usage:
        """Return the tokens of ``n`` such calls."""
        return Usage(
            prompt=self.prompt * n,
            cached=self.cached * n,
            output=self.output * n,
            thoughts=self.thoughts * n,
            audio=self.audio * n,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What the samples of one question disagreed by.

    Attributes:
        samples: How many were collected, failed ones included.
        disagreement: Share of the votes, abstentions included, that are not the most frequent one: 0 when all agree
            (the variation ratio; Freeman, Elementary Applied Statistics, 1965).
        probability_mean: Mean of the samples' own probabilities, None when none gave one. Binary: of all labelled
            samples. Other kinds: of those that gave the winning label, for P(this label is right) means another thing
            for another label.
        probability_sd: Their standard deviation (n - 1); None with fewer than two.
    """

    samples: int
    disagreement: float
    probability_mean: float | None = None
    probability_sd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an annotator said about one attribute of one video, already checked.

    Attributes:
        status: ok, abstain, blocked, empty or invalid.
        label: The answer; None unless the status is ok.
        probability: P(the attribute holds) for binary, P(the label is right) otherwise; None when not given.
        probability_source: Where it comes from; None when there is none.
        rationale: Why, in the annotator's words.
        evidence: Times inside the video.
        evidence_dropped: Pieces of evidence that lay outside the video or ran backwards.
        reason: Why there is no label; empty when there is one.
        votes: Label as JSON text -> how many of the samples said it; empty without sampling.
        spread: What the samples disagreed by; None without sampling.
    """

    status: Status
    label: Label | None = None
    probability: float | None = None
    probability_source: ProbabilitySource | None = None
    rationale: str = ""
    evidence: tuple[Evidence, ...] = ()
    evidence_dropped: int = 0
    reason: str = ""
    votes: tuple[tuple[str, int], ...] = ()
    spread: Spread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One line of ``annotations.jsonl``.

    Attributes:
        key: 32 hex digits over everything that can change the answer; an answered key is never paid for again.
        video_id: Content hash; None when the file cannot be read.
        path: The file as text.
        attribute: Name.
        definition: Fingerprint of the definition.
        answer: Label, probability, rationale, evidence.
        annotator: Name of the annotator.
        model: Model id; empty when there is none.
        prompt: Fingerprint of the prompt template; empty when there is none.
        media: What was looked at, in a few words.
        usage: Tokens over all attempts for this line.
        cost_usd: Money over all attempts for this line.
        latency_s: Wall time of the last attempt.
        attempts: Requests sent for this line.
        created_at: ISO 8601, UTC.
        duplicate_of: For a second file with the same bytes: the path that was asked for; it cost nothing.
        recipe: Fingerprint of the settings that this answer was made with (one per attribute and command).
        media_verdict: ok, partial or failed, with the reason.
    """

    key: str
    video_id: str | None
    path: str
    attribute: str
    definition: str
    answer: Answer
    annotator: str
    model: str
    prompt: str
    media: str
    usage: Usage
    cost_usd: float
    latency_s: float
    attempts: int
    created_at: str
    duplicate_of: str = ""
    recipe: str = ""
    media_verdict: str = ""
