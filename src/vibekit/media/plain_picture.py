"""Makes a picture of one colour: what a model says of it shows whether it sees."""

from __future__ import annotations

import numpy as np
import simplejpeg


def plain_picture(red: int, green: int, blue: int, *, width: int = 64, height: int = 64) -> bytes:
    """Return a JPEG of one colour; 0-255 for each of its three parts, size in pixels."""
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    pixels[:] = (red, green, blue)
    return bytes(simplejpeg.encode_jpeg(pixels, quality=90, colorspace="RGB"))
