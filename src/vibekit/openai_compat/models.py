"""Asks a server which models it has, once and before a run: the one that is named must be among them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.errors import ItemError, ServiceError, TransientError
from vibekit.openai_compat.client import OpenAIClient

if TYPE_CHECKING:
    from vibekit.openai_compat.connection import Connection

PATIENCE_S = 15.0


class UnreachableError(ServiceError):
    """Nobody answers at the address."""


def list_models(connection: Connection) -> tuple[str, ...]:
    """Return the ids of a server's models; may be called where an event loop runs, which it then holds up.

    Raises:
        SetupError: The key or the address is wrong.
        UnreachableError: Nobody answers at the address.
        ServiceError: The server has no such list, or has no time to give it.
    """
    patient = replace(connection, timeout_s=min(connection.timeout_s, PATIENCE_S))
    with ThreadPoolExecutor(1) as own_thread:
        try:
            return own_thread.submit(lambda: asyncio.run(_listed(patient))).result()
        except TransientError as error:
            message, away = error.message, error.kind == "network"
        except ItemError as error:
            message, away = error.message, False
    if away:
        raise UnreachableError(message, hint="start the server, or give its address: --base-url http://HOST:PORT/v1")
    raise ServiceError(message, hint="give --model NAME")


async def _listed(connection: Connection) -> tuple[str, ...]:
    client = OpenAIClient(connection)
    try:
        return await client.models()
    finally:
        await client.aclose()
