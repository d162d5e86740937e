"""Which row of a table speaks of which video of an index."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.video import text_path
from vibekit.errors import InputError
from vibekit.formats.manifest import Row, Table
from vibekit.formats.metadata_table import metadata_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

NOWHERE = -1
SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Which row speaks of which video.

    Attributes:
        place: (n,) for each video its row, or -1.
        unmatched: Rows that speak of no video.
    """

    place: NDArray[np.int64]
    unmatched: int

    def warnings(self, name: str, there: NDArray[np.bool_] | None = None) -> tuple[str, ...]:
        """Say what did not match, for people.

        Args:
            name: Of the table.
            there: (n,) videos that count; None for all.
        """
        place = self.place if there is None else self.place[there]
        without = int((place == NOWHERE).sum())
        said = []
        if self.unmatched:
            said.append(f"{name}: {self.unmatched:,} rows speak of no video of the index")
        if without:
            said.append(f"{name}: {without:,} of {len(place):,} videos have no row in it")
        return tuple(said)


def identify(
    ids: pa.ChunkedArray,
    paths: pa.ChunkedArray,
    keys: Mapping[str, pa.ChunkedArray | pa.Array],
    source: Path,
) -> Found:
    """Find the row of every video: by its id as written, or else by hash, path, file name or stem.

    Args:
        ids: Of the videos, (n,).
        paths: Of the videos; empty where not known.
        keys: Columns of the table that may name a video, the most telling one first; text.
        source: The table.

    Raises:
        InputError: No row speaks of any video.
    """
    first = next(iter(keys.values()))
    place = _places(ids, first)
    if (place == NOWHERE).all() and len(place):
        place = _by_name(ids, paths, keys, source)
    matched = len(np.unique(place[place != NOWHERE]))
    if not matched and len(place):
        theirs = ", ".join(str(key) for key in first[:SHOWN].to_pylist()) or "nothing"
        ours = ", ".join(ids[:SHOWN].to_pylist())
        lie = [path for path in paths[:SHOWN].to_pylist() if path]
        where = f" ({', '.join(lie)})" if lie else ""
        raise InputError(
            f"no row speaks of a video of the index; it names {theirs}; the videos are {ours}{where}", path=source,
            hint="a column video_id has to hold the ids of the embeddings",
        )  # fmt: skip
    return Found(place=place, unmatched=len(first) - matched)


def _places(ids: pa.ChunkedArray, keys: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
    values = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks)
    if not len(values):
        return np.full(len(ids), NOWHERE, np.int64)
    found = pc.fill_null(pc.index_in(ids, value_set=values, skip_nulls=True), NOWHERE)
    return np.asarray(found.to_numpy(), np.int64)


def _by_name(
    ids: pa.ChunkedArray, paths: pa.ChunkedArray, keys: Mapping[str, pa.ChunkedArray | pa.Array], source: Path
) -> NDArray[np.int64]:
    videos = [(Path(path), video) for path, video in zip(paths.to_pylist(), ids.to_pylist(), strict=True)]
    columns = {name: _texts(column) for name, column in keys.items()}
    count = len(next(iter(columns.values())))
    rows = tuple(
        Row(line=at, values={name: cells[at] for name, cells in columns.items() if cells[at]}) for at in range(count)
    )
    named = metadata_table(
        Table(path=source, columns=tuple(columns), rows=rows), [path for path, _ in videos if text_path(path) != "."]
    )
    found = np.full(len(videos), NOWHERE, np.int64)
    for at, (path, video) in enumerate(videos):
        row = named.lookup(path, video) if text_path(path) != "." else named.by_hash(video)
        if row is not None:
            found[at] = row.line
    return found


def _texts(column: pa.ChunkedArray | pa.Array) -> Sequence[str]:
    return [word or "" for word in column.to_pylist()]
