"""Made-up silver labels beside embeddings: a linear truth, a curved one, and one of three labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.special import expit, softmax

from support.embedded import write_set

DIM = 12


@dataclass(frozen=True, slots=True)
class Made:
    """Where things lie, and what holds."""

    folder: Path
    ids: list[str]
    x: NDArray[np.float32]
    chance: dict[str, NDArray[np.float64]]
    truth: dict[str, NDArray[np.bool_]]

    @property
    def silver(self) -> Path:
        return self.folder / "silver.parquet"

    @property
    def embeddings(self) -> Path:
        return self.folder / "E"

    @property
    def golden(self) -> Path:
        return self.folder / "golden.csv"


def make(folder: Path, *, n: int = 600, labelled: float = 0.8, seed: int = 0) -> Made:
    """Write embeddings of n videos, ``silver.parquet`` of the first ones, and a golden table of every third of them."""
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, DIM)).astype(np.float32)
    ids = [f"v{i:05d}" for i in range(n)]
    chance = {
        "straight": expit(2.5 * x[:, 0] - 1.0),
        "curved": expit(3.0 * np.abs(x[:, 1]) - 2.0 + x[:, 2]),
    }
    truth = {name: random.random(n) < p for name, p in chance.items()}
    write_set(folder / "E", x, ids=ids, shard_rows=max(1, n // 3))
    k = int(n * labelled)
    mood = softmax(2 * x[:, 3:6], axis=1)
    columns: dict[str, Any] = {"video_id": ids[:k], **{name: p[:k] for name, p in chance.items()}}
    columns |= {f"mood={word}": mood[:k, code] for code, word in enumerate(("happy", "neither", "sad"))}
    made = Made(folder, ids, x, {**chance, "mood": mood.astype(np.float64)}, truth)
    pq.write_table(pa.table(columns), made.silver)
    write_golden(made.golden, made, range(0, k, 3))
    return made


def write_golden(path: Path, made: Made, rows: range, *, flipped: bool = False) -> Path:
    """Write what holds; every other video is for tuning."""
    lines = ["video_id,split,straight,curved"]
    for place, row in enumerate(rows):
        cells = [str(bool(made.truth[name][row]) != flipped).lower() for name in ("straight", "curved")]
        lines.append(",".join([made.ids[row], "tune" if place % 2 else "test", *cells]))
    path.write_text("\n".join(lines) + "\n")
    return path
