"""``vibekit predict``: a student and embeddings in, a folder of labels out."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from vibekit import __version__
from vibekit.core.labels import LabelsManifest, LabelsPart, LabelsStatus, PredictReport
from vibekit.engines.local import run_local, shard_key
from vibekit.errors import InputError
from vibekit.formats.embeddings import open_embeddings
from vibekit.formats.labels_parts import ROWS_WITHOUT, LabelParts, part_counts, summed
from vibekit.formats.run import now
from vibekit.formats.student import read_student, student_fingerprint
from vibekit.stages.predict.check import SAMPLE_ROWS, check_runtime
from vibekit.stages.predict.config import Engine
from vibekit.stages.predict.fit import refuse_other_space
from vibekit.stages.predict.folder import begin, finish, opened
from vibekit.stages.predict.source import jobs_of, sample_of
from vibekit.stages.predict.stage import PredictStage, PredictTask
from vibekit.stages.progress import Silent
from vibekit.student.runtimes import ROUNDING, chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vibekit.core.labels import RuntimeCheck
    from vibekit.engines.local import ShardDone
    from vibekit.formats.embeddings import EmbeddingSet
    from vibekit.stages.predict.config import PredictConfig
    from vibekit.stages.progress import Progress

MANY_FLIPS = 0.01
"""Share of flipped labels from which a rounding runtime gets a warning."""


def predict(config: PredictConfig, *, progress: Progress | None = None) -> PredictReport:
    """Label embeddings with a student; what is there already is kept.

    Args:
        config: What is asked for.
        progress: Is told how far it is, in videos.

    Raises:
        InputError: Student or embeddings are damaged or do not fit each other, or the folder holds other labels.
        UsageError: There is no such runtime.
        SetupError: The runtime is not installed, or gives other numbers than it should.
    """
    started = time.monotonic()
    progress = progress or Silent()
    task, embeddings = _read(config)
    check = check_runtime(task, embeddings.space.dtype)
    wanted = _manifest(config, task, embeddings, check)
    with opened(config.out):
        since = begin(config.out, wanted, keys=_keys(task, embeddings), force=config.force)
        wanted = replace(wanted, created_at=since or wanted.created_at)
        progress.begin("videos", embeddings.rows)
        done = tuple(_run(config, task, embeddings, progress.advance))
        progress.end()
        whole = _whole(wanted, done, embeddings)
        finish(config.out, whole)
    seconds = time.monotonic() - started
    made = sum(part.rows for part in done if not part.skipped)
    return PredictReport(
        out=str(config.out),
        labels=whole,
        skipped=sum(part.skipped for part in done),
        threads=task.threads,
        seconds=round(seconds, 3),
        rows_per_second=round(made / seconds, 1) if made else None,
        warnings=tuple(_warnings(whole, embeddings)),
    )


def _read(config: PredictConfig) -> tuple[PredictTask, EmbeddingSet]:
    runtime = chosen(config.runtime)
    student, tensors = read_student(config.student)
    embeddings = open_embeddings(config.embeddings)
    refuse_other_space(student, embeddings.space, config.embeddings)
    if not embeddings.rows:
        raise InputError("there is no video in it", path=config.embeddings, hint="vibekit embed VIDEOS --out E")
    task = PredictTask(
        student=student,
        tensors=tensors,
        runtime=runtime,
        threads=config.threads or _processors(),
        sample=sample_of(embeddings, SAMPLE_ROWS),
    )
    return task, embeddings


def _processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(
    config: PredictConfig, task: PredictTask, embeddings: EmbeddingSet, advance: Callable[[int], object]
) -> Iterator[ShardDone]:
    form = LabelParts(heads=task.student.heads)
    if config.engine is Engine.LOCAL:
        return run_local(PredictStage(task), jobs_of(embeddings), folder=config.out, form=form, advance=advance)
    from vibekit.engines.ray import RayPlace, run_ray

    # workers have working folders of their own
    there = open_embeddings(config.embeddings.resolve())
    # the rows for the check have done their work, unless the runtime rounds
    light = task if task.runtime in ROUNDING else replace(task, sample=task.sample[:0])
    return run_ray(
        partial(PredictStage, light),
        jobs_of(there),
        stage=task.fingerprint,
        folder=config.out.resolve(),
        form=form,
        place=RayPlace(address=config.ray_address, workers=config.workers, processors=task.threads),
        advance=advance,
    )


def _keys(task: PredictTask, embeddings: EmbeddingSet) -> set[str]:
    return {shard_key(task.fingerprint, job) for job in jobs_of(embeddings)}


def _manifest(
    config: PredictConfig, task: PredictTask, embeddings: EmbeddingSet, check: RuntimeCheck
) -> LabelsManifest:
    return LabelsManifest(
        status=LabelsStatus.RUNNING,
        student=str(config.student),
        student_fingerprint=student_fingerprint(task.student),
        weights=task.student.weights,
        embeddings=str(config.embeddings),
        space=embeddings.space.fingerprint,
        embedder=embeddings.space.name,
        runtime=task.runtime,
        stage=task.fingerprint,
        heads=task.student.heads,
        check=check,
        engine=str(config.engine),
        argv=config.argv,
        vibekit=__version__,
        created_at=now(),
    )


def _whole(wanted: LabelsManifest, done: tuple[ShardDone, ...], embeddings: EmbeddingSet) -> LabelsManifest:
    parts = sorted(done, key=lambda part: part.name)
    counts = summed([part_counts(part.path) for part in parts])
    total = counts.pop("")
    return replace(
        wanted,
        status=LabelsStatus.COMPLETE,
        rows=sum(part.rows for part in parts),
        without=total[ROWS_WITHOUT],
        not_finite=total[ROWS_WITHOUT] - (embeddings.rows - embeddings.ok),
        counts={head.name: counts.get(head.name, {}) for head in wanted.heads},
        parts=tuple(LabelsPart(name=part.path.name, rows=part.rows, key=part.key) for part in parts),
    )


def _warnings(whole: LabelsManifest, embeddings: EmbeddingSet) -> Iterator[str]:
    if embeddings.unreadable:
        yield f"{len(embeddings.unreadable)} files could not be read when they were embedded; they have no row"
    if failed := embeddings.rows - embeddings.ok:
        reason = max(embeddings.reasons, key=lambda word: embeddings.reasons[word], default="no reason given")
        yield f"{failed} videos have no vector, so their labels are empty; most often: {reason}"
    if whole.not_finite:
        yield f"{whole.not_finite} videos have a vector that is not finite, so their labels are empty"
    check = whole.check
    if check.decisions and check.flips / check.decisions > MANY_FLIPS:
        yield (
            f"{whole.runtime} turns {check.flips / check.decisions:.1%} of the labels around, most of "
            f"'{check.worst}': use --runtime onnx where that is too many"
        )
