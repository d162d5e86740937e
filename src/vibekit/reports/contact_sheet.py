"""What searches found, as one HTML file with a picture of each video."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.index import Metric, Plan
from vibekit.core.restriction_names import names_in
from vibekit.core.restriction_text import parse
from vibekit.core.search import Asked
from vibekit.formats.secrets import scrub
from vibekit.reports.page import render
from vibekit.reports.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vibekit.core.search import SearchReport, SearchResult, SeenVideo

QUERIES = 40
"""Shown on one page."""
RESULTS = 60
"""Shown of one query."""
MOST_BYTES = 12_000_000
"""Of all pictures; base64 makes a third more of it."""
CHIPS = 6
"""Labels shown of one video."""
_ABSENT = ("false", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One label of a video: its text, and whether it is carried and the restriction speaks of it."""

    text: str
    asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One video.

    Attributes:
        rank: From 1.
        name: Its file's name, else its id.
        path: Its file and id, in full.
        score: As text.
        picture: JPEG as base64; empty without.
        chips: Labels.
    """

    rank: int
    name: str
    path: str
    score: str
    picture: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One query.

    Attributes:
        title: As asked.
        kind: What it is.
        picture: Of the video that was asked with.
        facts: (name, value) pairs.
        note: What is to be known.
        cards: The best first.
        more: Results that are not shown.
    """

    title: str
    kind: str
    picture: str
    facts: tuple[tuple[str, str], ...]
    note: str
    cards: tuple[Card, ...]
    more: int


def shown_videos(report: SearchReport) -> Iterator[SeenVideo]:
    """Yield the videos that have a place on the page; one may come several times."""
    for one in report.results[:QUERIES]:
        if one.asked is not None:
            yield one.asked
        yield from one.found[:RESULTS]


def contact_sheet(report: SearchReport, pictures: Mapping[str, bytes]) -> str:
    """Return the page.

    Args:
        report: The search.
        pictures: video_id -> JPEG; those that do not fit any more are left out.
    """
    fitting = _fitting(report, pictures)
    shown = report.results[:QUERIES]
    title = (
        f"Found: {_name(shown[0])}"
        if len(shown) == 1
        else f"Found for {plural(len(report.results), 'query', 'queries')}"
    )
    page = render(
        "contact.html.j2",
        title=title,
        about=(
            ("Index", report.index),
            ("Generation", report.generation),
            ("Videos", f"{report.videos:,}"),
            ("Embedder", report.embedder or "vectors of your own"),
            ("Score", "cosine" if report.metric is Metric.COSINE else "inner product"),
        ),
        sheets=[_sheet(one, fitting) for one in shown],
        more=len(report.results) - len(shown),
    )
    return scrub(page)


def _fitting(report: SearchReport, pictures: Mapping[str, bytes]) -> dict[str, str]:
    found: dict[str, str] = {}
    size = 0
    for one in shown_videos(report):
        jpeg = pictures.get(one.video_id)
        if jpeg is None or one.video_id in found or size + len(jpeg) > MOST_BYTES:
            continue
        size += len(jpeg)
        found[one.video_id] = b64encode(jpeg).decode()
    return found


def _sheet(one: SearchResult, pictures: Mapping[str, str]) -> Sheet:
    asked = frozenset(names_in(parse(one.restrict)))
    cards = tuple(
        _card(rank, video, score, pictures, asked)
        for rank, (video, score) in enumerate(zip(one.found, one.scores, strict=False), 1)
    )
    return Sheet(
        title=_name(one),
        kind={Asked.ID: "nearest to", Asked.VIDEO: "nearest to", Asked.TEXT: "nearest to the words"}.get(
            one.by, "nearest to the vector"
        ),
        picture=pictures.get(one.asked.video_id, "") if one.asked else "",
        facts=tuple(_facts(one)),
        note=one.problem or one.note,
        cards=cards[:RESULTS],
        more=max(len(one.ids) - RESULTS, 0),
    )


def _facts(one: SearchResult) -> Iterator[tuple[str, str]]:
    if one.problem:
        return
    yield "restriction", one.restrict or "none"
    yield "match", f"{one.matched:,}"
    yield "compared", f"{one.scanned:,}"
    yield "plan", "exact" if one.plan is Plan.EXACT else "by clusters" if one.plan is Plan.IVF else "empty"
    if one.expected_recall is not None and one.plan is Plan.IVF:
        yield "expected recall", f"{one.expected_recall:.1%}"


def _card(rank: int, video: SeenVideo, score: float, pictures: Mapping[str, str], asked: frozenset[str]) -> Card:
    said = [
        (name not in asked, name in asked and seen.label not in _ABSENT, _label_text(name, seen.label, seen.chance))
        for name, seen in video.labels.items()
        if name in asked or seen.label not in _ABSENT
    ]
    chips = [Chip(text=text, asked=on) for _, on, text in sorted(said, key=lambda one: one[0])]
    return Card(
        rank=rank,
        name=_short(video),
        path=" · ".join(part for part in (video.path, video.video_id) if part),
        score=f"{score:.3f}",
        picture=pictures.get(video.video_id, ""),
        chips=tuple(chips[:CHIPS]),
    )


def _label_text(name: str, label: str, chance: float | None) -> str:
    said = {"true": name, "false": f"not {name}", "unknown": f"{name}: unknown"}.get(label, f"{name}: {label}")
    return said if chance is None else f"{said} {chance:.2f}"


def _short(video: SeenVideo) -> str:
    return video.path.replace("\\", "/").rpartition("/")[2] or video.video_id


def _name(one: SearchResult) -> str:
    return _short(one.asked) if one.asked is not None else one.query
