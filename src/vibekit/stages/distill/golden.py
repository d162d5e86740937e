"""The golden set beside the embeddings: which rows are for tuning, which are only measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.errors import InputError
from vibekit.stages.golden.open import open_golden
from vibekit.stages.score.definitions import owned, refuse_stale, what_changed
from vibekit.stages.score.find import find_rows
from vibekit.stages.score.join import MISSING
from vibekit.stages.score.predictions import Column, Predictions
from vibekit.stages.score.truth import choose_split, truth_of
from vibekit.stages.score.truth_table import is_large_table, read_truth_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.scoring import SplitChoice
    from vibekit.formats.embeddings import EmbeddingSet
    from vibekit.stages.distill.silver import SilverSet
    from vibekit.stages.score.truth import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A golden set of g videos, found among the embeddings.

    Attributes:
        truth: The set.
        ids: Shape (g,): id of each among embeddings or silver labels; empty where it is in neither.
        tune: Shape (g,): may be used to calibrate and to choose thresholds.
        test: Shape (g,): only measured on.
        split: Which golden videos are measured on, in the words of ``vibekit score``.
        warnings: For people.
    """

    truth: Truth
    ids: tuple[str, ...]
    tune: NDArray[np.bool_]
    test: NDArray[np.bool_]
    split: SplitChoice
    warnings: tuple[str, ...]


def open_beside(
    path: Path,
    silver: SilverSet,
    embeddings: EmbeddingSet,
    *,
    attributes_dir: Path | None,
    run_folders: tuple[Path, ...],
    allow_stale: bool,
) -> Golden:
    """Read a golden set and find its videos by id, path or name.

    Args:
        path: Folder or table.
        silver: The labels.
        embeddings: The vectors.
        attributes_dir: The user's definitions.
        run_folders: Runs, whose definitions a plain table is read by.
        allow_stale: Go on though the labels were made with other definitions than the golden set.

    Raises:
        InputError: It cannot be read, has no video in common, or was rated by another definition.
    """
    kept = [folder / "attributes" for folder in run_folders if (folder / "attributes").is_dir()]
    folder = attributes_dir or (kept[0] if kept else None)
    if is_large_table(path):
        truth = read_truth_table(path, attributes_dir=folder)
    else:
        found = open_golden(path, attributes_dir=folder)
        truth = truth_of(found, tuple(found.attributes))
    names = [name for name in silver.attributes if name in truth.attributes]
    warnings = [*truth.warnings]
    lacking = ", ".join(name for name in silver.attributes if name not in truth.attributes)
    if not names:
        raise InputError(
            f"no golden labels of {lacking}: there is nothing to hold the student against", path=path,
            hint=f"it has: {', '.join(truth.attributes) or 'none'}; leave --golden out to go on without",
        )  # fmt: skip
    if lacking:
        warnings.append(f"{path}: no golden labels of {lacking}: held against the teacher only")
    predictions = _predictions(silver, embeddings, {name: silver.definitions[name] for name in names})
    changed = what_changed(truth, predictions, owned(names, attributes_dir))
    if not allow_stale:
        refuse_stale(truth, changed)
    rows = find_rows(truth, predictions, warnings)
    ids = predictions.ids.take(pa.array(np.where(rows == MISSING, 0, rows))).to_pylist()
    split, note = choose_split(truth, None)
    test = truth.rows(split)
    return Golden(
        truth=truth,
        ids=tuple(name if row != MISSING else "" for name, row in zip(ids, rows.tolist(), strict=True)),
        tune=~test,
        test=test,
        split=split,
        warnings=(*warnings, *((note,) if note else ())),
    )


def _predictions(silver: SilverSet, embeddings: EmbeddingSet, definitions: Mapping[str, str]) -> Predictions:
    """Dress embeddings and silver videos as predictions without labels: that is what golden names are looked up in."""
    shards = [shard.open() for shard in embeddings.shards]
    ids = pa.concat_arrays([shard.ids for shard in shards] or [pa.array([], pa.string())])
    paths = pa.concat_arrays([shard.paths for shard in shards] or [pa.array([], pa.string())])
    rows = np.asarray(pa.compute.index_in(pa.array(silver.ids, pa.string()), value_set=ids).fill_null(-1))
    more = {int(row): (path,) for row, path in zip(rows, silver.paths, strict=True) if row >= 0 and path}
    extra = [place for place, row in enumerate(rows.tolist()) if row < 0]
    none = np.zeros(0, np.int64)
    return Predictions(
        path=embeddings.path,
        ids=pa.concat_arrays([ids, pa.array([silver.ids[place] for place in extra], pa.string())]),
        paths=pa.concat_arrays([paths, pa.array([silver.paths[place] for place in extra], pa.string())]),
        more_paths=more,
        columns={
            name: Column(outcome=none.astype(np.int8), label=none, probability=none.astype(float), definition=one)
            for name, one in definitions.items()
        },
        known=tuple(definitions),
    )
