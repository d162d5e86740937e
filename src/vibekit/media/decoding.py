"""Decode runs of packets: nothing that is not needed, and never from a place that gives other pictures."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import av.error
from av.packet import Packet

from vibekit.media.packets import reread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from vibekit.media.packets import PacketTable
    from vibekit.media.plan import Run


class RunDecoder:
    """Decodes runs of one video, in the order of the file, with one thread.

    Args:
        stream: The stream that the table was read from; its decoder is used and must be fresh.
        table: Its packets.
        path: The file, read again when the table keeps no packets.

    Attributes:
        damaged: Packets that the decoder refused, plus pictures that it marked as corrupt.
    """

    def __init__(self, stream: VideoStream, table: PacketTable, *, path: str | bytes) -> None:
        self._context = stream.codec_context
        single_threaded(self._context)
        self._table = table
        self._reel = _Reel(table, path)
        self._note = b""
        self.damaged = 0

    def frames(self, run: Run) -> Iterator[VideoFrame]:
        """Yield the wanted pictures of a run as the decoder gives them."""
        self._prime(run.first)
        for place, packet in self._reel.between(run.first, run.last):
            if self._table.skippable:
                self._context.skip_frame = "DEFAULT" if packet.pts in run.wanted else "NONREF"
            self._note = self._table.notes.get(place, self._note)
            yield from self._kept(packet, run)
        # What still waits inside the decoder was fed with "wanted" set already.
        yield from self._kept(None, run)
        self._context.flush_buffers()

    def _kept(self, packet: Packet[VideoStream] | None, run: Run) -> Iterator[VideoFrame]:
        try:
            decoded = self._context.decode(packet)
        except av.error.FFmpegError:
            self.damaged += 1
            return
        for frame in decoded:
            # also one that nobody asked for: what was asked for may be predicted from it
            self.damaged += frame.is_corrupt
            if frame.pts in run.wanted:
                yield frame

    def _prime(self, first: int) -> None:
        """Show the decoder the encoder's note that it would have met on the way here."""
        due = max((place for place in self._table.notes if place <= first), default=None)
        if due is None or due == first or self._table.notes[due] == self._note:
            return
        self._note = self._table.notes[due]
        # A note alone is "no frame" to the decoder, which has read it by then.
        with suppress(av.error.FFmpegError):
            self._context.decode(Packet(self._note))
        self._context.flush_buffers()


class _Reel:
    """Gives packets by their place, from memory or by reading the file again; places ask forward only."""

    def __init__(self, table: PacketTable, path: str | bytes) -> None:
        self._kept = table.packets
        self._path = path
        self._again: Iterator[tuple[int, Packet[VideoStream]]] = iter(())
        self._next = -1

    def between(self, first: int, last: int) -> Iterator[tuple[int, Packet[VideoStream]]]:
        if self._kept is not None:
            yield from enumerate(self._kept[first : last + 1], first)
            return
        if self._next < 0 or first < self._next:
            self._again, self._next = enumerate(reread(self._path)), 0
        while self._next <= last:
            try:
                place, packet = next(self._again)
            except (StopIteration, av.error.FFmpegError):
                return
            self._next = place + 1
            if place >= first:
                yield place, packet


def single_threaded(context: VideoCodecContext) -> None:
    """Keep a decoder to one thread: workers are processes, and more threads only cost memory."""
    context.thread_count = 1
    context.thread_type = "NONE"
