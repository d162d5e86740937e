"""``vibekit attributes``: definitions from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, Problem
from vibekit.core.attribute import Kind
from vibekit.errors import ExitCode

if TYPE_CHECKING:
    from vibekit.stages.attribute_check import CheckReport
    from vibekit.stages.attribute_diff import DiffReport
    from vibekit.stages.attributes import ListReport, ShowReport

app = typer.Typer(
    help="List, show, write, check and compare attribute definitions.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)

NameArg = Annotated[str, typer.Argument(metavar="NAME", help="A name such as calming, or a YAML file.")]


@app.command("list", epilog="Example: vibekit attributes list")
def list_(folder: AttributesDirOpt = None, json_mode: JsonOpt = False, quiet: QuietOpt = False) -> None:
    """List the definitions that have a name: yours and ready-made."""
    from vibekit.stages.attributes import list_definitions

    out = Output(command="attributes list", json_mode=json_mode, quiet=quiet)
    report = list_definitions(folder)
    for entry in report.attributes:
        if entry.problem:
            out.warn(entry.problem, hint=f"vibekit attributes check {entry.path}", item=entry.path)
    out.finish(report, render=lambda o: _render_list(report, o))


@app.command("show", epilog="Example: vibekit attributes show calming --yaml > attributes/calming.yaml")
def show(
    name: NameArg,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print the file as it is, to copy it.")] = False,
    folder: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Show one definition and its fingerprint."""
    from vibekit.stages.attributes import show_definition

    out = Output(command="attributes show", json_mode=json_mode, quiet=quiet)
    report = show_definition(name, folder)
    out.finish(report, render=lambda o: o.text(report.text.rstrip("\n")) if as_yaml else _render_show(report, o))


@app.command("new", epilog="Example: vibekit attributes new slow_living")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and _.")],
    kind: Annotated[Kind, typer.Option("--kind", help="Which answers it allows.")] = Kind.BINARY,
    folder: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Write a commented skeleton to attributes/NAME.yaml."""
    from vibekit.stages.attributes import NewConfig, new_definition

    out = Output(command="attributes new", json_mode=json_mode, quiet=quiet)
    report = new_definition(NewConfig(name=name, kind=kind, folder=folder))
    if report.hides:
        out.warn(f"from this folder, '{name}' now means {report.path}, no longer {report.hides}", item=name)
    out.hint(f"fill it in, then: vibekit attributes check {report.path}")
    out.finish(report, render=lambda o: o.text(f"wrote {report.path}"))


@app.command("check", epilog="Example: vibekit attributes check attributes/calming.yaml --strict")
def check(
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE|FOLDER|NAME]...", help="Default: all of ./attributes.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as errors.")] = False,
    folder: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Find errors and weaknesses; ends with 3 on an error."""
    from vibekit.stages.attribute_check import CheckConfig, check_attributes

    out = Output(command="attributes check", json_mode=json_mode, quiet=quiet)
    report = check_attributes(CheckConfig(targets=tuple(targets or ()), folder=folder, strict=strict))
    problems = [
        Problem(code=f.code, message=f"{f.where}: {f.message}", hint=f.hint, item=f.path) for f in report.findings
    ]
    code = ExitCode.INPUT if report.errors else ExitCode.DONE
    out.finish(report, render=lambda o: _render_check(report, o), exit_code=code, problems=problems)


@app.command("diff", epilog="Example: vibekit attributes diff calming --against runs/r1")
def diff(
    one: Annotated[str, typer.Argument(metavar="OLD", help="A name or a file; the new side with --against.")],
    other: Annotated[str, typer.Argument(metavar="[NEW]", help="A name or a file.")] = "",
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="FILE|RUN", help="The old side: a file, or the folder of a run."),
    ] = None,
    folder: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Compare two definitions: what changed, and is it new work."""
    from vibekit.stages.attribute_diff import DiffConfig, diff_attributes

    out = Output(command="attributes diff", json_mode=json_mode, quiet=quiet)
    report = diff_attributes(DiffConfig(one=one, other=other, against=against, folder=folder))
    if report.advice:
        out.hint(report.advice)
    out.finish(report, render=lambda o: _render_diff(report, o))


@app.command("schema", epilog="Example: vibekit attributes schema --out attributes/attribute.schema.json")
def schema(
    out_file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there instead of to stdout.")
    ] = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Print the JSON Schema of definitions, for editors."""
    import json

    from vibekit.stages.attributes import write_schema

    out = Output(command="attributes schema", json_mode=json_mode, quiet=quiet)
    report = write_schema(out_file)
    text = f"wrote {report.path}" if report.path else json.dumps(report.schema, indent=2, ensure_ascii=False)
    out.finish(report, render=lambda o: o.text(text))


def _render_list(report: ListReport, out: Output) -> None:
    rows = [(e.name, e.kind or "broken", e.version or "", e.title, e.fingerprint, e.origin) for e in report.attributes]
    out.table(("name", "kind", "version", "title", "fingerprint", "from"), rows)


def _render_show(report: ShowReport, out: Output) -> None:
    keys = dict(report.definition)
    out.text(f"{keys.pop('title')}  ({keys.pop('name')}, {keys.pop('kind')}, version {keys.pop('version')})")
    out.text(f"fingerprint {report.fingerprint}   {report.path}")
    for key, value in keys.items():
        out.text()
        if isinstance(value, (list, dict)) and value:
            out.text(f"{key.replace('_', ' ')}:")
            for line in _lines(value):
                out.text(f"  {line}")
        else:
            out.text(f"{key.replace('_', ' ')}: {value}")


def _lines(value: object) -> list[str]:
    if isinstance(value, dict):
        return [f"{key}: {_inline(inner)}" for key, inner in value.items()]
    return [f"- {_inline(item)}" for item in value] if isinstance(value, list) else [_inline(value)]


def _inline(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict) and "why" in value:
        subject = value.get("case") or value.get("video")
        if subject is None:
            return f"version {value['version']}, {value['date']}: {value['why']}"
        return f"{subject} -> {_inline(value['label'])}: {value['why']}"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_inline(inner)}" for key, inner in value.items())
    return str(value)


def _render_check(report: CheckReport, out: Output) -> None:
    for finding in report.findings:
        out.text(f"{finding.where}: {finding.level}: {finding.message} [{finding.code}]")
        if finding.hint:
            out.text(f"  hint: {finding.hint}")
    files = "1 definition" if len(report.files) == 1 else f"{len(report.files)} definitions"
    errors = "1 error" if report.errors == 1 else f"{report.errors} errors"
    warnings = "1 warning" if report.warnings == 1 else f"{report.warnings} warnings"
    out.text(f"{files}: {errors}, {warnings}")


def _render_diff(report: DiffReport, out: Output) -> None:
    out.text(f"--- {report.before}  {report.fingerprint_before}")
    out.text(f"+++ {report.after}  {report.fingerprint_after}")
    for change in report.changes:
        out.text(f"@@ {change.key}{'' if change.judged else ' (outside the fingerprint)'} @@")
        for piece in change.removed:
            out.text(f"- {piece}")
        for piece in change.added:
            out.text(f"+ {piece}")
        if change.note:
            out.text(f"  {change.note}")
    out.text(f"fingerprint {report.reason}" if report.changes else report.reason)
