"""Shards of embeddings as jobs for an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.fingerprint import fingerprint
from vibekit.engines.local import ShardJob
from vibekit.formats.embeddings_shard import vector_column
from vibekit.formats.embeddings_sums import VectorsSum
from vibekit.stages.predict.config import ROWS_AT_ONCE
from vibekit.student.chunks import finite_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vibekit.formats.embeddings import EmbeddingSet, Shard


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardTables:
    """Reads a shard piece by piece, mapped; pickled by its path, for workers elsewhere."""

    shard: Shard

    def __call__(self) -> Iterator[pa.Table]:
        """Yield ``video_id`` and ``vector``, null where there is none.

        Raises:
            InputError: The shard is damaged.
        """
        rows, found = self.shard.open(), VectorsSum()
        for start in range(0, self.shard.rows, ROWS_AT_ONCE):
            stop = min(start + ROWS_AT_ONCE, self.shard.rows)
            vectors = vector_column(rows.vectors[start:stop], rows.ok[start:stop])
            yield pa.table({"video_id": rows.ids[start:stop], "vector": vectors})
            found.add(rows.vectors[start:stop])
        # after the last piece and before the part gets its name
        rows.check(found)


def jobs_of(embeddings: EmbeddingSet) -> tuple[ShardJob, ...]:
    """Return one job a shard, in order, each named as its shard."""
    return tuple(
        ShardJob(
            name=shard.path.stem,
            # the sums: a shard whose rows were embedded again has the old key, and often the old size
            source=fingerprint(
                [shard.key, shard.rows, shard.bytes, shard.space.fingerprint, shard.space.dtype, shard.sums]
            ),
            rows=shard.rows,
            tables=ShardTables(shard=shard),
        )
        for shard in embeddings.shards
    )


def sample_of(embeddings: EmbeddingSet, most: int) -> NDArray[np.float32]:
    """Return up to ``most`` vectors, evenly spread over all shards, (n, d) float32; the same ones every time."""
    places = np.unique(np.linspace(0, max(embeddings.rows - 1, 0), most).astype(np.int64))
    found, start = [], 0
    for shard in embeddings.shards:
        here = places[(places >= start) & (places < start + shard.rows)] - start
        start += shard.rows
        if not len(here):
            continue
        rows = shard.open()
        taken = rows.vectors[here[rows.ok[here]]]
        finite = finite_rows(taken)
        found.append((taken if finite is None else taken[finite]).astype(np.float32))
    return np.concatenate(found) if found else np.empty((0, embeddings.space.dim), np.float32)
