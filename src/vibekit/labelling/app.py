"""The routes: the page, its questions and answers, its videos."""

from __future__ import annotations

from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from vibekit.core.golden import Role
from vibekit.labelling.refused import Refused
from vibekit.labelling.request import TASK_ID, parse, read_answer, read_id, read_rater
from vibekit.labelling.security import Guard, body_of
from vibekit.labelling.study import Order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from vibekit.labelling.desk import Desk
    from vibekit.labelling.doors import Doors, Session
    from vibekit.labelling.media import Shelf
    from vibekit.labelling.study import Study

COOKIE_S = 7 * 24 * 3600
AHEAD = 1
"""Videos that are got ready while a rater looks at one."""
_STATIC = {
    "/": ("index.html", "text/html"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript") for name in ("app", "attribute", "page", "player", "server")},
    "/style.css": ("style.css", "text/css"),
}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Rating</title>
<link rel="icon" href="data:,">{head}
<body><main><p>{text}</p></main></body></html>"""


def make_app(study: Study, *, desk: Desk, doors: Doors, shelf: Shelf, hosts: frozenset[str]) -> ASGIApp:
    """Put the application together.

    Args:
        study: What is to be rated.
        desk: Takes the answers.
        doors: Lets raters in.
        shelf: Has the videos.
        hosts: ``Host`` headers that are answered.
    """
    routes = _Routes(study, desk, doors, shelf)
    table: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
        ("/join", routes.join, "GET"),
        ("/api/me", routes.me, "GET"),
        ("/api/name", routes.name, "POST"),
        ("/api/next", routes.next, "GET"),
        ("/api/progress", routes.progress, "GET"),
        ("/api/rate", routes.rate, "POST"),
        ("/api/undo", routes.undo, "POST"),
        ("/api/votes", routes.votes, "POST"),
        ("/m/{opaque}", routes.media, "GET"),
        *((path, routes.static, "GET") for path in _STATIC),
    ]
    app = Starlette(
        routes=[Route(path, endpoint, methods=[method]) for path, endpoint, method in table],
        exception_handlers={Refused: _refused, OSError: _not_written, ClientDisconnect: _gone},
    )
    return Guard(app, hosts)


class _Routes:
    """One method for each route."""

    def __init__(self, study: Study, desk: Desk, doors: Doors, shelf: Shelf) -> None:
        self._study = study
        self._desk = desk
        self._doors = doors
        self._shelf = shelf
        folder = files("vibekit.labelling") / "static"
        self._static = {path: ((folder / name).read_bytes(), kind) for path, (name, kind) in _STATIC.items()}

    async def static(self, request: Request) -> Response:
        """Return the page or what it is made of."""
        if request.url.path == "/" and self._doors.session(request.cookies.get(self._doors.cookie_name)) is None:
            text = "Open the link that <code>vibekit golden label</code> shows in the terminal."
            return HTMLResponse(_PAGE.format(head="", text=text), status_code=401)
        body, kind = self._static[request.url.path]
        return Response(body, media_type=kind)

    async def join(self, request: Request) -> Response:
        """Turn a link into a cookie.

        The page that comes back leads on by itself: after a redirect, a browser that came from another site (a mail)
        would not send a strict cookie.
        """
        try:
            session = self._doors.enter(request.query_params.get("token", ""))
        except Refused as refused:
            return HTMLResponse(_PAGE.format(head="", text=f"Not let in: {refused.message}."), refused.status)
        head = '<meta http-equiv="refresh" content="0; url=/">'
        answer = HTMLResponse(_PAGE.format(head=head, text='<a href="/">Go on</a>'))
        answer.set_cookie(
            self._doors.cookie_name, session.cookie, max_age=COOKIE_S, path="/", httponly=True, samesite="strict"
        )
        return answer

    async def me(self, request: Request) -> Response:
        """Say who this is."""
        session = self._session(request)
        return JSONResponse(
            {
                "rater": session.rater,
                "expert": self._study.role is Role.EXPERT,
                "blocks": self._study.order is Order.ATTRIBUTE and not self._study.queue,
                **(self._progress(session.rater) if session.rater else {}),
            }
        )

    async def name(self, request: Request) -> Response:
        """Take the name of somebody who came without one."""
        session = self._session(request)
        row = parse(await body_of(request))
        rater = read_rater(row)
        if session.rater and session.rater != rater:
            raise Refused(409, "named", f"this browser rates as {session.rater}")
        self._desk.check_name(rater)
        known = self._desk.answered(rater)
        if known and not session.rater and row.get("again") is not True:
            raise Refused(409, "known_name", f"{rater} has answered {known} questions here")
        session.rater = rater
        return await self.me(request)

    async def next(self, request: Request) -> Response:
        """Return the next question."""
        rater = self._rater(request)
        skipped = request.query_params.get("skipped") == "1"
        return JSONResponse({"task": self._desk.question(rater, skipped=skipped), **self._progress(rater)})

    async def progress(self, request: Request) -> Response:
        """Say how far a rater is."""
        return JSONResponse(self._progress(self._rater(request)))

    async def rate(self, request: Request) -> Response:
        """Write an answer; the page hears of it when it is on the disk."""
        rater = self._rater(request)
        answer = read_answer(parse(await body_of(request)))
        self._desk.rate(rater, answer)
        return JSONResponse({"saved": answer.id, **self._progress(rater)})

    async def undo(self, request: Request) -> Response:
        """Take the last answer back and return its question."""
        rater = self._rater(request)
        task = self._desk.undo(rater, read_id(parse(await body_of(request))))
        return JSONResponse({"task": task, **self._progress(rater)})

    async def votes(self, request: Request) -> Response:
        """Show an expert what the raters said."""
        rater = self._rater(request)
        task = parse(await body_of(request)).get("task")
        if not isinstance(task, str):
            raise Refused(400, "bad_request", "task: missing")
        return JSONResponse(self._desk.votes(rater, task))

    async def media(self, request: Request) -> Response:
        """Return a video, or a range of it, and get the next ones ready."""
        rater = self._rater(request)
        opaque = request.path_params["opaque"]
        if not TASK_ID.fullmatch(opaque):
            raise Refused(404, "unknown", "there is no such video")
        response = await self._shelf.response(self._desk.clip(rater, opaque), opaque)
        for after in range(AHEAD + 1):
            task = self._desk.upcoming(rater, after=after)
            if task is not None:
                self._shelf.prepare(self._study.clips[task.video_id])
        return response

    def _session(self, request: Request) -> Session:
        session = self._doors.session(request.cookies.get(self._doors.cookie_name))
        if session is None:
            raise Refused(401, "no_session", "open the link that the terminal shows")
        return session

    def _rater(self, request: Request) -> str:
        rater = self._session(request).rater
        if not rater:
            raise Refused(403, "no_name", "say your name first")
        return rater

    def _progress(self, rater: str) -> dict[str, Any]:
        tally = self._desk.tally(rater)
        return {"progress": {"done": tally.done, "skipped": tally.skipped, "total": tally.total}}


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return JSONResponse({"code": error.code, "error": error.message}, status_code=error.status)


async def _gone(_: Request, __: Exception) -> Response:
    """Close a request whose sender went away in the middle: nobody reads the answer."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _not_written(_: Request, error: Exception) -> Response:
    reason = getattr(error, "strerror", None) or "it could not be written"
    return JSONResponse({"code": "not_saved", "error": f"not saved: {reason}"}, HTTPStatus.INSUFFICIENT_STORAGE)
