"""A golden set to rate, the real labelling server around it, and a client that can send anything."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from shutil import copyfile
from typing import Any
from urllib.parse import urlsplit

from support.reference import ROOT
from vibekit.core.golden import Event, Item
from vibekit.formats.attribute import read_attribute
from vibekit.formats.golden_file import GOLDEN_FILE, GoldenFile, write_golden
from vibekit.formats.golden_items import ITEMS_FILE, write_items
from vibekit.formats.golden_ratings import RATINGS_FILE, read_events
from vibekit.formats.golden_value import golden_attribute
from vibekit.media.identity import video_id
from vibekit.media.synthesis import ClipSpec, Shot, write_clip
from vibekit.stages.golden.label import LabelConfig, LabelReport, Link, label

_IDS = (f"test-answer-{n:06d}" for n in count())


def next_id() -> str:
    """An id as the page makes them."""
    return next(_IDS)


def write_clips(folder: Path, number: int, *, seconds: float = 1.0) -> list[Path]:
    """Write so many small clips whose names and tags must never be seen by a rater."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"secretname{n}.mp4" for n in range(number)]
    for n, path in enumerate(paths):
        shot = Shot(seconds=seconds, hue=n / max(1, number), speed=0.5)
        write_clip(path, ClipSpec(shots=(shot,), width=128, height=72, fps=10, b_frames=0))
    return paths


def write_set(folder: Path, clips: Sequence[Path], *, attributes: Sequence[str] = ("calming",)) -> Path:
    """Write a golden set of clips and shipped definitions, as ``golden sample`` leaves one."""
    folder.mkdir(parents=True)
    (folder / "attributes").mkdir()
    known = {}
    for name in attributes:
        copyfile(ROOT / "attributes" / f"{name}.yaml", folder / "attributes" / f"{name}.yaml")
        known[name] = golden_attribute(read_attribute(folder / "attributes" / f"{name}.yaml"))
    write_golden(folder / GOLDEN_FILE, GoldenFile(attributes=known))
    items = [
        Item(
            video_id=video_id(str(clip)),
            path=str(clip),
            stratum="predicted true",
            columns={"secretcolumn": "secretcell"},
        )
        for clip in clips
    ]
    write_items(folder / ITEMS_FILE, items)
    return folder


def events(golden: Path) -> list[Event]:
    """What the log holds."""
    return list(read_events(golden / RATINGS_FILE))


@dataclass(slots=True)
class Served:
    """A running server."""

    links: tuple[Link, ...] = ()
    said: list[str] = field(default_factory=list)
    report: LabelReport | None = None
    error: BaseException | None = None

    @property
    def port(self) -> int:
        port = urlsplit(self.links[0].url).port
        assert port is not None
        return port

    def client(self, number: int = 0) -> Client:
        """Come in by a link."""
        client = Client(self.port)
        client.join(self.links[number].url)
        return client


@contextmanager
def served(config: LabelConfig) -> Iterator[Served]:
    """Serve the page on a free port until the block ends."""
    stop, up = threading.Event(), threading.Event()
    here = Served()

    def ready(links: tuple[Link, ...]) -> None:
        here.links = links
        up.set()

    def run() -> None:
        try:
            here.report = label(config, ready=ready, say=here.said.append, stop=stop)
        except BaseException as error:  # noqa: BLE001 - shown by the thread that waits
            here.error = error
        finally:
            up.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert up.wait(60)
        if here.error is not None:
            raise here.error
        yield here
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        return json.loads(self.body)


class Client:
    """A browser without a page: keeps its cookie, and sends what a test wants."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""

    def join(self, url: str) -> Reply:
        parts = urlsplit(url)
        reply = self.get(f"{parts.path}?{parts.query}")
        self.cookie = reply.headers.get("set-cookie", "").split(";")[0]
        return reply

    def get(self, path: str, **headers: str) -> Reply:
        return self.send("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path: str, row: object) -> Reply:
        return self.send("POST", path, body=json.dumps(row).encode(), headers=self.sent_by_the_page())

    def sent_by_the_page(self) -> dict[str, str]:
        return {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{self.port}"}

    def send(self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str]) -> Reply:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        all_headers = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie} | dict(headers)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in all_headers.items():
                if value:
                    connection.putheader(name, value)
            if body is not None and "Content-Length" not in headers:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def next(self, *, skipped: bool = False) -> Any:  # noqa: ANN401 - JSON
        return self.get(f"/api/next{'?skipped=1' if skipped else ''}").json["task"]

    def rate(self, task: Mapping[str, Any], value: object, /, **more: object) -> Reply:
        row = {"id": next_id(), "task": task["id"], "kind": "rating", "value": value, "seconds": 2.5, "watched": 0.75}
        return self.post("/api/rate", row | more)

    def pass_by(self, task: Mapping[str, Any], kind: str, /, **more: object) -> Reply:
        return self.post("/api/rate", {"id": next_id(), "task": task["id"], "kind": kind} | more)

    def undo(self) -> Reply:
        return self.post("/api/undo", {"id": next_id()})
