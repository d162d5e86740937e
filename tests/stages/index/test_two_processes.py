"""Threads that search while another process adds, removes, relabels and merges, and is killed: no torn answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from support.changing_index import DIM, NAMES, SIZE, State, after, begun, labels_file
from support.indexed import built, write_vectors
from support.vector_index import clustered
from vibekit.core.index import Answer, Plan
from vibekit.formats.index import generation_path, number_of, read_index
from vibekit.retrieval import open_index
from vibekit.retrieval.cluster import normalised
from vibekit.stages.index.verify import verify

pytestmark = pytest.mark.slow
SEED = int(os.environ.get("VIBEKIT_TEST_SEED", "1"))
SECONDS = float(os.environ.get("VIBEKIT_TEST_SECONDS", "25"))
THREADS = 8
TEXTS = ("", "even", "!even", "low & even", "low | even", "!low", "even >= 0.9 & low")
MOST = 200
NUMBER = {name: number for number, name in enumerate(NAMES)}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A search, and its answer."""

    text: str
    k: int
    query: int
    exact: bool
    answer: Answer


def test_every_answer_is_of_one_generation_whatever_another_process_does(tmp_path: Path) -> None:
    first = clustered(SIZE, DIM, seed=1)
    write_vectors(tmp_path / "e", dict(zip(NAMES[:SIZE], first, strict=True)), per_shard=7_000)
    built(tmp_path, labels=(labels_file(tmp_path / "l.csv", 0, np.arange(SIZE)),))
    (tmp_path / "log.jsonl").touch()
    index = tmp_path / "i"
    follower, holder = open_index(index, follow=True, memory=30_000_000), open_index(index)
    queries = clustered(50, DIM, seed=5)
    before = {text: holder.search(queries, restrict=text) for text in TEXTS[:3]}
    stop = threading.Event()
    found: list[Asked] = []

    def search(seed: int) -> None:
        random = np.random.default_rng(seed)
        while not stop.is_set():
            text = TEXTS[int(random.integers(len(TEXTS)))]
            k, exact = int(random.choice([1, 10, MOST])), bool(random.random() < 0.3)
            some = random.integers(0, len(queries), int(random.integers(1, 4)))
            answers = follower.search(queries[some], k=k, restrict=text, exact=exact)
            assert len({one.generation for one in answers}) == 1
            found.extend(
                Asked(text=text, k=k, query=int(number), exact=exact, answer=one)
                for number, one in zip(some, answers, strict=True)
            )

    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(search, seed) for seed in range(THREADS)]
        try:
            kills = _changed(tmp_path)
        finally:
            stop.set()
        for thread in running:
            thread.result()
    assert kills
    states = _states(tmp_path / "log.jsonl")
    seen = {one.answer.generation for one in found}
    units = normalised(queries)
    for generation, text in {(one.answer.generation, one.text) for one in found}:
        state = states(number_of(generation))
        wanted = _wanted(state, text, queries)
        for one in found:
            if (one.answer.generation, one.text) == (generation, text):
                _check(state, wanted, units[one.query], one.query, one)
    assert len(seen) >= 4
    assert Plan.IVF in {one.answer.plan for one in found}
    assert not generation_path(index, "g-000001").exists()
    assert {text: holder.search(queries, restrict=text) for text in TEXTS[:3]} == before
    assert follower.search(queries[:1])[0].generation == read_index(index).generation
    assert verify(index, queries=0).damaged == ()


def _changed(folder: Path) -> int:
    """Let the writer run, kill it now and then and start it again; return how often it was killed."""
    dice, kills, end = Random(SEED), 0, time.monotonic() + SECONDS
    tests = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), os.environ.get("PYTHONPATH", "")])}
    # at least four generations, however slow the machine is
    while time.monotonic() < end or number_of(read_index(folder / "i").generation) < 6:
        turns = [json.loads(line)["turn"] for line in _lines(folder / "log.jsonl")]
        command = [sys.executable, "-m", "support.changing_index", str(folder), str(max(turns, default=-1) + 1)]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as writer:
            deadline = time.monotonic() + 4 + 6 * dice.random()
            while time.monotonic() < deadline and writer.poll() is None:
                time.sleep(0.02)
            assert writer.poll() is None, writer.stderr.read() if writer.stderr else ""
            writer.send_signal(signal.SIGKILL)
            kills += 1
    return kills


def _lines(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]


def _states(log: Path) -> Callable[[int], State]:
    # of those that began with the same generation, the last one is the one that came to its end
    steps = {number_of(row["parent"]): row for row in map(json.loads, _lines(log))}

    @cache
    def state(number: int) -> State:
        if number == 1:
            return begun()
        return after(state(number - 1), steps[number - 1]["step"], steps[number - 1]["turn"])

    return state


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a restriction lets through in a generation, and the best scores of some queries there."""

    let: NDArray[np.bool_]
    matched: int
    best: NDArray[np.float32]


def _wanted(state: State, text: str, queries: NDArray[np.float32]) -> Wanted:
    low = np.arange(len(NAMES)) < SIZE // 2
    even = state.even
    let = state.there & {
        "": low | ~low, "even": even, "!even": ~even, "low & even": low & even, "low | even": low | even,
        "!low": ~low, "even >= 0.9 & low": even & low,
    }[text]  # fmt: skip
    best = -np.sort(-(normalised(queries) @ state.vectors[let].T), axis=1)[:, :MOST]
    return Wanted(let=let, matched=int(let.sum()), best=best)


def _check(state: State, wanted: Wanted, query: NDArray[np.float32], number: int, asked: Asked) -> None:
    answer = asked.answer
    numbers = np.array([NUMBER[one] for one in answer.ids])
    assert wanted.let[numbers].all()
    assert len(set(answer.ids)) == len(answer.ids) == asked.k
    assert answer.matched == wanted.matched
    np.testing.assert_allclose(answer.scores, state.vectors[numbers] @ query, atol=2e-5)
    if asked.exact:
        np.testing.assert_allclose(answer.scores, wanted.best[number, : asked.k], atol=2e-5)
