"""The forward pass in numpy: the reference that every other runtime is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.student.chunks import Chunks
from vibekit.student.folded import Folded, fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.student import Student
    from vibekit.student.base import Tensors, Vectors

STEEPEST = 87.0
"""exp of more than this is infinite in float32."""


class NumpyRuntime:
    """Needs nothing but numpy."""

    def __init__(
        self, student: Student, tensors: Tensors, *, threads: int = 1, sample: NDArray[np.float32] | None = None
    ) -> None:
        del sample
        self.folded = fold(student, tensors)
        self._chunks = Chunks(self._compute, outputs=self.folded.outputs, threads=threads)

    def __call__(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return (n, columns) probabilities from (n, d) vectors."""
        from threadpoolctl import threadpool_limits

        # the threads are those of the chunks
        with threadpool_limits(limits=1, user_api="blas"):
            return self._chunks(vectors)

    def _compute(self, vectors: Vectors) -> NDArray[np.float32]:
        return probabilities(logits(self.folded, np.asarray(vectors, np.float32)), self.folded.groups)


def logits(folded: Folded, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, columns) calibrated logits from (n, d) vectors."""
    parts = []
    if folded.mlp is not None:
        h = x
        for layer in folded.hidden:
            h = h @ layer.weight
            h += layer.bias
            np.maximum(h, 0, out=h)
        parts.append(h @ folded.mlp.weight + folded.mlp.bias)
    if folded.linear is not None:
        parts.append(x @ folded.linear.weight + folded.linear.bias)
    all_of_them = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    return all_of_them if folded.in_order else np.ascontiguousarray(all_of_them[:, folded.order])


def probabilities(logit: NDArray[np.float32], groups: tuple[tuple[int, int], ...]) -> NDArray[np.float32]:
    """Return sigmoid, or softmax within each group of columns."""
    found = sigmoid(logit)
    for start, stop in groups:
        found[:, start:stop] = softmax(logit[:, start:stop])
    return found


def sigmoid(logit: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1 / (1 + exp(-logit)), without overflow."""
    found = np.clip(logit, -STEEPEST, STEEPEST)
    np.negative(found, out=found)
    np.exp(found, out=found)
    found += 1
    return np.reciprocal(found, out=found)


def softmax(logit: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return exp(logit) / sum over each row."""
    risen = np.exp(logit - logit.max(axis=1, keepdims=True))
    return np.asarray(risen / risen.sum(axis=1, keepdims=True), np.float32)
