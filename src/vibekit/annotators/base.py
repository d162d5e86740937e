"""The seam to whoever answers: a model behind an API, the built-in measurements, a recording, a rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from vibekit.core.annotation import Answer, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from vibekit.core.attribute import Attribute
    from vibekit.core.batch import BatchJob
    from vibekit.core.media import Media, MediaPlan
    from vibekit.core.video import Video
    from vibekit.errors import ItemError, TransientError


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorInfo:
    """Who answers, and with which settings.

    Attributes:
        name: Name in the table, or ``package.module:Class``.
        model: Model id as sent; empty when there is no model.
        prompt: Fingerprint of the prompt template; empty when there is none.
        prompt_files: File name -> text of the templates, kept with the run.
        settings: JSON values; everything else that can change an answer (thinking, temperature, seed, resolution).
            Nothing secret and no paths or worker counts.
        address: Where the service is, when it is not its usual place: answers from there (a proxy, a test server) are
            never taken for those of the service in another run. Nothing secret.
    """

    name: str
    model: str = ""
    address: str = ""
    prompt: str = ""
    prompt_files: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one call is expected to use.

    Attributes:
        usage: Expected tokens.
        cost_usd: Expected money.
    """

    usage: Usage
    cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call: one video, one or several attributes.

    Attributes:
        request_id: Short id, unique to the video, the attributes and the settings; the answer must echo it.
        video: What is judged; annotators may use its metadata, its duration and nothing that names the file.
        attributes: What is asked, in order.
        sample: 0 for the first ask of this question, counted up when votes are collected.
    """

    request_id: str
    video: Video
    attributes: tuple[Attribute, ...]
    sample: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back from one call.

    Attributes:
        answers: Attribute name -> checked answer; holds every attribute that was asked.
        usage: Tokens of this call.
        cost_usd: Money of this call; blocked and empty answers may cost too.
        retry: True when asking again may give an answer (empty, malformed, truncated); False when it would not.
    """

    answers: Mapping[str, Answer]
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    retry: bool = False


class Estimator(Protocol):
    """Somebody who says beforehand what a question will cost."""

    def estimate(self, question: Question, plan: MediaPlan) -> Estimate:
        """Say what one question is expected to use and cost; pure, no I/O."""
        ...


class Annotator(Protocol):
    """Somebody who answers questions about videos.

    One instance serves a whole run on one event loop; ``ask`` is called concurrently. An instance does one attempt per
    ``ask``: retries, limits, budgets and files belong to the stage.
    """

    @property
    def info(self) -> AnnotatorInfo:
        """Who answers; constant over the life of the instance."""
        ...

    def attribute_settings(self, attribute: Attribute) -> Mapping[str, Any]:
        """Return settings outside the fingerprint that change this annotator's answers for one attribute, as JSON."""
        ...

    def check(self) -> None:
        """Find out early, and without a request, that nothing can be asked.

        Raises:
            SetupError: A key or a package is missing.
        """
        ...

    def rendered(self, attributes: tuple[Attribute, ...]) -> Mapping[str, str]:
        """Return the texts that are sent about the attributes, by the file name that a run keeps them under."""
        ...

    def plan(self, video: Video, attributes: tuple[Attribute, ...]) -> MediaPlan:
        """Say what must be taken from a probed video to ask about the attributes; pure, no I/O."""
        ...

    def estimate(self, question: Question, plan: MediaPlan) -> Estimate:
        """Say what one call is expected to use; pure, no I/O."""
        ...

    def attach(self, media: Media) -> AbstractAsyncContextManager[Any]:
        """Make media ready for any number of questions (such as an upload), and clean up at the end.

        Raises:
            TransientError: Worth trying again.
            ItemError: Final for this video.
            SetupError: Final for the run; the key or a package is wrong.
            ServiceError: Final for the run.
        """
        ...

    async def ask(self, question: Question, attached: Any) -> Reply:  # noqa: ANN401 - what attach() yielded
        """Make one attempt to get an answer.

        Returns:
            One checked answer for every attribute in the question. A refusal, an empty or a malformed answer is a
            reply with that status, never an exception and never a label.

        Raises:
            TransientError: Worth asking again (429, 5xx, network, timeout).
            ItemError: The service refuses this video for good.
            SetupError: Final for the run; the key or a package is wrong.
            ServiceError: Final for the run.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReply:
    """What one line of a job's answers holds; neither a reply nor a failure under a key that nobody asked for.

    Attributes:
        key: Of the question that it says it answers.
        reply: The checked reply to the question under that key.
        failure: Why the service gave no answer: worth asking again, or final for this video.
    """

    key: str
    reply: Reply | None = None
    failure: TransientError | ItemError | None = None


class BatchService(Protocol):
    """Where many questions are handed in at once and answered later, at another price.

    The async methods make one attempt each, and raise what ``Annotator.ask`` raises.
    """

    def estimate(self, question: Question, plan: MediaPlan) -> Estimate:
        """Say what one question is expected to use and cost in a job; pure, no I/O."""
        ...

    async def attach(self, media: Media) -> tuple[Any, str]:
        """Make media ready; returns it, and the name of an upload that must live as long as the job (or nothing)."""
        ...

    def line(self, key: str, question: Question, attached: Any) -> bytes:  # noqa: ANN401 - what attach() returned
        """Return the line of a job's file that asks the question; its answer comes back under ``key``."""
        ...

    async def upload(self, path: Path) -> str:
        """Hand a file of lines over; returns its name. Costs nothing yet."""
        ...

    async def create(self, file: str, *, display_name: str) -> str:
        """Make a job of an uploaded file; returns the job's name. From here on it is paid for."""
        ...

    async def find(self, display_name: str) -> tuple[BatchJob, ...]:
        """Return the jobs that were made under a display name."""
        ...

    async def look(self, name: str) -> BatchJob:
        """Look at a job; raises ItemError when the service does not know it."""
        ...

    async def cancel(self, name: str) -> None:
        """Ask for a job to be cancelled."""
        ...

    async def download(self, job: BatchJob, target: Path) -> None:
        """Write the answers of a job to a file; raises OSError when they cannot be written."""
        ...

    async def delete(self, names: Iterable[str]) -> None:
        """Delete uploads; never fails."""
        ...

    def read(self, raw: bytes, questions: Mapping[str, Question], *, model: str) -> BatchReply | None:
        """Read one line of answers; None when it is none.

        Args:
            raw: The line.
            questions: Key -> what was asked under it.
            model: Who was asked, for the price.
        """
        ...


@runtime_checkable
class BatchAnnotator(Protocol):
    """An annotator that can also be asked through a Batch API."""

    def batches(self) -> BatchService:
        """Return the way to it; raises InputError when the settings leave none."""
        ...
