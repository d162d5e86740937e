"""``run.json``: what a run was asked for, with which versions and settings, how far it got and what it cost."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from vibekit.errors import InputError
from vibekit.formats.atomic import write_text
from vibekit.formats.secrets import scrub

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1


class RunStatus(StrEnum):
    """How far a run got."""

    RUNNING = "running"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAttribute:
    """One attribute of a run.

    Attributes:
        fingerprint: Of the definition that the current answers were made with.
        version: The owner's version number.
        kind: binary, ordinal or categorical.
        recipe: Fingerprint over ``parts``.
        parts: Name -> fingerprint or value of everything that shapes the answers, so that a change can be named.
    """

    fingerprint: str
    version: int
    kind: str
    recipe: str
    parts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens over all lines of a run."""

    prompt: int = 0
    cached: int = 0
    output: int = 0
    thoughts: int = 0
    audio: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """The content of ``run.json``.

    Attributes:
        status: running, complete or interrupted.
        vibekit: Version that wrote it.
        argv: The last command line.
        versions: Package -> version.
        settings: Flags that shaped the last command, defaults included.
        attributes: Name -> what it was judged with.
        counts: Outcome counts: files, videos, and one per status.
        tokens: Over all lines.
        cost_usd: Over all lines.
        estimate_usd: Expected before the last command; None when no price is known.
        estimated_calls_usd: What the finished calls of the last command had been expected to cost.
        spent_usd: What they did cost.
        comparison: Of the answered requests of the last command: what they had been expected to cost and use, and what
            they did.
        rates: How fast the last command was: requests and tokens a second, latency, calls in flight, refusals.
        from_cache: Replies of the last command that another run had paid for.
        requests: Requests sent by the last command.
        stopped: Why it ended early; empty otherwise.
        pid: Process that holds or held the run.
        host: Its machine.
        started_at: ISO 8601, UTC.
        updated_at: ISO 8601, UTC.
        warnings: For people.
        version: Of this format.
    """

    status: RunStatus
    vibekit: str
    argv: tuple[str, ...]
    versions: dict[str, str]
    settings: dict[str, Any]
    attributes: dict[str, RunAttribute]
    counts: dict[str, int] = field(default_factory=dict)
    tokens: Tokens = field(default_factory=Tokens)
    cost_usd: float = 0.0
    estimate_usd: float | None = None
    estimated_calls_usd: float | None = None
    spent_usd: float = 0.0
    comparison: dict[str, Any] = field(default_factory=dict)
    rates: dict[str, Any] = field(default_factory=dict)
    from_cache: int = 0
    requests: int = 0
    stopped: str = ""
    pid: int = 0
    host: str = ""
    started_at: str = ""
    updated_at: str = ""
    warnings: tuple[str, ...] = ()
    version: int = VERSION


SAMPLE = RunFile(
    status=RunStatus.COMPLETE,
    vibekit="0.1.0",
    argv=("vibekit", "annotate", "clips", "-a", "calming"),
    versions={"python": "3.11.7"},
    settings={"annotator": "signals"},
    attributes={
        "calming": RunAttribute(
            fingerprint="0123456789abcdef",
            version=1,
            kind="binary",
            recipe="00112233aabbccdd",
            parts={"model": ""},
        )
    },
    counts={"files": 3, "videos": 2, "ok": 2},
    pid=4711,
    host="studio",
    started_at="2026-11-21T10:00:00Z",
    updated_at="2026-11-21T10:01:00Z",
)

_REQUIRED = tuple(f.name for f in fields(RunFile) if f.default is MISSING and f.default_factory is MISSING)


def now() -> str:
    """Return the time as ISO 8601, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_run(path: Path, run: RunFile) -> None:
    """Replace ``run.json`` at once."""
    write_text(path, scrub(json.dumps(asdict(run), indent=2, ensure_ascii=True, allow_nan=False)) + "\n")


def read_run(path: Path) -> RunFile:
    """Read ``run.json``.

    Raises:
        InputError: It is not one, or a newer vibekit wrote it.
    """
    try:
        row = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(f"not a run.json: {error}", path=path) from error
    if not isinstance(row, dict) or not isinstance(row.get("version"), int):
        raise InputError("not a run.json: no version", path=path)
    if row["version"] > VERSION:
        raise InputError(
            f"written by vibekit {row.get('vibekit')}, this one reads version {VERSION}", path=path,
            hint="pip install -U vibekit",
        )  # fmt: skip
    lacking = [name for name in _REQUIRED if name not in row]
    if lacking:
        raise InputError(f"not a run.json: lacks {', '.join(lacking)}", path=path)
    try:
        row["status"] = RunStatus(row["status"])
        row["attributes"] = {k: RunAttribute(**v) for k, v in row["attributes"].items()}
        row["tokens"] = Tokens(**row.get("tokens", {}))
        row["argv"], row["warnings"] = tuple(row["argv"]), tuple(row.get("warnings", ()))
        return RunFile(**row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"not a run.json: {error!r}", path=path) from error
