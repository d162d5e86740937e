"""The searches of the demo: the same clip without a restriction and with several."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.demo import DemoSearch
from vibekit.retrieval import open_index

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.demo import DemoClipView
    from vibekit.stages.demo.views import Views

K = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One search: by which clip, among which clips, and what it shows."""

    clip: str
    restrict: str
    why: str


SEARCHES: tuple[Wanted, ...] = (
    Wanted(clip="dance.mp4", restrict="", why="No restriction: what is nearest to a lively clip is lively."),
    Wanted(
        clip="dance.mp4", restrict="calming",
        why="The same clip, among those that carry calming: the nearest of them, however far down the list they were. "
        "The labels are the student's: a clip that was not made as calm is a mistake of its.",
    ),
    Wanted(
        clip="rain.mp4", restrict='calming & !energetic & language == "en"',
        why="Attributes and metadata in one restriction. An unknown label matches neither calming nor !calming.",
    ),
)  # fmt: skip


def searches(index: Path, views: Views) -> tuple[DemoSearch, ...]:
    """Search, by the vectors that the index holds itself.

    Args:
        index: Its folder.
        views: What to call the clips.
    """
    searcher = open_index(index)
    found = []
    for wanted in SEARCHES:
        query = views.by_name(wanted.clip)
        (answer,) = searcher.search(
            searcher.vectors_of([query.video_id]), k=K, restrict=wanted.restrict, exclude=(query.video_id,)
        )
        scores: Mapping[str, float] = dict(zip(answer.ids, answer.scores, strict=True))
        results: tuple[DemoClipView, ...] = tuple(
            views.view(name, notes=(f"{at}. cosine {score:.3f}",)) for at, (name, score) in enumerate(scores.items(), 1)
        )
        found.append(
            DemoSearch(
                query=query, restrict=wanted.restrict, why=wanted.why, command=_command(wanted), found=results,
                plan=str(answer.plan), matched=answer.matched, note=answer.note,
            )
        )  # fmt: skip
    return tuple(found)


def _command(wanted: Wanted) -> str:
    restrict = f" --restrict {shlex.quote(wanted.restrict)}" if wanted.restrict else ""
    return f"vibekit index search indexes/demo --id clips/{wanted.clip}{restrict} -k {K}"
