"""Painted pictures: a drifting texture of known brightness, colour and speed, and a frame number to read back."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import simplejpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

BITS = 16
"""Blocks of the frame number, most significant bit first, along the upper edge."""
_STRIP = 8
_UNCLEAR = (70.0, 185.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What is seen between two cuts.

    Attributes:
        seconds: Length.
        speed: How far the texture drifts in a second, in picture widths; 0 stands still.
        brightness: Middle grey level, 0-1.
        contrast: Depth of the texture, 0-1; 0 is a plain colour.
        hue: Colour as a share of the colour circle, 0-1.
        colour: Saturation, 0-1; 0 is grey.
        detail: Waves of the texture across the picture.
    """

    seconds: float = 2.0
    speed: float = 0.05
    brightness: float = 0.5
    contrast: float = 0.5
    hue: float = 0.6
    colour: float = 0.4
    detail: int = 3


def paint(shots: tuple[Shot, ...], at_s: float, *, width: int, height: int, number: int | None) -> Pixels:
    """Paint the picture at a time.

    Args:
        shots: One after the other.
        at_s: Seconds from the beginning; after the end the last shot goes on.
        width: Pixels.
        height: Pixels.
        number: Frame number to burn in, 0-65535; None for none.

    Returns:
        RGB, shape (height, width, 3).
    """
    begin = 0.0
    shot = shots[-1]
    for candidate in shots:
        shot = candidate
        if at_s < begin + candidate.seconds:
            break
        begin += candidate.seconds
    pixels = _texture(shot, at_s, width, height)
    if number is not None:
        _burn(pixels, number)
    return pixels


def frame_number(jpeg: bytes) -> int | None:
    """Read the number back from an upright JPEG; None when a block is neither dark nor light."""
    grey = simplejpeg.decode_jpeg(jpeg, colorspace="GRAY")[..., 0]
    height, width = grey.shape
    row = height // _STRIP // 2
    number = 0
    for bit in range(BITS):
        level = float(grey[row, round((bit + 0.5) * width / BITS)])
        if _UNCLEAR[0] < level < _UNCLEAR[1]:
            return None
        number = number * 2 + (level > 127)
    return number


def _texture(shot: Shot, at_s: float, width: int, height: int) -> Pixels:
    across = np.linspace(0, 1, width, endpoint=False) - shot.speed * at_s
    down = np.linspace(0, 1, height, endpoint=False)[:, None] - 0.37 * shot.speed * at_s
    turn = 2 * np.pi * shot.detail
    wave = 0.5 * np.sin(turn * across) * np.cos(turn * 0.6 * down) + 0.5 * np.sin(
        turn * (0.7 * across + 0.9 * down) + 1
    )
    value = np.clip(shot.brightness + 0.5 * shot.contrast * wave, 0, 1)
    drift = 0.04 * shot.colour * np.cos(turn * 0.3 * (across + down))
    tint = np.stack([_tint(shot.hue + shift, shot.colour) for shift in (-0.04, 0.04)])
    share = np.clip(0.5 + drift * 12, 0, 1)[..., None]
    pixels: Pixels = (value[..., None] * (tint[0] * share + tint[1] * (1 - share)) * 255).clip(0, 255).astype(np.uint8)
    return pixels


def _tint(hue: float, colour: float) -> NDArray[np.float64]:
    """Return RGB factors of a colour whose luma is 1 at most, so that brightness keeps its meaning."""
    rgb = np.array(colorsys.hsv_to_rgb(hue % 1.0, colour, 1.0))
    return rgb / max(1e-6, float(rgb @ np.array([0.299, 0.587, 0.114]))) * 0.9 if colour else np.ones(3)


def _burn(pixels: Pixels, number: int) -> None:
    height, width, _ = pixels.shape
    strip = max(1, height // _STRIP)
    for bit in range(BITS):
        left, right = bit * width // BITS, (bit + 1) * width // BITS
        pixels[:strip, left:right] = 235 if number >> (BITS - 1 - bit) & 1 else 20
