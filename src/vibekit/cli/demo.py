"""``vibekit demo``: the main job on clips made on the spot, without a key or a network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output, shown
from vibekit.errors import ExitCode

if TYPE_CHECKING:
    from vibekit.stages.demo import DemoReport, DemoRow

EXAMPLE = """Examples:

  vibekit demo

  vibekit demo /tmp/try-vibekit

Needs no key and no network. Running it again makes and asks nothing twice.
"""


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to work; made when it is not there.")] = Path(
        "vibekit-demo"
    ),
    quiet: QuietOpt = False,
    json_mode: JsonOpt = False,
) -> None:
    """Annotate small generated clips, with no key and no network, and say where to look."""
    from vibekit.cli.progress import progress_for
    from vibekit.stages.demo import DemoConfig
    from vibekit.stages.demo import demo as stage

    output = Output(command="demo", json_mode=json_mode, quiet=quiet)
    config = DemoConfig(folder=folder, argv=("vibekit", *sys.argv[1:]))
    report = stage(config, progress=progress_for(quiet=quiet or json_mode))
    for warning in report.warnings:
        output.warn(warning)
    output.finish(report, render=lambda o: _show(o, report), exit_code=_exit_code(report))


def _exit_code(report: DemoReport) -> ExitCode:
    # A label that is not as made is said in the table; only an answer that is missing is a failure.
    if report.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.PARTIAL if report.failed else ExitCode.DONE


def _show(output: Output, report: DemoReport) -> None:
    headers = ("clip", "made as", "attribute", "label", "probability", "as made", "strongest measurement")
    output.table(headers, [_cells(row) for row in report.rows])
    output.text()
    output.text(f"{report.right} of {report.checked} labels are what the clips were made for.")
    output.text("These labels come from measurements (motion, cuts, loudness, onsets), not from understanding: a")
    output.text("baseline and a dry run, good for arousal and near chance for meaning. A model gives the real ones.")
    output.text()
    output.text(f"clips and metadata.csv:  {shown(report.clips)}")
    output.text(f"labels with rationales:  {shown(report.run)}/annotations.jsonl and annotations.parquet")
    output.text(f"settings and counts:     {shown(report.run)}/run.json")
    output.hint("next, on your own videos:        vibekit annotate YOUR-VIDEOS -a calming --annotator signals")
    output.hint("with a model:                    export GEMINI_API_KEY=...; vibekit annotate YOUR-VIDEOS -a calming")
    output.hint("your own attributes, a project:  vibekit init my-project")


def _cells(row: DemoRow) -> tuple[str, ...]:
    label = "-" if row.label is None else str(row.label).lower()
    probability = "-" if row.probability is None else f"{row.probability:.2f}"
    as_made = "" if row.as_made is None else "yes" if row.as_made else "NO"
    return (row.clip, row.made_as, row.attribute, label, probability, as_made, _strongest(row))


def _strongest(row: DemoRow) -> str:
    """Cut the rationale down to the measurement that weighs most on the side of the label."""
    side = "For: " if row.label else "Against: "
    return row.why.partition(side)[2].partition(";")[0].partition(". ")[0].rstrip(".") or row.why
