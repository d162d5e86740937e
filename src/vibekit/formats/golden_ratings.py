"""``ratings.jsonl``: what raters did, in order, never changed: ratings, abstentions, skips, undos and notes."""

from __future__ import annotations

import math
import os
import threading
from typing import TYPE_CHECKING, Any

from vibekit.core.golden import Event, EventKind, Role
from vibekit.errors import InputError
from vibekit.formats.jsonl import Appender, iter_lines
from vibekit.formats.lock import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

VERSION = 1
RATINGS_FILE = "ratings.jsonl"

SAMPLE: dict[str, Any] = {
    "rater": "ann",
    "video_id": "6a" * 16,
    "attribute": "calming",
    "kind": "rating",
    "value": True,
    "repeat": 0,
    "ts": "2026-11-21T10:00:00Z",
    "seconds": 12.5,
    "watched": 0.9,
    "note": "",
    "definition": "0123456789abcdef",
    "role": "rater",
    "round": 1,
}


class RatingsLog:
    """Appends events; each is on the disk before ``append`` returns. A context manager; one process a file.

    A torn last line, left by a machine that lost its power, is cut off when the log is opened.

    Args:
        path: The ``ratings.jsonl``; made when missing.

    Raises:
        InputError: On entering: another process has the log open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: AbstractContextManager[None] | None = None
        self._lines: Appender | None = None
        self._turn = threading.Lock()

    def __enter__(self) -> RatingsLog:
        self._lock = locked(self._path, holder=lambda: "it is writing ratings")
        self._lock.__enter__()
        try:
            self._lines = Appender(self._path)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._lines is not None:
                self._lines.close()
        finally:
            self._lines = None
            if self._lock is not None:
                self._lock.__exit__(kind, error, trace)

    def append(self, *events: Event) -> None:
        """Write events in order; several threads may call it.

        Raises:
            OSError: The disk is full or gone; none of the events was written, and what was there is whole.
        """
        if self._lines is None:
            raise RuntimeError("the log is not open: use it in a with statement")
        with self._turn:
            start = self._lines.offset
            try:
                for event in events:
                    self._lines.append(to_row(event))
                self._lines.flush()
            except OSError:
                self._lines.take_back(start)
                raise


def to_row(event: Event) -> dict[str, Any]:
    """Return the JSON object of one line."""
    return {
        "rater": event.rater,
        "video_id": event.video_id,
        "attribute": event.attribute,
        "kind": str(event.kind),
        "value": event.value,
        "repeat": event.repeat,
        "ts": event.ts,
        "seconds": event.seconds,
        "watched": event.watched,
        "note": event.note,
        "definition": event.definition,
        "role": str(event.role),
        "round": event.round,
    }


def from_row(row: dict[str, Any]) -> Event:
    """Read one line's object; keys that a later vibekit may add are passed over.

    Raises:
        KeyError: A key is missing.
        ValueError: A value is not what it must be.
    """
    if row["kind"] not in tuple(EventKind):
        raise ValueError(f"kind {row['kind']!r} is none of {', '.join(EventKind)}")
    kind = EventKind(row["kind"])
    value = row.get("value")
    if (kind is EventKind.RATING) != (value is not None):
        raise ValueError(f"kind {kind} with value {value!r}")
    if value is not None and not isinstance(value, (bool, int, str)):
        raise ValueError(f"value {value!r} is no label")
    return Event(
        rater=_text(row, "rater", required=True),
        video_id=_text(row, "video_id", required=True),
        attribute=_text(row, "attribute"),
        kind=kind,
        value=value,
        repeat=_count(row, "repeat", least=0),
        ts=_text(row, "ts"),
        seconds=_measure(row, "seconds"),
        watched=_measure(row, "watched"),
        note=_text(row, "note"),
        definition=_text(row, "definition"),
        role=Role(row.get("role", Role.RATER)),
        round=_count(row, "round", least=1),
    )


def read_events(path: Path, *, warnings: list[str] | None = None) -> Iterator[Event]:
    """Read what raters did, in file order; a missing file has no events.

    Args:
        path: The ``ratings.jsonl``.
        warnings: Receives a sentence when a torn last line is dropped.

    Raises:
        InputError: A line is not an event; names the line.
    """
    for event, _ in numbered_events(path, warnings=warnings):
        yield event


def numbered_events(path: Path, *, warnings: list[str] | None = None) -> Iterator[tuple[Event, int]]:
    """Read events with the line that each stands on, from 1."""
    for line in iter_lines(path, warnings=warnings):
        try:
            yield from_row(line.row), line.number
        except KeyError as error:
            hint = "every line is what a rater did"
            raise InputError(f"no {error.args[0]!r}", path=path, line=line.number, hint=hint) from error
        except ValueError as error:
            raise InputError(f"not an event: {error}", path=path, line=line.number) from error


def is_empty(path: Path) -> bool:
    """Say whether nobody has rated yet."""
    return not path.exists() or os.path.getsize(path) == 0  # noqa: PTH202 - one call beside another


def _text(row: dict[str, Any], key: str, *, required: bool = False) -> str:
    value = row[key] if required else row.get(key, "")
    if not isinstance(value, str) or (required and not value):
        raise ValueError(f"{key} {value!r} is no text")
    return value


def _count(row: dict[str, Any], key: str, *, least: int) -> int:
    value = row.get(key, least)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{key} {value!r} is not a whole number from {least}")
    return value


def _measure(row: dict[str, Any], key: str) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError(f"{key} {value!r} is not a number from 0")
    return float(value)
