"""What ``vibekit index search`` is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.embedders.base import EmbedderSettings

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    """One search; of the first five attributes, one is given.

    Attributes:
        index: The folder of an index.
        ids: Videos of the index to search by: ids, or their files.
        vectors: A file of vectors, or a folder of embeddings.
        vector_ids: Names of the rows of ``vectors``.
        videos: Files to embed and search by.
        texts: Words to embed and search by.
        batch: A table of queries.
        restrict: What may be found; empty for every video.
        k: Results a query.
        exact: Compare every video that matches.
        diverse: From 0, the nearest, to 1, the most unlike one another.
        exclude: A file of ids that are not to be found.
        allow: A file of the only ids that may be found.
        with_self: A video that is searched by may find itself.
        settings: Of the embedder, for ``videos`` and ``texts``: as the vectors of the index were made.
        out: Where results go: .parquet, .csv or .json.
        html: Where a contact sheet goes.
        memory: Bytes that prepared restrictions may take; None for the searcher's own limit.
    """

    index: Path
    ids: tuple[str, ...] = ()
    vectors: Path | None = None
    vector_ids: Path | None = None
    videos: tuple[Path, ...] = ()
    texts: tuple[str, ...] = ()
    batch: Path | None = None
    restrict: str = ""
    k: int = 10
    exact: bool = False
    diverse: float = 0.0
    exclude: Path | None = None
    allow: Path | None = None
    with_self: bool = False
    settings: EmbedderSettings = field(default_factory=EmbedderSettings)
    out: Path | None = None
    html: Path | None = None
    memory: int | None = None
