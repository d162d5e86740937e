"""The kinds of queries that recall is measured with: videos inside and outside of a restriction, and users."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vibekit.retrieval.queries import prepared

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from vibekit.retrieval.snapshot import Snapshot

SPARE = 1.5
"""Standard errors that the mean recall of a choice must be above the target: the queries are a sample."""
_LIKED, _ALSO = 5, 2
"""A user: the mean of so many videos of one cluster and so many of another."""


class Kinds(NamedTuple):
    """Queries, and where each kind of them begins and ends.

    Attributes:
        vectors: Shape (q, d), as they are searched.
        bounds: The first query of each kind, and q.
    """

    vectors: npt.NDArray[np.float32]
    bounds: tuple[int, ...]

    def split(self, shares: npt.NDArray[np.floating[Any]]) -> list[npt.NDArray[np.floating[Any]]]:
        """Return the values of each kind, those without a query left out.

        Args:
            shares: Shape (q,).
        """
        return [shares[a:b] for a, b in pairwise(self.bounds) if b > a]

    def worst(self, shares: npt.NDArray[np.floating[Any]]) -> float:
        """Return the mean of the worst kind."""
        return min(float(one.mean()) for one in self.split(shares))

    def sure(self, shares: npt.NDArray[np.floating[Any]]) -> float:
        """Return the mean of the worst kind, less its standard error: the queries are a sample."""
        return min(float(one.mean() - SPARE * one.std() / len(one) ** 0.5) for one in self.split(shares))


def draw_queries(snapshot: Snapshot, inside: npt.NDArray[np.int64], count: int, random: np.random.Generator) -> Kinds:
    """Draw videos inside and outside of a restriction, and users that like videos of two clusters, inside and anywhere.

    Args:
        snapshot: Of the generation.
        inside: Shape (m,): places of rows that the restriction lets through.
        count: Of each kind.
        random: That is drawn with.
    """
    alive = np.arange(len(snapshot.rows))
    if snapshot.removed is not None:
        alive = alive[~snapshot.removed[: len(alive)]]
    drawn = np.sort(random.choice(alive, min(8 * count, len(alive)), replace=False))
    outside = drawn[~np.isin(drawn, inside[np.minimum(inside.searchsorted(drawn), len(inside) - 1)])]
    parts = [
        snapshot.vectors(random.choice(inside, min(count, len(inside)), replace=False)),
        snapshot.vectors(random.permutation(outside)[:count]),
        *(_users(snapshot, some, count, random) for some in (inside, alive)),
    ]
    kept = []
    for part in parts:
        lengths = np.linalg.norm(part, axis=1)
        kept.append(part[np.isfinite(lengths) & (lengths > 0)])
    bounds = (0, *np.cumsum([len(part) for part in kept]).tolist())
    return Kinds(prepared(np.concatenate(kept), snapshot.manifest), bounds)


def _users(
    snapshot: Snapshot, among: npt.NDArray[np.int64], count: int, random: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return means of videos of the clusters of two videos each."""
    # without clusters all rows are one
    offsets = np.array([0, len(snapshot.rows)]) if snapshot.offsets is None else snapshot.offsets
    clusters = offsets.searchsorted(random.choice(among, (count, 2)), side="right") - 1
    means = []
    for pair in clusters.tolist():
        rows = [
            random.integers(offsets[one], offsets[one + 1], liked)
            for one, liked in zip(pair, (_LIKED, _ALSO), strict=True)
        ]
        means.append(snapshot.vectors(np.concatenate(rows)).mean(axis=0))
    return np.array(means, np.float32)
