"""What is searched by, brought into vectors of the index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.search import Asked, SeenVideo
from vibekit.errors import InputError
from vibekit.formats.embeddings import is_embeddings, open_embeddings
from vibekit.formats.query_rows import QueryRow, QueryVectors, read_query_rows, read_query_vectors
from vibekit.retrieval.queries import prepared

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.index import IndexManifest
    from vibekit.retrieval.searcher import Searcher
    from vibekit.retrieval.seen import Seen
    from vibekit.stages.index.search_config import SearchConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query.

    Attributes:
        name: As asked.
        by: What that is.
        vector: float32, shape (d,); None when there is none.
        restrict: As typed.
        k: Results.
        exclude: Ids that are not to be found, its own among them.
        asked: The video, when it is one.
        problem: Why there is no vector.
        line: Of the batch file; 0 outside of one.
    """

    name: str
    by: Asked
    vector: NDArray[np.float32] | None = None
    restrict: str = ""
    k: int = 10
    exclude: frozenset[str] = frozenset()
    asked: SeenVideo | None = None
    problem: str = ""
    line: int = 0


def queries_of(config: SearchConfig, searcher: Searcher, seen: Seen) -> list[Query]:
    """Read what is searched by.

    Raises:
        InputError: It cannot be read, does not fit the index, or is not in it.
        SetupError: A package or a model is missing that embeds a video or a text.
    """
    if config.vectors is not None:
        return _by_vectors(config, config.vectors, searcher.manifest)
    if config.videos:
        from vibekit.stages.index.query_video import embedded

        found = embedded(config.videos, config.settings, searcher.manifest)
        return [
            Query(
                name=str(path), by=Asked.VIDEO, vector=vector, restrict=config.restrict, k=config.k,
                exclude=_own(one.video_id, config), asked=one,
            )
            for path, (one, vector) in zip(config.videos, found, strict=True)
        ]  # fmt: skip
    if config.texts:
        vectors = _texts(config, config.texts, searcher.manifest)
        return [
            Query(name=text, by=Asked.TEXT, vector=vector, restrict=config.restrict, k=config.k)
            for text, vector in zip(config.texts, vectors, strict=True)
        ]
    if config.batch is not None:
        return _by_rows(config, read_query_rows(config.batch), searcher, seen)
    found_ids = _by_ids(config.ids, config, searcher, seen)
    broken = next((one for one in found_ids if one.problem), None)
    if broken is not None:
        hint = "give an id of the embeddings or the file that was embedded; other videos: --video FILE"
        raise InputError(broken.problem, path=config.index, hint=hint, item=broken.name)
    return [replace(one, restrict=config.restrict, k=config.k) for one in found_ids]


def _own(video_id: str, config: SearchConfig) -> frozenset[str]:
    return frozenset() if config.with_self else frozenset({video_id})


def _by_ids(names: tuple[str, ...], config: SearchConfig, searcher: Searcher, seen: Seen) -> list[Query]:
    """Find videos of the index by their id, else by their file."""
    resolved: dict[str, str] = {}
    problems: dict[str, str] = {}
    known = seen.known(list(dict.fromkeys(names)))
    for name in dict.fromkeys(names):
        if name in known:
            resolved[name] = name
            continue
        # every video without a file would be meant
        named = seen.of_file(name) if name else []
        if len(named) == 1:
            resolved[name] = named[0]
        elif named:
            problems[name] = f"'{name}' is the file of {len(named)} videos, such as {named[0]} and {named[1]}"
        else:
            problems[name] = f"no video '{name}' in the index"
    ids = list(resolved.values())
    vectors = dict(zip(ids, searcher.vectors_of(ids) if ids else (), strict=True))
    videos = dict(zip(ids, seen.of(ids), strict=True))
    return [
        Query(name=name, by=Asked.ID, problem=problems[name])
        if name in problems
        else Query(
            name=name, by=Asked.ID, vector=vectors[resolved[name]], exclude=_own(resolved[name], config),
            asked=videos[resolved[name]],
        )
        for name in names
    ]  # fmt: skip


def _by_vectors(config: SearchConfig, path: Path, manifest: IndexManifest) -> list[Query]:
    given = _embeddings(path, manifest) if path.is_dir() else read_query_vectors(path, ids=config.vector_ids)
    try:
        prepared(given.vectors, manifest)
    except InputError as error:
        raise InputError(error.message, path=path, hint=error.hint) from error
    return [
        Query(name=name, by=Asked.VECTOR, vector=vector, restrict=config.restrict, k=config.k)
        for name, vector in zip(given.names, given.vectors, strict=True)
    ]


def _embeddings(path: Path, manifest: IndexManifest) -> QueryVectors:
    if not is_embeddings(path):
        raise InputError("no embeddings in it", path=path, hint="--vectors takes .npy, or a folder of embeddings")
    found = open_embeddings(path)
    if found.space.fingerprint != manifest.space:
        raise InputError(
            f"made by another embedder: {found.space.name} with {found.space.dim} dimensions, the index holds "
            f"{manifest.embedder} with {manifest.dim}", path=path, hint="embed the videos as those of the index were",
        )  # fmt: skip
    names, vectors = [], []
    for shard in found.shards:
        rows = shard.open()
        places = np.flatnonzero(rows.ok)
        names += rows.ids.take(places).to_pylist()
        vectors.append(np.asarray(rows.vectors[places], np.float32))
    if not names:
        raise InputError("no vector in it", path=path, hint="vibekit embed VIDEOS --out E")
    return QueryVectors(names=tuple(names), vectors=np.concatenate(vectors))


def _by_rows(config: SearchConfig, rows: tuple[QueryRow, ...], searcher: Searcher, seen: Seen) -> list[Query]:
    ids = _by_ids(tuple(dict.fromkeys(row.id for row in rows if row.id)), config, searcher, seen)
    known = {one.name: one for one in ids}
    texts = tuple(dict.fromkeys(row.text for row in rows if row.text))
    vectors = dict(zip(texts, _texts(config, texts, searcher.manifest) if texts else (), strict=True))
    found = []
    for row in rows:
        one = known[row.id] if row.id else Query(name=row.text, by=Asked.TEXT, vector=vectors[row.text])
        restrict = config.restrict if row.restrict is None else row.restrict
        k = config.k if row.k is None else row.k
        exclude = one.exclude | frozenset(row.exclude)
        found.append(replace(one, restrict=restrict, k=k, exclude=exclude, line=row.line))
    return found


def _texts(config: SearchConfig, texts: tuple[str, ...], manifest: IndexManifest) -> list[NDArray[np.float32]]:
    from vibekit.stages.index.query_text import text_vectors

    return text_vectors(texts, config.settings, manifest)
