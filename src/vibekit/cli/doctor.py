"""``vibekit doctor``: what is installed, set and reachable, and what to type to mend the rest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import AttributesDirOpt, ConfigOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, Problem
from vibekit.errors import ExitCode

if TYPE_CHECKING:
    from vibekit.stages.doctor import DoctorReport

EXAMPLE = """Examples:

  vibekit doctor

  vibekit doctor --online --model gemini-3.8-flash   (asks the service whether key and model are good; costs nothing)

  vibekit doctor --annotator openai --base-url http://127.0.0.1:8000/v1   (what can your own server do?)

Exit code 4 when something is missing that every command needs.
"""


def doctor(
    online: Annotated[bool, typer.Option("--online", help="Ask the service whether key and model are good.")] = False,
    annotator: Annotated[
        str | None, typer.Option(help="Whose service: gemini, or openai, whose server is then asked too.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model to ask for (default: your setting).")] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Address of the service.")] = None,
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where runs will be written.")] = Path(),
    attributes_dir: AttributesDirOpt = None,
    config: ConfigOpt = None,
    quiet: QuietOpt = False,
    json_mode: JsonOpt = False,
) -> None:
    """Check what vibekit needs and say what to type to mend it."""
    from vibekit.stages.doctor import DoctorConfig
    from vibekit.stages.doctor import doctor as stage

    asked = DoctorConfig(
        online=online,
        annotator=annotator,
        model=model,
        base_url=base_url,
        folder=folder,
        attributes_dir=attributes_dir,
        config=config,
    )
    report = stage(asked)
    output = Output(command="doctor", json_mode=json_mode, quiet=quiet)
    bad = [Problem(code="setup", message=f"{c.name}: {c.found}", hint=c.mend) for c in report.checks if c.mend]
    code = ExitCode.DONE if report.ready else ExitCode.SETUP
    output.finish(report, render=lambda o: _show(o, report), exit_code=code, problems=bad)


def _show(output: Output, report: DoctorReport) -> None:
    output.table(("", "what", "found"), [(check.level, check.name, check.found) for check in report.checks])
    for check in report.checks:
        if check.mend:
            output.text(f"to mend {check.name}: {check.mend}")
    output.text("ready" if report.ready else "not ready: mend the lines marked fail")
