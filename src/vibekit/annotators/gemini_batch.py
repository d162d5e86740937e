"""Asks Gemini through its Batch API: half the price, within a day instead of a second."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.annotators.base import BatchReply, Estimate, Reply
from vibekit.annotators.gemini_media import Attached, goes_along, looked_at
from vibekit.annotators.gemini_reply import read_answers
from vibekit.annotators.money import cost_usd
from vibekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vibekit.annotators.base import Question
    from vibekit.annotators.gemini import GeminiAnnotator
    from vibekit.annotators.seeds import Seeds
    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.batch import BatchJob
    from vibekit.core.media import Media, MediaPlan
    from vibekit.gemini.batch_line import BatchLine
    from vibekit.gemini.batches import GeminiBatches
    from vibekit.gemini.client import GeminiClient


DELETING = 8
"""Uploads that are deleted at once."""


class GeminiBatch:
    """Implements ``vibekit.annotators.base.BatchService``.

    Args:
        annotator: Whose questions these are: they are put as it puts them directly.
        settings: What the user chose.
        seeds: The annotator's.
        connected: Makes the client when it is first needed.

    Raises:
        InputError: Vertex AI, which takes jobs from buckets only.
    """

    def __init__(
        self,
        annotator: GeminiAnnotator,
        settings: AnnotatorSettings,
        *,
        seeds: Seeds,
        connected: Callable[[], GeminiClient],
    ) -> None:
        if settings.vertex:
            raise InputError(
                "--batch does not work with --vertex: Vertex AI takes jobs from buckets and tables only",
                hint="leave --vertex away and set GEMINI_API_KEY, or leave --batch away",
            )
        self._annotator = annotator
        self._settings = settings
        self._seeds = seeds
        self._connected = connected

    def estimate(self, question: Question, plan: MediaPlan) -> Estimate:
        """Say what one question is expected to use and cost in a job."""
        usage = self._annotator.estimate(question, plan).usage
        return Estimate(usage=usage, cost_usd=cost_usd(self._settings.prices, self._settings.model, usage, batch=True))

    async def attach(self, media: Media) -> tuple[Attached, str]:
        """Upload what is too large for a line; the upload stays."""
        if goes_along(media):
            return Attached(media), ""
        file, name = await self._api.upload_media(Path(media.path), mime=media.plan.mime)
        return Attached(media, type(file)(file.uri, file.mime, *looked_at(media.plan))), name

    def line(self, key: str, question: Question, attached: Attached) -> bytes:
        """Return the line that asks the question."""
        from vibekit.gemini.batch_line import request_line

        return request_line(key, self._annotator.request(question, attached))

    async def upload(self, path: Path) -> str:
        """Hand a file of lines over."""
        return await self._api.upload_questions(path)

    async def create(self, file: str, *, display_name: str) -> str:
        """Make a job of an uploaded file."""
        return await self._api.create(model=self._settings.model, file=file, display_name=display_name)

    async def find(self, display_name: str) -> tuple[BatchJob, ...]:
        """Return the jobs that were made under a display name."""
        return await self._api.find(display_name)

    async def look(self, name: str) -> BatchJob:
        """Look at a job."""
        return await self._api.get(name)

    async def cancel(self, name: str) -> None:
        """Ask for a job to be cancelled."""
        await self._api.cancel(name)

    async def download(self, job: BatchJob, target: Path) -> None:
        """Write the answers of a job to a file."""
        await self._api.download(job.results, target)

    async def delete(self, names: Iterable[str]) -> None:
        """Delete uploads."""
        api, slots = self._api, asyncio.Semaphore(DELETING)

        async def delete(name: str) -> None:
            async with slots:
                await api.delete(name)

        await asyncio.gather(*(delete(name) for name in names))

    def read(self, raw: bytes, questions: Mapping[str, Question], *, model: str) -> BatchReply | None:
        """Read one line of answers."""
        from vibekit.gemini.batch_line import read_line

        line = read_line(raw)
        if line is None:
            return None
        question = questions.get(line.key)
        if question is None or line.response is None:
            return BatchReply(key=line.key, failure=line.failure)
        return BatchReply(key=line.key, reply=self._reply(line, question, model=model))

    def _reply(self, line: BatchLine, question: Question, *, model: str) -> Reply:
        assert line.response is not None
        parsed = read_answers(line.response, question, max_output_tokens=self._settings.max_output_tokens)
        self._seeds.remember(question, retry=parsed.retry)
        usage = line.response.usage
        cost = cost_usd(self._settings.prices, model, usage, batch=True)
        return Reply(answers=parsed.answers, usage=usage, cost_usd=cost, retry=parsed.retry)

    @property
    def _api(self) -> GeminiBatches:
        return self._connected().batches
