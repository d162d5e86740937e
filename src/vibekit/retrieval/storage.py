"""How rows are stored: as they are, in half the bytes, or in a quarter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.index import Storage

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

LEVELS = 255
DTYPES: dict[Storage, np.dtype[Any]] = {
    Storage.FP32: np.dtype(np.float32),
    Storage.FP16: np.dtype(np.float16),
    Storage.SQ8: np.dtype(np.uint8),
}


def sq8_of(low: npt.ArrayLike, high: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return the scale of each dimension from the least and the largest value that are to be stored.

    Args:
        low: Shape (d,).
        high: Shape (d,).

    Returns:
        Shape (2, d): minimum and step.
    """
    least = np.asarray(low, np.float32)
    return np.stack([least, (np.asarray(high, np.float32) - least) / LEVELS]).astype(np.float32)


def train_sq8(sample: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return the scale of each dimension from rows; values beyond theirs are cut off.

    Args:
        sample: Shape (s, d).

    Returns:
        Shape (2, d): minimum and step.
    """
    rows = np.asarray(sample, np.float32)
    return sq8_of(rows.min(axis=0), rows.max(axis=0))


def to_storage(
    vectors: npt.ArrayLike, storage: Storage, *, sq8: npt.NDArray[np.float32] | None = None
) -> npt.NDArray[Any]:
    """Return rows as they are stored.

    Args:
        vectors: Shape (n, d).
        storage: How.
        sq8: Minimum and step, for ``SQ8``.

    Returns:
        Shape (n, d): float32, float16 or uint8.
    """
    rows = np.ascontiguousarray(vectors, np.float32)
    if storage is not Storage.SQ8:
        return rows.astype(DTYPES[storage], copy=False)
    assert sq8 is not None
    low, step = sq8
    steps = np.divide(rows - low, step, out=np.zeros_like(rows), where=step > 0)
    levels: npt.NDArray[np.uint8] = np.clip(np.floor(steps), 0, LEVELS).astype(np.uint8)
    return levels


def from_storage(rows: npt.NDArray[Any], *, sq8: npt.NDArray[np.float32] | None = None) -> npt.NDArray[np.float32]:
    """Return stored rows as numbers: the middle of the step for ``SQ8``, as FAISS's scalar quantiser has it.

    Args:
        rows: Shape (n, d): float32, float16 or uint8.
        sq8: Minimum and step, for uint8.

    Returns:
        Shape (n, d), C-contiguous.
    """
    if rows.dtype != np.uint8:
        return np.ascontiguousarray(rows, np.float32)
    assert sq8 is not None
    numbers = rows.astype(np.float32)
    numbers *= sq8[1]
    numbers += sq8[0] + np.float32(0.5) * sq8[1]
    return numbers
