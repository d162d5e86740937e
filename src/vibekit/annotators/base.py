"""The seam to whoever answers: a model behind an API, the built-in measurements, a recording, a rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from vibekit.core.annotation import Answer, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from vibekit.core.attribute import Attribute
    from vibekit.core.media import Media, MediaPlan
    from vibekit.core.video import Video


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
    """

    name: str
    model: str = ""
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
