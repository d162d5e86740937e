"""FAISS as its users restrict it: with a selector of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.retrieval_engine import Numbered
from vibekit.retrieval.library import faiss

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.retrieval_data import Corpus
    from benchmarks.retrieval_engine import Setting

PROBES = (8, 16, 32, 64, 128, 256, 512, 1024)
LINKS, BUILD_EFFORT = 16, 80
"""Of the graphs, all three the same."""
EFFORTS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
_A_LIST = 40
"""Vectors a cluster is trained on."""


class _Selecting(Numbered):
    """Keeps the selector of the restriction."""

    index: Any

    def restrict(self, text: str, mask: NDArray[np.bool_]) -> None:
        self.bits: NDArray[Any] = np.packbits(mask, bitorder="little")
        self.selector = faiss.IDSelectorBitmap(self.bits) if text else None


class Flat(_Selecting):
    """Every vector, skipping those that do not match; exact."""

    def build(self, corpus: Corpus, folder: Path, kept: Path | None) -> None:
        del folder, kept
        self.vectors = corpus.vectors
        self.index = in_place(corpus.vectors)

    def ladders(self, k: int, matched: int) -> Sequence[Sequence[Setting]]:
        del k, matched
        return [[{}]]

    def search(self, queries: NDArray[np.float32], k: int, setting: Setting) -> NDArray[np.int64]:
        del setting
        rows: NDArray[np.int64] = self.index.search(queries, k, params=faiss.SearchParameters(sel=self.selector))[1]
        return rows


class FlatIds(Flat):
    """Every vector of a list of rows; exact."""

    def restrict(self, text: str, mask: NDArray[np.bool_]) -> None:
        self.bits = np.flatnonzero(mask)
        self.selector = faiss.IDSelectorArray(self.bits) if text else None


class Ivf(_Selecting):
    """Clusters of vectors; looks into the nearest clusters."""

    def build(self, corpus: Corpus, folder: Path, kept: Path | None) -> None:
        del folder, kept
        self.lists, coarse, sample = clusters(corpus.vectors)
        self.index = faiss.IndexIVFFlat(coarse, corpus.vectors.shape[1], self.lists, faiss.METRIC_INNER_PRODUCT)
        self.index.train(sample)
        add(self.index, corpus.vectors)

    def ladders(self, k: int, matched: int) -> Sequence[Sequence[Setting]]:
        del k, matched
        return [[{"nprobe": one} for one in PROBES if one <= self.lists]]

    def search(self, queries: NDArray[np.float32], k: int, setting: Setting) -> NDArray[np.int64]:
        parameters = faiss.SearchParametersIVF(nprobe=setting["nprobe"], sel=self.selector)
        rows: NDArray[np.int64] = self.index.search(queries, k, params=parameters)[1]
        return rows


class FastScan(_Selecting):
    """Clusters of codes of 4 bits, and the vectors of the best codes: FAISS's fastest without a restriction."""

    def build(self, corpus: Corpus, folder: Path, kept: Path | None) -> None:
        del folder, kept
        self.lists, coarse, sample = clusters(corpus.vectors)
        dim = corpus.vectors.shape[1]
        self.codes = faiss.IndexIVFPQFastScan(coarse, dim, self.lists, dim // 2, 4, faiss.METRIC_INNER_PRODUCT)
        self.codes.by_residual = False
        self.codes.train(sample)
        add(self.codes, corpus.vectors)
        self.vectors, self.flat = corpus.vectors, in_place(corpus.vectors)
        self.index = faiss.IndexRefine(self.codes, self.flat)

    def ladders(self, k: int, matched: int) -> Sequence[Sequence[Setting]]:
        del matched
        probes = [one for one in PROBES if one <= self.lists]
        times = (4, 10, 20, 40) if k <= 10 else (3, 6, 12)
        return [[{"nprobe": one, "k_factor": more} for one in probes] for more in times]

    def search(self, queries: NDArray[np.float32], k: int, setting: Setting) -> NDArray[np.int64]:
        inner = faiss.SearchParametersIVF(nprobe=setting["nprobe"], sel=self.selector)
        parameters = faiss.IndexRefineSearchParameters(k_factor=setting["k_factor"], base_index_params=inner)
        rows: NDArray[np.int64] = self.index.search(queries, k, params=parameters)[1]
        return rows


class Hnsw(_Selecting):
    """A graph of neighbours."""

    def build(self, corpus: Corpus, folder: Path, kept: Path | None) -> None:
        del folder
        path = kept / "faiss.hnsw" if kept else None
        if path is not None and path.exists():
            self.index = faiss.read_index(str(path))
            return
        self.index = faiss.IndexHNSWFlat(corpus.vectors.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = BUILD_EFFORT
        add(self.index, corpus.vectors)
        if path is not None:
            faiss.write_index(self.index, str(path))

    def ladders(self, k: int, matched: int) -> Sequence[Sequence[Setting]]:
        del matched
        return [[{"ef": one} for one in EFFORTS if one >= k]]

    def search(self, queries: NDArray[np.float32], k: int, setting: Setting) -> NDArray[np.int64]:
        parameters = faiss.SearchParametersHNSW(efSearch=setting["ef"], sel=self.selector)
        rows: NDArray[np.int64] = self.index.search(queries, k, params=parameters)[1]
        return rows


def clusters(vectors: NDArray[np.float32]) -> tuple[int, Any, NDArray[np.float32]]:
    """Return how many clusters FAISS's own advice has for so many vectors, an index of none yet, and a sample."""
    lists = max(64, int(2 ** np.round(np.log2(np.sqrt(len(vectors))))))
    rows = np.sort(np.random.default_rng(3).choice(len(vectors), min(len(vectors), _A_LIST * lists), replace=False))
    return lists, faiss.IndexFlatIP(vectors.shape[1]), np.ascontiguousarray(vectors[rows])


def add(index: Any, vectors: NDArray[np.float32]) -> None:  # noqa: ANN401 - faiss has no types
    """Add vectors part by part: they are mapped, and need not be in memory at once."""
    for start in range(0, len(vectors), 100_000):
        index.add(np.ascontiguousarray(vectors[start : start + 100_000]))


def in_place(vectors: NDArray[np.float32]) -> Any:  # noqa: ANN401 - faiss has no types
    """Return a flat index over mapped vectors, without a copy."""
    flat = faiss.IndexFlatIP(vectors.shape[1])
    held = faiss.MaybeOwnedVectorUInt8
    flat.codes = held.create_view(faiss.swig_ptr(vectors.view(np.uint8).reshape(-1)), vectors.nbytes, held().owner)
    flat.ntotal = len(vectors)
    return flat
