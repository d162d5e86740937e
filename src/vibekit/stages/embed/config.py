"""What ``vibekit embed`` is asked to do, and what became of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vibekit.embedders.base import EmbedderSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

Dtype = Literal["float16", "float32"]
DTYPES: tuple[Dtype, ...] = ("float16", "float32")
SHARD_ROWS = 1000
"""Videos in a shard: what a kill can cost."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedConfig:
    """One ``vibekit embed`` over videos.

    Attributes:
        sources: Folders, files, globs, manifests.
        out: The folder of the set.
        embedders: Names in the table; their vectors are put behind one another.
        settings: Of the embedders.
        dtype: Storage.
        metadata: Tables about the videos.
        root: Where the relative paths of a manifest are looked for too.
        limit: Stop after so many different videos.
        shard_rows: Videos in a shard.
        workers: Processes that decode.
        decode_timeout_s: Wall time for one video, in seconds; then its worker is killed.
        retry_failed: Try the videos again that have no vector.
        force: Put an existing set aside and start over.
        engine: What runs the shards: this process and its workers, or Ray.
        ray_address: Of a running cluster; empty starts Ray on this machine.
        max_cost_usd: Stop before this command could cost more; None for no limit.
        prices: The user's price table.
        argv: The command, for the manifest.
    """

    sources: tuple[str, ...]
    out: Path
    embedders: tuple[str, ...]
    settings: EmbedderSettings = field(default_factory=EmbedderSettings)
    dtype: Dtype = "float16"
    metadata: tuple[Path, ...] = ()
    root: Path | None = None
    limit: int | None = None
    shard_rows: int = SHARD_ROWS
    workers: int = field(default_factory=cores)
    decode_timeout_s: float = 60.0
    retry_failed: bool = False
    force: bool = False
    engine: Literal["local", "ray"] = "local"
    ray_address: str = ""
    max_cost_usd: float | None = None
    prices: Path | None = None
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportConfig:
    """One ``vibekit embed --embedder import``.

    Attributes:
        vectors: .npy, .npz, .parquet or .safetensors files, in order.
        ids: A file of ids for each of them; empty when ids are inside.
        out: The folder of the set.
        model: What made the vectors, in the user's words: vectors of two models are never mixed.
        dtype: Storage; None keeps float16 as it is and stores everything else as float32.
        normalise: Bring every vector to length 1.
        id_column: Column or array of the ids; empty looks for the usual names.
        vector_column: Likewise of the vectors.
        binary: What a column of bytes holds; empty refuses one.
        shard_rows: Rows in a shard; None for what gives about 128 MB.
        force: Put an existing set aside and start over.
        argv: The command, for the manifest.
    """

    vectors: tuple[Path, ...]
    ids: tuple[Path, ...]
    out: Path
    model: str = ""
    dtype: Dtype | None = None
    normalise: bool = False
    id_column: str = ""
    vector_column: str = ""
    binary: Literal["", "float16", "float32"] = ""
    shard_rows: int | None = None
    force: bool = False
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A video without a vector.

    Attributes:
        path: Its file; the id of a vector that was brought.
        reason: Why.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedReport:
    """What became of a command.

    Attributes:
        out: The folder.
        embedder: Name of the space, such as ``av+effnet-lite0``.
        fingerprint: Of the space.
        dim: Dimensions.
        blocks: Embedder -> its dimensions.
        dtype: Storage.
        rows: Of the whole set.
        ok: With a vector.
        failed: Without.
        new: Rows that this command made or made anew.
        kept: Rows that were there already.
        duplicates: Files with the same bytes as another, or ids that stand several times with the same vector.
        shards: Files of the set.
        reasons: Why rows have no vector -> how many.
        failures: The first of them, and files that cannot even be hashed.
        failures_left_out: How many more there are.
        warnings: What was odd, in whole sentences.
        ignored: Suffix -> how many files in folders are no videos.
        cost_usd: What this command paid; None when nothing is paid for.
        stopped: ``max-cost`` when it ended there.
    """

    out: Path
    embedder: str
    fingerprint: str
    dim: int
    blocks: Mapping[str, int]
    dtype: str
    rows: int
    ok: int
    failed: int
    new: int
    kept: int
    duplicates: int
    shards: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    failures_left_out: int = 0
    warnings: tuple[str, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = None
    stopped: str = ""
