"""The whole of ``annotate``: read, plan, ask, write, report."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibekit.annotators.offline import Offline
from vibekit.annotators.table import create
from vibekit.concurrency.governor import Governor
from vibekit.concurrency.limiter import Limiter
from vibekit.concurrency.retry import Backoff
from vibekit.core.media import FrameSampling
from vibekit.core.video import Video
from vibekit.errors import InputError, InterruptedRun
from vibekit.formats.atomic import write_text
from vibekit.formats.library import find_attribute
from vibekit.formats.videos import read_videos
from vibekit.media.pool import MediaPool
from vibekit.stages.annotate.ask import Asker
from vibekit.stages.annotate.batch.ask_all import ask_all
from vibekit.stages.annotate.batch.ledger import ledger_of
from vibekit.stages.annotate.batch.service import batch_service
from vibekit.stages.annotate.execute import Work
from vibekit.stages.annotate.finish import finish
from vibekit.stages.annotate.folder import RunFolder, new_run, open_run
from vibekit.stages.annotate.index import AnswerIndex
from vibekit.stages.annotate.inspect import conflicting_duplicates, inspect_files
from vibekit.stages.annotate.job import Job
from vibekit.stages.annotate.known import Known, knows, open_cache
from vibekit.stages.annotate.media import Taker
from vibekit.stages.annotate.order import ordered
from vibekit.stages.annotate.plan import Plan, Planner
from vibekit.stages.annotate.rates import rates_of
from vibekit.stages.annotate.report import Forecast, estimated_usd, final_report, forecast_report
from vibekit.stages.annotate.spend import Spend
from vibekit.stages.annotate.stop import Stop
from vibekit.stages.annotate.stream import Stream
from vibekit.stages.inputs import read_inputs
from vibekit.stages.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.core.attribute import Attribute
    from vibekit.formats.response_cache import ResponseCache
    from vibekit.stages.annotate.config import AnnotateConfig, AnnotateReport
    from vibekit.stages.inputs import Inputs


def annotate(
    config: AnnotateConfig, *, progress: Progress | None = None, inputs: Inputs | None = None
) -> AnnotateReport:
    """Annotate videos, resuming what an earlier command left open.

    Args:
        config: What is asked for.
        progress: Told how far it is.
        inputs: The files with their words, in place of what ``config.sources`` names.

    Returns:
        How every file came out; failures are rows in it, not exceptions.

    Raises:
        InputError: A file, a definition or the run folder is wrong; nothing was paid.
        SetupError: A key or a package is missing; what was answered before is kept.
        ServiceError: The service refuses; what was answered before is kept.
        InterruptedRun: Ctrl-C while files were read, or twice; what was answered is kept.
    """
    try:
        if config.batch is not None and not config.sources and inputs is None:
            from vibekit.stages.annotate.batch.alone import collect_only

            return collect_only(config, progress or Silent())
        job = _prepare(config, progress or Silent(), inputs)
        return _dry_run(job) if config.dry_run else _run(job)
    except KeyboardInterrupt:
        raise InterruptedRun("interrupted", hint="the same command goes on where this one ended") from None


def _prepare(config: AnnotateConfig, progress: Progress, inputs: Inputs | None) -> Job:
    attributes: dict[str, Attribute] = {}
    files: dict[str, Path] = {}
    for name in config.attributes:
        attribute, path = find_attribute(name, config.attributes_dir)
        if attribute.name in attributes and attributes[attribute.name] != attribute:
            raise InputError(f"two definitions of '{attribute.name}': {files[attribute.name]} and {path}")
        attributes[attribute.name], files[attribute.name] = attribute, path
    if not attributes:
        raise InputError(
            "no attribute named", hint="add one with -a, such as: -a calming; see: vibekit attributes list"
        )
    annotator = create(config.annotator, config.settings)
    if config.batch is not None:
        batch_service(annotator)
    if not config.dry_run:
        annotator.check()
    inputs = inputs or read_inputs(config.sources, metadata=config.metadata, root=config.root)
    asked = tuple(attributes.values())
    planner = Planner(config, annotator, asked)
    return Job(
        config=config,
        progress=progress,
        annotator=annotator,
        attributes=asked,
        files=files,
        inputs=ordered(inputs, config.order),
        planner=planner,
        recipes={a.name: planner.recipe(a) for a in asked},
    )


@contextmanager
def _pool(config: AnnotateConfig) -> Iterator[MediaPool]:
    pool = MediaPool(config.workers, config.decode_timeout_s, config.settings.decoder)
    try:
        yield pool
    finally:
        pool.close()


def _dry_run(job: Job) -> AnnotateReport:
    config = job.config
    answers = config.out / "annotations.jsonl"
    index = AnswerIndex(answers) if config.force else AnswerIndex.read(answers)
    known = {v.text_path: v for v in read_videos(config.out / "videos.jsonl")}
    held = (lambda _: False) if config.force else ledger_of(config.out, index).held
    plan, expected, videos, estimator = Plan(), Forecast(), list[Video](), job.estimator
    total = len(job.inputs.files)
    job.progress.begin("reading files", total if config.limit is None else min(config.limit, total))
    cache = open_cache(config, job.annotator.info)
    with _pool(config) as pool:
        for video in inspect_files(job.inputs, pool=pool, known=known, limit=config.limit):
            videos.append(video)
            job.progress.advance(failed=bool(video.problem))
            for call in job.planner.add(video, plan, finished=index.finished, held=held):
                if knows(cache, call, samples=config.samples):
                    expected.known += config.samples
                else:
                    expected.add(call, estimator, samples=config.samples)
    if cache is not None:
        cache.close()
    job.progress.end()
    return forecast_report(
        config,
        videos,
        plan,
        expected,
        estimate_usd=estimated_usd(expected, job.annotator.info.model, config),
        attributes=job.attributes,
        warnings=(
            *job.inputs.warnings,
            *job.inputs.unmatched(v.video_id for v in videos if v.video_id),
            *conflicting_duplicates(videos, job.inputs),
        ),
    )


def _run(job: Job) -> AnnotateReport:
    config = job.config
    with open_run(config.out, force=config.force) as folder, closing_stream(job, folder) as stream:
        return carry_out(job, folder, stream)


def carry_out(job: Job, folder: RunFolder, stream: Stream) -> AnnotateReport:
    """Ask what is left to ask, and bring the run to its end."""
    config = job.config
    spend = Spend(config.max_cost_usd)
    try:
        stopped = _execute(job, folder, stream, spend)
    except BaseException as error:
        # the first error is the one to tell, also when the disk is full
        with suppress(OSError):
            finish(folder, stream, spend, stopped=f"{type(error).__name__}: {error}".rstrip(": "))
        raise
    mixed = finish(folder, stream, spend, stopped=stopped)
    warnings = (*folder.index.warnings, *job.inputs.warnings, *stream.warnings, *mixed)
    return final_report(config, folder, stream, spend=spend, stopped=stopped, warnings=warnings)


@contextmanager
def closing_stream(job: Job, folder: RunFolder) -> Iterator[Stream]:
    """Say who holds the run, keep what is used, and begin to read the files."""
    before = dict(folder.before.attributes) if folder.before else {}
    # from here on a second process is told who holds the run
    folder.start(new_run(argv=job.config.argv, settings=settings_row(job), attributes={**before, **job.recipes}))
    _keep_used(job, folder, stale={n: before[n].fingerprint for n in job.recipes if n in before})
    with _pool(job.config) as pool:
        stream = Stream(job, folder, pool, before)
        try:
            yield stream
        finally:
            stream.close()


def _keep_used(job: Job, folder: RunFolder, *, stale: dict[str, str]) -> None:
    """Copy definitions and prompts into the run; a definition that changed stays beside the new one."""
    for attribute in job.attributes:
        kept = folder.path / "attributes" / f"{attribute.name}.yaml"
        text = job.files[attribute.name].read_text("utf-8")
        old = stale.get(attribute.name)
        if kept.exists() and old and old != attribute.fingerprint:
            write_text(kept.with_name(f"{attribute.name}@{old}.yaml"), kept.read_text("utf-8"))
        write_text(kept, text)
    prompts = folder.path / "prompts"
    prompts.mkdir(exist_ok=True)
    texts = {**job.annotator.info.prompt_files}
    for group in job.planner.groups:
        texts.update(job.annotator.rendered(group))
    for name, text in texts.items():
        write_text(prompts / name, text)


def _execute(job: Job, folder: RunFolder, stream: Stream, spend: Spend) -> str:
    config, info = job.config, job.annotator.info
    cache = stream.cache = open_cache(config, info)

    async def main() -> str:
        work = _work(job, folder, stream, spend, cache)
        began = time.monotonic()
        try:
            async with aclosing(stream.calls()) as calls:
                return await ask_all(calls, work, folder.ledger, planner=job.planner, videos=stream.videos)
        finally:
            folder.rates = rates_of(work, wall_s=time.monotonic() - began)
            await job.annotator.aclose()

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        # the second Ctrl-C: what is in flight is let go, what was written is kept
        raise KeyboardInterrupt from None
    finally:
        stream.close()
        job.progress.end()
        if cache is not None:
            cache.close()
            stream.warnings = (*stream.warnings, *cache.warnings)


def _work(job: Job, folder: RunFolder, stream: Stream, spend: Spend, cache: ResponseCache | None) -> Work:
    config, info = job.config, job.annotator.info
    limiter = Limiter(Governor(config.concurrency, rpm=config.rpm, tpm=config.tpm))
    stop = Stop(limiter)
    known = Known(cache, info, spend)
    asker = Asker(
        job.annotator,
        spend=spend,
        backoff=Backoff(tries=config.max_attempts),
        limiter=limiter,
        stop=stop,
        timeout_s=config.settings.timeout_s,
        known=known,
    )
    return Work(
        config=config,
        annotator=job.annotator,
        asker=asker,
        limiter=limiter,
        taker=Taker(stream.pool, config),
        known=known,
        stop=stop,
        spend=spend,
        progress=job.progress,
        write=folder.record,
        recipes={name: recipe.recipe for name, recipe in job.recipes.items()},
        free=not info.model and isinstance(job.annotator, Offline),
    )


def settings_row(job: Job) -> dict[str, Any]:
    """Return what shaped a command as JSON values; of the annotator's settings only what it makes use of."""
    config = job.config
    skipped = {"settings", "argv", "sources", "attributes", "out"}
    rows = {name: getattr(config, name) for name in config.__dataclass_fields__ if name not in skipped}
    own = [n for n in config.settings.__dataclass_fields__ if n != "prices"] if job.annotator.info.model else ["source"]
    chosen = {n: getattr(config.settings, n) for n in own}
    if "model" in chosen:
        # an annotator may have found the model itself
        chosen["model"] = job.annotator.info.model
    return {n: _plain(v) for n, v in {**rows, **chosen}.items()}


def _plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, FrameSampling):
        return {k: str(v) if isinstance(v, str) else v for k, v in asdict(value).items()}
    if isinstance(value, Path):
        return str(value)
    return [_plain(v) for v in value] if isinstance(value, tuple) else value
