"""``vibekit golden import`` and ``vibekit golden export``, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, Problem, shown
from vibekit.cli.progress import progress_for
from vibekit.core.exchange import Exchange
from vibekit.errors import ExitCode

if TYPE_CHECKING:
    from vibekit.stages.golden.export import ExportReport
    from vibekit.stages.golden.import_ import ImportReport

IMPORT_EXAMPLE = "Example: vibekit golden import labels.csv --out golden/g1"
LISTED = 10
"""Unmatched videos that are shown; all of them are in the envelope."""


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV, JSONL, Parquet, or Label Studio's JSON.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Golden set; made when missing, else added to.")],
    attribute: Annotated[
        list[str] | None,
        typer.Option("--attribute", "-a", metavar="NAME", help="Definition that was rated; repeatable."),
    ] = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="RUN", help="The rows are about videos of a run.")
    ] = None,
    videos: Annotated[
        list[str] | None, typer.Option("--videos", metavar="DIR", help="The rows are about these files; repeatable.")
    ] = None,
    format_: Annotated[
        Exchange | None, typer.Option("--format", help="Of the file. Default: told by its looks.")
    ] = None,
    attributes_dir: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Bring ratings or labels into a golden set."""
    from vibekit.stages.golden.import_ import ImportConfig
    from vibekit.stages.golden.import_ import import_ as stage

    output = Output(command="golden import", json_mode=json_mode, quiet=quiet)
    config = ImportConfig(
        file=file, out=out, attributes=tuple(attribute or ()), run=run, videos=tuple(videos or ()), format=format_,
        attributes_dir=attributes_dir,
    )  # fmt: skip
    report = stage(config, progress=progress_for(quiet=quiet))
    for warning in report.warnings:
        output.warn(warning)
    problems = [Problem(code="unmatched", message="video not found", item=name) for name in report.unmatched]
    code = ExitCode.PARTIAL if report.unmatched else ExitCode.DONE
    output.finish(report, render=lambda o: _show_import(o, report), exit_code=code, problems=problems)


EXPORT_EXAMPLE = "Example: vibekit golden export golden/g1 --format csv-long --out ratings.csv"


def export(
    golden: Annotated[Path, typer.Argument(metavar="G", help="A golden set, or a plain table.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")],
    format_: Annotated[Exchange, typer.Option("--format", help="Of the file.")] = Exchange.CSV_LONG,
    no_ratings: Annotated[
        bool, typer.Option("--no-ratings", help="Label Studio: only the videos, for raters who must not see others.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    attributes_dir: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Write a golden set as CSV or for Label Studio."""
    from vibekit.stages.golden.export import ExportConfig
    from vibekit.stages.golden.export import export as stage

    output = Output(command="golden export", json_mode=json_mode, quiet=quiet)
    config = ExportConfig(
        golden=golden, out=out, format=format_, ratings=not no_ratings, force=force, attributes_dir=attributes_dir
    )
    report = stage(config)
    for warning in report.warnings:
        output.warn(warning)
    output.finish(report, render=lambda o: _show_export(o, report))


def _show_import(output: Output, report: ImportReport) -> None:
    output.text(f"{report.events} events and {report.labels} labels are new in {shown(report.out)}")
    if report.videos:
        output.text(f"{report.videos} videos are new")
    if report.known:
        output.text(f"{report.known} events were there already")
    if report.replaced:
        output.text(f"{report.replaced} answers take the place of others by the same rater; the log keeps both")
    for name in report.unmatched[:LISTED]:
        output.text(f"not found: {shown(name)}")
    if len(report.unmatched) > LISTED:
        output.text(f"and {len(report.unmatched) - LISTED} more that were not found")


def _show_export(output: Output, report: ExportReport) -> None:
    output.text(f"wrote {shown(report.out)}: {report.videos} videos, {report.events} events, {report.labels} labels")
    if report.config:
        output.text(f"wrote {shown(report.config)}: the labelling interface, for Settings > Labeling Interface > Code")
