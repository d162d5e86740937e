"""Addresses of services: checked when they are read, and shown without what may be a secret."""

from __future__ import annotations

from urllib.parse import urlsplit

from vibekit.errors import InputError


def shown_address(url: str) -> str:
    """Return the address without user, password, query and fragment: each may be a secret; empty for none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    if not parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")


def check_address(url: str | None, *, where: str = "--base-url") -> None:
    """Refuse an address that cannot be one, or that would put a secret into the run.

    Args:
        url: As the user set it; None is none.
        where: The setting, for the message.

    Raises:
        InputError: It is no address, or holds more than host and path.
    """
    if url is None:
        return
    example = f"give {where} http://127.0.0.1:8000/v1"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() for c in url):
        raise InputError(f"{where} is not an address that begins with https:// or http://", hint=example)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError(
            f"{where} holds a user, a password or a query: it is kept with the run, and may not be secret",
            hint=f"{example}; keys are read from the environment",
        )
