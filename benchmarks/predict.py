"""How long labelling takes, file to file: 10,000,000 x 512 float16, 20 attributes, a 512-256-20 network, two threads.

The shards are seeded and made before (10.7 GB, under ``TMPDIR``); each runtime is a process of its own, start-up
included. Cold means that the page cache was told to let go of the shards, warm that they had just been read. Beside it,
at a smaller size and scaled: scikit-learn's ``predict_proba`` and a plain torch loop, both from a Parquet list column.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import process, shards
from benchmarks.options import Skipped
from benchmarks.results import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from benchmarks.options import Options
    from vibekit.core.embedding import EmbeddingSpace

VIDEOS, QUICK_VIDEOS = 10_000_000, 200_000
DIM, HIDDEN, ATTRIBUTES = 512, 256, 20
A_SHARD = 250_000
BASE = 65_536
"""Rows that are drawn; the others are these with other signs, which costs the arithmetic the same."""
THREADS = 2
PLAIN_VIDEOS = 200_000
PLAIN_ROWS = 2_048
AIM_S = 60.0
A_ROW = 1_500
"""Bytes on the disk: vector, id and labels of several runtimes."""
BLOCK = 512
"""Bytes of a block in ``getrusage``."""


def run(options: Options) -> dict[str, Any]:
    """Make student and shards, label them with each runtime, then the peers."""
    n = options.count(VIDEOS, quick=QUICK_VIDEOS)
    with TemporaryDirectory(prefix="vibekit-bench-") as name:
        folder = Path(name)
        if shutil.disk_usage(folder).free < n * A_ROW:
            raise Skipped(f"{n * A_ROW / 1e9:.0f} GB are needed under {folder.parent} (set TMPDIR, or give --n)")
        started = time.monotonic()
        weights = write_student(folder / "s")
        write_shards(folder / "e", n)
        made_s = time.monotonic() - started
        files = sorted((folder / "e").glob("*.arrow"))
        runs = {}
        for runtime, cold in (("onnx", True), ("onnx", False), ("onnx-int8", False), ("numpy", False)):
            runs[f"{runtime} {'cold' if cold else 'warm'}"] = _measured(folder, files, runtime, cold=cold)
        size = sum(path.stat().st_size for path in files)
        shutil.rmtree(folder / "e")
        plain = _plain(folder, weights, min(n, PLAIN_VIDEOS))
    return {"videos": n, "dim": DIM, "bytes": size, "made_s": round(made_s, 1), "runs": runs, "plain": plain}


def show(result: dict[str, Any]) -> None:
    """Print every run, and the peers scaled to its size."""
    n = result["videos"]
    print(
        f"{n:,} videos x {DIM}, {result['bytes'] / 1e9:.1f} GB of shards, {THREADS} threads; aim {AIM_S:.0f} s at 10^7"
    )
    rows: list[tuple[object, ...]] = [("", "wall s", "CPU s", "peak MB", "own MB", "read GB", "load")]
    rows += [
        (name, r["wall_s"], r["cpu_s"], r["peak_mb"], r["own_mb"], r["disk_gb"], r["load"])
        for name, r in result["runs"].items()
    ]
    print(table(rows))
    for name, r in result["plain"].items():
        print(
            f"{name}: {r['videos']:,} videos in {r['wall_s']:.1f} s, so {n:,} in {r['wall_s'] * n / r['videos']:.0f} s"
        )


def _measured(folder: Path, files: list[Path], runtime: str, *, cold: bool) -> dict[str, Any]:
    for path in files:
        _let_go(path) if cold else _touch(path)
    out = folder / "l"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "vibekit", "predict", "s", "--embeddings", "e", "--out", "l"]
    command += ["--runtime", runtime, "--threads", str(THREADS), "--json", "-q"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_inblock
    load = os.getloadavg()[0]
    words = ["env", "-C", str(folder), *command]
    used = process.run(words, env=dict(os.environ), folder=folder)
    blocks = resource.getrusage(resource.RUSAGE_CHILDREN).ru_inblock - before
    data = json.loads(used.stdout)["data"]
    written = sum(path.stat().st_size for path in out.glob("*.parquet"))
    return {
        "wall_s": round(used.wall_s, 2),
        "cpu_s": round(used.cpu_s, 2),
        "peak_mb": used.peak_mb,
        # pages of the mapped shard are the page cache's, and are given back when somebody needs them
        "own_mb": round((used.peak_mb or 0) - max(path.stat().st_size for path in files) / 1e6, 1),
        "disk_gb": round(blocks * BLOCK / 1e9, 2),
        "written_gb": round(written / 1e9, 2),
        "flips": data["labels"]["check"],
        "load": round(load, 2),
    }


def _let_go(path: Path) -> None:
    """Have the page cache forget a file that is on the disk."""
    with path.open("rb") as stream:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _touch(path: Path) -> None:
    with path.open("rb", buffering=0) as stream:
        while stream.read(1 << 24):
            pass


def write_student(folder: Path) -> dict[str, NDArray[np.float32]]:
    """Write the network with random weights; returns them."""
    from vibekit.core.attribute import Kind
    from vibekit.core.student import AttributeHead, Student
    from vibekit.formats.student import write_student as write
    from vibekit.formats.student_check import shapes

    heads = tuple(AttributeHead(name=f"a{n}", kind=Kind.BINARY, labels=(True,)) for n in range(ATTRIBUTES))
    space = _space()
    student = Student(heads=heads, dim=DIM, space=space.fingerprint, embedder=space.name, hidden=(HIDDEN,))
    random = np.random.default_rng(1)
    tensors = {
        name: (random.normal(size=shape) / np.sqrt(shape[-1])).astype(np.float32)
        for name, shape in shapes(student).items()
    }
    tensors["mean"][:], tensors["scale"][:] = 0, 1 / np.sqrt(DIM)
    write(folder, student, tensors)
    return tensors


def _space() -> EmbeddingSpace:
    return shards.space_of(DIM, "float16")


def vectors(n: int) -> Iterator[NDArray[np.float16]]:
    """Yield n unit vectors in pieces of a shard."""
    random = np.random.default_rng(0)
    base = random.standard_normal((BASE, DIM), dtype=np.float32)
    base /= np.linalg.norm(base, axis=1, keepdims=True)
    bits = base.astype(np.float16).view(np.uint16)
    for start in range(0, n, A_SHARD):
        signs = random.integers(0, 2, (-(-A_SHARD // BASE), DIM), np.uint16) << 15
        pieces = [bits ^ row for row in signs]
        yield np.concatenate(pieces)[: min(A_SHARD, n - start)].view(np.float16)


def write_shards(folder: Path, n: int) -> None:
    """Write embeddings of n videos."""
    shards.write_shards(folder, vectors(n), _space())


def _plain(folder: Path, weights: dict[str, NDArray[np.float32]], n: int) -> dict[str, Any]:
    """Time what one writes without this package: a Parquet list column, batch by batch."""
    source = folder / "plain.parquet"
    flat = np.concatenate(list(vectors(n))).astype(np.float32)
    offsets = pa.array(np.arange(n + 1, dtype=np.int32) * DIM)
    column = pa.ListArray.from_arrays(offsets, pa.array(flat.reshape(-1)))
    pq.write_table(pa.table({"video_id": [f"{place:032x}" for place in range(n)], "vector": column}), source)
    found = {"scikit-learn predict_proba": _timed(source, folder, _sklearn(weights), n)}
    try:
        found["plain torch loop"] = _timed(source, folder, _torch(weights), n)
    except ImportError:
        print("  no torch: its loop is left out", flush=True)
    return found


def _timed(
    source: Path, folder: Path, compute: Callable[[NDArray[np.float32]], NDArray[np.float32]], n: int
) -> dict[str, Any]:
    started, cpu = time.monotonic(), time.process_time()
    writer = None
    for batch in pq.ParquetFile(source).iter_batches(batch_size=PLAIN_ROWS):
        x = batch.column("vector").flatten().to_numpy().reshape(-1, DIM)
        chances = compute(x)
        columns = {f"a{k}": chances[:, k] for k in range(ATTRIBUTES)}
        made = pa.table({"video_id": batch.column("video_id"), **columns})
        writer = writer or pq.ParquetWriter(folder / "plain-labels.parquet", made.schema)
        writer.write_table(made)
    if writer is not None:
        writer.close()
    return {
        "videos": n,
        "wall_s": round(time.monotonic() - started, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
    }


def _sklearn(weights: dict[str, NDArray[np.float32]]) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    import warnings

    from sklearn.neural_network import MLPClassifier

    random = np.random.default_rng(2)
    model = MLPClassifier((HIDDEN,), max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(random.normal(size=(64, DIM)).astype(np.float32), random.integers(0, 2, (64, ATTRIBUTES)))
    model.coefs_ = [weights["mlp.0.weight"].T.copy(), weights["mlp.1.weight"].T.copy()]
    model.intercepts_ = [weights["mlp.0.bias"], weights["mlp.1.bias"]]
    return lambda x: np.asarray(model.predict_proba(x * np.float32(np.sqrt(DIM))), np.float32)


def _torch(weights: dict[str, NDArray[np.float32]]) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    import torch
    from torch import nn

    torch.set_num_threads(THREADS)
    model = nn.Sequential(nn.Linear(DIM, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, ATTRIBUTES), nn.Sigmoid()).eval()
    names = {"0.weight": "mlp.0.weight", "0.bias": "mlp.0.bias", "2.weight": "mlp.1.weight", "2.bias": "mlp.1.bias"}
    model.load_state_dict({ours: torch.from_numpy(weights[theirs]) for ours, theirs in names.items()})

    def compute(x: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return np.asarray(model(torch.tensor(x) * DIM**0.5).numpy(), np.float32)

    return compute
