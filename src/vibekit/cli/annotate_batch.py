"""``vibekit annotate --batch``: which options go together, and the jobs of a run as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.cli.output import shown
from vibekit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

    from vibekit.cli.output import Output
    from vibekit.stages.annotate.batch.status import JobStatus, StatusReport
    from vibekit.stages.annotate.config import AnnotateConfig, AnnotateReport
    from vibekit.stages.annotate.options import AnnotateRequest


def check_batch(request: AnnotateRequest) -> None:
    """Refuse options of jobs without jobs, and a run of jobs that is not named."""
    loose = [
        flag
        for flag, given in (("--status", request.status), ("--cancel", request.cancel), ("--no-wait", not request.wait))
        if given and not request.batch
    ]
    if loose:
        raise UsageError(f"{loose[0]} goes with --batch", hint=f"vibekit annotate --batch {loose[0]} --out runs/NAME")
    if request.status and request.cancel:
        raise UsageError("--status only looks, and --cancel cancels", hint="give one of them")
    if request.batch and not request.sources and request.out is None:
        raise UsageError("--batch without videos needs a run", hint="name it: vibekit annotate --batch --out runs/NAME")
    if request.batch and not request.sources and (request.force or request.dry_run):
        flag = "--force" if request.force else "--dry-run"
        raise UsageError(f"{flag} needs videos: without them, --batch only collects", hint=f"leave {flag} away")


def left_in_jobs(report: AnnotateReport) -> Iterator[str]:
    """Say what a command leaves to later ones, and what to type for it."""
    if report.waiting:
        yield f"{report.waiting} questions wait in batch jobs: vibekit annotate --batch --out {shown(report.out)}"
    if report.left_open:
        yield f"{report.left_open} questions got no answer from their jobs: the command with their videos asks again"


def run_status(output: Output, config: AnnotateConfig) -> NoReturn:
    """Look at the jobs of a run, and show them.

    Args:
        output: Where words go.
        config: The command.
    """
    from vibekit.stages.annotate.batch.status import batch_status

    report = batch_status(config)
    for warning in report.warnings:
        output.warn(warning)
    output.finish(report, render=lambda o: _show(o, report), exit_code=ExitCode.DONE, problems=[])


def _show(output: Output, report: StatusReport) -> None:
    heads = ("job", "state", "questions", "answered", "failed", "missing", "age", "USD")
    output.table(heads, [_row(job) for job in report.jobs])
    for job in report.jobs:
        if job.note:
            output.text(f"  {job.job}: {shown(job.note)}")
    output.text(
        f"{report.waiting} questions wait (about ${report.estimate_usd:.4f}), "
        f"{report.answered} are answered and collected (${report.cost_usd:.4f})"
    )
    if report.waiting:
        output.hint(f"collect what has ended with: vibekit annotate --batch --out {shown(report.out)}")


def _row(job: JobStatus) -> tuple[object, ...]:
    usd = f"about {job.estimate_usd:.4f}" if job.cost_usd is None else f"{job.cost_usd:.4f}"
    counts = ("-" if n is None else n for n in (job.answered, job.failed, job.missing))
    return (job.job, job.state, job.requests, *counts, _age(job.age_s), usd)


def _age(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
