"""Small indexes: embeddings, labels and metadata in a folder, and the model that an index is held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from support.student import space_of, write_small_embeddings
from vibekit.formats.csv_text import csv_bytes
from vibekit.retrieval.open import open_snapshot
from vibekit.stages.index.build import build
from vibekit.stages.index.config import BuildConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.stages.index.reports import BuildReport

DIM = 8


def write_vectors(folder: Path, vectors: Mapping[str, NDArray[np.float32]], *, per_shard: int = 100) -> Path:
    """Write embeddings of float32, one row a video."""
    names = list(vectors)
    rows = np.stack([vectors[name] for name in names]) if names else np.empty((0, DIM), np.float32)
    space = space_of(rows.shape[1], dtype="float32")
    write_small_embeddings(folder, space, rows, per_shard=per_shard, ids=names.__getitem__)
    return folder


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Path:
    """Write a CSV."""
    path.write_bytes(csv_bytes(["video_id", *columns], [["" if c is None else str(c) for c in row] for row in rows]))
    return path


def random_vectors(names: Iterable[str], *, seed: int = 1, dim: int = DIM) -> dict[str, NDArray[np.float32]]:
    """Draw a vector for each name."""
    random = np.random.default_rng(seed)
    return {name: random.normal(size=dim).astype(np.float32) for name in names}


def built(folder: Path, *, names: Iterable[str] = (), **changes: object) -> BuildReport:
    """Build ``folder/i`` of the embeddings ``folder/e``; writes them when names are given."""
    names = list(names)
    if names:
        write_vectors(folder / "e", random_vectors(names))
    config: dict[str, object] = {"embeddings": folder / "e", "out": folder / "i", **changes}
    return build(BuildConfig(**config))  # type: ignore[arg-type]


@dataclass
class Content:
    """What an index says, video by video.

    Attributes:
        vectors: As stored, of length 1.
        labels: Attribute -> video -> True, False or None.
        chances: Attribute -> video -> probability or None.
        columns: Column -> video -> value.
    """

    vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    labels: dict[str, dict[str, object]] = field(default_factory=dict)
    chances: dict[str, dict[str, float | None]] = field(default_factory=dict)
    columns: dict[str, dict[str, object]] = field(default_factory=dict)


def content_of(index: Path) -> Content:
    """Read everything of the generation that holds, removed rows left out."""
    snapshot = open_snapshot(index)
    removed = np.zeros(snapshot.height, bool) if snapshot.removed is None else snapshot.removed
    alive = np.flatnonzero(~removed)
    names = snapshot.ids_at(alive)
    assert len(set(names)) == len(names)
    assert snapshot.places_of(names).tolist() == alive.tolist()
    content = Content(vectors=dict(zip(names, snapshot.vectors(alive), strict=True)))
    for attribute in snapshot.attributes:
        decided = snapshot.decided(attribute.name).take(pa.array(alive))
        content.labels[attribute.name] = dict(zip(names, decided.to_pylist(), strict=True))
        chance = snapshot.chance(attribute.name, attribute.labels[0]).take(pa.array(alive))
        content.chances[attribute.name] = dict(zip(names, chance.to_pylist(), strict=True))
        if len(attribute.labels) == 1:
            tally = {str(c["values"]).lower(): c["counts"] for c in pc.value_counts(decided).to_pylist()}
            wanted = {"true": tally.get("true", 0), "false": tally.get("false", 0), "unknown": tally.get("none", 0)}
            assert dict(attribute.counts) == wanted
    for column in snapshot.columns:
        values = snapshot.column(column.name).take(pa.array(alive))
        content.columns[column.name] = dict(zip(names, values.to_pylist(), strict=True))
    return content
