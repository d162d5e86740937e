"""The run on disk: opened under a lock, resumed from what is there, appended to, exported at the end."""

from __future__ import annotations

import os
import platform
import socket
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from typing import TYPE_CHECKING

from vibekit import __version__
from vibekit.core.annotation import ANSWERED, Annotation, Usage
from vibekit.errors import InputError, VibekitError
from vibekit.formats.annotations import to_row
from vibekit.formats.atomic import replacing
from vibekit.formats.jsonl import Appender, line_of
from vibekit.formats.lock import locked
from vibekit.formats.run import RunAttribute, RunFile, RunStatus, Tokens, now, read_run, write_run
from vibekit.formats.videos import read_videos
from vibekit.formats.videos import to_row as video_row
from vibekit.stages.annotate.batch.ledger import Ledger, ledger_of
from vibekit.stages.annotate.index import AnswerIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from vibekit.core.video import Video

PACKAGES = ("av", "google-genai", "numpy", "pyarrow", "pydantic", "simplejpeg", "decord2")
SAVE_EVERY_S = 5.0


class RunFolder:
    """One run, held by this process. Use ``open_run``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.before = read_run(path / "run.json") if (path / "run.json").exists() else None
        self.known = {v.text_path: v for v in read_videos(path / "videos.jsonl")}
        self.index = AnswerIndex.read(path / "annotations.jsonl")
        self.ledger = ledger_of(path, self.index)
        self.index.warnings += self.ledger.warnings
        self._answers = Appender(path / "annotations.jsonl")
        self._videos = Appender(path / "videos.jsonl")
        self._saved = 0.0
        self.run: RunFile | None = None
        self.duplicates: dict[str, list[str]] = {}
        self.rates: dict[str, object] = {}
        self._recorded: set[str] = set()

    def keep_video(self, video: Video) -> None:
        """Remember a file that was read, so that a killed command need not read it again."""
        self._videos.append(video_row(video))

    def write_videos(self, videos: Iterable[Video]) -> None:
        """Replace the list of files: those of this command in order, then those of earlier ones."""
        current = {v.text_path: v for v in videos}
        rest = [v for path, v in self.known.items() if path not in current]
        self._videos.close()
        with replacing(self.path / "videos.jsonl") as stream:
            for video in (*current.values(), *rest):
                stream.write(line_of(video_row(video)))
        self._videos = Appender(self.path / "videos.jsonl")

    def start(self, run: RunFile) -> None:
        """Write ``run.json`` with status running."""
        self.run = run
        self.save()

    def record(self, annotation: Annotation) -> None:
        """Append an outcome, and the same outcome for every other file with the same bytes."""
        self._append(annotation)
        self._recorded.add(annotation.key)
        for path in self.duplicates.get(annotation.video_id or "", ()):
            self._append(copy_for(annotation, path))
        if time.monotonic() - self._saved > SAVE_EVERY_S:
            self.save()

    def name(self, key: str, path: str) -> None:
        """Give an outcome that is there a line for another name of its video, free of charge.

        An outcome without an answer that is left from an earlier command is not copied: it is asked for again.
        """
        if not self.index.finished(key) and key not in self._recorded:
            return
        source = self.index.of_key.get(key)
        here = self.index.entries.get((key, path))
        if source is not None and source != path and (here is None or here.status not in ANSWERED):
            self._append(copy_for(next(self.index.current([(key, source)])), path))

    def save(self) -> None:
        """Bring ``run.json`` up to date."""
        assert self.run is not None
        u = self.index.usage
        self.run = replace(
            self.run,
            tokens=Tokens(prompt=u.prompt, cached=u.cached, output=u.output, thoughts=u.thoughts, audio=u.audio),
            cost_usd=round(self.index.cost_usd, 9),
            updated_at=now(),
        )
        write_run(self.path / "run.json", self.run)
        self._saved = time.monotonic()

    def close(self) -> None:
        """Flush and close the files."""
        self._answers.close()
        self._videos.close()
        self.ledger.close()

    def _append(self, annotation: Annotation) -> None:
        offset = self._answers.append(to_row(annotation))
        self.index.add(annotation, offset)


@contextmanager
def open_run(path: Path, *, force: bool = False) -> Iterator[RunFolder]:
    """Open a run for writing, making it when missing.

    Args:
        path: The run folder.
        force: Put an existing run aside (renamed, never deleted) and start over.

    Raises:
        InputError: Another process holds it, or it is something else than a run.
    """
    _check_folder(path)
    path.mkdir(parents=True, exist_ok=True)
    with locked(path / "annotations.jsonl", holder=lambda: _holder(path)):
        old = force and ((path / "run.json").exists() or (path / "annotations.jsonl").stat().st_size)
        warning = _jobs_in(_put_aside(path)) if old else ""
        folder = RunFolder(path)
        folder.index.warnings += [warning] if warning else []
        try:
            yield folder
        finally:
            folder.close()


def _check_folder(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise InputError("is a file, not a run folder", path=path, hint="choose another --out")
    foreign = path.is_dir() and any(path.iterdir()) and not (path / "annotations.jsonl").exists()
    if foreign and not (path / "run.json").exists():
        raise InputError(
            "is not empty and not a run", path=path, hint="choose an empty or new folder with --out, such as runs/r1"
        )


def _put_aside(path: Path) -> Path:
    """Move an old run's files into a sibling folder, keeping the locked file in place for this process."""
    stem = f"{path.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    names = (path.with_name(f"{stem}-{n}" if n else stem) for n in count())
    aside = next(name for name in names if not name.exists())
    aside.mkdir()
    answers = path / "annotations.jsonl"
    (aside / answers.name).write_bytes(answers.read_bytes())
    for item in path.iterdir():
        if item != answers:
            item.rename(aside / item.name)
    os.truncate(answers, 0)
    return aside


def _jobs_in(aside: Path) -> str:
    """Say that a run that was put aside has jobs that are paid for and not collected."""
    waiting = len(Ledger(aside, lambda _: -1).in_jobs)
    collect = f"vibekit annotate --batch --out {aside}"
    return f"{waiting} questions of the old run are in batch jobs; collect them with: {collect}" if waiting else ""


def _holder(path: Path) -> str:
    try:
        run = read_run(path / "run.json")
    except VibekitError:
        return "it is just starting"
    return f"process {run.pid} on {run.host}, since {run.started_at}: {' '.join(run.argv)}"


def copy_for(annotation: Annotation, path: str) -> Annotation:
    """Return the same answer for another file with the same bytes: it cost nothing."""
    return replace(
        annotation,
        path=path,
        duplicate_of=annotation.duplicate_of or annotation.path,
        usage=Usage(),
        cost_usd=0.0,
        attempts=0,
    )


def new_run(*, argv: tuple[str, ...], settings: Mapping[str, object], attributes: dict[str, RunAttribute]) -> RunFile:
    """Return a ``run.json`` that says who runs what, with status running."""
    return RunFile(
        status=RunStatus.RUNNING,
        vibekit=__version__,
        argv=argv,
        versions=versions(),
        settings=dict(settings),
        attributes=attributes,
        pid=os.getpid(),
        host=socket.gethostname(),
        started_at=now(),
        updated_at=now(),
    )


def versions() -> dict[str, str]:
    """Return the versions of what shapes an answer."""
    out = {"python": platform.python_version(), "vibekit": __version__}
    for package in PACKAGES:
        try:
            out[package] = version(package)
        except PackageNotFoundError:
            continue
    return out
