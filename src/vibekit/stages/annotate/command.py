"""The whole of ``annotate``: read, plan, ask, write, report."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibekit.annotators.table import create
from vibekit.core.media import FrameSampling
from vibekit.errors import InputError, InterruptedRun
from vibekit.formats.atomic import write_text
from vibekit.formats.library import find_attribute
from vibekit.formats.videos import read_videos
from vibekit.media.pool import MediaPool
from vibekit.stages.annotate.execute import Work, execute
from vibekit.stages.annotate.finish import finish
from vibekit.stages.annotate.folder import RunFolder, new_run, open_run
from vibekit.stages.annotate.index import AnswerIndex
from vibekit.stages.annotate.inspect import conflicting_duplicates, inspect_files
from vibekit.stages.annotate.plan import Planner, changes
from vibekit.stages.annotate.report import Forecast, final_report, forecast, forecast_report
from vibekit.stages.annotate.spend import Spend
from vibekit.stages.inputs import read_inputs
from vibekit.stages.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.annotators.base import Annotator, AnnotatorInfo
    from vibekit.core.attribute import Attribute
    from vibekit.core.video import Video
    from vibekit.stages.annotate.config import AnnotateConfig, AnnotateReport
    from vibekit.stages.annotate.plan import Plan
    from vibekit.stages.inputs import Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What a command works on, read and checked before anything is written."""

    config: AnnotateConfig
    progress: Progress
    annotator: Annotator
    attributes: tuple[Attribute, ...]
    files: dict[str, Path]
    inputs: Inputs
    planner: Planner


def annotate(config: AnnotateConfig, *, progress: Progress | None = None) -> AnnotateReport:
    """Annotate videos, resuming what an earlier command left open.

    Args:
        config: What is asked for.
        progress: Told how far it is.

    Returns:
        How every file came out; failures are rows in it, not exceptions.

    Raises:
        InputError: A file, a definition or the run folder is wrong; nothing was paid.
        SetupError: A key or a package is missing; what was answered before is kept.
        ServiceError: The service refuses; what was answered before is kept.
        InterruptedRun: Ctrl-C while files were read, or twice; what was answered is kept.
    """
    try:
        job = _prepare(config, progress or Silent())
        return _dry_run(job) if config.dry_run else _run(job)
    except KeyboardInterrupt:
        raise InterruptedRun("interrupted", hint="the same command goes on where this one ended") from None


def _prepare(config: AnnotateConfig, progress: Progress) -> _Job:
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
    if not config.dry_run:
        annotator.check()
    inputs = read_inputs(config.sources, metadata=config.metadata, root=config.root)
    asked = tuple(attributes.values())
    planner = Planner(config, annotator, asked)
    return _Job(
        config=config,
        progress=progress,
        annotator=annotator,
        attributes=asked,
        files=files,
        inputs=inputs,
        planner=planner,
    )


def _check_price(config: AnnotateConfig, expected: Forecast, info: AnnotatorInfo) -> None:
    """Refuse a limit on money that nobody can count."""
    if config.max_cost_usd is None or not info.model or not expected.calls or expected.cost_usd is not None:
        return
    raise InputError(
        f"--max-cost needs a price for the model '{info.model}', and the table has none",
        hint="add the model to a price file and name it with --prices FILE",
    )


@contextmanager
def _pool(config: AnnotateConfig) -> Iterator[MediaPool]:
    pool = MediaPool(config.workers, config.decode_timeout_s, config.settings.decoder)
    try:
        yield pool
    finally:
        pool.close()


def _dry_run(job: _Job) -> AnnotateReport:
    out = job.config.out
    answers = out / "annotations.jsonl"
    index = AnswerIndex(answers) if job.config.force else AnswerIndex.read(answers)
    known = {v.text_path: v for v in read_videos(out / "videos.jsonl")}
    with _pool(job.config) as pool:
        videos = inspect_files(job.inputs, pool=pool, known=known, progress=job.progress, limit=job.config.limit)
    plan = job.planner.plan(videos, finished=index.finished)
    expected = forecast(plan, job.annotator, config=job.config)
    return forecast_report(
        job.config, videos, plan, expected, attributes=job.attributes, warnings=_warnings(job, videos)
    )


