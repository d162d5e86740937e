"""From a vector a frame to one vector a video."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.embedders.base import EmbedError
from vibekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

PARTS = ("mean", "std", "delta")
"""What can be taken over the frames: their mean, their deviation, and the mean absolute change to the next one."""
OPTION = "pool"
"""Name of the option that chooses among them."""


def parts_of(options: Mapping[str, str], *, default: tuple[str, ...] = PARTS) -> tuple[str, ...]:
    """Read the option ``pool``, such as ``mean`` or ``mean+std+delta``.

    Raises:
        InputError: It names something else, or a part twice.
    """
    text = options.get(OPTION, "")
    parts = tuple(part.strip() for part in text.split("+")) if text else default
    if not set(parts) <= set(PARTS) or len(set(parts)) < len(parts):
        raise InputError(
            f"option {OPTION}={text}: not a choice of {', '.join(PARTS)}", hint="--option pool=mean+std+delta"
        )
    return parts


def pooled(frames: NDArray[np.float32], parts: tuple[str, ...]) -> NDArray[np.float32]:
    """Scale every frame to length 1, take the parts over time, and scale the whole to length 1.

    A mean alone loses how much a video changes; deviation (in any order) and change (in this order) keep it. They are
    0 for a single frame.

    Args:
        frames: Shape (n, d), in order of time, n at least 1.
        parts: Of ``PARTS``.

    Returns:
        Shape (len(parts) * d,), of length 1.

    Raises:
        EmbedError: The model gave numbers that are not finite, or only zeros.
    """
    unit = frames.astype(np.float64)
    if not np.isfinite(unit).all():
        raise EmbedError("the model gave numbers that are not finite")
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    steps = np.abs(np.diff(unit, axis=0))
    over_time = {
        "mean": unit.mean(axis=0),
        "std": unit.std(axis=0),
        "delta": steps.mean(axis=0) if len(steps) else np.zeros(unit.shape[1]),
    }
    return unit_length(np.concatenate([over_time[part] for part in parts]))


def unit_length(vector: NDArray[np.floating]) -> NDArray[np.float32]:
    """Scale one vector to length 1.

    Raises:
        EmbedError: It is not finite, or all zeros.
    """
    values = vector.astype(np.float64)
    length = float(np.linalg.norm(values))
    if not np.isfinite(length):
        raise EmbedError("the model gave numbers that are not finite")
    if length < 1e-12:
        raise EmbedError("the model gave only zeros")
    return (values / length).astype(np.float32)
