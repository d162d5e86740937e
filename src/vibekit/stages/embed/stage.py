"""From rows that name videos to rows with vectors: the stage that engines run."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa

from vibekit.core.fingerprint import fingerprint
from vibekit.embedders.base import EmbedError
from vibekit.formats.embeddings_shard import FAILED, OK, schema_of, vector_column
from vibekit.formats.videos import metadata_of
from vibekit.media.pool import MediaPool
from vibekit.stages.embed.one import Made, Task, embedder_of, unmade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from vibekit.core.embedding import EmbeddingSpace
    from vibekit.core.video import Metadata, Video
    from vibekit.embedders.base import EmbedderSettings, Given
    from vibekit.stages.embed.budget import Budget
    from vibekit.stages.embed.paid import Paid

STAGE_VERSION = 1
"""Counted up when the same embedders and files would give other rows."""

VIDEO_SCHEMA = pa.schema(
    [
        ("video_id", pa.string()),
        ("path", pa.string()),
        ("file", pa.binary()),
        ("metadata", pa.string()),
        ("bytes", pa.int64()),
        ("mtime_ns", pa.int64()),
        ("duration_s", pa.float64()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("problem", pa.string()),
    ]
)
"""Rows that go in: ``file`` is the path as bytes, ``path`` the same for people, ``metadata`` JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedStageConfig:
    """What is pickled to wherever the stage runs.

    Attributes:
        names: Of the embedders.
        settings: Of the embedders.
        space: That they make.
        workers: Processes that decode.
        timeout_s: Wall time for one video, in seconds.
    """

    names: tuple[str, ...]
    settings: EmbedderSettings
    space: EmbeddingSpace
    workers: int = 1
    timeout_s: float = 60.0


