"""``vibekit golden label``, from the command line."""

from __future__ import annotations

import json
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from vibekit import __version__
from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, plain, result, say, shown
from vibekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.stages.golden.label import LabelConfig, LabelReport, Link

EXAMPLE = "Example: vibekit golden label golden/g1 --raters anna,ben"

MOST_PORT = 65_535


def label(
    golden: Annotated[Path, typer.Argument(metavar="GOLDEN", help="The golden set, a folder.")],
    attribute: Annotated[
        list[str] | None,
        typer.Option("--attribute", "-a", metavar="NAME", help="Only this attribute; may be repeated."),
    ] = None,
    raters: Annotated[
        str, typer.Option(metavar="NAME,NAME", help="One link for each (default: the page asks for a name).")
    ] = "",
    split: Annotated[str, typer.Option(metavar="tune|test", help="Only videos of this split.")] = "",
    round_: Annotated[
        int | None, typer.Option("--round", metavar="N", help="Only videos of this calibration round.")
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="attribute|video", help="Go through it attribute by attribute, or video by video.")
    ] = "attribute",
    repeats: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of the videos that comes a second time, unannounced.")
    ] = 0.08,
    seed: Annotated[int, typer.Option(metavar="N", help="Changes every rater's order.")] = 0,
    min_watched: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of a video to be played before it can be rated.")
    ] = 0.0,
    videos: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Where videos lie that have moved; found by content. May be repeated."),
    ] = None,
    expert: Annotated[
        bool, typer.Option("--expert", help="Answers are rulings above the raters' votes; V shows the votes.")
    ] = False,
    port: Annotated[int, typer.Option(metavar="N", help="Port of the page (default: any that is free).")] = 0,
    open_page: Annotated[bool, typer.Option("--open", help="Open the first link in the browser.")] = False,
    attributes_dir: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Open a local page on which raters watch and rate; Ctrl-C ends it, and every answer is kept.

    With --json, the first line on stdout has the links, and the last one is the usual envelope.
    """
    from vibekit.core.golden import Role, Split
    from vibekit.labelling.study import Order
    from vibekit.stages.golden.label import LabelConfig

    if not 0 <= port <= MOST_PORT:
        raise UsageError(f"--port {port}: 0-{MOST_PORT}")
    config = LabelConfig(
        path=golden,
        attributes=tuple(attribute or ()),
        split=Split(_one_of("--split", split, [str(s) for s in Split])) if split else None,
        round=round_,
        raters=tuple(name.strip() for name in raters.split(",") if name.strip()),
        repeats=repeats,
        seed=seed,
        order=Order(_one_of("--by", by, [str(o) for o in Order])),
        port=port,
        min_watched=min_watched,
        videos=tuple(videos or ()),
        role=Role.EXPERT if expert else Role.RATER,
        attributes_dir=attributes_dir,
    )
    serve(config, Output(command="golden label", json_mode=json_mode, quiet=quiet), open_page=open_page)


def serve(config: LabelConfig, out: Output, *, open_page: bool) -> NoReturn:
    """Serve the page until Ctrl-C, and end the command with what came of it.

    Args:
        config: What is rated.
        out: Where the links and the summary go.
        open_page: Open the first link in the browser.
    """
    from vibekit.stages.golden.label import label as stage

    def ready(links: tuple[Link, ...]) -> None:
        _show_links(links, out)
        if open_page:
            typer.launch(links[0].url)

    with _terminable():
        report = stage(config, ready=ready, say=lambda line: say(sys.stderr, shown(line)))
    for path, why in report.unplayable.items():
        out.warn(f"{path}: could not be shown: {why}")
    if report.missing:
        out.warn(f"{len(report.missing)} videos were not there and were not rated (first: {report.missing[0]})")
    out.finish(report, render=lambda o: _show(report, o))


@contextmanager
def _terminable() -> Iterator[None]:
    """Have SIGTERM end the page as Ctrl-C does: a script that started it gets the summary too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _one_of(option: str, value: str, allowed: list[str]) -> str:
    if value not in allowed:
        raise UsageError(f"{option} {value!r}: {' or '.join(allowed)}")
    return value


def _show_links(links: tuple[Link, ...], out: Output) -> None:
    if out.json_mode:
        line = {"vibekit": __version__, "command": out.command, "status": "serving", "data": {"links": plain(links)}}
        result(sys.stdout, json.dumps(line, ensure_ascii=True))
        return
    for link in links:
        out.text(f"{link.rater}: {link.url}" if link.rater else link.url)
    out.hint(
        "Each link works once, in one browser. Ctrl-C ends the page; every answer that was shown as saved is kept."
    )


def _show(report: LabelReport, out: Output) -> None:
    out.text(f"{report.ratings}   {report.videos} videos, {', '.join(report.attributes)}")
    rows = [(r.rater, r.answered, f"{r.new:+d}", r.skipped, r.left) for r in report.raters]
    out.table(("rater", "answered", "now", "skipped", "left"), rows)
    if report.raters:
        out.hint(f"next: vibekit golden agreement {report.ratings.parent}")
