"""``vibekit score``, from the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, Problem
from vibekit.cli.score_options import (
    GOAL_HELP,
    AttributeOpt,
    DrawsOpt,
    FormatOption,
    IdColumnOpt,
    KnowOpt,
    NoReportOpt,
    SeedOpt,
    SplitOpt,
    StaleOpt,
    check_numbers,
    gate_rules,
    threshold_goal,
)
from vibekit.core.scoring import Bound, Decision
from vibekit.errors import ExitCode

if TYPE_CHECKING:
    from vibekit.core.score import ScoreReport

EXAMPLE = "Example: vibekit score runs/r1 --golden golden/g1 --min-f1 calming=0.75"
SUMMARY = "GITHUB_STEP_SUMMARY"
"""Variable by which GitHub names the file for a job's summary."""


def score(
    labels: Annotated[
        Path, typer.Argument(metavar="LABELS", help="A run folder, a table of labels, or a folder of part-*.parquet.")
    ],
    golden: Annotated[Path, typer.Option("--golden", "-g", metavar="GOLDEN", help="A golden set: folder or table.")],
    attribute: AttributeOpt = None,
    split: SplitOpt = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="COLUMN", help="Slices by this metadata column; may be given several times."),
    ] = None,
    min_f1: Annotated[
        list[str] | None, typer.Option("--min-f1", metavar="[NAME=]X", help="Exit with 7 when F1 is lower.")
    ] = None,
    min_precision: Annotated[
        list[str] | None, typer.Option("--min-precision", metavar="[NAME=]X", help="The same for precision.")
    ] = None,
    min_recall: Annotated[
        list[str] | None, typer.Option("--min-recall", metavar="[NAME=]X", help="The same for recall.")
    ] = None,
    gate: Annotated[
        Bound, typer.Option("--gate", help="What has to reach it: the interval's lower end, or the value.")
    ] = Bound.LOWER,
    goal: Annotated[str, typer.Option("--threshold-goal", metavar="GOAL", help=GOAL_HELP)] = "f1",
    write_threshold: Annotated[
        bool, typer.Option("--write-threshold", help="Write the threshold that the tune split suggests.")
    ] = False,
    decision: Annotated[
        Decision, typer.Option("--decision", help="What counts: labels, or probabilities by the threshold.")
    ] = Decision.LABEL,
    allow_stale: StaleOpt = False,
    i_know: KnowOpt = False,
    out_folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Report folder (default: reports/LABELS-GOLDEN).")
    ] = None,
    no_report: NoReportOpt = False,
    no_frames: Annotated[bool, typer.Option("--no-frames", help="No pictures in the report.")] = False,
    style: Annotated[FormatOption, typer.Option("--format", help="How the result is written.")] = FormatOption.TEXT,
    errors: Annotated[int, typer.Option("--errors", metavar="N", help="Most disagreements in the report.")] = 50,
    epsilon: Annotated[
        float, typer.Option("--epsilon", metavar="X", help="Alt-test: what a rater costs more than the model.")
    ] = 0.2,
    draws: DrawsOpt = 2000,
    seed: SeedOpt = 0,
    id_column: IdColumnOpt = "",
    attributes_dir: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Hold labels against a golden set: metrics with intervals, people beside, thresholds, gates."""
    check_numbers(draws=draws, errors=errors, epsilon=epsilon, seed=seed)
    gates = (
        *gate_rules("f1", min_f1),
        *gate_rules("precision", min_precision),
        *gate_rules("recall", min_recall),
    )
    wanted = threshold_goal(goal)
    from vibekit.cli.progress import progress_for
    from vibekit.stages.score import ScoreConfig
    from vibekit.stages.score import score as stage

    out = Output(command="score", json_mode=json_mode, quiet=quiet)
    report = stage(
        ScoreConfig(
            labels=labels,
            golden=golden,
            attributes=tuple(attribute or ()),
            split=split,
            by=tuple(by or ()),
            gates=gates,
            bound=gate,
            goal=wanted,
            write_threshold=write_threshold,
            decision=decision,
            allow_stale=allow_stale,
            i_know=i_know,
            draws=draws,
            seed=seed,
            errors=errors,
            attributes_dir=attributes_dir,
            epsilon=epsilon,
            id_column=id_column,
            out=out_folder,
            report=not no_report,
            frames=not no_frames,
        ),
        progress=progress_for(quiet=quiet),
    )
    _finish(report, out, style)


def _finish(report: ScoreReport, out: Output, style: FormatOption) -> None:
    from vibekit.cli.score_text import gate_problems, show_score

    for warning in report.warnings:
        out.warn(warning)
    if report.stale:
        out.warn(f"--allow-stale: {report.stale}")
    if style is FormatOption.GITHUB:
        _summarise(report)
    problems = gate_problems(report)
    if style is not FormatOption.TEXT:
        _say_failures(problems, out)
    out.finish(
        report,
        render=lambda o: o.text(_markdown(report, style)) if _is_markdown(style) else show_score(report, o),
        exit_code=ExitCode.GATE if report.passed is False else ExitCode.DONE,
        problems=problems,
    )


def _say_failures(problems: list[Problem], out: Output) -> None:
    for problem in problems:
        out.hint(problem.message)


def _is_markdown(style: FormatOption) -> bool:
    return style is FormatOption.MARKDOWN or (style is FormatOption.GITHUB and not os.environ.get(SUMMARY))


def _markdown(report: ScoreReport, style: FormatOption) -> str:
    from vibekit.reports.github import github_summary
    from vibekit.reports.markdown import markdown

    return markdown(report) if style is FormatOption.MARKDOWN else github_summary(report)


def _summarise(report: ScoreReport) -> None:
    """Append to the job's summary, which several steps share."""
    name = os.environ.get(SUMMARY)
    if name:
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(_markdown(report, FormatOption.GITHUB) + "\n")
