"""The space that a choice of embedders makes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vibekit.core.embedding import EmbeddingSpace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vibekit.core.embedding import Block
    from vibekit.embedders.base import Embedder, Needs


def space_of(names: Sequence[str], embedders: Sequence[Embedder], *, dtype: str) -> EmbeddingSpace:
    """Put the blocks of embedders behind one another.

    Args:
        names: As typed.
        embedders: Checked, in the same order.
        dtype: Storage.
    """
    blocks: list[Block] = []
    for one in embedders:
        block = one.block(sum(b.dim for b in blocks))
        decoded = _decoded(one.needs)
        blocks.append(replace(block, parameters={**block.parameters, "decoded": decoded}) if decoded else block)
    return EmbeddingSpace(name="+".join(names), blocks=tuple(blocks), dtype=dtype)


def _decoded(needs: Needs) -> dict[str, Any]:
    """Return what the stage decodes for an embedder, as far as it can change a vector: it belongs to the block."""
    found: dict[str, Any] = {}
    if needs.frames is not None:
        from vibekit.media.rgb import rgb_parameters

        found["frames"] = rgb_parameters(needs.frames.count, needs.frames.long_side)
    if needs.sound_s:
        found["sound_s"] = needs.sound_s
    return found
