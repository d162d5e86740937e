"""The default decoder: PyAV with a plan made on packets, so that only what is needed gets decoded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibekit.core.media import Frame, FrameSet, SamplingMode, Verdict, VerdictState
from vibekit.media.decoding import RunDecoder
from vibekit.media.in_order import InOrder, timeline_in_order
from vibekit.media.opening import UnreadableError, best_video, decoder_of, only, opened, reason_of, size_problem
from vibekit.media.outcomes import no_frames
from vibekit.media.packets import KEEP_IN_MEMORY, read_packets
from vibekit.media.pictures import PictureEncoder
from vibekit.media.plan import picks, runs, span_of

if TYPE_CHECKING:
    from fractions import Fraction

    from av.container import InputContainer
    from av.video.stream import VideoStream

    from vibekit.core.media import FrameSampling
    from vibekit.media.pictures import Picture
    from vibekit.media.plan import Pick, Span, Timeline


@dataclass(frozen=True, slots=True)
class _Take:
    """What one way of decoding gave: pictures by presentation time, and what was asked of which video.

    ``there`` counts the pictures in the part that was asked about. ``told`` is False when packets do not tell what will
    be shown, so that nothing was decoded yet.
    """

    timeline: Timeline
    time_base: Fraction
    chosen: list[Pick]
    pictures: dict[int, Picture]
    damaged: int
    problem: str = ""
    told: bool = True
    there: int = 0

    @property
    def complete(self) -> bool:
        return self.told and len(self.pictures) == len(self.chosen)

    def seconds(self, ticks: Fraction | int) -> float:
        return float((ticks - self.timeline.pts[0]) * self.time_base)


class PyavFrames:
    """Takes frames with FFmpeg's decoders through PyAV; see ``FrameSource`` for what is promised.

    Args:
        keep_bytes: Larger files are read twice instead of keeping their packets in memory.
    """

    def __init__(self, *, keep_bytes: int = KEEP_IN_MEMORY) -> None:
        self._keep_bytes = keep_bytes

    def frames(self, path: str | bytes, sampling: FrameSampling) -> FrameSet:
        """Take frames from one file; a broken file gives a verdict."""
        try:
            taken = _planned(path, sampling, self._keep_bytes)
            if not taken.complete and not taken.damaged:
                taken = _ordered(path, sampling, taken.problem)
        except UnreadableError as error:
            return no_frames(str(error))
        except (OSError, MemoryError) as error:
            return no_frames(reason_of(error))
        return _frame_set(taken, sampling)


def video_stream(container: InputContainer) -> VideoStream:
    """Return the stream to take pictures from.

    Raises:
        UnreadableError: There is none, its size is refused, or nothing can decode it.
    """
    stream = best_video(container)
    if stream is None:
        raise UnreadableError("no picture in it")
    decoder = decoder_of(stream)
    if decoder is None:
        raise UnreadableError("no decoder for its video codec")
    problem = size_problem(decoder.width, decoder.height)
    if problem:
        raise UnreadableError(problem)
    return stream


def _planned(path: str | bytes, sampling: FrameSampling, keep_bytes: int) -> _Take:
    with opened(path) as container:
        stream = video_stream(container)
        only(container, stream)
        table = read_packets(container, stream, path=path, keep_bytes=keep_bytes)
        if not table.timed:
            return _Take(table.timeline, table.time_base, [], {}, 0, table.problem, told=False)
        if not table.timeline.pts:
            raise UnreadableError(table.problem or "no coded picture in it")
        span = part_of(table.timeline, sampling, table.time_base)
        chosen = picks(table.timeline, sampling, span)
        decoder = RunDecoder(stream, table, path=path)
        encoder = _encoder(stream, sampling)
        pictures: dict[int, Picture] = {}
        for run in runs(table.timeline, [pick.pts for pick in chosen]):
            for frame in decoder.frames(run):
                if frame.pts is not None and frame.pts not in pictures:
                    pictures[frame.pts] = encoder.encode(frame)
        there = len(span.pts)
        return _Take(table.timeline, table.time_base, chosen, pictures, decoder.damaged, table.problem, there=there)


def _ordered(path: str | bytes, sampling: FrameSampling, problem: str) -> _Take:
    """Decode the whole video twice: once to learn what is shown, once to take it."""
    timeline, time_base = timeline_in_order(path)
    if not timeline.pts:
        raise UnreadableError(problem or "no picture in it can be decoded")
    span = part_of(timeline, sampling, time_base)
    chosen = picks(timeline, replace(sampling, mode=SamplingMode.EXACT), span)
    wanted = {pick.pts for pick in chosen}
    with opened(path) as container:
        encoder = _encoder(video_stream(container), sampling)
    reading = InOrder(path)
    pictures: dict[int, Picture] = {}
    for shown in reading.frames():
        if shown.pts in wanted and shown.pts not in pictures:
            pictures[shown.pts] = encoder.encode(shown.frame)
    return _Take(timeline, time_base, chosen, pictures, reading.damaged, problem, there=len(span.pts))


def part_of(timeline: Timeline, sampling: FrameSampling, time_base: Fraction) -> Span:
    """Return the part of a video to choose from.

    Raises:
        UnreadableError: The video ends before it begins.
    """
    span = span_of(timeline, sampling.window, time_base)
    if not span.pts:
        lasts = float((timeline.end - timeline.pts[0]) * time_base)
        raise UnreadableError(
            f"it lasts {lasts:.1f} s, and the part to look at begins at {sampling.window.start_s:g} s"
        )
    return span


def _encoder(stream: VideoStream, sampling: FrameSampling) -> PictureEncoder:
    return PictureEncoder(long_side=sampling.long_side, quality=sampling.quality, shape=stream.sample_aspect_ratio)


def _frame_set(taken: _Take, sampling: FrameSampling) -> FrameSet:
    if not taken.pictures:
        reason = f"no picture could be decoded ({taken.damaged} damaged packets)"
        return no_frames(reason, damaged=taken.damaged)
    frames = tuple(
        Frame(
            time_s=taken.seconds(pick.pts),
            target_s=taken.seconds(pick.target),
            jpeg=picture.jpeg,
            width=picture.width,
            height=picture.height,
        )
        for pick in taken.chosen
        if (picture := taken.pictures.get(pick.pts))
    )
    return FrameSet(frames=frames, verdict=_verdict(taken, sampling))


def _verdict(taken: _Take, sampling: FrameSampling) -> Verdict:
    asked, chosen, got = sampling.frames, len(taken.chosen), len(taken.pictures)
    reasons = []
    if taken.problem:
        reasons.append(taken.problem)
    if taken.damaged:
        reasons.append(f"{taken.damaged} damaged packets: pictures after them may be wrong")
    if got < chosen:
        reasons.append(f"{chosen - got} of {chosen} pictures could not be decoded")
    elif chosen < asked <= taken.there:
        reasons.append(f"{asked} targets fall on {chosen} pictures, because some are shown for long")
    if reasons:
        return Verdict(state=VerdictState.PARTIAL, reason="; ".join(reasons), damaged_packets=taken.damaged)
    few = f"the video has only {chosen} pictures" if chosen < asked else ""
    return Verdict(state=VerdictState.OK, reason=few, damaged_packets=taken.damaged)
