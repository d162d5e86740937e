"""Asks any server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, or a hosted one."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from vibekit.annotators import tokens
from vibekit.annotators.answer import SCHEMA_VERSION
from vibekit.annotators.base import AnnotatorInfo, Estimate, Question, Reply
from vibekit.annotators.extra_body import read_extra_body
from vibekit.annotators.frames_plan import check_heard, unless_bare
from vibekit.annotators.message import MESSAGE_VERSION, frame_parts, message
from vibekit.annotators.money import billed, cost_usd
from vibekit.annotators.openai_model import choose_model
from vibekit.annotators.openai_plan import HEARD_ELSEWHERE, media_usage, plan_media
from vibekit.annotators.openai_reply import read_answers
from vibekit.annotators.seeds import Seeds
from vibekit.annotators.settings import DEFAULT_MODEL
from vibekit.annotators.shown import shown, withheld_settings
from vibekit.annotators.tasks import Tasks
from vibekit.core.annotation import Usage
from vibekit.errors import InputError, ServiceError
from vibekit.formats.address import check_address, shown_address
from vibekit.openai_compat.connection import Connection, resolve
from vibekit.openai_compat.package import need_package
from vibekit.openai_compat.request import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.attribute import Attribute, Modality
    from vibekit.core.media import Media, MediaPlan
    from vibekit.core.video import Video
    from vibekit.openai_compat.client import OpenAIClient
    from vibekit.openai_compat.response import Response

PROBABILITY_VERSION = 1
"""Counted up when the same tokens would give another probability; enters the key of an answer."""
_LOG = logging.getLogger(__name__)


class OpenAIAnnotator:
    """Implements ``vibekit.annotators.base.Annotator``.

    The client is made at the first ``attach``. Without a model, the server's only one is asked for by its name once,
    when the name is first needed.

    Args:
        settings: What the user chose.

    Raises:
        InputError: The prompt template or a setting is wrong.
        SetupError: The address or the key in the environment cannot be used.
    """

    def __init__(self, settings: AnnotatorSettings) -> None:
        _check(settings)
        self._settings = settings
        self._extra = read_extra_body(settings.extra_body)
        self._withheld = withheld_settings(settings.withhold)
        self._tasks = Tasks(settings.prompt)
        self._seeds = Seeds(settings.seed)
        self._client: OpenAIClient | None = None
        self._logprobs = bool(self._extra.get("logprobs", True))
        self._connection = Connection(
            base_url=settings.base_url, timeout_s=settings.timeout_s, connections=settings.connections
        )
        self._address = shown_address(resolve(self._connection).base_url)
        self._named = None if settings.model == DEFAULT_MODEL else settings.model

    @property
    def model(self) -> str:
        """The model's id.

        Raises:
            InputError: None was named, and the server has several.
            SetupError: The package is missing, or the key is wrong.
            ServiceError: None was named, and the server cannot be asked.
        """
        if self._named is None:
            self._named = choose_model(self._connection, None, address=self._address)
        return self._named

    @property
    def info(self) -> AnnotatorInfo:
        """Who answers."""
        s, template = self._settings, self._tasks.template
        return AnnotatorInfo(
            name="openai",
            model=self.model,
            prompt=template.fingerprint,
            prompt_files={f"{template.name}.md": template.text},
            settings={
                # another server may hold other weights of the same name
                "address": self._address,
                "thinking": s.thinking,
                "temperature": s.temperature,
                "seed": s.seed,
                "max_output_tokens": s.max_output_tokens,
                "extra_body": self._extra,
                "schema": SCHEMA_VERSION,
                "message": MESSAGE_VERSION,
                "probability": PROBABILITY_VERSION,
                **self._withheld,
            },
        )

    def attribute_settings(self, attribute: Attribute) -> Mapping[str, Any]:
        """Return nothing: the definition's fingerprint covers all that is sent.

        Raises:
            InputError: It is judged by sound alone, and none is sent.
        """
        check_heard(attribute, audio=self._settings.audio, hint=HEARD_ELSEWHERE)
        return {}

    def check(self) -> None:
        """Find out early that the package is missing, the server away, or the model none of its own."""
        self._named = choose_model(self._connection, self._named, address=self._address)

    def rendered(self, attributes: tuple[Attribute, ...]) -> Mapping[str, str]:
        """Return the texts that are sent about the attributes, by a file name to keep them under."""
        return self._tasks.rendered(attributes)

    def plan(self, video: Video, attributes: tuple[Attribute, ...]) -> MediaPlan:
        """Say what must be taken from a video."""
        allowed = shown(attributes, withhold=self._settings.withhold)
        return unless_bare(plan_media(video, attributes, self._settings), video, allowed=allowed)

    def estimate(self, question: Question, plan: MediaPlan) -> Estimate:
        """Say what one call is expected to use; the money is 0 when the model has no price."""
        count, thinking = len(question.attributes), self._settings.thinking
        picture, sound = media_usage(question.video, plan)
        words = self._tasks.text_tokens(question, allowed=self._shown(question))
        usage = Usage(
            prompt=picture + sound + words,
            output=tokens.EXPECTED_OUTPUT * count,
            # open models think when their template is told to, which nothing here says: unknown, taken for none
            thoughts=tokens.EXPECTED_THOUGHTS[thinking] * count if thinking else 0,
            audio=sound,
        )
        return Estimate(usage=usage, cost_usd=self._cost(usage))

    @asynccontextmanager
    async def attach(self, media: Media) -> AsyncIterator[Media]:
        """Pass the media on: everything travels in the request."""
        self._connected()
        yield media

    async def ask(self, question: Question, attached: Media) -> Reply:
        """Make one attempt."""
        response = await self._answered(question, attached)
        parsed = read_answers(response, question, max_output_tokens=self._settings.max_output_tokens)
        self._seeds.remember(question, retry=parsed.retry)
        used = billed(response.usage, lambda: self.estimate(question, attached.plan).usage)
        return Reply(
            answers=parsed.answers,
            usage=response.usage,
            cost_usd=self._cost(used),
            retry=parsed.retry,
        )

    def request(self, question: Question, media: Media) -> Request:
        """Return what one attempt sends."""
        s, task, allowed = self._settings, self._tasks.task(question.attributes), self._shown(question)
        pictures = frame_parts(media, allowed=allowed)
        return Request(
            model=self.model,
            system=task.prompt.system,
            parts=message(question, opening=task.prompt.user, media=pictures, allowed=allowed),
            schema=task.schema,
            temperature=s.temperature,
            seed=self._seeds.seed(question),
            max_tokens=s.max_output_tokens,
            thinking=s.thinking,
            logprobs=self._logprobs,
            extra=self._extra,
        )

    async def aclose(self) -> None:
        """Let go of connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _answered(self, question: Question, media: Media) -> Response:
        """Ask, and ask once more without probabilities when the server has none: it refused before it looked."""
        try:
            return await self._connected().ask(self.request(question, media))
        except ServiceError as error:
            if getattr(error, "feature", "") != "logprobs":
                raise
            if self._logprobs:
                self._logprobs = False
                _LOG.warning("no probabilities of tokens from this server, those that the model states are kept")
        return await self._connected().ask(self.request(question, media))

    def _connected(self) -> OpenAIClient:
        if self._client is None:
            need_package()
            # Imported when used: the package takes a second, and a dry run does without it.
            from vibekit.openai_compat.client import OpenAIClient

            self._client = OpenAIClient(self._connection)
        return self._client

    def _shown(self, question: Question) -> frozenset[Modality]:
        return shown(question.attributes, withhold=self._settings.withhold)

    def _cost(self, usage: Usage) -> float:
        return cost_usd(self._settings.prices, self.model, usage)


def _check(settings: AnnotatorSettings) -> None:
    check_address(settings.base_url)
    if settings.media == "video":
        raise InputError(
            "the openai annotator sends frames: every server takes pictures, few take videos",
            hint="leave --media out, or give --media frames",
        )
