"""Has raters watch and rate the videos of a golden set on a local page."""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.golden_file import GOLDEN_FILE
from vibekit.formats.golden_ratings import RATINGS_FILE, RatingsLog
from vibekit.formats.lock import locked
from vibekit.formats.run import now
from vibekit.labelling.desk import Desk
from vibekit.labelling.refused import Refused
from vibekit.labelling.server import HOST, listen
from vibekit.stages.golden.label_config import LabelConfig
from vibekit.stages.golden.label_report import LabelReport, Link
from vibekit.stages.golden.label_session import Session
from vibekit.stages.golden.label_study import check_config, make_study
from vibekit.stages.golden.open import open_golden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from vibekit.core.golden import GoldenSet
    from vibekit.labelling.study import Study
    from vibekit.stages.golden.label_files import Found

__all__ = ["LabelConfig", "LabelReport", "Link", "label"]

HOLDER_FILE = ".label.json"


def label(
    config: LabelConfig,
    *,
    ready: Callable[[tuple[Link, ...]], None],
    say: Callable[[str], None],
    stop: threading.Event | None = None,
) -> LabelReport:
    """Serve the page until Ctrl-C.

    Args:
        config: What is to be rated.
        ready: Told the links once the page answers.
        say: Told what people should know meanwhile: further links, a video that cannot be shown.
        stop: Ends the session as Ctrl-C does.

    Raises:
        UsageError: An option makes no sense, or the port is taken.
        InputError: It is no golden set, somebody else rates in it, or there is nothing to rate.
    """
    check_config(config)
    _check_folder(config)
    stop = stop or threading.Event()
    with (
        listen(config.port) as listening,
        _only_one(config.path, listening),
        RatingsLog(config.path / RATINGS_FILE) as log,
    ):
        golden = open_golden(config.path, attributes_dir=config.attributes_dir)
        study, found = make_study(config, golden)
        desk = _desk(study, golden, log)
        _say_first(golden, found, say)
        session = Session(study, desk, found, listening)
        session.serve(ready, say, stop)
        return session.report(golden, found)


def _check_folder(config: LabelConfig) -> None:
    if not (config.path / GOLDEN_FILE).is_file():
        # says what is wrong with it, unless it is a table
        open_golden(config.path, attributes_dir=config.attributes_dir)
        hint = f"make a set of it: vibekit golden import {config.path} --out golden/{config.path.stem}"
        raise InputError("a plain table cannot take ratings", path=config.path, hint=hint)


@contextmanager
def _only_one(path: Path, listening: socket.socket) -> Iterator[None]:
    """Keep a second page for the same set out, and tell it who has the first."""
    file = path / HOLDER_FILE
    hint = "go on with that one, or end it with Ctrl-C"
    with locked(file, holder=lambda: _holder(file), hint=hint):
        port = listening.getsockname()[1]
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": now(), "page": f"http://{HOST}:{port}"}
        file.write_text(json.dumps(holder) + "\n", "utf-8")
        yield


def _holder(file: Path) -> str:
    try:
        row = json.loads(file.read_text("utf-8"))
        return f"process {row['pid']} on {row['host']} since {row['since']}, page {row['page']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it is just starting"


def _desk(study: Study, golden: GoldenSet, log: RatingsLog) -> Desk:
    desk = Desk(study, golden.events, log)
    for rater in study.raters:
        try:
            desk.check_name(rater)
        except Refused as refused:
            raise InputError(refused.message, path=golden.path) from refused
    return desk


def _say_first(golden: GoldenSet, found: Found, say: Callable[[str], None]) -> None:
    for warning in golden.warnings:
        say(warning)
    if found.missing:
        shown = ", ".join(found.missing[:3])
        of = f"{len(found.missing)} of {len(found.missing) + len(found.clips)} videos"
        say(f"{of} are not there and will not be rated ({shown}); say where they lie now with --videos DIR")
