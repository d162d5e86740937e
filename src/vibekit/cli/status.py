"""``vibekit status``: how a project stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output
from vibekit.errors import ExitCode

if TYPE_CHECKING:
    from vibekit.core.status import StatusReport

EXAMPLE = """Examples:

  vibekit status

  vibekit status my-project --check

Only manifests are read: it is quick on large folders.
"""


def status(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A project, or any folder with runs, students, indexes under it.")
    ] = Path(),
    check: Annotated[bool, typer.Option("--check", help="Exit with 7 when anything is not current: for CI.")] = False,
    quiet: QuietOpt = False,
    json_mode: JsonOpt = False,
) -> None:
    """Show the chain of a project: what is stale or unfinished, and the command that mends it."""
    from vibekit.stages.status import StatusConfig
    from vibekit.stages.status import status as stage

    output = Output(command="status", json_mode=json_mode, quiet=quiet)
    report = stage(StatusConfig(folder=folder))
    worse = any(row.problems for row in report.items)
    output.finish(
        report,
        render=lambda o: _show(o, report),
        exit_code=ExitCode.GATE if check and worse else ExitCode.DONE,
    )


def _show(output: Output, report: StatusReport) -> None:
    if not report.items:
        output.text(f"nothing of vibekit's under {report.folder}")
        output.hint("make a project with: vibekit init my-project, or see the whole chain with: vibekit demo")
        return
    rows = [(str(row.part), row.path, str(row.state), row.about) for row in report.items]
    output.table(("part", "folder", "state", "what is in it"), rows)
    for row in report.items:
        for problem in row.problems:
            output.text()
            output.text(f"{problem.state}: {row.path}: {problem.words}")
            if problem.mend:
                output.text(f"  mend: {problem.mend}")
    output.text()
    if report.mend:
        output.text("in this order:")
        for line in report.mend:
            output.text(f"  {line}")
    elif any(row.problems for row in report.items):
        output.text("nothing to type; wait, or look at what is said above")
    else:
        output.text("everything is current")
