"""A process that changes an index again and again, and what each generation holds then.

``python -m support.changing_index FOLDER FIRST_TURN`` with ``tests`` on the path. Before each command it writes down
what it is about to do, and to which generation: it may be killed at any moment.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from support.indexed import write_table, write_vectors
from support.vector_index import clustered
from vibekit.cli.main import app
from vibekit.formats.index import read_index
from vibekit.retrieval.cluster import FEWEST_ROWS, normalised

SIZE, DIM = FEWEST_ROWS + 400, 16
FRESH, AGAIN, PARTS = 60, 100, 15
"""Videos that each turn adds that were never there, and that it replaces or brings back; one of so many is removed."""
MOST_TURNS = 400
NAMES = [f"n{number:06d}" for number in range(SIZE + FRESH * MOST_TURNS)]


@dataclass(frozen=True, kw_only=True)
class State:
    """What a generation holds, by the number of a video.

    Attributes:
        there: Shape (n,): whether it is there.
        even: Shape (n,): whether it carries ``even``.
        vectors: Shape (n, DIM), of length 1.
    """

    there: NDArray[np.bool_]
    even: NDArray[np.bool_]
    vectors: NDArray[np.float32]


def begun() -> State:
    there = np.arange(len(NAMES)) < SIZE
    vectors = np.zeros((len(NAMES), DIM), np.float32)
    vectors[:SIZE] = normalised(clustered(SIZE, DIM, seed=1))
    return State(there=there, even=carries(0), vectors=vectors)


def carries(turn: int) -> NDArray[np.bool_]:
    """Which videos carry ``even`` by the labels of a turn."""
    return np.asarray((np.arange(len(NAMES)) + turn) % 2 == 0)


def coming(turn: int) -> NDArray[np.int64]:
    fresh = SIZE + FRESH * turn + np.arange(FRESH)
    return np.concatenate([fresh, np.random.default_rng(turn).choice(SIZE, AGAIN, replace=False)])


def going(turn: int) -> NDArray[np.int64]:
    """A few videos of all; each third time so many that the rest is merged."""
    some = np.arange(7 * turn % 500, SIZE, 500)
    return np.concatenate([some, np.arange(turn // 3 % PARTS, SIZE, PARTS)]) if turn % 3 == 0 else some


def arriving(turn: int) -> NDArray[np.float32]:
    return clustered(FRESH + AGAIN, DIM, seed=1_000 + turn)


def after(state: State, step: str, turn: int) -> State:
    """What the next generation holds."""
    if step == "remove":
        there = state.there.copy()
        there[going(turn)] = False
        return replace(state, there=there)
    if step == "update-labels":
        return replace(state, even=carries(turn))
    there, even, vectors = state.there.copy(), state.even.copy(), state.vectors.copy()
    numbers = coming(turn)
    there[numbers], even[numbers], vectors[numbers] = True, carries(turn)[numbers], normalised(arriving(turn))
    return State(there=there, even=even, vectors=vectors)


def labels_file(path: Path, turn: int, numbers: NDArray[np.int64]) -> Path:
    even = carries(turn)
    return write_table(path, ["even", "low"], [(NAMES[n], float(even[n]), float(n < SIZE // 2)) for n in numbers])


def main(folder: Path, first: int) -> None:
    index = folder / "i"
    with (folder / "log.jsonl").open("a") as log:
        for turn in range(first, MOST_TURNS):
            work = folder / f"turn-{turn}"
            numbers = coming(turn)
            write_vectors(work / "e", dict(zip([NAMES[n] for n in numbers], arriving(turn), strict=True)))
            labels = labels_file(work / "l.csv", turn, numbers)
            (work / "gone.txt").write_text("\n".join(NAMES[n] for n in going(turn)))
            everything = labels_file(work / "all.csv", turn, np.arange(SIZE + FRESH * (turn + 1)))
            for step, words in (
                ("add", [str(work / "e"), "--labels", str(labels)]),
                ("remove", [str(work / "gone.txt")]),
                ("update-labels", ["--labels", str(everything)]),
            ):
                log.write(json.dumps({"parent": read_index(index).generation, "step": step, "turn": turn}) + "\n")
                log.flush()
                try:
                    app(["index", step, str(index), *words, "--quiet"])
                except SystemExit as end:
                    if end.code:
                        raise


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
