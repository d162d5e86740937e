"""vibekit as an engine of the comparison: its command builds the index, its Python interface searches."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import process

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.retrieval_data import Corpus
    from benchmarks.retrieval_engine import Setting
    from vibekit.core.index import Answer

INDEX = "i"
KS = (10, 100)


def build_index(folder: Path, *words: str) -> dict[str, Any]:
    """Run ``vibekit index build`` over ``e`` and ``labels.parquet`` of a folder; returns its report and its cost."""
    command = [sys.executable, "-m", "vibekit", "index", "build", str(folder / "e"), "--out", str(folder / INDEX)]
    command += ["--labels", str(folder / "labels.parquet"), "--json", "-q", *words]
    used = process.run(command, env=dict(os.environ), folder=folder)
    if used.exit_code:
        raise RuntimeError(f"vibekit index build ended with {used.exit_code}: {used.stderr[-2000:]}")
    data: dict[str, Any] = json.loads(used.stdout)["data"]
    return {**data, "wall_s": round(used.wall_s, 1), "cpu_s": round(used.cpu_s, 1), "peak_mb": used.peak_mb}


class Own:
    """vibekit, with what it chose itself when the index was built."""

    def build(self, corpus: Corpus, folder: Path, kept: Path | None) -> None:
        del corpus, kept
        from vibekit.retrieval import open_index

        self._searcher = open_index(folder / INDEX)
        self._text = ""

    def restrict(self, text: str, mask: NDArray[np.bool_]) -> None:
        self._text = text
        self._searcher.warm([text], ks=KS)
        assert self._searcher.matched(text) == int(mask.sum()), f"{text}: other videos match"

    def ladders(self, k: int, matched: int) -> Sequence[Sequence[Setting]]:
        del k, matched
        return [[{}]]

    def search(self, queries: NDArray[np.float32], k: int, setting: Setting) -> list[Answer]:
        del setting
        return self._searcher.search(queries, k=k, restrict=self._text)

    def rows(self, found: list[Answer], k: int) -> NDArray[np.int64]:
        numbers = np.full((len(found), k), -1, np.int64)
        for row, answer in zip(numbers, found, strict=True):
            row[: len(answer.ids)] = [int(one, 16) for one in answer.ids]
        return numbers
