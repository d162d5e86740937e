"""From files as they are read to the calls that are left to make: known answers are named, the rest is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.stages.annotate.inspect import conflicting_duplicates, inspect_files
from vibekit.stages.annotate.known import knows
from vibekit.stages.annotate.plan import Plan, changes
from vibekit.stages.annotate.reading import Reading
from vibekit.stages.annotate.report import Forecast, estimated_usd, priced

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vibekit.core.video import Video
    from vibekit.formats.response_cache import ResponseCache
    from vibekit.formats.run import RunAttribute
    from vibekit.media.pool import MediaPool
    from vibekit.stages.annotate.folder import RunFolder
    from vibekit.stages.annotate.job import Job
    from vibekit.stages.annotate.plan import Call

BEFORE_ASKING = 256
"""Files that are read before the first question: enough for an estimate before any money is spent."""


class Stream:
    """The calls of a command; everything happens on its event loop but the reading of files.

    Args:
        job: What is to be done.
        folder: The run; its ``run.json`` is kept up to date.
        pool: Reads the files.
        before: Attribute name -> what the run's earlier answers were made with.

    Attributes:
        job: The same.
        pool: The same.
        cache: Replies of other runs: they cost nothing, and the estimate does without them.
        videos: The files that were read so far, in order.
        plan: What they come to.
        expected: What the calls are expected to use.
        warnings: About the files; complete when ``whole``.
        whole: Every file was read.
    """

    def __init__(self, job: Job, folder: RunFolder, pool: MediaPool, before: dict[str, RunAttribute]) -> None:
        self.job = job
        self.pool = pool
        self._folder = folder
        self._estimator = job.estimator
        self.cache: ResponseCache | None = None
        self._before = before
        self.videos: list[Video] = []
        self.plan = Plan()
        self.expected = Forecast()
        self.warnings: tuple[str, ...] = ()
        self.whole = False
        limit = job.config.limit
        self._files = len(job.inputs.files) if limit is None else min(limit, len(job.inputs.files))
        self._reading = Reading(
            inspect_files(job.inputs, pool=pool, known=folder.known, limit=limit, keep=folder.keep_video)
        )

    async def calls(self) -> AsyncGenerator[list[Call]]:
        """Yield what is left to ask about each file, the first ones as soon as there is an estimate.

        Raises:
            InputError: There is a limit on money, and no price to hold it by.
        """
        progress = self.job.progress
        progress.begin("reading files", self._files)
        early: list[list[Call]] = []
        asking = False
        async for chunk in self._reading.chunks():
            for video in chunk:
                found = self._add(video)
                if not asking:
                    progress.advance(failed=bool(video.problem))
                    early += [found] if found else []
                elif found:
                    yield found
            if asking:
                self._expect()
            elif len(self.videos) >= BEFORE_ASKING:
                asking = True
                self._begin_asking()
                for found in early:
                    yield found
                early = []
        self._end_reading()
        if not asking:
            self._begin_asking()
            for found in early:
                yield found
        elif self.plan.asked:
            self._expect()
            progress.note(f"all {len(self.videos)} files are read: {self._forecast()}")

    def close(self) -> None:
        """Let the workers go and read no further; the run's files are then nobody's but the caller's."""
        self._reading.stop()
        self.pool.close()
        self._reading.join()

    def _add(self, video: Video) -> list[Call]:
        self.videos.append(video)
        calls = self.job.planner.add(
            video, self.plan, finished=self._folder.index.finished, held=self._folder.ledger.held
        )
        samples = self.job.config.samples
        for call in calls:
            if knows(self.cache, call, samples=samples):
                self.expected.known += samples
            else:
                self.expected.add(call, self._estimator, samples=samples)
        self._check_price()
        if video.duplicate_of and video.video_id:
            self._folder.duplicates.setdefault(video.video_id, []).append(video.text_path)
        for attribute in self.job.attributes:
            self._folder.name(self.plan.keys[video.text_path, attribute.name], video.text_path)
        return calls

    def _begin_asking(self) -> None:
        """Say what is new work and why, and what it will cost, before any of it is asked."""
        job, progress = self.job, self.job.progress
        progress.end()
        for name, before in self._before.items():
            now = job.recipes.get(name)
            if now is not None and now.recipe != before.recipe and self.plan.asked[name]:
                what = f"{self.plan.asked[name]} questions are" if self.whole else "the questions are"
                progress.note(f"{name}: {what} new work: {', '.join(changes(before, now))}")
        for media, n in self.expected.media.items():
            if job.annotator.info.model and self.expected.why.get(media):
                more = "" if self.whole else f" of the first {self.expected.calls}"
                progress.note(f"{n}{more} calls as {media}: {self.expected.why[media]}")
        if self.plan.asked and not self.whole:
            progress.note(f"after {len(self.videos)} of {self._files} files: {self._forecast()}")
        if self.plan.asked or self._held or not self.whole:
            progress.begin("annotating", 0, budget_usd=job.config.max_cost_usd)
            self._expect()
        self._save()

    def _end_reading(self) -> None:
        job = self.job
        self.whole = True
        unmatched = job.inputs.unmatched(v.video_id for v in self.videos if v.video_id)
        self.warnings = (*unmatched, *conflicting_duplicates(self.videos, job.inputs))
        self._folder.write_videos(self.videos)
        self._save()

    def _check_price(self) -> None:
        """Refuse a limit on money that nobody can count."""
        info, config = self.job.annotator.info, self.job.config
        if config.max_cost_usd is None or not info.model or not self.expected.calls or self.expected.cost_usd:
            return
        if priced(info.model, config):
            return
        raise InputError(
            f"--max-cost needs a price for the model '{info.model}', and the table has none",
            hint="add the model to a price file and name it with --prices FILE",
        )

    def scale(self) -> float:
        """Return by how much the estimate so far must be multiplied to hold for all files."""
        return 1.0 if self.whole else max(self._files / max(len(self.videos), 1), 1.0)

    def estimate_usd(self) -> float | None:
        """Return the expected money for all files; None when the model has no price."""
        usd = estimated_usd(self.expected, self.job.annotator.info.model, self.job.config)
        return None if usd is None else usd * self.scale()

    def _expect(self) -> None:
        total = round((self.plan.asked.total() + self._held) * self.scale())
        self.job.progress.expect(total, cost_usd=self.estimate_usd())

    @property
    def _held(self) -> int:
        """Questions in jobs that this command may collect."""
        return 0 if self.job.config.batch is None else self.plan.held

    def _forecast(self) -> str:
        calls = round(self.expected.calls * self.scale())
        usd = self.estimate_usd()
        money = "no price is known" if usd is None else f"about ${usd:.4f}"
        return f"{calls} requests, {money}" + ("" if self.whole else " in all, as far as these tell")

    def _save(self) -> None:
        folder, usd = self._folder, self.estimate_usd()
        assert folder.run is not None
        folder.run = replace(folder.run, estimate_usd=None if usd is None else round(usd, 9))
        folder.save()
