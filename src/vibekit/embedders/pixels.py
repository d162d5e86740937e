"""Frames to the size that a network takes, with numpy only."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resized(frames: NDArray[np.uint8], *, height: int, width: int) -> NDArray[np.float32]:
    """Scale frames with a triangle filter that widens as pictures shrink (no aliasing), each side on its own.

    The whole picture is kept: a crop would lose the sides of a wide video.

    Args:
        frames: Shape (n, h, w, 3).
        height: Of the result, pixels.
        width: Of the result, pixels.

    Returns:
        Shape (n, height, width, 3), 0-255.
    """
    count, h, w, _ = frames.shape
    values = frames.astype(np.float32).reshape(count, h, w * 3)
    tall = values if h == height else np.matmul(_weights(h, height), values)
    # colours in front of columns: the second product then runs over rows that lie together
    lying = tall.reshape(count, height, w, 3).swapaxes(2, 3).reshape(-1, w)
    small = lying @ _weights(w, width).T
    return np.asarray(small.reshape(count, height, 3, width).swapaxes(2, 3))


@lru_cache(maxsize=64)
def _weights(size: int, target: int) -> NDArray[np.float32]:
    """Return how much every old pixel counts in every new one; shape (target, size), rows sum to 1."""
    scale = size / target
    reach = max(1.0, scale)
    centres = (np.arange(target) + 0.5) * scale - 0.5
    distance = np.abs(np.arange(size)[None, :] - centres[:, None]) / reach
    weights = np.maximum(0.0, 1.0 - distance)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
