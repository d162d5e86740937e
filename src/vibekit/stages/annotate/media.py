"""Takes what an annotator is shown of a video: decoded in a worker, or read as it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vibekit.core.media import FrameSet, Media, MediaKind, Verdict, VerdictState
from vibekit.stages.annotate.check import changed_since

if TYPE_CHECKING:
    from vibekit.core.media import MediaPlan
    from vibekit.core.video import Video
    from vibekit.media.pool import MediaPool
    from vibekit.stages.annotate.config import AnnotateConfig

MAX_SOUND_S = 600.0
"""Seconds of sound that go along with frames: ten minutes are 19 MB."""
FRAME_BYTES = 60_000
"""Expected size of one encoded frame, for the memory budget."""

WAV_BYTES_PER_S = 32_000
"""Mono, 16 kHz, 16 bits."""
UPLOAD_BYTES = 8 << 20
"""An upload is read from the disk in pieces of this size."""


class Unusable(Exception):  # noqa: N818 - a signal inside the stage, not an error that a user sees
    """Nothing can be taken from a file, or it is no longer the one that was hashed; the message says which."""


class Taker:
    """Takes media as planned.

    Args:
        pool: Decodes.
        config: Of the command.
    """

    def __init__(self, pool: MediaPool, config: AnnotateConfig) -> None:
        self._pool = pool
        self._inline_bytes = config.settings.inline_limit_bytes

    async def take(self, video: Video, plan: MediaPlan) -> tuple[Media, str]:
        """Return what was taken and how the decode ended, for ``media_verdict``.

        Raises:
            Unusable: The file gives nothing, nothing of it may be shown, or it changed.
        """
        if plan.lacking:
            raise Unusable(plan.lacking)
        media = await self._take(video, plan)
        verdict = verdict_of(media)
        if verdict is not None and verdict.state is VerdictState.FAILED:
            raise Unusable(verdict.reason)
        problem = changed_since(video)
        if problem:
            raise Unusable(problem)
        return media, words_for(verdict)

    async def _take(self, video: Video, plan: MediaPlan) -> Media:
        if plan.kind is MediaKind.NONE:
            return Media(plan=plan, path=str(video.path))
        if plan.kind is not MediaKind.VIDEO:
            return await asyncio.wrap_future(self._pool.take(video.path, plan, MAX_SOUND_S))
        small = video.bytes <= self._inline_bytes
        try:
            data = await asyncio.to_thread(video.path.read_bytes) if small else b""
        except OSError as error:
            verdict = Verdict(state=VerdictState.FAILED, reason=f"cannot be read: {error.strerror}")
            return Media(plan=plan, frames=FrameSet(frames=(), verdict=verdict))
        return Media(plan=plan, path=str(video.path), data=data)


def expected_bytes(video: Video, plan: MediaPlan, *, inline_bytes: int) -> int:
    """Say how much memory a video's media is expected to take, before it is taken.

    Args:
        video: The file.
        plan: What is taken from it.
        inline_bytes: Size above which a file is uploaded and not held.
    """
    if plan.kind is MediaKind.VIDEO:
        return max(video.bytes, 1) if video.bytes <= inline_bytes else UPLOAD_BYTES
    if plan.kind is MediaKind.FRAMES and plan.sampling is not None:
        heard_s = plan.sampling.window.length_s(video.duration_s or 0.0)
        sound = int(WAV_BYTES_PER_S * heard_s) if plan.audio else 0
        return plan.sampling.frames * FRAME_BYTES + sound
    return 1


def verdict_of(media: Media) -> Verdict | None:
    """Return how the decode ended; None when nothing was decoded."""
    return media.frames.verdict if media.frames else None


def words_for(verdict: Verdict | None) -> str:
    """Write a verdict in a few words, for ``media_verdict``."""
    if verdict is None:
        return ""
    damaged = f", {verdict.damaged_packets} damaged packets" if verdict.damaged_packets else ""
    return f"{verdict.state}{': ' if verdict.reason else ''}{verdict.reason}{damaged}"
