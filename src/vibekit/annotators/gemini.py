"""Asks Gemini, on the Gemini API or on Vertex AI."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibekit.annotators import tokens
from vibekit.annotators.answer import SCHEMA_VERSION
from vibekit.annotators.base import AnnotatorInfo, Estimate, Question, Reply
from vibekit.annotators.frames_plan import check_heard, unless_bare
from vibekit.annotators.gemini_batch import GeminiBatch
from vibekit.annotators.gemini_media import Attached, looked_at, media_parts
from vibekit.annotators.gemini_plan import media_usage, plan_media
from vibekit.annotators.gemini_reply import read_answers
from vibekit.annotators.message import MESSAGE_VERSION, message
from vibekit.annotators.money import billed, cost_usd
from vibekit.annotators.seeds import Seeds
from vibekit.annotators.shown import shown, withheld_settings
from vibekit.annotators.tasks import Tasks
from vibekit.core.annotation import Usage
from vibekit.core.media import MediaKind
from vibekit.errors import InputError
from vibekit.formats.address import check_address, shown_address
from vibekit.gemini.connection import Connection, address_of, resolve
from vibekit.gemini.request import Request, Settings, Uploaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.attribute import Attribute, Modality
    from vibekit.core.media import Media, MediaPlan
    from vibekit.core.video import Video
    from vibekit.gemini.client import GeminiClient
    from vibekit.gemini.connection import Connection


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
        self._withheld = withheld_settings(settings.withhold)
        self._tasks = Tasks(settings.prompt)
        self._seeds = Seeds(settings.seed)
        self._client: GeminiClient | None = None
        self._connection = Connection(
            vertex=settings.vertex,
            project=settings.project,
            location=settings.location,
            base_url=settings.base_url,
            timeout_s=settings.timeout_s,
            connections=settings.connections,
        )
        self._address = shown_address(address_of(self._connection) or "")
        self._generation = Settings(
            thinking=settings.thinking,
            media_resolution=settings.media_resolution,
            temperature=settings.temperature,
            max_output_tokens=settings.max_output_tokens,
        )

    @property
    def info(self) -> AnnotatorInfo:
        """Who answers."""
        s, template = self._settings, self._tasks.template
        return AnnotatorInfo(
            name="gemini",
            model=s.model,
            prompt=template.fingerprint,
            prompt_files={f"{template.name}.md": template.text},
            address=self._address,
            settings={
                "thinking": s.thinking,
                "media_resolution": s.media_resolution,
                "temperature": s.temperature,
                "seed": s.seed,
                "max_output_tokens": s.max_output_tokens,
                "schema": SCHEMA_VERSION,
                "message": MESSAGE_VERSION,
                **self._withheld,
            },
        )

    def attribute_settings(self, attribute: Attribute) -> Mapping[str, Any]:
        """Return nothing: the definition's fingerprint covers all that is sent.

        Raises:
            InputError: It is judged by sound alone, and none is sent.
        """
        check_heard(attribute, audio=self._settings.audio, hint="leave --no-audio away")
        return {}

    def check(self) -> None:
        """Find out early that the key or the project is missing."""
        resolve(self._connection)

    def rendered(self, attributes: tuple[Attribute, ...]) -> Mapping[str, str]:
        """Return the texts that are sent about the attributes, by a file name to keep them under."""
        return self._tasks.rendered(attributes)

    def plan(self, video: Video, attributes: tuple[Attribute, ...]) -> MediaPlan:
        """Say what must be taken from a video."""
        allowed = shown(attributes, withhold=self._settings.withhold)
        return unless_bare(plan_media(video, attributes, self._settings), video, allowed=allowed)

    def estimate(self, question: Question, plan: MediaPlan) -> Estimate:
        """Say what one call is expected to use; the money is 0 when the model has no price."""
        count = len(question.attributes)
        picture, sound = media_usage(question.video, plan, self._settings)
        words = self._tasks.text_tokens(question, allowed=self._shown(question))
        usage = Usage(
            prompt=picture + sound + words,
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
            yield Attached(media, Uploaded(file.uri, file.mime, *looked_at(media.plan)))

    async def ask(self, question: Question, attached: Attached) -> Reply:
        """Make one attempt."""
        response = await self._connected().generate(self.request(question, attached))
        parsed = read_answers(response, question, max_output_tokens=self._settings.max_output_tokens)
        self._seeds.remember(question, retry=parsed.retry)
        used = billed(response.usage, lambda: self.estimate(question, attached.media.plan).usage)
        return Reply(
            answers=parsed.answers,
            usage=response.usage,
            cost_usd=self._cost(used),
            retry=parsed.retry,
        )

    def request(self, question: Question, attached: Attached) -> Request:
        """Return what one attempt sends."""
        task, allowed = self._tasks.task(question.attributes), self._shown(question)
        media = media_parts(attached, allowed=allowed)
        return Request(
            model=self._settings.model,
            system=task.prompt.system,
            parts=message(question, opening=task.prompt.user, media=media, allowed=allowed),
            schema=task.schema,
            settings=self._generation,
            seed=self._seeds.seed(question),
        )

    def batches(self) -> GeminiBatch:
        """Return the way to the Batch API."""
        return GeminiBatch(self, self._settings, seeds=self._seeds, connected=self._connected)

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

    def _shown(self, question: Question) -> frozenset[Modality]:
        return shown(question.attributes, withhold=self._settings.withhold)

    def _cost(self, usage: Usage) -> float:
        return cost_usd(self._settings.prices, self._settings.model, usage)


def _check(settings: AnnotatorSettings) -> None:
    check_address(settings.base_url)
    if not 0 < settings.fps <= 24:
        raise InputError(f"--fps {settings.fps:g} is outside of 0-24", hint="give --fps 1")
    if settings.temperature is not None and not 0 <= settings.temperature <= 2:
        raise InputError(f"--temperature {settings.temperature:g} is outside of 0-2", hint="leave it out")
    if settings.model.removesuffix("-exp").endswith("latest"):
        raise InputError(
            f"'{settings.model}' is an alias: the model behind it changes while a run goes on",
            hint="give --model with the full name, such as gemini-3.8-flash",
        )
