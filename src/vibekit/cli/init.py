"""``vibekit init``: a new project from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output, shown

if TYPE_CHECKING:
    from vibekit.stages.init import InitReport

EXAMPLE = "Example: vibekit init my-project --attributes calming,energetic"


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; made when it is not there.")] = Path(),
    attributes: Annotated[
        str, typer.Option("--attributes", metavar="NAME,NAME", help="Definitions to copy (default: all of them).")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Make a working project: settings, definitions, prompts, a Makefile and a CI workflow."""
    from vibekit.stages.init import InitConfig, init_project

    names = tuple(name for name in (part.strip() for part in attributes.split(",")) if name)
    output = Output(command="init", json_mode=json_mode, quiet=quiet)
    report = init_project(InitConfig(folder=folder, attributes=names, force=force))
    if report.kept:
        kept = ", ".join(shown(name) for name in report.kept)
        output.warn(f"there already and left as it is: {kept}", hint="replace with: --force")
    output.hint(f"next: put videos into {shown(str(folder / 'videos'))}, then: make -C {shown(str(folder))} signals")
    output.finish(report, render=lambda o: _show(o, report))


def _show(output: Output, report: InitReport) -> None:
    for name in report.written:
        output.text(f"wrote {shown(name)}")
    for name in report.replaced:
        output.text(f"replaced {shown(name)}")
    if not report.written and not report.replaced:
        output.text("nothing to write")
