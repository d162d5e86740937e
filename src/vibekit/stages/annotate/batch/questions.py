"""The file of a job's questions while it is being filled, one line a question."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import IO, TYPE_CHECKING

from vibekit.formats.batch_events import AskedCall, Intent
from vibekit.formats.run import now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from vibekit.annotators.base import AnnotatorInfo


def new_job_name() -> str:
    """Return a display name that no other job has."""
    return f"vibekit-{datetime.now(UTC):%Y%m%dT%H%M%S}-{token_hex(8)}"


@dataclass(slots=True)
class QuestionFile:
    """Grows until it is full.

    Attributes:
        name: Display name of the job to be.
        path: The file.
        calls: What it asks.
        requests: Lines.
        size: Bytes.
        estimate_usd: Expected money.
        promised_usd: Money that is set aside.
        uploads: Names of uploads that its lines refer to.
        round: Of the job.
    """

    name: str
    path: Path
    calls: list[AskedCall] = field(default_factory=list)
    requests: int = 0
    size: int = 0
    estimate_usd: float = 0.0
    promised_usd: float = 0.0
    uploads: list[str] = field(default_factory=list)
    round: int = 1
    _stream: IO[bytes] | None = None

    def has_room(self, *, requests: int, size: int, most_requests: int, most_bytes: int) -> bool:
        """Whether so much more fits; an empty file takes anything."""
        if not self.requests:
            return True
        return self.requests + requests <= most_requests and self.size + size <= most_bytes

    def add(self, call: AskedCall, lines: Iterable[bytes]) -> None:
        """Write the lines of one call.

        Raises:
            OSError: The disk is full.
        """
        if self._stream is None:
            self.path.parent.mkdir(exist_ok=True)
            self._stream = self.path.open("xb")
        for line in lines:
            self._stream.write(line)
            self.requests += 1
            self.size += len(line)
        self.calls.append(call)

    def close(self, *, info: AnnotatorInfo, samples: int, recipes: Mapping[str, str]) -> Intent:
        """End the file, have the disk hold it, and return the intent of its job."""
        assert self._stream is not None
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        names = {name for call in self.calls for name in call.keys}
        return Intent(
            job=self.name,
            at=now(),
            annotator=info.name,
            model=info.model,
            prompt=info.prompt,
            samples=samples,
            round=self.round,
            requests=self.requests,
            bytes=self.size,
            estimate_usd=round(self.estimate_usd, 9),
            uploads=tuple(self.uploads),
            recipes={name: recipes[name] for name in sorted(names)},
            calls=tuple(self.calls),
        )

    def discard(self) -> None:
        """Delete a file that was not handed in: nothing in it was paid for."""
        if self._stream is not None:
            with suppress(OSError):
                # a full disk: what is left in the buffer is not missed
                self._stream.close()
            self.path.unlink(missing_ok=True)
