"""What a set of embeddings is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vibekit.core.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One embedder's part of every vector.

    Attributes:
        embedder: Name in the table of embedders, or ``import``.
        start: First dimension, from 0.
        dim: Number of dimensions.
        normalisation: What was done to the block: ``l2``, ``scale`` (fixed centre and scale a dimension) or ``none``.
        parameters: Everything that can change a vector: revision, weights' hash, frames, sampling, size.
        dimensions: What each dimension is, where that can be said (``av``); else empty.
    """

    embedder: str
    start: int
    dim: int
    normalisation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    dimensions: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """16 hex digits over everything but the place in the vector and the names of dimensions."""
        return fingerprint(
            {
                "embedder": self.embedder,
                "dim": self.dim,
                "normalisation": self.normalisation,
                "parameters": dict(self.parameters),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSpace:
    """Where vectors live: two sets may be mixed when their spaces have the same fingerprint.

    Attributes:
        name: As typed, such as ``av+effnet-lite0``.
        blocks: In the order of the dimensions.
        dtype: ``float16`` or ``float32``, as stored.
    """

    name: str
    blocks: tuple[Block, ...]
    dtype: str = "float16"

    @property
    def dim(self) -> int:
        """Number of dimensions."""
        return sum(block.dim for block in self.blocks)

    @property
    def fingerprint(self) -> str:
        """16 hex digits over the blocks in order; the storage type does not enter."""
        return fingerprint([block.fingerprint for block in self.blocks])


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """What a vector of a paid service takes, expected or as it was counted.

    Attributes:
        model: Whose price holds.
        tokens: Of the input.
        sent: ``image``, ``video``, ``audio``: what is in it besides words.
    """

    model: str
    tokens: int
    sent: tuple[str, ...] = ()
