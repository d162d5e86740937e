"""How raters come in: links that work once, and the cookies that they are turned into."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.labelling.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_SESSIONS = 500
"""Browsers that may be let in over the life of a server."""


@dataclass(slots=True)
class Session:
    """A browser that was let in; ``rater`` is empty until it has given a name."""

    cookie: str
    rater: str


@dataclass(slots=True)
class _Link:
    token: str
    rater: str
    used: bool = False


class Doors:
    """Gives out links and keeps sessions.

    Args:
        raters: One link for each; without any, one link after the other for whoever asks for a name.
        announce: Told (rater or empty, token) of a link that was made later: the next one for a further rater, or a
            new one after a used link was opened again.
    """

    def __init__(self, raters: tuple[str, ...], announce: Callable[[str, str], None]) -> None:
        self._announce = announce
        self._links = [_Link(secrets.token_urlsafe(24), rater) for rater in raters or ("",)]
        self._sessions: list[Session] = []
        self.cookie_name = f"vibekit_{secrets.token_hex(4)}"

    @property
    def tokens(self) -> tuple[tuple[str, str], ...]:
        """Links that were not used yet: (rater or empty, token)."""
        return tuple((link.rater, link.token) for link in self._links if not link.used)

    def enter(self, token: str) -> Session:
        """Turn a link into a session; the link is used up.

        Raises:
            Refused: There is no such link, or it was used.
        """
        link = self._link(token)
        if link is None:
            raise Refused(403, "bad_link", "this link is not one of this session")
        if link.used:
            self._renew(link.rater)
            raise Refused(403, "used_link", "this link was used already; the terminal shows a new one")
        if len(self._sessions) >= MOST_SESSIONS:
            raise Refused(503, "full", "too many browsers were let in; start vibekit golden label again")
        link.used = True
        session = Session(secrets.token_urlsafe(32), link.rater)
        self._sessions.append(session)
        if not link.rater:
            self._renew("")
        return session

    def session(self, cookie: str | None) -> Session | None:
        """Return whose cookie it is; None for nobody's."""
        found = None
        given = (cookie or "").encode("utf-8", "replace")
        for session in self._sessions:
            if hmac.compare_digest(session.cookie.encode(), given):
                found = session
        return found

    def _link(self, token: str) -> _Link | None:
        found = None
        for link in self._links:
            if hmac.compare_digest(link.token.encode(), token.encode("utf-8", "replace")):
                found = link
        return found

    def _renew(self, rater: str) -> None:
        """Have one unused link for a rater, and say so when it is new."""
        if len(self._links) >= 2 * MOST_SESSIONS or any(not e.used and e.rater == rater for e in self._links):
            return
        link = _Link(secrets.token_urlsafe(24), rater)
        self._links.append(link)
        self._announce(rater, link.token)
