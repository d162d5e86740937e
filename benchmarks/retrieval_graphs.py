"""hnswlib, which asks a function about each row, and usearch and ScaNN, which are asked for more than is needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.retrieval_engine import Numbered
from benchmarks.retrieval_faiss import BUILD_EFFORT, EFFORTS, LINKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.retrieval_data import Corpus
    from benchmarks.retrieval_engine import Setting

MOST_FETCHED = 20_000
"""Results that an engine without restrictions is asked for at most."""
TIMES = (1.5, 6.0, 40.0, 1_000.0)
"""Results to fetch, as a multiple of k / the share of rows that match, as far as that is allowed."""
LEAVES = (8, 16, 32, 64, 128, 256, 512)
_A_LEAF = 250


class Hnswlib(Numbered):
    """A graph of neighbours; Python is asked about every row that is met."""

    def build(self, corpus: Corpus, folder: Path, kept: Path | None) -> None:
        del folder
        import hnswlib

        n, dim = corpus.vectors.shape
        path = kept / "hnswlib" if kept else None
        self.index = hnswlib.Index(space="ip", dim=dim)
        if path is not None and path.exists():
            self.index.load_index(str(path), max_elements=n)
        else:
            self.index.init_index(max_elements=n, M=LINKS, ef_construction=BUILD_EFFORT, random_seed=1)
            for start in range(0, n, 100_000):
                rows = np.arange(start, min(n, start + 100_000))
                self.index.add_items(corpus.vectors[rows], rows, num_threads=1)
            if path is not None:
                self.index.save_index(str(path))
        self.index.set_num_threads(1)

    def restrict(self, text: str, mask: NDArray[np.bool_]) -> None:
        # bytes answer in half the time that an array of numpy takes
        self.filter = mask.tobytes().__getitem__ if text else None

    def ladders(self, k: int, matched: int) -> Sequence[Sequence[Setting]]:
        del matched
        return [[{"ef": one} for one in EFFORTS if one >= k]]

    def search(self, queries: NDArray[np.float32], k: int, setting: Setting) -> NDArray[np.int64]:
        self.index.set_ef(setting["ef"])
        try:
            return np.asarray(self.index.knn_query(queries, k, num_threads=1, filter=self.filter)[0], np.int64)
        except RuntimeError:
            # it found fewer than k, and says only that
            return np.full((len(queries), 0), -1, np.int64)


class _Fetching(Numbered):
    """Is asked for more than k, and what does not match is dropped."""

    def restrict(self, text: str, mask: NDArray[np.bool_]) -> None:
        self.mask = mask if text else None

    def fetched(self, k: int, matched: int) -> list[int]:
        """Return the numbers of results to try."""
        if self.mask is None:
            return [k]
        share = matched / len(self.mask)
        return sorted({min(MOST_FETCHED, len(self.mask), math.ceil(k / share * more)) for more in TIMES})

    def kept(self, rows: NDArray[np.integer[Any]], k: int) -> NDArray[np.int64]:
        """Return the first k of some rows that match, shape (k,), -1 where there are no more."""
        found = np.full(k, -1, np.int64)
        own = rows if self.mask is None else rows[self.mask[rows]]
        found[: min(len(own), k)] = own[:k]
        return found


class Usearch(_Fetching):
    """A graph of neighbours, without restrictions."""

    def build(self, corpus: Corpus, folder: Path, kept: Path | None) -> None:
        del folder
        from usearch.index import Index

        n, dim = corpus.vectors.shape
        path = kept / "usearch" if kept else None
        self.index: Any = Index(ndim=dim, metric="ip", dtype="f32", connectivity=LINKS, expansion_add=BUILD_EFFORT)
        if path is not None and path.exists():
            self.index.load(str(path))
            return
        for start in range(0, n, 100_000):
            rows = np.arange(start, min(n, start + 100_000))
            self.index.add(rows, corpus.vectors[rows], threads=1)
        if path is not None:
            self.index.save(str(path))

    def ladders(self, k: int, matched: int) -> Sequence[Sequence[Setting]]:
        # its search widens by itself to as many as are fetched
        fetched = self.fetched(k, matched)
        efforts = [one for one in EFFORTS if one > fetched[-1]][:2] or [fetched[-1]]
        return [[{"fetch": one, "ef": one} for one in fetched] + [{"fetch": fetched[-1], "ef": one} for one in efforts]]

    def search(self, queries: NDArray[np.float32], k: int, setting: Setting) -> NDArray[np.int64]:
        self.index.expansion_search = setting["ef"]
        if len(queries) == 1:
            return self.kept(self.index.search(queries[0], setting["fetch"], threads=1).keys.astype(np.int64), k)[None]
        keys = self.index.search(queries, setting["fetch"], threads=1).keys.astype(np.int64)
        return np.stack([self.kept(row, k) for row in keys])


class Scann(_Fetching):
    """Clusters of codes and the vectors of the best codes, without restrictions."""

    def build(self, corpus: Corpus, folder: Path, kept: Path | None) -> None:
        del folder
        import scann

        path = kept / "scann" if kept else None
        if path is not None and path.exists():
            self.index = scann.scann_ops_pybind.load_searcher(str(path))
            return
        n = len(corpus.vectors)
        leaves = max(64, int(math.sqrt(n)))
        made = scann.scann_ops_pybind.builder(np.array(corpus.vectors), 10, "dot_product")
        made = made.tree(leaves, leaves // 10, training_sample_size=min(n, _A_LEAF * leaves), spherical=True)
        made = made.score_ah(2, anisotropic_quantization_threshold=0.2).reorder(100)
        self.index = made.set_n_training_threads(1).build()
        if path is not None:
            path.mkdir()
            self.index.serialize(str(path))

    def ladders(self, k: int, matched: int) -> Sequence[Sequence[Setting]]:
        found: list[list[Setting]] = []
        for fetch in self.fetched(k, matched):
            found += [
                [{"fetch": fetch, "reorder": reorder, "leaves": one} for one in LEAVES]
                for reorder in sorted({max(fetch, 10 * k), max(fetch, 30 * k)})
            ]
        return found

    def search(self, queries: NDArray[np.float32], k: int, setting: Setting) -> NDArray[np.int64]:
        how = {
            "final_num_neighbors": setting["fetch"],
            "pre_reorder_num_neighbors": setting["reorder"],
            "leaves_to_search": setting["leaves"],
        }
        if len(queries) == 1:
            return self.kept(self.index.search(queries[0], **how)[0], k)[None]
        return np.stack([self.kept(row, k) for row in self.index.search_batched(queries, **how)[0]])
