"""Indexes with clusters, by their files: what numpy says of the same videos, after every kind of change."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from typer.testing import CliRunner

from support.indexed import built, write_table, write_vectors
from support.restriction_model import Model, conditions, over
from support.vector_index import clustered
from vibekit.cli.main import app
from vibekit.core.index import Answer, Metric, Plan, Storage
from vibekit.retrieval.cluster import FEWEST_ROWS, normalised
from vibekit.retrieval.open import open_index, open_snapshot
from vibekit.retrieval.planner import Limits
from vibekit.retrieval.searcher import Searcher
from vibekit.stages.index.add import add
from vibekit.stages.index.config import AddConfig, RemoveConfig, UpdateLabelsConfig
from vibekit.stages.index.remove import remove
from vibekit.stages.index.update_labels import update_labels

pytestmark = pytest.mark.slow
N, D = FEWEST_ROWS + 400, 16
COLUMNS = ["language", "views", "duration_s", "published", "music"]
LABELS = ["calming", "sad", "mood=calm", "mood=tense", "energy=1", "energy=2", "energy=3"]
ALL_WAYS = Limits(exact=60, flat=2_000)
KINDS = [
    (Storage.FP32, Metric.COSINE), (Storage.FP16, Metric.INNER_PRODUCT), (Storage.SQ8, Metric.COSINE),
    (Storage.SQ8, Metric.INNER_PRODUCT), (Storage.FP32, Metric.INNER_PRODUCT), (Storage.FP16, Metric.COSINE),
]  # fmt: skip
ENERGY = """name: energy
version: 1
title: Energy
kind: ordinal
question: How lively is it?
definition: How lively it is.
scale:
  1: still
  2: middling
  3: wild
