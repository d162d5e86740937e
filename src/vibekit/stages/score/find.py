"""Which video of a run or table each golden video is, and which golden videos a definition names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.golden import Item
from vibekit.core.video import VIDEO_ID_LENGTH
from vibekit.errors import InputError
from vibekit.formats.file_names import FileNames, absolute_path
from vibekit.stages.golden.match import Candidate, match
from vibekit.stages.score.join import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from vibekit.core.attribute import Attribute
    from vibekit.stages.score.predictions import Predictions
    from vibekit.stages.score.truth import Truth

SHOWN = 3
"""Names of each side in an error."""


def find_rows(truth: Truth, predictions: Predictions, warnings: list[str]) -> NDArray[np.int64]:
    """Return, for every golden video, its row in the predictions; ``MISSING`` where there is none.

    Names are compared as they are first, and only what is left is looked for by path, file name and stem.

    Args:
        truth: The golden set.
        predictions: The run or table.
        warnings: Receives a sentence about files that hold something else now.

    Raises:
        InputError: A golden name fits several videos, two golden rows are one video, or no golden video is there.
    """
    found = pc.index_in(truth.ids, value_set=predictions.ids)
    rows = np.array(pc.fill_null(found, MISSING).to_numpy(zero_copy_only=False), np.int64)
    lost = np.flatnonzero(rows == MISSING)
    if len(lost) and predictions.n:
        _find_by_name(truth, predictions, rows, lost, warnings)
    if not (rows != MISSING).any():
        raise _no_overlap(truth, predictions)
    return rows


def _find_by_name(
    truth: Truth, predictions: Predictions, rows: NDArray[np.int64], lost: NDArray[np.int64], warnings: list[str]
) -> None:
    ids, paths = predictions.ids.to_pylist(), predictions.paths.to_pylist()
    base = truth.path if truth.path.is_dir() else truth.path.parent
    taken = {int(row): place for place, row in enumerate(rows) if row != MISSING}
    items = [_item(truth, int(place)) for place in lost]
    matched = match(items, _candidates(ids, paths, predictions.more_paths), base=base)
    row_of = {name: row for row, name in enumerate(ids)}
    for place, item in zip(lost, items, strict=True):
        key = matched.keys.get(item.video_id)
        if key is None:
            continue
        other = taken.setdefault(row_of[key], int(place))
        if other != place:
            one = truth.ids[other].as_py()
            raise InputError(
                f"{one!r} and {item.video_id!r} of the golden set are one video: {key}",
                path=truth.path, item=item.video_id, hint="name a video the same way in every row",
            )  # fmt: skip
        rows[place] = row_of[key]
    if matched.changed:
        warnings.append(
            f"{truth.path}: {len(matched.changed)} golden videos are missing because their file holds something else "
            f"now, such as {', '.join(matched.changed[:SHOWN])}"
        )


def _candidates(ids: list[str], paths: list[str], more: Mapping[int, tuple[str, ...]]) -> Iterator[Candidate]:
    for row, (name, path) in enumerate(zip(ids, paths, strict=True)):
        yield Candidate(video_id=name, path=path)
        for other in more.get(row, ()):
            yield Candidate(video_id=name, path=other)


def _item(truth: Truth, place: int) -> Item:
    video_id = truth.ids[place].as_py()
    known = truth.golden.items.get(video_id) if truth.golden is not None else None
    return known or Item(video_id=video_id)


def named_in(definitions: Mapping[str, Attribute | None], truth: Truth) -> dict[str, NDArray[np.bool_]]:
    """Return which golden videos each definition names as examples: by content hash, path, file name or stem.

    A name that fits several golden videos leaves out all of them: none may be scored that the model was shown.
    """
    found = {name: np.zeros(truth.n, bool) for name in definitions}
    shown = {name: one.examples for name, one in definitions.items() if one is not None and one.examples}
    if not shown:
        return found
    ids = truth.ids.to_pylist()
    items = [_item(truth, place) for place in range(truth.n)]
    places: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        places.setdefault(absolute_path(Path(item.path or item.video_id)), []).append(place)
    names = FileNames([Path(item.path or item.video_id) for item in items])
    place_of = {name: place for place, name in enumerate(ids)}
    lower = {name.lower(): place for place, name in enumerate(ids)}
    for attribute, examples in shown.items():
        for example in examples:
            short = example.video.lower()[:VIDEO_ID_LENGTH]
            found[attribute][[at[key] for at, key in ((place_of, example.video), (lower, short)) if key in at]] = True
            bases = (Path(), truth.path)
            # a precedent is often written down where the file lay once: its name is enough
            for path in names.named(example.video, bases=bases) or names.named(Path(example.video).name, bases=bases):
                found[attribute][places[path]] = True
    return found


def _no_overlap(truth: Truth, predictions: Predictions) -> InputError:
    items = [_item(truth, place) for place in range(min(SHOWN, truth.n))]
    golden = [_shown(item.video_id, item.path) for item in items]
    first = pa.table({"id": predictions.ids.slice(0, SHOWN), "path": predictions.paths.slice(0, SHOWN)}).to_pylist()
    labels = [_shown(row["id"], row["path"]) for row in first]
    return InputError(
        f"none of the {truth.n} golden videos is among the {predictions.n} videos of {predictions.path}: the golden "
        f"set has {', '.join(golden)}; the labels have {', '.join(labels) or 'none'}",
        path=truth.path, hint="name videos alike on both sides, by video_id, path or file name; see --id-column",
    )  # fmt: skip


def _shown(name: str, path: str) -> str:
    return f"{name} ({path})" if path and path != name else name