def _run(job: _Job) -> AnnotateReport:
    config = job.config
    with open_run(config.out, force=config.force) as folder, _pool(config) as pool:
        before = dict(folder.before.attributes) if folder.before else {}
        # from here on a second process is told who holds the run
        folder.start(new_run(argv=config.argv, settings=settings_row(job), attributes=before))
        videos = inspect_files(
            job.inputs, pool=pool, known=folder.known, progress=job.progress, limit=config.limit, keep=folder.keep_video
        )
        plan = job.planner.plan(videos, finished=folder.index.finished)
        expected = forecast(plan, job.annotator, config=config)
        _check_price(config, expected, job.annotator.info)
        warnings = (*folder.index.warnings, *_warnings(job, videos))
        _begin(job, folder, videos, plan, expected, warnings)
        spend = Spend(config.max_cost_usd)
        try:
            stopped = _execute(job, folder, pool, plan, expected, spend)
        except BaseException as error:
            # the first error is the one to tell, also when the disk is full
            with suppress(OSError):
                finish(folder, videos, plan, spend, stopped=f"{type(error).__name__}: {error}".rstrip(": "))
            raise
        warnings = (*warnings, *finish(folder, videos, plan, spend, stopped=stopped))
        report = final_report(
            config,
            folder,
            videos,
            plan,
            expected,
            attributes=job.attributes,
            stopped=stopped,
            spend=spend,
            warnings=warnings,
        )
        return replace(report, ignored=dict(job.inputs.ignored))


def _warnings(job: _Job, videos: list[Video]) -> tuple[str, ...]:
    unmatched = job.inputs.unmatched(v.video_id for v in videos if v.video_id)
    return (*job.inputs.warnings, *unmatched, *conflicting_duplicates(videos, job.inputs))


def _begin(
    job: _Job, folder: RunFolder, videos: list[Video], plan: Plan, expected: Forecast, warnings: tuple[str, ...]
) -> None:
    """Say what is new work and why, keep what is used, and give known answers to other names of their videos."""
    assert folder.run is not None
    before = folder.run.attributes
    recipes = {a.name: job.planner.recipe(a) for a in job.attributes}
    asked = Counter(a.name for group in plan.calls for call in group for a in call.attributes)
    for name, now in recipes.items():
        if name in before and before[name].recipe != now.recipe and asked[name]:
            what = ", ".join(changes(before[name], now))
            job.progress.note(f"{name}: {asked[name]} questions are new work: {what}")
    for media, n in expected.media.items():
        if job.annotator.info.model and expected.why.get(media):
            job.progress.note(f"{n} calls as {media}: {expected.why[media]}")
    _keep_used(job, folder, stale={n: before[n].fingerprint for n in recipes if n in before})
    folder.write_videos(videos)
    folder.run = replace(
        folder.run,
        attributes={**before, **recipes},
        estimate_usd=None if expected.cost_usd is None else round(expected.cost_usd, 9),
        warnings=warnings,
    )
    folder.save()
    for (path, _), key in plan.keys.items():
        if folder.index.finished(key):
            folder.name(key, path)


def _keep_used(job: _Job, folder: RunFolder, *, stale: dict[str, str]) -> None:
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


def _execute(job: _Job, folder: RunFolder, pool: MediaPool, plan: Plan, expected: Forecast, spend: Spend) -> str:
    total = sum(len(call.attributes) for group in plan.calls for call in group)
    assert folder.run is not None
    if not total:
        return ""
    job.progress.begin("annotating", total, budget_usd=job.config.max_cost_usd)
    work = Work(
        config=job.config,
        annotator=job.annotator,
        pool=pool,
        spend=spend,
        progress=job.progress,
        write=folder.record,
        recipes={a.name: folder.run.attributes[a.name].recipe for a in job.attributes},
        free=not job.annotator.info.model and not expected.cost_usd,
    )

    async def main() -> str:
        try:
            return await execute(plan.calls, work)
        finally:
            await job.annotator.aclose()

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        # the second Ctrl-C: what is in flight is let go, what was written is kept
        raise KeyboardInterrupt from None
    finally:
        job.progress.end()


def settings_row(job: _Job) -> dict[str, Any]:
    """Return what shaped a command as JSON values; of the annotator's settings only what it makes use of."""
    config = job.config
    skipped = {"settings", "argv", "sources", "attributes", "out"}
    rows = {name: getattr(config, name) for name in config.__dataclass_fields__ if name not in skipped}
    own = [n for n in config.settings.__dataclass_fields__ if n != "prices"] if job.annotator.info.model else ["source"]
    return {n: _plain(v) for n, v in {**rows, **{n: getattr(config.settings, n) for n in own}}.items()}


def _plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, FrameSampling):
        return {k: str(v) if isinstance(v, str) else v for k, v in asdict(value).items()}
    if isinstance(value, Path):
        return str(value)
    return [_plain(v) for v in value] if isinstance(value, tuple) else value
