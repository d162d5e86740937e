"""What is known of a file when nothing could be had from it, and the answer to an inspection. No heavy imports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.media import FrameSet, Media, Verdict, VerdictState
from vibekit.core.video import Probe

if TYPE_CHECKING:
    from vibekit.core.media import MediaPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What is known of one file before anything is paid for.

    Attributes:
        video_id: Content hash; None when the file cannot be read to its end.
        bytes: Size of the file.
        mtime_ns: Last change, nanoseconds since the epoch.
        probe: What it says of itself; ``probe.problem`` says why it cannot be used.
    """

    video_id: str | None
    bytes: int
    mtime_ns: int
    probe: Probe


def unusable(problem: str) -> Probe:
    """Return the probe of a file that nothing is known of but why it cannot be used."""
    return Probe(container="", duration_s=None, video=None, audio=None, problem=problem)


def uninspected(problem: str) -> Inspection:
    """Return the inspection of a file that nothing is known of but why."""
    return Inspection(video_id=None, bytes=0, mtime_ns=0, probe=unusable(problem))


def no_frames(reason: str, *, damaged: int = 0) -> FrameSet:
    """Return an empty set of frames that says why."""
    return FrameSet(frames=(), verdict=Verdict(state=VerdictState.FAILED, reason=reason, damaged_packets=damaged))


def untaken(path: str, plan: MediaPlan, reason: str) -> Media:
    """Return the media of a file that nothing could be taken from: ``frames.verdict`` says why, whatever the kind."""
    return Media(plan=plan, path=path, frames=no_frames(reason))
