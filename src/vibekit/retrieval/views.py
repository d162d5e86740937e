"""What a restriction lets through, made ready to be searched, and kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.restriction import canonical
from vibekit.core.restriction_bind import read_restriction
from vibekit.retrieval.ivf import Codes
from vibekit.retrieval.planner import LIMITS, Limits
from vibekit.retrieval.restrict import evaluate

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from vibekit.core.index import Effort
    from vibekit.retrieval.planner import Choice
    from vibekit.retrieval.snapshot import Snapshot

MEMORY = 2 << 30
"""Bytes that views may take when nothing else is said."""
_MOST_TEXTS = 4096
"""Ways of typing that are remembered; each costs some hundred bytes."""
FULL = 96
"""Rows that a list should hold: FastScan compares 32 at a time, and opening a list costs as much as 50 rows."""
_ONE_LIST = np.zeros(1, np.int64)


class View:
    """The places that a restriction lets through.

    Attributes:
        text: Canonical text of the restriction.
        places: Shape (matched,), rising: rows, then tail rows.
        rows: How many of them are rows; the others are of the tail.
        vectors: Shape (matched, d) of all places where they are few, else of those of the tail; None: not held.
        codes: Of the rows; None where every vector is compared.
        bits: Shape (n / 8,): which rows may be found, where ``codes`` has others too; else None.
        lists: Shape (l,): lists of ``codes`` that hold a matching row.
        counts: Shape (l,): matching rows in each.
        starts: Shape (l,): where each begins among ``places``.
        centres: Shape (l, d): their centroids; None where there is one list.
        choices: How far to look, as chosen before: by the number of results and whether it is narrowed.
        asked: Queries so far.
        learned: Efforts that were measured for it since the index was opened.
    """

    __slots__ = (
        "asked",
        "bits",
        "centres",
        "choices",
        "codes",
        "counts",
        "learned",
        "lists",
        "places",
        "rows",
        "starts",
        "text",
        "vectors",
    )

    def __init__(self, text: str, places: npt.NDArray[np.int64], rows: int) -> None:
        self.text = text
        self.places = places
        self.rows = rows
        self.vectors: npt.NDArray[np.float32] | None = None
        self.codes: Codes | None = None
        self.bits: npt.NDArray[np.uint8] | None = None
        self.lists = _ONE_LIST
        self.counts = np.array([rows], np.int64)
        self.starts = np.zeros(1, np.int64)
        self.centres: npt.NDArray[np.float32] | None = None
        self.choices: dict[tuple[int, bool], Choice] = {}
        self.asked = 0
        self.learned: tuple[Effort, ...] = ()

    @property
    def matched(self) -> int:
        """Videos that it lets through."""
        return len(self.places)

    def counts_in(self, edges: npt.NDArray[np.int64] | None) -> npt.NDArray[np.int64]:
        """Return how many of its rows lie between each two edges."""
        assert edges is not None
        counts: npt.NDArray[np.int64] = np.diff(self.places[: self.rows].searchsorted(edges))
        return counts

    def spread(self, codes: Codes) -> None:
        """Note in which lists of some codes its rows are."""
        counts = self.counts_in(codes.edges)
        self.lists = np.flatnonzero(counts)
        self.counts = counts[self.lists]
        self.starts = self.counts.cumsum() - self.counts
        if codes.centres is not None:
            whole = len(self.lists) == len(codes.centres)
            self.centres = codes.centres if whole else np.ascontiguousarray(codes.centres[self.lists])

    def in_lists(self, lists: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return its places in some of ``lists``, list by list; -1 is no list."""
        at = self.lists.searchsorted(lists[lists >= 0])
        counts = self.counts[at]
        begins = counts.cumsum() - counts
        found: npt.NDArray[np.int64] = self.places[
            np.repeat(self.starts[at] - begins, counts) + np.arange(counts.sum())
        ]
        return found

    @property
    def owns_codes(self) -> bool:
        """Whether its codes hold no other rows."""
        return self.codes is not None and self.bits is None

    @property
    def bytes(self) -> int:
        """Memory that it takes, codes that belong to another view left out."""
        arrays = (self.places, self.vectors, self.bits, self.lists, self.counts, self.starts, self.centres)
        own = self.codes.bytes if self.codes is not None and self.owns_codes else 0
        return own + sum(one.nbytes for one in arrays if one is not None)


