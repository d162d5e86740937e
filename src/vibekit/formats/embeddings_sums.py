"""Checksums of a shard of embeddings: one over what is read whenever it is opened, one over its vectors."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEXTS = ("video_id", "path", "status", "reason", "words")


def rows_sum(batch: pa.RecordBatch) -> str:
    """Return 8 hex digits over everything but the numbers of the vectors.

    Args:
        batch: Valid: offsets are believed.
    """
    crc = zlib.crc32(np.packbits(batch.column("vector").is_valid().to_numpy(zero_copy_only=False)).data)
    for name in TEXTS:
        column = batch.column(name)
        if not len(column):
            continue
        _, offsets, data = column.buffers()
        places = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
        crc = zlib.crc32(np.diff(places).data, crc)
        if data is not None:
            crc = zlib.crc32(memoryview(data)[int(places[0]) : int(places[-1])], crc)
    return f"{crc:08x}"


class VectorsSum:
    """Sums the vectors of a shard, piece by piece, in order."""

    def __init__(self) -> None:
        self._crc = 0

    def add(self, vectors: NDArray[np.floating[Any]]) -> None:
        """Add rows, shape (n, dim), contiguous."""
        self._crc = zlib.crc32(vectors.reshape(-1).view(np.uint8).data, self._crc)

    @property
    def text(self) -> str:
        """8 hex digits."""
        return f"{self._crc:08x}"
