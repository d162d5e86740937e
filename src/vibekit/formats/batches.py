"""``batches.jsonl``: what a run handed to a Batch API and what became of it, one event a line, never changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vibekit.core.batch import BatchState
from vibekit.errors import InputError
from vibekit.formats.batch_events import Abandoned, AskedCall, AskedLine, Collected, Created, Event, Intent, Looked
from vibekit.formats.jsonl import iter_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1

SAMPLE: tuple[dict[str, Any], ...] = (
    {
        "event": "intent", "job": "vibekit-20261121T100000-0123456789abcdef", "at": "2026-11-21T10:00:00Z",
        "version": 1, "annotator": "gemini", "model": "gemini-3.8-flash", "prompt": "fedcba9876543210", "samples": 1,
        "round": 1, "requests": 1, "bytes": 81234, "estimate_usd": 0.0022, "uploads": ["files/abc"],
        "recipes": {"calming": "00112233aabbccdd"},
        "calls": [{
            "path": "clips/lake.mp4", "video_id": "6a" * 16, "duration_s": 6.4, "media": "video video/mp4 fps=1",
            "media_verdict": "", "keys": {"calming": "0f" * 16}, "definitions": {"calming": "0123456789abcdef"},
            "shown": "5b" * 32,
            "asked": [{"line": "a1b2c3d4e5f6.0", "sample": 0, "names": ["calming"], "request_id": "a1b2c3d4e5f6"}],
        }],
    },
    {
        "event": "created", "job": "vibekit-20261121T100000-0123456789abcdef", "at": "2026-11-21T10:00:09Z",
        "name": "batches/9x8y", "file": "files/def", "adopted": False,
    },
    {
        "event": "state", "job": "vibekit-20261121T100000-0123456789abcdef", "at": "2026-11-21T10:05:00Z",
        "state": "running", "error": "", "answered": 0, "failed": 0,
    },
    {
        "event": "collected", "job": "vibekit-20261121T100000-0123456789abcdef", "at": "2026-11-21T11:00:00Z",
        "state": "succeeded", "error": "", "results": "batches/vibekit-20261121T100000-0123456789abcdef.results.jsonl",
        "offset": 4096, "answered": 1, "failed": 0, "missing": 0, "cost_usd": 0.0021,
    },
    {
        "event": "abandoned", "job": "vibekit-20261121T120000-fedcba9876543210", "at": "2026-11-21T12:00:00Z",
        "reason": "the service has no such job",
    },
)  # fmt: skip
"""One event of each kind, in the order of a job's life; the last is another job's."""


_KINDS: dict[str, type[Event]] = {
    "intent": Intent, "created": Created, "state": Looked, "collected": Collected, "abandoned": Abandoned,
}  # fmt: skip
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_row(event: Event) -> dict[str, Any]:
    """Return the JSON object of one line."""
    return {"event": _NAMES[type(event)], **asdict(event)}


def from_row(row: dict[str, Any]) -> Event:
    """Read one line's object; raises KeyError, TypeError or ValueError when it is no event."""
    fields = {name: value for name, value in row.items() if name != "event"}
    kind = _KINDS[row["event"]]
    if not isinstance(fields["job"], str) or not isinstance(fields["at"], str):
        raise TypeError("job and at are text")
    if kind is Intent:
        return _intent(fields)
    if "state" in fields:
        fields["state"] = BatchState(fields["state"])
    if kind is Collected and not isinstance(fields["offset"], int):
        raise TypeError("offset is a number")
    return kind(**fields)


def _intent(fields: dict[str, Any]) -> Intent:
    if not isinstance(fields["version"], int) or fields["version"] > VERSION:
        raise ValueError(f"version {fields['version']}, this vibekit reads {VERSION}: pip install -U vibekit")
    calls = tuple(
        AskedCall(
            **{
                **call,
                "keys": dict(call["keys"]),
                "definitions": dict(call["definitions"]),
                "asked": tuple(AskedLine(**{**line, "names": tuple(line["names"])}) for line in call["asked"]),
            }
        )
        for call in fields["calls"]
    )
    return Intent(**{**fields, "calls": calls, "uploads": tuple(fields["uploads"]), "recipes": dict(fields["recipes"])})


def iter_events(path: Path, *, warnings: list[str] | None = None) -> Iterator[tuple[int, Event]]:
    """Read the events in order, each with the byte that its line starts at; a missing file has none.

    Raises:
        InputError: A line is not an event.
    """
    for line in iter_lines(path, warnings=warnings):
        try:
            yield line.offset, from_row(line.row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"not an event of a batch job: {error!r}", path=path, line=line.number) from error
