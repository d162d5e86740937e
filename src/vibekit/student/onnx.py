"""The forward pass in ONNX Runtime: what predict uses where it is installed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from vibekit.errors import SetupError
from vibekit.student.chunks import Chunks
from vibekit.student.folded import fold
from vibekit.student.onnx_model import INPUT, float_model, integer_model

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from vibekit.core.student import Student
    from vibekit.student.base import Tensors, Vectors


class _Session:
    """Runs a model that is made for the type of the vectors, for converting them is a matter of the model's.

    numpy converts float16 fifteen times slower than ONNX Runtime.
    """

    def __init__(self, model: Callable[[str], bytes], *, outputs: int, threads: int) -> None:
        self.model = model
        self._sessions: dict[str, Any] = {}
        self._chunks = Chunks(self._compute, outputs=outputs, threads=threads)

    def __call__(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return (n, columns) probabilities from (n, d) vectors."""
        dtype = str(vectors.dtype)
        if dtype not in self._sessions:
            self._sessions[dtype] = _session(self.model(dtype))
        return self._chunks(vectors)

    def _compute(self, vectors: Vectors) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self._sessions[str(vectors.dtype)].run(None, {INPUT: vectors})[0]
        return found


class OnnxRuntime(_Session):
    """float32."""

    def __init__(
        self, student: Student, tensors: Tensors, *, threads: int = 1, sample: NDArray[np.float32] | None = None
    ) -> None:
        del sample
        folded = fold(student, tensors)
        super().__init__(partial(float_model, folded), outputs=folded.outputs, threads=threads)


class OnnxIntegerRuntime(_Session):
    """8-bit integers, with ranges from the sample."""

    def __init__(self, student: Student, tensors: Tensors, *, threads: int = 1, sample: NDArray[np.float32]) -> None:
        folded = fold(student, tensors, standardise=False)
        super().__init__(partial(integer_model, folded, sample=sample), outputs=folded.outputs, threads=threads)


def _session(model: bytes) -> Any:  # noqa: ANN401 - the package has no types
    try:
        import onnxruntime
    except ImportError as error:
        raise SetupError(
            "the runtime onnx needs the package onnxruntime", hint="pip install onnxruntime, or use --runtime numpy"
        ) from error
    options = onnxruntime.SessionOptions()
    # the threads are those of the chunks; its own would wait in a loop for work and take the processor from others
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
