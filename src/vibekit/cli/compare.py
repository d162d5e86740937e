"""``vibekit compare``, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output
from vibekit.cli.score_options import (
    AttributeOpt,
    DrawsOpt,
    FormatOption,
    IdColumnOpt,
    KnowOpt,
    SeedOpt,
    SplitOpt,
    StaleOpt,
    check_numbers,
)
from vibekit.core.scoring import Decision

if TYPE_CHECKING:
    from vibekit.core.compare import CompareReport

EXAMPLE = "Example: vibekit compare runs/a runs/b --golden golden/g1"


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A run folder or a table of labels.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    golden: Annotated[Path, typer.Option("--golden", "-g", metavar="GOLDEN", help="A golden set: folder or table.")],
    attribute: AttributeOpt = None,
    split: SplitOpt = None,
    decision: Annotated[
        Decision, typer.Option("--decision", help="What counts: labels, or probabilities by the threshold.")
    ] = Decision.LABEL,
    allow_stale: StaleOpt = False,
    i_know: KnowOpt = False,
    out_folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the comparison as HTML, Markdown and JSON there.")
    ] = None,
    style: Annotated[FormatOption, typer.Option("--format", help="How the result is written.")] = FormatOption.TEXT,
    flips: Annotated[int, typer.Option("--flips", metavar="N", help="Most flipped videos that are listed.")] = 50,
    draws: DrawsOpt = 2000,
    seed: SeedOpt = 0,
    id_column: IdColumnOpt = "",
    attributes_dir: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Compare two runs on the same golden videos, and say which videos flipped and why."""
    check_numbers(draws=draws, errors=flips, seed=seed)
    from vibekit.cli.compare_text import show_comparison
    from vibekit.stages.compare import CompareConfig
    from vibekit.stages.compare import compare as stage

    out = Output(command="compare", json_mode=json_mode, quiet=quiet)
    report = stage(
        CompareConfig(
            a=a,
            b=b,
            golden=golden,
            attributes=tuple(attribute or ()),
            split=split,
            decision=decision,
            allow_stale=allow_stale,
            i_know=i_know,
            draws=draws,
            seed=seed,
            flips=flips,
            attributes_dir=attributes_dir,
            id_column=id_column,
            out=out_folder,
        )
    )
    for warning in report.warnings:
        out.warn(warning)
    if report.stale:
        out.warn(f"--allow-stale: {report.stale}")
    out.finish(
        report,
        render=lambda o: show_comparison(report, o) if style is FormatOption.TEXT else o.text(_markdown(report)),
    )


def _markdown(report: CompareReport) -> str:
    from vibekit.reports.compare_markdown import compare_markdown

    return compare_markdown(report)
