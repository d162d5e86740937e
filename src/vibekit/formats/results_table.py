"""Results of searches as a table: a row for each result of each query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from vibekit.errors import UsageError
from vibekit.formats.atomic import replacing
from vibekit.formats.csv_text import csv_bytes
from vibekit.formats.report_file import write_report_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vibekit.core.search import SearchReport

VERSION = 1
SUFFIXES = (".parquet", ".csv", ".json")
SCHEMA = pa.schema([
    ("query", pa.int64()), ("asked", pa.string()), ("rank", pa.int64()), ("video_id", pa.string()),
    ("path", pa.string()), ("score", pa.float64()), ("plan", pa.string()), ("matched", pa.int64()),
    ("scanned", pa.int64()), ("expected_recall", pa.float64()),
])  # fmt: skip
"""``query`` and ``rank`` count from 1; a query that found nothing has no row."""


def check_suffix(path: Path) -> None:
    """Refuse a name that says no format, before any work.

    Raises:
        UsageError: It ends in none of ``SUFFIXES``.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--out {path} ends in none of {', '.join(SUFFIXES)}", hint="such as --out found.parquet")


def write_results(path: Path, report: SearchReport) -> None:
    """Write results; the suffix says how. JSON holds everything that ``--json`` shows.

    Args:
        path: Replaced at once.
        report: The search.
    """
    if path.suffix.lower() == ".json":
        write_report_file(path, report, version=VERSION)
        return
    rows = list(_rows(report))
    if path.suffix.lower() == ".csv":
        with replacing(path) as stream:
            stream.write(csv_bytes(SCHEMA.names, rows))
        return
    import pyarrow.parquet as pq

    columns = list(zip(*rows, strict=True)) or [()] * len(SCHEMA)
    table = pa.table([pa.array(values, kind) for values, kind in zip(columns, SCHEMA.types, strict=True)], SCHEMA)
    with replacing(path) as stream:
        pq.write_table(table, stream)


def _rows(report: SearchReport) -> Iterator[tuple[object, ...]]:
    for number, one in enumerate(report.results, 1):
        paths = [video.path for video in one.found] or [""] * len(one.ids)
        for rank, (video_id, path, score) in enumerate(zip(one.ids, paths, one.scores, strict=True), 1):
            yield (
                number, one.query, rank, video_id, path, score, str(one.plan), one.matched, one.scanned,
                one.expected_recall,
            )  # fmt: skip
