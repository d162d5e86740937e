"""``vibekit index add``: more videos, or other vectors of videos that are there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.index import Storage
from vibekit.core.video import is_hash, text_path
from vibekit.errors import InputError
from vibekit.formats.embeddings import open_embeddings
from vibekit.formats.index import read_index
from vibekit.formats.index_data import (
    ARRAY_SUFFIX,
    COLUMNS,
    ID_SCHEMA,
    TAIL_COLUMNS,
    TAIL_IDS,
    TAIL_ROWS,
    writing_array,
)
from vibekit.formats.run import now
from vibekit.retrieval.storage import to_storage
from vibekit.stages.index.added import (
    added_columns,
    added_labels,
    kept_labels,
    refuse_other_labels,
    same_rows,
    same_vectors,
)
from vibekit.stages.index.build import embeddings_fingerprint, unusable
from vibekit.stages.index.change import changing, recounted
from vibekit.stages.index.compact import compacted
from vibekit.stages.index.generation import publish
from vibekit.stages.index.label_source import open_sources, source_fingerprint
from vibekit.stages.index.metadata import refuse_no_table
from vibekit.stages.index.reports import ChangeReport
from vibekit.stages.index.vectors import identities, pieces, survey
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from vibekit.core.index import IndexManifest
    from vibekit.formats.embeddings import EmbeddingSet
    from vibekit.stages.index.change import Change
    from vibekit.stages.index.config import AddConfig
    from vibekit.stages.index.vectors import Usable
    from vibekit.stages.progress import Progress


def add(config: AddConfig, *, progress: Progress | None = None) -> ChangeReport:
    """Add videos to an index; one that is there is replaced, unless nothing about it is new.

    Raises:
        InputError: There is no index, the embeddings are of another space, or labels or metadata do not fit.
    """
    started = time.monotonic()
    progress = progress or Silent()
    embeddings = open_embeddings(config.embeddings)
    refuse_other_space(read_index(config.index), embeddings, config.embeddings)
    refuse_no_table(config.metadata)
    sources = open_sources(config.labels, thresholds={}, attributes_dir=config.attributes_dir, now=now())
    warnings = [said for source in sources for said in source.warnings]
    with changing(config.index) as change:
        before = change.before
        refuse_other_space(before, embeddings, config.embeddings)
        warnings += refuse_other_labels(before, sources)
        usable = survey(embeddings, metric=before.metric, storage=before.storage, progress=progress)
        warnings += [*unusable(usable), *_cut_off(change, usable)]
        ids = identities(embeddings, usable).cast(ID_SCHEMA)
        vectors = _stored(change, embeddings, usable, progress)
        old = _numbers(change, ids)
        labels = {a.name: added_labels(change, a, sources, ids, old, warnings) for a in before.attributes}
        columns = added_columns(change, config.metadata, ids, old, warnings)
        there = same_vectors(change, vectors, old)
        fresh = ~(there & same_rows(change, ids, old, labels, columns))
        kept = kept_labels((old >= 0) & ~there, labels.values())
        warnings += _said_of_kept(ids, kept)
        replaced, new = int((fresh & (old >= 0)).sum()), int((fresh & (old < 0)).sum())
        whole = None
        if not fresh.any():
            manifest = before
        else:
            removed = np.concatenate([change.removed, np.zeros(replaced + new, bool)])
            removed[old[fresh & (old >= 0)]] = True
            _keep_tail(change, ids, vectors, fresh)
            _keep_columns(change, columns, fresh)
            attributes = tuple(
                recounted(a, change.keep_tail_labels(a, labels[a.name].table.filter(pa.array(fresh))), removed)
                for a in before.attributes
            )
            change.keep_removed(removed)
            manifest = change.next(
                "add",
                config.argv,
                embeddings=tuple(dict.fromkeys([*before.embeddings, text_path(config.embeddings)])),
                tail=before.tail + replaced + new,
                removed=int(removed.sum()),
                attributes=attributes,
                sources={
                    **before.sources,
                    text_path(config.embeddings): embeddings_fingerprint(embeddings),
                    **{text_path(path): source_fingerprint(path) for path in config.metadata},
                },
            )
            whole = compacted(config.index, manifest, progress=progress)
            publish(config.index, whole or manifest)
    return ChangeReport(
        path=text_path(config.index),
        index=whole or manifest,
        nothing_to_do=not fresh.any(),
        added=new,
        replaced=replaced,
        kept_labels=int(kept.sum()),
        compacted=whole is not None,
        seconds=round(time.monotonic() - started, 3),
        warnings=tuple(warnings),
    )


def refuse_other_space(manifest: IndexManifest, embeddings: EmbeddingSet, path: Path) -> None:
    """Raise when vectors cannot be compared with those of an index.

    Raises:
        InputError: They are of another space.
    """
    space = embeddings.space
    if space.fingerprint == manifest.space and space.dim == manifest.dim:
        return
    if (space.name, space.dim) != (manifest.embedder, manifest.dim):
        said = f"{manifest.embedder} with {manifest.dim} dimensions, these are {space.name} with {space.dim}"
    else:
        said = f"{space.name} with other parameters ({manifest.space}, these are {space.fingerprint})"
    raise InputError(
        f"the index is of other embeddings: {said}", path=path,
        hint=f"embed the videos as those of the index (--embedder {manifest.embedder}), or build another index",
    )  # fmt: skip


def _cut_off(change: Change, usable: Usable) -> Iterator[str]:
    if change.before.storage is not Storage.SQ8 or change.sq8 is None:
        return
    low, step = change.sq8
    slack = 2 * step
    beyond = int(((usable.low < low - slack) | (usable.high > low + 255 * step + slack)).sum())
    if beyond:
        yield (
            f"in {beyond} dimensions values lie beyond those of the index and are cut off: build it again when there "
            "are many such videos"
        )


def _said_of_kept(ids: pa.Table, kept: NDArray[np.bool_]) -> Iterator[str]:
    """Say which labels may be those of another content: an id that is no content hash can be given again."""
    names = [name for name in ids.column("video_id").filter(pa.array(kept)).to_pylist() if not is_hash(name)]
    if names:
        one = len(names) == 1
        yield (
            f"{names[0]} has another vector and keeps the labels that it had"
            if one
            else f"{len(names):,} videos have another vector and keep the labels that they had ({names[0]}, ...)"
        ) + ": when the content has changed, label it anew and give --labels"


def _stored(change: Change, embeddings: EmbeddingSet, usable: Usable, progress: Progress) -> NDArray[Any]:
    """Return the new vectors as the index stores them, mapped."""
    before = change.before
    shape = (usable.count, before.dim)
    progress.begin("vectors", usable.count)
    change.folder.mkdir(parents=True, exist_ok=True)
    with writing_array(change.folder, "new.npy", shape=shape, dtype=change.rows.dtype) as out:
        for at, part in pieces(embeddings, usable, before.metric):
            out[at : at + len(part)] = to_storage(part, before.storage, sq8=change.sq8)
            progress.advance(len(part))
    progress.end()
    return np.asarray(np.load(change.folder / "new.npy", mmap_mode="r"))


def _numbers(change: Change, ids: pa.Table) -> NDArray[np.int64]:
    """Return the number of the row that each new video has already, -1 where it is new."""
    alive = change.alive()
    if not len(alive):
        return np.full(ids.num_rows, -1, np.int64)
    there = change.ids.column("video_id").take(pa.array(alive)).combine_chunks()
    place = pc.fill_null(pc.index_in(ids.column("video_id"), value_set=there), -1).to_numpy()
    return np.where(place >= 0, alive[np.maximum(place, 0)], -1)


def _keep_tail(change: Change, ids: pa.Table, vectors: NDArray[Any], fresh: NDArray[np.bool_]) -> None:
    chosen = np.flatnonzero(fresh)
    tail = change.tail_rows

    def write(path: Path) -> None:
        shape = (len(tail) + len(chosen), change.before.dim)
        with writing_array(path.parent, path.name, shape=shape, dtype=change.rows.dtype) as out:
            out[: len(tail)] = tail
            for start in range(0, len(chosen), 65_536):
                part = chosen[start : start + 65_536]
                out[len(tail) + start : len(tail) + start + len(part)] = vectors[part]

    change.keep(TAIL_ROWS, ARRAY_SUFFIX, write)
    change.keep_table(TAIL_IDS, pa.concat_tables([change.tail_ids(), ids.filter(pa.array(fresh))]))


def _keep_columns(change: Change, columns: pa.Table | None, fresh: NDArray[np.bool_]) -> None:
    if columns is None or COLUMNS not in change.before.files:
        return
    tail = change.columns().slice(change.before.rows)
    whole = pa.concat_tables([tail, columns.filter(pa.array(fresh))], promote_options="permissive")
    change.keep_table(TAIL_COLUMNS, whole)
