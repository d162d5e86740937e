"""``vibekit index build``: embeddings, labels and metadata in, the first or a new generation of an index out."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vibekit import __version__
from vibekit.core.fingerprint import fingerprint
from vibekit.core.index import IndexManifest
from vibekit.core.video import text_path
from vibekit.errors import InputError
from vibekit.formats.embeddings import open_embeddings
from vibekit.formats.folder_kind import INDEX, refuse_foreign
from vibekit.formats.index import VERSION, current, is_index, next_generation, read_index
from vibekit.formats.index_data import (
    COLUMNS,
    ID_SCHEMA,
    TABLE_SUFFIX,
    label_role,
    opened_table,
    save_table,
)
from vibekit.formats.run import now
from vibekit.stages.index.arrange import Material, arrange, take_rows
from vibekit.stages.index.budget import amount_of, refuse_too_much
from vibekit.stages.index.efforts import efforts_of
from vibekit.stages.index.generation import publish, total_bytes, writing
from vibekit.stages.index.label_file import counts_of
from vibekit.stages.index.label_source import open_sources, source_fingerprint
from vibekit.stages.index.labelling import matched, write_labels
from vibekit.stages.index.metadata import read_metadata, refuse_no_table
from vibekit.stages.index.reports import BuildReport
from vibekit.stages.index.steps import Steps, drop_steps
from vibekit.stages.index.vectors import identities, survey
from vibekit.stages.memory import peak_memory
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.index import IndexedAttribute
    from vibekit.formats.embeddings import EmbeddingSet
    from vibekit.stages.index.config import BuildConfig
    from vibekit.stages.index.label_source import LabelSource
    from vibekit.stages.index.vectors import Usable
    from vibekit.stages.progress import Progress

OTHER = "make a new generation of it with --force, or choose another --out"


def build(config: BuildConfig, *, progress: Progress | None = None) -> BuildReport:
    """Build an index; what a killed build has finished is kept.

    Args:
        config: What is asked for.
        progress: Is told how far it is.

    Raises:
        InputError: Embeddings, labels or metadata are damaged or do not fit, or the folder was built from others.
        UsageError: More would be needed than is allowed, or a threshold is for nothing.
    """
    started = time.monotonic()
    progress = progress or Silent()
    embeddings = open_embeddings(config.embeddings)
    sources = open_sources(config.labels, thresholds=config.thresholds, attributes_dir=config.attributes_dir, now=now())
    refuse_no_table(config.metadata)
    key = _key(config, embeddings, sources)
    refuse_foreign(config.out, INDEX)
    if (there := _there(config, key)) is not None:
        return _report(config, there, started, nothing_to_do=True)
    columns = sum(len(one.labels) for source in sources for one in source.attributes)
    refuse_too_much(config, amount_of(embeddings, columns, config.metadata))
    config.out.mkdir(parents=True, exist_ok=True)
    with writing(config.out):
        if (there := _there(config, key)) is not None:
            return _report(config, there, started, nothing_to_do=True)
        usable = survey(embeddings, metric=config.metric, storage=config.storage, progress=progress)
        steps = Steps(config.out, fingerprint([key, __version__]), progress)
        manifest, warnings = _made(config, embeddings, usable, sources, key, steps, progress)
        _refuse_moved(config, key, sources)
        publish(config.out, manifest)
        drop_steps(config.out)
    warnings = (*unusable(usable), *(w for source in sources for w in source.warnings), *warnings)
    return _report(config, manifest, started, steps=steps, warnings=warnings)


def _made(
    config: BuildConfig,
    embeddings: EmbeddingSet,
    usable: Usable,
    sources: Sequence[LabelSource],
    key: str,
    steps: Steps,
    progress: Progress,
) -> tuple[IndexManifest, tuple[str, ...]]:
    material = Material(
        embeddings=embeddings, usable=usable, metric=config.metric, storage=config.storage, seed=config.seed
    )
    ids = opened_table(
        steps.scratch("identities.arrow", lambda p: save_table(p, identities(embeddings, usable).cast(ID_SCHEMA)))
    )
    # what does not fit is to be said before the long work
    found = [matched(source, ids) for source in sources]
    metadata = read_metadata(config.metadata, ids.column("video_id"), ids.column("path"))
    order = arrange(material, ids, steps, progress)
    attributes = _labels(sources, [one.place[order] for one in found], steps, progress)
    if metadata.columns:
        steps.file(COLUMNS, TABLE_SUFFIX, lambda p: save_table(p, take_rows(metadata.table, order)))
    warnings = [
        *(said for one, source in zip(found, sources, strict=True) for said in one.warnings(text_path(source.path))),
        *metadata.warnings,
    ]
    manifest = IndexManifest(
        generation=next_generation(config.out),
        parent=_holding(config.out),
        made_by="build",
        created_at=now(),
        embeddings=(text_path(config.embeddings),),
        space=embeddings.space.fingerprint,
        embedder=embeddings.space.name,
        dim=embeddings.space.dim,
        metric=config.metric,
        storage=config.storage,
        rows=usable.count,
        clusters=material.clusters,
        attributes=attributes,
        columns=metadata.columns,
        recall_target=config.recall,
        files=dict(steps.files),
        key=key,
        sources={
            text_path(config.embeddings): embeddings_fingerprint(embeddings),
            **{text_path(path): source_fingerprint(path) for path in config.metadata},
        },
        without=usable.without,
        argv=config.argv,
        vibekit=__version__,
    )
    return efforts_of(config.out, manifest, seed=config.seed, progress=progress, steps=steps), tuple(warnings)


def _labels(
    sources: Sequence[LabelSource], places: Sequence[NDArray[np.int64]], steps: Steps, progress: Progress
) -> tuple[IndexedAttribute, ...]:
    attributes: list[IndexedAttribute] = []
    for source, place in zip(sources, places, strict=True):
        progress.begin(f"labels of {text_path(source.path)}", len(source.attributes))
        for attribute in source.attributes:
            steps.file(label_role(attribute.name), TABLE_SUFFIX, partial(write_labels, source, attribute, place))
            decided = opened_table(steps.path(label_role(attribute.name))).column(0)
            attributes.append(replace(attribute, counts=counts_of(attribute, decided, np.ones(len(place), bool))))
            progress.advance(1)
        progress.end()
    return tuple(attributes)


def _key(config: BuildConfig, embeddings: EmbeddingSet, sources: Sequence[LabelSource]) -> str:
    """Return a fingerprint of everything that can change an answer of the index."""
    labelled = [
        [a.name, a.kind, list(a.labels), a.threshold, a.abstain, a.definition, a.source_fingerprint]
        for source in sources
        for a in source.attributes
    ]
    metadata = [source_fingerprint(path) for path in config.metadata]
    return fingerprint(
        [VERSION, embeddings_fingerprint(embeddings), labelled, metadata, str(config.storage), str(config.metric),
         config.recall, config.seed]
    )  # fmt: skip


def embeddings_fingerprint(embeddings: EmbeddingSet) -> str:
    """Return what tells whether embeddings are still those that were read."""
    shards = [[shard.key, shard.rows, shard.ok_rows, shard.bytes, shard.sums] for shard in embeddings.shards]
    return fingerprint([embeddings.space.fingerprint, embeddings.space.dtype, shards])


def _refuse_moved(config: BuildConfig, key: str, sources: Sequence[LabelSource]) -> None:
    """Raise when a source was written anew meanwhile: a part of the index would be of the one, a part of the other.

    Raises:
        InputError: It was.
    """
    hint = "run the same command again"
    for source in sources:
        if source_fingerprint(source.path) != source.attributes[0].source_fingerprint:
            raise InputError("has changed while the index was built from it", path=source.path, hint=hint)
    if _key(config, open_embeddings(config.embeddings), sources) != key:
        raise InputError("embeddings or metadata have changed while it was built from them", path=config.out, hint=hint)


def _there(config: BuildConfig, key: str) -> IndexManifest | None:
    """Return the index that is there when it was built from the same, None when it is to be built.

    Raises:
        InputError: It was built from something else, and nobody said that it may be replaced.
    """
    if config.force or not is_index(config.out):
        return None
    there = read_index(config.out)
    if there.key == key:
        return there
    if not there.key:
        raise InputError("videos or labels were changed in it since it was built", path=config.out, hint=OTHER)
    raise InputError("was built from other embeddings, labels, metadata or settings", path=config.out, hint=OTHER)


def _holding(index: Path) -> str:
    """Return the generation that holds; empty where there is none, or nobody can tell."""
    try:
        return current(index)
    except InputError:
        return ""


def unusable(usable: Usable) -> Iterator[str]:
    """Say which videos are left out, and why."""
    for reason, n in usable.without.items():
        shown = ", ".join(usable.examples[reason])
        yield f"{n:,} videos are left out, their vector is {reason}: {shown}{' ...' if n > 3 else ''}".replace(
            "their vector is no vector", "they have no vector"
        )


def _report(
    config: BuildConfig,
    manifest: IndexManifest,
    started: float,
    *,
    nothing_to_do: bool = False,
    steps: Steps | None = None,
    warnings: Sequence[str] = (),
) -> BuildReport:
    size = total_bytes(manifest)
    return BuildReport(
        path=text_path(config.out),
        index=manifest,
        nothing_to_do=nothing_to_do,
        steps=steps.made if steps else 0,
        resumed=steps.resumed if steps else 0,
        seconds=round(time.monotonic() - started, 3),
        peak_memory=peak_memory(),
        bytes=size,
        bytes_per_video=round(size / max(manifest.rows, 1), 1),
        warnings=tuple(warnings),
    )
