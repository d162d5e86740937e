"""Asks Gemini, on the Gemini API or on Vertex AI."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibekit.annotators import tokens
from vibekit.annotators.answer import SCHEMA_VERSION, answer_schema
from vibekit.annotators.base import AnnotatorInfo, Estimate, Question, Reply
from vibekit.annotators.gemini_message import MESSAGE_VERSION, frame_parts, message
from vibekit.annotators.gemini_plan import media_usage, modalities, plan_media
from vibekit.annotators.gemini_reply import read_answers
from vibekit.annotators.prompt import Rendered, load_template, render
from vibekit.annotators.untrusted import untrusted_fields
from vibekit.core.annotation import Usage
from vibekit.core.attribute import Modality
from vibekit.core.fingerprint import fingerprint
from vibekit.core.media import MediaKind
from vibekit.errors import InputError
from vibekit.gemini.connection import Connection, resolve
from vibekit.gemini.request import Inline, Request, Settings, Uploaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.attribute import Attribute
    from vibekit.core.media import Media, MediaPlan
    from vibekit.core.video import Video
    from vibekit.gemini.client import GeminiClient
    from vibekit.gemini.connection import Connection
    from vibekit.gemini.request import Part

SEED_STEP = 1000
"""Added to the seed at every further try of one question: the same seed may give the same useless answer."""
_SEED_RANGE = 2**31
_LONGEST_STEM = 100
_MOST_RETRIED = 10_000


@dataclass(frozen=True, slots=True)
class Attached:
    """Media ready to be asked about.

    Attributes:
        media: What was taken; bytes that were uploaded are not kept.
        uploaded: The upload; None when the bytes travel in the request.
    """

    media: Media
    uploaded: Uploaded | None = None


@dataclass(frozen=True, slots=True)
class _Task:
    """What is the same in all calls about one set of attributes."""

    prompt: Rendered
    schema: dict[str, Any]


class GeminiAnnotator:
    """Implements ``vibekit.annotators.base.Annotator``.

    The client is made at the first ``attach``: planning and estimating need no key.

    Args:
        settings: What the user chose.

    Raises:
        InputError: The prompt template or a setting is wrong.
    """

    def __init__(self, settings: AnnotatorSettings) -> None:
        _check(settings)
        self._settings = settings
        self._template = load_template(settings.prompt)
        self._tasks: dict[tuple[Attribute, ...], _Task] = {}
        self._retried: dict[tuple[str, int], int] = {}
        self._client: GeminiClient | None = None
        self._connection = Connection(
            vertex=settings.vertex,
            project=settings.project,
            location=settings.location,
            base_url=settings.base_url,
            timeout_s=settings.timeout_s,
            connections=settings.connections,
        )
        self._generation = Settings(
            thinking=settings.thinking,
            media_resolution=settings.media_resolution,
            temperature=settings.temperature,
            max_output_tokens=settings.max_output_tokens,
        )

    @property
    def info(self) -> AnnotatorInfo:
        """Who answers."""
        s = self._settings
        return AnnotatorInfo(
            name="gemini",
            model=s.model,
            prompt=self._template.fingerprint,
            prompt_files={f"{self._template.name}.md": self._template.text},
            settings={
                "thinking": s.thinking,
                "media_resolution": s.media_resolution,
                "temperature": s.temperature,
                "seed": s.seed,
                "max_output_tokens": s.max_output_tokens,
                "schema": SCHEMA_VERSION,
                "message": MESSAGE_VERSION,
            },
        )

    def attribute_settings(self, attribute: Attribute) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's
        """Return nothing: the definition's fingerprint covers all that is sent."""
        return {}

    def check(self) -> None:
        """Find out early that the key or the project is missing."""
        resolve(self._connection)

    def rendered(self, attributes: tuple[Attribute, ...]) -> Mapping[str, str]:
        """Return the texts that are sent about the attributes, by a file name to keep them under."""
        prompt, stem = self._task(attributes).prompt, "+".join(a.name for a in attributes)
        if len(stem) > _LONGEST_STEM:
            stem = f"{attributes[0].name}+{len(attributes) - 1}-{fingerprint(stem)}"
        return {f"{stem}.system.md": prompt.system, f"{stem}.user.md": prompt.user}

    def plan(self, video: Video, attributes: tuple[Attribute, ...]) -> MediaPlan:
        """Say what must be taken from a video."""
        return plan_media(video, attributes, self._settings)

    def estimate(self, question: Question, plan: MediaPlan) -> Estimate:
        """Say what one call is expected to use; the money is 0 when the model has no price."""
        task, count = self._task(question.attributes), len(question.attributes)
        picture, sound = media_usage(question.video, plan, self._settings)
        words = len(task.prompt.system) + len(task.prompt.user) + len(str(task.schema))
        if Modality.TEXT in modalities(question.attributes):
            words += sum(len(text) + 100 for text in untrusted_fields(question.video.metadata).values())
        usage = Usage(
            prompt=picture + sound + words // tokens.CHARACTERS_PER_TOKEN,
            output=tokens.EXPECTED_OUTPUT * count,
            thoughts=tokens.EXPECTED_THOUGHTS[self._settings.thinking] * count,
            audio=sound,
        )
        return Estimate(usage=usage, cost_usd=self._cost(usage))

    @asynccontextmanager
    async def attach(self, media: Media) -> AsyncIterator[Attached]:
        """Upload what is too large for a request; everything else is ready as it is."""
        client = self._connected()
        if media.plan.kind is not MediaKind.VIDEO or media.data:
            yield Attached(media)
            return
        async with client.uploaded(Path(media.path), mime=media.plan.mime) as file:
            yield Attached(media, Uploaded(file.uri, file.mime, *_looked_at(media.plan)))

    async def ask(self, question: Question, attached: Attached) -> Reply:
        """Make one attempt."""
        task, tried = self._task(question.attributes), (question.request_id, question.sample)
        response = await self._connected().generate(
            Request(
                model=self._settings.model,
                system=task.prompt.system,
                parts=message(question, opening=task.prompt.user, media=_media_parts(question, attached)),
                schema=task.schema,
                settings=self._generation,
                seed=self._seed(question.sample, tries=self._retried.get(tried, 0)),
            )
        )
        parsed = read_answers(response, question, max_output_tokens=self._settings.max_output_tokens)
        self._remember(tried, retry=parsed.retry)
        return Reply(
            answers=parsed.answers,
            usage=response.usage,
            cost_usd=self._cost(response.usage),
            retry=parsed.retry,
        )

    async def aclose(self) -> None:
        """Let go of connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _connected(self) -> GeminiClient:
        if self._client is None:
            # Imported when used: the SDK takes a second, and a dry run does without it.
            from vibekit.gemini.client import GeminiClient

            self._client = GeminiClient(self._connection)
        return self._client

    def _task(self, attributes: tuple[Attribute, ...]) -> _Task:
        """Return prompt and schema, made once for a set of attributes."""
        task = self._tasks.get(attributes)
        if task is None:
            task = _Task(render(self._template, attributes), answer_schema(attributes))
            self._tasks[attributes] = task
        return task

    def _seed(self, sample: int, *, tries: int) -> int | None:
        if self._settings.seed is None:
            return None
        return (self._settings.seed + sample + SEED_STEP * tries) % _SEED_RANGE

    def _remember(self, tried: tuple[str, int], *, retry: bool) -> None:
        if not retry:
            self._retried.pop(tried, None)
            return
        if len(self._retried) >= _MOST_RETRIED:
            self._retried.pop(next(iter(self._retried)))
        self._retried[tried] = self._retried.get(tried, 0) + 1

    def _cost(self, usage: Usage) -> float:
        prices = self._settings.prices
        if prices is None:
            return 0.0
        return prices.cost(self._settings.model, usage, on=datetime.now(UTC).date()) or 0.0


def _media_parts(question: Question, attached: Attached) -> tuple[Part, ...]:
    media = attached.media
    if attached.uploaded is not None:
        return (attached.uploaded,)
    if media.plan.kind is MediaKind.VIDEO:
        return (Inline(media.data, media.plan.mime, *_looked_at(media.plan)),)
    return frame_parts(media, pictures=Modality.FRAMES in modalities(question.attributes))


def _looked_at(plan: MediaPlan) -> tuple[float | None, float, float | None]:
    """Return frames per second, begin and end in seconds of what the service looks at."""
    return plan.fps, plan.window.start_s, plan.window.end_s


def _check(settings: AnnotatorSettings) -> None:
    if not 0 < settings.fps <= 24:
        raise InputError(f"--fps {settings.fps:g} is outside of 0-24", hint="give --fps 1")
    if settings.temperature is not None and not 0 <= settings.temperature <= 2:
        raise InputError(f"--temperature {settings.temperature:g} is outside of 0-2", hint="leave it out")
    if settings.model.removesuffix("-exp").endswith("latest"):
        raise InputError(
            f"'{settings.model}' is an alias: the model behind it changes while a run goes on",
            hint="give --model with the full name, such as gemini-3.8-flash",
        )
