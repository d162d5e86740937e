"""Which videos train, which stop and calibrate, which test: whole groups, by a seed and not by the order of rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HELD_OUT, TEST = 0.1, 0.1
"""Shares of the groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Rows of each part; a group lies in one part only.

    Attributes:
        train: The weights are fitted on these.
        held_out: Training stops by these; calibration and thresholds come from them.
        test: Only measured on.
    """

    train: NDArray[np.int64]
    held_out: NDArray[np.int64]
    test: NDArray[np.int64]


def places_of(ids: Sequence[str], group: NDArray[np.int64], *, seed: int) -> NDArray[np.float64]:
    """Return a number in [0, 1) for every video, the same for all of a group: shape (n,).

    It is made of the seed and the group's first name in order, so that it does not depend on the order of rows and a
    video that is added moves no other group.

    Args:
        ids: Names of n videos.
        group: Shape (n,): codes 0 .. g - 1.
        seed: Of the split.
    """
    first: dict[int, str] = {}
    for name, code in zip(ids, group.tolist(), strict=True):
        known = first.get(code)
        if known is None or name < known:
            first[code] = name
    of_group = np.zeros(int(group.max(initial=-1)) + 1)
    for code, name in first.items():
        digest = hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogatepass")).digest()
        of_group[code] = int.from_bytes(digest[:6], "big") / 2**48
    return of_group[group]


def split(
    place: NDArray[np.float64],
    group: NDArray[np.int64],
    *,
    tune: NDArray[np.bool_],
    test: NDArray[np.bool_],
    held_out_share: float = HELD_OUT,
    test_share: float = TEST,
) -> Parts:
    """Split by the places of groups; a group with a golden video goes where the golden set says, test before tune.

    Args:
        place: From ``places_of``.
        group: Shape (n,).
        tune: Golden videos of the tune split.
        test: Golden videos of the test split.
        held_out_share: Of the groups.
        test_share: Of the groups.
    """
    size = int(group.max(initial=-1)) + 1
    has_test = np.bincount(group[test], minlength=size)[group] > 0
    has_tune = ~has_test & (np.bincount(group[tune], minlength=size)[group] > 0)
    free = ~has_test & ~has_tune
    in_test = has_test | (free & (place < test_share))
    in_held = has_tune | (free & (place >= test_share) & (place < test_share + held_out_share))
    return Parts(
        train=np.flatnonzero(~in_test & ~in_held),
        held_out=np.flatnonzero(in_held),
        test=np.flatnonzero(in_test),
    )


def folds(place: NDArray[np.float64], group: NDArray[np.int64], *, k: int) -> NDArray[np.int64]:
    """Return the fold of every video, 0 .. k - 1: groups in the order of their places, dealt out by size.

    The largest groups are dealt first, each to the fold that has the fewest videos.
    """
    codes, first, sizes = np.unique(group, return_index=True, return_counts=True)
    order = np.lexsort((place[first], -sizes))
    fold_of, load = np.zeros(int(codes.max(initial=-1)) + 1, np.int64), np.zeros(k, np.int64)
    for at in order.tolist():
        fold = int(load.argmin())
        fold_of[codes[at]] = fold
        load[fold] += sizes[at]
    return fold_of[group]
