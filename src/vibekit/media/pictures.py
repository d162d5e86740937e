"""From a decoded picture to a small upright JPEG, without a detour over RGB."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import simplejpeg
from av.video.reformatter import VideoReformatter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av.buffer import Buffer
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

_PLAUSIBLE_SHAPE = (Fraction(1, 8), Fraction(8))


@dataclass(frozen=True, slots=True)
class Turn:
    """How a player turns the stored picture before showing it.

    Attributes:
        transpose: Swap rows and columns first.
        flip_x: Then mirror left and right.
        flip_y: Then mirror top and bottom.
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def clockwise(self) -> int:
        """Degrees clockwise, mirroring left aside: 0, 90, 180 or 270."""
        if self.transpose:
            return 90 if self.flip_x else 270
        return 180 if self.flip_y else 0


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


def turn_of(frame: VideoFrame) -> Turn:
    """Read the display matrix of a decoded picture; anything but quarter turns is rounded to one."""
    # The stubs describe this container as a typed dictionary of motion vectors only.
    held = cast("Mapping[str, Buffer]", frame.side_data).get("DISPLAYMATRIX")
    if held is None:
        return Turn()
    matrix = np.frombuffer(memoryview(held), dtype="<i4")
    # Row vectors: x' = a x + c y, y' = b x + d y.
    a, b, c, d = (int(matrix[i]) for i in (0, 1, 3, 4))
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(flip_x=a < 0, flip_y=d < 0)
    return Turn(transpose=True, flip_x=c < 0, flip_y=b < 0)


def pixel_shape(shape: Fraction | None) -> Fraction:
    """Return a pixel's width over its height; 1 when it is unknown or absurd."""
    low, high = _PLAUSIBLE_SHAPE
    return shape if shape and low <= shape <= high else Fraction(1)


def shown_size(width: int, height: int, shape: Fraction) -> tuple[int, int]:
    """Return the size of a stored picture once its pixels are made square (before any turn)."""
    return max(1, round(width * shape)), height


def fitted(width: int, height: int, *, long_side: int) -> tuple[int, int]:
    """Shrink a size so that its longest side fits, to even numbers; never enlarge (but for 1 pixel, which becomes 2).

    Even, because simplejpeg 1.9 reads beyond its planes when a side is odd: the same picture would give other bytes.
    """
    scale = min(Fraction(1), Fraction(long_side, max(width, height)))
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


class PictureEncoder:
    """Encodes the pictures of one video.

    Args:
        long_side: Longest side of the result in pixels.
        quality: JPEG quality, 1-100.
        shape: Width of a pixel over its height.
    """

    def __init__(self, *, long_side: int, quality: int, shape: Fraction | None) -> None:
        self._long_side = long_side
        self._quality = quality
        self._shape = pixel_shape(shape)
        self._scaler = VideoReformatter()

    def encode(self, frame: VideoFrame) -> Picture:
        """Shrink, turn and encode one picture of any pixel format."""
        width, height = fitted(*shown_size(frame.width, frame.height, self._shape), long_side=self._long_side)
        small = self._scaler.reformat(
            frame, width=width, height=height, format="yuvj420p", interpolation="AREA",
            dst_colorspace=_BT601, dst_color_range="JPEG", threads=1,
        )  # fmt: skip
        planes = [turned(p, turn_of(frame)) for p in _planes(small, width, height)]
        jpeg = simplejpeg.encode_jpeg_yuv_planes(*planes, quality=self._quality)
        return Picture(jpeg, planes[0].shape[1], planes[0].shape[0])


_BT601: Any = "ITU601"


def _planes(frame: VideoFrame, width: int, height: int) -> list[NDArray[np.uint8]]:
    half = (width // 2, height // 2)
    sizes = [(width, height), half, half]
    return [
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:h, :w]
        for plane, (w, h) in zip(frame.planes, sizes, strict=True)
    ]


def turned(plane: NDArray[np.uint8], turn: Turn) -> NDArray[np.uint8]:
    """Turn pixels of shape (height, width) or (height, width, channels)."""
    if turn.transpose:
        plane = plane.swapaxes(0, 1)
    if turn.flip_x:
        plane = plane[:, ::-1]
    if turn.flip_y:
        plane = plane[::-1]
    return np.ascontiguousarray(plane)
