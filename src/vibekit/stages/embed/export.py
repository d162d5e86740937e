"""A set as one Parquet file, for whoever does not read Arrow files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from vibekit.formats.atomic import replacing
from vibekit.formats.embedding_space import space_row
from vibekit.formats.embeddings import open_embeddings
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.formats.embeddings_shard import ShardRows
    from vibekit.stages.progress import Progress

PIECE = 65_536
"""Rows that are written at once, and of a row group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was exported.

    Attributes:
        out: The file.
        rows: In it.
        dim: Of its vectors.
        left_out: Rows without a vector, which are not in it.
        bytes: Size of the file.
    """

    out: Path
    rows: int
    dim: int
    left_out: int
    bytes: int


def export_parquet(path: Path, out: Path, *, progress: Progress | None = None) -> ExportReport:
    """Write the rows that have a vector as ``video_id``, ``path``, ``vector`` (a list of float32, of a fixed size).

    Args:
        path: The folder of the set.
        out: The Parquet file; replaced at once.
        progress: Told how far it is.

    Raises:
        InputError: There is no such set, or a shard is damaged.
    """
    progress = progress or Silent()
    found = open_embeddings(path)
    schema = pa.schema(
        [
            ("video_id", pa.string()),
            ("path", pa.string()),
            ("vector", pa.list_(pa.float32(), found.space.dim)),
        ],
        metadata={"vibekit.space": json.dumps(space_row(found.space), sort_keys=True)},
    )
    progress.begin("exporting", found.rows)
    try:
        with replacing(out) as stream, pq.ParquetWriter(stream, schema, compression="zstd") as writer:
            for shard in found.shards:
                rows = shard.open()
                for start in range(0, shard.rows, PIECE):
                    writer.write_table(_piece(rows, start, schema), row_group_size=PIECE)
                    progress.advance(min(PIECE, shard.rows - start))
    finally:
        progress.end()
    return ExportReport(
        out=out, rows=found.ok, dim=found.space.dim, left_out=found.rows - found.ok, bytes=out.stat().st_size
    )


def _piece(rows: ShardRows, start: int, schema: pa.Schema) -> pa.Table:
    ok = rows.ok[start : start + PIECE]
    keep = pa.array(ok)
    vectors = rows.vectors[start : start + PIECE][ok].astype("float32")
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
    ids, paths = (texts.slice(start, PIECE).filter(keep) for texts in (rows.ids, rows.paths))
    return pa.Table.from_arrays([ids, paths, column], schema=schema)