"""
TOLERANCE = {Storage.FP32: 1e-5, Storage.FP16: 2e-3, Storage.SQ8: 0.15}
"""Values beyond those of the build are cut off by SQ8."""


def labelled(random: Random) -> dict[str, Any]:
    row: dict[str, Any] = {f"p:{key}": random.choice([None, 0.0, 0.25, 0.5, 0.75, 1.0]) for key in ("calming", "sad")}
    row |= {key: None if row[f"p:{key}"] is None else row[f"p:{key}"] >= 0.5 for key in ("calming", "sad")}
    mood = random.choice([None, (0.25, 0.75), (0.75, 0.25), (1.0, 0.0)])
    energy = random.choice([None, (0.5, 0.25, 0.25), (0.0, 1.0, 0.0), (0.25, 0.25, 0.5)])
    row |= {"mood": mood and ("calm" if mood[0] > 0.5 else "tense"), "p:mood:calm": mood and mood[0], "moods": mood}
    row |= {"energy": energy and 1 + int(np.argmax(energy)), "p:energy:2": energy and energy[1], "energies": energy}
    return row


def described(random: Random) -> dict[str, Any]:
    return {
        "language": random.choice([None, "en", "EN", "de", "e."]),
        "views": random.choice([None, -1, 0, 3, 1000]),
        "duration_s": random.choice([None, 0.0, 2.5, 60.0, 1e300]),
        "published": random.choice([None, date(2025, 12, 31), date(2026, 1, 1)]),
        "music": random.choice([None, True, False]),
    }  # fmt: skip


def label_file(path: Path, rows: dict[str, dict[str, Any]]) -> Path:
    return write_table(path, LABELS, [
        (name, row["p:calming"], row["p:sad"], *(row["moods"] or (None, None)), *(row["energies"] or [None] * 3))
        for name, row in rows.items()
    ])  # fmt: skip


def metadata_file(path: Path, rows: dict[str, dict[str, Any]]) -> Path:
    return write_table(path, COLUMNS, [(name, *(row[key] for key in COLUMNS)) for name, row in rows.items()])


@dataclass(kw_only=True)
class World:
    """An index, what is in it, and what was taken out of it."""

    folder: Path
    storage: Storage
    metric: Metric
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    steps: int = 0
    names: list[str] = field(default_factory=list)
    stored: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, D), np.float32))

    @property
    def index(self) -> Path:
        return self.folder / "i"

    @property
    def definitions(self) -> Path:
        return self.folder / "attributes"

    def put(self, names: list[str], seed: int) -> None:
        """Build the index of videos, or add them."""
        random, self.steps = Random(seed), self.steps + 1
        vectors = dict(zip(names, clustered(len(names), D, seed=seed), strict=True))
        rows = {name: labelled(random) | described(random) for name in names}
        labels = label_file(self.folder / f"l{self.steps}.csv", rows)
        metadata = metadata_file(self.folder / f"m{self.steps}.csv", rows)
        where = write_vectors(self.folder / f"e{self.steps}", vectors, per_shard=7_000)
        if self.rows:
            add(
                AddConfig(
                    index=self.index, embeddings=where, labels=(labels,), metadata=(metadata,),
                    attributes_dir=self.definitions,
                )
            )  # fmt: skip
        else:
            self.definitions.mkdir()
            (self.definitions / "energy.yaml").write_text(ENERGY)
            built(self.folder, embeddings=where, labels=(labels,), metadata=(metadata,), storage=self.storage,
                  metric=self.metric, attributes_dir=self.definitions)  # fmt: skip
        for name, row in rows.items():
            # an empty cell of metadata says nothing new about a video that is there
            kept = {key: self.rows[name][key] for key in COLUMNS if name in self.rows and row[key] is None}
            self.rows[name] = row | kept
        self.vectors |= vectors
        self.gone -= set(names)

    def take(self, names: list[str]) -> None:
        remove(RemoveConfig(index=self.index, ids=tuple(names)))
        self.gone |= set(names)
        for name in names:
            del self.rows[name], self.vectors[name]

    def relabel(self, seed: int) -> None:
        random, self.steps = Random(seed), self.steps + 1
        rows = {name: labelled(random) for name in self.rows}
        labels = label_file(self.folder / f"l{self.steps}.csv", rows)
        update_labels(UpdateLabelsConfig(index=self.index, labels=(labels,), attributes_dir=self.definitions))
        for name, row in rows.items():
            self.rows[name] |= row

    def look(self) -> Searcher:
        """Read the vectors as they are stored; they are what was put in."""
        searcher = open_index(self.index)
        self.names = list(self.rows)
        self.stored = searcher.vectors_of(self.names)
        given = np.stack([self.vectors[name] for name in self.names])
        wanted = normalised(given) if self.metric is Metric.COSINE else given
        scale = np.abs(wanted).max()
        assert np.abs(self.stored - wanted).max() <= TOLERANCE[self.storage] * max(scale, 1)
        return searcher

    def scores(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.stored @ (normalised(query[None])[0] if self.metric is Metric.COSINE else query)

    def right(self, model: Model) -> NDArray[np.bool_]:
        return np.array([model(self.rows[name]) is True for name in self.names])


def check_exact(world: World, answer: Answer, query: NDArray[np.float32], right: NDArray[np.bool_], k: int) -> None:
    scores = world.scores(query)
    best = np.sort(scores[right])[::-1][:k]
    of = dict(zip(world.names, scores.tolist(), strict=True))
    let = {name for name, fine in zip(world.names, right.tolist(), strict=True) if fine}
    assert set(answer.ids) <= let
    assert len(set(answer.ids)) == len(answer.ids) == len(best)
    np.testing.assert_allclose(answer.scores, best, rtol=2e-5, atol=2e-5)
    np.testing.assert_allclose([of[one] for one in answer.ids], answer.scores, rtol=2e-5, atol=2e-5)
    assert answer.matched == len(let)
    assert answer.plan is (Plan.EXACT if let else Plan.EMPTY)


def check_any(
    world: World, answer: Answer, query: NDArray[np.float32], let: set[str], k: int, *, diverse: bool
) -> None:
    assert set(answer.ids) <= let
    assert not set(answer.ids) & world.gone
    assert len(set(answer.ids)) == len(answer.ids) == min(k, len(let))
    assert answer.matched == len(let)
    assert bool(answer.note) is (len(let) < k)
    of = dict(zip(world.names, world.scores(query).tolist(), strict=True))
    np.testing.assert_allclose([of[one] for one in answer.ids], answer.scores, rtol=2e-5, atol=2e-5)
    if not diverse:
        assert list(answer.scores) == sorted(answer.scores, reverse=True)


def searched(world: World, examples: int) -> None:
    plain = world.look()
    all_ways = Searcher(open_snapshot(world.index), limits=ALL_WAYS, memory=20_000_000)
    plans = set()

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(over(conditions), st.data())
    def check(pair: tuple[str, Model], data: st.DataObject) -> None:
        typed, model = pair
        right = world.right(model)
        k = data.draw(st.sampled_from([1, 10, 37, 600, len(world.names) + 5]))
        queries = clustered(data.draw(st.integers(1, 3)), D, seed=data.draw(st.integers(100, 199)))
        for query, answer in zip(queries, plain.search(queries, k=k, restrict=typed, exact=True), strict=True):
            check_exact(world, answer, query, right, k)
        dice = np.random.default_rng(k)
        excluded = set(
            np.array(world.names)[dice.random(len(right)) < data.draw(st.sampled_from([0, 0.002, 0.1]))].tolist()
        )
        allowed = (
            set(np.array(world.names)[dice.random(len(right)) < data.draw(st.sampled_from([0.01, 0.5]))].tolist())
            if data.draw(st.booleans())
            else None
        )
        let = {name for name, fine in zip(world.names, right.tolist(), strict=True) if fine} - excluded
        let = let if allowed is None else let & allowed
        searcher = data.draw(st.sampled_from([plain, all_ways]))
        strangers = [*excluded, *sorted(world.gone)[:5], "nobody"]
        listed = None if allowed is None else [*allowed, *sorted(world.gone)[:5]]
        diverse = data.draw(st.sampled_from([0.0, 0.0, 0.5])) if k < 600 else 0.0
        for _ in range(2):
            answers = searcher.search(queries, k=k, restrict=typed, exclude=strangers, allow=listed, diverse=diverse)
            for query, answer in zip(queries, answers, strict=True):
                check_any(world, answer, query, let, k, diverse=bool(diverse))
                plans.add(answer.plan)
        for query, answer in zip(queries, answers, strict=True):
            alone = searcher.search(query, k=k, restrict=typed, exclude=strangers, allow=listed, diverse=diverse)[0]
            assert alone.plan is answer.plan
            assert len(set(alone.ids) & set(answer.ids)) >= 0.9 * len(alone.ids)

    check()
    for text in ("", "!music", "calming | !calming"):
        query = clustered(5, D, seed=7)
        cold, warm = (all_ways.search(query, restrict=text) for _ in range(2))
        assert [one.ids for one in cold] == [one.ids for one in warm]
        plans |= {one.plan for one in cold}
    assert Plan.IVF in plans


@pytest.mark.parametrize(("storage", "metric"), KINDS)
def test_what_is_found_is_what_numpy_finds_after_every_change(tmp_path: Path, storage: Storage, metric: Metric) -> None:
    world = World(folder=tmp_path, storage=storage, metric=metric)
    names = [f"v{n:05d}" for n in range(N)]
    world.put(names, 1)
    searched(world, 12)
    world.put([f"v{n:05d}" for n in range(N - 100, N + 300)], 2)
    world.take(names[:300])
    assert open_snapshot(world.index).manifest.tail == 400
    searched(world, 12)
    world.relabel(3)
    searched(world, 12)
    world.take(names[300:1_300])
    manifest = open_snapshot(world.index).manifest
    assert (manifest.made_by, manifest.tail, manifest.removed, manifest.rows) == ("compact", 0, 0, len(world.rows))
    world.put(names[:50], 4)
    searched(world, 12)


def test_the_command_finds_what_numpy_finds(tmp_path: Path) -> None:
    world = World(folder=tmp_path, storage=Storage.SQ8, metric=Metric.COSINE)
    world.put([f"v{n:05d}" for n in range(N)], 1)
    world.put([f"v{n:05d}" for n in range(N - 10, N + 10)], 2)
    world.take([f"v{n:05d}" for n in range(20)])
    world.look()
    queries = clustered(2, D, seed=9)
    np.save(tmp_path / "q.npy", queries)

    @settings(max_examples=15, deadline=None)
    @given(over(conditions), st.sampled_from([1, 20, 900]), st.booleans())
    def check(pair: tuple[str, Model], k: int, exact: bool) -> None:
        typed, model = pair
        right = world.right(model)
        words = ["--vectors", str(tmp_path / "q.npy"), "--restrict", typed, "-k", str(k), "--json"]
        said = CliRunner().invoke(app, ["index", "search", str(world.index), *words, *(["--exact"] if exact else [])])
        assert said.exit_code == 0, said.output
        results = json.loads(said.stdout)["data"]["results"]
        let = {name for name, fine in zip(world.names, right.tolist(), strict=True) if fine}
        for query, one in zip(queries, results, strict=True):
            answer = Answer(
                ids=tuple(one["ids"]), scores=tuple(one["scores"]), plan=Plan(one["plan"]), matched=one["matched"],
                scanned=one["scanned"], note=one["note"] or "",
            )  # fmt: skip
            check_any(world, answer, query, let, k, diverse=False)
            if exact:
                check_exact(world, answer, query, right, k)

    check()