class Views:
    """Views of one snapshot, the least recently used given up first. Safe to use from several threads.

    Args:
        snapshot: That is looked at.
        memory: Bytes that views may take; the last one that was asked for is kept in any case.
        limits: Up to which simpler ways are taken.
    """

    def __init__(self, snapshot: Snapshot, *, memory: int | None = None, limits: Limits = LIMITS) -> None:
        self._snapshot = snapshot
        self._limits = limits
        self._memory = MEMORY if memory is None else memory
        self._kept: OrderedDict[str, View] = OrderedDict()
        self._typed: dict[str, str] = {}
        self._lock = threading.Lock()
        self._making = threading.Lock()

    def get(self, text: str) -> View:
        """Return the view of a restriction.

        Args:
            text: As typed; empty for every video.

        Raises:
            UsageError: It cannot be read, or names something that the index does not have.
        """
        name = self._typed.get(text)
        if name is not None:
            with self._lock:
                view = self._kept.get(name)
                if view is not None:
                    self._kept.move_to_end(name)
            if view is not None and (view.codes is None or view.owns_codes):
                return view
        return self._made(text)

    def without(self, view: View, kept: npt.NDArray[np.int64]) -> View:
        """Return a view of some of the places of another, for one search: nothing of it is kept.

        Args:
            view: Of a restriction.
            kept: Some of its places, rising.
        """
        rows = int(kept.searchsorted(len(self._snapshot.rows)))
        one = View(view.text, kept, rows)
        one.learned = view.learned
        if rows > self._limits.exact and view.codes is not None:
            self._borrow(one, view.codes)
        return one

    def _made(self, text: str) -> View:
        with self._making:
            restriction = read_restriction(text, attributes=self._snapshot.attributes, columns=self._snapshot.columns)
            name = canonical(restriction)
            with self._lock:
                view = self._kept.get(name)
            if view is None:
                view = self._prepared(View(name, *self._places(restriction)))
            elif view.codes is not None and not view.owns_codes:
                # asked for again: it pays to have its own codes
                view = self._prepared(View(name, view.places, view.rows), again=True)
            with self._lock:
                self._keep(name, view)
                if len(self._typed) >= _MOST_TEXTS:
                    self._typed.clear()
                self._typed[text] = name
            return view

    def _keep(self, name: str, view: View) -> None:
        self._kept[name] = view
        self._kept.move_to_end(name)
        total = sum(one.bytes for one in self._kept.values())
        for other in list(self._kept):
            if total <= self._memory or other == name:
                break
            total -= self._kept.pop(other).bytes

    def _places(self, restriction: Any) -> tuple[npt.NDArray[np.int64], int]:  # noqa: ANN401
        allowed = evaluate(restriction, self._snapshot).fill_null(False)
        mask = np.asarray(allowed.to_numpy(zero_copy_only=False), bool)
        if self._snapshot.removed is not None:
            mask = mask & ~self._snapshot.removed
        places = np.flatnonzero(mask)
        return places, int(places.searchsorted(len(self._snapshot.rows)))

    def _prepared(self, view: View, *, again: bool = False) -> View:
        snapshot = self._snapshot
        if snapshot.codes is None or view.rows <= self._limits.exact:
            if view.matched and 4 * snapshot.rows.shape[1] * view.matched <= self._memory:
                view.vectors = snapshot.vectors(view.places)
            return view
        if view.matched > view.rows:
            view.vectors = snapshot.vectors(view.places[view.rows :])
        rows = None if view.rows == len(snapshot.rows) else view.places[: view.rows]
        if view.rows <= self._limits.flat:
            view.codes = Codes(snapshot, rows, np.array([0, len(snapshot.rows)]))
            view.spread(view.codes)
            return view
        counts = view.counts_in(snapshot.offsets)
        sparse = view.rows < FULL * np.count_nonzero(counts)
        with self._lock:
            everything = self._kept.get("")
        if again or sparse or everything is None or everything.codes is None:
            edges, centres = self._joined(counts) if sparse else (snapshot.offsets, snapshot.centroids)
            view.codes = Codes(snapshot, rows, edges, centres)
            view.spread(view.codes)
        else:
            self._borrow(view, everything.codes)
        return view

    def _borrow(self, view: View, codes: Codes) -> None:
        view.codes = codes
        mask = np.zeros(len(self._snapshot.rows), bool)
        mask[view.places[: view.rows]] = True
        view.bits = np.packbits(mask, bitorder="little")
        if view.vectors is None and view.matched > view.rows:
            view.vectors = self._snapshot.vectors(view.places[view.rows :])
        view.spread(codes)

    def _joined(self, counts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Join neighbouring clusters into lists that are full enough; return where they begin, and their centres."""
        offsets, centroids = self._snapshot.offsets, self._snapshot.centroids
        assert offsets is not None
        assert centroids is not None
        filled = np.flatnonzero(counts)
        rows = counts[filled]
        starts = np.flatnonzero(np.diff((rows.cumsum() - rows) // FULL, prepend=-1))
        weights = rows[:, None].astype(np.float32)
        centres = np.add.reduceat(centroids[filled] * weights, starts) / np.add.reduceat(weights, starts)
        edges = np.append(offsets[filled[starts]], offsets[-1])
        return edges, np.ascontiguousarray(centres, np.float32)
