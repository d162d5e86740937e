"""The seam between a stage and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


class RowStage(Protocol):
    """Maps rows to rows; its configuration is pickled, its state is made in ``__init__`` in the worker.

    Attributes:
        fingerprint: 16 hex digits over everything that can change a row; a finished shard with another one is redone.
        schema: Of the rows that it returns; holds ``video_id``.
    """

    fingerprint: str
    schema: pa.Schema

    def __call__(self, table: pa.Table) -> pa.Table:
        """Map rows; keeps ``video_id`` and the order. A row that fails becomes a row with a reason, never an error."""
        ...
