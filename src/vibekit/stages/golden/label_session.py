"""One session of the labelling page: the server, the workers behind it, and what came of it."""

from __future__ import annotations

from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING

from vibekit.core.playable import Playable
from vibekit.errors import SetupError
from vibekit.formats.golden_ratings import RATINGS_FILE
from vibekit.formats.response_store import cache_path, copies_folder
from vibekit.labelling.app import make_app
from vibekit.labelling.doors import Doors
from vibekit.labelling.media import Shelf
from vibekit.labelling.server import HOST, Server, hosts
from vibekit.media.pool import MediaPool
from vibekit.stages.golden.label_report import LabelReport, Link, RaterReport

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from vibekit.core.golden import GoldenSet
    from vibekit.labelling.desk import Desk
    from vibekit.labelling.study import Clip, Study
    from vibekit.stages.golden.label_files import Found

ENCODING_TIMEOUT_S = 900.0
"""For one video; then its worker is killed and the page says that it cannot be shown."""
ENCODERS = 2


class Session:
    """One run of the server.

    Args:
        study: What is rated.
        desk: Takes the answers.
        found: Where the videos lie.
        listening: The socket of the page.
    """

    def __init__(self, study: Study, desk: Desk, found: Found, listening: socket.socket) -> None:
        self._study = study
        self._desk = desk
        self._roots = (*found.roots, _copies())
        self._listening = listening
        self._port = int(listening.getsockname()[1])
        self._problems: dict[str, str] = {}
        self._before = {name: desk.answered(name) for name in desk.raters}

    def serve(
        self, ready: Callable[[tuple[Link, ...]], None], say: Callable[[str], None], stop: threading.Event
    ) -> None:
        """Answer until told to stop."""

        def announce(rater: str, token: str) -> None:
            say(f"{f'a new link for {rater}' if rater else 'a link for the next rater'}: {self._url(token)}")

        doors = Doors(self._study.raters, announce)
        with MediaPool(ENCODERS, ENCODING_TIMEOUT_S) as pool:
            shelf = Shelf(lambda clip: _playable(pool, clip, stop), self._roots, say)
            app = make_app(self._study, desk=self._desk, doors=doors, shelf=shelf, hosts=hosts(self._port))
            with Server(app, self._listening), suppress(KeyboardInterrupt):
                try:
                    ready(tuple(Link(rater=rater, url=self._url(token)) for rater, token in doors.tokens))
                    _wait(stop)
                finally:
                    # before the server waits for its threads, which wait for the encoders
                    stop.set()
                    pool.close()
            self._problems = dict(shelf.problems)

    def report(self, golden: GoldenSet, found: Found) -> LabelReport:
        """Say what came of it."""
        return LabelReport(
            ratings=golden.path / RATINGS_FILE,
            videos=len(self._study.clips),
            attributes=tuple(self._study.attributes),
            raters=tuple(self._rater(name) for name in self._desk.raters),
            missing=found.missing,
            unplayable={str(self._study.clips[v].path): why for v, why in self._problems.items()},
            warnings=golden.warnings,
        )

    def _rater(self, name: str) -> RaterReport:
        tally = self._desk.tally(name)
        return RaterReport(
            rater=name,
            answered=self._desk.answered(name),
            new=self._desk.answered(name) - self._before.get(name, 0),
            skipped=tally.skipped,
            left=tally.total - tally.done,
        )

    def _url(self, token: str) -> str:
        return f"http://{HOST}:{self._port}/join?token={token}"


def _wait(stop: threading.Event) -> None:
    # in pieces: on Windows an endless wait does not hear Ctrl-C
    while not stop.wait(0.5):
        pass


def _playable(pool: MediaPool, clip: Clip, stop: threading.Event) -> Playable:
    if stop.is_set():
        return Playable(problem="the server is stopping")
    try:
        return pool.playable(clip.path, clip.video_id, _copies()).result()
    except CancelledError:
        return Playable(problem="the server is stopping")
    except SetupError as error:
        return Playable(problem=error.message)


def _copies() -> Path:
    return copies_folder(cache_path())
