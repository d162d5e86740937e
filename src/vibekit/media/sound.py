"""The sound of a video as mono 16 kHz, from the same file as its pictures."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

import av.error
import numpy as np
from av.audio.resampler import AudioResampler

from vibekit.core.media import WHOLE, Sound, Verdict, VerdictState
from vibekit.media.opening import UnreadableError, best_video, only, opened, reason_of

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

    from vibekit.core.media import Window

_IN_STEP_S = 0.1
RATE = 16_000
"""Samples per second."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Decoded sound.

    Attributes:
        values: int16, shape (samples,), mono at ``RATE``; empty for a silent file.
        verdict: How the decode ended.
    """

    values: NDArray[np.int16]
    verdict: Verdict


def sound(path: str | bytes, max_s: float, *, window: Window = WHOLE) -> Sound:
    """Take at most ``max_s`` seconds of sound as a WAV file; a file without sound there gives an empty one.

    Args:
        path: The file.
        max_s: Most that is taken.
        window: The part of the video to take it from.
    """
    end = window.start_s + max_s if window.end_s is None else min(window.end_s, window.start_s + max_s)
    taken = samples(path, end)
    values = taken.values[round(window.start_s * RATE) :]
    return Sound(wav=_wav(values) if len(values) else b"", duration_s=len(values) / RATE, verdict=taken.verdict)


def samples(path: str | bytes, max_s: float) -> Samples:
    """Decode the first ``max_s`` seconds of the best audio stream.

    Damage is in the verdict: packets that the decoder refuses are counted and left out.
    """
    try:
        with opened(path) as container:
            track = _track(container)
            if track is None:
                return Samples(np.zeros(0, np.int16), Verdict(state=VerdictState.OK, reason="no sound in it"))
            late = _later_than_picture(container, track)
            only(container, track)
            return _on_the_clock(_decode(container, track, max(0, round((max_s - late) * RATE))), late, max_s)
    except UnreadableError as error:
        return _failed(str(error))
    except (OSError, MemoryError) as error:
        return _failed(reason_of(error))


def _track(container: InputContainer) -> AudioStream | None:
    best = container.streams.best("audio")
    return next((s for s in container.streams.audio if best is not None and s.index == best.index), None)


def _later_than_picture(container: InputContainer, track: AudioStream) -> float:
    """Return how many seconds after the first picture the sound begins; small differences count as none."""
    picture = best_video(container)
    if picture is None or not (picture.time_base and track.time_base):
        return 0.0
    late = float((track.start_time or 0) * track.time_base - (picture.start_time or 0) * picture.time_base)
    return late if abs(late) > _IN_STEP_S else 0.0


def _on_the_clock(heard: Samples, late: float, max_s: float) -> Samples:
    """Put sound where it is heard: silence before it, or without what comes before the first picture."""
    if not late or not len(heard.values):
        return heard
    shift = round(abs(late) * RATE)
    values = heard.values[shift:] if late < 0 else np.concatenate([np.zeros(shift, np.int16), heard.values])
    return Samples(values[: round(max_s * RATE)], heard.verdict)


class _Collector:
    """Resamples decoded sound until there is enough; a change of format in mid-stream begins a new resampler."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[NDArray[np.int16]] = []
        self._count = 0
        self._resampler: AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None

    @property
    def full(self) -> bool:
        return self._count >= self._limit

    def add(self, frame: AudioFrame) -> None:
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or shape != self._shape:
            self.finish()
            self._resampler, self._shape = AudioResampler("s16", "mono", RATE), shape
        # Times with gaps or steps back would make the resampler refuse; only the order of samples matters here.
        frame.pts = None
        self._keep(self._resampler.resample(frame))

    def finish(self) -> None:
        if self._resampler is not None:
            self._keep(self._resampler.resample(None))
            self._resampler = None

    def values(self) -> NDArray[np.int16]:
        joined = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
        return joined[: self._limit]

    def _keep(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            piece = frame.to_ndarray().reshape(-1).astype(np.int16, copy=False)
            self._pieces.append(piece)
            self._count += len(piece)


def _decode(container: InputContainer, track: AudioStream, limit: int) -> Samples:
    collector = _Collector(limit)
    damaged, problem = 0, ""
    try:
        for packet in container.demux(track):
            try:
                for frame in track.codec_context.decode(packet):
                    collector.add(frame)
            except av.error.FFmpegError:
                damaged += 1
            if collector.full:
                break
    except av.error.FFmpegError as error:
        problem = f"the sound cannot be read to its end: {reason_of(error)}"
    collector.finish()
    return Samples(collector.values(), _verdict(len(collector.values()), damaged, problem))


def _verdict(count: int, damaged: int, problem: str) -> Verdict:
    if count == 0:
        reason = problem or (f"no sound could be decoded ({damaged} damaged packets)" if damaged else "")
        state = VerdictState.FAILED if reason else VerdictState.OK
        return Verdict(state=state, reason=reason or "no sound in it", damaged_packets=damaged)
    if problem or damaged:
        reason = problem or f"{damaged} damaged packets of sound left out"
        return Verdict(state=VerdictState.PARTIAL, reason=reason, damaged_packets=damaged)
    return Verdict(state=VerdictState.OK)


def _failed(reason: str) -> Samples:
    return Samples(np.zeros(0, np.int16), Verdict(state=VerdictState.FAILED, reason=reason))


def _wav(values: NDArray[np.int16]) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(values.astype("<i2").tobytes())
    return buffer.getvalue()
