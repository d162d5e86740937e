"""EfficientNet-lite0 as an ONNX graph.

Tan and Le 2019 (arXiv 1905.11946), in the "lite" form of the TensorFlow TPU models: no squeeze-and-excitation, ReLU6
instead of swish, stem and head not scaled. Batch normalisation is folded into the convolutions; padding is
TensorFlow's ``SAME`` (the odd pixel goes to the right and to the bottom), as the weights were trained there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SIZE = 224
"""Side of the input, pixels."""
FEATURES = 1280
"""Width of the pooled layer under the classifier."""
GRAPH_VERSION = 1
"""Counted up when the same weights give another graph."""

_EPSILON = 1e-3
_OPSET = 17
_IR_VERSION = 9


class Stage(NamedTuple):
    """Blocks of one resolution: times as wide inside, kernel, stride of the first one, channels out, how many."""

    expand: int
    kernel: int
    stride: int
    out: int
    repeats: int


STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(6, 3, 2, 24, 2),
    Stage(6, 5, 2, 40, 2),
    Stage(6, 3, 2, 80, 3),
    Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 2, 192, 4),
    Stage(6, 3, 1, 320, 1),
)
STEM = 32
"""Channels after the first convolution."""


def same_padding(size: int, *, kernel: int, stride: int) -> tuple[int, int]:
    """Return pixels before and after, as TensorFlow's ``SAME`` pads one axis."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def build_model(weights: Mapping[str, NDArray[np.float32]]) -> bytes:
    """Return the serialised network.

    Args:
        weights: From ``effnet_weights.load_weights``.

    Returns:
        An ONNX model: ``pixels`` (n, 3, 224, 224) float32, normalised, to ``features`` (n, 1280) and ``logits``
        (n, 1000), the classes of ImageNet.
    """
    return bytes(_Builder(weights).build().SerializeToString())


class _Builder:
    def __init__(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        from onnx import helper, numpy_helper

        self._helper, self._numpy = helper, numpy_helper
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = [
            numpy_helper.from_array(np.array(0, np.float32), "zero"),
            numpy_helper.from_array(np.array(6, np.float32), "six"),
        ]
        self._size = SIZE

    def build(self) -> Any:  # noqa: ANN401 - onnx.ModelProto
        x = self._conv("pixels", "_conv_stem", "_bn0", kernel=3, stride=2)
        block, channels = 0, STEM
        for stage in STAGES:
            for repeat in range(stage.repeats):
                stride = stage.stride if repeat == 0 else 1
                x = self._block(x, f"_blocks.{block}.", stage, stride=stride, residual=repeat > 0, channels=channels)
                block, channels = block + 1, stage.out
        x = self._conv(x, "_conv_head", "_bn1")
        x = self._node("GlobalAveragePool", [x], "pooled")
        x = self._node("Flatten", [x], "features", axis=1)
        self._constant("_fc.weight", self._weights["_fc.weight"])
        self._constant("_fc.bias", self._weights["_fc.bias"])
        self._node("Gemm", [x, "_fc.weight", "_fc.bias"], "logits", transB=1)
        return self._model()

    def _block(self, x: str, at: str, stage: Stage, *, stride: int, residual: bool, channels: int) -> str:
        inside = x
        if stage.expand > 1:
            inside = self._conv(x, at + "_expand_conv", at + "_bn0")
        inside = self._conv(
            inside, at + "_depthwise_conv", at + "_bn1",
            kernel=stage.kernel, stride=stride, groups=channels * stage.expand,
        )  # fmt: skip
        inside = self._conv(inside, at + "_project_conv", at + "_bn2", relu=False)
        return self._node("Add", [inside, x], at + "sum") if residual else inside

    def _conv(
        self, x: str, name: str, norm: str, *, kernel: int = 1, stride: int = 1, groups: int = 1, relu: bool = True
    ) -> str:
        """Add a convolution with its batch normalisation folded in, and ReLU6."""
        gain = self._weights[f"{norm}.weight"] / np.sqrt(self._weights[f"{norm}.running_var"] + _EPSILON)
        self._constant(f"{name}.weight", self._weights[f"{name}.weight"] * gain[:, None, None, None])
        self._constant(f"{name}.bias", self._weights[f"{norm}.bias"] - self._weights[f"{norm}.running_mean"] * gain)
        before, after = same_padding(self._size, kernel=kernel, stride=stride)
        self._size = -(-self._size // stride)
        y = self._node(
            "Conv", [x, f"{name}.weight", f"{name}.bias"], name, group=groups,
            kernel_shape=[kernel, kernel], strides=[stride, stride], pads=[before, before, after, after],
        )  # fmt: skip
        return self._node("Clip", [y, "zero", "six"], f"{name}.relu6") if relu else y

    def _constant(self, name: str, values: NDArray[np.float32]) -> None:
        self._constants.append(self._numpy.from_array(np.ascontiguousarray(values, np.float32), name))

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        self._nodes.append(self._helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def _model(self) -> Any:  # noqa: ANN401 - onnx.ModelProto
        value = self._helper.make_tensor_value_info
        graph = self._helper.make_graph(
            self._nodes,
            "efficientnet-lite0",
            [value("pixels", 1, ["n", 3, SIZE, SIZE])],
            [value("features", 1, ["n", FEATURES]), value("logits", 1, ["n", 1000])],
            self._constants,
        )
        opset = [self._helper.make_opsetid("", _OPSET)]
        return self._helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION)
