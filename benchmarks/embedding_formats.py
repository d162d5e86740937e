"""What an embedding set costs to write and to read, file by file format: rows a CPU second, and the size of a row.

    python benchmarks/embedding_formats.py --rows 1000000 --dim 512

Read means: every byte of every vector is looked at once, in pieces of 8192 rows; the pages are in the cache, since the
files were written just before. Writing Arrow includes fsync, as everything that vibekit keeps.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vibekit.core.embedding import Block, EmbeddingSpace
from vibekit.formats.embeddings_shard import EmbeddingShards, open_shard, schema_of, vector_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

PIECE = 8192
SHARDS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=512)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    pool = rng.standard_normal((PIECE, arguments.dim), np.float32)
    print(f"{arguments.rows:,} x {arguments.dim}, in {SHARDS} files, CPU seconds of one process")
    for kind in (np.float16, np.float32):
        KINDS[-1] = np.dtype(kind).name
        vectors = np.tile(pool.astype(kind), (-(-arguments.rows // SHARDS // PIECE), 1))[: arguments.rows // SHARDS]
        for name, (write, read) in FORMATS.items():
            folder = Path(tempfile.mkdtemp())
            try:
                measure(f"{name} {vectors.dtype}", folder, vectors, write, read)
            finally:
                shutil.rmtree(folder)


def measure(
    name: str,
    folder: Path,
    vectors: Floats,
    write: Callable[[Path, Floats, pa.Array], None],
    read: Callable[[Path, int], Iterator[Floats]],
) -> None:
    n, dim = vectors.shape
    began = time.process_time()
    for i in range(SHARDS):
        write(folder / f"part-{i:05d}", vectors, pa.array([f"{i * n + row:032x}" for row in range(n)]))
    wrote = time.process_time() - began
    began = time.process_time()
    looked = 0
    for i in range(SHARDS):
        for piece in read(folder / f"part-{i:05d}", dim):
            # as whole words: the arithmetic of float16 would drown what is measured
            np.ascontiguousarray(piece).view(np.uint64).sum()
            looked += len(piece)
    took = time.process_time() - began
    began = time.process_time()
    opened = sum(1 for i in range(SHARDS) for _ in zip(read(folder / f"part-{i:05d}", dim), range(1), strict=False))
    first = time.process_time() - began
    size = sum(file.stat().st_size for file in folder.iterdir()) / (n * SHARDS)
    assert looked == n * SHARDS
    assert opened == SHARDS
    print(
        f"{name:34} write {n * SHARDS / wrote:>11,.0f} rows/cpu-s   read {n * SHARDS / took:>11,.0f} rows/cpu-s   "
        f"first piece {first / SHARDS * 1e3:7.2f} ms   {size:7.0f} bytes/row",
        flush=True,
    )


def space_of(vectors: Floats) -> EmbeddingSpace:
    block = Block(embedder="import", start=0, dim=vectors.shape[1], normalisation="none")
    return EmbeddingSpace(name="import", blocks=(block,), dtype=str(vectors.dtype))


def write_arrow(path: Path, vectors: Floats, ids: pa.Array) -> None:
    space = space_of(vectors)
    same = [pa.array([word] * len(ids)) for word in ("", "ok", "", "")]
    columns = [ids, *same, vector_column(vectors, np.ones(len(ids), bool))]
    table = pa.Table.from_arrays(columns, schema=schema_of(space))
    with EmbeddingShards(space=space).writing(path, schema=schema_of(space), key="key") as writer:
        writer.write(table)


def read_arrow(path: Path, dim: int) -> Iterator[Floats]:
    dtype = KINDS[-1]
    block = Block(embedder="import", start=0, dim=dim, normalisation="none")
    vectors = open_shard(path, space=EmbeddingSpace(name="import", blocks=(block,), dtype=dtype)).vectors
    yield from (vectors[i : i + PIECE] for i in range(0, len(vectors), PIECE))


KINDS = ["float16"]
"""Of the vectors that are measured now."""


def write_npy(path: Path, vectors: Floats, ids: pa.Array) -> None:
    np.save(path.with_suffix(".npy"), vectors)
    pq.write_table(pa.table({"video_id": ids}), path.with_suffix(".parquet"))


def read_npy(path: Path, dim: int) -> Iterator[Floats]:  # noqa: ARG001 - one signature
    vectors = np.load(path.with_suffix(".npy"), mmap_mode="r")
    assert pq.read_table(path.with_suffix(".parquet")).num_rows == len(vectors)
    yield from (vectors[i : i + PIECE] for i in range(0, len(vectors), PIECE))


def write_list(path: Path, vectors: Floats, ids: pa.Array) -> None:
    flat = pa.array(vectors.reshape(-1))
    column = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    table = pa.table({"video_id": ids, "vector": column})
    pq.write_table(table, path, use_dictionary=["video_id"], row_group_size=PIECE)


def read_list(path: Path, dim: int) -> Iterator[Floats]:
    for batch in pq.ParquetFile(path).iter_batches(PIECE):
        column = batch.column("vector")
        yield column.flatten().to_numpy(zero_copy_only=False).reshape(-1, dim)


def write_binary(path: Path, vectors: Floats, ids: pa.Array) -> None:
    width = vectors.shape[1] * vectors.dtype.itemsize
    data = pa.py_buffer(np.ascontiguousarray(vectors))
    column = pa.Array.from_buffers(pa.binary(width), len(vectors), [None, data])
    pq.write_table(
        pa.table({"video_id": ids, "vector": column}), path, use_dictionary=["video_id"], compression="none",
        row_group_size=PIECE,
    )  # fmt: skip


def read_binary(path: Path, dim: int) -> Iterator[Floats]:
    kind = np.dtype(KINDS[-1])
    for batch in pq.ParquetFile(path).iter_batches(PIECE):
        column = batch.column("vector")
        yield np.frombuffer(column.buffers()[1], kind, len(column) * dim).reshape(-1, dim)


FORMATS: dict[str, tuple[Callable[[Path, Floats, pa.Array], None], Callable[[Path, int], Iterator[Floats]]]] = {
    "Arrow IPC, mapped": (write_arrow, read_arrow),
    ".npy mapped + ids in Parquet": (write_npy, read_npy),
    "Parquet list": (write_list, read_list),
    "Parquet fixed binary, uncompressed": (write_binary, read_binary),
}

if __name__ == "__main__":
    main()
