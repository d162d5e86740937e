"""Embeddings for a benchmark: numbered videos, and vectors that were made elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.embedding import EmbeddingSpace


def space_of(dim: int, dtype: str) -> EmbeddingSpace:
    """Return the space of vectors that nobody embedded."""
    from vibekit.core.embedding import Block, EmbeddingSpace

    return EmbeddingSpace(
        name="random", blocks=(Block(embedder="import", start=0, dim=dim, normalisation="l2"),), dtype=dtype
    )


def names(start: int, count: int) -> list[str]:
    """Return ids of videos: their numbers, in the form of an id."""
    return [f"{place:032x}" for place in range(start, start + count)]


def write_shards(folder: Path, pieces: Iterable[NDArray[Any]], space: EmbeddingSpace) -> None:
    """Write embeddings: one shard for each piece, of shape (rows, dim), in the space's type."""
    from vibekit.formats.embeddings import EmbeddingSet, Shard, write_embeddings
    from vibekit.formats.embeddings_shard import EmbeddingShards, schema_of, vector_column

    shards, start = [], 0
    for number, part in enumerate(pieces):
        m = len(part)
        path, key = folder / f"part-{number:05d}.arrow", f"bench{number}"
        empty = pa.repeat(pa.scalar("", pa.string()), m)
        ids = pa.array(names(start, m))
        columns = [ids, empty, pa.repeat(pa.scalar("ok"), m), empty, empty, vector_column(part, np.ones(m, bool))]
        with EmbeddingShards(space=space).writing(path, schema=schema_of(space), key=key) as writer:
            writer.write(pa.Table.from_arrays(columns, schema=schema_of(space)))
        shards.append(Shard(path=path, key=key, rows=m, ok_rows=m, bytes=path.stat().st_size, space=space))
        start += m
    write_embeddings(EmbeddingSet(path=folder, space=space, shards=tuple(shards)), vibekit="bench")
