"""Whether this machine makes the vectors that an index holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.embedders.table import EMBEDDERS, IMPORT, embedder, names_in
from vibekit.errors import InputError, UsageError
from vibekit.formats.embeddings import is_embeddings, open_embeddings
from vibekit.stages.embed.space import space_of

if TYPE_CHECKING:
    from vibekit.core.embedding import EmbeddingSpace
    from vibekit.core.index import IndexManifest
    from vibekit.embedders.base import Embedder, EmbedderSettings


def embedders_of(manifest: IndexManifest, settings: EmbedderSettings) -> tuple[tuple[str, ...], list[Embedder]]:
    """Make the embedders of an index, checked.

    Raises:
        UsageError: Somebody else made its vectors.
        SetupError: A package, a model or a key is missing.
    """
    if not all(name in EMBEDDERS or ":" in name for name in manifest.embedder.split("+")):
        by = f" ({manifest.embedder})" if manifest.embedder not in ("", IMPORT) else ""
        raise UsageError(
            f"the vectors of this index were imported{by}: only what made them can embed a query",
            hint="embed the query there, and search with --vectors q.npy",
        )
    names = names_in(manifest.embedder)
    made = [embedder(name, settings) for name in names]
    for one in made:
        one.check()
    return names, made


def same_space(names: tuple[str, ...], made: list[Embedder], manifest: IndexManifest) -> EmbeddingSpace:
    """Return the space that embedders make, which is that of the index.

    Raises:
        InputError: It is another one; says what differs, as far as that can still be seen.
    """
    space = space_of(names, made, dtype="float16")
    before = _before(manifest)
    if before is not None:
        space = space_of(names, made, dtype=before.dtype)
    if space.fingerprint == manifest.space:
        return space
    raise InputError(
        f"the index holds other vectors than {manifest.embedder} makes here: {_difference(before, space, manifest)}",
        hint="give --model, --frames and --option as they were at vibekit embed, or search with --vectors",
    )


def _before(manifest: IndexManifest) -> EmbeddingSpace | None:
    """Return the space of the embeddings that the index was built from, when they are still there."""
    for one in manifest.embeddings:
        if is_embeddings(Path(one)):
            space = open_embeddings(Path(one)).space
            if space.fingerprint == manifest.space:
                return space
    return None


def _difference(before: EmbeddingSpace | None, here: EmbeddingSpace, manifest: IndexManifest) -> str:
    if here.dim != manifest.dim:
        return f"{manifest.dim} dimensions, here {here.dim}"
    for was, now in zip(before.blocks if before else (), here.blocks, strict=False):
        first, second = dict(was.parameters), dict(now.parameters)
        for key in {**first, **second}:
            if first.get(key) != second.get(key):
                return f"{was.embedder}: {key} was {first.get(key, 'not there')}, here {second.get(key, 'not there')}"
    return "made with other parameters"
