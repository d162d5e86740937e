"""A small prediction: a folder with a student and embeddings, and the command over them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from support.student import space_of, vectors_of, write_small_embeddings, write_small_student
from vibekit.stages.predict import PredictConfig, predict

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.labels import PredictReport

N, PER_SHARD = 250, 100
FAILED = (3, 120, 249)


def make_work(folder: Path) -> Path:
    """Write the student ``s`` and the embeddings ``e``: 250 videos in 3 shards, 3 of them without a vector."""
    write_small_student(folder / "s", space_of())
    write_small_embeddings(folder / "e", space_of(), vectors_of(N), per_shard=PER_SHARD, failed=FAILED)
    return folder


def run(folder: Path, out: str = "l", **changes: object) -> PredictReport:
    config = PredictConfig(student=folder / "s", embeddings=folder / "e", out=folder / out, threads=2)
    return predict(replace(config, **changes))  # type: ignore[arg-type]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*"))}
