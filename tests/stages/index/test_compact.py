"""An index that outgrows exact search gets clusters, and keeps every video, label and code in its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support.indexed import DIM, built, content_of, write_table, write_vectors
from vibekit.retrieval import open_index
from vibekit.retrieval.cluster import clusters_for
from vibekit.retrieval.codes import encode
from vibekit.retrieval.open import open_snapshot
from vibekit.stages.index.add import add
from vibekit.stages.index.compact import MOST_TAIL, is_due
from vibekit.stages.index.config import AddConfig, RemoveConfig
from vibekit.stages.index.remove import remove
from vibekit.stages.index.verify import verify

FIRST, SECOND = 13_000, 12_000


@pytest.mark.slow
def test_growing_beyond_exact_search(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    centres = random.normal(size=(60, DIM))

    def draw(names: list[str]) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float32]]]:
        rows = centres[random.integers(60, size=len(names))] + 0.3 * random.normal(size=(len(names), DIM))
        return dict(zip(names, rows.astype(np.float32), strict=True))

    vectors = draw([f"v{n:05d}" for n in range(FIRST)])
    write_vectors(tmp_path / "e", vectors, per_shard=5_000)
    more = draw([f"v{n:05d}" for n in range(FIRST - 2_000, FIRST - 2_000 + SECOND)])
    write_vectors(tmp_path / "more", more, per_shard=5_000)
    chances = {name: n % 100 / 100 for n, name in enumerate({**vectors, **more})}
    labels = write_table(tmp_path / "l.csv", ["calming"], chances.items())
    assert built(tmp_path, labels=(labels,)).index.clusters == 0
    report = add(AddConfig(index=tmp_path / "i", embeddings=tmp_path / "more", labels=(labels,)))
    vectors |= more
    n = len(vectors)
    assert (report.added, report.replaced, report.compacted) == (SECOND - 2_000, 2_000, True)
    assert (report.index.rows, report.index.tail, report.index.clusters) == (n, 0, clusters_for(n))
    few = draw(["w1", "w2", "v00007"])
    write_vectors(tmp_path / "few", few)
    add(AddConfig(index=tmp_path / "i", embeddings=tmp_path / "few"))
    report = remove(RemoveConfig(index=tmp_path / "i", ids=("v00001", "w2")))
    assert (report.index.tail, report.index.removed) == (3, 3)
    vectors |= few
    for name in ("v00001", "w2"):
        del vectors[name]
    content = content_of(tmp_path / "i")
    assert set(content.vectors) == set(vectors)
    for name, vector in vectors.items():
        assert np.allclose(content.vectors[name], vector / np.linalg.norm(vector), atol=1e-6)
        assert content.chances["calming"][name] == chances.get(name)
    snapshot = open_snapshot(tmp_path / "i")
    assert snapshot.codebook is not None
    assert snapshot.codes is not None
    assert (encode(snapshot.rows, snapshot.codebook) == snapshot.codes).all()
    found = open_index(tmp_path / "i").search(few["w1"], k=1)[0]
    assert found.ids == ("w1",)
    assert not [row for row in verify(tmp_path / "i", queries=40).recalls if row.missed]


def test_merging_is_due_by_the_rule(tmp_path: Path) -> None:
    index = built(tmp_path, names=["a", "b"]).index
    million = replace(index, rows=1_000_000)
    assert not is_due(replace(index, rows=100, tail=MOST_TAIL))
    assert is_due(replace(index, rows=100, tail=MOST_TAIL + 1))
    assert not is_due(replace(million, tail=20_000))
    assert is_due(replace(million, tail=20_001))
    assert not is_due(replace(million, removed=50_000))
    assert is_due(replace(million, removed=50_001))
