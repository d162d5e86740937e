"""What the default decoder promises beyond the seam."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
import simplejpeg

from support.clips import CLIPS, LONG_SIDE, QUALITY, decoded_in_order
from vibekit.core.media import FrameSampling, SamplingMode, VerdictState
from vibekit.media.pictures import Turn, fitted, pixel_shape
from vibekit.media.pyav_frames import PyavFrames

if TYPE_CHECKING:
    from pathlib import Path

EXACT = FrameSampling(frames=16, mode=SamplingMode.EXACT, long_side=LONG_SIDE, quality=QUALITY)


@pytest.mark.parametrize("name", ["gop60.mp4", "open_gop_hevc.mp4", "vp9.webm", "transport.ts"])
def test_a_file_too_large_to_keep_gives_the_same_frames(name: str, clips: dict[str, Path]) -> None:
    for mode in SamplingMode:
        sampling = FrameSampling(frames=9, mode=mode)
        kept = PyavFrames().frames(str(clips[name]), sampling)
        assert kept == PyavFrames(keep_bytes=0).frames(str(clips[name]), sampling)
        assert len(kept.frames) == 9


def test_the_same_file_gives_the_same_bytes(clips: dict[str, Path]) -> None:
    for name in ("odd_size.mp4", "wide_pixels.mp4", "turned_90.mp4"):
        first = PyavFrames().frames(str(clips[name]), EXACT)
        assert all(PyavFrames().frames(str(clips[name]), EXACT) == first for _ in range(3))


def test_an_edit_list_hides_what_a_player_hides(clips: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "edited.mp4"
    path.write_bytes(_with_edit(clips["gop250.mp4"].read_bytes(), begin_s=1.0, length_s=1.5))
    reference = decoded_in_order(path)
    assert len(reference) < 2 * CLIPS["gop250.mp4"].fps
    taken = PyavFrames().frames(str(path), EXACT)
    assert taken.verdict.state is VerdictState.OK
    shown = {round(r.time_s, 9): r.jpeg for r in reference}
    assert [shown[round(f.time_s, 9)] for f in taken.frames] == [f.jpeg for f in taken.frames]


def _with_edit(data: bytes, *, begin_s: float, length_s: float) -> bytes:
    """Rewrite the first edit of the only track; times are in the movie's and the media's own ticks."""
    movie = int.from_bytes(data[(at := data.index(b"mvhd")) + 16 : at + 20], "big")
    media = int.from_bytes(data[(at := data.index(b"mdhd")) + 16 : at + 20], "big")
    at = data.index(b"elst") + 12
    edit = struct.pack(">II", round(length_s * movie), round(begin_s * media))
    return data[:at] + edit + data[at + 8 :]


def test_jpegs_are_what_was_asked_for(clips: dict[str, Path]) -> None:
    taken = PyavFrames().frames(str(clips["gop60.mp4"]), FrameSampling(frames=2, long_side=100))
    for frame in taken.frames:
        height, width, colours, subsampling = simplejpeg.decode_jpeg_header(frame.jpeg)
        assert (width, height, colours, subsampling) == (100, 56, "YCbCr", "420")


def test_sizes_are_even_never_enlarged_and_fit() -> None:
    assert fitted(1920, 1080, long_side=512) == (512, 288)
    assert fitted(163, 91, long_side=512) == (162, 90)
    assert fitted(1, 1, long_side=512) == (2, 2)
    assert fitted(10_000, 3, long_side=512) == (512, 2)
    assert pixel_shape(None) == pixel_shape(pixel_shape(None) * 1000) == 1


def test_turns_are_named_clockwise() -> None:
    assert Turn().clockwise == 0
    assert Turn(transpose=True, flip_x=True).clockwise == 90
    assert Turn(flip_x=True, flip_y=True).clockwise == 180
    assert Turn(transpose=True, flip_y=True).clockwise == 270
