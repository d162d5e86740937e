"""Embedders that read words into the same space as their videos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TEXT_SIDES = ("text", "siglip2", "gemini")
"""Names in the table of embedders that have one."""


@runtime_checkable
class ReadsText(Protocol):
    """An embedder with a text side."""

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """Make the vector of what is looked for: shape (dim,), float32, of length 1.

        Args:
            text: Not empty.

        Raises:
            EmbedError: None can be had of these words.
            InputError: The model has no text side, or the settings leave out what words are compared with.
        """
        ...