class EmbedStage:
    """Embeds videos; its worker processes live as long as it does.

    Args:
        config: What to do.
        pool: Of workers, when the caller has one already; the caller closes it.
        advance: Told of every row as it is done, and whether it failed.
        paid: Keeps what was paid for, until the shard is written.
        budget: What may be spent on it.

    Attributes:
        config: What to do.
    """

    def __init__(
        self,
        config: EmbedStageConfig,
        *,
        pool: MediaPool | None = None,
        advance: Callable[[bool], object] = lambda _: None,
        paid: Paid | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.config = config
        self._own_pool = pool is None
        self._pool = pool or MediaPool(config.workers, config.timeout_s)
        self._advance = advance
        self._paid = paid
        self._budget = budget
        self._embedders = [embedder_of(name, config.settings) for name in config.names]
        limits = [e.threads for e in self._embedders if e.place == "threads"]
        self._turns = [threading.BoundedSemaphore(e.threads) if e.place == "threads" else None for e in self._embedders]
        # each thread carries one video from decoding to its vector: this bounds what is held in memory
        self._threads = ThreadPoolExecutor(2 * config.workers + sum(limits), thread_name_prefix="vibekit-embed")
        self.fingerprint = fingerprint([STAGE_VERSION, config.space.fingerprint, config.space.dtype])
        self.schema = schema_of(config.space)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the workers go; what waits is given up, what is being paid for is waited for and kept."""
        if self._own_pool:
            self._pool.close()
        if self._budget is not None:
            self._budget.stop()
        self._threads.shutdown(wait=self._budget is not None, cancel_futures=True)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Embed the videos of a table with ``VIDEO_SCHEMA``; a video that fails becomes a row with a reason."""
        tasks = [_task(row) for row in table.to_pylist()]
        n, dim = len(tasks), self.config.space.dim
        vectors = np.zeros((n, dim), self.config.space.dtype)
        ok = np.zeros(n, bool)
        reasons: list[str] = []
        for i, (vector, reason) in enumerate(self._threads.map(self._row, tasks)):
            if vector is not None:
                ok[i] = True
                vectors[i] = vector
            reasons.append(reason)
            self._advance(vector is None)
        columns = [
            table.column("video_id"),
            table.column("path"),
            pa.array([OK if good else FAILED for good in ok], pa.string()),
            pa.array(reasons, pa.string()),
            pa.array([self.words(task.metadata) for task in tasks], pa.string()),
            vector_column(vectors, ok),
        ]
        return pa.Table.from_arrays(columns, schema=self.schema)

    def words(self, metadata: Metadata) -> str:
        """Return the fingerprint of the words that go into a vector; empty when none do."""
        return metadata.fingerprint if any(e.needs.words for e in self._embedders) else ""

    def _row(self, task: Task) -> tuple[NDArray[np.floating[Any]] | None, str]:
        made = self._made(task)
        if made.problem:
            return None, made.problem
        try:
            parts = [
                vector if given is None or vector is not None else self._called(i, given)
                for i, (vector, given) in enumerate(zip(made.vectors, made.given, strict=True))
            ]
        except EmbedError as error:
            return None, str(error)
        return self._joined(parts, made.note)

    def _made(self, task: Task) -> Made:
        config = self.config
        arguments = (task, config.names, config.settings)
        made: Made = self._pool.call("vibekit.stages.embed.one:embed_one", arguments, unmade).result()
        return made

    def _called(self, place: int, given: Given) -> NDArray[np.float32]:
        """Have an embedder called that runs here: one large model, or a service."""
        name, one, turn = self.config.names[place], self._embedders[place], self._turns[place]
        paid, budget = (self._paid, self._budget) if one.paid else (None, None)
        block = self.config.space.blocks[place].fingerprint
        known = paid.get(given, block) if paid else None
        if known is not None:
            return known
        assert turn is not None
        with turn:
            try:
                vector = one.embed(given) if budget is None else budget.call(one, given)
            except EmbedError as error:
                raise EmbedError(f"{name}: {error}") from error
        if paid:
            paid.put(given, block, vector)
        return vector

    def _joined(
        self, parts: Iterable[NDArray[np.float32] | None], note: str
    ) -> tuple[NDArray[np.floating[Any]] | None, str]:
        """Put the blocks behind one another, and refuse what is no vector."""
        pieces: list[NDArray[np.float32]] = []
        for block, part in zip(self.config.space.blocks, parts, strict=True):
            if part is None or part.shape != (block.dim,):
                shape = None if part is None else part.shape
                raise TypeError(f"the embedder {block.embedder} made {shape}, its block says ({block.dim},)")
            if not np.isfinite(part).all():
                return None, f"{block.embedder}: NaN or infinite"
            pieces.append(part)
        return stored(np.concatenate(pieces), self.config.space.dtype, note)


def stored(
    vector: NDArray[np.floating[Any]], dtype: str, note: str = ""
) -> tuple[NDArray[np.floating[Any]] | None, str]:
    """Bring a vector into its storage type; None and a reason where it would not be the same vector any more."""
    with np.errstate(over="ignore"):
        kept = vector.astype(dtype)
    if not np.isfinite(kept).all():
        return None, "a value is beyond float16 (65,504): use --dtype float32"
    if not kept.any():
        return None, "all zero"
    return kept, note


def video_rows(videos: Iterable[Video]) -> pa.Table:
    """Write videos as rows with ``VIDEO_SCHEMA``."""
    rows = [
        {
            "video_id": video.video_id,
            "path": video.text_path,
            "file": os.fsencode(video.path.absolute()),
            "metadata": json.dumps(asdict(video.metadata), ensure_ascii=True),
            "bytes": video.bytes,
            "mtime_ns": video.mtime_ns,
            "duration_s": video.duration_s,
            "width": video.probe.video.width if video.probe and video.probe.video else 0,
            "height": video.probe.video.height if video.probe and video.probe.video else 0,
            "problem": video.problem,
        }
        for video in videos
    ]
    return pa.Table.from_pylist(rows, schema=VIDEO_SCHEMA)


def _task(row: dict[str, Any]) -> Task:
    return Task(
        path=Path(os.fsdecode(row["file"])),
        video_id=row["video_id"],
        metadata=metadata_of(json.loads(row["metadata"])),
        bytes=row["bytes"],
        mtime_ns=row["mtime_ns"],
        duration_s=row["duration_s"],
        width=row["width"],
        height=row["height"],
        problem=row["problem"],
    )
