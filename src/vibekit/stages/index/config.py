"""What the commands around an index are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.index import Metric, Storage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildConfig:
    """One build.

    Attributes:
        embeddings: A folder of embeddings.
        out: The index.
        labels: Labels folders, or tables.
        metadata: Tables about the videos; the first that has a column wins.
        attributes_dir: The user's definitions; None for ``./attributes`` if there.
        thresholds: Attribute -> probability from which a video carries it.
        storage: How vectors are stored.
        metric: What a score is.
        recall: Share of the true nearest that efforts are chosen for.
        max_memory: Bytes; None for no bound.
        max_disk: Bytes; None for no bound.
        seed: Of clusters and samples.
        force: Build a new generation, whatever is there.
        argv: For the manifest.
    """

    embeddings: Path
    out: Path
    labels: tuple[Path, ...] = ()
    metadata: tuple[Path, ...] = ()
    attributes_dir: Path | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    storage: Storage = Storage.FP32
    metric: Metric = Metric.COSINE
    recall: float = 0.95
    max_memory: int | None = None
    max_disk: int | None = None
    seed: int = 0
    force: bool = False
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AddConfig:
    """Videos to add.

    Attributes:
        index: The index.
        embeddings: A folder of embeddings of the same space.
        labels: Labels folders, or tables.
        metadata: Tables about the videos.
        attributes_dir: The user's definitions.
        argv: For the manifest.
    """

    index: Path
    embeddings: Path
    labels: tuple[Path, ...] = ()
    metadata: tuple[Path, ...] = ()
    attributes_dir: Path | None = None
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveConfig:
    """Videos to remove.

    Attributes:
        index: The index.
        ids_file: A table with ``video_id``, or a text file with an id a line.
        ids: More of them.
        argv: For the manifest.
    """

    index: Path
    ids_file: Path | None = None
    ids: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateLabelsConfig:
    """Other labels for the same vectors.

    Attributes:
        index: The index.
        labels: Labels folders, or tables.
        attributes_dir: The user's definitions.
        thresholds: Attribute -> probability from which a video carries it.
        argv: For the manifest.
    """

    index: Path
    labels: tuple[Path, ...]
    attributes_dir: Path | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    argv: tuple[str, ...] = ()
