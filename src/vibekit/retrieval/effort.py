"""How far to look for a recall, measured against the exact answer when an index is built."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.index import ColumnType, Effort, Plan
from vibekit.core.restriction import Compare, Everything, Is, Sign, Value, both, canonical, negated, text
from vibekit.core.restriction import number as as_number
from vibekit.core.restriction_bind import attribute_name
from vibekit.retrieval.ivf import Refiner, lists_of
from vibekit.retrieval.planner import EVERYTHING, OTHER, Choice, most_refined
from vibekit.retrieval.query_kinds import draw_queries
from vibekit.retrieval.reach import Reach, Reaches
from vibekit.retrieval.run import WORTH, run
from vibekit.retrieval.views import View, Views

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from vibekit.core.index import IndexedAttribute
    from vibekit.core.restriction import Restriction
    from vibekit.retrieval.query_kinds import Kinds
    from vibekit.retrieval.snapshot import Snapshot

QUERIES = 64
"""Of each kind."""
COMBINED = 12
"""Combinations of two attributes that are measured for restrictions nobody thought of."""
REFINED = (1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 48, 64, 80, 100)
"""Multiples of k."""
WIDEST = 2500
"""Rows to refine at most, or five for each one asked for."""
REFINE_COST = 0.25
"""Microseconds a row refined, at 256 dimensions: see ``reach``."""
COVERED = (0.25, 0.5, 0.75)
"""How much of what may be missed is left to the codes: shares of the way from the target to everything that the
clusters cover."""
_MISSED = 1e9
"""Cost of what does not reach the target."""
_MORE = 2.0
"""Between measured numbers of matches, efforts for other restrictions are pooled within this factor."""


def measure_efforts(snapshot: Snapshot, *, ks: Sequence[int], target: float, seed: int = 0) -> tuple[Effort, ...]:
    """Measure how far to look for each attribute, for all videos, and for restrictions like some combinations.

    The queries are videos from inside the attribute, videos from outside, and users that like videos of two clusters;
    the recall is that of the worst of these kinds. The efforts of restriction ``""`` are, for each number of
    matches, the largest of what was measured near it.

    Args:
        snapshot: Of the generation; without clusters there is nothing to measure.
        ks: Numbers of results.
        target: Recall to reach.
        seed: Of the queries and the combinations.

    Returns:
        Efforts; none where every search is exact.
    """
    if snapshot.codes is None:
        return ()
    random = np.random.default_rng([seed, 6])
    found: list[Effort] = []
    for restriction in _restrictions(snapshot, random):
        # one at a time: nothing is kept of those that were measured
        views = Views(snapshot, memory=0)
        view = views.get(canonical(restriction))
        if view.codes is not None:
            found.extend(measure_view(snapshot, view, ks, target, random))
    return (*found, *_pooled(found, ks))


def _restrictions(snapshot: Snapshot, random: np.random.Generator) -> Iterator[Restriction]:
    yield Everything()
    single = [leaf for one in snapshot.attributes for leaf in _leaves(snapshot, one)]
    yield from single
    if len(single) == 1:
        yield negated(single[0])
    seen = set[str]()
    for _ in range(COMBINED if len(single) > 1 else 0):
        first, second = random.choice(len(single), 2, replace=False).tolist()
        one = both(single[first], single[second] if random.random() < 1 / 3 else negated(single[second]))
        if canonical(one) not in seen:
            seen.add(canonical(one))
            yield one


def _leaves(snapshot: Snapshot, one: IndexedAttribute) -> list[Restriction]:
    name = attribute_name(one.name, snapshot.columns)
    if one.kind is Kind.BINARY:
        return [Is(name=name)]
    return [Compare(name=name, sign=Sign.EQUAL, value=_value(label)) for label in one.labels]


def _value(label: bool | int | str) -> Value:
    if isinstance(label, bool):
        return Value(type=ColumnType.TRUTH, value=label)
    return as_number(label) if isinstance(label, int) else text(label)


def measure_view(
    snapshot: Snapshot, view: View, ks: Sequence[int], target: float, random: np.random.Generator
) -> Iterator[Effort]:
    """Measure how far to look for one restriction.

    Args:
        snapshot: Of the generation.
        view: Of the restriction, with codes.
        ks: Numbers of results; those of more than there are rows are left out.
        target: Recall to reach.
        random: That the queries are drawn with.
    """
    assert view.codes is not None
    queries = draw_queries(snapshot, view.places[: view.rows], QUERIES, random)
    most = min(max(ks), view.rows)
    rows = View(view.text, view.places[: view.rows], view.rows)
    truth = run(snapshot, rows, Refiner(snapshot), queries.vectors, most, None).hits.places
    width = min(max(WIDEST, 5 * max(ks)), view.rows)
    reaches = None if view.centres is None else Reaches(view, queries.vectors, truth)
    for k in ks:
        if k > view.rows:
            continue
        if reaches is None:
            ways = [Reach(scan=view.rows, margin=0.0, rows=view.rows, lists=1.0)]
        else:
            ways = [reaches.cheapest(k, target + share * (1 - target), queries.sure) for share in COVERED]
        found = [_refined(view, queries, truth[:, :k], way, k=k, width=width, target=target) for way in set(ways)]
        cost, effort = min(found, key=lambda one: one[0])
        yield (
            effort if cost < _MISSED else _without_codes(snapshot, view, queries, truth[:, :k], effort, reaches, target)
        )


def _without_codes(
    snapshot: Snapshot,
    view: View,
    queries: Kinds,
    truth: npt.NDArray[np.int64],
    missed: Effort,
    reaches: Reaches | None,
    target: float,
) -> Effort:
    """Where codes do not tell the nearest apart, vectors are compared: of the nearest clusters if that does, or all."""
    whole = replace(missed, scan=view.rows, refine=view.rows, margin=0.0, recall=1.0)
    if reaches is None:
        return whole
    k = truth.shape[1]
    way = reaches.cheapest(k, target, queries.sure)
    found = run(snapshot, view, Refiner(snapshot), queries.vectors, k, Choice(way.scan, 0, None, way.margin))
    shares = np.array([np.isin(true, mine).mean() for true, mine in zip(truth, found.hits.places, strict=True)])
    recall = queries.sure(shares)
    if found.plan is Plan.EXACT or recall < target or way.rows >= WORTH * view.rows:
        return whole
    return replace(missed, scan=way.scan, refine=0, margin=way.margin, recall=recall)


def _refined(
    view: View, queries: Kinds, truth: npt.NDArray[np.int64], way: Reach, *, k: int, width: int, target: float
) -> tuple[float, Effort]:
    """Return the fewest rows to refine that reach the target, and the cost; where none does, a cost beyond all."""
    assert view.codes is not None
    if view.centres is None:
        lists = np.zeros((len(truth), 1), np.int64)
    else:
        lists, _ = lists_of(queries.vectors, view.centres, view.lists, view.counts, way.scan, way.margin)
    ranks = _ranks(view.codes.search(queries.vectors, lists, width), truth)
    for times in REFINED:
        refine = min(max(int(k * times), 16), width)
        shares = (ranks < refine).mean(axis=1)
        # what is sure, not the mean: of all choices one is taken whose sample was kind
        recall = queries.sure(shares)
        reached = recall >= target
        if reached or refine == width:
            break
    effort = Effort(
        restriction=view.text or EVERYTHING,
        matched=view.matched,
        k=k,
        scan=way.scan,
        refine=refine,
        recall=recall,
        queries=len(truth),
        margin=way.margin,
    )
    return (way.cost + REFINE_COST * refine if reached else _MISSED * (2 - recall), effort)


def _ranks(places: npt.NDArray[np.int64], truth: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where each true neighbour stands among the codes, the width where it does not; shape as ``truth``."""
    found = np.full(truth.shape, places.shape[1], np.int64)
    for row, (mine, true) in enumerate(zip(places, truth, strict=True)):
        order = mine.argsort()
        at = np.minimum(mine.searchsorted(true, sorter=order), len(mine) - 1)
        there = mine[order[at]] == true
        found[row, there] = order[at[there]]
    return found


def _pooled(found: list[Effort], ks: Sequence[int]) -> Iterator[Effort]:
    """For each number of matches, the most that was needed near it."""
    for matched in sorted({one.matched for one in found}):
        for k in ks:
            near = [one for one in found if one.k == k and matched / _MORE <= one.matched <= matched * _MORE]
            if near:
                yield Effort(
                    restriction=OTHER,
                    matched=matched,
                    k=k,
                    scan=max(one.scan for one in near),
                    refine=most_refined(near),
                    recall=min(one.recall for one in near),
                    queries=sum(one.queries for one in near),
                    margin=max(one.margin for one in near),
                )
