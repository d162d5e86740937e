"""``vibekit demo``: the whole chain on clips made on the spot, without a key or a network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output, shown
from vibekit.errors import ExitCode

if TYPE_CHECKING:
    from vibekit.core.demo import DemoReport

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
    """Run the whole chain on small generated clips, from a definition to restricted search, and write a page."""
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
    # A label that is not as made is counted on the page; only an answer that is missing is a failure.
    if report.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.PARTIAL if report.failed else ExitCode.DONE


def _show(output: Output, report: DemoReport) -> None:
    for at, stage in enumerate(report.stages, 1):
        output.text(f"{at} {stage.name:<9} {stage.did}")
    output.text()
    for search in report.searches:
        where = search.restrict or "no restriction"
        output.text(f"nearest to {search.query.name}, {where}:  {', '.join(one.name for one in search.found)}")
    output.text()
    output.text("The clips are generated, and the labels come from measurements (motion, cuts, loudness, onsets), not")
    output.text("from understanding: a baseline and a dry run. A model gives the real ones.")
    output.text()
    if report.page:
        output.text(f"what happened, with pictures and every command:  {shown(report.page)}")
    output.hint(f"what is stale, and what mends it:  vibekit status {report.folder}")
    output.hint("next, on your own videos:          vibekit annotate YOUR-VIDEOS -a calming --annotator signals")
    output.hint("with a model:                      export GEMINI_API_KEY=...; vibekit annotate YOUR-VIDEOS -a calming")
    output.hint("your own attributes, a project:    vibekit init my-project")
