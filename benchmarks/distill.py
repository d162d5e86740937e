"""A made teacher problem with known truth: what the student loses, whether it is calibrated, and whether it repeats.

    python benchmarks/distill.py --n 200000 --dim 512 --attributes 20

Every attribute is a threshold on a score u ~ N(0, 1). A share of its variance can be seen in the embedding, by a
function that is linear and a random network in equal parts of what is not seen elsewhere; the rest cannot. The
teacher sees u with noise of its own and says the exact P(true | what it sees): it is noisy and calibrated. The golden
set has the truth of a part of the videos. The student is trained twice into two folders.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import ndtr, ndtri

from vibekit.core.distill import DistillReport
from vibekit.core.embedding import Block, EmbeddingSpace
from vibekit.core.estimate import Estimate
from vibekit.formats.embeddings import EmbeddingSet, Shard, write_embeddings
from vibekit.formats.embeddings_shard import EmbeddingShards, schema_of, vector_column
from vibekit.stages.distill import DistillConfig, DistillOptions, distill

SEEN = 0.93
"""Share of the variance of u that the embedding holds."""
CURVED = 0.15
"""Share of that which is no linear function of the embedding."""
NOISE = 0.45
"""Standard deviation of what the teacher adds to u."""
SHARD = 50_000
WIDTH = 32
"""Of the subspace and of the random network."""


def normal_scores(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give values a standard normal distribution, in their order."""
    ranks = np.empty(len(values))
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return np.asarray(ndtri((ranks + 0.5) / len(values)))


def make(folder: Path, *, n: int, dim: int, attributes: int, golden: float, seed: int) -> list[float]:
    """Write embeddings, silver.parquet and golden.parquet; returns the prevalences."""
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, dim), dtype=np.float32)
    prevalence = np.geomspace(0.01, 0.4, attributes)
    ids = [f"v{i:08d}" for i in range(n)]
    silver: dict[str, Any] = {"video_id": ids}
    truth: dict[str, Any] = {"video_id": ids}
    for number, share in enumerate(prevalence):
        linear = x @ random.standard_normal(dim).astype(np.float32) / np.sqrt(dim)
        inner = x @ random.standard_normal((dim, WIDTH)).astype(np.float32) / np.sqrt(dim)
        curved = normal_scores(np.abs(inner[:, :2]).sum(axis=1))
        seen = normal_scores(np.sqrt(1 - CURVED) * linear + np.sqrt(CURVED) * curved)
        u = np.sqrt(SEEN) * seen + np.sqrt(1 - SEEN) * random.standard_normal(n)
        cut = ndtri(1 - share)
        v = u + NOISE * random.standard_normal(n)
        # u given v is normal with mean v / (1 + s^2) and variance s^2 / (1 + s^2)
        chance = ndtr((v / (1 + NOISE**2) - cut) / np.sqrt(NOISE**2 / (1 + NOISE**2)))
        silver[f"a{number:02d}"] = chance
        truth[f"a{number:02d}"] = u > cut
    pq.write_table(pa.table(silver), folder / "silver.parquet")
    known = np.sort(random.choice(n, round(golden * n), replace=False))
    table = pa.table(truth).take(pa.array(known))
    split = np.where(random.random(len(known)) < 1 / 3, "tune", "test")
    pq.write_table(table.append_column("split", pa.array(split)), folder / "golden.parquet")
    _embeddings(folder / "embeddings", ids, x)
    return [float(p) for p in prevalence]


