"""What is taken from a video and handed to an annotator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vibekit.core.signals import Measurements

SAMPLER_VERSION = 1
"""Counted up when the sampler would choose or encode other frames for the same settings."""


class SamplingMode(StrEnum):
    """How frames are chosen.

    ``exact``: the frame with the largest presentation time that is not after the target, in integer ticks.
    ``near``: a cheap frame (a keyframe where there is one) inside the target's own segment.
    """

    EXACT = "exact"
    NEAR = "near"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The part of a video that is looked at, in seconds from its first picture.

    Attributes:
        start_s: Where it begins.
        end_s: Where it ends; None is the end of the video.
    """

    start_s: float = 0.0
    end_s: float | None = None

    def length_s(self, duration_s: float) -> float:
        """Return how much of a video of that length is inside, in seconds."""
        end = duration_s if self.end_s is None else min(self.end_s, duration_s)
        return max(0.0, end - self.start_s)

    def answering(self) -> dict[str, Any]:
        """Return the fields that can change an answer; nothing for the whole video."""
        return {} if self == WHOLE else {"start_s": self.start_s, "end_s": self.end_s}

    def describe(self) -> str:
        """Write the part in a few words; nothing for the whole video."""
        if self == WHOLE:
            return ""
        return f" {self.start_s:g}s-{'end' if self.end_s is None else f'{self.end_s:g}s'}"


WHOLE = Window()
"""All of a video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSampling:
    """Which frames to take and how to encode them.

    Attributes:
        frames: How many; targets are the centres of that many equal segments.
        mode: Exact or near.
        near: Half-width of the window around a target, as a share of half a segment, in (0, 1]; unused when exact.
        long_side: Longest side of the encoded picture in pixels; smaller pictures are not enlarged.
        quality: JPEG quality, 1-100.
        window: The part of the video that is cut into segments.
    """

    frames: int = 16
    mode: SamplingMode = SamplingMode.NEAR
    near: float = 0.5
    long_side: int = 512
    quality: int = 85
    window: Window = WHOLE


class VerdictState(StrEnum):
    """How a decode ended: all frames, fewer than asked, or none."""

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a decode ended.

    Attributes:
        state: ok, partial or failed.
        reason: Why it is not ok; empty otherwise.
        damaged_packets: Packets that the decoder refused.
    """

    state: VerdictState
    reason: str = ""
    damaged_packets: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One encoded picture.

    Attributes:
        time_s: True presentation time, seconds from the first frame of the video.
        target_s: The time that was asked for, on the same clock.
        jpeg: The picture, rotation applied.
        width: Pixels.
        height: Pixels.
    """

    time_s: float
    target_s: float
    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSet:
    """The frames of one video in order of time, at most as many as asked, with the verdict."""

    frames: tuple[Frame, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Sound as a mono 16 kHz 16-bit WAV file.

    Attributes:
        wav: The whole file, header included; empty when there is no sound.
        duration_s: Seconds of sound in it.
        verdict: How the decode ended.
    """

    wav: bytes
    duration_s: float
    verdict: Verdict


class MediaKind(StrEnum):
    """What an annotator is given."""

    NONE = "none"
    VIDEO = "video"
    FRAMES = "frames"
    SIGNALS = "signals"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlan:
    """What to take from one video for one call.

    Attributes:
        kind: Original bytes, sampled frames, measurements, or nothing.
        sampling: For frames.
        audio: For frames: send the sound along.
        muted: The sound could bear on the answer, and is not sent; for people, not for the key.
        fps: For video: frames per second that the service samples at.
        window: For video: the part that the service looks at.
        mime: For video: the type that the bytes are sent as.
        why: One line for people: why this was chosen.
        decoder: Name of the decoder that takes the frames.
        lacking: Why nothing at all can be shown of the video, so that it is not asked about; empty otherwise.
    """

    kind: MediaKind
    sampling: FrameSampling | None = None
    audio: bool = False
    muted: bool = False
    fps: float | None = None
    window: Window = WHOLE
    mime: str = ""
    why: str = ""
    decoder: str = "pyav"
    lacking: str = ""

    def answering(self) -> dict[str, Any]:
        """Return the fields that can change an answer, as JSON values: a part of the key that is paid once."""
        if self.kind is MediaKind.VIDEO:
            return {"kind": "video", "fps": self.fps, "mime": self.mime, **self.window.answering()}
        if self.kind is not MediaKind.FRAMES or self.sampling is None:
            return {"kind": str(self.kind)}
        s = self.sampling
        near = s.near if s.mode is SamplingMode.NEAR else None
        return {
            "kind": "frames", "frames": s.frames, "mode": str(s.mode), "near": near, "long_side": s.long_side,
            "quality": s.quality, "audio": self.audio, "decoder": self.decoder, "sampler": SAMPLER_VERSION,
            **s.window.answering(),
        }  # fmt: skip

    def describe(self) -> str:
        """Write the plan in a few words, such as ``frames n=16 near=0.5 512px q85``."""
        if self.kind is MediaKind.VIDEO:
            return f"video {self.mime} fps={self.fps or 1:g}{self.window.describe()}"
        sound = " +audio" if self.audio else " -audio" if self.muted else ""
        if self.kind is not MediaKind.FRAMES or self.sampling is None:
            return f"{self.kind}{sound}"
        s = self.sampling
        mode = f"near={s.near:g}" if s.mode is SamplingMode.NEAR else "exact"
        return f"frames n={s.frames} {mode} {s.long_side}px q{s.quality}{sound} {self.decoder}{s.window.describe()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What was taken from one video, as planned.

    Attributes:
        plan: What was asked for.
        frames: For frames.
        sound: For frames with audio; None when the video is silent.
        data: For video: the file's bytes when they are small enough to go inline; empty otherwise.
        path: For video: where the file lies.
        measurements: For signals.
    """

    plan: MediaPlan
    frames: FrameSet | None = None
    sound: Sound | None = None
    data: bytes = b""
    path: str = ""
    measurements: Measurements | None = None

    @property
    def payload_bytes(self) -> int:
        """Bytes that this media holds in memory and puts on the wire."""
        frames = sum(len(f.jpeg) for f in self.frames.frames) if self.frames else 0
        return len(self.data) + frames + (len(self.sound.wav) if self.sound else 0)
