"""What is compared: an engine of restricted search, and a table of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from benchmarks.retrieval_data import Corpus

Setting = dict[str, int]


class Engine(Protocol):
    """One way to find the nearest rows that match a restriction. Row numbers are those of the corpus."""

    def build(self, corpus: Corpus, folder: Path, kept: Path | None) -> None:
        """Make the index.

        Args:
            corpus: What is searched.
            folder: Where everything of this run is.
            kept: A folder of earlier runs with the same vectors, to take the index from or to put it into.
        """
        ...

    def restrict(self, text: str, mask: NDArray[np.bool_]) -> None:
        """Get ready for a restriction; this is not measured, for anybody."""
        ...

    def ladders(self, k: int, matched: int) -> Sequence[Sequence[Setting]]:
        """Return settings to choose from: in each ladder from the cheapest to the most thorough."""
        ...

    def search(self, queries: NDArray[np.float32], k: int, setting: Setting) -> Any:  # noqa: ANN401 - its own
        """Search, and return what a user of the engine gets."""
        ...

    def rows(self, found: Any, k: int) -> NDArray[np.int64]:  # noqa: ANN401 - what search returned
        """Return the numbers of the rows that were found, shape (q, k or fewer), -1 where there is none."""
        ...


class Numbered:
    """An engine whose answers are numbers already."""

    def rows(self, found: NDArray[np.int64], k: int) -> NDArray[np.int64]:
        return found[:, :k]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An engine of the table.

    Attributes:
        where: ``module:Class``.
        needs: Packages, without which it is left out.
        quick: Whether a smoke run has it: the others are slow to build.
        title: For people.
        peer: Whether ratios are taken to it; what is no peer is shown beside them.
    """

    where: str
    needs: tuple[str, ...]
    quick: bool
    title: str
    peer: bool = True

    def missing(self) -> str:
        """Return the package that is not installed; empty when all are."""
        for name in self.needs:
            try:
                import_module(name)
            except ImportError:
                return name
        return ""


OWN = "vibekit"
ENGINES: Mapping[str, Entry] = {
    OWN: Entry(where="benchmarks.retrieval_own:Own", needs=(), quick=True, title="vibekit"),
    "flat": Entry(where="benchmarks.retrieval_faiss:Flat", needs=("faiss",), quick=True, title="FAISS flat, bitmap"),
    "flat-ids": Entry(
        where="benchmarks.retrieval_faiss:FlatIds",
        needs=("faiss",),
        quick=True,
        title="FAISS flat, list of ids",
        # a list of rows, made beforehand for each restriction: what a restriction comes to, not a way to restrict
        peer=False,
    ),
    "ivf": Entry(where="benchmarks.retrieval_faiss:Ivf", needs=("faiss",), quick=True, title="FAISS IVF, bitmap"),
    "fastscan": Entry(
        where="benchmarks.retrieval_faiss:FastScan",
        needs=("faiss",),
        quick=True,
        title="FAISS IVF PQ FastScan + refine, bitmap",
    ),
    "hnsw": Entry(where="benchmarks.retrieval_faiss:Hnsw", needs=("faiss",), quick=False, title="FAISS HNSW, bitmap"),
    "hnswlib": Entry(
        where="benchmarks.retrieval_graphs:Hnswlib", needs=("hnswlib",), quick=False, title="hnswlib, filter"
    ),
    "usearch": Entry(
        where="benchmarks.retrieval_graphs:Usearch", needs=("usearch",), quick=False, title="usearch, over-fetching"
    ),
    "scann": Entry(
        where="benchmarks.retrieval_graphs:Scann", needs=("scann",), quick=True, title="ScaNN, over-fetching"
    ),
}


def made(name: str) -> Engine:
    """Return a new engine of the table."""
    module, _, kind = ENGINES[name].where.partition(":")
    engine: Engine = getattr(import_module(module), kind)()
    return engine
