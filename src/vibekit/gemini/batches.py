"""The Batch API: a file of questions becomes a job, is looked at, cancelled, and its answers are fetched."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from google.genai import types

from vibekit.core.batch import BatchJob, BatchState
from vibekit.errors import ItemError, ServiceError, SetupError, TransientError
from vibekit.formats.atomic import replacing
from vibekit.gemini.files import DELETE_S, upload

if TYPE_CHECKING:
    from pathlib import Path

    from google import genai

    from vibekit.gemini.files import Call
    from vibekit.gemini.request import Uploaded

TRANSFER_S = 1800.0
"""Ceiling for the upload of a file of questions and the download of its answers."""

MIMES = ("application/jsonl", "jsonl", "application/json", "text/plain")
"""What a file of questions may be called. The service has taken each of them at some time and refused it at another
(python-genai issues 1547 and 1590), with a reply that the SDK cannot read."""

PAGE = 100

_MIME_REFUSED = re.compile(r"mime|KeyError: 'file'", re.IGNORECASE)

_STATES = {
    "UNSPECIFIED": BatchState.PENDING, "QUEUED": BatchState.PENDING, "PENDING": BatchState.PENDING,
    "RUNNING": BatchState.RUNNING, "CANCELLING": BatchState.RUNNING, "PAUSED": BatchState.RUNNING,
    "SUCCEEDED": BatchState.SUCCEEDED, "PARTIALLY_SUCCEEDED": BatchState.SUCCEEDED, "FAILED": BatchState.FAILED,
    "CANCELLED": BatchState.CANCELLED, "EXPIRED": BatchState.EXPIRED,
}  # fmt: skip


class GeminiBatches:
    """The jobs of one key. Every method raises what ``GeminiClient.call`` raises.

    Args:
        sdk: The SDK's client.
        call: Bounds the time of a call and says what its failure means.
    """

    def __init__(self, sdk: genai.Client, call: Call) -> None:
        self._sdk = sdk
        self._call = call

    async def upload_questions(self, path: Path) -> str:
        """Upload a file of questions, one a line; returns its name."""
        for mime in MIMES[:-1]:
            try:
                return await self._upload(path, mime=mime)
            except (ItemError, TransientError) as error:
                if not _MIME_REFUSED.search(error.message):
                    raise
        return await self._upload(path, mime=MIMES[-1])

    async def _upload(self, path: Path, *, mime: str) -> str:
        return (await upload(self._sdk, self._call, path, mime=mime, timeout_s=TRANSFER_S))[1]

    async def upload_media(self, path: Path, *, mime: str, timeout_s: float = 900.0) -> tuple[Uploaded, str]:
        """Upload a video that a job will look at; returns it and the name to delete it by."""
        return await upload(self._sdk, self._call, path, mime=mime, timeout_s=timeout_s)

    async def create(self, *, model: str, file: str, display_name: str) -> str:
        """Make a job of an uploaded file of questions; returns its name."""
        config = types.CreateBatchJobConfig(display_name=display_name)
        made = await self._call(self._sdk.aio.batches.create(model=model, src=file, config=config), model=model)
        if not made.name:
            raise TransientError("server", "the service took the job and did not name it")
        return made.name

    async def get(self, name: str) -> BatchJob:
        """Look at a job."""
        return read_job(await self._raw(name))

    async def find(self, display_name: str) -> tuple[BatchJob, ...]:
        """Return every job with a display name, over all pages of the list."""
        found: list[BatchJob] = []
        token = ""
        while True:
            page = await self._raw(f"batches?pageSize={PAGE}" + (f"&pageToken={token}" if token else ""))
            rows = page.get("operations") or page.get("batches") or []
            jobs = [read_job(row) for row in rows if isinstance(row, dict)]
            found += [job for job in jobs if job.display_name == display_name]
            token = str(page.get("nextPageToken") or "")
            if not token:
                return tuple(found)

    async def cancel(self, name: str) -> None:
        """Ask for a job to be cancelled; one that has ended already stays as it is."""
        with suppress(ItemError):
            await self._call(self._sdk.aio.batches.cancel(name=name), about="file")

    async def download(self, file: str, target: Path) -> None:
        """Write the answers of a job to a file, which appears when it is whole.

        Raises:
            OSError: They cannot be written.
        """
        with replacing(target) as stream:
            sink = _Sink(stream)
            try:
                asked = self._sdk.aio.files.download(file=file, destination=sink)  # type: ignore[call-overload]
                await self._call(asked, about="file", timeout_s=TRANSFER_S)
            except TransientError:
                # a full disk is no trouble of the network, and asking again does not help
                if sink.failure is not None:
                    raise sink.failure from None
                raise

    async def delete(self, file: str) -> None:
        """Delete an uploaded file; a failure is let pass, for the service deletes by itself after two days."""
        with suppress(TransientError, ItemError, SetupError, ServiceError):
            await self._call(self._sdk.aio.files.delete(name=file), about="file", timeout_s=DELETE_S)

    async def _raw(self, path: str) -> dict[str, Any]:
        """Get an object as the service wrote it: the SDK's own reading leaves errors and counts out."""
        asked = self._sdk._api_client.async_request("get", path, {})
        body = (await self._call(asked, about="file")).body
        try:
            value = json.loads(body or "")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise TransientError("server", "the service's reply cannot be read: it is no JSON object")
        return value


class _Sink:
    """A stream that remembers why it could not be written."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - whatever a temporary file is
        self._stream = stream
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write all of it."""
        try:
            self._stream.write(data)
        except OSError as error:
            self.failure = error
            raise
        return len(data)


def read_job(raw: dict[str, Any]) -> BatchJob:
    """Read a job as the service wrote it, trusting none of it."""
    about = _dict(raw.get("metadata"))
    output = {**_dict(raw.get("response")), **_dict(about.get("output"))}
    error = _dict(raw.get("error"))
    stats = _dict(about.get("batchStats"))
    results = str(output.get("responsesFile") or "")
    said = str(about.get("state") or "").removeprefix("BATCH_STATE_").removeprefix("JOB_STATE_")
    ended = BatchState.FAILED if error or not results else BatchState.SUCCEEDED
    state = _STATES.get(said, ended if raw.get("done") else BatchState.RUNNING)
    return BatchJob(
        name=str(raw.get("name") or ""),
        display_name=str(about.get("displayName") or ""),
        state=ended if raw.get("done") is True and not state.ended else state,
        error=" ".join(f"{error.get('message') or error.get('code') or ''}".split()),
        results=results,
        requests=_count(stats.get("requestCount")),
        answered=_count(stats.get("successfulRequestCount")),
        failed=_count(stats.get("failedRequestCount")),
    )


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    """Read a number, which the service writes as text."""
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else None
