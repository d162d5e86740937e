"""How many clusters must be looked into for a share of the true nearest: told from the clusters that these are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import numpy.typing as npt

    from vibekit.retrieval.views import View

SCAN_COST, LIST_COST = 0.012, 0.5
"""Microseconds a row scanned and a list opened: measured at 256 dimensions, only their ratio matters."""
SCANS = tuple(scan for power in range(9, 24) for scan in (2**power, 3 * 2 ** (power - 1)))
"""Rows to scan at least."""
QUANTILES = (0.5, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995)
"""Margins that are tried: so many of the true nearest are in clusters within them."""


class Reach(NamedTuple):
    """Which clusters are looked into.

    Attributes:
        scan: Matching rows that are covered at least.
        margin: Clusters of scores at most so much below the best one's are covered in any case.
        rows: Covered by this, mean over the queries.
        lists: Opened, mean over the queries.
    """

    scan: int
    margin: float
    rows: float
    lists: float

    @property
    def cost(self) -> float:
        """What it takes, in microseconds."""
        return SCAN_COST * self.rows + LIST_COST * self.lists


class Reaches:
    """Where the true nearest of some queries are.

    Args:
        view: Of a restriction, in several lists.
        queries: Shape (q, d).
        truth: Shape (q, k): places of the true nearest, the best first.
    """

    def __init__(self, view: View, queries: npt.NDArray[np.float32], truth: npt.NDArray[np.int64]) -> None:
        assert view.centres is not None
        assert view.codes is not None
        near = queries @ view.centres.T
        order = np.argsort(-near, axis=1)
        self._counts = view.counts[order]
        self._before = self._counts.cumsum(axis=1) - self._counts
        far = np.take_along_axis(near, order, 1)
        self._gaps = (far[:, :1] - far) / np.linalg.norm(queries, axis=1)[:, None]
        number = view.codes.edges.searchsorted(truth, side="right") - 1
        rank = np.argsort(order, axis=1)
        at = np.take_along_axis(rank, view.lists.searchsorted(number), 1)
        self._true_before = np.take_along_axis(self._before, at, 1)
        self._true_gaps = np.take_along_axis(self._gaps, at, 1)
        self._rows = view.rows

    def cheapest(self, k: int, target: float, sure: Callable[[npt.NDArray[np.floating[Any]]], float]) -> Reach:
        """Return the cheapest way to cover a share of the true k nearest; all clusters where nothing less does.

        Args:
            k: Results.
            target: Share.
            sure: Tells from the share of each query what is sure.
        """
        before, gaps = self._true_before[:, :k], self._true_gaps[:, :k]
        best: Reach | None = None
        # a margin is compared with scores that were computed in another order of adding
        for margin in (0.0, *(float(one) + 1e-5 for one in np.quantile(gaps, QUANTILES))):
            close = gaps <= margin
            for scan in SCANS:
                if sure(((before < scan) | close).mean(axis=1)) >= target:
                    one = self._at(scan, margin)
                    best = one if best is None or one.cost < best.cost else best
                    break
                if scan >= self._rows:
                    break
        return best or self._at(self._rows, 0.0)

    def _at(self, scan: int, margin: float) -> Reach:
        opened = (self._before < scan) | (self._gaps <= margin)
        rows, lists = (self._counts * opened).sum(axis=1).mean(), opened.sum(axis=1).mean()
        return Reach(scan=scan, margin=margin, rows=float(rows), lists=float(lists))
