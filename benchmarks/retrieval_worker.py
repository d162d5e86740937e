"""One engine in a process of its own, on one thread, so that its CPU time is its own. It does what it is told."""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import time
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.retrieval_data import RESTRICTIONS, Corpus, Users, opened, recall
from benchmarks.retrieval_engine import Setting, made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

TARGET = 0.95
BATCH = 100
_TUNED_S = 1.0
"""CPU time after which no further query is tried with a setting."""
_MEASURED_S = 0.1
"""CPU time that a round takes at least, where there are queries enough."""
_MOST_S = 0.5
"""CPU time of a round, at most, where ten queries do not take longer."""
_FEWEST = 10
_PASSES = 8
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Worker:
    """An engine in another process.

    Args:
        name: In the table of engines.
        folder: Of the run.
        kept: See ``Engine.build``.
    """

    def __init__(self, name: str, folder: Path, kept: Path | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.name = name
        self._mine, its = context.Pipe()
        self._process = context.Process(target=_serve, args=(its, name, folder, kept), daemon=True)
        with one_thread():
            self._process.start()
        its.close()

    def __call__(self, what: str, *given: object) -> Any:  # noqa: ANN401 - what the method returns
        """Have the process do something, and return what came of it.

        Raises:
            RuntimeError: It failed; the text is the process's traceback.
        """
        self._mine.send((what, given))
        try:
            worked, value = self._mine.recv()
        except EOFError as error:
            raise RuntimeError(f"{self.name}: its process ended") from error
        if not worked:
            raise RuntimeError(f"{self.name}: {value}")
        return value

    def end(self) -> None:
        """Have the process end."""
        self._mine.close()
        self._process.join()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let processes that are started meanwhile compute on one thread."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Bench:
    """What the process does."""

    def __init__(self, name: str, folder: Path, kept: Path | None) -> None:
        self._engine = made(name)
        self._folder, self._kept = folder, kept
        self._corpus: Corpus = opened(folder)
        self._row = -1

    def build(self) -> dict[str, float]:
        """Make the index; how long that took, and how much memory the process has then."""
        before, cpu, wall = _status("RssAnon"), time.process_time(), time.monotonic()
        self._engine.build(self._corpus, self._folder, self._kept)
        return {
            "cpu_s": round(time.process_time() - cpu, 2),
            "wall_s": round(time.monotonic() - wall, 2),
            "resident_mb": round(_status("RssAnon") - before, 1),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, 1),
        }

    def tune(self, row: int, k: int) -> dict[str, Any]:
        """Find the cheapest setting that finds enough; where none does, the one that finds most."""
        self._restrict(row)
        users, tried = _users(self._folder, row, "tuning"), []
        for ladder in self._engine.ladders(k, self._matched):
            # where the most thorough does not find enough, none does
            tried.append(self._tried(users, k, ladder[-1]))
            low, high = 0, len(ladder) - 1 if tried[-1]["recall"] >= TARGET else 0
            while low < high:
                middle = (low + high) // 2
                one = self._tried(users, k, ladder[middle])
                tried.append(one)
                low, high = (low, middle) if one["recall"] >= TARGET else (middle + 1, high)
        enough = [one for one in tried if one["recall"] >= TARGET]
        best = min(enough, key=lambda t: t["query_s"]) if enough else max(tried, key=lambda t: t["recall"])
        return {**best, "reached": bool(enough)}

    def measure(self, row: int, k: int, setting: Setting, query_s: float, batch: bool) -> dict[str, Any]:
        """Run one round."""
        self._restrict(row)
        users = _users(self._folder, row, "measured")
        count = min(len(users.vectors), max(_FEWEST, int(_MOST_S / query_s)))
        size = min(BATCH if batch else 1, count)
        count -= count % size
        parts = [np.ascontiguousarray(users.vectors[at : at + size]) for at in range(0, count, size)]
        passes = min(_PASSES, max(1, math.ceil(_MEASURED_S / (query_s * count))))
        # once before, so that no first time is measured
        found = [self._engine.search(part, k, setting) for part in parts]
        took = []
        cpu = time.process_time()
        for _ in range(passes):
            for part in parts:
                began = time.perf_counter()
                self._engine.search(part, k, setting)
                took.append(time.perf_counter() - began)
        cpu = time.process_time() - cpu
        shares = np.concatenate(
            [
                recall(self._engine.rows(one, k), users.truth[at : at + size], k)
                for one, at in zip(found, range(0, count, size), strict=True)
            ]
        )
        inside = users.inside[:count]
        return {
            "qps": passes * count / cpu,
            "took_s": took,
            "queries": count,
            "batch": size,
            "recall": float(shares.mean()),
            "recall_inside": float(shares[inside].mean()),
            "recall_against": float(shares[~inside].mean()) if not inside.all() else None,
        }

    def memory(self) -> dict[str, float]:
        """Return what the process holds itself, and what it has mapped, MB."""
        return {"own_mb": round(_status("RssAnon"), 1), "mapped_mb": round(_status("RssFile"), 1)}

    def _tried(self, users: Users, k: int, setting: Setting) -> dict[str, Any]:
        shares: list[float] = []
        cpu = 0.0
        for at in range(len(users.vectors)):
            query = np.ascontiguousarray(users.vectors[at : at + 1])
            began = time.process_time()
            found = self._engine.search(query, k, setting)
            cpu += time.process_time() - began
            shares.append(float(recall(self._engine.rows(found, k), users.truth[at : at + 1], k)[0]))
            if cpu > _TUNED_S and len(shares) >= 2 * _FEWEST:
                break
        return {"setting": setting, "recall": float(np.mean(shares)), "query_s": max(cpu / len(shares), 1e-6)}

    def _restrict(self, row: int) -> None:
        if row != self._row:
            restriction = RESTRICTIONS[row]
            mask = restriction.of(self._corpus.masks)
            self._matched = int(mask.sum())
            self._engine.restrict(restriction.text, mask)
            self._row = row


def save_users(folder: Path, row: int, name: str, users: Users) -> None:
    """Keep queries for the processes."""
    np.savez(folder / f"{name}-{row}.npz", vectors=users.vectors, inside=users.inside, truth=users.truth)


def _users(folder: Path, row: int, name: str) -> Users:
    with np.load(folder / f"{name}-{row}.npz") as kept:
        return Users(vectors=kept["vectors"], inside=kept["inside"], truth=kept["truth"])


def _status(name: str) -> float:
    """Return a size of this process in MB; NaN where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(name))
    except (OSError, StopIteration):
        return math.nan


def _serve(connection: Connection, name: str, folder: Path, kept: Path | None) -> None:
    try:
        bench = _Bench(name, folder, kept)
        while True:
            what, given = connection.recv()
            try:
                connection.send((True, getattr(bench, what)(*given)))
            except Exception:  # noqa: BLE001 - told to the other side, which raises it
                connection.send((False, traceback.format_exc()))
    except (EOFError, OSError, KeyboardInterrupt):
        return
