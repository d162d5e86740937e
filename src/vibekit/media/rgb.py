"""Frames as arrays, for embedders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import simplejpeg

from vibekit.core.media import SAMPLER_VERSION, FrameSampling, SamplingMode, VerdictState
from vibekit.media.opening import UnreadableError
from vibekit.media.pyav_frames import PyavFrames

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUALITY = 95
"""Of the JPEG in between: the sampler's own output, in which frames also go to annotators."""


class RgbFrames(NamedTuple):
    """Decoded frames.

    Attributes:
        pixels: uint8 RGB, shape (n, height, width, 3), upright, in order of time; n is at least 1.
        times_s: float64, shape (n,): seconds from the first picture.
        note: What was wrong with the file; empty when all frames came.
    """

    pixels: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    note: str


def rgb_parameters(count: int, long_side: int) -> dict[str, Any]:
    """Return everything that can change the frames of a file, as JSON values."""
    chosen = _sampling(count, long_side)
    return {
        "frames": count, "long_side": long_side, "mode": str(chosen.mode), "near": chosen.near,
        "quality": QUALITY, "sampler": SAMPLER_VERSION,
    }  # fmt: skip


def rgb_frames(path: str | bytes, *, count: int, long_side: int) -> RgbFrames:
    """Take the centres of ``count`` equal parts of a video, cheaply: a keyframe near the centre where there is one.

    Raises:
        UnreadableError: No frame can be had from it.
    """
    taken = PyavFrames().frames(path, _sampling(count, long_side))
    if not taken.frames:
        raise UnreadableError(taken.verdict.reason or "no picture in it")
    pictures = [simplejpeg.decode_jpeg(frame.jpeg, colorspace="RGB") for frame in taken.frames]
    shape = pictures[0].shape
    pixels = np.stack([p if p.shape == shape else _resized(p, shape[0], shape[1]) for p in pictures])
    note = taken.verdict.reason if taken.verdict.state is VerdictState.PARTIAL else ""
    return RgbFrames(pixels, np.array([frame.time_s for frame in taken.frames]), note)


def _sampling(count: int, long_side: int) -> FrameSampling:
    return FrameSampling(frames=count, mode=SamplingMode.NEAR, long_side=long_side, quality=QUALITY)


def _resized(picture: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Give a picture of another size (the video changes its size midway) the size of the first, by nearest pixels."""
    rows = np.arange(height) * picture.shape[0] // height
    columns = np.arange(width) * picture.shape[1] // width
    resized: NDArray[np.uint8] = picture[rows][:, columns]
    return resized
