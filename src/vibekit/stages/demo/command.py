"""``vibekit demo``: the chain, and the page that tells it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit import __version__
from vibekit.core.demo import DemoAttribute, DemoReport
from vibekit.core.media import FrameSampling
from vibekit.core.video import text_path
from vibekit.formats.atomic import write_text
from vibekit.reports.demo_page import demo_page
from vibekit.stages.demo.chain import Chain
from vibekit.stages.demo.clips import CLIPS
from vibekit.stages.demo.index import build_index
from vibekit.stages.demo.make import ATTRIBUTES, make_files
from vibekit.stages.demo.results import answers_of, scores_of, students_of, wrong_of
from vibekit.stages.demo.searches import searches
from vibekit.stages.demo.views import views_of
from vibekit.stages.pictures import pictures_of
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vibekit.core.attribute import Attribute
    from vibekit.core.demo import DemoClipView
    from vibekit.stages.progress import Progress

PAGE = "index.html"
PICTURES = FrameSampling(frames=3, long_side=128, quality=60)
"""Of every clip on the page."""
SHOWN = (
    "lake.mp4", "candle.mp4", "snow-1.mp4", "fireplace-3.mp4", "talk.mp4", "aquarium-2.mp4", "desert-4.mp4",
    "dance.mp4", "market.mp4", "race.mp4", "arcade-4.mp4", "stadium-2.mp4",
)  # fmt: skip
"""Clips that the page shows at its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoConfig:
    """Where to work, and the command line for the manifests."""

    folder: Path
    argv: tuple[str, ...] = ()


def demo(config: DemoConfig, *, progress: Progress | None = None) -> DemoReport:
    """Make what is not there yet, run the chain, and write the page.

    Args:
        config: Where to work.
        progress: Told how far it is.

    Raises:
        InputError: The folder cannot be used.
    """
    start = time.monotonic()
    progress = progress or Silent()
    folder = config.folder
    made = make_files(folder, progress)
    chain = Chain(folder=folder, progress=progress, argv=config.argv)
    definitions = chain.define()
    run = chain.annotate()
    if run.stopped == "interrupted":
        return DemoReport(folder=text_path(folder), clips=len(CLIPS), made=made, interrupted=True, vibekit=__version__)
    score = chain.score()
    chain.embed()
    student = chain.distill()
    labels = chain.predict()
    build_index(chain)
    views = views_of(folder / "embeddings" / "demo")
    with chain.stage("search") as did:
        found = searches(folder / "indexes" / "demo", views)
        matched = ", ".join(f"{one.matched} for {one.restrict or 'no restriction'}" for one in found)
        did.append(f"The nearest among the clips that match: {matched}.")
    page = folder / PAGE
    report = DemoReport(
        folder=text_path(folder),
        page=text_path(page),
        clips=len(CLIPS),
        made=made,
        silver=sum(clip.silver for clip in CLIPS),
        golden=sum(clip.golden for clip in CLIPS),
        stages=tuple(chain.stages),
        attributes=tuple(_attribute(one) for one in definitions),
        shown=tuple(views.by_name(name) for name in SHOWN),
        answers=answers_of(folder / "runs" / "demo", ATTRIBUTES[0], views),
        scores=scores_of(score),
        wrong=wrong_of(score, views),
        students=students_of(student),
        labels=labels.labels.counts,
        searches=found,
        seconds=round(time.monotonic() - start, 1),
        failed=len(run.failures),
        vibekit=__version__,
        warnings=run.warnings,
    )
    files = {clip.video_id: folder / "clips" / clip.name for clip in _pictured(report)}
    pictures = pictures_of(files, PICTURES, progress)
    write_text(page, demo_page(report, pictures))
    return report


def _attribute(one: Attribute) -> DemoAttribute:
    return DemoAttribute(name=one.name, question=one.question, definition=one.definition, fingerprint=one.fingerprint)


def _pictured(report: DemoReport) -> Iterator[DemoClipView]:
    yield from (*report.shown, *report.answers, *report.wrong)
    for search in report.searches:
        yield from (search.query, *search.found)
