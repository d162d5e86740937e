"""Vectors that were paid for, kept the moment they come: a kill before the shard is whole must not cost them.

``paid.bin`` is a row of records: a JSON header of one line (key, dim, crc32), then the float32 values. A torn last
record is cut off. It is emptied when the set is finished.
"""

from __future__ import annotations

import json
import threading
import zlib
from contextlib import contextmanager
from io import FileIO
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.fingerprint import fingerprint
from vibekit.stages.embed.folder import PAID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.embedders.base import Given


class Paid:
    """Vectors of one set by video, words and block.

    Args:
        path: The file; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, NDArray[np.float32]] = {}
        self._stream = FileIO(path, "r+" if path.exists() else "w+") if path else None
        if self._stream is not None:
            end = self._load(self._stream.readall())
            self._stream.truncate(end)
            self._stream.seek(end)

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, *, wanted: bool) -> Iterator[Paid]:
        """Open the file of a set for as long as the block runs.

        Args:
            folder: Of the set.
            wanted: Whether anything is paid for.
        """
        paid = cls(folder / PAID if wanted else None)
        try:
            yield paid
        finally:
            if paid._stream is not None:
                paid._stream.close()

    def get(self, given: Given, block: str) -> NDArray[np.float32] | None:
        """Return what was paid for this video and these words before; None when nothing was."""
        return self._kept.get(_key(given, block))

    def put(self, given: Given, block: str, vector: NDArray[np.float32]) -> None:
        """Keep a vector at once."""
        if self._stream is None:
            return
        key, data = _key(given, block), np.asarray(vector, "<f4").tobytes()
        head = json.dumps({"key": key, "bytes": len(data), "crc32": zlib.crc32(data)}).encode() + b"\n"
        with self._lock:
            self._write(head + data)
            self._kept[key] = vector

    def clear(self) -> None:
        """Forget everything: it is in the shards now."""
        if self._stream is not None:
            self._stream.seek(0)
            self._stream.truncate(0)
            self._kept = {}

    def _write(self, record: bytes) -> None:
        assert self._stream is not None
        start = self._stream.tell()
        try:
            done = 0
            while done < len(record):
                done += self._stream.write(record[done:])
        except OSError:
            self._stream.truncate(start)
            self._stream.seek(start)
            raise

    def _load(self, data: bytes) -> int:
        """Read the whole records; returns where the first torn one begins."""
        place = 0
        while True:
            line = data.find(b"\n", place)
            if line < 0:
                return place
            try:
                head = json.loads(data[place:line])
                key, size, crc = str(head["key"]), int(head["bytes"]), int(head["crc32"])
            except (ValueError, KeyError, TypeError):
                return place
            values = data[line + 1 : line + 1 + size]
            if len(values) < size or zlib.crc32(values) != crc:
                return place
            self._kept[key] = np.frombuffer(values, "<f4").astype(np.float32)
            place = line + 1 + size


def _key(given: Given, block: str) -> str:
    return fingerprint([given.video_id, given.metadata.fingerprint, block])
