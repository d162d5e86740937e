"""Who may ask: the right host, the page itself, small JSON bodies; and the headers of every answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from vibekit.labelling.refused import Refused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 16 * 1024
"""Of a request's body."""
METHODS = frozenset({"GET", "HEAD", "POST"})
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
_JSON = re.compile(r"application/json(\s*;\s*charset=utf-8)?", re.IGNORECASE)
_OPEN_PATHS = frozenset({"/", "/join"})
"""Pages that a link on another site may lead to; they change nothing but for whoever holds a token."""


class Guard:
    """Stands in front of the application.

    Args:
        app: What is guarded.
        hosts: ``Host`` headers that are answered; a name that was rebound to this machine is not among them.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, guarded)
            return
        from starlette.responses import JSONResponse

        answer = JSONResponse({"code": refusal.code, "error": refusal.message}, status_code=refusal.status)
        await answer(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Refused | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return Refused(400, "host", "this address is not served here")
        method = scope["method"]
        if method not in METHODS:
            return Refused(405, "method", "not allowed")
        if scope["path"] not in _OPEN_PATHS and headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return Refused(403, "cross_site", "only the page itself may ask this")
        return _post_refusal(headers, hosts[0]) if method == "POST" else None


def _post_refusal(headers: Headers, host: str) -> Refused | None:
    """Refuse what a page of another origin could send in a rater's name, and what is too large."""
    if headers.get("origin") != f"http://{host}":
        return Refused(403, "origin", "only the page itself may send answers")
    if not _JSON.fullmatch(headers.get("content-type", "")):
        return Refused(415, "content_type", "send application/json")
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or len(length) > 9 or int(length) > MOST_BYTES:
        return Refused(413, "too_large", f"at most {MOST_BYTES} bytes")
    return None


async def body_of(request: Request) -> bytes:
    """Read a request's body, and stop when there is more than allowed.

    Raises:
        Refused: There is; a sender need not tell the length beforehand.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise Refused(413, "too_large", f"at most {MOST_BYTES} bytes")
    return bytes(body)
