"""Efforts for restrictions that nobody thought of when the index was built: measured once they are asked for often."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from vibekit.retrieval.effort import measure_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vibekit.core.index import Effort
    from vibekit.retrieval.snapshot import Snapshot
    from vibekit.retrieval.views import View

OFTEN, ROWS_A_QUERY = 256, 64
"""Queries after which a restriction is worth measuring, and how many matches make one query more: measuring costs about
as much as so many of them."""
_SEED = 8


class Learner:
    """Measures how far to look for restrictions that are asked for often; until then efforts of others hold.

    Args:
        snapshot: That is searched.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        efforts = snapshot.manifest.efforts
        self._ks = sorted({one.k for one in efforts})
        self._measured = {one.restriction for one in efforts}
        self._busy = threading.Lock()

    def note(self, view: View, k: int, queries: int) -> None:
        """Count queries of a restriction, and measure it when they are many; one search waits for that, others do not.

        Args:
            view: Of the restriction.
            k: Results asked for.
            queries: How many ask.
        """
        if view.codes is None or view.text in self._measured or not view.text:
            return
        view.asked += queries
        if view.asked < OFTEN + view.rows // ROWS_A_QUERY or not self._missing(view, (k,)):
            return
        if self._busy.acquire(blocking=False):
            try:
                self._measure(view, (k,))
            finally:
                self._busy.release()

    def learn(self, view: View, ks: Iterable[int]) -> None:
        """Measure a restriction now, unless it is.

        Args:
            view: Of the restriction.
            ks: Results that will be asked for.
        """
        if view.codes is None or view.text in self._measured or not view.text:
            return
        with self._busy:
            self._measure(view, ks)

    def _measure(self, view: View, ks: Iterable[int]) -> None:
        missing = self._missing(view, ks)
        if missing:
            random = np.random.default_rng([_SEED, *missing])
            found = measure_view(self._snapshot, view, missing, self._snapshot.manifest.recall_target, random)
            # replaced as a whole: other threads may be choosing by it
            view.learned = (*view.learned, *found)
            view.choices = {}

    def _missing(self, view: View, ks: Iterable[int]) -> list[int]:
        """Return the numbers of results that efforts are measured for, those that are not known yet."""
        of = {next((one for one in self._ks if one >= k), 0) for k in ks}
        return sorted(one for one in of - {one.k for one in view.learned} if 0 < one <= view.rows)


def efforts_for(snapshot: Snapshot, view: View) -> tuple[Effort, ...]:
    """Return what was measured, when the index was built and since."""
    return (*view.learned, *snapshot.manifest.efforts) if view.learned else snapshot.manifest.efforts
