"""A view without the videos that one search must not find, or with nothing but those that it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

    from vibekit.retrieval.snapshot import Snapshot
    from vibekit.retrieval.views import View, Views

_OVERFETCHED = 256
"""Excluded videos up to which so many more are searched for, and dropped."""
_PART_BYTES = 64 << 20
_NONE = np.zeros(0, np.int64)


class Narrowed(NamedTuple):
    """What one search looks at.

    Attributes:
        view: That is searched.
        dropped: Shape (r,): places of the view that are taken out of the results.
        excluded: Shape (e,): places that the restriction lets through and the view has not, as they are excluded.
        listed: The view holds nothing but videos of a list of ids.
    """

    view: View
    dropped: npt.NDArray[np.int64] = _NONE
    excluded: npt.NDArray[np.int64] = _NONE
    listed: bool = False


def narrowed(
    views: Views, snapshot: Snapshot, view: View, exclude: Collection[str], allow: Collection[str] | None
) -> Narrowed:
    """Leave out what is excluded and not allowed; where that is little, it is dropped from the results later.

    Args:
        views: Of the snapshot.
        snapshot: Of one generation.
        view: Of the restriction.
        exclude: Ids that are not to be found.
        allow: The only ids that may be found; None for all.
    """
    out = _within(_known(snapshot, exclude), view.places)
    if allow is not None:
        allowed = _within(_known(snapshot, allow), view.places)
        kept = np.setdiff1d(allowed, out, assume_unique=True)
        return Narrowed(views.without(view, kept), excluded=out[np.isin(out, allowed)], listed=True)
    if len(out) <= _OVERFETCHED:
        return Narrowed(view, dropped=out)
    keep = np.ones(view.matched, bool)
    keep[view.places.searchsorted(out)] = False
    return Narrowed(views.without(view, view.places[keep]), excluded=out)


def passed_over(
    snapshot: Snapshot,
    excluded: npt.NDArray[np.int64],
    queries: npt.NDArray[np.float32],
    worst: npt.NDArray[np.float32],
) -> npt.NDArray[np.int64]:
    """Count the excluded videos that are nearer than the last result: what a user has seen is what is nearest.

    Args:
        snapshot: Of one generation.
        excluded: Shape (e,): places.
        queries: Shape (q, d).
        worst: Shape (q,): score of the last result of each query.

    Returns:
        Shape (q,).
    """
    nearer = np.zeros(len(queries), np.int64)
    part = max(_PART_BYTES // (4 * max(queries.shape)), 1)
    for start in range(0, len(excluded), part):
        scores = queries @ snapshot.vectors(excluded[start : start + part]).T
        nearer += (scores >= worst[:, None]).sum(axis=1)
    return nearer


def _known(snapshot: Snapshot, ids: Collection[str]) -> npt.NDArray[np.int64]:
    if not ids:
        return _NONE
    places = np.unique(snapshot.places_of(list(ids)))
    return np.asarray(places[places >= 0])


def _within(some: npt.NDArray[np.int64], places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return those of some places that are among others, both rising."""
    if not len(places):
        return some[:0]
    at = np.minimum(places.searchsorted(some), len(places) - 1)
    return np.asarray(some[places[at] == some])
