"""Measured numbers as a vector: colour, texture, motion, cuts, level, spectrum, beat; no model, no download."""

from __future__ import annotations

from math import log2, sqrt
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vibekit.core.embedding import Block
from vibekit.embedders.av_table import DIMENSIONS, TABLE_VERSION
from vibekit.embedders.base import EmbedError, Needs, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.embedders.base import EmbedderSettings, Given

LIMIT = 4.0
"""Scaled values are cut off here on both sides: one odd number must not outweigh all others."""


class Av:
    """Scaled measurements.

    Every dimension is ``clip((value - centre) / scale, -4, 4) / sqrt(dimensions)``: a typical video has a vector of
    about length 1, like those of other embedders. What cannot be measured (a silent file) is 0, its typical value, and
    ``has.sound`` tells it apart.

    Args:
        settings: Nothing of them is used.
    """

    place: ClassVar[Place] = "worker"
    threads: ClassVar[int] = 1
    paid: ClassVar[bool] = False
    takes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: EmbedderSettings) -> None:
        del settings

    @property
    def needs(self) -> Needs:
        """The measurements, which are taken where the file is decoded."""
        return Needs(reading="vibekit.media.av_features:av_features")

    def check(self) -> None:
        """Nothing can be missing."""

    def block(self, start: int) -> Block:
        """Say what the block is, dimension by dimension."""
        return Block(
            embedder="av",
            start=start,
            dim=len(DIMENSIONS),
            normalisation="scale",
            parameters={"table": TABLE_VERSION, "limit": LIMIT},
            dimensions=tuple(dimension.name for dimension in DIMENSIONS),
        )

    def embed(self, given: Given) -> NDArray[np.float32]:
        """Make the vector of one video.

        Raises:
            EmbedError: Nothing was measured.
        """
        if not given.read:
            raise EmbedError("nothing can be measured on it")
        return scaled({**given.read, **_of_file(given)})


def scaled(values: Mapping[str, float]) -> NDArray[np.float32]:
    """Put measured values at their places, shape (dimensions,), float32.

    Args:
        values: Name -> value; a name that is missing gives 0.
    """
    vector = np.zeros(len(DIMENSIONS))
    for place, dimension in enumerate(DIMENSIONS):
        value = values.get(dimension.name)
        if value is not None:
            vector[place] = (value - dimension.centre) / dimension.scale
    return (np.clip(vector, -LIMIT, LIMIT) / sqrt(len(DIMENSIONS))).astype(np.float32)


def _of_file(given: Given) -> dict[str, float]:
    """Length, shape and bits of the file; what is unknown is left out."""
    values = {}
    if given.width > 0 and given.height > 0:
        values["file.shape"] = log2(given.width / given.height)
    if given.duration_s and given.duration_s > 0:
        values["file.length"] = log2(given.duration_s)
        pixel_seconds = given.width * given.height * given.duration_s
        if pixel_seconds > 0 and given.bytes > 0:
            values["file.bits"] = log2(8 * given.bytes / pixel_seconds)
    return values
