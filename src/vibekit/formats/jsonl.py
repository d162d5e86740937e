"""Append-only JSON Lines: the truth of a run. A torn last line is dropped with a warning, a torn middle is an error."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from io import FileIO
from typing import IO, TYPE_CHECKING, Any

from vibekit.errors import InputError
from vibekit.formats.secrets import scrub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


DAMAGED = "the file was edited or damaged: remove that line, or start over with --force, which keeps the old files"


@dataclass(frozen=True, slots=True)
class Line:
    """One whole line: its number from 1, the byte that it starts at, and its object."""

    number: int
    offset: int
    row: dict[str, Any]


def iter_lines(path: Path, *, warnings: list[str] | None = None) -> Iterator[Line]:
    """Read a file that may have been cut while its last line was written, one line at a time.

    Args:
        path: The file; a missing one has no lines.
        warnings: Receives a sentence when a torn last line is dropped.

    Raises:
        InputError: A line that is not the last one is not a JSON object.
    """
    if not path.exists():
        return
    with path.open("rb") as stream:
        offset = 0
        for number, raw in enumerate(stream, 1):
            row = _row(raw)
            if row is None and raw.endswith(b"\n"):
                raise InputError(
                    "not a JSON object",
                    path=path,
                    line=number,
                    hint=DAMAGED,
                )
            if row is None:
                if warnings is not None:
                    warnings.append(f"{path}:{number}: dropped a torn last line")
                return
            yield Line(number, offset, row)
            offset += len(raw)


def read_row(stream: IO[bytes], offset: int) -> dict[str, Any]:
    """Read the object of the line that starts at ``offset``."""
    stream.seek(offset)
    row = _row(stream.readline())
    if row is None:
        raise ValueError(f"no JSON object at byte {offset}")
    return row


def _row(raw: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def line_of(row: dict[str, Any]) -> bytes:
    """Return the line of one object, its newline included, without any secret."""
    return scrub(json.dumps(row, ensure_ascii=True, allow_nan=False, separators=(",", ":"))).encode() + b"\n"


class Appender:
    """Appends lines; each is handed to the operating system before ``append`` returns.

    A killed process loses nothing that was appended. One appender per file: the caller holds the run's lock. A torn
    last line is cut off when the file is opened.
    """

    def __init__(self, path: Path) -> None:
        # unbuffered: a line is either with the operating system or not written, never in between
        self._stream: FileIO = FileIO(path, "r+" if path.exists() else "w+")
        end = _end_of_last_line(self._stream)
        self._stream.truncate(end)
        self._stream.seek(end)
        self.offset = end

    def append(self, row: dict[str, Any]) -> int:
        """Write one object as one line; returns the byte that it starts at."""
        raw = line_of(row)
        start = self.offset
        try:
            written = 0
            while written < len(raw):
                written += self._stream.write(raw[written:])
        except OSError:
            # a full disk: take the half line back, so that what is there stays whole
            self._stream.truncate(start)
            self._stream.seek(start)
            raise
        self.offset += len(raw)
        return start

    def take_back(self, offset: int) -> None:
        """Cut off what was appended from this byte on: whoever wrote it was told that it failed."""
        self._stream.truncate(offset)
        self._stream.seek(offset)
        self.offset = offset

    def flush(self) -> None:
        """Have the disk hold what was appended, against a machine that loses its power."""
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Flush to the disk and close."""
        self.flush()
        self._stream.close()


def _end_of_last_line(stream: FileIO) -> int:
    """Find where the next line goes; gives a whole last line without a newline its newline."""
    size = stream.seek(0, os.SEEK_END)
    start = size
    tail = b""
    while start > 0 and b"\n" not in tail:
        step = min(65536, start)
        start -= step
        stream.seek(start)
        tail = stream.read(step) + tail
    torn = tail[tail.rfind(b"\n") + 1 :]
    if torn and _row(torn) is not None:
        stream.seek(size)
        stream.write(b"\n")
        return size + 1
    return size - len(torn)
