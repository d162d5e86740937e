"""Vectors, attributes and users for retrieval, all from one seed.

Vectors: 3,000 clusters of Pareto sizes, which lie in 60 regions. Attributes: ``c5`` is carried by all videos of some
clusters, 5 % of the videos altogether; ``i5`` by 5 % drawn from all videos. A user is the mean of five videos of one
cluster and two of another; half of the users were drawn among the videos that match a restriction, half against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.shards import names, space_of, write_shards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

DIM = 256
CLUSTERS, REGIONS = 3_000, 60
SEED = 7
SHARES = {"0_05": 0.0005, "0_5": 0.005, "5": 0.05, "30": 0.3, "60": 0.6}
MOST = 100
"""The nearest that are known of every query."""
_PART = 100_000

Masks = dict[str, "NDArray[np.bool_]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """One row of the benchmark.

    Attributes:
        text: As it is typed.
        kind: ``clusters``, ``independent``, ``both`` or ``none``.
        of: Makes the mask from those of the attributes.
    """

    text: str
    kind: str
    of: Callable[[Mapping[str, NDArray[np.bool_]]], NDArray[np.bool_]]


def _single(name: str) -> Restriction:
    kind = "clusters" if name.startswith("c") else "independent"
    return Restriction(text=name, kind=kind, of=lambda m: m[name])


RESTRICTIONS = (
    *(_single(f"{kind}{share}") for share in SHARES for kind in "ci"),
    Restriction(text="c5 & i5", kind="both", of=lambda m: m["c5"] & m["i5"]),
    Restriction(text="c5 & i30", kind="both", of=lambda m: m["c5"] & m["i30"]),
    Restriction(text="(c5 | i5) & !c30", kind="both", of=lambda m: (m["c5"] | m["i5"]) & ~m["c30"]),
    Restriction(text="c30 & !c60", kind="both", of=lambda m: m["c30"] & ~m["c60"]),
    Restriction(text="c30 & !i30 & !c5", kind="both", of=lambda m: m["c30"] & ~m["i30"] & ~m["c5"]),
    Restriction(text="", kind="none", of=lambda m: np.ones_like(m["c5"])),
)


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """What ``make`` wrote.

    Attributes:
        vectors: float32, shape (n, 256), of length 1, mapped.
        cluster: Shape (n,): where each row was drawn from.
        masks: Attribute -> shape (n,): who carries it.
    """

    vectors: NDArray[np.float32]
    cluster: NDArray[np.int64]
    masks: Masks

    @cached_property
    def by_cluster(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows in the order of their clusters, and where each cluster begins."""
        order = np.argsort(self.cluster, kind="stable")
        return order, np.searchsorted(self.cluster[order], np.arange(CLUSTERS + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """Queries of one restriction, and what is to be found.

    Attributes:
        vectors: Shape (q, 256), of length 1.
        inside: Shape (q,): drawn among the matching videos, not against them.
        truth: Shape (q, 100): the nearest matching rows, -1 where there are no more.
    """

    vectors: NDArray[np.float32]
    inside: NDArray[np.bool_]
    truth: NDArray[np.int64]


def make(folder: Path, n: int, *, seed: int = SEED) -> Corpus:
    """Write n vectors and their attributes into a folder, and open them."""
    random = np.random.default_rng(seed)
    regions = random.standard_normal((REGIONS, DIM), np.float32)
    centres = regions[random.integers(0, REGIONS, CLUSTERS)]
    centres = centres + np.float32(0.8) * random.standard_normal((CLUSTERS, DIM), np.float32)
    sizes = random.pareto(1.2, CLUSTERS) + 0.1
    cluster = random.choice(CLUSTERS, n, p=sizes / sizes.sum())
    out = np.lib.format.open_memmap(folder / "vectors.npy", "w+", np.float32, (n, DIM))
    for start in range(0, n, _PART):
        some = cluster[start : start + _PART]
        rows = centres[some] + np.float32(0.9) * random.standard_normal((len(some), DIM), np.float32)
        out[start : start + _PART] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    out.flush()
    masks = {}
    for name, share in SHARES.items():
        masks[f"c{name}"] = _of_clusters(cluster, share, random)
        masks[f"i{name}"] = random.random(n) < share
    np.save(folder / "cluster.npy", cluster)
    packed: dict[str, Any] = {name: np.packbits(mask) for name, mask in masks.items()}
    np.savez(folder / "masks.npz", **packed)
    return opened(folder)


def opened(folder: Path) -> Corpus:
    """Open what was made."""
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    with np.load(folder / "masks.npz") as packed:
        masks = {name: np.unpackbits(packed[name], count=len(vectors)).astype(bool) for name in packed.files}
    return Corpus(vectors=vectors, cluster=np.load(folder / "cluster.npy"), masks=masks)


def _of_clusters(cluster: NDArray[np.int64], share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """Take whole clusters in a random order, leaving out those that would be too much."""
    counts = np.bincount(cluster, minlength=CLUSTERS)
    taken, left = np.zeros(CLUSTERS, bool), share * len(cluster)
    for one in random.permutation(CLUSTERS).tolist():
        if 0 < counts[one] <= left * 1.02:
            taken[one] = True
            left -= counts[one]
    return np.asarray(taken[cluster])


def users(corpus: Corpus, mask: NDArray[np.bool_], count: int, *, seed: int) -> Users:
    """Draw users of a restriction, half among the matching videos and half against them, with their true nearest."""
    random = np.random.default_rng(seed)
    inside, outside = np.flatnonzero(mask), np.flatnonzero(~mask)
    order, begins = corpus.by_cluster
    found = np.empty((count, DIM), np.float32)
    within = np.arange(count) < (count + 1) // 2 if len(outside) else np.ones(count, bool)
    for at in range(count):
        pool = inside if within[at] else outside
        likes = corpus.cluster[random.choice(pool, 2)]
        rows = [order[random.integers(begins[c], begins[c + 1], m)] for c, m in zip(likes, (5, 2), strict=True)]
        mean = corpus.vectors[np.sort(np.concatenate(rows))].mean(axis=0)
        found[at] = mean / np.linalg.norm(mean)
    mixed = random.permutation(count)
    found, within = found[mixed], within[mixed]
    return Users(vectors=found, inside=within, truth=nearest(corpus.vectors, inside, found))


def nearest(vectors: NDArray[np.float32], rows: NDArray[np.int64], queries: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the rows of the largest inner products, shape (q, 100), by comparing all of them."""
    scores = np.full((len(queries), MOST), -np.inf, np.float32)
    places = np.full((len(queries), MOST), -1, np.int64)
    for start in range(0, len(rows), _PART):
        some = rows[start : start + _PART]
        own = queries @ vectors[some].T
        if len(some) > MOST:
            top = np.argpartition(own, len(some) - MOST, axis=1)[:, -MOST:]
            own, at = np.take_along_axis(own, top, 1), some[top]
        else:
            at = np.broadcast_to(some, own.shape)
        scores, places = np.concatenate([scores, own], axis=1), np.concatenate([places, at], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :MOST]
        scores, places = np.take_along_axis(scores, order, 1), np.take_along_axis(places, order, 1)
    return places


def recall(found: NDArray[np.int64], truth: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return, for each query, the share of its true k nearest that was found."""
    wanted = truth[:, :k]
    hits = [
        np.isin(true[true >= 0], own).sum() / max((true >= 0).sum(), 1) for own, true in zip(found, wanted, strict=True)
    ]
    return np.array(hits, np.float64)


def write_inputs(corpus: Corpus, folder: Path) -> None:
    """Write what ``vibekit index build`` reads: ``e/``, a folder of embeddings, and ``labels.parquet``."""
    n = len(corpus.vectors)

    def pieces() -> Iterator[NDArray[np.float32]]:
        for start in range(0, n, _PART):
            yield np.asarray(corpus.vectors[start : start + _PART])

    write_shards(folder / "e", pieces(), space_of(DIM, "float32"))
    pq.write_table(pa.table({"video_id": names(0, n), **corpus.masks}), folder / "labels.parquet")
