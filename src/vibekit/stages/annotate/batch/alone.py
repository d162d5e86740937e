"""``annotate --batch`` without videos: collects what the jobs of a run have answered."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.annotators.table import create
from vibekit.errors import InputError
from vibekit.formats.run import RunStatus, now
from vibekit.media.pool import MediaPool
from vibekit.stages.annotate.batch.definitions import Definitions
from vibekit.stages.annotate.batch.service import batch_service
from vibekit.stages.annotate.command import carry_out
from vibekit.stages.annotate.folder import open_run
from vibekit.stages.annotate.job import Job
from vibekit.stages.annotate.plan import Planner
from vibekit.stages.annotate.stream import Stream
from vibekit.stages.inputs import Inputs

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.stages.annotate.config import AnnotateConfig, AnnotateReport
    from vibekit.stages.annotate.folder import RunFolder
    from vibekit.stages.progress import Progress


def check_run(out: Path) -> None:
    """Refuse a folder that is no run with jobs.

    Raises:
        InputError: It is none.
    """
    if not (out / "run.json").is_file():
        raise InputError("no such run", path=out, hint="name it with --out runs/NAME; or name videos to begin one")
    if not (out / "batches.jsonl").is_file():
        raise InputError(
            "this run has no batch jobs", path=out, hint=f"begin: vibekit annotate VIDEOS -a NAME --batch --out {out}"
        )


def collect_only(config: AnnotateConfig, progress: Progress) -> AnnotateReport:
    """Collect from the run folder alone: the videos may be elsewhere.

    Raises:
        InputError: There is no such run, or it lacks a definition that it was asked with.
        SetupError: A key is missing.
        ServiceError: The service refuses; what was collected is kept.
    """
    check_run(config.out)
    annotator = create(config.annotator, config.settings)
    batch_service(annotator)
    annotator.check()
    with open_run(config.out) as folder:
        if folder.before is None:
            raise InputError("no such run", path=config.out)
        running = replace(
            folder.before,
            status=RunStatus.RUNNING,
            argv=config.argv,
            pid=os.getpid(),
            host=socket.gethostname(),
            started_at=now(),
        )
        folder.start(running)
        definitions = Definitions(config.out)
        recipes = folder.before.attributes
        attributes = tuple(definitions.get(name, a.fingerprint) for name, a in recipes.items())
        job = Job(
            config=config,
            progress=progress,
            annotator=annotator,
            attributes=attributes,
            files={name: config.out / "attributes" / f"{name}.yaml" for name in recipes},
            inputs=Inputs(files=()),
            planner=Planner(config, annotator, attributes),
            recipes=dict(recipes),
        )
        stream = _known(job, folder)
        try:
            return carry_out(job, folder, stream)
        finally:
            stream.close()


def _known(job: Job, folder: RunFolder) -> Stream:
    """Return the files of the run as it remembers them; none of them is read."""
    config = job.config
    pool = MediaPool(config.workers, config.decode_timeout_s, config.settings.decoder)
    stream = Stream(job, folder, pool, {})
    stream.videos += folder.known.values()
    for video in stream.videos:
        if video.duplicate_of and video.video_id:
            folder.duplicates.setdefault(video.video_id, []).append(video.text_path)
    _plan(stream, folder)
    return stream


def _plan(stream: Stream, folder: RunFolder) -> None:
    """Put the questions of all jobs that are not settled into the plan, so that the report tells of them."""
    current = {a.name: a.fingerprint for a in stream.job.attributes}
    for job in (*folder.ledger.waiting(), *folder.ledger.unsettled()):
        for call in folder.ledger.intent(job).calls:
            names = (call.path, *folder.duplicates.get(call.video_id, ()))
            asked = [name for name in call.keys if call.definitions[name] == current.get(name)]
            stream.plan.keys.update({(path, name): call.keys[name] for path in names for name in asked})
            stream.plan.held += len(asked)
