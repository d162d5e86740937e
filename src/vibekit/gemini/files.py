"""The Files API: upload, wait until the service has processed the file, delete after use."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from google.genai import types

from vibekit.errors import ItemError, ServiceError, SetupError, TransientError
from vibekit.gemini.request import Uploaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from google import genai

    from vibekit.gemini.errors import About

T = TypeVar("T")

FIRST_POLL_S = 0.25
LONGEST_POLL_S = 10.0
DELETE_S = 20.0


class Call(Protocol):
    """``GeminiClient.call``."""

    async def __call__(
        self, asked: Awaitable[T], *, model: str = "", about: About = "model", timeout_s: float | None = None
    ) -> T:
        """Await one call of the SDK."""
        ...


@asynccontextmanager
async def uploaded(
    sdk: genai.Client, call: Call, path: Path, *, mime: str, timeout_s: float
) -> AsyncIterator[Uploaded]:
    """Upload a file, wait until it can be used, and delete it at the end, also when cancelled."""
    file = await _upload(sdk, call, path, mime=mime, timeout_s=timeout_s)
    try:
        ready = await _active(sdk, call, file, timeout_s=timeout_s)
        yield Uploaded(uri=ready.uri or "", mime=mime)
    finally:
        await asyncio.shield(_delete(sdk, call, file))


async def upload(sdk: genai.Client, call: Call, path: Path, *, mime: str, timeout_s: float) -> tuple[Uploaded, str]:
    """Upload a file that stays, and wait until it can be used; returns it and the name to delete it by."""
    file = await _upload(sdk, call, path, mime=mime, timeout_s=timeout_s)
    try:
        ready = await _active(sdk, call, file, timeout_s=timeout_s)
    except BaseException:
        await asyncio.shield(_delete(sdk, call, file))
        raise
    return Uploaded(uri=ready.uri or "", mime=mime), file.name or ""


async def _upload(sdk: genai.Client, call: Call, path: Path, *, mime: str, timeout_s: float) -> types.File:
    try:
        # not in a thread: a file that is opened for a task that is cancelled meanwhile would never be closed
        stream: Any = path.open("rb")
    except OSError as exc:
        raise ItemError(f"the file cannot be read: {exc.strerror or exc}") from exc
    with stream:
        # A stream, not a path: with a path the SDK sends the file's name along.
        asked = sdk.aio.files.upload(file=stream, config=types.UploadFileConfig(mime_type=mime))
        file = await call(asked, about="file", timeout_s=timeout_s)
    if not file.name:
        raise TransientError("server", "the service took the upload and did not name it")
    return file


async def _active(sdk: genai.Client, call: Call, file: types.File, *, timeout_s: float) -> types.File:
    """Poll with growing pauses; a poll that fails in passing does not throw the upload away."""
    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + timeout_s, FIRST_POLL_S
    while True:
        match file.state:
            case types.FileState.ACTIVE:
                return file
            case types.FileState.FAILED:
                said = file.error.message if file.error and file.error.message else "no reason given"
                raise ItemError(f"the service cannot process the video: {said}")
        if loop.time() + pause > deadline:
            raise TransientError("timeout", f"the service had not processed the video after {timeout_s:g} s")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_POLL_S)
        try:
            file = await call(sdk.aio.files.get(name=file.name or ""), about="file")
        except TransientError as exc:
            pause = max(pause, exc.retry_after_s or 0.0)


async def _delete(sdk: genai.Client, call: Call, file: types.File) -> None:
    """Delete; a failure is let pass, for the service deletes by itself after two days."""
    try:
        await call(sdk.aio.files.delete(name=file.name or ""), about="file", timeout_s=DELETE_S)
    except (TransientError, ItemError, SetupError, ServiceError):
        return
