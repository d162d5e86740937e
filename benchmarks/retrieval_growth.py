"""How retrieval grows with the number of videos: time to build, bytes a video, queries per CPU-second.

100,000, 1,000,000 and 4,000,000 x 256 in float32, the largest also in float16 and 8 bits. Queries one a call, k = 10.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import retrieval_docs
from benchmarks.options import Skipped
from benchmarks.results import spread, table
from benchmarks.retrieval_data import DIM, RESTRICTIONS, make, users, write_inputs
from benchmarks.retrieval_engine import OWN
from benchmarks.retrieval_own import INDEX, build_index
from benchmarks.retrieval_worker import Worker, save_users

if TYPE_CHECKING:
    from benchmarks.options import Options
    from benchmarks.retrieval_data import Corpus

SIZES, QUICK_SIZES = (100_000, 1_000_000, 4_000_000), (30_000, 100_000)
STORAGES = ("fp32", "fp16", "sq8")
ASKED = ("c0_5", "i5", "c30", "c5 & i30", "")
QUERIES = 200
ROUNDS = 3
K = 10
A_ROW = 5 * 1_024
"""Bytes on the disk: vectors, shards, index and what it is made of."""


def run(options: Options) -> dict[str, Any]:
    """Build and search an index of each size; each size is removed before the next is made."""
    sizes = (options.n,) if options.n else QUICK_SIZES if options.quick else SIZES
    rows = []
    for n in sizes:
        with TemporaryDirectory(prefix="vibekit-bench-") as name:
            folder = Path(name)
            if shutil.disk_usage(folder).free < n * A_ROW:
                raise Skipped(f"{n * A_ROW / 1e9:.0f} GB are needed under {folder.parent} (set TMPDIR, or give --n)")
            corpus = make(folder, n)
            write_inputs(corpus, folder)
            numbers = _asked(corpus, folder)
            for storage in STORAGES if n == max(sizes) else STORAGES[:1]:
                rows.append(_one(folder, n, storage, numbers))
                print(f"  {n:,} {storage}: built in {rows[-1]['wall_s']} s", flush=True)
    result = {"dim": DIM, "k": K, "rows": rows}
    if options.docs is not None:
        retrieval_docs.between(
            options.docs / retrieval_docs.PAGE, "retrieval-growth", retrieval_docs.markdown(_cells(result))
        )
    return result


def show(result: dict[str, Any]) -> None:
    """Print a line an index."""
    print(table(_cells(result)))


def _asked(corpus: Corpus, folder: Path) -> dict[str, int]:
    numbers = {one.text: number for number, one in enumerate(RESTRICTIONS) if one.text in ASKED}
    for number in numbers.values():
        found = users(corpus, RESTRICTIONS[number].of(corpus.masks), QUERIES, seed=number)
        for name in ("tuning", "measured"):
            save_users(folder, number, name, found)
    return numbers


def _one(folder: Path, n: int, storage: str, numbers: dict[str, int]) -> dict[str, Any]:
    shutil.rmtree(folder / INDEX, ignore_errors=True)
    built = build_index(folder, "--storage", storage)
    worker = Worker(OWN, folder, None)
    opened = worker("build")
    searched = {text: _searched(worker, numbers[text]) for text in ASKED}
    memory = worker("memory")
    worker.end()
    return {
        "videos": n,
        "storage": storage,
        "wall_s": built["wall_s"],
        "cpu_s": built["cpu_s"],
        "build_peak_mb": built["peak_mb"],
        "disk_bytes_a_video": round(sum(p.stat().st_size for p in (folder / INDEX).rglob("*") if p.is_file()) / n, 1),
        "opened_s": opened["wall_s"],
        "own_bytes_a_video": round(memory["own_mb"] * 1e6 / n, 1),
        "mapped_bytes_a_video": round(memory["mapped_mb"] * 1e6 / n, 1),
        "searched": searched,
    }


def _searched(worker: Worker, number: int) -> dict[str, Any]:
    tuned = worker("tune", number, K)
    rounds = [worker("measure", number, K, tuned["setting"], tuned["query_s"], False) for _ in range(ROUNDS)]
    took = np.concatenate([one["took_s"] for one in rounds]) * 1000
    return {
        "qps": spread([one["qps"] for one in rounds], digits=1),
        "recall": round(rounds[0]["recall"], 4),
        "p50_ms": round(float(np.percentile(took, 50)), 4),
        "p99_ms": round(float(np.percentile(took, 99)), 4),
    }


def _cells(result: dict[str, Any]) -> list[tuple[object, ...]]:
    asked = [text or "(none)" for text in ASKED]
    rows: list[tuple[object, ...]] = [
        ("videos", "storage", "build s", "CPU s", "build MB", "disk B/video", "own B/video", *asked)
    ]
    for row in result["rows"]:
        cells = [f"{one['qps']['median']:,.0f} ({one['recall']:.2f})" for one in row["searched"].values()]
        size = (row["disk_bytes_a_video"], row["own_bytes_a_video"])
        made = (row["wall_s"], row["cpu_s"], row["build_peak_mb"])
        rows.append((f"{row['videos']:,}", row["storage"], *made, *(f"{one:,.0f}" for one in size), *cells))
    return rows
