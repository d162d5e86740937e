"""Search by codes: the codes of some clusters are compared, then the vectors of the best of them.

The clusters are those whose centroids are nearest, until enough *matching* rows are covered: a rare attribute is
searched in more clusters than a frequent one, and empty clusters cost nothing.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from vibekit.retrieval.codes import padded, quantiser_of
from vibekit.retrieval.library import faiss
from vibekit.retrieval.storage import from_storage
from vibekit.retrieval.topk import Hits, best

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from vibekit.retrieval.snapshot import Snapshot

_REFINED_AT_ONCE = 1 << 15
"""Rows that are read at once to be compared, where FAISS cannot compare them in place."""
_SPARE = 2
"""Lists that are sorted, as a multiple of those that would do if all were of one size."""


class Codes:
    """The codes of some rows in lists, as FAISS's FastScan wants them.

    Args:
        snapshot: That the rows are of.
        rows: Shape (r,), rising; None for all.
        edges: Shape (l + 1,): list i holds those of the rows edges[i] to edges[i + 1].
        centres: Shape (l, d): of the lists; None where there is nothing to choose.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        rows: npt.NDArray[np.int64] | None,
        edges: npt.NDArray[np.int64] | None,
        centres: npt.NDArray[np.float32] | None = None,
    ) -> None:
        assert edges is not None
        self.edges, self.centres = edges, centres
        counts = np.diff(edges) if rows is None else np.diff(rows.searchsorted(edges))
        assert snapshot.codebook is not None
        assert snapshot.codes is not None
        quantiser = quantiser_of(snapshot.codebook)
        # its centroids are never asked: the clusters are chosen by the caller
        coarse = faiss.IndexFlatIP(quantiser.d)
        coarse.add(np.zeros((len(counts), quantiser.d), np.float32))
        plain = faiss.IndexIVFPQ(coarse, quantiser.d, len(counts), quantiser.M, 4, faiss.METRIC_INNER_PRODUCT)
        plain.by_residual = False
        plain.pq = quantiser
        plain.is_trained = True
        codes = snapshot.codes if rows is None else snapshot.codes[rows]
        places = np.arange(len(codes), dtype=np.int64) if rows is None else np.ascontiguousarray(rows, np.int64)
        at = 0
        for number, count in enumerate(counts.tolist()):
            if count:
                some, where = np.ascontiguousarray(codes[at : at + count]), places[at : at + count]
                plain.invlists.add_entries(number, count, faiss.swig_ptr(where), faiss.swig_ptr(some))
            at += count
        plain.ntotal = at
        self._index = faiss.IndexIVFPQFastScan(plain)
        self._coarse = coarse
        self.dim = int(quantiser.d)
        self.bytes = at * (8 + codes.shape[1])

    def search(
        self,
        queries: npt.NDArray[np.float32],
        lists: npt.NDArray[np.int64],
        k: int,
        *,
        bits: npt.NDArray[np.uint8] | None = None,
    ) -> npt.NDArray[np.int64]:
        """Return the places of the k best codes of each query, -1 where there are fewer.

        Args:
            queries: Shape (q, d).
            lists: Shape (q, p): to look into, -1 for none.
            k: How many.
            bits: Rows that may be found, one bit each, the lowest bit first; None for all.
        """
        wide = padded(queries, self.dim)
        lists = np.ascontiguousarray(lists)
        parameters, _alive = _parameters(lists.shape[1], bits)
        near = np.zeros(lists.shape, np.float32)
        scores = np.empty((len(wide), k), np.float32)
        places = np.empty((len(wide), k), np.int64)
        self._index.search_preassigned_c(
            len(wide),
            faiss.swig_ptr(wide),
            k,
            faiss.swig_ptr(lists),
            faiss.swig_ptr(near),
            faiss.swig_ptr(scores),
            faiss.swig_ptr(places),
            False,
            parameters,
        )
        return places


