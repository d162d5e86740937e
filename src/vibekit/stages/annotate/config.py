"""What ``annotate`` is asked for, and what it reports."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from vibekit.core.annotation import Status

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.annotators.settings import AnnotatorSettings

HARMLESS = frozenset({Status.OK, Status.ABSTAIN})
"""Outcomes that leave the exit code at 0."""


BatchRetry = Literal["direct", "batch", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchConfig:
    """How a command uses the service's Batch API.

    Attributes:
        wait: Stay until the jobs have ended and collect them; else leave them to a later command.
        status: Only look at the jobs of the run.
        cancel: Cancel the jobs of the run, and collect what they have answered.
        deadline_s: A job that has not ended so many seconds after it was made is cancelled.
        requests: Questions per job at most.
        payload_bytes: Bytes per job at most.
        retry: How what failed in a job, or is missing from its answers, is asked again.
    """

    wait: bool = True
    status: bool = False
    cancel: bool = False
    deadline_s: float = 86_400.0
    requests: int = 500
    payload_bytes: int = 100_000_000
    retry: BatchRetry = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateConfig:
    """One ``vibekit annotate`` command.

    Attributes:
        sources: Folders, files, globs and manifests.
        attributes: Names or paths of definitions.
        out: The run folder.
        settings: For the annotator: model, media, sampling, prices.
        annotator: Name in the table, or ``package.module:Class``.
        metadata: Files with titles, descriptions and so on.
        root: Where the relative paths of a manifest are looked for after its own folder.
        attributes_dir: The user's own definitions; None means ``./attributes`` when it exists.
        attributes_per_call: How many attributes share one call.
        samples: How many answers are collected per question; above 1 they vote.
        concurrency: Calls in flight at most; fewer when the service does not bear so many.
        rpm: Requests a minute at most; None leaves it to the service.
        tpm: Input tokens a minute at most; None leaves it to the service.
        order: Which videos go first: ``manifest``, ``newest`` or ``column:NAME``.
        cache: Use answers of earlier runs, and keep those of this one.
        batch: Use the Batch API; None asks directly.
        workers: Decoder processes.
        decode_timeout_s: Seconds after which a decoder is killed.
        max_attempts: Requests per question before it is given up.
        max_cost_usd: Stop before the money spent by this command could pass this.
        limit: Only the first so many videos.
        payload_bytes: Media held in memory at once.
        dry_run: Count tokens and money, ask nothing, write nothing.
        force: Put an existing run aside and start over.
        argv: The command line, for ``run.json``.
    """

    sources: tuple[str, ...]
    attributes: tuple[str, ...]
    out: Path
    settings: AnnotatorSettings
    annotator: str = "gemini"
    metadata: tuple[Path, ...] = ()
    root: Path | None = None
    attributes_dir: Path | None = None
    attributes_per_call: int = 1
    samples: int = 1
    concurrency: int = 64
    rpm: int | None = None
    tpm: int | None = None
    order: str = "manifest"
    cache: bool = True
    batch: BatchConfig | None = None
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    decode_timeout_s: float = 60.0
    max_attempts: int = 6
    max_cost_usd: float | None = None
    limit: int | None = None
    payload_bytes: int = 256_000_000
    dry_run: bool = False
    force: bool = False
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One outcome that carries no label and is not an abstention."""

    path: str
    attribute: str
    status: Status
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeCounts:
    """How one attribute came out: definition fingerprint, files per status, and files per label."""

    definition: str
    statuses: dict[str, int]
    labels: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateReport:
    """What ``annotate`` did, or would do.

    Attributes:
        out: The run folder.
        dry_run: True when nothing was asked or written.
        files: Files of the run.
        videos: Distinct contents among them.
        ignored: Suffix -> other files in the folders, which are no videos.
        attributes: Name -> how it came out.
        answered_before: Questions that an earlier command had paid for.
        waiting: Questions that batch jobs of the run have; they are not asked again.
        left_open: Questions that batch jobs did not answer in full, and that this command did not ask again.
        from_cache: Replies that another run had paid for (dry run: that would be taken from there).
        calls: Questions asked by this command; in a dry run, questions that would be asked.
        requests: Requests sent by this command, retries included.
        tokens: Expected (dry run) or counted tokens of this command: prompt, cached, output, thoughts, audio.
        estimate_usd: Expected money for this command; None when the model has no price.
        spent_usd: Money of this command.
        run_cost_usd: Money over the life of the run.
        media: What is sent -> number of calls.
        media_why: What is sent -> why, for the first such call.
        partial_media: Files that gave fewer frames than asked.
        failures: Outcomes without a label that are not abstentions.
        stopped: Why it ended early: ``max-cost`` or ``interrupted``; empty when complete.
        warnings: For people.
    """

    out: str
    dry_run: bool
    files: int
    videos: int
    attributes: dict[str, AttributeCounts]
    ignored: dict[str, int] = field(default_factory=dict)
    answered_before: int = 0
    waiting: int = 0
    left_open: int = 0
    from_cache: int = 0
    calls: int = 0
    requests: int = 0
    tokens: dict[str, int] = field(default_factory=dict)
    estimate_usd: float | None = None
    spent_usd: float = 0.0
    run_cost_usd: float = 0.0
    media: dict[str, int] = field(default_factory=dict)
    media_why: dict[str, str] = field(default_factory=dict)
    partial_media: int = 0
    failures: tuple[Failure, ...] = ()
    stopped: str = ""
    warnings: tuple[str, ...] = ()
