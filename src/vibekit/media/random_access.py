"""Where decoding may begin: read from the coded pictures themselves, because containers mark too much as a keyframe.

A packet is a *start* when a decoder that begins there gives the same pictures as one that came from the beginning:

* H.264: IDR pictures only. Other I pictures (recovery points, open GOPs) may leave later pictures without their
  references, which FFmpeg replaces by green or grey without an error.
* HEVC: IDR, BLA and CRA. Pictures that are shown before a CRA (leading pictures) belong to the GOP before it.
* VP8, VP9, AV1: key frames by their own header (AV1: shown, and with a sequence header in the same packet).
* Intra-only codecs: every packet. Any other codec: the first packet only, so it is decoded in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRA_ONLY = frozenset(
    {"mjpeg", "prores", "dnxhd", "rawvideo", "png", "v210", "dvvideo", "huffyuv", "ffvhuff", "utvideo"}
)

_X264_MARK = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
_H264_VCL = range(1, 6)
_H264_IDR, _H264_SEI, _H264_SPS, _H264_PPS = 5, 6, 7, 8
_HEVC_IRAP = range(16, 22)
_HEVC_FIRST_NON_VCL = 32
_HEVC_SETS = range(32, 35)
_AV1_SEQUENCE, _AV1_HEADER, _AV1_FRAME = 1, 3, 6


@dataclass(frozen=True, slots=True)
class Access:
    """What one packet says about beginning at it.

    Attributes:
        start: A decoder that holds the right parameter sets may begin here.
        sets: Parameter sets inside the packet (H.264 SPS/PPS, HEVC VPS/SPS/PPS), each as its bytes.
        complete: The packet brings at least one SPS and one PPS of its own.
        encoder_note: An x264 version note as a packet of its own, or empty. FFmpeg reads the version from it to undo an
            error of old x264 4:4:4 streams; a decoder that never saw the note gives green pictures.
        layered: Not in the base temporal layer (HEVC), so that "not referenced" holds inside its layer only.
    """

    start: bool
    sets: tuple[bytes, ...] = ()
    complete: bool = False
    encoder_note: bytes = b""
    layered: bool = False


class AccessReader:
    """Tells for each packet of one stream whether decoding may begin there.

    Args:
        codec: FFmpeg's decoder name.
        extradata: The stream's header bytes; they say how NAL units are framed.
    """

    def __init__(self, codec: str, extradata: bytes) -> None:
        self._read = {
            "h264": self._h264,
            "hevc": self._hevc,
            "vp8": _vp8,
            "vp9": _vp9,
            "av1": _av1,
            "libdav1d": _av1,
        }.get(codec, _always if codec in INTRA_ONLY else _never)
        self._length_size = _length_size(codec, extradata)

    def read(self, packet: memoryview) -> Access:
        """Read one packet; damage in it makes it no start."""
        try:
            return self._read(packet)
        except IndexError:
            return Access(start=False)

    def _h264(self, packet: memoryview) -> Access:
        first_picture, sets, note = None, [], b""
        kinds = set()
        for unit in nal_units(packet, self._length_size):
            kind = unit[0] & 31
            kinds.add(kind)
            if kind in _H264_VCL:
                first_picture = kind if first_picture is None else first_picture
            elif kind in (_H264_SPS, _H264_PPS):
                sets.append(bytes(unit))
            elif kind == _H264_SEI and _X264_MARK in bytes(unit):
                note = _framed(unit, self._length_size)
        complete = _H264_SPS in kinds and _H264_PPS in kinds
        return Access(first_picture == _H264_IDR, tuple(sets), complete, note)

    def _hevc(self, packet: memoryview) -> Access:
        first_picture, sets, kinds, layered = None, [], set(), False
        for unit in nal_units(packet, self._length_size):
            kind = (unit[0] >> 1) & 63
            kinds.add(kind)
            if kind < _HEVC_FIRST_NON_VCL:
                first_picture = kind if first_picture is None else first_picture
                layered = layered or (unit[1] & 7) > 1
            elif kind in _HEVC_SETS:
                sets.append(bytes(unit))
        complete = kinds.issuperset(_HEVC_SETS)
        return Access(first_picture in _HEVC_IRAP, tuple(sets), complete, b"", layered)


def nal_units(packet: memoryview, length_size: int) -> Iterator[memoryview]:
    """Split a packet into NAL units, without empty ones.

    Args:
        packet: The coded bytes.
        length_size: Bytes of the length in front of each unit; 0 for start codes (Annex B).
    """
    if length_size:
        position, size = 0, len(packet)
        while position + length_size < size:
            length = int.from_bytes(packet[position : position + length_size], "big")
            position += length_size
            if length:
                yield packet[position : position + length]
            position += length
        return
    data = bytes(packet)
    mark = data.find(b"\0\0\1")
    while mark >= 0:
        following = data.find(b"\0\0\1", mark + 3)
        unit = data[mark + 3 : following if following >= 0 else len(data)]
        if unit:
            yield memoryview(unit)
        mark = following


def _framed(unit: memoryview, length_size: int) -> bytes:
    prefix = len(unit).to_bytes(length_size, "big") if length_size else b"\0\0\0\1"
    return prefix + bytes(unit)


def _length_size(codec: str, extradata: bytes) -> int:
    if codec == "h264" and len(extradata) > 6 and extradata[0] == 1:
        return (extradata[4] & 3) + 1
    if codec == "hevc" and len(extradata) > 22 and (extradata[0] == 1 or extradata[:3] not in {b"\0\0\0", b"\0\0\1"}):
        return (extradata[21] & 3) + 1
    return 0


def _always(_packet: memoryview) -> Access:
    return Access(start=True)


def _never(_packet: memoryview) -> Access:
    return Access(start=False)


def _vp8(packet: memoryview) -> Access:
    return Access(start=not packet[0] & 1)


def _vp9(packet: memoryview) -> Access:
    head = packet[0]
    profile = (head >> 5 & 1) | (head >> 4 & 1) << 1
    flags = head >> 1 if profile == 3 else head >> 2
    # Bits: frame marker (2), profile (2), [reserved], show existing frame, frame type (0 is a key frame).
    return Access(start=head >> 6 == 2 and flags & 3 == 0)


def _av1(packet: memoryview) -> Access:
    sequence = False
    for kind, payload in _obus(packet):
        if kind == _AV1_SEQUENCE:
            sequence = True
            if payload[0] & 8:
                return Access(start=True)
        elif kind in (_AV1_HEADER, _AV1_FRAME):
            # Bits: show existing frame (0), frame type (00 is a key frame), show frame (1).
            return Access(start=sequence and payload[0] >> 4 == 1)
    return Access(start=False)


def _obus(packet: memoryview) -> Iterator[tuple[int, memoryview]]:
    position = 0
    while position < len(packet):
        head = packet[position]
        position += 2 if head & 4 else 1
        size = len(packet) - position
        if head & 2:
            size, shift = 0, 0
            while True:
                byte = packet[position]
                size |= (byte & 127) << shift
                position, shift = position + 1, shift + 7
                if not byte & 128:
                    break
        yield head >> 3 & 15, packet[position : position + size]
        position += size
