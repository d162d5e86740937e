"""``vibekit cache``: what is kept across runs, from the command line."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output, shown
from vibekit.errors import UsageError

if TYPE_CHECKING:
    from vibekit.stages.cache import CacheInfo, ClearReport

MOST_DAYS = 36_500

app = typer.Typer(
    help="Show or clear the answers that are kept across runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.command("info", epilog="Example: vibekit cache info")
def info(json_mode: JsonOpt = False, quiet: QuietOpt = False) -> None:
    """Show where answers are kept, how many, of whom, and what they cost."""
    from vibekit.stages.cache import info as stage

    out = Output(command="cache info", json_mode=json_mode, quiet=quiet)
    report = stage()
    out.finish(report, render=lambda o: _show_info(report, o))


@app.command("clear", epilog="Example: vibekit cache clear --older-than 90 --yes")
def clear(
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="Only answers of this model.")] = None,
    annotator: Annotated[str | None, typer.Option(metavar="NAME", help="Only answers of this annotator.")] = None,
    older_than: Annotated[
        float | None, typer.Option(metavar="DAYS", help="Only answers that no run has used for so long.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count them; remove nothing.")] = False,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Remove kept answers; without an option all of them, and the file."""
    from vibekit.stages.cache import clear as stage

    if older_than is not None and not (math.isfinite(older_than) and 0 <= older_than <= MOST_DAYS):
        raise UsageError(f"--older-than {older_than:g}: 0-{MOST_DAYS} days")
    out = Output(command="cache clear", json_mode=json_mode, quiet=quiet)
    asks = not (yes or dry_run)
    if asks and (json_mode or sys.stdin is None or not sys.stdin.isatty()):
        raise UsageError(
            "what is removed was paid for, and nobody is there to be asked",
            hint="look first with: vibekit cache clear --dry-run   then add --yes",
        )
    report = stage(model=model, annotator=annotator, older_than_days=older_than, dry_run=dry_run or asks)
    if asks and (
        not (report.answers or report.answers is None or report.copies)
        or typer.confirm(f"Remove {_what(report)} ({shown(report.path)})?", err=True)
    ):
        report = stage(model=model, annotator=annotator, older_than_days=older_than)
    for warning in report.warnings:
        out.warn(warning)
    out.finish(report, render=lambda o: _show_cleared(report, o))


def _show_info(report: CacheInfo, out: Output) -> None:
    out.text(f"{shown(report.path)}   {_size(report.bytes)}")
    if report.copies:
        out.text(_of_copies(report))
    if not report.answers:
        out.text("no answers are kept")
        return
    out.text(
        f"{_what(report, listed=False)}, kept from {report.oldest} to {report.newest}, last used {report.last_used}"
    )
    out.text()
    rows = [
        (g.annotator, g.model or "-", g.answers, f"${g.paid_usd:.4f}", _size(g.bytes), g.oldest, g.newest, g.last_used)
        for g in report.groups
    ]
    out.table(("annotator", "model", "answers", "paid", "text", "oldest", "newest", "last used"), rows)


def _show_cleared(report: ClearReport, out: Output) -> None:
    if report.dry_run:
        out.text(f"nothing was removed; it would be {_what(report)}")
        return
    out.text(f"removed {_what(report)}")
    out.text(f"{shown(report.path)}   {_size(report.bytes_after)} (before: {_size(report.bytes_before)})")


def _what(report: CacheInfo | ClearReport, *, listed: bool = True) -> str:
    if report.answers is None:
        return "a damaged file"
    count = "1 answer" if report.answers == 1 else f"{report.answers} answers"
    paid = f"{count} that cost ${report.paid_usd:.4f}" if report.paid_usd else count
    return f"{paid} and {_of_copies(report)}" if listed and report.copies else paid


def _of_copies(report: CacheInfo | ClearReport) -> str:
    count = "1 copy of a video" if report.copies == 1 else f"{report.copies} copies of videos"
    return f"{count} for browsers ({_size(report.copies_bytes)})"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"
