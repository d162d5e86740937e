"""Sets of embeddings made for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vibekit.core.embedding import Block, EmbeddingSpace
from vibekit.formats.embeddings import EmbeddingSet, Shard, open_embeddings, write_embeddings
from vibekit.formats.embeddings_shard import EmbeddingShards, schema_of, shard_sums, vector_column
from vibekit.media.synthesis import ClipSpec, Shot, write_clip


def a_space(dim: int = 3, *, dtype: str = "float16", model: str = "m") -> EmbeddingSpace:
    block = Block(embedder="import", start=0, dim=dim, normalisation="none", parameters={"model": model})
    return EmbeddingSpace(name=model, blocks=(block,), dtype=dtype)


def rows_of(space: EmbeddingSpace, ids: list[str], vectors: NDArray[Any], ok: NDArray[np.bool_]) -> pa.Table:
    reasons = ["" if good else "no picture in it" for good in ok]
    return pa.Table.from_arrays(
        [
            pa.array(ids, pa.string()),
            pa.array([f"{name}.mp4" for name in ids], pa.string()),
            pa.array(["ok" if good else "failed" for good in ok], pa.string()),
            pa.array(reasons, pa.string()),
            pa.array([""] * len(ids), pa.string()),
            vector_column(np.where(ok[:, None], vectors, 0).astype(space.dtype), ok),
        ],
        schema=schema_of(space),
    )


def write_set(
    folder: Path, vectors: NDArray[Any], *, ids: list[str] | None = None, shard_rows: int = 2,
    ok: NDArray[np.bool_] | None = None, dtype: str = "float16",
) -> EmbeddingSet:  # fmt: skip
    """Write a finished set, ids ``v0``, ``v1`` … unless given."""
    space = a_space(vectors.shape[1], dtype=dtype)
    names = ids if ids is not None else [f"v{i}" for i in range(len(vectors))]
    good = np.ones(len(vectors), bool) if ok is None else ok
    shards = []
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, len(vectors), shard_rows)):
        part = slice(start, start + shard_rows)
        path = folder / f"part-{number:05d}.arrow"
        table = rows_of(space, names[part], vectors[part], good[part])
        with EmbeddingShards(space=space).writing(path, schema=schema_of(space), key=f"k{number}") as writer:
            writer.write(table)
        shards.append(
            Shard(
                path=path, key=f"k{number}", rows=table.num_rows, ok_rows=int(good[part].sum()),
                bytes=path.stat().st_size, space=space, sums=shard_sums(path),
            )
        )  # fmt: skip
    write_embeddings(EmbeddingSet(path=folder, space=space, shards=tuple(shards)), vibekit="0")
    return open_embeddings(folder)


def tiny_clips(folder: Path, count: int) -> list[Path]:
    """Write clips of different colours, a few kilobytes each."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"c{i:02d}.mp4" for i in range(count)]
    for i, path in enumerate(paths):
        write_clip(path, ClipSpec(shots=(Shot(seconds=0.3, hue=i / count),), sound=None, width=64, height=48))
    return paths
