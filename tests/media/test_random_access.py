from __future__ import annotations

from typing import TYPE_CHECKING

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.media.random_access import INTRA_ONLY, AccessReader, nal_units

if TYPE_CHECKING:
    from pathlib import Path

CODECS = ["h264", "hevc", "vp8", "vp9", "libdav1d", "mjpeg", "mpeg4", "gif"]
AVCC = bytes([1, 100, 0, 31, 0xFF, 0xE1, 0, 0])
units = st.lists(st.binary(min_size=1, max_size=40).filter(lambda b: b"\0\0" not in b and b[-1] != 0), max_size=8)


@given(st.sampled_from(CODECS), st.binary(max_size=60), st.binary(max_size=200))
def test_no_bytes_make_it_raise(codec: str, extradata: bytes, packet: bytes) -> None:
    access = AccessReader(codec, extradata).read(memoryview(packet))
    assert access.start in {True, False}


@given(units, st.sampled_from([1, 2, 4]))
def test_units_with_lengths_come_back(parts: list[bytes], size: int) -> None:
    packet = b"".join(len(part).to_bytes(size, "big") + part for part in parts)
    assert [bytes(unit) for unit in nal_units(memoryview(packet), size)] == parts


@given(units, st.sampled_from([b"\0\0\1", b"\0\0\0\1"]))
def test_units_with_start_codes_come_back(parts: list[bytes], mark: bytes) -> None:
    packet = b"".join(mark + part for part in parts)
    assert [bytes(unit).rstrip(b"\0") for unit in nal_units(memoryview(packet), 0)] == parts


def test_h264_starts_at_idr_pictures_only() -> None:
    reader = AccessReader("h264", AVCC)

    def packet(*kinds: int) -> memoryview:
        return memoryview(b"".join(b"\0\0\0\2" + bytes([kind, 0x80]) for kind in kinds))

    assert reader.read(packet(6, 5)).start
    assert not reader.read(packet(6, 1)).start
    assert reader.read(packet(7, 8, 5)).complete
    assert not reader.read(packet(7, 5)).complete


def test_an_x264_note_is_kept_as_a_packet_of_its_own(clips: dict[str, Path]) -> None:
    with av.open(str(clips["gop60.mp4"])) as container:
        stream = container.streams.video[0]
        reader = AccessReader("h264", stream.codec_context.extradata or b"")
        notes = [reader.read(memoryview(packet)).encoder_note for packet in container.demux(stream) if packet.size]
    assert b"x264 - core" in notes[0]
    assert not any(notes[1:])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gop60.mp4", {0, 24, 48, 72}), ("vp8.webm", {0, 24}), ("vp9.webm", {0, 24}), ("one_gop.mp4", {0}),
        ("mpeg4.avi", set()), ("animation.gif", set()), ("intra.mkv", set(range(48))),
    ],
)  # fmt: skip
def test_starts_of_real_streams(name: str, expected: set[int], clips: dict[str, Path]) -> None:
    with av.open(str(clips[name])) as container:
        stream = container.streams.video[0]
        reader = AccessReader(stream.codec_context.name, stream.codec_context.extradata or b"")
        packets = [packet for packet in container.demux(stream) if packet.size]
        starts = {place for place, packet in enumerate(packets) if reader.read(memoryview(packet)).start}
    assert starts == expected
    assert "mjpeg" in INTRA_ONLY


def test_open_gops_have_keyframes_that_are_no_starts(clips: dict[str, Path]) -> None:
    with av.open(str(clips["open_gop.mp4"])) as container:
        stream = container.streams.video[0]
        reader = AccessReader("h264", stream.codec_context.extradata or b"")
        packets = [packet for packet in container.demux(stream) if packet.size]
        starts = sum(reader.read(memoryview(packet)).start for packet in packets)
    assert starts < sum(packet.is_keyframe for packet in packets)
