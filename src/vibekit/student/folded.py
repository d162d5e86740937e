"""A student's network with everything that is linear folded together, as every runtime computes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.student import HeadKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.core.student import Student


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """x -> x @ weight + bias.

    Attributes:
        weight: (in, out), float32, contiguous.
        bias: (out,), float32.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Layers of a student; all but ``order`` and ``groups`` are plain matrices.

    Attributes:
        mean: (d,) of the embedding, float32.
        inverse: (d,) 1 / scale, float32.
        hidden: Each followed by ReLU; empty without an mlp.
        mlp: From the last hidden layer (or the embedding) to the calibrated logits of the mlp heads; None without.
        linear: From the embedding to the calibrated logits of the linear heads; None without.
        order: Place of every output column among (logits of mlp, logits of linear).
        groups: (start, stop) of the columns that share a softmax; all other columns get a sigmoid.
    """

    mean: NDArray[np.float32]
    inverse: NDArray[np.float32]
    hidden: tuple[Layer, ...]
    mlp: Layer | None
    linear: Layer | None
    order: NDArray[np.int64]
    groups: tuple[tuple[int, int], ...]

    @property
    def dim(self) -> int:
        """Dimensions of the embedding."""
        return len(self.mean)

    @property
    def outputs(self) -> int:
        """Number of columns."""
        return len(self.order)

    @property
    def in_order(self) -> bool:
        """Whether the logits come in the order of the columns already."""
        return bool((self.order == np.arange(len(self.order))).all())


def fold(student: Student, tensors: Mapping[str, NDArray[np.float32]], *, standardise: bool = True) -> Folded:
    """Fold calibration into the output layers, and mean and scale into the layers on the embedding.

    z = (x - mean) / scale and W z + b give (W / scale) x + (b - W (mean / scale)), computed in float64.

    Args:
        student: Its heads.
        tensors: Its weights, as ``formats.student`` checked them.
        standardise: Fold mean and scale; False leaves the first layers to take z.
    """
    mean, scale = tensors["mean"].astype(np.float64), tensors["scale"].astype(np.float64)
    if not standardise:
        mean, scale = np.zeros_like(mean), np.ones_like(scale)
    slope, intercept = _calibration(student, HeadKind.MLP)
    stack = [(tensors[f"mlp.{n}.weight"], tensors[f"mlp.{n}.bias"]) for n in range(len(student.hidden) + 1)] if len(
        slope
    ) else []  # fmt: skip
    layers = [(weight.astype(np.float64), bias.astype(np.float64)) for weight, bias in stack]
    if layers:
        weight, bias = layers[-1]
        layers[-1] = (weight * slope[:, None], bias * slope + intercept)
        layers[0] = _standardised(*layers[0], mean, scale)
    slope, intercept = _calibration(student, HeadKind.LINEAR)
    linear = None
    if len(slope):
        weight, bias = tensors["linear.weight"].astype(np.float64), tensors["linear.bias"].astype(np.float64)
        linear = _layer(*_standardised(weight * slope[:, None], bias * slope + intercept, mean, scale))
    return Folded(
        mean=tensors["mean"],
        inverse=(1 / tensors["scale"].astype(np.float64)).astype(np.float32),
        hidden=tuple(_layer(*layer) for layer in layers[:-1]),
        mlp=_layer(*layers[-1]) if layers else None,
        linear=linear,
        order=_order(student),
        groups=_groups(student),
    )


def _standardised(
    weight: NDArray[np.float64], bias: NDArray[np.float64], mean: NDArray[np.float64], scale: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    folded = weight / scale
    return folded, bias - folded @ mean


def _layer(weight: NDArray[np.float64], bias: NDArray[np.float64]) -> Layer:
    return Layer(weight=np.ascontiguousarray(weight.T, np.float32), bias=bias.astype(np.float32))


def _calibration(student: Student, kind: HeadKind) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return slope and intercept of every logit of one network."""
    heads = [head for head in student.heads if head.head is kind]
    slopes = [head.slope for head in heads for _ in head.labels]
    intercepts = [head.intercept if head.kind is Kind.BINARY else 0.0 for head in heads for _ in head.labels]
    return np.array(slopes, np.float64), np.array(intercepts, np.float64)


def _order(student: Student) -> NDArray[np.int64]:
    start = {HeadKind.MLP: 0, HeadKind.LINEAR: sum(len(h.labels) for h in student.heads if h.head is HeadKind.MLP)}
    order: list[int] = []
    for head in student.heads:
        order += range(start[head.head], start[head.head] + len(head.labels))
        start[head.head] += len(head.labels)
    return np.array(order, np.int64)


def _groups(student: Student) -> tuple[tuple[int, int], ...]:
    groups, at = [], 0
    for head in student.heads:
        if head.kind is not Kind.BINARY:
            groups.append((at, at + len(head.labels)))
        at += len(head.labels)
    return tuple(groups)
