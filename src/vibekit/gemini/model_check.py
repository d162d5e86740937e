"""Asks the service for one model: whether key, address and model are good. Costs nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vibekit.gemini.client import GeminiClient

if TYPE_CHECKING:
    from vibekit.gemini.connection import Connection


def check_model(connection: Connection, model: str) -> str:
    """Return what the service says of a model, in a few words.

    Raises:
        SetupError: The key is missing or wrong.
        ServiceError: There is no such model, or it may not be used.
        TransientError: No answer just now.
        ItemError: Refused.
    """
    return asyncio.run(_check(connection, model))


async def _check(connection: Connection, model: str) -> str:
    client = GeminiClient(connection)
    try:
        found = await client.find_model(model)
    finally:
        await client.aclose()
    return f"the key is good and {model} answers to it ({found})"
