"""EfficientNet-lite0 over frames, on ONNX Runtime: what is in the picture, without torch or a download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from vibekit.core.embedding import Block
from vibekit.embedders.base import EmbedError, FrameNeed, Needs, Place
from vibekit.embedders.effnet_graph import FEATURES, GRAPH_VERSION, SIZE, build_model
from vibekit.embedders.effnet_weights import SHA256, load_weights, weights_path
from vibekit.embedders.pixels import resized
from vibekit.embedders.pooling import parts_of, pooled
from vibekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.embedders.base import EmbedderSettings, Given

FRAMES = 16
LONG_SIDE = 400
"""Of the frames that are asked for: a 16:9 picture then has at least the network's 224 pixels on its short side."""
BATCH = 16
"""Frames in one pass of the network: bounds the memory for any number of frames."""

_CENTRE, _SCALE = 127.0, 128.0


class EffnetLite0:
    """Pooled features of the frames: mean, deviation and change, 3 × 1280 dimensions.

    The network is built from the weights in each process (0.2 s), so that no cached copy can be stale.

    Args:
        settings: ``frames``; option ``pool``: ``mean+std+delta`` (default), or some of them, such as ``mean``.
    """

    place: ClassVar[Place] = "worker"
    threads: ClassVar[int] = 1
    paid: ClassVar[bool] = False
    takes: ClassVar[tuple[str, ...]] = ("frames", "pool")

    def __init__(self, settings: EmbedderSettings) -> None:
        self._frames = FRAMES if settings.frames is None else settings.frames
        self._options = dict(settings.options)
        self._session: Any = None

    @property
    def needs(self) -> Needs:
        """Frames."""
        return Needs(frames=FrameNeed(count=self._frames, long_side=LONG_SIDE))

    def check(self) -> None:
        """Make sure that the weights are there and the settings in range.

        Raises:
            SetupError: The weights are not installed.
            InputError: A setting is out of range.
        """
        if self._frames < 1:
            raise InputError(f"frames {self._frames}: at least 1", hint="leave it out for 16")
        parts_of(self._options)
        weights_path()

    def block(self, start: int) -> Block:
        """Say what the block is."""
        parts = parts_of(self._options)
        return Block(
            embedder="effnet-lite0",
            start=start,
            dim=FEATURES * len(parts),
            normalisation="l2",
            parameters={
                "weights": SHA256, "graph": GRAPH_VERSION, "frames": self._frames, "long_side": LONG_SIDE,
                "size": SIZE, "fit": "squeeze", "pool": "+".join(parts),
            },
        )  # fmt: skip

    def embed(self, given: Given) -> NDArray[np.float32]:
        """Make the vector of one video.

        Raises:
            EmbedError: There is no frame, or the network gives no usable numbers.
        """
        return pooled(self.features(_frames_of(given)), parts_of(self._options))

    def features(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the pooled features of each frame.

        Args:
            frames: RGB, shape (n, height, width, 3).

        Returns:
            Shape (n, 1280).
        """
        return self._run(frames, "features")

    def logits(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the scores of the 1000 ImageNet classes for each frame; shape (n, 1000)."""
        return self._run(frames, "logits")

    def _run(self, frames: NDArray[np.uint8], output: str) -> NDArray[np.float32]:
        if self._session is None:
            self._session = _session()
        pieces = [
            self._session.run([output], {"pixels": pixels(frames[at : at + BATCH])})[0]
            for at in range(0, len(frames), BATCH)
        ]
        return np.concatenate(pieces)


def pixels(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale frames to what the network was trained on; shape (n, 3, 224, 224), about -1 to 1."""
    small = resized(frames, height=SIZE, width=SIZE)
    return np.ascontiguousarray(((small - _CENTRE) / _SCALE).transpose(0, 3, 1, 2), dtype=np.float32)


def _frames_of(given: Given) -> NDArray[np.uint8]:
    if given.frames is None or not len(given.frames):
        raise EmbedError("no picture in it can be decoded")
    return given.frames


def _session() -> Any:  # noqa: ANN401 - onnxruntime.InferenceSession
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # one thread a process: the stage runs one process a core
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(build_model(load_weights()), options, providers=["CPUExecutionProvider"])
