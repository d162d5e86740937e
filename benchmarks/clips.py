"""Thousands of different clips in seconds: one is encoded, and each copy gets a box of its own that players skip."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import av
import numpy as np

from vibekit.media.synthesis import ClipSpec, Shot, write_clip

SMALL_BYTES = 60_000
_BOX_HEADER = 8
_COUNTER = 8
_WIDTH, _HEIGHT, _FPS, _PICTURES = 640, 360, 12, 24
_NOISE = 12.0
"""Of the noisy clip: 512 pixels wide at JPEG quality 85, its pictures take about 60 kB."""


def small_clips(folder: Path, count: int, *, size: int = SMALL_BYTES) -> Path:
    """Write clips of two seconds, each with other bytes; returns the folder with them."""
    clips = _made(folder)
    write_clip(folder / "small.mp4", ClipSpec(shots=(Shot(seconds=2.0),), width=160, height=96))
    return _copies((folder / "small.mp4").read_bytes(), clips, count, least=size)


def noisy_clips(folder: Path, count: int) -> Path:
    """Write clips of two seconds whose frames are as heavy as those of detailed footage; returns their folder."""
    clips = _made(folder)
    _write_noise(folder / "noisy.mp4")
    return _copies((folder / "noisy.mp4").read_bytes(), clips, count, least=0)


def title(number: int) -> str:
    """Return the title of a clip; no title is a part of another."""
    return f"Clip {number:06d} of the series"


def write_titles(clips: Path, table: Path) -> dict[str, str]:
    """Write a table with a title for every clip; returns file name -> title."""
    titles = {path.name: title(int(path.stem)) for path in sorted(clips.iterdir())}
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "title"))
        writer.writerows(titles.items())
    return titles


def scripted(titles: dict[str, str], *, attribute: str, seed: int = 1) -> dict[str, dict[str, bool]]:
    """Draw a label for every title, in the shape that the loopback server takes."""
    dice = random.Random(seed)
    return {text: {attribute: dice.random() < 0.5} for text in titles.values()}


def _made(folder: Path) -> Path:
    clips = folder / "clips"
    clips.mkdir(parents=True)
    return clips


def _copies(source: bytes, clips: Path, count: int, *, least: int) -> Path:
    """Append to each copy a ``free`` box, the container's own way of holding bytes that mean nothing."""
    padding = max(_COUNTER, least - len(source) - _BOX_HEADER)
    header = (_BOX_HEADER + padding).to_bytes(4, "big") + b"free"
    for number in range(count):
        filling = number.to_bytes(_COUNTER, "big").ljust(padding, b"\0")
        (clips / f"{number:06d}.mp4").write_bytes(source + header + filling)
    return clips


def _write_noise(path: Path) -> None:
    """Encode a still picture of noise, so that the file stays small and every frame of it is heavy."""
    dice = np.random.default_rng(1)
    coarse = dice.normal(128, 3 * _NOISE, (_HEIGHT // 8, _WIDTH // 8, 3)).repeat(8, axis=0).repeat(8, axis=1)
    pixels = (coarse + dice.normal(0, 2 * _NOISE, (_HEIGHT, _WIDTH, 3))).clip(0, 255).astype(np.uint8)
    with av.open(str(path), mode="w") as container:
        stream = container.add_stream("libx264", rate=_FPS)
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        stream.options = {"crf": "14", "preset": "veryfast", "g": "12"}
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        for number in range(_PICTURES):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
