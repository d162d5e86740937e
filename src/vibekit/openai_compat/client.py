"""One client per process: every call goes through ``_call``, which bounds its time and says what a failure means."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx2
import openai

from vibekit.errors import ItemError, ServiceError, TransientError, VibekitError, did_you_mean
from vibekit.formats.address import shown_address
from vibekit.openai_compat.connection import resolve
from vibekit.openai_compat.errors import CAUGHT, Asked, Failure, refused, translate
from vibekit.openai_compat.request import body
from vibekit.openai_compat.response import Response, read_response

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from vibekit.openai_compat.connection import Connection
    from vibekit.openai_compat.request import Feature, Request

_SPARE_CONNECTIONS = 16
"""Above the calls in flight: waiting for a connection would count as a timeout of the call."""
_NO_KEY = "none"
"""What the package is given where no key is set: it refuses to start without one."""
_LISTED = 20
_JSON = {"Content-Type": "application/json"}


class OpenAIClient:
    """Asks a server; one event loop, any number of calls at once up to the connections.

    Args:
        connection: Where and how.

    Raises:
        SetupError: No usable address or key.
    """

    def __init__(self, connection: Connection) -> None:
        self._access = resolve(connection)
        self._timeout_s = connection.timeout_s
        size = connection.connections + _SPARE_CONNECTIONS
        self._http = httpx2.AsyncClient(
            timeout=None,
            limits=httpx2.Limits(max_connections=size, max_keepalive_connections=size),
            trust_env=not self._access.loopback,
        )
        self._sdk = openai.AsyncOpenAI(
            api_key=self._access.key or _NO_KEY,
            base_url=self._access.base_url,
            max_retries=0,
            timeout=None,
            http_client=self._http,
        )

    async def ask(self, request: Request) -> Response:
        """Make one attempt.

        Raises:
            TransientError: Worth asking again.
            ItemError: The server refuses this request for good.
            SetupError: The key is wrong.
            ServiceError: The server refuses every request of this run.
        """
        asked = self._asked(model=request.model, features=request.features)
        try:
            raw = await self._call(
                self._sdk.post(
                    "/chat/completions", cast_to=httpx2.Response, content=body(request), options={"headers": _JSON}
                ),
                asked,
            )
        except ServiceError as error:
            if error.item != request.model:
                raise
        else:
            return read_response(raw)
        raise await self._no_model(request.model)

    async def models(self) -> tuple[str, ...]:
        """Return the ids of the models that the server has.

        Raises:
            TransientError: Worth asking again.
            ItemError: Refused.
            SetupError: The key is wrong.
            ServiceError: The server has no such list.
        """
        raw = await self._call(self._sdk.get("/models", cast_to=httpx2.Response), self._asked())
        listed = raw.get("data")
        entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
        ids = [entry.get("id") for entry in entries]
        return tuple(name for name in ids if isinstance(name, str) and name and name.isprintable())

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._sdk.close()
        await self._http.aclose()

    async def _call(self, answered: Awaitable[httpx2.Response], asked: Asked) -> dict[str, Any]:
        """Await one call under a real ceiling of time, and return the JSON object that came back."""
        failure: Failure
        clock = asyncio.timeout(self._timeout_s)
        try:
            async with clock:
                reply = await answered
            raw = json.loads(reply.content)
            if isinstance(raw, dict) and not _is_error(raw):
                return raw
            failure = _bad_body(raw, asked)
        except CAUGHT as exc:
            failure = translate(exc, asked)
        except RecursionError:
            failure = TransientError("server", "the server's reply is nested too deeply")
        if clock.expired():
            failure = TransientError("timeout", f"no answer within {self._timeout_s:g} s")
        # Outside of the except block: a cause or context would carry the request, and its headers the key.
        raise failure

    def _asked(self, *, model: str = "", features: frozenset[Feature] = frozenset()) -> Asked:
        address = shown_address(self._access.base_url)
        return Asked(address=address, key=self._access.key, now=datetime.now(UTC), model=model, features=features)

    async def _no_model(self, model: str) -> ServiceError:
        try:
            known = await self.models()
        except (VibekitError, TransientError, ItemError):
            known = ()
        return no_such_model(model, known, address=shown_address(self._access.base_url))


def no_such_model(model: str, known: tuple[str, ...], *, address: str) -> ServiceError:
    """Return the error for a model that a server does not have, with those that it has."""
    if not known:
        hint = "check --model, and --base-url, which usually ends in /v1"
        return ServiceError(f"there is no model '{model}' at {address}", hint=hint, item=model)
    hint = f"{did_you_mean(model, known)} it has: {listed(known)}".strip()
    return ServiceError(f"the server at {address} has no model '{model}'", hint=hint, item=model)


def listed(models: tuple[str, ...]) -> str:
    """Write the names of models, not more than a screen of them."""
    more = f" and {len(models) - _LISTED} more" if len(models) > _LISTED else ""
    return ", ".join(models[:_LISTED]) + more


def _is_error(raw: dict[str, Any]) -> bool:
    """Whether an HTTP 200 is a failure: some proxies put it into the body only."""
    return "choices" not in raw and "data" not in raw


def _bad_body(raw: object, asked: Asked) -> Failure:
    error = raw.get("error") if isinstance(raw, dict) else None
    if error is None:
        return TransientError("server", "the server's reply is not a JSON object of the expected kind")
    code = error.get("code") if isinstance(error, dict) else None
    return refused(code if isinstance(code, int) and 400 <= code < 600 else 500, raw, {}, asked)
