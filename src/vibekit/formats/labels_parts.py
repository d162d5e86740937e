"""``labels/L/part-*.parquet``: one row a video, a float column for each binary attribute and each label of the others.

A row without a usable vector has nulls. Every part carries the key of what made it and its counts, so that a folder can
be finished by whoever comes next, and the counts are known without reading a row.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vibekit.core.attribute import Kind
from vibekit.errors import InputError
from vibekit.formats.annotations import label_text
from vibekit.formats.atomic import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from vibekit.core.student import AttributeHead

VERSION = 1
SUFFIX = ".parquet"
PARTS = "part-*.parquet"
ROWS, ROWS_WITHOUT = "rows", "without"
"""Names of counts that are not of an attribute."""
ABSTAIN = "abstain"
_KEY, _COUNTS = b"vibekit.key", b"vibekit.counts"


def schema_of(heads: tuple[AttributeHead, ...]) -> pa.Schema:
    """Return the columns of a labels table: ``video_id``, then the probabilities in the order of the heads."""
    columns = [pa.field(column, pa.float32()) for head in heads for column in head.columns]
    return pa.schema([pa.field("video_id", pa.string(), nullable=False), *columns])


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelParts:
    """How parts of a labels table are stored, for an engine.

    Attributes:
        heads: What is labelled; thresholds and abstain zones are for the counts only.
        suffix: Of the files.
    """

    heads: tuple[AttributeHead, ...]
    suffix: str = SUFFIX

    def key(self, path: Path) -> str | None:
        """Return the key of a whole part; None when it has none or is broken."""
        return part_key(path)

    @contextmanager
    def writing(self, path: Path, *, schema: pa.Schema, key: str) -> Iterator[PartWriter]:
        """Write a part that appears under ``path`` when the block ends, and not at all when it fails."""
        try:
            with (
                replacing(path) as stream,
                pq.ParquetWriter(
                    stream, schema, compression="zstd", compression_level=1, use_dictionary=False,
                    write_page_checksum=True,
                ) as file,
            ):  # fmt: skip
                writer = PartWriter(file, self.heads)
                yield writer
                counts = json.dumps(writer.counts, sort_keys=True)
                file.add_key_value_metadata({_KEY: key.encode(), _COUNTS: counts.encode()})
        except OSError as error:
            # a full disk: say which file, for the stream does not know
            raise OSError(error.errno, error.strerror or str(error), str(path)) from error


@dataclass(slots=True)
class PartWriter:
    """Writes rows and counts them."""

    file: pq.ParquetWriter
    heads: tuple[AttributeHead, ...]
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        self.file.write_table(table)
        self._counts["", ROWS] += table.num_rows
        without = table.column(1).null_count
        self._counts["", ROWS_WITHOUT] += without
        for head in self.heads:
            for label, n in _counts_of(head, table, without):
                self._counts[head.name, label] += n

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Attribute -> label -> videos; under an empty name all rows, and those without a vector."""
        found: dict[str, dict[str, int]] = {}
        for (name, label), n in sorted(self._counts.items()):
            found.setdefault(name, {})[label] = n
        return found


def _counts_of(head: AttributeHead, table: pa.Table, without: int) -> Iterator[tuple[str, int]]:
    """Yield each label of an attribute and how many rows get it; rows without a vector count nowhere."""
    chances = [_numbers(table.column(column)) for column in head.columns]
    if head.kind is not Kind.BINARY:
        best = np.argmax(chances, axis=0)[np.isfinite(chances[0])]
        tally = np.bincount(best, minlength=len(chances))
        yield from ((label_text(label), int(n)) for label, n in zip(head.labels, tally, strict=True))
        return
    # NaN is neither above nor below; in float64, as a score compares
    chance = chances[0]
    unsure = np.zeros(len(chance), bool)
    if head.abstain is not None:
        unsure = (chance >= np.float64(head.abstain[0])) & (chance < np.float64(head.abstain[1]))
    present = int(((chance >= np.float64(head.threshold)) & ~unsure).sum())
    abstain = int(unsure.sum())
    yield from (("true", present), ("false", len(chance) - without - present - abstain), (ABSTAIN, abstain))


def _numbers(column: pa.ChunkedArray) -> Any:  # noqa: ANN401 - float32 (n,), NaN for null
    return column.combine_chunks().to_numpy(zero_copy_only=False)


def part_key(path: Path) -> str | None:
    """Return the key that a part was written with; None when it is no whole part."""
    try:
        metadata = pq.read_metadata(path).metadata or {}
    except (pa.ArrowException, OSError):
        return None
    key = metadata.get(_KEY)
    return key.decode() if key else None


def part_counts(path: Path) -> dict[str, dict[str, int]]:
    """Return what a part counted when it was written.

    Raises:
        InputError: It is no part of a labels folder, or broken.
    """
    try:
        found: dict[str, dict[str, int]] = json.loads((pq.read_metadata(path).metadata or {})[_COUNTS])
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise InputError(f"not a whole part: {error}", path=path, hint="run the same vibekit predict again") from error
    return found


def summed(parts: list[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    """Add the counts of parts."""
    found: dict[str, dict[str, int]] = {}
    for part in parts:
        for name, labels in part.items():
            held = found.setdefault(name, {})
            for label, n in labels.items():
                held[label] = held.get(label, 0) + n
    return found
