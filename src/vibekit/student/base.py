"""What every runtime promises: from vectors to calibrated probabilities, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from vibekit.core.student import Student

    Tensors = Mapping[str, NDArray[np.float32]]
    Vectors = NDArray[np.float16] | NDArray[np.float32]


class Runtime(Protocol):
    """Computes probabilities; made once a worker, from a student and its tensors.

    A row's probabilities depend on that row only: not on its neighbours, the number of threads or the engine.
    """

    def __init__(self, student: Student, tensors: Tensors, *, threads: int, sample: NDArray[np.float32]) -> None:
        """Prepare.

        Args:
            student: Its heads.
            tensors: Its weights.
            threads: Of the arithmetic.
            sample: (n, d) rows that are to be labelled; read by a runtime that rounds to see how wide they spread.
        """
        ...

    def __call__(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return (n, columns) probabilities from (n, d) vectors; finite vectors give finite probabilities."""
        ...
