"""Where Gemini is and who asks: keys and addresses from settings and the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from vibekit.errors import SetupError

GET_A_KEY = "get a key at https://aistudio.google.com/apikey, then type: export GEMINI_API_KEY=your-key"
GET_VERTEX = (
    "type: gcloud auth application-default login, and give --project (or set GOOGLE_CLOUD_PROJECT); "
    "or set GOOGLE_API_KEY to a Vertex AI key"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What the user chose about the connection.

    Attributes:
        vertex: Use Vertex AI.
        project: For Vertex AI; else from GOOGLE_CLOUD_PROJECT.
        location: For Vertex AI; else from GOOGLE_CLOUD_LOCATION, else ``global``.
        base_url: Address; else from GOOGLE_GEMINI_BASE_URL or GOOGLE_VERTEX_BASE_URL, else Google's.
        timeout_s: Ceiling of one call.
        connections: Calls in flight at most.
    """

    vertex: bool = False
    project: str | None = None
    location: str | None = None
    base_url: str | None = None
    timeout_s: float = 120.0
    connections: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A connection with the environment looked up.

    Attributes:
        vertex: As in ``Connection``.
        key: API key; None for Vertex AI with application default credentials. Never shown.
        project: For Vertex AI without a key.
        location: For Vertex AI without a key.
        base_url: Address; None is Google's.
    """

    vertex: bool
    key: str | None = field(repr=False)
    project: str | None = None
    location: str | None = None
    base_url: str | None = None


def resolve(connection: Connection) -> Access:
    """Look the environment up.

    Raises:
        SetupError: No key, or one that cannot be sent; no project; a base URL that is none.
    """
    base_url = address_of(connection)
    if base_url is not None and not base_url.startswith(("http://", "https://")):
        raise SetupError("the base URL does not begin with https:// or http://", hint=f"check {_variable(connection)}")
    key = _key()
    if not connection.vertex:
        if key is None:
            raise SetupError("no Gemini API key is set", hint=GET_A_KEY)
        return Access(vertex=False, key=key, base_url=base_url)
    project = connection.project or os.environ.get("GOOGLE_CLOUD_PROJECT") or None
    if project is not None:
        location = connection.location or os.environ.get("GOOGLE_CLOUD_LOCATION") or "global"
        return Access(vertex=True, key=None, project=project, location=location, base_url=base_url)
    if key is None:
        raise SetupError("Vertex AI needs a project or a key", hint=GET_VERTEX)
    return Access(vertex=True, key=key, base_url=base_url)


def address_of(connection: Connection) -> str | None:
    """Return the address that the user or the environment names; None is Google's own."""
    return connection.base_url or os.environ.get(_variable(connection)) or None


def _variable(connection: Connection) -> str:
    return "GOOGLE_VERTEX_BASE_URL" if connection.vertex else "GOOGLE_GEMINI_BASE_URL"


def _key() -> str | None:
    """Return the key; GOOGLE_API_KEY wins, as in Google's own clients."""
    for variable in ("GOOGLE_API_KEY", "GEMINI_API_KEY"):
        key = os.environ.get(variable, "").strip()
        if not key:
            continue
        if not key.isascii() or not key.isprintable() or " " in key:
            # Found here, for the HTTP library would quote it in its own error.
            raise SetupError(f"{variable} holds characters that no key has", hint="copy the key again, on one line")
        return key
    return None
