"""Which frames to take and which packets to decode for them: arithmetic on integer ticks, no decoding."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from vibekit.core.media import SamplingMode

if TYPE_CHECKING:
    from vibekit.core.media import FrameSampling, Window


@dataclass(frozen=True, slots=True)
class Timeline:
    """The pictures of one video, in the stream's own ticks.

    Attributes:
        pts: Presentation times of the pictures that a player shows, ascending and distinct.
        end: Tick at which the last picture stops being shown.
        position: Presentation time -> place of its (last) packet in the file, from 0.
        starts: (place, presentation time) of the packets at which decoding may begin, ascending by place. Decoding may
            always begin at packet 0, listed or not.
    """

    pts: tuple[int, ...]
    end: int
    position: dict[int, int] = field(default_factory=dict)
    starts: tuple[tuple[int, int], ...] = ()

    def start_of(self, pts: int) -> int:
        """Return the place of the packet at which decoding must begin to get this picture right.

        It is the last start that comes no later in the file and is shown no later: pictures that are shown before a
        start but stored after it may refer to pictures before the start.
        """
        at = bisect_right(self.starts, (self.position[pts], pts)) - 1
        while at >= 0 and self.starts[at][1] > pts:
            at -= 1
        return self.starts[at][0] if at >= 0 else 0


@dataclass(frozen=True, slots=True)
class Pick:
    """One chosen picture: the time that was asked for, and its presentation time, in ticks."""

    target: Fraction
    pts: int


@dataclass(frozen=True, slots=True)
class Run:
    """Packets to decode in one go: from place ``first`` to place ``last`` inclusive, for the ``wanted`` times."""

    first: int
    last: int
    wanted: frozenset[int]


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a timeline to choose from: exact ticks, and the pictures that are shown in it."""

    begin: Fraction
    end: Fraction
    pts: tuple[int, ...]


def span_of(timeline: Timeline, window: Window, time_base: Fraction) -> Span:
    """Return the part of a timeline inside a window; it has no pictures when the video ends before the window begins.

    Args:
        timeline: At least one picture.
        window: In seconds from the first picture.
        time_base: Seconds per tick.
    """
    first = Fraction(timeline.pts[0])
    begin = first + Fraction(window.start_s) / time_base
    end = Fraction(timeline.end)
    if window.end_s is not None:
        end = min(end, first + Fraction(window.end_s) / time_base)
    if begin >= end:
        return Span(begin, end, ())
    return Span(begin, end, timeline.pts[bisect_right(timeline.pts, begin) - 1 : bisect_left(timeline.pts, end)])


def targets(span: Span, count: int) -> list[Fraction]:
    """Return the centres of ``count`` equal segments of [begin, end), exactly, in ticks."""
    length = span.end - span.begin
    return [span.begin + Fraction(2 * k + 1, 2 * count) * length for k in range(count)]


def picks(timeline: Timeline, sampling: FrameSampling, span: Span) -> list[Pick]:
    """Choose pictures, ascending and distinct.

    A video with fewer pictures than were asked for gives all of them, each as its own target. Two targets that fall on
    one picture (it is shown for long) give it once.

    Args:
        timeline: At least one picture.
        sampling: How many, and how close to the centres.
        span: The part to choose from.
    """
    if len(span.pts) < sampling.frames:
        return [Pick(Fraction(pts), pts) for pts in span.pts]
    centres = targets(span, sampling.frames)
    if sampling.mode is SamplingMode.EXACT:
        chosen = [Pick(c, _shown_at(timeline, c)) for c in centres]
    else:
        half = (span.end - span.begin) / (2 * sampling.frames)
        chosen = _near(timeline, centres, half, half * Fraction(sampling.near))
    distinct: dict[int, Pick] = {}
    for pick in chosen:
        distinct.setdefault(pick.pts, pick)
    return [distinct[pts] for pts in sorted(distinct)]


def runs(timeline: Timeline, wanted: list[int]) -> list[Run]:
    """Group wanted pictures by where decoding must begin, in the order of the file."""
    groups: dict[int, list[int]] = {}
    for pts in wanted:
        groups.setdefault(timeline.start_of(pts), []).append(pts)
    return [
        Run(first, max(timeline.position[p] for p in group), frozenset(group))
        for first, group in sorted(groups.items())
    ]


def _shown_at(timeline: Timeline, tick: Fraction) -> int:
    return timeline.pts[max(0, bisect_right(timeline.pts, tick) - 1)]


def _near(timeline: Timeline, centres: list[Fraction], half: Fraction, window: Fraction) -> list[Pick]:
    starts = sorted(pts for _, pts in timeline.starts if pts in timeline.position)
    chosen = []
    for centre in centres:
        inside = starts[bisect_left(starts, centre - window) : bisect_left(starts, centre + window)]
        if inside:
            chosen.append(Pick(centre, min(inside, key=lambda pts, c=centre: (abs(pts - c), pts))))  # type: ignore[misc]
        else:
            chosen.append(Pick(centre, _shown_inside(timeline, centre, half)))
    return _shorten(timeline, chosen, window)


def _shown_inside(timeline: Timeline, centre: Fraction, half: Fraction) -> int:
    """Return what is shown at the centre if it appears inside the segment, else the first that does."""
    shown = _shown_at(timeline, centre)
    if shown >= centre - half:
        return shown
    after = bisect_right(timeline.pts, centre)
    if after < len(timeline.pts) and timeline.pts[after] < centre + half:
        return timeline.pts[after]
    return shown


def _shorten(timeline: Timeline, chosen: list[Pick], window: Fraction) -> list[Pick]:
    """Move the last pick of each run to the picture in its window that is stored first: less has to be decoded."""
    place_of_start = dict(timeline.starts)
    last: dict[int, int] = {timeline.start_of(pick.pts): at for at, pick in enumerate(chosen)}
    for first, at in last.items():
        pick = chosen[at]
        if place_of_start.get(first) == pick.pts:
            continue
        low = bisect_left(timeline.pts, pick.target - window)
        high = bisect_left(timeline.pts, pick.target + window)
        same_run = [p for p in timeline.pts[low:high] if timeline.start_of(p) == first]
        if same_run:
            chosen[at] = Pick(pick.target, min(same_run, key=lambda p: (timeline.position[p], p)))
    return chosen
