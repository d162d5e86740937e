"""A student as an ONNX model, made without torch: float32, or 8-bit integers with fixed ranges.

The integer model rounds each layer's input with a range that was found once on sample rows, not on the rows of a call
("dynamic" quantisation): a video's labels must not depend on which videos it is computed beside. Weights have 7 bits,
for processors without VNNI add pairs of 8-bit products in 16 bits and saturate there, so that labels would depend on
the machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vibekit.errors import SetupError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.student.folded import Folded, Layer

OPSET = 17
IR_VERSION = 8
INPUT, OUTPUT = "vectors", "probabilities"
FLOAT, HALF = 1, 10
"""ONNX's numbers of the types float and float16."""
MOST_WEIGHT = 63
"""Largest integer of a weight: 7 bits with the sign."""
MOST_INPUT = 255
"""Largest integer of a layer's input: 8 bits without a sign."""


class Graph:
    """Collects the nodes and constants of a model."""

    def __init__(self) -> None:
        try:
            import onnx
        except ImportError as error:
            raise SetupError(
                "the runtime onnx needs the package onnx", hint="pip install onnx, or use --runtime numpy"
            ) from error
        self._onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: NDArray[Any]) -> str:
        """Add a constant; returns its name."""
        name = f"c{len(self.constants)}"
        self.constants.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, *inputs: str, output: str = "", **settings: Any) -> str:  # noqa: ANN401 - ONNX's own
        """Add a node with one output; returns its name."""
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(self._onnx.helper.make_node(kind, list(inputs), [name], **settings))
        return name

    def vectors(self, dtype: str) -> str:
        """Return the name of the vectors in float32; of float16 ones the model itself makes them."""
        return INPUT if dtype == "float32" else self.add("Cast", INPUT, to=FLOAT)

    def model(self, folded: Folded, dtype: str) -> bytes:
        """Return the model from (n, dim) vectors to (n, columns) float32."""
        make = self._onnx.helper
        graph = make.make_graph(
            self.nodes, "student",
            [make.make_tensor_value_info(INPUT, FLOAT if dtype == "float32" else HALF, ["n", folded.dim])],
            [make.make_tensor_value_info(OUTPUT, FLOAT, ["n", folded.outputs])],
            self.constants,
        )  # fmt: skip
        model = make.make_model(graph, opset_imports=[make.make_opsetid("", OPSET)], producer_name="vibekit")
        model.ir_version = IR_VERSION
        self._onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


def float_model(folded: Folded, dtype: str) -> bytes:
    """Return the float32 model of a network with mean and scale folded in.

    Args:
        folded: From ``fold``.
        dtype: Of the vectors that it takes: float16 or float32.
    """
    graph = Graph()
    x = graph.vectors(dtype)

    def product(x: str, layer: Layer) -> str:
        return graph.add("Gemm", x, graph.constant(layer.weight), graph.constant(layer.bias))

    parts = []
    if folded.mlp is not None:
        h = x
        for layer in folded.hidden:
            h = graph.add("Relu", product(h, layer))
        parts.append(product(h, folded.mlp))
    if folded.linear is not None:
        parts.append(product(x, folded.linear))
    _finish(graph, parts, folded)
    return graph.model(folded, dtype)


def integer_model(folded: Folded, dtype: str, *, sample: NDArray[np.float32]) -> bytes:
    """Return the 8-bit model of a network whose mean and scale are not folded in: z has one range for all dimensions.

    Args:
        folded: From ``fold(..., standardise=False)``.
        dtype: Of the vectors that it takes: float16 or float32.
        sample: (n, d) vectors on which the ranges are found.
    """
    graph = Graph()
    z_sample = (sample - folded.mean) * folded.inverse
    centred = graph.add("Sub", graph.vectors(dtype), graph.constant(folded.mean))
    z = graph.add("Mul", centred, graph.constant(folded.inverse))
    z_integers = _Integers.of(graph, z, z_sample)
    parts = []
    if folded.mlp is not None:
        h, seen = z_integers, z_sample
        for layer in folded.hidden:
            out = graph.add("Relu", h.product(layer))
            seen = np.maximum(seen @ layer.weight + layer.bias, 0)
            h = _Integers.of(graph, out, seen)
        parts.append(h.product(folded.mlp))
    if folded.linear is not None:
        parts.append(z_integers.product(folded.linear))
    _finish(graph, parts, folded)
    return graph.model(folded, dtype)


class _Integers:
    """A layer's input as integers: value = (integer - zero) * step."""

    def __init__(self, graph: Graph, name: str, *, step: np.float32, zero: np.uint8) -> None:
        self._graph, self._name, self._step = graph, name, step
        self._zero = graph.constant(np.array(zero, np.uint8))

    @classmethod
    def of(cls, graph: Graph, values: str, sample: NDArray[np.float32]) -> _Integers:
        """Round values with the range of a sample; what lies outside is held at its ends."""
        low, high = min(float(sample.min(initial=0)), 0.0), max(float(sample.max(initial=0)), 0.0)
        step = np.float32((high - low) / MOST_INPUT) or np.float32(1)
        zero = np.uint8(np.clip(np.rint(-low / step), 0, MOST_INPUT))
        name = graph.add(
            "QuantizeLinear", values, graph.constant(np.array(step, np.float32)), graph.constant(np.array(zero))
        )
        return cls(graph, name, step=step, zero=zero)

    def product(self, layer: Layer) -> str:
        """Multiply by a layer's weights, one step a column, and add its bias in float32."""
        step = np.abs(layer.weight).max(axis=0) / np.float32(MOST_WEIGHT)
        step[step == 0] = 1
        weight = np.rint(layer.weight / step).astype(np.int8)
        graph = self._graph
        sums = graph.add("MatMulInteger", self._name, graph.constant(weight), self._zero)
        exact = graph.add("Cast", sums, to=FLOAT)
        scaled = graph.add("Mul", exact, graph.constant((step * self._step).astype(np.float32)))
        return graph.add("Add", scaled, graph.constant(layer.bias))


def _finish(graph: Graph, parts: list[str], folded: Folded) -> None:
    """Add the order of the columns, the sigmoid and each softmax."""
    logit = parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=1)
    if not folded.in_order:
        logit = graph.add("Gather", logit, graph.constant(folded.order), axis=1)
    if not folded.groups:
        graph.add("Sigmoid", logit, output=OUTPUT)
        return
    pieces, at = [], 0
    for start, stop in (*folded.groups, (folded.outputs, folded.outputs)):
        if at < start:
            pieces.append(graph.add("Sigmoid", _slice(graph, logit, at, start)))
        if start < stop:
            pieces.append(graph.add("Softmax", _slice(graph, logit, start, stop), axis=1))
        at = stop
    graph.add("Concat", *pieces, output=OUTPUT, axis=1)


def _slice(graph: Graph, name: str, start: int, stop: int) -> str:
    bounds = [graph.constant(np.array([value], np.int64)) for value in (start, stop, 1)]
    return graph.add("Slice", name, *bounds)
