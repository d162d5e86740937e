"""Everything that training and measuring need, as arrays over the same rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.student.few import Layout
from vibekit.student.groups import joined, near_duplicates
from vibekit.student.split import Parts, places_of, split
from vibekit.student.train import scaling_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vibekit.stages.distill.golden import Golden
    from vibekit.stages.distill.join import Joined
    from vibekit.stages.distill.options import DistillOptions
    from vibekit.student.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenRows:
    """Golden labels over the rows of the data; arrays have shape (n,).

    Attributes:
        label: Attribute -> place of the golden label among the allowed ones; negative where there is none.
        tune: Golden videos for tuning.
        test: Golden videos that are only measured on.
        weight: One over the inclusion probability; 1 for other rows.
        stratum: Codes of strata; None without strata.
        lost: Attribute -> golden test videos with a label that have no usable embedding.
    """

    label: Mapping[str, NDArray[np.int64]]
    tune: NDArray[np.bool_]
    test: NDArray[np.bool_]
    weight: NDArray[np.float64]
    stratum: NDArray[np.int64] | None
    lost: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Rows of n videos.

    Attributes:
        ids: Names.
        x: Shape (n, d) float32.
        targets: Soft labels as they are learnt: calibrated where there is a golden tune split.
        group: Codes 0 .. g - 1 of what stays together.
        place: Where each group lies in [0, 1), by the seed.
        parts: Train, held-out, test.
        golden: None without a golden set.
        near: Videos that have a near-duplicate.
        blocks: Widths of the embedding's blocks.
    """

    ids: tuple[str, ...]
    x: NDArray[np.float32]
    targets: tuple[Target, ...]
    group: NDArray[np.int64]
    place: NDArray[np.float64]
    parts: Parts
    golden: GoldenRows | None
    near: int
    blocks: tuple[int, ...]

    @property
    def layout(self) -> Layout:
        """What the linear head of few videos has to know of rows and columns."""
        return Layout(group=self.group, place=self.place, blocks=self.blocks)

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Videos with a silver label of any attribute."""
        return np.asarray(np.any([target.known for target in self.targets], axis=0), np.bool_)

    def with_targets(self, targets: Sequence[Target]) -> Data:
        """Return the same rows with other soft labels."""
        return replace(self, targets=tuple(targets))


def data_of(
    found: Joined,
    golden: Golden | None,
    *,
    creators: Mapping[str, str],
    options: DistillOptions,
    blocks: tuple[int, ...] = (),
) -> Data:
    """Group and split the rows.

    Args:
        found: Vectors and labels.
        golden: The golden set; None without.
        creators: Video id -> creator or any other name of what stays together.
        options: Shares, seed and what counts as near.
        blocks: Widths of the embedding's blocks; empty for one.
    """
    n = len(found.ids)
    codes: dict[str, int] = {}
    group = np.array(
        [codes.setdefault(f"c\0{creators[i]}" if i in creators else f"v\0{i}", len(codes)) for i in found.ids], np.int64
    )
    scaling = scaling_of(found.x, np.arange(n))
    pairs = near_duplicates(scaling.apply(found.x), near=options.near)
    rows = None if golden is None else _golden_rows(found.ids, golden)
    if golden is not None:
        pairs = np.concatenate([pairs, _same_golden_group(found.ids, golden)])
    group = joined(group, pairs)
    place = places_of(found.ids, group, seed=options.seed)
    nobody = np.zeros(n, bool)
    return Data(
        ids=found.ids,
        x=found.x,
        targets=found.targets,
        group=group,
        place=place,
        parts=split(
            place,
            group,
            tune=nobody if rows is None else rows.tune,
            test=nobody if rows is None else rows.test,
            held_out_share=options.held_out,
            test_share=options.test,
        ),
        golden=rows,
        near=len(np.unique(pairs)) if len(pairs) else 0,
        blocks=blocks,
    )


def _golden_rows(ids: Sequence[str], golden: Golden) -> GoldenRows:
    place = {name: row for row, name in enumerate(ids)}
    at = np.array([place.get(name, -1) if name else -1 for name in golden.ids], np.int64)
    there = np.flatnonzero(at >= 0)
    rows, n, truth = at[there], len(ids), golden.truth
    labels, lost = {}, {}
    for name, codes in truth.labels.items():
        labels[name] = np.full(n, -1, np.int64)
        labels[name][rows] = codes[there]
        lost[name] = int((golden.test & (codes >= 0) & (at < 0)).sum())
    tune, test, weight = np.zeros(n, bool), np.zeros(n, bool), np.ones(n)
    tune[rows], test[rows], weight[rows] = golden.tune[there], golden.test[there], truth.weight[there]
    stratum = None
    if truth.stratum is not None:
        stratum = np.zeros(n, np.int64)
        stratum[rows] = truth.stratum[there]
    return GoldenRows(label=labels, tune=tune, test=test, weight=weight, stratum=stratum, lost=lost)


def _same_golden_group(ids: Sequence[str], golden: Golden) -> NDArray[np.int64]:
    place = {name: row for row, name in enumerate(ids)}
    first: dict[int, int] = {}
    pairs = []
    for name, code in zip(golden.ids, golden.truth.group.tolist(), strict=True):
        row = place.get(name, -1) if name else -1
        if row >= 0:
            pairs.append((first.setdefault(code, row), row))
    return np.array(pairs, np.int64).reshape(-1, 2)
