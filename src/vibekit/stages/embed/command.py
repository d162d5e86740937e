"""``vibekit embed`` over videos: hash, skip what is there, embed the rest shard by shard, write the manifest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.fingerprint import fingerprint
from vibekit.embedders.table import embedder
from vibekit.engines.local import ShardJob, run_local
from vibekit.errors import UsageError
from vibekit.formats.embeddings_shard import shard_key
from vibekit.formats.jsonl import Appender
from vibekit.formats.prices import load_prices
from vibekit.formats.videos import read_videos, to_row
from vibekit.media.pool import MediaPool
from vibekit.stages.annotate.inspect import conflicting_duplicates, inspect_files
from vibekit.stages.embed.budget import Budget, CostLimitReached, unopened
from vibekit.stages.embed.folder import VIDEOS, open_folder
from vibekit.stages.embed.paid import Paid
from vibekit.stages.embed.report import embed_report
from vibekit.stages.embed.space import space_of
from vibekit.stages.embed.stage import EmbedStage, EmbedStageConfig, video_rows
from vibekit.stages.inputs import read_inputs
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vibekit.core.video import Video
    from vibekit.engines.local import ShardDone
    from vibekit.stages.embed.config import EmbedConfig, EmbedReport
    from vibekit.stages.embed.folder import SetFolder
    from vibekit.stages.inputs import Inputs
    from vibekit.stages.progress import Progress


def embed(config: EmbedConfig, *, progress: Progress | None = None) -> EmbedReport:
    """Embed videos into a set, or add new ones to it.

    Args:
        config: What to do.
        progress: Told how far it is.

    Raises:
        UsageError: An embedder is unknown.
        SetupError: A package, a model or a key is missing.
        InputError: A source is wrong, or the set was made by another embedder.
    """
    progress = progress or Silent()
    embedders = [embedder(name, config.settings) for name in config.embedders]
    for one in embedders:
        one.check()
    any_paid = any(one.paid for one in embedders)
    if config.engine == "ray" and any_paid:
        raise UsageError(
            "an embedder that is paid for does not run on Ray: what a killed worker was answered would be paid twice",
            hint="leave --engine ray out",
        )
    budget = Budget(config.max_cost_usd, load_prices(config.prices), embedders) if any_paid else None
    space = space_of(config.embedders, embedders, dtype=config.dtype)
    inputs = read_inputs(config.sources, metadata=config.metadata, root=config.root)
    stage_config = EmbedStageConfig(
        names=config.embedders,
        settings=config.settings,
        space=space,
        workers=config.workers,
        timeout_s=config.decode_timeout_s,
    )
    with (
        open_folder(config.out, space, force=config.force) as folder,
        MediaPool(config.workers, config.decode_timeout_s) as pool,
        Paid.opened(folder.path, wanted=any_paid) as paid,
        EmbedStage(
            stage_config, pool=pool, advance=lambda bad: progress.advance(failed=bad), paid=paid, budget=budget
        ) as stage,
    ):
        work = _Work(
            folder=folder, stage=stage, config=config, inputs=inputs, pool=pool, progress=progress, budget=budget
        )
        stopped = work.run()
        found = folder.finish(unreadable=work.unreadable, argv=config.argv)
        if not stopped:
            paid.clear()
    return embed_report(
        found,
        new=work.new,
        kept=found.rows - work.new,
        duplicates=work.duplicates,
        warnings=(*inputs.warnings, *folder.warnings, *work.warnings),
        ignored=inputs.ignored,
        cost_usd=None if budget is None else budget.spent_usd,
        stopped=stopped,
    )


@dataclass(slots=True, kw_only=True)
class _Work:
    """One command in progress."""

    folder: SetFolder
    stage: EmbedStage
    config: EmbedConfig
    inputs: Inputs
    pool: MediaPool
    progress: Progress
    budget: Budget | None = None
    unreadable: dict[str, str] = field(default_factory=dict)
    again: dict[str, Video] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    new: int = 0
    announced: bool = False
    duplicates: int = 0

    def run(self) -> str:
        """Embed what is missing, then what is to be embedded anew; returns why it ended before that."""
        limit, files = self.config.limit, len(self.inputs.files)
        self.progress.begin("embedding", files if limit is None else min(limit, files))
        try:
            for done in self._made():
                self.new += done.rows
            self._anew()
        except CostLimitReached:
            return "max-cost"
        finally:
            self.progress.end()
        return ""

    def _made(self) -> Iterator[ShardDone]:
        """Make the shards that are missing."""
        folder = self.folder
        if self.config.engine == "local":
            return run_local(self.stage, self._jobs(), folder=folder.path, form=folder.form)
        from vibekit.engines.ray import RayPlace, run_ray

        # every worker of Ray's has one process that decodes
        make = partial(EmbedStage, replace(self.stage.config, workers=1))
        return run_ray(
            make,
            tuple(self._jobs()),
            stage=self.stage.fingerprint,
            folder=folder.path.absolute(),
            form=folder.form,
            place=RayPlace(address=self.config.ray_address),
            advance=self.progress.advance,
        )

    def _jobs(self) -> Iterator[ShardJob]:
        """Yield the shards that are missing; files are hashed only as far as the next one needs."""
        missing, names = self._missing(), self.folder.names()
        while videos := list(islice(missing, self.config.shard_rows)):
            self._announce(videos)
            yield ShardJob(
                name=next(names),
                source=fingerprint([[v.video_id, v.text_path, v.metadata.fingerprint] for v in videos]),
                rows=len(videos),
                tables=partial(_table, videos),
            )

    def _announce(self, videos: list[Video]) -> None:
        """Say once what it will cost, before anything is asked."""
        if self.budget is None or self.announced:
            return
        self.announced = True
        usd = self.budget.estimate_usd([unopened(video) for video in videos])
        left = len(self.inputs.files) if self.config.limit is None else self.config.limit
        whole = len(videos) < self.config.shard_rows
        n = len(videos) if whole else max(len(videos), left - len(self.folder.words))
        money = "no price is known" if usd is None else f"about ${usd / len(videos) * n:.4f}"
        more = "" if whole else f", as far as the first {len(videos)} tell"
        self.progress.note(f"{n} vectors to be paid for, {money}{more}")

    def _missing(self) -> Iterator[Video]:
        """Yield the videos that are not there yet, each content once."""
        seen: list[str] = []
        twins: list[Video] = []
        for video in self._inspected():
            if video.video_id is None:
                self.unreadable[video.text_path] = video.problem or "cannot be read"
                self.progress.advance(failed=True)
            elif video.duplicate_of:
                twins.append(video)
                self.progress.advance()
            elif video.video_id not in self.folder.words:
                seen.append(video.video_id)
                yield video
            else:
                self._there(video, video.video_id)
        self.duplicates = len(twins)
        self.warnings += self.inputs.unmatched(seen + list(self.folder.words))
        self.warnings += conflicting_duplicates(twins, self.inputs)

    def _there(self, video: Video, video_id: str) -> None:
        stale = self.folder.words[video_id] != self.stage.words(video.metadata)
        if stale or (self.config.retry_failed and video_id in self.folder.failed):
            self.again[video_id] = video
        else:
            self.progress.advance()

    def _inspected(self) -> Iterator[Video]:
        path = self.folder.path / VIDEOS
        known = {video.text_path: video for video in read_videos(path)}
        notes = Appender(path)
        try:
            yield from inspect_files(
                self.inputs,
                pool=self.pool,
                known=known,
                limit=self.config.limit,
                keep=lambda video: notes.append(to_row(video)),
            )
        finally:
            notes.close()

    def _anew(self) -> None:
        """Embed again what failed or whose words changed: its shard is written anew, with the rows in their places."""
        if not self.again:
            return
        stale = sum(video_id not in self.folder.failed for video_id in self.again)
        self._announce(list(self.again.values()))
        if stale:
            self.progress.note(f"{stale} videos have other words than in their vectors: they are embedded again")
        for shard in self.folder.shards():
            ids = self.folder.open(shard).ids.to_pylist()
            places = [i for i, video_id in enumerate(ids) if video_id in self.again]
            if places:
                self._rewrite(shard, places, [self.again[ids[i]] for i in places])
                self.new += len(places)

    def _rewrite(self, shard: Path, places: list[int], videos: list[Video]) -> None:
        with pa.memory_map(str(shard)) as source:
            old = pa.ipc.open_file(source).read_all()
        made = self.stage(video_rows(videos))
        order = np.arange(old.num_rows)
        order[places] = old.num_rows + np.arange(len(places))
        schema = self.stage.schema
        rows = pa.concat_tables([old.cast(schema), made]).take(pa.array(order))
        with self.folder.form.writing(shard, schema=schema, key=shard_key(shard) or "") as writer:
            writer.write(rows)


def _table(videos: list[Video]) -> tuple[pa.Table]:
    return (video_rows(videos),)
