"""``vibekit index info`` and ``verify``, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.index_options import IndexArg
from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, Problem
from vibekit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from vibekit.stages.index.reports import InfoReport, VerifyReport

INFO_EXAMPLE = "Example: vibekit index info indexes/i1"
VERIFY_EXAMPLE = "Example: vibekit index verify indexes/i1"
ALL = "*"
"""Restriction of efforts that were measured for all videos."""


def info(
    index: IndexArg,
    attributes_dir: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Show what an index is made of, and what is stale."""
    from vibekit.stages.index.info import info as stage

    report = stage(index, attributes_dir=attributes_dir)
    out = Output(command="index info", json_mode=json_mode, quiet=quiet)
    for stale in report.stale:
        out.warn(stale.words, hint=stale.mend, item=stale.item)
    out.finish(report, render=lambda o: _show_info(report, o))


def _show_info(report: InfoReport, out: Output) -> None:
    from vibekit.cli.index_text import show_attributes, size_text

    m = report.index
    show_attributes(m, out)
    out.text(f"{m.videos:,} videos: {m.rows:,} in order, {m.tail:,} added since, {m.removed:,} of them removed")
    how = f"{m.clusters:,} clusters" if m.clusters else "exact search only"
    out.text(f"{m.embedder}, {m.dim} dimensions ({m.space}), {m.metric}, {m.storage}, {how}")
    out.text(f"{size_text(report.bytes)}, {report.bytes_per_video:,.0f} bytes a video")
    out.text(f"{m.generation}, by {m.made_by} at {m.created_at}")
    for column in m.columns:
        out.text(f"metadata: {column.name} ({column.type})")
    names = {a.name for a in m.attributes} | {ALL}
    cells = [
        (e.restriction, e.k, f"{e.matched:,}", f"{e.scan:,}", f"{e.refine:,}" if e.refine else "all", f"{e.recall:.3f}")
        for e in m.efforts
        if e.restriction in names
    ]
    if cells:
        out.text()
        out.table(("restriction", "k", "matched", "scan", "refine", "recall"), cells)
        out.text(f"{len(m.efforts) - len(cells)} more were measured for other restrictions: --json has them")


def verify(
    index: IndexArg,
    queries: Annotated[
        int, typer.Option("--queries", metavar="N", help="Fresh queries for each attribute; 0: checksums only.")
    ] = 100,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the queries.")] = 1,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Check every file, and measure again what share of the nearest is found; exit 7 when it is too small."""
    if queries < 0 or seed < 0:
        raise UsageError("--queries and --seed: 0 or more", hint="leave them out")
    from vibekit.cli.progress import progress_for
    from vibekit.stages.index.verify import verify as stage

    report = stage(index, queries=queries, seed=seed, progress=progress_for(quiet=quiet))
    out = Output(command="index verify", json_mode=json_mode, quiet=quiet)
    for warning in report.warnings:
        out.warn(warning)
    problems = [
        Problem(code="damaged", message=f"{d.path}: {d.problem}", hint=d.mend, item=d.role) for d in report.damaged
    ] + [
        Problem(code="recall", message=f"{r.words}: {r.recall:.3f} at k = {r.k}", hint=report.mend, item=r.restriction)
        for r in report.recalls
        if r.missed
    ]
    code = ExitCode.INPUT if report.damaged else ExitCode.GATE if problems else ExitCode.DONE
    for problem in problems:
        out.hint(f"error: {problem.message}")
    for hint in dict.fromkeys(problem.hint for problem in problems):
        out.hint(f"hint: {hint}")
    out.finish(report, render=lambda o: _show_verify(report, o), exit_code=code, problems=problems)


def _show_verify(report: VerifyReport, out: Output) -> None:
    if report.recalls:
        cells = [
            (r.words, r.k, r.plan, f"{r.matched:,}", f"{r.recall:.3f}", f"{r.low:.3f} to {r.high:.3f}",
             "too low" if r.missed else "ok")
            for r in report.recalls
        ]  # fmt: skip
        out.table(
            ("restriction", "k", "plan", "matched", "recall", "95 % interval", f"at least {report.target:g}"), cells
        )
        out.text()
    bad = (
        f"{len(report.damaged)} of {report.files} files are damaged"
        if report.damaged
        else f"{report.files} files are whole"
    )
    out.text(f"{report.path}, {report.generation}: {bad}")
