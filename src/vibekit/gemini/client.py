"""One client per process: every call goes through ``call``, which bounds its time and says what its failure means."""

from __future__ import annotations

import asyncio
import logging
import warnings
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import httpx2
from google import genai
from google.genai import types

from vibekit.errors import SetupError, TransientError
from vibekit.gemini import embedding, wire
from vibekit.gemini.batches import GeminiBatches
from vibekit.gemini.connection import GET_VERTEX, Access, Connection, resolve
from vibekit.gemini.errors import CAUGHT, About, Failure, translate
from vibekit.gemini.files import uploaded
from vibekit.gemini.response import Response, read_response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from vibekit.gemini.embedding import Embedded, EmbedRequest
    from vibekit.gemini.request import Request, Uploaded

T = TypeVar("T")

_SPARE_CONNECTIONS = 16
"""Above the calls in flight: waiting for a connection would count as a timeout of the call."""


class GeminiClient:
    """Asks Gemini; one event loop, any number of calls at once up to the connections.

    Args:
        connection: Where and how.

    Raises:
        SetupError: No key, no project, or no usable address.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._access = resolve(connection)
        self._http = _http_client(connection)
        self._sdk = _sdk_client(self._access, connection, self._http)

    @property
    def has_files(self) -> bool:
        """Whether the service takes uploads: Vertex AI does not."""
        return not self._access.vertex

    async def generate(self, request: Request) -> Response:
        """Make one attempt.

        Raises:
            TransientError: Worth asking again.
            ItemError: The service refuses this request for good.
            SetupError: The key is wrong.
            ServiceError: The service refuses every request of this run.
        """
        message, config = wire.contents(request), wire.config(request)
        asked = self._sdk.aio.models.generate_content(model=request.model, contents=message, config=config)
        return read_response(await self.call(asked, model=request.model))

    async def embed(self, request: EmbedRequest) -> Embedded:
        """Make one attempt at the vector of one message.

        Raises:
            TransientError: Worth asking again.
            ItemError: The service refuses this request for good.
            SetupError: The key is wrong.
            ServiceError: The service refuses every request of this run.
        """
        message, config = embedding.content(request), embedding.config(request)
        asked = self._sdk.aio.models.embed_content(model=request.model, contents=message, config=config)
        return embedding.read(await self.call(asked, model=request.model), request)

    async def find_model(self, model: str) -> str:
        """Return the display name of a model; costs nothing.

        Raises:
            TransientError: Worth asking again.
            ItemError: Refused.
            SetupError: The key is wrong.
            ServiceError: There is no such model for this key.
        """
        found = await self.call(self._sdk.aio.models.get(model=model), model=model)
        return found.display_name or found.name or model

    @asynccontextmanager
    async def uploaded(self, path: Path, *, mime: str, timeout_s: float = 900.0) -> AsyncIterator[Uploaded]:
        """Upload a file, wait until it can be used, and delete it at the end.

        Args:
            path: The file.
            mime: Its type.
            timeout_s: Ceiling for the upload, and again for the service's processing.

        Raises:
            TransientError: Worth trying again.
            ItemError: The service cannot process the file.
            SetupError: The key is wrong.
            ServiceError: The service refuses every request of this run.
        """
        async with uploaded(self._sdk, self.call, path, mime=mime, timeout_s=timeout_s) as file:
            yield file

    @property
    def batches(self) -> GeminiBatches:
        """The Batch API."""
        return GeminiBatches(self._sdk, self.call)

    async def call(
        self, asked: Awaitable[T], *, model: str = "", about: About = "model", timeout_s: float | None = None
    ) -> T:
        """Await one call of the SDK under a real ceiling of time.

        Raises:
            TransientError: Worth asking again.
            ItemError: Refused for good.
            SetupError: The key is wrong.
            ServiceError: The service refuses every request of this run.
        """
        failure: Failure
        ceiling_s = timeout_s or self._connection.timeout_s
        clock = asyncio.timeout(ceiling_s)
        try:
            async with clock:
                return await asked
        except CAUGHT as exc:
            failure = translate(exc, model=model, about=about, key=self._access.key)
        if clock.expired():
            failure = TransientError("timeout", f"no answer within {ceiling_s:g} s")
        # Outside of the except block: a cause or context would carry the request, and its headers the key.
        raise failure

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._sdk.aio.aclose()
        await self._http.aclose()
        self._sdk.close()


def _http_client(connection: Connection) -> httpx2.AsyncClient:
    """Make our own pool: it fits the calls in flight, and the SDK then never picks another library up."""
    size = connection.connections + _SPARE_CONNECTIONS
    return httpx2.AsyncClient(
        timeout=None,
        limits=httpx2.Limits(max_connections=size, max_keepalive_connections=size),
    )


def _sdk_client(access: Access, connection: Connection, http: httpx2.AsyncClient) -> genai.Client:
    # Its warnings (two keys are set) and debug lines are not for our users.
    logging.getLogger("google_genai").setLevel(logging.ERROR)
    # An enum value that is newer than the SDK is a warning there, and the reading copes with it. Set once: a filter
    # around each call would leak between calls that overlap.
    warnings.filterwarnings("ignore", message=".* is not a valid ", module=r"google\.genai\._common")
    options = types.HttpOptions(
        base_url=access.base_url,
        timeout=int(connection.timeout_s * 1000),
        retry_options=types.HttpRetryOptions(attempts=1),
        httpx_async_client=http,
    )
    problem = ""
    try:
        if not access.vertex or access.key is not None:
            return genai.Client(vertexai=access.vertex, api_key=access.key, http_options=options)
        return genai.Client(vertexai=True, project=access.project, location=access.location, http_options=options)
    except (ValueError, OSError) as exc:
        problem = type(exc).__name__ if access.key and access.key in str(exc) else str(exc)
    raise SetupError(f"the Gemini client cannot be made: {problem}", hint=GET_VERTEX if access.vertex else "")
