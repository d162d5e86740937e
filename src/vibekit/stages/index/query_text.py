"""Words to search by, embedded by the side of the index's embedder that reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.embedders.base import EmbedError
from vibekit.embedders.table import IMPORT
from vibekit.embedders.text_side import TEXT_SIDES, ReadsText
from vibekit.errors import InputError
from vibekit.stages.index.query_space import embedders_of, same_space

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vibekit.core.index import IndexManifest
    from vibekit.embedders.base import EmbedderSettings


def text_vectors(
    texts: Sequence[str], settings: EmbedderSettings, manifest: IndexManifest
) -> list[NDArray[np.float32]]:
    """Embed words; blocks of the vector that no words can fill are zero.

    Args:
        texts: What is looked for.
        settings: Of the embedder.
        manifest: Of the index.

    Returns:
        A vector for each, shape (d,).

    Raises:
        InputError: No block of the index reads, a text is empty or cannot be embedded, or this machine makes others.
        SetupError: A package, a model or a key is missing.
    """
    if not any(name in TEXT_SIDES or ":" in name for name in manifest.embedder.split("+")):
        raise _no_side(manifest)
    names, embedders = embedders_of(manifest, settings)
    if not any(isinstance(one, ReadsText) for one in embedders):
        raise _no_side(manifest)
    space = same_space(names, embedders, manifest)
    found = []
    for text in texts:
        if not text.strip():
            raise InputError("an empty text", hint='such as: --text "rain on a window"')
        vector = np.zeros(space.dim, np.float32)
        for block, one in zip(space.blocks, embedders, strict=True):
            if isinstance(one, ReadsText):
                try:
                    vector[block.start : block.start + block.dim] = one.embed_text(text)
                except EmbedError as error:
                    raise InputError(f"the text cannot be embedded: {error}", hint="write other words") from error
        found.append(vector)
    return found


def _no_side(manifest: IndexManifest) -> InputError:
    made = manifest.embedder or "vectors of your own"
    more = "" if manifest.embedder in ("", IMPORT) else f"{manifest.embedder}+"
    return InputError(
        f"the index is of {made}, which reads no text; with a side that reads: {', '.join(TEXT_SIDES)}",
        hint=f"embed titles and descriptions too: vibekit embed VIDEOS --embedder {more}text --out E; index E",
    )
