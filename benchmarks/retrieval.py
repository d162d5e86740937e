"""Restricted search: vibekit beside FAISS, hnswlib, usearch and ScaNN, on 1,000,000 x 256 clustered vectors.

Each engine is a process on one thread; what is counted is its CPU time. A setting of each peer is chosen for each
restriction and each k: the cheapest that finds 95 % of the nearest, on other queries than are measured. vibekit gets
no setting: it uses what ``vibekit index build`` measured, and what ``warm`` measures for restrictions that were not
thought of then; that is not counted, as the tuning of the others is not. In a round all engines take turns, so that
what else the machine does meets all of them; ratios are taken within rounds. vibekit answers with ids and scores, peers
with row numbers.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import retrieval_docs
from benchmarks.options import Skipped
from benchmarks.results import spread
from benchmarks.retrieval_data import DIM, RESTRICTIONS, SEED, make, users, write_inputs
from benchmarks.retrieval_engine import ENGINES, OWN
from benchmarks.retrieval_own import KS, build_index
from benchmarks.retrieval_worker import TARGET, Worker, save_users

if TYPE_CHECKING:
    from benchmarks.options import Options
    from benchmarks.retrieval_data import Corpus

VIDEOS, QUICK_VIDEOS = 1_000_000, 100_000
TUNING, MEASURED = 300, 300
ROUNDS, QUICK_ROUNDS, BATCH_ROUNDS = 5, 2, 3
QUICK = ("c0_5", "i5", "c30", "c60", "i60", "c5 & i30", "c30 & !c60", "")
A_ROW = 9 * 1_024
"""Bytes on the disk: vectors thrice, and the graphs."""
KEPT = "VIBEKIT_BENCH_KEPT"
"""A folder where the indexes of slow peers stay between runs; without it nothing stays."""
KEPT_AS = {"hnsw": "faiss.hnsw", "hnswlib": "hnswlib", "usearch": "usearch", "scann": "scann"}


def run(options: Options) -> dict[str, Any]:
    """Make vectors, indexes and truths; let all engines take turns; remove everything."""
    n = options.count(VIDEOS, quick=QUICK_VIDEOS)
    with TemporaryDirectory(prefix="vibekit-bench-") as name:
        folder = Path(name)
        if shutil.disk_usage(folder).free < n * A_ROW:
            raise Skipped(f"{n * A_ROW / 1e9:.0f} GB are needed under {folder.parent} (set TMPDIR, or give --n)")
        corpus = make(folder, n)
        write_inputs(corpus, folder)
        built = {OWN: build_index(folder)}
        shutil.rmtree(folder / "e")
        _say(f"vibekit index build: {built[OWN]['wall_s']} s, {built[OWN]['cpu_s']} s of CPU")
        numbers = [i for i, one in enumerate(RESTRICTIONS) if one.text in QUICK or not options.quick]
        _truths(corpus, folder, numbers, few=options.quick)
        names, missing = _chosen(options)
        kept = _kept(n)
        loaded = {one for one, file in KEPT_AS.items() if kept is not None and (kept / file).exists()}
        workers = [Worker(one, folder, kept) for one in names]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for worker, cost in zip(workers, pool.map(lambda w: w("build"), workers), strict=True):
                built.setdefault(worker.name, {}).update(cost if worker.name != OWN else {"opened": cost})
                built[worker.name]["loaded"] = worker.name in loaded
                _say(f"{worker.name} is {'loaded' if worker.name in loaded else 'built'}: {cost['cpu_s']} s of CPU")
            rounds = QUICK_ROUNDS if options.quick else ROUNDS
            rows = [_row(corpus, workers, pool, number, k, rounds) for number in numbers for k in KS]
        for worker in workers:
            worker.end()
    result = {"videos": n, "dim": DIM, "seed": SEED, "target": TARGET, "missing": missing, "built": built, "rows": rows}
    if options.docs is not None:
        retrieval_docs.write(options.docs, result)
    return result


def show(result: dict[str, Any]) -> None:
    """Print a table for each k, and the ratios."""
    print(f"{result['videos']:,} videos x {result['dim']}, one thread; queries per CPU-second, (recall)")
    for name in result["missing"]:
        print(f"left out: {name}")
    print(retrieval_docs.text(result))


def _chosen(options: Options) -> tuple[list[str], list[str]]:
    names, missing = [], []
    for name, entry in ENGINES.items():
        if options.engines and name not in (OWN, *options.engines):
            missing.append(f"{entry.title}: not asked for")
        elif options.quick and not entry.quick:
            missing.append(f"{entry.title}: slow to build, not in a smoke run")
        elif package := entry.missing():
            missing.append(f"{entry.title}: no {package} here (pip install 'vibekit[bench,bench-hnswlib]')")
        else:
            names.append(name)
    # the slowest to build is begun first
    return sorted(names, key=lambda one: -list(ENGINES).index(one)), missing


def _truths(corpus: Corpus, folder: Path, numbers: list[int], *, few: bool) -> None:
    for number in numbers:
        mask = RESTRICTIONS[number].of(corpus.masks)
        for at, (name, count) in enumerate((("tuning", TUNING), ("measured", MEASURED))):
            save_users(folder, number, name, users(corpus, mask, count // 2 if few else count, seed=2 * number + at))


def _row(
    corpus: Corpus, workers: list[Worker], pool: ThreadPoolExecutor, number: int, k: int, rounds: int
) -> dict[str, Any]:
    restriction = RESTRICTIONS[number]
    matched = int(restriction.of(corpus.masks).sum())
    tuned = dict(zip([w.name for w in workers], pool.map(lambda w: w("tune", number, k), workers), strict=True))
    engines: dict[str, Any] = {}
    for kind, times in (("single", rounds), ("batch", min(rounds, BATCH_ROUNDS))):
        turns: dict[str, list[dict[str, Any]]] = {worker.name: [] for worker in workers}
        for turn in range(times):
            # another one begins each round
            for worker in workers[turn % len(workers) :] + workers[: turn % len(workers)]:
                t = tuned[worker.name]
                given = (number, k, t["setting"], t["query_s"], kind == "batch")
                turns[worker.name].append(worker("measure", *given))
        for name, measured in turns.items():
            engines.setdefault(name, _found(tuned[name], measured[0]))[kind] = _speed(measured)
    row: dict[str, Any] = {
        "restriction": restriction.text,
        "kind": restriction.kind,
        "matched": matched,
        "share": round(matched / len(corpus.vectors), 6),
        "k": k,
        "engines": engines,
        **{kind: _compared(engines, kind) for kind in ("single", "batch")},
    }
    own, one = engines[OWN], row["single"]
    _say(
        f"{restriction.text or 'everything'}, k = {k}: {own['single']['qps']['median']:.0f} a CPU-second at "
        f"{own['recall']:.3f}; {one['ratio']['median']:.2f} times {one['best']}"
    )
    return row


def _found(tuned: dict[str, Any], measured: dict[str, Any]) -> dict[str, Any]:
    kept = ("recall", "recall_inside", "recall_against")
    return {
        "setting": tuned["setting"],
        "reached": tuned["reached"],
        "queries": measured["queries"],
        **{name: None if measured[name] is None else round(measured[name], 4) for name in kept},
    }


def _speed(measured: list[dict[str, Any]]) -> dict[str, Any]:
    took = np.concatenate([one["took_s"] for one in measured]) * 1000
    rates = [one["qps"] for one in measured]
    return {
        "qps": spread(rates, digits=1),
        "rounds": [round(one, 1) for one in rates],
        "at_once": measured[0]["batch"],
        "p50_ms": round(float(np.percentile(took, 50)), 4),
        "p99_ms": round(float(np.percentile(took, 99)), 4),
    }


def _compared(engines: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the best peer that reaches the recall, and how many times faster vibekit was, round by round."""
    reached = [name for name in engines if engines[name]["reached"]]
    peers = [name for name in engines if name != OWN and ENGINES[name].peer]
    able = [name for name in peers if name in reached] or peers or [OWN]
    best, first = (
        max(names, key=lambda name: median(engines[name][kind]["rounds"])) for names in (able, reached or [OWN])
    )
    own, its = engines[OWN][kind]["rounds"], engines[best][kind]["rounds"]
    return {"best": best, "first": first, "ratio": spread([a / b for a, b in zip(own, its, strict=True)])}


def _kept(n: int) -> Path | None:
    if not os.environ.get(KEPT):
        return None
    parts = ("retrieval_data.py", "retrieval_faiss.py", "retrieval_graphs.py")
    made_from = [(Path(__file__).parent / name).read_bytes() for name in parts]
    key = hashlib.sha256(b"".join([f"{n} {sys.version_info}".encode(), *made_from]))
    folder = Path(os.environ[KEPT]) / f"retrieval-{key.hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _say(text: str) -> None:
    print(f"  {text}", flush=True)
