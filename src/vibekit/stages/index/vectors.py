"""The usable vectors of a set of embeddings: which they are, and piece by piece as the index stores them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.index import Metric, Storage
from vibekit.errors import InputError
from vibekit.retrieval.cluster import normalised
from vibekit.student.chunks import finite_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vibekit.formats.embeddings import EmbeddingSet
    from vibekit.stages.progress import Progress

PIECE_BYTES = 64 << 20
"""Of float32 vectors that are looked at together."""
MOST_FP16 = 65_504.0
MOST_IP = 1e15
"""A number of a vector that inner products with are sure to be finite in float32."""
SHOWN = 3
FAILED, NOT_FINITE, ZERO = "no vector", "not finite", "all zero"
"""Why a video has no place in an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """Which rows of a set have a vector that can be compared.

    Attributes:
        rows: For each shard the rows that have one, int64, ascending.
        low: (d,) least value of each dimension, as prepared; empty without rows.
        high: (d,) largest value.
        without: Reason -> how many have none.
        examples: Reason -> first ids.
    """

    rows: tuple[NDArray[np.int64], ...]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    without: dict[str, int]
    examples: dict[str, tuple[str, ...]]

    @property
    def count(self) -> int:
        """Rows of all shards."""
        return sum(len(rows) for rows in self.rows)


def prepared(vectors: NDArray[np.floating], metric: Metric) -> NDArray[np.float32]:
    """Return float32 rows as they are compared: of length 1 for cosine.

    Args:
        vectors: Shape (n, d), finite.
        metric: What a score is.
    """
    return normalised(vectors) if metric is Metric.COSINE else np.ascontiguousarray(vectors, np.float32)


def piece_rows(dim: int) -> int:
    """Return how many vectors are looked at together."""
    return max(1024, min(65_536, PIECE_BYTES // (4 * dim)))


def survey(embeddings: EmbeddingSet, *, metric: Metric, storage: Storage, progress: Progress) -> Usable:
    """Read all vectors once, and find those that can be compared.

    Raises:
        InputError: Nothing can be, or a value is too large for the storage.
    """
    size = piece_rows(embeddings.space.dim)
    kept: list[NDArray[np.int64]] = []
    counts = dict.fromkeys((FAILED, NOT_FINITE, ZERO), 0)
    examples: dict[str, list[str]] = {}
    low = np.full(embeddings.space.dim, np.inf, np.float32)
    high = -low
    progress.begin("vectors looked at", embeddings.rows)
    for shard in embeddings.shards:
        rows = shard.open()
        state = np.zeros(len(rows.ok), np.int8)
        for start in range(0, len(state), size):
            part = rows.vectors[start : start + size]
            here = _state(part, rows.ok[start : start + size])
            state[start : start + size] = here
            fine = prepared(part[here == 0], metric)
            if len(fine):
                np.minimum(low, fine.min(axis=0), out=low)
                np.maximum(high, fine.max(axis=0), out=high)
            progress.advance(len(part))
        for code, reason in enumerate((FAILED, NOT_FINITE, ZERO), start=1):
            places = np.flatnonzero(state == code)
            counts[reason] += len(places)
            examples.setdefault(reason, []).extend(rows.ids.take(pa.array(places[:SHOWN])).to_pylist())
        kept.append(np.flatnonzero(state == 0))
    progress.end()
    found = Usable(
        rows=tuple(kept),
        low=low,
        high=high,
        without={reason: n for reason, n in counts.items() if n},
        examples={reason: tuple(ids[:SHOWN]) for reason, ids in examples.items() if ids},
    )
    if not found.count:
        raise InputError("no video has a usable vector", path=embeddings.path, hint="vibekit embed VIDEOS --out E")
    if storage is Storage.FP16 and max(-float(low.min()), float(high.max())) > MOST_FP16:
        raise InputError(
            f"a value of {max(-float(low.min()), float(high.max())):.3g} does not fit into fp16", path=embeddings.path,
            hint="use --storage fp32, or --metric cosine",
        )  # fmt: skip
    if metric is Metric.INNER_PRODUCT and max(-float(low.min()), float(high.max())) > MOST_IP:
        raise InputError(
            f"a value of {max(-float(low.min()), float(high.max())):.3g}: inner products would not be finite",
            path=embeddings.path, hint="use --metric cosine, or scale the vectors",
        )  # fmt: skip
    return found


def _state(part: NDArray[np.floating], ok: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return 0 for rows that can be compared, else 1, 2, 3 for why not."""
    state = np.zeros(len(part), np.int8)
    state[~(part != 0).any(axis=1)] = 3
    finite = finite_rows(part)
    if finite is not None:
        state[~finite] = 2
    state[~ok] = 1
    return state


def pieces(embeddings: EmbeddingSet, usable: Usable, metric: Metric) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield the place among the usable rows, and some vectors as they are compared."""
    size = piece_rows(embeddings.space.dim)
    at = 0
    for shard, rows in zip(embeddings.shards, usable.rows, strict=True):
        if not len(rows):
            continue
        vectors = shard.open().vectors
        for start in range(0, len(rows), size):
            chosen = rows[start : start + size]
            yield at, prepared(vectors[chosen], metric)
            at += len(chosen)


def sampled(embeddings: EmbeddingSet, usable: Usable, metric: Metric, *, most: int, seed: int) -> NDArray[np.float32]:
    """Return up to ``most`` vectors drawn at random, (s, d), in random order; the same ones every time."""
    random = np.random.default_rng(seed)
    places = np.arange(usable.count) if usable.count <= most else random.choice(usable.count, most, replace=False)
    places = np.sort(places)
    found = np.empty((len(places), embeddings.space.dim), np.float32)
    at = 0
    for shard, rows in zip(embeddings.shards, usable.rows, strict=True):
        first, last = np.searchsorted(places, (at, at + len(rows)))
        if last > first:
            found[first:last] = prepared(shard.open().vectors[rows[places[first:last] - at]], metric)
        at += len(rows)
    return found[random.permutation(len(found))]


def identities(embeddings: EmbeddingSet, usable: Usable) -> pa.Table:
    """Return ``video_id`` and ``path`` of the usable rows, in order."""
    parts = []
    for shard, rows in zip(embeddings.shards, usable.rows, strict=True):
        opened = shard.open()
        table = pa.table({"video_id": opened.ids, "path": opened.paths})
        parts.append(table if len(rows) == table.num_rows else table.take(pa.array(rows)))
    return pa.concat_tables(parts)
