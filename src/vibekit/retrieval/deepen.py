"""Runs queries as far as measured efforts say, and farther where excluded videos stand before the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vibekit.core.index import Plan
from vibekit.retrieval.learn import efforts_for
from vibekit.retrieval.narrow import passed_over
from vibekit.retrieval.planner import choose
from vibekit.retrieval.run import run

if TYPE_CHECKING:
    import numpy.typing as npt

    from vibekit.retrieval.ivf import Refiner
    from vibekit.retrieval.narrow import Narrowed
    from vibekit.retrieval.planner import Choice
    from vibekit.retrieval.snapshot import Snapshot
    from vibekit.retrieval.topk import Hits


class Answered(NamedTuple):
    """What was found, and how, query by query.

    Attributes:
        hits: Of all queries.
        plans: How each was answered.
        recalls: That are to be expected; None where nothing like it was measured.
    """

    hits: Hits
    plans: list[Plan]
    recalls: list[float | None]


def answered(
    snapshot: Snapshot,
    refiner: Refiner,
    narrow: Narrowed,
    queries: npt.NDArray[np.float32],
    k: int,
    *,
    exact: bool = False,
) -> Answered:
    """Find the k nearest of what a search may find.

    Efforts were measured for the k nearest of a restriction. Where m excluded videos are nearer than the last of the
    results, these are among the k + m nearest, and it is searched as far as for so many.

    Args:
        snapshot: Of one generation.
        refiner: Of the snapshot.
        narrow: What is searched.
        queries: Shape (q, d).
        k: Results a query, those that are dropped later included.
        exact: Compare everything.
    """
    view = narrow.view

    def far(nearest: int) -> Choice:
        k = min(nearest, view.matched + len(narrow.excluded))
        known = view.choices.get((k, narrow.listed))
        if known is None:
            known = view.choices[k, narrow.listed] = choose(
                efforts_for(snapshot, view), restriction=view.text, matched=view.matched, k=k, narrowed=narrow.listed
            )
        return known

    choice = None if exact or view.codes is None else far(k)
    hits, plan, recall = run(snapshot, view, refiner, queries, k, choice)
    plans, recalls = [plan] * len(queries), [recall] * len(queries)
    if plan is Plan.IVF and len(narrow.excluded):
        nearer = passed_over(snapshot, narrow.excluded, queries, hits.scores[:, -1])
        for number in np.flatnonzero(nearer).tolist():
            farther = far(k + int(nearer[number]))
            recalls[number] = farther.recall
            if farther != choice:
                more = run(snapshot, view, refiner, queries[number : number + 1], k, farther)
                hits.scores[number], hits.places[number] = more.hits.scores[0], more.hits.places[0]
                hits.scanned[number] = more.hits.scanned[0]
                plans[number], recalls[number] = more.plan, more.recall
    return Answered(hits, plans, recalls)
