"""What a file says of itself, checked as far as one decoded picture goes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av.error

from vibekit.core.video import AudioStream, Probe, VideoStream
from vibekit.media.decoding import single_threaded
from vibekit.media.opening import UnreadableError, best_video, decoder_of, only, opened, reason_of, size_problem
from vibekit.media.outcomes import unusable
from vibekit.media.packets import coded
from vibekit.media.pictures import Turn, pixel_shape, shown_size, turn_of

if TYPE_CHECKING:
    from av.audio.stream import AudioStream as SoundTrack
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream as PictureTrack

PACKETS_TO_TRY = 300
"""A file whose first picture does not come within so many packets counts as having none."""


def probe(path: str | bytes) -> Probe:
    """Look at a file: container, streams, length, upright size, and whether a first picture can be decoded.

    A file that cannot be used gives a probe whose ``problem`` says why; nothing is raised.
    """
    try:
        with opened(path) as container:
            return _probe(container, path)
    except UnreadableError as error:
        return unusable(str(error))
    except (OSError, MemoryError) as error:
        return unusable(reason_of(error))


def duration_s(path: str | bytes) -> float | None:
    """Return the length of the picture in seconds without decoding; None when it cannot be told."""
    try:
        with opened(path) as container:
            stream = best_video(container)
            return _duration(container, stream, path) if stream else None
    except (UnreadableError, OSError):
        return None


def _probe(container: InputContainer, path: str | bytes) -> Probe:
    streams = tuple(_word(stream) for stream in container.streams)
    audio = _audio(container)
    track = best_video(container)
    if track is None:
        what = "only sound in it" if audio else "no picture in it"
        return Probe(
            container=container.format.name, duration_s=None, video=None, audio=audio, streams=streams, problem=what
        )
    first = _first_picture(container, track)
    return Probe(
        container=container.format.name,
        duration_s=_duration(container, track, path),
        video=_video(track, first.frame),
        audio=audio,
        streams=streams,
        problem=first.problem,
    )


@dataclass(frozen=True, slots=True)
class _First:
    """The first picture, or why there is none."""

    frame: VideoFrame | None
    problem: str = ""


def _first_picture(container: InputContainer, track: PictureTrack) -> _First:
    context = decoder_of(track)
    if context is None:
        return _First(None, "no decoder for its video codec")
    problem = size_problem(context.width, context.height)
    if problem:
        return _First(None, problem)
    single_threaded(context)
    tried, why = 0, ""
    try:
        for packet in container.demux(track):
            tried += 1
            try:
                frames = context.decode(packet)
            except av.error.FFmpegError as error:
                why = reason_of(error)
                continue
            if frames:
                return _First(frames[0], size_problem(frames[0].width, frames[0].height))
            if tried >= PACKETS_TO_TRY:
                break
    except av.error.FFmpegError as error:
        why = reason_of(error)
    return _First(None, f"no picture could be decoded: {why or 'there is none in it'}")


def _video(track: PictureTrack, frame: VideoFrame | None) -> VideoStream | None:
    context = decoder_of(track)
    if context is None:
        return None
    turn = turn_of(frame) if frame else Turn()
    stored = (frame.width, frame.height) if frame else (context.width, context.height)
    width, height = shown_size(*stored, pixel_shape(track.sample_aspect_ratio))
    if turn.transpose:
        width, height = height, width
    rate = track.average_rate or track.guessed_rate
    return VideoStream(
        codec=context.codec.canonical_name,
        width=width,
        height=height,
        rotation=turn.clockwise,
        fps=float(rate) if rate else None,
        pixel_format=(frame.format.name if frame else context.pix_fmt) or "",
    )


def _audio(container: InputContainer) -> AudioStream | None:
    track = _sound_track(container)
    if track is None or track.codec_context is None:
        return None
    context = track.codec_context
    return AudioStream(codec=context.codec.canonical_name, rate=context.sample_rate, channels=context.channels)


def _sound_track(container: InputContainer) -> SoundTrack | None:
    best = container.streams.best("audio")
    return next((s for s in container.streams.audio if best is not None and s.index == best.index), None)


def _word(stream: Stream) -> str:
    context = stream.codec_context
    return f"{stream.type}:{context.name}" if context is not None else str(stream.type)


def _duration(container: InputContainer, track: PictureTrack, path: str | bytes) -> float | None:
    base = track.time_base or Fraction(1, av.time_base)
    if track.duration and track.duration > 0:
        return float(track.duration * base)
    measured = _measured(path)
    if measured is not None:
        return measured
    return container.duration / av.time_base if container.duration and container.duration > 0 else None


def _measured(path: str | bytes) -> float | None:
    """Measure the length on packets; the header has none (WebM recorders leave it out)."""
    first, end = None, None
    with opened(path) as container:
        track = best_video(container)
        if track is None:
            return None
        only(container, track)
        try:
            for packet in coded(container, track):
                if packet.pts is not None and not packet.is_discard:
                    first = packet.pts if first is None else min(first, packet.pts)
                    last = packet.pts + (packet.duration or 0)
                    end = last if end is None else max(end, last)
        except av.error.FFmpegError:
            pass
        if first is None or end is None:
            return None
        return float((end - first) * (track.time_base or Fraction(1, av.time_base)))
