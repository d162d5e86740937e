"""Labels and metadata of videos that are added: what is said anew, else what was known before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.video import text_path
from vibekit.errors import InputError
from vibekit.stages.index.label_file import label_table, unknown_table
from vibekit.stages.index.labelling import chances_at, matched
from vibekit.stages.index.metadata import read_metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from vibekit.core.index import IndexedAttribute, IndexManifest
    from vibekit.stages.index.change import Change
    from vibekit.stages.index.label_source import LabelSource

AT_ONCE = 65_536


def refuse_other_labels(manifest: IndexManifest, sources: Sequence[LabelSource]) -> list[str]:
    """Return warnings about labels that cannot be used; raise about those that would be mixed up.

    Raises:
        InputError: An attribute has other labels, or was labelled by another definition.
    """
    known = {attribute.name: attribute for attribute in manifest.attributes}
    warnings = []
    for source in sources:
        for theirs in source.attributes:
            ours = known.get(theirs.name)
            hint = "give all videos the new labels: vibekit index update-labels INDEX --labels L"
            if ours is None:
                warnings.append(f"the index has no attribute '{theirs.name}': {hint}")
                continue
            if (ours.kind, ours.labels) != (theirs.kind, theirs.labels):
                raise InputError(
                    f"'{ours.name}' has other labels here than in the index", path=source.path, item=ours.name,
                    hint=hint,
                )  # fmt: skip
            if ours.definition and theirs.definition and ours.definition != theirs.definition:
                raise InputError(
                    f"'{ours.name}' was labelled by the definition {theirs.definition} here, in the index by "
                    f"{ours.definition}", path=source.path, item=ours.name, hint=hint,
                )  # fmt: skip
            if (ours.threshold, ours.abstain) != (theirs.threshold, theirs.abstain):
                warnings.append(
                    f"'{ours.name}': the threshold of the index holds, {ours.threshold:g}; "
                    f"{text_path(source.path)} says {theirs.threshold:g}"
                )
    return warnings


class AddedLabels(NamedTuple):
    """Labels of an attribute of videos that are added.

    Attributes:
        table: Of each of them.
        given: Shape (m,): whether they are new; the others are those that the video had before.
    """

    table: pa.Table
    given: NDArray[np.bool_]


def added_labels(
    change: Change,
    attribute: IndexedAttribute,
    sources: Sequence[LabelSource],
    ids: pa.Table,
    old: NDArray[np.int64],
    warnings: list[str],
) -> AddedLabels:
    """Return an attribute's labels of videos that are added.

    Args:
        change: Of the index.
        attribute: As the index has it.
        sources: New labels.
        ids: ``video_id`` and ``path`` of the videos.
        old: (m,) the row that each video has already, or -1.
        warnings: What did not match is put here.
    """
    before = _taken(change.labels(attribute), old)
    source = next((s for s in sources if any(a.name == attribute.name for a in s.attributes)), None)
    if source is None:
        unlabelled = int((old < 0).sum())
        if unlabelled:
            warnings.append(
                f"no labels of '{attribute.name}' for {unlabelled:,} new videos: they neither carry it nor not"
            )
        return AddedLabels(before if len(old) else unknown_table(attribute, 0), np.zeros(len(old), np.bool_))
    found = matched(source, ids)
    missing = int(((found.place < 0) & (old < 0)).sum())
    if missing:
        warnings.append(f"{text_path(source.path)}: no row for {missing:,} of {len(old):,} videos ('{attribute.name}')")
    said = label_table(attribute, chances_at(source, attribute.name, found.place))
    given = found.place >= 0
    return AddedLabels(_chosen(pa.array(given), said, before), given)


def added_columns(
    change: Change, paths: Sequence[Path], ids: pa.Table, old: NDArray[np.int64], warnings: list[str]
) -> pa.Table | None:
    """Return the metadata of videos that are added; None where the index has no metadata."""
    wanted = {column.name: column.type for column in change.before.columns}
    if not wanted:
        if paths:
            warnings.append("the index has no metadata: build it again with --metadata")
        return None
    before = _taken(change.columns(), old)
    if not paths:
        return before
    found = read_metadata(paths, ids.column("video_id"), ids.column("path"), wanted=wanted)
    warnings += found.warnings
    columns = {}
    for name in before.column_names:
        if name not in found.table.column_names:
            columns[name] = before.column(name)
            continue
        said = found.table.column(name)
        kinds = {said.type, before.column(name).type}
        kind = pa.float64() if len(kinds) > 1 else said.type
        columns[name] = pc.coalesce(said.cast(kind), before.column(name).cast(kind))
    return pa.table(columns)


def same_vectors(change: Change, vectors: NDArray[Any], old: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which videos are in the index with the vector that they would be added with, (m,)."""
    same = old >= 0
    for start in range(0, len(old), AT_ONCE):
        part = np.flatnonzero(same[start : start + AT_ONCE]) + start
        same[part] = (_rows(change, old[part]) == vectors[part]).all(axis=1)
    return same


def same_rows(
    change: Change,
    ids: pa.Table,
    old: NDArray[np.int64],
    labels: Mapping[str, AddedLabels],
    columns: pa.Table | None,
) -> NDArray[np.bool_]:
    """Return which videos are in the index with all that is said of them here, vectors left out, (m,)."""
    same = old >= 0
    tables = [(ids, _taken(change.ids, old))]
    tables += [
        (labels[attribute.name].table, _taken(change.labels(attribute), old)) for attribute in change.before.attributes
    ]
    if columns is not None:
        tables.append((columns, _taken(change.columns(), old)))
    for one, other in tables:
        for ours, theirs in zip(one.columns, other.columns, strict=True):
            same &= _equal(ours, theirs)
    return same


def kept_labels(moved: NDArray[np.bool_], labels: Iterable[AddedLabels]) -> NDArray[np.bool_]:
    """Return which videos have another vector than before and keep a label of before, (m,).

    Args:
        moved: Shape (m,): videos that were there with another vector.
        labels: Of each attribute.
    """
    kept = np.zeros(len(moved), np.bool_)
    for one in labels:
        kept |= moved & ~one.given & np.asarray(one.table.column(0).is_valid().to_numpy(), np.bool_)
    return kept


def _rows(change: Change, numbers: NDArray[np.int64]) -> NDArray[Any]:
    n = change.before.rows
    found = np.empty((len(numbers), change.before.dim), change.rows.dtype)
    here = numbers < n
    found[here] = change.rows[numbers[here]]
    found[~here] = change.tail_rows[numbers[~here] - n]
    return found


def _taken(table: pa.Table, numbers: NDArray[np.int64]) -> pa.Table:
    return table.take(pa.array(numbers, mask=numbers < 0))


def _chosen(given: pa.Array, said: pa.Table, before: pa.Table) -> pa.Table:
    columns = []
    for ours, theirs in zip(said.columns, before.columns, strict=True):
        kind = pa.float64() if ours.type != theirs.type else ours.type
        columns.append(pc.if_else(given, ours.cast(kind), theirs.cast(kind)))
    return pa.table(dict(zip(said.column_names, columns, strict=True)))


def _equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> NDArray[np.bool_]:
    kind = one.type if one.type == other.type else pa.float64()
    ours, theirs = one.cast(kind), other.cast(kind)
    both = pc.and_(ours.is_null(), theirs.is_null())
    return np.asarray(pc.or_(pc.equal(ours, theirs).fill_null(False), both).to_numpy(), np.bool_)
