"""What a worker does for one video: look at it, or take from it what was planned. Bad input never raises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.media import FrameSet, Media, MediaKind, VerdictState
from vibekit.media.base import frame_source
from vibekit.media.identity import video_id
from vibekit.media.measure import measure
from vibekit.media.opening import UnreadableError, reason_of
from vibekit.media.outcomes import Inspection, uninspected, untaken
from vibekit.media.probe import probe
from vibekit.media.sound import sound

if TYPE_CHECKING:
    from vibekit.core.media import MediaPlan


def identify(path: str) -> str | None:
    """Hash one file; None when it cannot be read."""
    try:
        return video_id(path)
    except OSError:
        return None


def inspect(path: str) -> Inspection:
    """Hash and probe one file."""
    seen = probe(path)
    try:
        status = Path(path).stat()
        return Inspection(video_id=video_id(path), bytes=status.st_size, mtime_ns=status.st_mtime_ns, probe=seen)
    except (OSError, ValueError) as error:
        return uninspected(f"cannot be read: {reason_of(error)}")


def take(path: str, plan: MediaPlan, max_sound_s: float) -> Media:
    """Take frames, with sound if planned, or measurements; a failure is in ``media.frames.verdict``."""
    try:
        if plan.kind is MediaKind.SIGNALS:
            measured = measure(path)
            frames = FrameSet(frames=(), verdict=measured.verdict)
            return Media(plan=plan, path=path, frames=frames, measurements=measured.measurements)
        return _take_frames(path, plan, max_sound_s)
    except UnreadableError as error:
        return untaken(path, plan, str(error))
    except (OSError, MemoryError) as error:
        return untaken(path, plan, reason_of(error))


def _take_frames(path: str, plan: MediaPlan, max_sound_s: float) -> Media:
    if plan.sampling is None:
        raise UnreadableError("the plan asks for frames but not which")
    frames = frame_source(plan.decoder).frames(path, plan.sampling)
    heard = sound(path, max_sound_s, window=plan.sampling.window) if plan.audio and frames.frames else None
    silent = heard is None or (not heard.wav and heard.verdict.state is VerdictState.OK)
    return Media(plan=plan, path=path, frames=frames, sound=None if silent else heard)
