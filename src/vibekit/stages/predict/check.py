"""Whether a runtime gives what the numpy reference gives, on rows of the embeddings that are to be labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.labels import RuntimeCheck
from vibekit.errors import SetupError
from vibekit.student.forward import NumpyRuntime
from vibekit.student.runtimes import ROUNDING, runtime_class

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.student import AttributeHead
    from vibekit.stages.predict.stage import PredictTask

SAMPLE_ROWS = 4096
"""Rows that are compared; a flip share of 0.1 % is known to ±0.1 % then."""
MOST_DIFFERENCE = 1e-3
"""float32 runtimes differ by 1e-6; above this, the runtime is broken."""


def check_runtime(task: PredictTask, dtype: str) -> RuntimeCheck:
    """Compare a runtime with the reference.

    Args:
        task: Holds the rows.
        dtype: Of the vectors as stored.

    Raises:
        SetupError: A runtime that does not round gives other probabilities.
    """
    vectors = task.sample.astype(dtype)
    if task.runtime == "numpy" or not len(vectors):
        return RuntimeCheck(rows=len(vectors))
    reference = NumpyRuntime(task.student, task.tensors, threads=task.threads)(vectors)
    runtime = runtime_class(task.runtime)
    found = runtime(task.student, task.tensors, threads=task.threads, sample=task.sample)(vectors)
    difference = float(np.abs(found - reference).max())
    if not np.isfinite(difference) or (task.runtime not in ROUNDING and difference > MOST_DIFFERENCE):
        raise SetupError(
            f"the runtime {task.runtime} gives other probabilities than numpy: they differ by up to {difference:.2g}",
            hint="use --runtime numpy, and try another version of the runtime",
        )
    flips = _flips(task.student.heads, found, reference)
    worst = max(flips, key=lambda name: flips[name])
    return RuntimeCheck(
        rows=len(vectors),
        difference=difference,
        decisions=len(vectors) * len(flips),
        flips=sum(flips.values()),
        worst=worst if flips[worst] else "",
        worst_flips=flips[worst],
    )


def _flips(
    heads: tuple[AttributeHead, ...], found: NDArray[np.float32], reference: NDArray[np.float32]
) -> dict[str, int]:
    flips, at = {}, 0
    for head in heads:
        columns = slice(at, at + len(head.labels))
        at = columns.stop
        labels = [_decided(head, chances[:, columns]) for chances in (found, reference)]
        flips[head.name] = int((labels[0] != labels[1]).sum())
    return flips


def _decided(head: AttributeHead, chances: NDArray[np.float32]) -> NDArray[np.int64]:
    if head.kind is Kind.BINARY:
        return (chances[:, 0] >= np.float64(head.threshold)).astype(np.int64)
    return np.asarray(chances.argmax(axis=1), np.int64)
