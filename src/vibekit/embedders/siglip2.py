"""Any image tower of transformers over frames, SigLIP 2 by default."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vibekit.core.embedding import Block
from vibekit.embedders.base import EmbedError, FrameNeed, Needs, Place
from vibekit.embedders.hub import check_installed, model_name
from vibekit.embedders.image_tower import ImageTower, load_tower
from vibekit.embedders.pixels import resized
from vibekit.embedders.pooling import parts_of, pooled, unit_length
from vibekit.embedders.text_tower import text_features
from vibekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.embedders.base import EmbedderSettings, Given

MODEL = "google/siglip2-base-patch16-224"
FRAMES = 16
LONG_SIDE = 512
BATCH = 16
"""Frames in one pass of the model."""


class Siglip2:
    """A vector a frame by an image model, then mean, deviation and change over time.

    Args:
        settings: ``frames``, ``model`` (a name on the hub or a folder), ``revision``; options ``pool`` (as for
            ``effnet-lite0``) and ``device`` (such as ``cuda``; the first GPU when there is one, else the CPU).
    """

    place: ClassVar[Place] = "threads"
    threads: ClassVar[int] = 1
    paid: ClassVar[bool] = False
    takes: ClassVar[tuple[str, ...]] = ("frames", "model", "revision", "pool", "device")

    def __init__(self, settings: EmbedderSettings) -> None:
        self._frames = FRAMES if settings.frames is None else settings.frames
        self._model, self._revision = settings.model or MODEL, settings.revision
        self._options = dict(settings.options)
        self._tower: ImageTower | None = None
        self._lock = threading.Lock()

    @property
    def needs(self) -> Needs:
        """Frames."""
        return Needs(frames=FrameNeed(count=self._frames, long_side=LONG_SIDE))

    def check(self) -> None:
        """Load the model, from the hub when it is not in its cache yet.

        Raises:
            SetupError: A package is missing, or the model cannot be had.
            InputError: The model is no image tower, or a setting is out of range.
        """
        if self._frames < 1:
            raise InputError(f"frames {self._frames}: at least 1", hint="leave it out for 16")
        parts_of(self._options)
        self._loaded()

    def block(self, start: int) -> Block:
        """Say what the block is."""
        tower, parts = self._loaded(), parts_of(self._options)
        return Block(
            embedder="siglip2",
            start=start,
            dim=tower.dim * len(parts),
            normalisation="l2",
            parameters={
                **tower.parameters, "frames": self._frames, "long_side": LONG_SIDE, "fit": "squeeze",
                "pool": "+".join(parts),
            },
        )  # fmt: skip

    def embed(self, given: Given) -> NDArray[np.float32]:
        """Make the vector of one video.

        Raises:
            EmbedError: There is no frame, or the model gives no usable numbers.
        """
        if given.frames is None or not len(given.frames):
            raise EmbedError("no picture in it can be decoded")
        tower = self._loaded()
        pieces = [self._pass(tower, given.frames[at : at + BATCH]) for at in range(0, len(given.frames), BATCH)]
        return pooled(np.concatenate(pieces), parts_of(self._options))

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """Make the vector of words; they are compared with the mean over the frames.

        Raises:
            EmbedError: The model gives no usable numbers.
            SetupError: The model's tokens cannot be had.
            InputError: The model has no text side, or the option ``pool`` leaves the mean out.
        """
        tower, parts = self._loaded(), parts_of(self._options)
        if "mean" not in parts:
            raise InputError(f"option pool={'+'.join(parts)}: words are compared with the mean", hint="embed with mean")
        words = text_features(tower, text, name=model_name(self._model), revision=self._revision)
        blank = np.zeros_like(words)
        return unit_length(np.concatenate([words if part == "mean" else blank for part in parts]))

    def _pass(self, tower: ImageTower, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        small = resized(frames, height=tower.size, width=tower.size) / 255
        values = (small - np.asarray(tower.mean, np.float32)) / np.asarray(tower.std, np.float32)
        return tower.features(np.ascontiguousarray(values.transpose(0, 3, 1, 2), dtype=np.float32))

    def _loaded(self) -> ImageTower:
        with self._lock:
            if self._tower is None:
                check_installed("torch", "transformers", extra="siglip2")
                name = model_name(self._model)
                self._tower = load_tower(name, self._revision, self._options.get("device", ""))
            return self._tower
