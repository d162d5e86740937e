"""From probabilities to the file of an attribute's labels, and how many videos get which."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.attribute import Kind
from vibekit.formats.annotations import label_text
from vibekit.formats.index_data import label_schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.index import IndexedAttribute

UNKNOWN = "unknown"


def label_table(attribute: IndexedAttribute, chances: NDArray[np.floating]) -> pa.Table:
    """Decide the label of every video.

    Args:
        attribute: Its kind, labels, threshold and abstain zone.
        chances: (n, labels) probabilities in the order of the labels; NaN where there is none.

    Returns:
        The columns of ``label_schema``.
    """
    unknown = np.isnan(chances).any(axis=1)
    binary = attribute.kind is Kind.BINARY
    if binary:
        # in float64, as predicting and scoring compare
        chance = chances[:, 0].astype(np.float64)
        undecided = unknown.copy()
        if attribute.abstain is not None:
            undecided |= (chance >= attribute.abstain[0]) & (chance < attribute.abstain[1])
        decided = pa.array(chance >= attribute.threshold, mask=undecided)
    else:
        best = np.where(unknown[:, None], 0, chances).argmax(axis=1).astype(np.int32)
        decided = pa.array(best, mask=unknown)
    wide = not _fits_float32(chances)
    kind = np.float64 if wide else np.float32
    numbers = [pa.array(np.ascontiguousarray(column, kind), mask=unknown) for column in chances.T]
    schema = label_schema(tuple(label_text(label) for label in attribute.labels), binary=binary, wide=wide)
    return pa.Table.from_arrays([decided, *numbers], schema=schema)


def unknown_table(attribute: IndexedAttribute, rows: int) -> pa.Table:
    """Return labels of videos of which nothing is known."""
    return label_table(attribute, np.full((rows, len(attribute.labels)), np.nan, np.float32))


def joined(first: pa.Table, second: pa.Table) -> pa.Table:
    """Put two tables of the same attribute behind one another; the wider numbers win."""
    names = first.column_names
    return pa.concat_tables([first, second.rename_columns(names)], promote_options="permissive")


def counts_of(
    attribute: IndexedAttribute, decided: pa.ChunkedArray | pa.Array, kept: NDArray[np.bool_]
) -> dict[str, int]:
    """Count the videos of each label.

    Args:
        attribute: Its kind and labels.
        decided: First column of its file, (n,).
        kept: (n,) videos that are there.
    """
    there = decided if kept.all() else decided.filter(pa.array(kept))
    tally = Counter({one["values"]: one["counts"] for one in pc.value_counts(there).to_pylist()})
    if attribute.kind is Kind.BINARY:
        found = {"true": tally[True], "false": tally[False]}
    else:
        found = {label_text(label): tally[at] for at, label in enumerate(attribute.labels)}
    return {**found, UNKNOWN: tally[None]}


def _fits_float32(chances: NDArray[np.floating]) -> bool:
    if chances.dtype == np.float32:
        return True
    same = chances.astype(np.float32).astype(np.float64) == chances
    return bool((same | np.isnan(chances)).all())
