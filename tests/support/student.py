"""Small students and embeddings with known numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.attribute import Kind
from vibekit.core.embedding import Block, EmbeddingSpace
from vibekit.core.student import AttributeHead, HeadKind, Student
from vibekit.formats.embeddings import EmbeddingSet, Shard, write_embeddings
from vibekit.formats.embeddings_shard import EmbeddingShards, schema_of, shard_sums, vector_column
from vibekit.formats.student import write_student
from vibekit.formats.student_check import shapes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

DIM = 12
HEADS = (
    AttributeHead(name="mood", kind=Kind.CATEGORICAL, labels=("happy", "sad", "neither"), slope=0.7),
    AttributeHead(
        name="calming", kind=Kind.BINARY, labels=(True,), definition="0123456789abcdef", slope=1.3, intercept=-0.2,
        threshold=0.42, abstain=(0.3, 0.5),
    ),
    AttributeHead(name="outdoors", kind=Kind.BINARY, labels=(True,), head=HeadKind.LINEAR, threshold=0.6),
    AttributeHead(name="level", kind=Kind.ORDINAL, labels=(1, 2, 3), head=HeadKind.LINEAR),
)  # fmt: skip
"""Every kind of attribute, on both networks, in an order that is not that of the networks."""


def space_of(dim: int = DIM, *, dtype: str = "float16", frames: int = 8) -> EmbeddingSpace:
    """A space with one block."""
    block = Block(embedder="av", start=0, dim=dim, normalisation="scale", parameters={"frames": frames})
    return EmbeddingSpace(name="av", blocks=(block,), dtype=dtype)


def student_of(space: EmbeddingSpace, *, hidden: tuple[int, ...] = (7, 5)) -> Student:
    return Student(
        heads=HEADS, dim=space.dim, space=space.fingerprint, embedder=space.name, blocks=space.blocks, hidden=hidden
    )


def tensors_of(student: Student, *, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Seeded weights; means far from 0 and scales far from 1, so that leaving them out shows."""
    rng = np.random.default_rng(seed)
    found = {
        name: (rng.normal(size=shape) / np.sqrt(shape[-1])).astype(np.float32)
        for name, shape in shapes(student).items()
    }
    found["mean"] = rng.normal(0.5, 0.3, student.dim).astype(np.float32)
    found["scale"] = rng.uniform(0.2, 2.0, student.dim).astype(np.float32)
    return found


def write_small_student(folder: Path, space: EmbeddingSpace, *, seed: int = 0) -> Student:
    student = student_of(space)
    return write_student(folder, student, tensors_of(student, seed=seed))


def vectors_of(n: int, dim: int = DIM, *, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0.5, 1.0, (n, dim)).astype(np.float32)


def write_small_embeddings(
    folder: Path,
    space: EmbeddingSpace,
    vectors: NDArray[np.float32],
    *,
    per_shard: int,
    failed: tuple[int, ...] = (),
    ids: Callable[[int], str] = "v{}".format,
) -> EmbeddingSet:
    """Write vectors as ``v0``, ``v1`` ...; those in ``failed`` are rows without a vector."""
    form, shards = EmbeddingShards(space=space), []
    for number, start in enumerate(range(0, len(vectors), per_shard)):
        part = vectors[start : start + per_shard].astype(space.dtype)
        ok = ~np.isin(np.arange(start, start + len(part)), failed)
        rows = pa.table(
            {
                "video_id": [ids(start + row) for row in range(len(part))],
                "path": [""] * len(part),
                "status": ["ok" if good else "failed" for good in ok],
                "reason": ["" if good else "no picture in it" for good in ok],
                "words": [""] * len(part),
                "vector": vector_column(np.where(ok[:, None], part, 0).astype(space.dtype), ok),
            }
        )
        path, key = folder / f"part-{number:05d}.arrow", f"key{number}-{len(part)}"
        with form.writing(path, schema=schema_of(space), key=key) as writer:
            writer.write(rows)
        shards.append(
            Shard(
                path=path, key=key, rows=len(part), ok_rows=int(ok.sum()), bytes=path.stat().st_size, space=space,
                sums=shard_sums(path),
            )
        )  # fmt: skip
    reasons = {"no picture in it": len(failed)} if failed else {}
    found = EmbeddingSet(path=folder, space=space, shards=tuple(shards), reasons=reasons)
    write_embeddings(found, vibekit="0.1.0")
    return found
