"""Golden sets with ratings, written through the formats; no video is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from support.definitions import good
from vibekit.core.attribute import Label
from vibekit.core.golden import Event, EventKind, Item, Role, Split
from vibekit.formats.attribute import read_attribute
from vibekit.formats.golden_file import GOLDEN_FILE, GoldenFile, write_golden
from vibekit.formats.golden_items import ITEMS_FILE, write_items
from vibekit.formats.golden_ratings import RATINGS_FILE, RatingsLog
from vibekit.formats.golden_value import golden_attribute

ORDINAL = """\
name: pace
version: 1
title: Pace
kind: ordinal
question: How fast is the video?
definition: >-
  How quickly pictures and sound follow one another, from a still picture to cuts in every second.
scale:
  1: Nothing moves.
  2: Slow.
  3: Fast.
"""


def hash_of(number: int) -> str:
    """A content hash for a video that is not there."""
    return f"{number:032x}"


def write_set(
    folder: Path,
    events: Iterable[Event],
    *,
    videos: int = 6,
    tune: int = 2,
    definitions: Mapping[str, str] | None = None,
    groups: Sequence[str] = (),
) -> Path:
    """Write a golden set: ``videos`` items, of which the first ``tune`` are in the tune split."""
    (folder / "attributes").mkdir(parents=True)
    texts = definitions or {"unboxing": good()}
    for name, text in texts.items():
        (folder / "attributes" / f"{name}.yaml").write_text(text, "utf-8")
    known = {name: golden_attribute(read_attribute(folder / "attributes" / f"{name}.yaml")) for name in texts}
    write_golden(folder / GOLDEN_FILE, GoldenFile(attributes=known))
    items = [
        Item(
            video_id=hash_of(i),
            path=f"clips/clip{i}.mp4",
            split=Split.TUNE if i < tune else Split.TEST,
            group=groups[i] if groups else "",
        )
        for i in range(videos)
    ]
    write_items(folder / ITEMS_FILE, items)
    with RatingsLog(folder / RATINGS_FILE) as log:
        log.append(*events)
    return folder


def said(
    rater: str,
    video: int,
    value: Label | None,
    *,
    attribute: str = "unboxing",
    repeat: int = 0,
    role: Role = Role.RATER,
    kind: EventKind | None = None,
    round_: int = 1,
    note: str = "",
) -> Event:
    """Return what a rater said; without a value an abstention."""
    return Event(
        rater=rater,
        video_id=hash_of(video),
        attribute=attribute,
        kind=kind or (EventKind.ABSTAIN if value is None else EventKind.RATING),
        value=value,
        repeat=repeat,
        role=role,
        round=round_,
        note=note,
        ts="2026-11-21T10:00:00Z",
    )


def votes(table: Mapping[str, str], *, attribute: str = "unboxing") -> list[Event]:
    """Return ratings from ``rater -> labels``: t, f or a digit for each video; ``-`` abstains, a blank is missing."""
    labels: dict[str, Label | None] = {"t": True, "f": False, "-": None, **{str(n): n for n in range(10)}}
    return [
        said(rater, video, labels[letter], attribute=attribute)
        for rater, row in table.items()
        for video, letter in enumerate(row)
        if letter != " "
    ]
