"""Motion, cuts, brightness, colour and contrast on small pictures, a few every second."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from av.video.reformatter import VideoReformatter

from vibekit.core.signals import Signal
from vibekit.media.decoding import RunDecoder
from vibekit.media.in_order import InOrder
from vibekit.media.opening import UnreadableError, only, opened
from vibekit.media.packets import read_packets
from vibekit.media.pictures import fitted, turn_of, turned
from vibekit.media.plan import runs
from vibekit.media.pyav_frames import video_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from vibekit.media.plan import Timeline

    Floats = NDArray[np.float64]

LONG_SIDE = 96
"""Pixels: enough for colour and coarse motion, and small enough that noise and compression do not count."""
PER_SECOND = 8
"""Pictures that are looked at."""
PIECES = 12
"""Parts that a long video is measured in."""
_APART = Fraction(1, PER_SECOND)
LONGEST_GAP_S = 1.0
"""Two pictures further apart, in seconds, say nothing about motion."""
# A cut changes much, stands out from the movement around it, and leaves other colours in other places.
_CUT_CHANGE = 0.07
_CUT_STANDS_OUT = 1.8
_CUT_COLOURS = 0.2
_CUT_OTHER_COLOURS = 0.5
_CUT_LIKENESS = 0.6


@dataclass(frozen=True, slots=True)
class PictureMeasurements:
    """The picture signals that could be measured, on how many seconds and pictures."""

    values: dict[Signal, float]
    duration_s: float
    frames: int
    problem: str = ""
    damaged: int = 0


@dataclass(slots=True)
class Trouble:
    """What was wrong with the file, as far as it was read."""

    problem: str = ""
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Small:
    """A small picture: time in seconds, piece of the video, RGB float64 (height, width, 3) in 0-255, luma 0-1."""

    time_s: float
    piece: int
    rgb: Floats
    luma: Floats


def measure_picture(path: str | bytes, *, max_s: float) -> PictureMeasurements:
    """Measure the picture of one video.

    Args:
        path: The file.
        max_s: Of a longer video, ``PIECES`` equal parts of this many seconds in all, spread evenly.

    Raises:
        UnreadableError: No picture can be decoded.
    """
    trouble = Trouble()
    smalls = sorted(smalls_of(path, max_s, trouble), key=lambda s: s.time_s)
    if not smalls:
        raise UnreadableError("no picture in it can be decoded")
    values = {
        Signal.BRIGHTNESS: float(np.mean([s.luma.mean() for s in smalls])),
        Signal.COLOURFULNESS: float(np.mean([colourfulness(s.rgb) for s in smalls])),
        Signal.CONTRAST: float(np.mean([s.luma.std() * 255 / 128 for s in smalls])),
    }
    pairs = neighbours(smalls)
    seconds = sum(b.time_s - a.time_s for a, b in pairs)
    if pairs and seconds > 0:
        values |= _changes(pairs, seconds)
    return PictureMeasurements(values, seconds, len(smalls), trouble.problem, trouble.damaged)


def colourfulness(rgb: Floats) -> float:
    """Return the M3 measure of Hasler and Suesstrunk 2003 ("Measuring colourfulness in natural images").

    Args:
        rgb: 0-255, shape (height, width, 3).

    Returns:
        About 0 (grey), 33 (moderate), 59 (quite), 109 (extremely colourful).
    """
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    rg, yb = red - green, (red + green) / 2 - blue
    return float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))


def neighbours(smalls: list[Small]) -> list[tuple[Small, Small]]:
    """Pair each picture with the next one, where nothing lies between them that was left out and both have one size."""
    return [
        (a, b)
        for a, b in pairwise(smalls)
        if a.piece == b.piece and b.time_s - a.time_s <= LONGEST_GAP_S and a.luma.shape == b.luma.shape
    ]


def _changes(pairs: list[tuple[Small, Small]], seconds: float) -> dict[Signal, float]:
    change = np.array([float(np.abs(b.luma - a.luma).mean()) for a, b in pairs])
    cut = cuts(pairs)
    pace = np.array([float(_APART) / max(float(_APART), b.time_s - a.time_s) for a, b in pairs])
    moving = (change * pace)[~cut]
    return {
        Signal.MOTION: float(moving.mean()) if len(moving) else 0.0,
        Signal.CUT_RATE: float(cut.sum()) / seconds,
    }


def cuts(pairs: list[tuple[Small, Small]]) -> NDArray[np.bool_]:
    """Say between which of the pairs the shot changes; shape (pairs,)."""
    change = np.array([float(np.abs(b.rgb - a.rgb).mean()) / 255 for a, b in pairs])
    colours = np.array([_histogram_distance(a.rgb, b.rgb) for a, b in pairs])
    alike = np.array([likeness(a.luma, b.luma) for a, b in pairs])
    around = np.array([np.median(change[max(0, i - 4) : i + 5]) for i in range(len(change))])
    sudden = (change > _CUT_CHANGE) & (change > _CUT_STANDS_OUT * around)
    return sudden & (((colours > _CUT_COLOURS) & (alike < _CUT_LIKENESS)) | (colours > _CUT_OTHER_COLOURS))


def likeness(a: Floats, b: Floats) -> float:
    """Return the correlation of two pictures: 1 for the same, 0 for unrelated ones."""
    x, y = a - a.mean(), b - b.mean()
    return float((x * y).mean() / max(1e-6, x.std() * y.std()))


def _histogram_distance(a: Floats, b: Floats) -> float:
    """Return half the sum of differences between two 4x4x4 colour histograms: 0 equal, 1 nothing in common."""
    return float(np.abs(_histogram(a) - _histogram(b)).sum()) / 2


def _histogram(rgb: Floats) -> Floats:
    bins = (rgb.astype(np.int64) >> 6).reshape(-1, 3) @ np.array([16, 4, 1])
    return np.bincount(bins, minlength=64) / len(bins)


def smalls_of(path: str | bytes, max_s: float, trouble: Trouble) -> Iterator[Small]:
    """Yield small pictures, about ``PER_SECOND`` of them."""
    scaler = VideoReformatter()
    with opened(path) as container:
        stream = video_stream(container)
        only(container, stream)
        table = read_packets(container, stream, path=path)
        trouble.problem = table.problem
        if not table.timed or not table.timeline.pts:
            yield from _in_order(path, max_s, scaler, trouble)
            return
        wanted = _wanted(table.timeline, table.time_base, max_s)
        decoder = RunDecoder(stream, table, path=path)
        first = table.timeline.pts[0]
        for run in runs(table.timeline, list(wanted)):
            for frame in decoder.frames(run):
                if frame.pts is not None:
                    yield _small(frame, scaler, float((frame.pts - first) * table.time_base), wanted[frame.pts])
        trouble.damaged = decoder.damaged


def _wanted(timeline: Timeline, time_base: Fraction, max_s: float) -> dict[int, int]:
    """Choose presentation times, and the piece that each belongs to: the first in every 1/8 s."""
    first = timeline.pts[0]
    span = (timeline.end - first) * time_base
    length = span if span <= max_s else Fraction(max_s) / PIECES
    pieces = [Fraction(0)] if span <= max_s else [k * (span - length) / (PIECES - 1) for k in range(PIECES)]
    chosen: dict[int, int] = {}
    seen: set[tuple[int, int]] = set()
    for pts in timeline.pts:
        at = (pts - first) * time_base
        for piece, begin in enumerate(pieces):
            slot = (piece, int((at - begin) / _APART))
            if begin <= at < begin + length and slot not in seen:
                seen.add(slot)
                chosen[pts] = piece
    return chosen


def _in_order(path: str | bytes, max_s: float, scaler: VideoReformatter, trouble: Trouble) -> Iterator[Small]:
    """Measure the beginning of a video whose packets do not tell when pictures are shown."""
    reading = InOrder(path)
    first, slot = None, -1
    for shown in reading.frames():
        first = shown.pts if first is None else first
        at = (shown.pts - first) * reading.time_base
        if at > max_s:
            break
        if int(at / _APART) > slot:
            slot = int(at / _APART)
            yield _small(shown.frame, scaler, float(at), 0)
    trouble.damaged = reading.damaged


def _small(frame: VideoFrame, scaler: VideoReformatter, time_s: float, piece: int) -> Small:
    width, height = fitted(frame.width, frame.height, long_side=LONG_SIDE)
    little = scaler.reformat(frame, width=width, height=height, format="rgb24", interpolation="AREA", threads=1)
    rgb = turned(little.to_ndarray().astype(np.uint8, copy=False), turn_of(frame)).astype(np.float64)
    luma = rgb @ np.array([0.299, 0.587, 0.114]) / 255
    return Small(time_s, piece, rgb, luma)
