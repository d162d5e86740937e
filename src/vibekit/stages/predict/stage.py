"""One part of a prediction: rows of embeddings in, rows of probabilities out; the same class on every engine."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.fingerprint import fingerprint
from vibekit.formats.labels_parts import VERSION, schema_of
from vibekit.formats.student import student_fingerprint
from vibekit.student.runtimes import ROUNDING, runtime_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.core.student import Student


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictTask:
    """What a worker needs; pickled by value, so that a student that is replaced meanwhile changes nothing.

    Attributes:
        student: Its heads.
        tensors: Its weights.
        runtime: Name in the table of runtimes.
        threads: Of the arithmetic.
        sample: (n, d) rows of the embeddings, for a runtime that rounds.
    """

    student: Student
    tensors: Mapping[str, NDArray[np.float32]]
    runtime: str
    threads: int
    sample: NDArray[np.float32]

    @property
    def fingerprint(self) -> str:
        """16 hex digits over everything that can change a row or what is counted of it."""
        cuts = [[head.threshold, head.abstain] for head in self.student.heads]
        # the ranges of a runtime that rounds come from the sample
        sample = sha256(self.sample.tobytes()).hexdigest() if self.runtime in ROUNDING else ""
        return fingerprint([VERSION, student_fingerprint(self.student), self.runtime, sample, cuts])


class PredictStage:
    """Maps ``video_id`` and ``vector`` to ``video_id`` and probabilities; no usable vector, no probabilities.

    Args:
        task: What to compute.
    """

    def __init__(self, task: PredictTask) -> None:
        self.fingerprint = task.fingerprint
        self.schema = schema_of(task.student.heads)
        self._dim = task.student.dim
        self._runtime = runtime_class(task.runtime)(
            task.student, task.tensors, threads=task.threads, sample=task.sample
        )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Map rows."""
        column = _one(table.column("vector"))
        # a null vector is zeros underneath; its probabilities are thrown away
        flat = column.values.slice(column.offset * self._dim, len(column) * self._dim)
        found = self._runtime(flat.to_numpy(zero_copy_only=True).reshape(-1, self._dim))
        missing = ~np.isfinite(found[:, 0])
        if column.null_count:
            missing |= column.is_null().to_numpy(zero_copy_only=False)
        mask = missing if missing.any() else None
        columns = [pa.array(chances, mask=mask) for chances in np.ascontiguousarray(found.T)]
        return pa.Table.from_arrays([table.column("video_id"), *columns], schema=self.schema)


def _one(column: pa.ChunkedArray) -> pa.FixedSizeListArray:
    """Return a column as one array; combining would copy even a single chunk."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
