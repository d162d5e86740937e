"""``annotations.parquet``: the current answers of a run as one tidy table, a row per file and attribute."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from vibekit.formats.annotations import label_text, storable, to_row
from vibekit.formats.atomic import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from vibekit.core.annotation import Annotation

VERSION = 1

SCHEMA = pa.schema(
    [
        ("video_id", pa.string()),
        ("path", pa.string()),
        ("attribute", pa.string()),
        ("definition", pa.string()),
        ("status", pa.string()),
        # one column for all kinds: true/false, a number or a name as text; null when there is no label
        ("label", pa.string()),
        ("probability", pa.float64()),
        ("probability_source", pa.string()),
        ("rationale", pa.string()),
        (
            "evidence",
            pa.list_(pa.struct([("start_s", pa.float64()), ("end_s", pa.float64()), ("what", pa.string())])),
        ),
        ("evidence_dropped", pa.int32()),
        ("reason", pa.string()),
        ("votes", pa.string()),
        (
            "spread",
            pa.struct(
                [
                    ("samples", pa.int32()),
                    ("disagreement", pa.float64()),
                    ("probability_mean", pa.float64()),
                    ("probability_sd", pa.float64()),
                ]
            ),
        ),
        ("annotator", pa.string()),
        ("model", pa.string()),
        ("prompt", pa.string()),
        ("media", pa.string()),
        ("media_verdict", pa.string()),
        (
            "usage",
            pa.struct([(n, pa.int64()) for n in ("prompt", "cached", "output", "thoughts", "audio")]),
        ),
        ("cost_usd", pa.float64()),
        ("latency_s", pa.float64()),
        ("attempts", pa.int32()),
        ("created_at", pa.string()),
        ("duplicate_of", pa.string()),
        ("key", pa.string()),
        ("recipe", pa.string()),
    ],
    metadata={"vibekit.format": "annotations", "vibekit.version": str(VERSION)},
)


BATCH = 10_000
"""Rows a row group."""


def write_table(path: Path, annotations: Iterable[Annotation]) -> int:
    """Replace the Parquet file at once, a row group at a time; returns the number of rows."""
    total = 0
    with replacing(path) as stream, pq.ParquetWriter(stream, SCHEMA, compression="zstd") as writer:
        for batch in batched(annotations, BATCH):
            writer.write_table(pa.Table.from_pylist([_row(a) for a in batch], schema=SCHEMA))
            total += len(batch)
    return total


def batched(items: Iterable[Annotation], size: int) -> Iterator[list[Annotation]]:
    """Cut an iterable into lists of at most ``size``."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _row(a: Annotation) -> dict[str, Any]:
    row = to_row(a)
    label = row["label"]
    row["label"] = None if label is None else label_text(label)
    row["votes"] = json.dumps(row["votes"])
    row["rationale"], row["reason"] = storable(row["rationale"]), storable(row["reason"])
    row["evidence"] = [{**e, "what": storable(e["what"])} for e in row["evidence"]]
    return row
