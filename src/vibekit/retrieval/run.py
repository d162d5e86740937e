"""Runs queries over a view: exact, or by codes, and the rows that were added since always exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vibekit.core.index import Plan
from vibekit.retrieval import exact as exactly
from vibekit.retrieval.ivf import lists_of
from vibekit.retrieval.topk import Hits, merged

if TYPE_CHECKING:
    import numpy.typing as npt

    from vibekit.retrieval.ivf import Refiner
    from vibekit.retrieval.planner import Choice
    from vibekit.retrieval.snapshot import Snapshot
    from vibekit.retrieval.views import View

WORTH = 0.5
"""Share of the matches that would be refined, from which on comparing all of them is as cheap."""


class Found(NamedTuple):
    """What was found, and how.

    Attributes:
        hits: Of all queries.
        plan: How.
        recall: That is to be expected; None where it was not measured.
    """

    hits: Hits
    plan: Plan
    recall: float | None


def run(
    snapshot: Snapshot,
    view: View,
    refiner: Refiner,
    queries: npt.NDArray[np.float32],
    k: int,
    choice: Choice | None,
) -> Found:
    """Find the k nearest of a view.

    Args:
        snapshot: That the view is of.
        view: Of a restriction.
        refiner: Of the snapshot.
        queries: Shape (q, d).
        k: Results a query, at least 1.
        choice: How far to look; None: at everything.

    Returns:
        min(k, matched) results for every query.
    """
    if not view.matched:
        none = np.zeros(len(queries), np.int64)
        nothing = Hits(none[:, None][:, :0].astype(np.float32), none[:, None][:, :0], none)
        return Found(nothing, Plan.EMPTY, 1.0)
    k = min(k, view.matched)
    if choice is None or view.codes is None or _hardly_less(view, choice, k):
        return Found(_exact(snapshot, view, queries, k), Plan.EXACT, 1.0)
    by = _by_codes if choice.refine else _by_vectors
    hits = by(view, refiner, queries, k, choice)
    if view.matched > view.rows:
        hits = merged(hits, _tail(snapshot, view, queries, k), k)
    if hits.places.shape[1] < k:
        return Found(_exact(snapshot, view, queries, k), Plan.EXACT, 1.0)
    short = np.flatnonzero(hits.places[:, -1] < 0)
    if len(short):
        whole = _exact(snapshot, view, np.ascontiguousarray(queries[short]), k)
        hits.scores[short], hits.places[short], hits.scanned[short] = whole
    return Found(hits, Plan.IVF, choice.recall)


def _hardly_less(view: View, choice: Choice, k: int) -> bool:
    """Tell whether comparing every vector costs about as much."""
    if choice.refine:
        return max(choice.refine, k) >= WORTH * view.rows
    return view.centres is None or max(choice.scan, k) >= WORTH * view.rows


def _exact(snapshot: Snapshot, view: View, queries: npt.NDArray[np.float32], k: int) -> Hits:
    if view.vectors is not None and len(view.vectors) == view.matched:
        return exactly.among(view.vectors, view.places, queries, k)
    return exactly.through(snapshot, view.places, queries, k)


def _tail(snapshot: Snapshot, view: View, queries: npt.NDArray[np.float32], k: int) -> Hits:
    places = view.places[view.rows :]
    vectors = snapshot.vectors(places) if view.vectors is None else view.vectors
    return exactly.among(vectors, places, queries, k)


def _by_vectors(view: View, refiner: Refiner, queries: npt.NDArray[np.float32], k: int, choice: Choice) -> Hits:
    """Compare every vector of the nearest clusters."""
    assert view.centres is not None
    k = min(k, view.rows)
    lists, scanned = lists_of(queries, view.centres, view.lists, view.counts, max(choice.scan, k), choice.margin)
    parts = [refiner.refine(queries[at : at + 1], view.in_lists(mine)[None], k) for at, mine in enumerate(lists)]
    return Hits(
        np.concatenate([one.scores for one in parts]),
        np.concatenate([one.places for one in parts]),
        scanned.astype(np.int64, copy=False),
    )


def _by_codes(view: View, refiner: Refiner, queries: npt.NDArray[np.float32], k: int, choice: Choice) -> Hits:
    assert view.codes is not None
    refine = min(max(choice.refine, k), view.rows)
    if view.centres is None:
        lists = np.zeros((len(queries), 1), np.int64)
        scanned = np.full(len(queries), view.rows, np.int64)
    else:
        lists, scanned = lists_of(
            queries, view.centres, view.lists, view.counts, max(choice.scan, refine), choice.margin
        )
    places = view.codes.search(queries, lists, refine, bits=view.bits)
    hits = refiner.refine(queries, places, min(k, refine))
    return hits._replace(scanned=scanned.astype(np.int64, copy=False))