class Refiner:
    """Compares the vectors of some rows with queries.

    Args:
        snapshot: That the rows are of.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._flat = _in_place(snapshot.rows) if snapshot.rows.dtype == np.float32 and len(snapshot.rows) else None

    def refine(self, queries: npt.NDArray[np.float32], places: npt.NDArray[np.int64], k: int) -> Hits:
        """Return the k best of some rows.

        Args:
            queries: Shape (q, d).
            places: Shape (q, r) of rows, -1 for none.
            k: Results a query.
        """
        scores = self._scores(queries, places)
        found, own = best(scores, places, k)
        return Hits(found, own, np.zeros(len(queries), np.int64))

    def _scores(self, queries: npt.NDArray[np.float32], places: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        count, wide = places.shape
        scores = np.empty((count, wide), np.float32)
        if self._flat is not None:
            self._flat.compute_distance_subset(
                count, faiss.swig_ptr(queries), wide, faiss.swig_ptr(scores), faiss.swig_ptr(places)
            )
        else:
            step = max(_REFINED_AT_ONCE // wide, 1)
            for start in range(0, count, step):
                some = places[start : start + step]
                rows = from_storage(self._snapshot.rows[some.reshape(-1)], sq8=self._snapshot.sq8)
                rows = rows.reshape(*some.shape, -1)
                scores[start : start + step] = np.matmul(rows, queries[start : start + step, :, None])[:, :, 0]
        scores[places < 0] = -np.inf
        return scores


def _in_place(rows: npt.NDArray[np.float32]) -> Any:  # noqa: ANN401 - faiss has no types
    """Return a flat index over rows that stay where they are, such as in a mapped file."""
    flat = faiss.IndexFlatIP(rows.shape[1])
    held = faiss.MaybeOwnedVectorUInt8
    flat.codes = held.create_view(faiss.swig_ptr(rows.view(np.uint8).reshape(-1)), rows.nbytes, held().owner)
    flat.ntotal = len(rows)
    return flat


def lists_of(
    queries: npt.NDArray[np.float32],
    centres: npt.NDArray[np.float32],
    lists: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    scan: int,
    margin: float = 0.0,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Choose the lists to look into: the nearest first, until enough rows are covered and the next is far behind.

    Args:
        queries: Shape (q, d).
        centres: Shape (l, d): centroids of the lists that hold a matching row.
        lists: Shape (l,): their numbers.
        counts: Shape (l,): matching rows of each.
        scan: Matching rows to cover at least.
        margin: Lists whose score is at most so much below the best one's are taken in any case; times the length of
            the query.

    Returns:
        Lists, shape (q, p), -1 for none; and the matching rows in them, shape (q,).
    """
    if len(queries) == 1:
        return _lists_of_one(centres @ queries[0], lists, counts, scan, margin * _length(queries[0]))
    near = queries @ centres.T
    order = np.argsort(-near, axis=1)
    covered = np.cumsum(counts[order], axis=1)
    least = near.max(axis=1) - margin * np.linalg.norm(queries, axis=1)
    takes = np.maximum((covered < scan).sum(axis=1) + 1, (near >= least[:, None]).sum(axis=1))
    takes = np.minimum(takes, len(lists))
    chosen = lists[order[:, : int(takes.max())]]
    chosen[np.arange(chosen.shape[1])[None] >= takes[:, None]] = -1
    return chosen, np.take_along_axis(covered, takes[:, None] - 1, 1)[:, 0]


def _length(query: npt.NDArray[np.float32]) -> float:
    return math.sqrt(float(np.dot(query, query)))


def _lists_of_one(
    near: npt.NDArray[np.float32], lists: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], scan: int, margin: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Choose for one query; of many lists, only some more than will be needed are sorted."""
    total = len(near)
    close = int(np.count_nonzero(near >= near.max() - margin))
    likely = max(int(_SPARE * scan * total / counts.sum()) + 16, close)
    if likely < total // 2:
        some = near.argpartition(total - likely)[total - likely :]
        order = some[(-near[some]).argsort()]
        covered = counts[order].cumsum()
        if covered[-1] >= scan:
            take = max(int(covered.searchsorted(scan)) + 1, close)
            return lists[order[:take]][None], covered[take - 1 : take]
    order = (-near).argsort()
    covered = counts[order].cumsum()
    take = min(max(int(covered.searchsorted(scan)) + 1, close), total)
    return lists[order[:take]][None], covered[take - 1 : take]


@lru_cache(maxsize=1024)
def _plain_parameters(probes: int) -> Any:  # noqa: ANN401 - faiss has no types
    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = probes
    return parameters


def _parameters(probes: int, bits: npt.NDArray[np.uint8] | None) -> tuple[Any, Any]:
    """Return FAISS's parameters, and what must live as long: they hold a bare pointer to the selector."""
    if bits is None:
        return _plain_parameters(probes), None
    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = probes
    selector = faiss.IDSelectorBitmap(bits)
    parameters.sel = selector
    return parameters, selector
