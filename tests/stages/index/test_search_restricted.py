"""Whatever a restriction says, an index finds the nearest of the videos that it means, and never another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from support.indexed import built, random_vectors, write_table, write_vectors
from support.restriction_model import Model, conditions, over
from vibekit.retrieval.open import open_index
from vibekit.retrieval.searcher import Searcher
from vibekit.stages.index.add import add
from vibekit.stages.index.config import AddConfig, RemoveConfig, UpdateLabelsConfig
from vibekit.stages.index.remove import remove
from vibekit.stages.index.update_labels import update_labels

SIMPLE = over(conditions.filter(lambda pair: "mood" not in pair[0] and "energy" not in pair[0]))
COLUMNS = ["language", "views", "duration_s", "published", "music"]


@dataclass(frozen=True, kw_only=True)
class Known:
    """An index, and what is in it.

    Attributes:
        searcher: Of the index.
        rows: Video -> its labels and metadata, None where unknown.
        vectors: Video -> its vector.
    """

    searcher: Searcher
    rows: dict[str, dict[str, Any]]
    vectors: dict[str, np.ndarray[Any, Any]]


def drawn(names: list[str], seed: int) -> dict[str, dict[str, Any]]:
    random = Random(seed)
    rows = {}
    for name in names:
        chances = {f"p:{key}": random.choice([None, 0.0, 0.25, 0.5, 0.75, 1.0]) for key in ("calming", "sad")}
        labels = {key[2:]: None if p is None else p >= 0.5 for key, p in chances.items()}
        rows[name] = {
            **chances, **labels,
            "language": random.choice([None, "en", "EN", "de", "e."]),
            "views": random.choice([None, -1, 0, 3, 1000]),
            "duration_s": random.choice([None, 0.0, 2.5, 60.0, 1e300]),
            "published": random.choice([None, date(2025, 12, 31), date(2026, 1, 1)]),
            "music": random.choice([None, True, False]),
        }  # fmt: skip
    return rows


def label_table(path: Path, rows: dict[str, dict[str, Any]]) -> Path:
    return write_table(path, ["calming", "sad"], [(name, row["p:calming"], row["p:sad"]) for name, row in rows.items()])


def metadata_table(path: Path, rows: dict[str, dict[str, Any]]) -> Path:
    return write_table(path, COLUMNS, [(name, *(row[key] for key in COLUMNS)) for name, row in rows.items()])


@pytest.fixture(scope="module", params=["built", "changed"])
def known(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Known:
    """An index as it was built, and one to which videos were added, removed and labelled anew."""
    folder = tmp_path_factory.mktemp("restricted")
    names = [f"v{n:03d}" for n in range(120)]
    rows, vectors = drawn(names, 1), random_vectors(names)
    built(
        folder, names=names, labels=(label_table(folder / "l.csv", rows),),
        metadata=(metadata_table(folder / "m.csv", rows),),
    )  # fmt: skip
    if request.param == "changed":
        _change(folder, rows, vectors)
    return Known(searcher=open_index(folder / "i"), rows=rows, vectors=vectors)


def _change(folder: Path, rows: dict[str, dict[str, Any]], vectors: dict[str, np.ndarray[Any, Any]]) -> None:
    more = [f"v{n:03d}" for n in range(110, 160)]
    new, added = drawn(more, 2), random_vectors(more, seed=2)
    write_vectors(folder / "e2", added)
    add(
        AddConfig(
            index=folder / "i",
            embeddings=folder / "e2",
            labels=(label_table(folder / "l2.csv", new),),
            metadata=(metadata_table(folder / "m2.csv", new),),
        )
    )
    for name, row in new.items():
        # an empty cell says nothing new about a video that is there
        kept = {key: rows[name][key] for key in COLUMNS if name in rows and row[key] is None}
        rows[name] = row | kept
    vectors |= added
    gone = ("v003", "v007", "v115", "v150")
    remove(RemoveConfig(index=folder / "i", ids=gone))
    for name in gone:
        del rows[name], vectors[name]
    again = drawn(list(rows), 3)
    update_labels(UpdateLabelsConfig(index=folder / "i", labels=(label_table(folder / "l3.csv", again),)))
    for name, row in rows.items():
        row |= {key: again[name][key] for key in ("p:calming", "p:sad", "calming", "sad")}


def test_what_is_found_is_what_numpy_finds(known: Known) -> None:
    @settings(max_examples=150, deadline=None)
    @given(SIMPLE)
    def check(pair: tuple[str, Model]) -> None:
        typed, model = pair
        right = [name for name, row in known.rows.items() if model(row) is True]
        query = np.random.default_rng(len(typed)).normal(size=8).astype(np.float32)
        answer = known.searcher.search(query, k=20, restrict=typed)[0]
        assert answer.matched == known.searcher.matched(typed) == len(right)
        scores = {name: _cosine(query, known.vectors[name]) for name in right}
        best = sorted(scores.values(), reverse=True)[:20]
        assert set(answer.ids) <= set(right)
        assert np.allclose(answer.scores, best, atol=1e-5)
        assert np.allclose([scores[name] for name in answer.ids], best, atol=1e-5)

    check()


def _cosine(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_added_numbers_may_be_finer_than_those_that_are_there(tmp_path: Path) -> None:
    names = [f"v{n}" for n in range(20)]
    whole: dict[str, tuple[float, float]] = {name: (n, 0.5) for n, name in enumerate(names)}
    finer: dict[str, tuple[float, float]] = {"w1": (2.5, 0.7), "w2": (3, 0.25)}
    for number, rows in enumerate((whole, finer)):
        write_table(tmp_path / f"m{number}.csv", ["views"], [(name, views) for name, (views, _) in rows.items()])
        write_table(tmp_path / f"l{number}.csv", ["calming"], [(name, chance) for name, (_, chance) in rows.items()])
    built(tmp_path, names=names, labels=(tmp_path / "l0.csv",), metadata=(tmp_path / "m0.csv",))
    write_vectors(tmp_path / "e2", random_vectors(finer, seed=4))
    add(
        AddConfig(
            index=tmp_path / "i", embeddings=tmp_path / "e2", labels=(tmp_path / "l1.csv",),
            metadata=(tmp_path / "m1.csv",),
        )
    )  # fmt: skip
    searcher = open_index(tmp_path / "i")
    found = {
        typed: set(searcher.search(np.ones(8), restrict=typed, k=30)[0].ids)
        for typed in ("views > 2 & views < 4", "views == 3", "calming >= 0.7")
    }
    assert found == {"views > 2 & views < 4": {"v3", "w1", "w2"}, "views == 3": {"v3", "w2"}, "calming >= 0.7": {"w1"}}
