"""The score by the values of a metadata column: which kinds of videos the labels are worse for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.estimate import NONE
from vibekit.core.score_parts import Slice
from vibekit.errors import InputError, did_you_mean
from vibekit.metrics.binary import metric
from vibekit.metrics.multiple import benjamini_hochberg
from vibekit.metrics.paired import against_rest
from vibekit.metrics.sample import Sample
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from vibekit.core.golden import Item
    from vibekit.core.score import AttributeScore
    from vibekit.core.video import Video
    from vibekit.stages.score.predictions import Predictions
    from vibekit.stages.score.truth import Truth

FEW = 20
"""Golden positives that a slice must have."""
MOST = 40
"""Values of a column; those with fewer videos are put together into one line that says how many they are."""
BANDS = ((15.0, "under 15 s"), (60.0, "15-60 s"), (180.0, "1-3 min"), (600.0, "3-10 min"))
LONGEST = "10 min and more"
SHOWN = ("precision", "recall", "f1")

OF_ITEM: Mapping[str, Callable[[Item], str]] = {
    "creator": lambda item: item.group,
    "stratum": lambda item: item.stratum,
    "round": lambda item: str(item.round),
}
OF_VIDEO: Mapping[str, Callable[[Video], Sequence[str]]] = {
    "creator": lambda video: (video.metadata.creator,),
    "language": lambda video: (video.metadata.language,),
    "hashtags": lambda video: video.metadata.hashtags,
    "duration": lambda video: (_band(video.duration_s),),
}
"""What a run knows of its videos; hashtags put a video into several slices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceColumn:
    """A metadata column of the golden videos.

    Attributes:
        name: As asked for.
        values: Of every golden video, the values that it has; none where it is not known.
    """

    name: str
    values: tuple[tuple[str, ...], ...]


def columns_of(
    names: Iterable[str], truth: Truth, predictions: Predictions, rows: NDArray[np.int64]
) -> tuple[SliceColumn, ...]:
    """Read metadata columns: those of the golden set first, then what the run knows of its videos.

    Args:
        names: As asked for.
        truth: The golden set.
        predictions: The run or table.
        rows: Of every golden video, its row in the predictions; negative where there is none.

    Raises:
        InputError: There is no such column, or it is empty for every video.
    """
    return tuple(SliceColumn(name=name, values=_values(name, truth, predictions, rows)) for name in names)


def _values(name: str, truth: Truth, predictions: Predictions, rows: NDArray[np.int64]) -> tuple[tuple[str, ...], ...]:
    items = tuple(truth.golden.items.values()) if truth.golden is not None else ()
    found: list[tuple[str, ...]] = [()] * truth.n
    for place, item in enumerate(items):
        text = item.columns.get(name, "") or (OF_ITEM[name](item) if name in OF_ITEM else "")
        found[place] = (text,) if text else ()
    if name in truth.columns:
        texts = truth.columns[name].cast(pa.string()).to_pylist()
        found = [(text.strip(),) if text and text.strip() else () for text in texts]
    if name in OF_VIDEO and predictions.videos:
        ids = predictions.ids.to_pylist()
        for place, row in enumerate(rows.tolist()):
            video = predictions.videos.get(ids[row]) if row >= 0 and not found[place] else None
            if video is not None:
                found[place] = tuple(value for value in OF_VIDEO[name](video) if value)
    if any(found):
        return tuple(found)
    of_items = {c for item in items for c in item.columns} | {*OF_ITEM} if items else {*truth.columns}
    known = sorted(of_items | ({*OF_VIDEO} if predictions.videos else set()))
    raise InputError(
        f"no golden video has anything in a column {name!r}",
        path=truth.path, hint=f"{did_you_mean(name, known)} columns: {', '.join(known) or 'none'}".strip(),
    )  # fmt: skip


def _band(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return next((name for bound, name in BANDS if seconds < bound), LONGEST)


def slices_of(
    sample: Sample, places: NDArray[np.int64], columns: Iterable[SliceColumn], *, draws: int, seed: int
) -> tuple[Slice, ...]:
    """Score every value of every column, and hold it against all other videos.

    Args:
        sample: The scored videos with a predicted label.
        places: Of each of them, its row in the golden set.
        columns: Of the golden set.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    found: list[Slice] = []
    for column in columns:
        values = [column.values[place] for place in places.tolist()]
        counts = Counter(value for some in values for value in dict.fromkeys(some))
        kept = [value for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
        for value in kept[:MOST]:
            inside = np.array([value in some for some in values], bool)
            found.append(_slice(sample, inside, column.name, value, draws=draws, seed=seed))
        if kept[MOST:]:
            rest = sum(counts[value] for value in kept[MOST:])
            note = f"{len(kept) - MOST} more values with fewer videos are not shown"
            found.append(Slice(column=column.name, value="(others)", n=rest, positives=0, note=note))
    return tuple(found)


def _slice(sample: Sample, inside: NDArray[np.bool_], column: str, value: str, *, draws: int, seed: int) -> Slice:
    n, positives = int(inside.sum()), int((inside & sample.truth).sum())
    if positives < FEW:
        note = f"{positives} golden positives, fewer than {FEW}: not shown"
        return Slice(column=column, value=value, n=n, positives=positives, note=note)
    part = sample.only(inside)
    units = units_of(part.group, part.stratum)
    f1 = against_rest(sample, inside, draws=draws, seed=seed)["f1"] if n < len(inside) else None
    scores = {name: metric(name, part, units) for name in SHOWN}
    return Slice(
        column=column,
        value=value,
        n=n,
        positives=positives,
        precision=scores["precision"],
        recall=scores["recall"],
        f1=scores["f1"],
        difference=NONE if f1 is None else f1.difference,
        p=None if f1 is None else f1.p,
        note="" if f1 is not None else "all videos have this value",
    )


def with_false_discovery_rate(scores: Mapping[str, AttributeScore]) -> dict[str, AttributeScore]:
    """Adjust the p-values of all slices of all attributes together (Benjamini and Hochberg)."""
    adjusted = iter(benjamini_hochberg([one.p for score in scores.values() for one in score.slices]))
    return {
        name: replace(score, slices=tuple(replace(one, q=next(adjusted)) for one in score.slices))
        for name, score in scores.items()
    }
