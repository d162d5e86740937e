"""Ids by their places: a few strings out of millions, without a table of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

_FEW = 2048
"""Ids up to which they are read one by one: Arrow's own way costs as much as some hundreds of them to begin with."""


class IdText:
    """Reads ids where they lie in an Arrow column.

    Args:
        ids: Strings without nulls.
    """

    def __init__(self, ids: pa.Array | pa.ChunkedArray) -> None:
        self._ids = ids
        chunks = ids.chunks if isinstance(ids, pa.ChunkedArray) else [ids]
        self._offsets: npt.NDArray[np.integer[Any]] | None = None
        if len(chunks) == 1 and len(ids) and pa.types.is_string(ids.type):
            _, offsets, text = chunks[0].buffers()
            first = chunks[0].offset
            self._offsets = np.frombuffer(offsets, np.int32)[first : first + len(ids) + 1]
            self._text = memoryview(text) if text is not None else memoryview(b"")
            self._even = _of_one_length(self._offsets, self._text)

    def at(self, places: npt.NDArray[np.integer[Any]]) -> list[str]:
        """Return the ids at places, in their order."""
        if self._offsets is None or len(places) > _FEW:
            return list(self._ids.take(pa.array(places)).to_pylist())
        if self._even is not None:
            length = self._even.shape[1]
            whole = self._even[places].tobytes().decode("latin-1")
            if whole.isascii():
                return [whole[at : at + length] for at in range(0, len(whole), length)]
        text = self._text
        return [
            str(text[a:b], "utf-8")
            for a, b in zip(self._offsets[places].tolist(), self._offsets[places + 1].tolist(), strict=True)
        ]


def _of_one_length(offsets: npt.NDArray[np.integer[Any]], text: memoryview) -> npt.NDArray[np.uint8] | None:
    """Return the bytes of ids that are all of one length, as hashes are, shape (n, length); else None."""
    length = int(offsets[1] - offsets[0])
    if not length or (np.diff(offsets) != length).any():
        return None
    return np.frombuffer(text, np.uint8)[int(offsets[0]) : int(offsets[-1])].reshape(-1, length)
