"""``annotate --batch --status``: what has become of the jobs of a run; changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.annotators.table import create
from vibekit.errors import ItemError, TransientError
from vibekit.stages.annotate.batch.alone import check_run
from vibekit.stages.annotate.batch.ledger import Job, Ledger
from vibekit.stages.annotate.batch.send import age_s
from vibekit.stages.annotate.batch.service import batch_service

if TYPE_CHECKING:
    from vibekit.annotators.base import Annotator
    from vibekit.core.batch import BatchJob
    from vibekit.stages.annotate.config import AnnotateConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """One job.

    Attributes:
        job: Its display name.
        name: The service's name for it; empty when it was not handed in.
        state: intended, pending, running, succeeded, failed, cancelled, expired, collected, abandoned or unknown.
        requests: Questions in it.
        answered: Of these, answered; None when nobody knows yet.
        failed: Of these, refused or without a usable answer.
        missing: Of these, without anything; None before it is collected.
        age_s: Seconds since it was intended.
        estimate_usd: Expected money.
        cost_usd: Money; None before it is collected.
        note: What is wrong with it.
    """

    job: str
    name: str
    state: str
    requests: int
    answered: int | None
    failed: int | None
    missing: int | None
    age_s: int
    estimate_usd: float
    cost_usd: float | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """The jobs of a run.

    Attributes:
        out: The run folder.
        jobs: In the order in which they were intended.
        waiting: Questions whose answers are still to come.
        answered: Questions that jobs have answered and that are collected.
        cost_usd: Money of the jobs that are collected.
        estimate_usd: Expected money of the others.
        warnings: For people.
    """

    out: str
    jobs: tuple[JobStatus, ...]
    waiting: int
    answered: int
    cost_usd: float
    estimate_usd: float
    warnings: tuple[str, ...] = ()


def batch_status(config: AnnotateConfig) -> StatusReport:
    """Look at every job of a run that has not been collected.

    Raises:
        InputError: There is no such run, or it has no jobs.
        SetupError: A key is missing or wrong.
        ServiceError: The service refuses everything.
    """
    check_run(config.out)
    annotator = create(config.annotator, config.settings)
    batch_service(annotator)
    annotator.check()
    ledger = Ledger(config.out, lambda _: -1)
    jobs = tuple(asyncio.run(_all(ledger, annotator)))
    return StatusReport(
        out=str(config.out),
        jobs=jobs,
        waiting=len(ledger.in_jobs),
        answered=sum(job.answered or 0 for job in jobs if job.state == "collected"),
        cost_usd=round(sum(job.cost_usd or 0.0 for job in jobs), 6),
        estimate_usd=round(sum(job.estimate_usd for job in _open(jobs)), 6),
        warnings=tuple(ledger.warnings),
    )


def _open(jobs: tuple[JobStatus, ...]) -> list[JobStatus]:
    """Return the jobs that are neither collected nor given up."""
    return [job for job in jobs if job.state not in ("collected", "abandoned")]


async def _all(ledger: Ledger, annotator: Annotator) -> list[JobStatus]:
    try:
        return [await _one(job, annotator) for job in ledger.jobs.values()]
    finally:
        await annotator.aclose()


async def _one(job: Job, annotator: Annotator) -> JobStatus:
    if job.collected is not None:
        c = job.collected
        note = c.error or ("" if c.state == "succeeded" else f"it ended as {c.state}")
        return _status(job, "collected", c.answered, c.failed, c.missing, cost_usd=c.cost_usd, note=note)
    if job.abandoned is not None:
        return _status(job, "abandoned", None, None, None, note=job.abandoned.reason)
    if job.created is None:
        return _status(job, "intended", None, None, None, note="not known to be handed in: the next command finds out")
    try:
        seen: BatchJob = await batch_service(annotator).look(job.created.name)
    except (TransientError, ItemError) as error:
        return _status(job, "unknown", None, None, None, note=error.message)
    return _status(job, str(seen.state), seen.answered, seen.failed, None, note=seen.error)


def _status(
    job: Job,
    state: str,
    answered: int | None,
    failed: int | None,
    missing: int | None,
    *,
    cost_usd: float | None = None,
    note: str = "",
) -> JobStatus:
    return JobStatus(
        job=job.name,
        name=job.created.name if job.created else "",
        state=state,
        requests=job.intent.requests,
        answered=answered,
        failed=failed,
        missing=missing,
        age_s=round(age_s(job.intent.at)),
        estimate_usd=job.intent.estimate_usd,
        cost_usd=cost_usd,
        note=note,
    )
