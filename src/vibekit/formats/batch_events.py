"""What can happen to a batch job, one dataclass an event; a run keeps them in ``batches.jsonl``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibekit.core.batch import BatchState


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """One line of a job: one sample of one question.

    Attributes:
        line: Key under which the answer comes back.
        sample: Number of the sample.
        names: Attributes that it asks about, in order.
        request_id: What the answer must echo.
    """

    line: str
    sample: int
    names: tuple[str, ...]
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCall:
    """What was asked about one video, and all that is needed to read the answer without it.

    Attributes:
        path: The file as text.
        video_id: Content hash.
        duration_s: Length in seconds; None if unknown.
        media: What was sent, in a few words.
        media_verdict: How the decode ended.
        keys: Attribute name -> key of its answer, in order.
        definitions: Attribute name -> fingerprint.
        shown: Hash over everything that can change a reply about the video but the definitions.
        asked: The lines.
    """

    path: str
    video_id: str
    duration_s: float | None
    media: str
    media_verdict: str
    keys: dict[str, str]
    definitions: dict[str, str]
    shown: str
    asked: tuple[AskedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A job that is about to be made; written before anything is handed over.

    Attributes:
        job: Its display name, which no other job has.
        at: ISO 8601, UTC.
        annotator: Name of the annotator.
        model: Model id.
        prompt: Fingerprint of the prompt template.
        samples: Samples that a question gets in all.
        round: 1, or how often something of it was in a job before, plus 1.
        requests: Lines of the job.
        bytes: Size of the file of questions.
        estimate_usd: Expected money.
        uploads: Names of the uploads that must live as long as the job.
        recipes: Attribute name -> fingerprint of the settings that its answers are made with.
        calls: What is asked.
        version: Of this format.
    """

    job: str
    at: str
    annotator: str
    model: str
    prompt: str
    samples: int
    round: int
    requests: int
    bytes: int
    estimate_usd: float
    uploads: tuple[str, ...]
    recipes: dict[str, str]
    calls: tuple[AskedCall, ...]
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The service has the job: its name for it, the uploaded file of questions, and whether it was found again."""

    job: str
    at: str
    name: str
    file: str = ""
    adopted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How far a job was when it was looked at; the counts are the service's, None when it gave none."""

    job: str
    at: str
    state: BatchState
    error: str = ""
    answered: int | None = None
    failed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A job has ended and its answers are here.

    Attributes:
        job: Its display name.
        at: ISO 8601, UTC.
        state: How it ended.
        error: Why it failed.
        results: Its answers: a file in the run folder; empty when there are none.
        offset: Size of ``annotations.jsonl`` then: lines about its questions behind that point take it into account.
        answered: Lines with a usable reply.
        failed: Lines with an error or an unusable reply.
        missing: Lines without any.
        cost_usd: Money.
    """

    job: str
    at: str
    state: BatchState
    error: str
    results: str
    offset: int
    answered: int
    failed: int
    missing: int
    cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """A job that was never made, or is given up; its questions are open again."""

    job: str
    at: str
    reason: str


Event = Intent | Created | Looked | Collected | Abandoned
