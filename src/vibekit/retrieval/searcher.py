"""The searcher: the nearest videos among those that a restriction lets through."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.index import Answer, IndexManifest, Plan
from vibekit.errors import InputError, UsageError
from vibekit.retrieval.deepen import Answered, answered
from vibekit.retrieval.diverse import CANDIDATES, spread_out
from vibekit.retrieval.ivf import Refiner
from vibekit.retrieval.learn import Learner
from vibekit.retrieval.narrow import Narrowed, narrowed
from vibekit.retrieval.planner import LIMITS, Limits
from vibekit.retrieval.queries import prepared
from vibekit.retrieval.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from typing import Any

    import numpy.typing as npt

    from vibekit.retrieval.snapshot import Snapshot

MOST = 100_000
"""Results that one query may ask for."""


class _Held:
    """One generation, and what was made of it: a search uses one of these from its start to its end."""

    __slots__ = ("learner", "refiner", "snapshot", "views")

    def __init__(self, snapshot: Snapshot, memory: int | None, limits: Limits) -> None:
        self.snapshot = snapshot
        self.views = Views(snapshot, memory=memory, limits=limits)
        self.refiner = Refiner(snapshot)
        self.learner = Learner(snapshot)


class Searcher:
    """Searches one index. Safe to use from several threads; every answer is of one generation.

    Args:
        snapshot: Of the generation that holds.
        memory: Bytes that what is made of restrictions may take; None: 2 GB.
        newer: Returns the snapshot of the generation that holds now, or None when it is still the given one.
        follow: Whether each search looks for a newer generation first.
        limits: Up to how many matches simpler ways are taken.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        memory: int | None = None,
        newer: Callable[[Snapshot], Snapshot | None] | None = None,
        follow: bool = False,
        limits: Limits = LIMITS,
    ) -> None:
        self._memory, self._limits = memory, limits
        self._newer = newer
        self._follow = follow and newer is not None
        self._held = _Held(snapshot, memory, limits)
        self._refreshing = threading.Lock()

    @property
    def manifest(self) -> IndexManifest:
        """Of the generation that is searched."""
        return self._held.snapshot.manifest

    def refresh(self) -> bool:
        """Go over to the generation that holds now, and tell whether there was a newer one.

        Searches that are under way end with the one they began with.
        """
        if self._newer is None:
            return False
        with self._refreshing:
            newer = self._newer(self._held.snapshot)
            if newer is not None:
                self._held = _Held(newer, self._memory, self._limits)
            return newer is not None

    def warm(self, restrictions: Iterable[str] = ("",), ks: Collection[int] = (10,)) -> None:
        """Make ready what will be searched, so that the first search of each is not slower.

        A restriction whose effort was not measured when the index was built is measured now; without this, that
        happens when it has been asked for often, and one search waits for it.

        Args:
            restrictions: Texts as they will be typed.
            ks: Numbers of results that will be asked for.
        """
        held = self._held
        for text in restrictions:
            # the second time it gets codes of its own
            held.views.get(text)
            held.learner.learn(held.views.get(text), ks)

    def matched(self, restrict: str = "") -> int:
        """Return how many videos a restriction lets through.

        Raises:
            UsageError: It cannot be read, or names something that the index does not have.
        """
        return self._current().views.get(restrict).matched

    def places(self, restrict: str = "") -> npt.NDArray[np.int64]:
        """Return the places that a restriction lets through, shape (matched,), rising: rows, then tail rows.

        Raises:
            UsageError: It cannot be read, or names something that the index does not have.
        """
        return self._current().views.get(restrict).places

    def vectors_of(self, ids: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the stored vectors of videos, shape (len(ids), d).

        Raises:
            InputError: One of them is not in the index.
        """
        held = self._current()
        places = held.snapshot.places_of(ids)
        if (places < 0).any():
            missing = [one for one, place in zip(ids, places.tolist(), strict=True) if place < 0]
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise InputError(
                f"no video {missing[0]!r}{more} in the index", hint="ids are those of the embeddings", item=missing[0]
            )
        return held.snapshot.vectors(places)

    def search(
        self,
        vectors: npt.ArrayLike,
        *,
        k: int = 10,
        restrict: str = "",
        exact: bool = False,
        exclude: Collection[str] = (),
        allow: Collection[str] | None = None,
        diverse: float = 0.0,
    ) -> list[Answer]:
        """Find the nearest videos of each query.

        Args:
            vectors: Shape (q, d), or (d,) for a single query.
            k: Results a query.
            restrict: What may be found, such as ``calming & !sad``; empty for every video.
            exact: Compare every video that matches.
            exclude: Ids that are not to be found; those that are not in the index do not matter.
            allow: The only ids that may be found; None for all.
            diverse: 0: the nearest; up to 1: results that do not resemble one another, by maximal marginal relevance.

        Returns:
            An answer for each query, in their order.

        Raises:
            InputError: A query does not fit the index, or has no direction.
            UsageError: The restriction cannot be read, or a number is out of its range.
        """
        _check_numbers(k, diverse)
        held = self._current()
        queries = prepared(vectors, held.snapshot.manifest)
        if not len(queries):
            return []
        view = held.views.get(restrict)
        narrow = Narrowed(view)
        if allow is not None or exclude:
            narrow = narrowed(held.views, held.snapshot, view, exclude, allow)
        wanted = (k * CANDIDATES if diverse else k) + len(narrow.dropped)
        if not exact:
            held.learner.note(view, wanted, len(queries))
        found = answered(held.snapshot, held.refiner, narrow, queries, wanted, exact=exact)
        return _answers(held.snapshot, narrow, found, k, diverse=diverse)

    def _current(self) -> _Held:
        if self._follow:
            self.refresh()
        return self._held


def _check_numbers(k: int, diverse: float) -> None:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= MOST:
        raise UsageError(f"k = {k}: the number of results is 1 to {MOST:,}", hint="leave it out for 10")
    if not 0 <= diverse <= 1:
        raise UsageError(f"diverse = {diverse}: from 0 (the nearest) to 1 (the most unlike)", hint="try 0.3")


def _answers(snapshot: Snapshot, narrow: Narrowed, found: Answered, k: int, *, diverse: float) -> list[Answer]:
    matched = narrow.view.matched - len(narrow.dropped)
    scores, places, scanned = found.hits
    note = _note(matched, k)

    def answer(number: int, ids: Sequence[str], scores: npt.NDArray[Any]) -> Answer:
        return Answer(
            ids=tuple(ids),
            scores=tuple(scores.tolist()),
            plan=found.plans[number] if matched else Plan.EMPTY,
            matched=matched,
            scanned=min(int(scanned[number]), matched),
            expected_recall=found.recalls[number],
            note=note,
            generation=snapshot.manifest.generation,
        )

    if len(places) == 1 and not diverse and not len(narrow.dropped):
        # one query a call is the usual case, and what comes now would be a tenth of its time
        return [answer(0, snapshot.ids_at(places[0]), scores[0])]
    rows: list[tuple[npt.NDArray[Any], npt.NDArray[np.int64]]] = []
    for score, place in zip(scores, places, strict=True):
        mine, own = score, place
        if len(narrow.dropped):
            kept = ~np.isin(own, narrow.dropped)
            mine, own = mine[kept], own[kept]
        if diverse:
            order = spread_out(mine, snapshot.vectors(own), k, diverse)
            mine, own = mine[order], own[order]
        rows.append((mine[:k], own[:k]))
    ids = snapshot.ids_at(rows[0][1] if len(rows) == 1 else np.concatenate([own for _, own in rows]))
    answers, at = [], 0
    for number, (score, own) in enumerate(rows):
        answers.append(answer(number, ids[at : at + len(own)], score))
        at += len(own)
    return answers


def _note(matched: int, k: int) -> str:
    if matched >= k:
        return ""
    if not matched:
        return "no video matches"
    return f"only {matched} {'video matches' if matched == 1 else 'videos match'}"
