"""A golden set as arrays: what holds for every video, with its weight, its group and its split."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.golden import Split
from vibekit.core.scoring import SplitChoice
from vibekit.errors import InputError
from vibekit.formats.annotations import storable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.attribute import Label
    from vibekit.core.golden import GoldenAttribute, GoldenSet

UNDECIDED = -1
"""Code of a video that has no golden label for an attribute: a tie, or all abstained."""
NOT_ASKED = -2
"""Code of a video that a table says nothing about for an attribute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A golden set of n videos; all arrays have shape (n,).

    Attributes:
        path: The folder or the table.
        ids: Content hash of every video, or what the table calls it.
        weight: One over the inclusion probability.
        group: Codes of creator or series; a video without one is its own group.
        stratum: Codes of the stratum; None without strata.
        tune: True for the tune split.
        labels: Attribute -> place of the golden label among the allowed ones, ``UNDECIDED`` or ``NOT_ASKED``.
        attributes: Attribute -> what is known of it.
        columns: Metadata columns of a large table; those of others are with their items.
        golden: The set itself, with names, ratings and notes; None for a large table that is read by columns.
        warnings: For people.
    """

    path: Path
    ids: pa.Array
    weight: NDArray[np.float64]
    group: NDArray[np.int64]
    stratum: NDArray[np.int64] | None
    tune: NDArray[np.bool_]
    labels: Mapping[str, NDArray[np.int64]]
    attributes: Mapping[str, GoldenAttribute]
    columns: Mapping[str, pa.ChunkedArray] = field(default_factory=dict)
    golden: GoldenSet | None = None
    warnings: tuple[str, ...] = field(default=())

    @property
    def n(self) -> int:
        """Number of videos."""
        return len(self.ids)

    @property
    def is_folder(self) -> bool:
        """Whether looks at the test split can be counted."""
        return self.golden is not None and self.golden.is_folder

    def rows(self, split: SplitChoice) -> NDArray[np.bool_]:
        """Return which videos belong to a split."""
        if split is SplitChoice.ALL:
            return np.ones(self.n, bool)
        return self.tune if split is SplitChoice.TUNE else ~self.tune


def truth_of(golden: GoldenSet, names: tuple[str, ...]) -> Truth:
    """Turn a golden set into arrays.

    Args:
        golden: The set.
        names: Attributes that are wanted.
    """
    items = tuple(golden.items.values())
    strata = _codes([item.stratum for item in items])
    return Truth(
        path=golden.path,
        ids=pa.array([storable(video_id) for video_id in golden.items], pa.string()),
        weight=np.array([1 / item.inclusion_probability for item in items], np.float64),
        group=_codes([item.group or f"\0{item.video_id}" for item in items]),
        stratum=strata if any(item.stratum for item in items) else None,
        tune=np.array([item.split is Split.TUNE for item in items], bool),
        labels={name: _labels(golden, golden.attributes[name]) for name in names},
        attributes={name: golden.attributes[name] for name in names},
        golden=golden,
        warnings=golden.warnings,
    )


def _labels(golden: GoldenSet, attribute: GoldenAttribute) -> NDArray[np.int64]:
    codes = {(type(label), label): place for place, label in enumerate(attribute.allowed)}
    # of a folder every video was drawn for every attribute; a table may speak of some only
    otherwise = UNDECIDED if golden.is_folder else NOT_ASKED
    found = np.full(len(golden.items), otherwise, np.int64)
    for place, video_id in enumerate(golden.items):
        label = golden.labels.get((video_id, attribute.name))
        if label is not None:
            found[place] = UNDECIDED if label.label is None else codes[_key(label.label)]
    return found


def _key(label: Label) -> tuple[type, Label]:
    return type(label), label


def _codes(values: list[str]) -> NDArray[np.int64]:
    places: dict[str, int] = {}
    return np.array([places.setdefault(value, len(places)) for value in values], np.int64)


def choose_split(truth: Truth, wanted: SplitChoice | None) -> tuple[SplitChoice, str]:
    """Return which videos are scored, and a sentence when that is not the test split.

    Raises:
        InputError: There is no video in the wanted split.
    """
    has_tune, has_test = bool(truth.tune.any()), bool((~truth.tune).any())
    if wanted is None:
        if has_tune and has_test:
            return SplitChoice.TEST, ""
        which = "tune" if has_tune else "test"
        return SplitChoice.ALL, f"all golden videos belong to one split ({which}); all of them are scored"
    if not truth.rows(wanted).any():
        other = "tune" if wanted is SplitChoice.TEST else "test"
        raise InputError(
            f"no golden video is in the {wanted} split", path=truth.path,
            hint=f"all are in the {other} split: leave --split out, or draw with: vibekit golden sample --tune-share",
        )  # fmt: skip
    return wanted, ""
