"""One pass over a video's packets without decoding: when each picture is shown, and where decoding may begin."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av.error

from vibekit.media.opening import best_video, only, opened, reason_of
from vibekit.media.plan import Timeline
from vibekit.media.random_access import Access, AccessReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

KEEP_IN_MEMORY = 192 << 20
"""Files up to this size keep their packets in memory between planning and decoding; larger ones are read twice."""


@dataclass(frozen=True, slots=True)
class PacketTable:
    """What one pass over the packets found.

    Attributes:
        timeline: The pictures; empty when there are none.
        time_base: Seconds per tick.
        packets: The packets in file order; None when the file is too large to keep them.
        notes: Place -> x264 version note of that packet (see ``random_access``).
        skippable: Pictures that nothing refers to may be left undecoded.
        hidden: Packets that an edit list takes out of what is shown.
        timed: Every packet says when its picture is shown; otherwise only decoding can tell.
        problem: Why pictures are missing at the end of the file; empty when none seem to be.
    """

    timeline: Timeline
    time_base: Fraction
    packets: list[Packet[VideoStream]] | None
    notes: dict[int, bytes]
    skippable: bool
    hidden: int
    timed: bool
    problem: str


def coded(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Yield the packets of one stream that hold anything, in file order."""
    return (packet for packet in container.demux(stream) if packet.size)


def read_packets(
    container: InputContainer, stream: VideoStream, *, path: str | bytes, keep_bytes: int = KEEP_IN_MEMORY
) -> PacketTable:
    """Read the packet table of a freshly opened file; the container stands at its end afterwards.

    Args:
        container: The open file.
        stream: Its picture.
        path: The file.
        keep_bytes: Larger files do not keep their packets in memory.
    """
    keep = Path(os.fsdecode(path)).stat().st_size <= keep_bytes
    kept: list[Packet[VideoStream]] = []
    survey = _Survey(stream)
    problem = ""
    try:
        for packet in coded(container, stream):
            survey.add(packet)
            if keep:
                kept.append(packet)
    except av.error.FFmpegError as error:
        problem = f"the file cannot be read to its end: {reason_of(error)}"
    timeline = survey.timeline(stream)
    return PacketTable(
        timeline=timeline,
        time_base=survey.time_base,
        packets=kept if keep else None,
        notes=survey.notes,
        skippable=survey.skippable,
        hidden=survey.hidden,
        timed=survey.timed,
        problem=problem or survey.cut_short(timeline, stream),
    )


def reread(path: str | bytes) -> Iterator[Packet[VideoStream]]:
    """Yield the packets of the best video stream again, from a file of its own."""
    with opened(path) as container:
        stream = best_video(container)
        if stream is not None:
            only(container, stream)
            yield from coded(container, stream)


_CLOCK_SLACK_S = 0.5


class _Survey:
    """Gathers the table packet by packet."""

    def __init__(self, stream: VideoStream) -> None:
        context = stream.codec_context
        self.time_base: Fraction = stream.time_base or Fraction(1, 1_000_000)
        self._extradata = context.extradata or b""
        self._reader = AccessReader(context.name, self._extradata)
        self._first_sets: tuple[bytes, ...] = ()
        self._foreign_sets = False
        self._count = 0
        self._last_duration = 0
        self._last_pts: int | None = None
        self._corrupt = 0
        self._corrupt_last = False
        self._largest_dts: int | None = None
        self._jumps = False
        self._positions: dict[int, int] = {}
        self._starts: list[tuple[int, int]] = []
        self.notes: dict[int, bytes] = {}
        self.hidden = 0
        self.timed = True
        self.skippable = context.name in {"h264", "hevc"}

    def add(self, packet: Packet[VideoStream]) -> None:
        """Take in the next packet."""
        place, pts = self._count, packet.pts
        self._count += 1
        access = self._reader.read(memoryview(packet))
        self._corrupt_last = packet.is_corrupt
        self._corrupt += packet.is_corrupt
        self._watch_clock(packet.dts)
        if access.encoder_note:
            self.notes[place] = access.encoder_note
        # "Not referenced" holds within a temporal layer only, so a stream with layers is decoded in full.
        self.skippable = self.skippable and not access.layered
        starts_here = self._may_start(packet, access, place)
        if pts is None:
            self.timed = False
            return
        if starts_here:
            self._starts.append((place, pts))
        if packet.is_discard:
            self.hidden += 1
        else:
            self._positions[pts] = place
            if self._last_pts is None or pts >= self._last_pts:
                self._last_pts, self._last_duration = pts, packet.duration or 0

    def _watch_clock(self, dts: int | None) -> None:
        """Notice decoding times that run back: several recordings in one file, of which the later hide the earlier."""
        if dts is None:
            return
        if self._largest_dts is not None and (self._largest_dts - dts) * self.time_base > _CLOCK_SLACK_S:
            self._jumps = True
        self._largest_dts = dts if self._largest_dts is None else max(self._largest_dts, dts)

    def _may_start(self, packet: Packet[VideoStream], access: Access, place: int) -> bool:
        """Decide whether a decoder that skipped everything before still has the right parameter sets."""
        if place == 0:
            self._first_sets = access.sets
            return access.start
        renewed = packet.has_sidedata("new_extradata") or packet.has_sidedata("param_change")
        ready = access.start and (access.complete or not self._foreign_sets)
        if renewed or any(s not in self._first_sets and s not in self._extradata for s in access.sets):
            self._foreign_sets = True
            return access.start and (renewed or access.complete)
        return ready

    def timeline(self, stream: VideoStream) -> Timeline:
        """Return what was gathered."""
        pts = tuple(sorted(self._positions))
        if not pts:
            return Timeline((), 0)
        return Timeline(pts, pts[-1] + self._last_step(pts, stream), self._positions, tuple(self._starts))

    def _last_step(self, pts: tuple[int, ...], stream: VideoStream) -> int:
        if self._last_duration > 0:
            return self._last_duration
        if len(pts) > 1:
            return pts[-1] - pts[-2]
        rate = stream.average_rate or stream.guessed_rate
        return max(1, round(1 / (rate * self.time_base))) if rate else 1

    def cut_short(self, timeline: Timeline, stream: VideoStream) -> str:
        """Say what is missing or hidden as far as packets tell; empty when nothing seems to be."""
        if not timeline.pts:
            return ""
        if self._jumps:
            return "its clock jumps back: several recordings in one file, which hide each other; cut it into files"
        there = float((timeline.end - timeline.pts[0]) * self.time_base)
        promised = float(stream.duration * self.time_base) if stream.duration else _tagged_duration_s(stream)
        if promised - there > max(1.0, 0.05 * promised):
            return f"the file holds {there:.1f} s of the {promised:.1f} s that its header promises"
        if self._corrupt > self._corrupt_last:
            return f"{self._corrupt} packets of the picture are damaged"
        return "the last picture is cut off" if self._corrupt_last else ""


def _tagged_duration_s(stream: VideoStream) -> float:
    """Return the length that Matroska writes as a tag, such as ``00:00:06.020000000``; 0 when there is none."""
    hours, minutes, seconds = [*stream.metadata.get("DURATION", "").split(":"), "", "", ""][:3]
    try:
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return 0.0
