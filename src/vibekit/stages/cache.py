"""What is kept across runs: say what it is, and remove it."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.errors import InputError, did_you_mean
from vibekit.formats.response_contents import ALL, KeptAnswers, Selection, kept_answers, remove
from vibekit.formats.response_store import (
    FILE_TROUBLE,
    cache_path,
    connect,
    copies_folder,
    is_damaged,
    remove_files,
    store_files,
    told,
)

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo:
    """What the response cache holds.

    Attributes:
        path: The file.
        bytes: On the disk, with what SQLite keeps beside it.
        answers: How many.
        paid_usd: What they cost when they were asked for.
        groups: The same by annotator and model.
        oldest: When the first was kept: ISO 8601, UTC; empty when there is none.
        newest: When the last was kept.
        last_used: When any of them was last of use.
        copies: How many copies of videos for browsers there are.
        copies_bytes: Of all of them.
    """

    path: str
    bytes: int
    answers: int
    paid_usd: float
    groups: tuple[KeptAnswers, ...]
    oldest: str
    newest: str
    last_used: str
    copies: int
    copies_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearReport:
    """What was removed, or would be.

    Attributes:
        path: The file.
        dry_run: True when nothing was removed.
        answers: How many; None when the file is damaged and they cannot be counted.
        paid_usd: What they had cost.
        bytes_before: On the disk.
        bytes_after: On the disk; as before in a dry run.
        copies: Copies of videos for browsers that were removed; they are made anew when they are needed.
        copies_bytes: Of all of them.
        warnings: For people.
    """

    path: str
    dry_run: bool
    answers: int | None
    paid_usd: float
    bytes_before: int
    bytes_after: int
    copies: int
    copies_bytes: int
    warnings: tuple[str, ...] = ()


def info(path: Path | None = None) -> CacheInfo:
    """Say what the cache holds.

    Args:
        path: The file; by default that of the user.

    Raises:
        InputError: It cannot be read.
    """
    path = path or cache_path()
    groups = _groups(path)
    copies = _copies(path)
    return CacheInfo(
        path=str(path),
        bytes=_bytes(path),
        answers=sum(g.answers for g in groups),
        paid_usd=sum(g.paid_usd for g in groups),
        groups=tuple(groups),
        oldest=min((g.oldest for g in groups), default=""),
        newest=max((g.newest for g in groups), default=""),
        last_used=max((g.last_used for g in groups), default=""),
        copies=len(copies),
        copies_bytes=sum(copies.values()),
    )


def clear(
    path: Path | None = None,
    *,
    model: str | None = None,
    annotator: str | None = None,
    older_than_days: float | None = None,
    dry_run: bool = False,
) -> ClearReport:
    """Remove answers; without a condition all of them, and the file, also when it is damaged.

    Copies of videos for browsers go with them, unless only answers of one model or annotator are meant.

    Args:
        path: The file; by default that of the user.
        model: Only those of this model.
        annotator: Only those of this annotator.
        older_than_days: Only those that were of no use for so many days.
        dry_run: Count, and remove nothing.

    Raises:
        InputError: The file is not ours, of a newer version, locked, or damaged and only a part is to be removed.
    """
    path = path or cache_path()
    chosen = Selection(model=model, annotator=annotator, days=older_than_days)
    before = _bytes(path)
    warnings = _misspelt(path, chosen)
    try:
        found = _groups(path, chosen)
    except InputError as error:
        if not (chosen.all and is_damaged(error.__cause__)):
            raise
        found = None
    if not dry_run and (found or chosen.all):
        warnings += _remove(path, chosen)
    copies = {} if model or annotator else _copies(path, unused_days=older_than_days or 0.0)
    for copy in () if dry_run else copies:
        copy.unlink(missing_ok=True)
    return ClearReport(
        path=str(path),
        dry_run=dry_run,
        answers=None if found is None else sum(g.answers for g in found),
        paid_usd=sum(g.paid_usd for g in found or ()),
        bytes_before=before,
        bytes_after=_bytes(path),
        copies=len(copies),
        copies_bytes=sum(copies.values()),
        warnings=tuple(warnings),
    )


def _groups(path: Path, chosen: Selection = ALL) -> list[KeptAnswers]:
    if not path.exists():
        return []
    with closing(connect(path, create=False)) as connection:
        try:
            return kept_answers(connection, chosen)
        except FILE_TROUBLE as error:
            raise told(error, path) from error


def _remove(path: Path, chosen: Selection) -> list[str]:
    if chosen.all:
        remove_files(path)
        return []
    with closing(connect(path, create=False)) as connection:
        try:
            shrunk = remove(connection, chosen)
        except FILE_TROUBLE as error:
            raise told(error, path) from error
    return [] if shrunk else [f"{path} is as large as before: another process uses it, or the disk is full"]


def _misspelt(path: Path, chosen: Selection) -> list[str]:
    """Say that a name is not among those that answers are kept of."""
    if chosen.model is None and chosen.annotator is None:
        return []
    groups = _groups(path)
    asked = (
        ("model", chosen.model, {g.model for g in groups}),
        ("annotator", chosen.annotator, {g.annotator for g in groups}),
    )
    return [
        f"no answers of {what} '{name}' are kept; {did_you_mean(name, known) or 'see: vibekit cache info'}"
        for what, name, known in asked
        if name is not None and name not in known
    ]


def _bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in store_files(path))


def _copies(path: Path, *, unused_days: float = 0.0) -> dict[Path, int]:
    """Return the copies of videos that were of no use for so long, with their sizes."""
    latest = time.time() - unused_days * 86_400
    found = {}
    # a name with a dot in front is a copy that is being made, or what a killed process left of one
    for copy in sorted(copies_folder(path).glob("*.mp4")):
        with suppress(OSError):
            about = copy.lstat()
            if about.st_mtime <= latest or not unused_days:
                found[copy] = about.st_size
    return found
