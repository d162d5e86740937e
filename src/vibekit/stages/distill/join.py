"""Silver labels beside embeddings: the rows that can be learnt from, and a count of all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.errors import InputError
from vibekit.stages.distill.memory import check_memory
from vibekit.student.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from vibekit.formats.embeddings import EmbeddingSet
    from vibekit.stages.distill.silver import SilverSet

SHOWN = 3
"""Names of each side in an error, and of each reason in the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Videos with a usable vector; arrays have one entry a video.

    Attributes:
        ids: Silver videos first, then golden ones without a silver label.
        x: Shape (n, d) float32, finite, no zero rows.
        targets: Silver labels over these videos; weight 0 where there is none.
        without_embedding: Silver videos that are not among the embeddings.
        failed: Silver videos whose embedding failed.
        bad_vectors: Videos whose vector has NaN or infinity, or is zero.
        examples: A few of those, with the reason.
    """

    ids: tuple[str, ...]
    x: NDArray[np.float32]
    targets: tuple[Target, ...]
    without_embedding: int
    failed: int
    bad_vectors: int
    examples: tuple[str, ...]


def join(silver: SilverSet, embeddings: EmbeddingSet, *, more: Iterable[str] = ()) -> Joined:
    """Read the vectors of the silver videos, and of further ones.

    Args:
        silver: The labels.
        embeddings: The vectors.
        more: Ids of golden videos.

    Raises:
        InputError: No silver video has a usable vector (shows names of either side), or they do not fit into memory.
    """
    ids = tuple(dict.fromkeys((*silver.ids, *sorted(more))))
    check_memory(min(len(ids), embeddings.rows), embeddings.space.dim, path=embeddings.path)
    taken = embeddings.take(ids)
    wanted = pa.array(ids, pa.string())
    present = np.zeros(len(ids), bool)
    for shard in embeddings.ids():
        present |= pc.is_in(wanted, value_set=shard).to_numpy(zero_copy_only=False)
    silver_rows = len(silver.ids)
    usable = taken.found & np.isfinite(taken.vectors).all(axis=1) & taken.vectors.any(axis=1)
    absent, failed = ~present[:silver_rows], (present & ~taken.found)[:silver_rows]
    bad = taken.found & ~usable
    if not usable[:silver_rows].any():
        raise _nothing(silver, embeddings, absent, failed, bad[:silver_rows])
    keep = np.flatnonzero(usable)
    from_silver = keep[keep < silver_rows]
    x = taken.vectors if len(keep) == len(ids) else taken.vectors[keep]
    targets = tuple(_padded(target.at(from_silver), len(keep)) for target in silver.targets)
    return Joined(
        ids=tuple(ids[row] for row in keep.tolist()),
        x=x,
        targets=targets,
        without_embedding=int(absent.sum()),
        failed=int(failed.sum()),
        bad_vectors=int(bad.sum()),
        examples=(
            *_examples(ids, np.flatnonzero(absent), "no embedding"),
            *_examples(ids, np.flatnonzero(failed), "the embedding failed"),
            *_examples(ids, np.flatnonzero(bad), "the vector is zero, NaN or infinite"),
        ),
    )


def _padded(target: Target, n: int) -> Target:
    lacking = n - len(target.weight)
    if lacking == 0:
        return target
    return Target(
        name=target.name,
        kind=target.kind,
        labels=target.labels,
        chance=np.concatenate([target.chance, np.zeros((lacking, target.width), np.float32)]),
        weight=np.concatenate([target.weight, np.zeros(lacking, np.float32)]),
    )


def _examples(ids: Sequence[str], rows: NDArray[np.int64], why: str) -> list[str]:
    return [f"{ids[row]}: {why}" for row in rows[:SHOWN].tolist()]


def _nothing(
    silver: SilverSet,
    embeddings: EmbeddingSet,
    absent: NDArray[np.bool_],
    failed: NDArray[np.bool_],
    bad: NDArray[np.bool_],
) -> InputError:
    if absent.all():
        first: list[str] = next((shard.slice(0, SHOWN).to_pylist() for shard in embeddings.ids() if len(shard)), [])
        return InputError(
            f"none of the {len(silver.ids):,} videos with labels is among the {embeddings.rows:,} embeddings: the "
            f"labels have {', '.join(silver.ids[:SHOWN])}; the embeddings have {', '.join(first) or 'none'}",
            path=embeddings.path,
            hint="both sides have to name videos by the same video_id; for a table see --id-column",
        )
    return InputError(
        f"no video with labels has a usable embedding: {int(absent.sum())} have none, of {int(failed.sum())} it "
        f"failed, {int(bad.sum())} are zero, NaN or infinite",
        path=embeddings.path, hint="make them anew: vibekit embed VIDEOS --out E",
    )  # fmt: skip
