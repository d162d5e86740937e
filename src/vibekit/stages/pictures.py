"""Small pictures of videos for a page."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.media import FrameSampling, MediaKind, MediaPlan
from vibekit.media.pool import MediaPool
from vibekit.stages.embed.config import cores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.stages.progress import Progress

TIMEOUT_S = 20.0
"""For one video."""
MOST_WORKERS = 4


def pictures_of(
    files: Mapping[str, Path | str], sampling: FrameSampling, progress: Progress
) -> dict[str, tuple[bytes, ...]]:
    """Take pictures of the files that are there; one that is gone or broken has none.

    Args:
        files: video_id -> its file; an empty text for none.
        sampling: How many pictures, and how large.
        progress: Is told how far it is.

    Returns:
        video_id -> JPEG pictures in order of time.
    """
    there = {video_id: Path(file) for video_id, file in files.items() if _is_file(file)}
    if not there:
        return {}
    plan = MediaPlan(kind=MediaKind.FRAMES, sampling=sampling)
    found = {}
    progress.begin("pictures", len(there))
    with MediaPool(min(MOST_WORKERS, cores(), len(there)), TIMEOUT_S) as pool:
        started = {video_id: pool.take(path, plan, 0.0) for video_id, path in there.items()}
        for video_id, future in started.items():
            media = future.result()
            progress.advance()
            if media.frames is not None and media.frames.frames:
                found[video_id] = tuple(frame.jpeg for frame in media.frames.frames)
    progress.end()
    return found


def _is_file(file: Path | str) -> bool:
    # a name may be longer than a file system takes, or hold a zero
    with suppress(OSError, ValueError):
        return bool(str(file)) and Path(file).is_file()
    return False
