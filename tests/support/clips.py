"""Clips with a frame number burnt in, and what decoding them in order gives."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from vibekit.media.pictures import PictureEncoder
from vibekit.media.synthesis import ClipSpec, Shot, SoundSpec, write_clip

LONG_SIDE = 320
QUALITY = 92
_FOUR = (Shot(seconds=2.5), Shot(seconds=1.5, hue=0.1, brightness=0.6, speed=0.2))

CLIPS: dict[str, ClipSpec] = {
    "gop60.mp4": ClipSpec(gop=24, shots=_FOUR, barcode=True),
    "gop250.mp4": ClipSpec(gop=60, shots=_FOUR, barcode=True, sound=None),
    "one_gop.mp4": ClipSpec(gop=1000, shots=_FOUR, barcode=True),
    "no_b_frames.mp4": ClipSpec(gop=12, b_frames=0, barcode=True),
    "many_b_frames.mkv": ClipSpec(
        gop=36,
        b_frames=6,
        shots=_FOUR,
        barcode=True,
        options=(("x264-params", "keyint=36:bframes=6:b-pyramid=normal"),),
    ),
    "open_gop.mp4": ClipSpec(gop=12, open_gop=True, shots=_FOUR, barcode=True),
    "open_gop_hevc.mp4": ClipSpec(codec="libx265", gop=12, open_gop=True, shots=_FOUR, barcode=True),
    "transport.ts": ClipSpec(gop=24, shots=_FOUR, barcode=True, sound=None),
    "uneven.mp4": ClipSpec(uneven=True, shots=_FOUR, barcode=True),
    "no_audio.mp4": ClipSpec(sound=None, barcode=True),
    "turned_90.mp4": ClipSpec(rotation=90, width=180, height=320, barcode=True),
    "turned_180.mp4": ClipSpec(rotation=180, barcode=True),
    "turned_270.mp4": ClipSpec(rotation=270, width=180, height=320, barcode=True),
    "odd_size.mp4": ClipSpec(width=163, height=91, pixel_format="yuv444p", barcode=True),
    "ten_bit.mp4": ClipSpec(pixel_format="yuv420p10le", barcode=True),
    "tiny.mp4": ClipSpec(width=16, height=16, sound=None),
    "vp8.webm": ClipSpec(codec="libvpx", b_frames=0, gop=24, barcode=True),
    "vp9.webm": ClipSpec(codec="libvpx-vp9", b_frames=0, gop=24, barcode=True),
    "wide_pixels.mp4": ClipSpec(pixel_shape=Fraction(4, 3), barcode=True, sound=SoundSpec(kind="noise")),
    "mpeg4.avi": ClipSpec(codec="mpeg4", b_frames=0, gop=12, barcode=True, sound=None),
    "intra.mkv": ClipSpec(codec="mjpeg", pixel_format="yuvj420p", b_frames=0, barcode=True, sound=None),
    "animation.gif": ClipSpec(codec="gif", pixel_format="rgb8", b_frames=0, fps=10, barcode=True, sound=None),
    "five_frames.gif": ClipSpec(
        codec="gif", pixel_format="rgb8", b_frames=0, fps=10, barcode=True, sound=None, shots=(Shot(seconds=0.5),)
    ),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture as decoding in order shows it: time in ticks and seconds from the first one, and its JPEG."""

    pts: int
    time_s: float
    jpeg: bytes


def write_clips(folder: Path) -> dict[str, Path]:
    """Write every clip; returns its file by name."""
    for name, spec in CLIPS.items():
        write_clip(folder / name, spec)
    return {name: folder / name for name in CLIPS}


def decoded_in_order(path: Path, *, long_side: int = LONG_SIDE, quality: int = QUALITY) -> list[Reference]:
    """Decode every picture in the order of the file, as a player does, and sort by time."""
    with av.open(f"file:{path}") as container:
        best = container.streams.best("video")
        assert best is not None
        stream = next(s for s in container.streams.video if s.index == best.index)
        encoder = PictureEncoder(long_side=long_side, quality=quality, shape=stream.sample_aspect_ratio)
        shown = {f.pts: encoder.encode(f).jpeg for f in container.decode(stream) if f.pts is not None}
        base, first = stream.time_base, min(shown)
        assert base is not None
        return [Reference(pts, float((pts - first) * base), shown[pts]) for pts in sorted(shown)]


def cut_off(path: Path, target: Path, *, share: float) -> Path:
    """Write the first part of a file."""
    data = path.read_bytes()
    target.write_bytes(data[: round(len(data) * share)])
    return target


def with_damaged_tail(path: Path, target: Path, *, share: float) -> Path:
    """Write a file whose coded pictures turn to noise after a share of its bytes; its index stays whole."""
    with av.open(f"file:{path}") as container:
        stream = container.streams.video[0]
        places = [(p.pos, p.size) for p in container.demux(stream) if p.size and p.pos is not None]
    data = bytearray(path.read_bytes())
    for at, size in places[round(len(places) * share) :]:
        data[at + 4 : at + size] = b"\xa5" * (size - 4)
    target.write_bytes(bytes(data))
    return target


def bench_data() -> Path | None:
    """Return the folder of sample files from outside, if there is one."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("VIBEKIT_BENCH_DATA", str(beside)))
    return folder if (folder / "decode").is_dir() else None
