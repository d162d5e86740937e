"""Ratings as codes: who said what of which item, with items that some raters did not see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """Ratings of one attribute; a rater may have rated an item several times, or not at all.

    Attributes:
        item: Code of the item of every rating, shape (n,).
        rater: Code of its rater, shape (n,).
        value: Code of the label given, shape (n,).
        items: Names by code; an item may have no rating.
        raters: Names by code.
        labels: Labels by code, in the order of the scale where there is one; some may never have been given.
    """

    item: NDArray[np.int64]
    rater: NDArray[np.int64]
    value: NDArray[np.int64]
    items: tuple[Hashable, ...]
    raters: tuple[Hashable, ...]
    labels: tuple[Hashable, ...]

    def counts(self) -> NDArray[np.float64]:
        """Return how often each item got each label, shape (items, labels)."""
        q = len(self.labels)
        flat = np.bincount(self.item * q + self.value, minlength=len(self.items) * q)
        return flat.reshape(len(self.items), q).astype(np.float64)


def encode(rows: Iterable[tuple[Hashable, Hashable, Hashable]], labels: Sequence[Hashable] | None = None) -> Ratings:
    """Turn (item, rater, label) rows into codes; items and raters are numbered in the order of their first row.

    Args:
        rows: One a rating.
        labels: Labels that may be given, in order; by default those that occur, sorted.

    Raises:
        ValueError: A label is not among ``labels``.
    """
    kept = list(rows)
    allowed = _sorted({label for _, _, label in kept}) if labels is None else tuple(labels)
    label_code = {label: code for code, label in enumerate(allowed)}
    item_code: dict[Hashable, int] = {}
    rater_code: dict[Hashable, int] = {}
    codes = np.empty((len(kept), 3), dtype=np.int64)
    for i, (item, rater, label) in enumerate(kept):
        if label not in label_code:
            raise ValueError(f"{label!r} is not one of {allowed}")
        place = item_code.setdefault(item, len(item_code)), rater_code.setdefault(rater, len(rater_code))
        codes[i] = (*place, label_code[label])
    return Ratings(
        item=codes[:, 0],
        rater=codes[:, 1],
        value=codes[:, 2],
        items=tuple(item_code),
        raters=tuple(rater_code),
        labels=allowed,
    )


def _sorted(labels: set[Hashable]) -> tuple[Hashable, ...]:
    numbers = all(isinstance(label, (bool, int, float)) for label in labels)
    return tuple(sorted(labels, key=(lambda x: x) if numbers else str))
