"""What a build will need, said before any work."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from vibekit.core.index import Storage
from vibekit.errors import InputError, UsageError
from vibekit.formats.labels_table import is_parquet, parts_of
from vibekit.retrieval.cluster import clusters_for
from vibekit.retrieval.codes import parts_for
from vibekit.retrieval.storage import DTYPES
from vibekit.stages.index.arrange import sample_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from vibekit.formats.embeddings import EmbeddingSet
    from vibekit.stages.index.config import BuildConfig

FIXED_MEMORY = 500_000_000
"""Bytes: Python, its packages, and the pieces in hand."""
MEMORY_A_ROW = 500
"""Bytes a video beside vectors: ids and paths twice, places, one attribute at a time with its source."""
DISK_A_ROW = 20
"""Bytes a video beside vectors, codes, labels and texts: order, cluster, offsets of texts."""
LABEL_A_ROW = 5
"""Bytes a video and a column of probabilities."""
TEXT_HELD, PARQUET_HELD = 12, 9
"""Bytes held for each byte of metadata in text, or in unpacked Parquet, while it is read (300,000 rows, measured)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a build will need.

    Attributes:
        memory: Bytes held at the worst moment; mapped files that the system may let go of are not counted.
        disk: Bytes of the new generation, and of what the build itself needs meanwhile.
        resident: Bytes of vectors and codes, which searching is fast with when they fit into memory.
    """

    memory: int
    disk: int
    resident: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What goes into a build.

    Attributes:
        rows: Videos.
        dim: Of a vector.
        attributes: Columns of probabilities.
        names: Bytes of the ids and paths of all videos.
        metadata: Bytes of all metadata as an index stores it.
        held: Bytes of memory that reading metadata takes.
    """

    rows: int
    dim: int
    attributes: int
    names: int = 0
    metadata: int = 0
    held: int = 0


def amount_of(embeddings: EmbeddingSet, attributes: int, metadata: Sequence[Path]) -> Amount:
    """Look at what goes into a build, without reading more than a shard of ids.

    Args:
        embeddings: The set.
        attributes: Columns of probabilities.
        metadata: Tables.
    """
    shard = next((one for one in embeddings.shards if one.rows), None)
    names = 0.0
    if shard is not None:
        opened = shard.open()
        names = (opened.ids.nbytes + opened.paths.nbytes) / shard.rows
    stored = [_table_bytes(path) for path in metadata]
    return Amount(
        rows=embeddings.ok,
        dim=embeddings.space.dim,
        attributes=attributes,
        names=int(names * embeddings.ok),
        metadata=sum(size for size, _ in stored),
        held=sum(size * times for size, times in stored),
    )


def _table_bytes(path: Path) -> tuple[int, int]:
    """Return about how large a table is in Arrow, and how many times that reading it takes."""
    if not is_parquet(path):
        return path.stat().st_size, TEXT_HELD
    files = parts_of(path) if path.is_dir() else [path]
    try:
        groups = [pq.read_metadata(file) for file in files]
    except (pa.ArrowException, OSError):
        # what is wrong is said when it is read
        return 0, 0
    sizes = [group.row_group(i).total_byte_size for group in groups for i in range(group.num_row_groups)]
    return sum(sizes), PARQUET_HELD


def needs(amount: Amount, *, storage: Storage) -> Needs:
    """Estimate what a build will need.

    Args:
        amount: What goes in.
        storage: How vectors are stored.
    """
    rows, dim = amount.rows, amount.dim
    clusters = clusters_for(rows)
    vectors = rows * dim * DTYPES[storage].itemsize
    codes = rows * parts_for(dim) // 2 if clusters else 0
    sample = min(sample_rows(clusters), rows) * dim * 4 * 2 if clusters else 0
    a_row = DISK_A_ROW + LABEL_A_ROW * amount.attributes
    return Needs(
        memory=FIXED_MEMORY + sample + rows * MEMORY_A_ROW + amount.names + amount.held,
        # ids and paths are there twice while a build runs: in order, and as they came
        disk=vectors + codes + rows * a_row + 2 * amount.names + amount.metadata,
        resident=vectors + codes,
    )


def refuse_too_much(config: BuildConfig, amount: Amount) -> None:
    """Raise when a build needs more than it may, or than there is.

    Raises:
        UsageError: More than ``--max-memory`` or ``--max-disk``.
        InputError: The disk has less left.
    """
    need, rows = needs(amount, storage=config.storage), amount.rows
    memory = max(need.memory, need.resident)
    if config.max_memory is not None and memory > config.max_memory:
        what = "to be built" if need.memory >= need.resident else "for its vectors to be searched in memory"
        smaller = _smaller(config, amount, memory=True) if need.resident > need.memory else ""
        raise UsageError(
            f"--max-memory: an index of {rows:,} videos needs about {_gb(memory)} {what}, {_gb(config.max_memory)} are "
            "allowed", hint=smaller + f"--max-memory {_flag(memory)}",
        )  # fmt: skip
    if config.max_disk is not None and need.disk > config.max_disk:
        raise UsageError(
            f"--max-disk: an index of {rows:,} videos needs about {_gb(need.disk)}, {_gb(config.max_disk)} are allowed",
            hint=_smaller(config, amount, memory=False) + f"--max-disk {_flag(need.disk)}",
        )
    free = shutil.disk_usage(_existing(config.out)).free
    if need.disk > free:
        raise InputError(
            f"about {_gb(need.disk)} are needed, {_gb(free)} are free on this disk", path=config.out,
            hint=(_smaller(config, amount, memory=False) + "another disk"),
        )  # fmt: skip


def _smaller(config: BuildConfig, amount: Amount, *, memory: bool) -> str:
    def said() -> Iterator[str]:
        for storage in Storage:
            if DTYPES[storage].itemsize < DTYPES[config.storage].itemsize:
                need = needs(amount, storage=storage)
                yield f"--storage {storage} (about {_gb(need.resident if memory else need.disk)}), or "

    return "".join(said())


def _existing(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _gb(size: float) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e7 else f"{size / 1e6:.2f} MB" if size >= 1e4 else f"{size:,.0f} bytes"


def _flag(size: float) -> str:
    return f"{-(-int(size * 1.05) // 10**8) / 10:g}GB" if size >= 1e8 else f"{-(-int(size * 1.05) // 10**6)}MB"
