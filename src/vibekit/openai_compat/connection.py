"""Where an OpenAI-compatible server is and who asks: address from settings or environment, key from environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from vibekit.errors import SetupError

DEFAULT_URL = "http://127.0.0.1:8000/v1"
"""Where vLLM listens when nothing else is said."""
URL_VARIABLE = "OPENAI_BASE_URL"
KEY_VARIABLE = "OPENAI_API_KEY"
SET_THE_KEY = f"the server wants a key: export {KEY_VARIABLE}=its-key"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What the user chose about the connection.

    Attributes:
        base_url: Address up to and with ``/v1``; else from OPENAI_BASE_URL, else ``DEFAULT_URL``.
        timeout_s: Ceiling of one call.
        connections: Calls in flight at most.
    """

    base_url: str | None = None
    timeout_s: float = 120.0
    connections: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A connection with the environment looked up.

    Attributes:
        base_url: Address; may hold a password, so it is never shown as it is.
        key: None when none is set: a server of one's own needs none. Never shown.
    """

    base_url: str = field(repr=False)
    key: str | None = field(repr=False)

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine: no proxy of the environment stands in between."""
        return (urlsplit(self.base_url).hostname or "") in _LOOPBACK


def resolve(connection: Connection) -> Access:
    """Look the environment up.

    Raises:
        SetupError: The address is none, or the key cannot be sent.
    """
    base_url = connection.base_url or os.environ.get(URL_VARIABLE, "").strip() or DEFAULT_URL
    try:
        valid = urlsplit(base_url).scheme in ("http", "https") and bool(urlsplit(base_url).hostname)
    except ValueError:
        valid = False
    if not valid:
        raise SetupError(f"{URL_VARIABLE} is not an address", hint=f"export {URL_VARIABLE}={DEFAULT_URL}")
    key = os.environ.get(KEY_VARIABLE, "").strip() or None
    if key is not None and (not key.isascii() or not key.isprintable() or " " in key):
        # Found here, for the HTTP library would quote it in its own error.
        raise SetupError(f"{KEY_VARIABLE} holds characters that no key has", hint="copy the key again, on one line")
    return Access(base_url=base_url, key=key)