def _embeddings(folder: Path, ids: list[str], x: np.ndarray[Any, Any]) -> None:
    folder.mkdir()
    blocks = (Block(embedder="import", start=0, dim=x.shape[1], normalisation="none", parameters={"made": 1}),)
    space, shards = EmbeddingSpace(name="made", blocks=blocks), []
    for number, start in enumerate(range(0, len(ids), SHARD)):
        part = slice(start, start + SHARD)
        rows = len(ids[part])
        empty = pa.array([""] * rows, pa.string())
        columns = [pa.array(ids[part]), empty, pa.array(["ok"] * rows), empty, empty,
                   vector_column(x[part].astype(np.float16), np.ones(rows, bool))]  # fmt: skip
        path = folder / f"part-{number:05d}.arrow"
        with EmbeddingShards(space=space).writing(path, schema=schema_of(space), key=f"k{number}") as writer:
            writer.write(pa.Table.from_arrays(columns, schema=schema_of(space)))
        size = path.stat().st_size
        shards.append(Shard(path=path, key=f"k{number}", rows=rows, ok_rows=rows, bytes=size, space=space))
    write_embeddings(EmbeddingSet(path=folder, space=space, shards=tuple(shards)), vibekit="benchmark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=200_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--attributes", type=int, default=20)
    parser.add_argument("--golden", type=float, default=0.3, help="share of the videos with a golden label")
    parser.add_argument("--epochs", type=int, default=DistillOptions().epochs)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--more", action="store_true", help="the learning curve too")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="distill-"))
    try:
        _run(folder, given)
    finally:
        shutil.rmtree(folder)


def _run(folder: Path, given: argparse.Namespace) -> None:
    prevalence = make(
        folder, n=given.n, dim=given.dim, attributes=given.attributes, golden=given.golden, seed=given.seed
    )
    hashes = []
    for number in range(given.runs):
        start, busy = time.perf_counter(), time.process_time()
        report = distill(
            DistillConfig(
                sources=(folder / "silver.parquet",),
                embeddings=folder / "embeddings",
                golden=folder / "golden.parquet",
                out=folder / f"s{number}",
                options=DistillOptions(
                    epochs=given.epochs,
                    held_out=0.05,
                    test=0.01,
                    curve=given.more and number == 0,
                    ablation=False,
                    draws=500,
                ),
            )
        )
        wall, cpu = time.perf_counter() - start, time.process_time() - busy
        hashes.append(hashlib.sha256((folder / f"s{number}" / "model.safetensors").read_bytes()).hexdigest())
        print(f"run {number + 1}: {wall:.0f} s wall, {cpu:.0f} s CPU, {hashes[-1][:16]}", flush=True)
        if number == 0:
            _show(report, prevalence)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    if given.runs > 1:
        print("bit-equal" if len(set(hashes)) == 1 else "NOT bit-equal")


def ends(one: Estimate, *, all_three: bool = False) -> str:
    """Write a number, with its interval when asked for."""
    if one.value is None:
        return "undefined"
    known = all_three and one.low is not None and one.high is not None
    return f"{one.value:+.4f} [{one.low:+.4f}, {one.high:+.4f}]" if known else f"{one.value:.4f}"


def _show(report: DistillReport, prevalence: list[float]) -> None:
    print(f"train {report.silver.train:,}, held out {report.silver.held_out:,}, hidden {report.hidden}")
    print("attribute  head  prevalence  positives  F1 student  teacher  AP linear  student  loss [95 %]  verdict  ECE")
    worst = 0.0
    for share, (name, one) in zip(prevalence, report.attributes.items(), strict=True):
        golden, linear = one.golden, next((h for h in one.heads if h.head == "linear"), one.heads[0])
        assert golden is not None
        worst = max(worst, golden.student_ece.value or 0.0)
        print(
            f"{name}  {one.head:6s}  {share:.3f}  {golden.positives}  {ends(golden.student)}  {ends(golden.teacher)}  "
            f"{ends(linear.golden_average_precision)}  {ends(golden.student_average_precision)}  "
            f"{ends(golden.loss, all_three=True)}  {golden.verdict}  {ends(golden.student_ece)}"
        )
    macro = report.macro_loss
    print(f"mean F1: relative loss {ends(macro, all_three=True)}: {report.macro_verdict}")
    print(f"largest ECE against truth {worst:.4f}", flush=True)
    print(json.dumps([[p.n, p.average_precision, p.golden_f1] for p in report.curve]))


if __name__ == "__main__":
    main()
