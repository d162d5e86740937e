"""Encode a video as H.264 and AAC in MP4, close to the original: what raters see must be what was drawn."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import av.error
from av.audio.resampler import AudioResampler

from vibekit.media.opening import UnreadableError, best_video, only, opened
from vibekit.media.pictures import fitted, pixel_shape, shown_size, turn_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MP4 = "video/mp4"
LONG_SIDE = 1920
MOST_BYTES = 2_000_000_000
"""Of a copy."""
QUALITY = "18"
"""x264's rate factor: hard to tell from the original by eye."""
SOUND_RATE = 48_000
TICKS = Fraction(1, 90_000)


class TooLargeError(Exception):
    """A copy would grow beyond what is allowed."""


def recode(path: str, target: str) -> None:
    """Write a copy that browsers play. Damaged pictures are passed over, as players do.

    Args:
        path: The video.
        target: The copy; the caller puts it into its place.

    Raises:
        UnreadableError: No picture can be decoded.
        TooLargeError: The copy would be larger than ``MOST_BYTES``.
        av.error.FFmpegError: The encoder refuses.
    """
    with opened(path) as source, av.open(f"file:{target}", "w", "mp4", options={"movflags": "+faststart"}) as sink:
        track = best_video(source)
        if track is None:
            raise UnreadableError("there is no picture in it")
        best = source.streams.best("audio")
        sound = next((s for s in source.streams.audio if best is not None and s.index == best.index), None)
        only(source, *(s for s in (track, sound) if s is not None))
        track.thread_type = "AUTO"
        _Copy(source, sink, track, sound, Path(target)).run()


class _Copy:
    """One copy while it is made."""

    def __init__(
        self, source: InputContainer, sink: OutputContainer, track: VideoStream, sound: AudioStream | None, target: Path
    ) -> None:
        self._source = source
        self._sink = sink
        self._track = track
        self._target = target
        self._start = Fraction(source.start_time or 0, av.time_base)
        self._size = (0, 0)
        self._last = -1
        self._picture: VideoStream | None = None
        self._sound = sound
        self._heard: AudioStream | None = None
        self._resampler = AudioResampler(format="fltp", layout="stereo", rate=SOUND_RATE)

    def run(self) -> None:
        """Copy to the end."""
        if self._sound is not None:
            self._heard = self._sink.add_stream("aac", rate=SOUND_RATE)
            self._heard.layout = "stereo"
            self._heard.bit_rate = 192_000
        waiting: list[AudioFrame] = []
        for frame in self._frames():
            if isinstance(frame, av.VideoFrame):
                self._show(frame)
                self._hear(waiting)
                waiting = []
            elif self._picture is None:
                # the header cannot be written before the picture's stream is known
                waiting.append(frame)
            else:
                self._hear([frame])
        if self._picture is None:
            raise UnreadableError("no picture in it can be decoded")
        self._sink.mux(self._picture.encode(None))
        if self._heard is not None:
            for piece in self._resampler.resample(None):
                self._sink.mux(self._heard.encode(piece))
            self._sink.mux(self._heard.encode(None))

    def _frames(self) -> Iterator[VideoFrame | AudioFrame]:
        kept = [s for s in (self._track, self._sound) if s is not None]
        for packet in self._packets(kept):
            try:
                yield from cast("list[VideoFrame | AudioFrame]", packet.decode())
            except av.error.FFmpegError:
                continue
            if self._target.stat().st_size > MOST_BYTES:
                raise TooLargeError(f"a copy for the browser would be larger than {MOST_BYTES // 10**9} GB")

    def _packets(self, kept: list[VideoStream | AudioStream]) -> Iterator[Packet[Any]]:
        """Read to the end, or to where the file is cut off."""
        try:
            yield from self._source.demux(kept)
        except av.error.FFmpegError:
            return

    def _show(self, frame: VideoFrame) -> None:
        if self._picture is None:
            self._picture = self._picture_stream(frame)
        at = self._ticks(frame.pts, frame.time_base)
        small = frame.reformat(*self._size, format="yuv420p")
        # a clock that stands still or goes back would be refused
        self._last = small.pts = max(self._last + 1, self._last + 3600 if at is None else at)
        small.time_base = TICKS
        small.pict_type = 0
        self._sink.mux(self._picture.encode(small))

    def _picture_stream(self, frame: VideoFrame) -> VideoStream:
        shape = pixel_shape(self._track.sample_aspect_ratio)
        self._size = fitted(*shown_size(frame.width, frame.height, shape), long_side=LONG_SIDE)
        rate = self._track.average_rate or Fraction(25)
        options = {"preset": "veryfast", "crf": QUALITY, "g": "48"}
        stream = self._sink.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height = self._size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = TICKS
        turn = turn_of(frame)
        if turn.clockwise:
            stream.set_display_rotation(-turn.clockwise)
        return stream

    def _hear(self, frames: list[AudioFrame]) -> None:
        if self._heard is None:
            return
        for frame in frames:
            if frame.pts is not None and frame.time_base is not None:
                offset = round(self._start / frame.time_base)
                frame.pts -= offset
            for piece in self._resampler.resample(frame):
                self._sink.mux(self._heard.encode(piece))

    def _ticks(self, pts: int | None, base: Fraction | None) -> int | None:
        if pts is None or base is None:
            return None
        return round((pts * base - self._start) / TICKS)
