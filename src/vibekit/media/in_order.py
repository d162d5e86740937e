"""Decode a whole video in order: slow, always right, used when packets do not tell what will be shown."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import av.error

from vibekit.media.decoding import single_threaded
from vibekit.media.opening import UnreadableError, best_video, only, opened
from vibekit.media.packets import coded
from vibekit.media.plan import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


class Shown(NamedTuple):
    """A picture as a player meets it: when, in ticks, and the picture."""

    pts: int
    frame: VideoFrame


class InOrder:
    """One pass through a video.

    Attributes:
        damaged: Packets that the decoder refused so far.
        time_base: Seconds per tick; known once the pass has begun.
    """

    def __init__(self, path: str | bytes) -> None:
        self._path = path
        self.damaged = 0
        self.time_base = Fraction(1, 1000)
        self.step = 1

    def frames(self) -> Iterator[Shown]:
        """Yield every picture; one without a time is placed one frame after the one before.

        Raises:
            UnreadableError: The file cannot be opened or has no picture.
        """
        with opened(self._path) as container:
            stream = best_video(container)
            if stream is None:
                raise UnreadableError("no picture in it")
            only(container, stream)
            single_threaded(stream.codec_context)
            self.time_base = stream.time_base or self.time_base
            rate = stream.average_rate or stream.guessed_rate or Fraction(25)
            self.step = max(1, round(1 / (rate * self.time_base)))
            expected = 0
            for frame in self._decoded(container, stream):
                pts = expected if frame.pts is None else frame.pts
                expected = pts + (frame.duration or self.step)
                yield Shown(pts, frame)

    def _decoded(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        packets = coded(container, stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                packet = None
            try:
                yield from stream.codec_context.decode(packet)
            except av.error.FFmpegError:
                self.damaged += 1
            if packet is None:
                return


def timeline_in_order(path: str | bytes) -> tuple[Timeline, Fraction]:
    """Decode everything once to learn when pictures are shown; returns that and the seconds per tick."""
    reading = InOrder(path)
    ends = {shown.pts: shown.pts + (shown.frame.duration or reading.step) for shown in reading.frames()}
    pts = tuple(sorted(ends))
    return Timeline(pts, max(ends[pts[-1]], pts[-1] + 1) if pts else 0), reading.time_base
