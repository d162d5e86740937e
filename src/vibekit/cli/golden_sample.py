"""``vibekit golden sample``, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, shown
from vibekit.cli.progress import progress_for
from vibekit.core.sampling import Allocation, Method
from vibekit.errors import UsageError

if TYPE_CHECKING:
    from typing import NoReturn

    from vibekit.stages.golden.plan import Plan
    from vibekit.stages.golden.sample import SampleReport

EXAMPLE = "Example: vibekit golden sample clips/ -a calming -n 300 --out golden/g1"


def sample(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCES", help="Folders, globs, files, manifests.")
    ] = None,
    attribute: Annotated[
        list[str] | None, typer.Option("--attribute", "-a", metavar="NAME", help="What will be rated; repeatable.")
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, metavar="N", help="How many videos.")] = 300,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="New golden set, such as golden/g1.")] = None,
    run: Annotated[Path | None, typer.Option("--run", metavar="RUN", help="Draw from the videos of a run.")] = None,
    method: Annotated[
        Method, typer.Option(help="Which videos are more likely; uncertain and enriched go by a run.")
    ] = Method.RANDOM,
    by: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Strata: label, probability (both of a run), or metadata.")
    ] = None,
    on: Annotated[
        str | None, typer.Option(metavar="NAME", help="Attribute whose predictions guide the draw, if not the only -a.")
    ] = None,
    allocation: Annotated[
        Allocation | None, typer.Option(help="How strata share the videos. Default: proportional.")
    ] = None,
    positives: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Enriched: share predicted true. Default: 0.5.")
    ] = None,
    group_by: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Keep a creator or series on one side of the split.")
    ] = None,
    tune_share: Annotated[
        float, typer.Option(metavar="SHARE", help="Share for tuning; the rest is the locked test side.")
    ] = 0.4,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed draws the same videos.")] = 0,
    metadata: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Table with further columns; repeatable.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=256, metavar="N", help="Processes that open files.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Say how many are needed; draw nothing.")] = False,
    precision: Annotated[float, typer.Option(metavar="SHARE", help="--plan: of the labels now.")] = 0.8,
    recall: Annotated[float, typer.Option(metavar="SHARE", help="--plan: of the labels now.")] = 0.7,
    prevalence: Annotated[float, typer.Option(metavar="SHARE", help="--plan: share of true videos.")] = 0.1,
    delta: Annotated[float, typer.Option(metavar="GAIN", help="--plan: gain of F1 that must be seen.")] = 0.03,
    group_size: Annotated[float, typer.Option(min=1, metavar="N", help="--plan: videos of a creator.")] = 1.0,
    attributes_dir: AttributesDirOpt = None,
    force: Annotated[bool, typer.Option("--force", help="Put an old set in --out aside (renamed, kept).")] = False,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Draw videos for a golden set, and keep the chance that each had."""
    from vibekit.stages.golden.sample import SampleConfig
    from vibekit.stages.golden.sample import sample as stage

    output = Output(command="golden sample", json_mode=json_mode, quiet=quiet)
    if plan:
        _plan(
            output, n=n, positives=positives, tune_share=tune_share, precision=precision, recall=recall,
            prevalence=prevalence, delta=delta, group_size=group_size,
        )  # fmt: skip
    _check(sources=sources, run=run, out=out)
    assert out is not None
    config = SampleConfig(
        out=out, attributes=tuple(attribute or ()), sources=tuple(sources or ()), run=run, n=n,
        method=_method(method, by), by=by, on=on, allocation=allocation, positives=positives, group_by=group_by,
        tune_share=tune_share, seed=seed, metadata=tuple(metadata or ()), attributes_dir=attributes_dir, force=force,
        **({"workers": workers} if workers else {}),
    )  # fmt: skip
    report = stage(config, progress=progress_for(quiet=quiet))
    for warning in report.warnings:
        output.warn(warning)
    output.hint(f"rate it with: vibekit golden label {report.out}")
    output.finish(report, render=lambda o: _show(o, report))


def _plan(
    output: Output,
    *,
    n: int,
    positives: float | None,
    tune_share: float,
    precision: float,
    recall: float,
    prevalence: float,
    delta: float,
    group_size: float,
) -> NoReturn:
    from vibekit.stages.golden.plan import PlanConfig
    from vibekit.stages.golden.plan import plan as stage

    report = stage(
        PlanConfig(
            precision=precision, recall=recall, prevalence=prevalence, delta=delta, positives=positives,
            group_size=group_size, tune_share=tune_share, n=n,
        )
    )  # fmt: skip
    output.finish(report, render=lambda o: _show_plan(o, report))


def _show_plan(output: Output, report: Plan) -> None:
    if report.needed is None:
        output.text(f"F1 {report.f1:.3f}: {report.note}")
    else:
        gain = f"to see F1 rise from {report.f1:.3f} by {report.delta:g}"
        output.text(f"{report.needed} videos, {report.needed_test} of them to test, {gain} ({report.note})")
    rows = [
        (
            r.n,
            r.test,
            f"{r.positives:.0f}",
            f"± {r.half_width:.3f}",
            "-" if r.detectable is None else f"{r.detectable:.3f}",
        )
        for r in report.rows
    ]
    output.table(("videos", "to test", "true ones", "95 % of F1", "gain that is seen"), rows)


def _check(*, sources: list[str] | None, run: Path | None, out: Path | None) -> None:
    if bool(sources) == (run is not None):
        what = "SOURCES and --run: name one of them" if sources else "nothing to draw from"
        raise UsageError(what, hint="name a folder, a manifest, or --run runs/r1")
    if out is None:
        raise UsageError("--out is missing", hint="name a new folder: --out golden/g1")


def _method(method: Method, by: str | None) -> Method:
    """``--by`` alone means stratified."""
    return Method.STRATIFIED if by is not None and method is Method.RANDOM else method


def _show(output: Output, report: SampleReport) -> None:
    if report.aside:
        output.text(f"the old set is now {shown(report.aside)}")
    groups = "" if report.groups is None else f" of {report.groups} groups"
    output.text(f"{report.drawn} of {report.population} drawn{groups}: {report.tune} to tune, {report.test} to test")
    if len(report.strata) > 1:
        rows = [
            (s.name, s.population, s.drawn, "-" if s.probability is None else f"{s.probability:.4f}")
            for s in report.strata
        ]
        output.table(("stratum", "there", "drawn", "chance of each"), rows)
    else:
        output.text(f"lowest chance of being drawn: {report.lowest_probability:.4g}")
    for why, count in report.left_out.items():
        output.text(f"left out: {count} {why}")
    output.text(f"wrote {shown(report.out)}")
