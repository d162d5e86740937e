"""What was measured when an index was built holds for queries that come later."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from support.vector_index import Rows, clustered, small_index
from vibekit.core.index import Plan
from vibekit.retrieval.effort import measure_efforts
from vibekit.retrieval.planner import EVERYTHING, OTHER
from vibekit.retrieval.searcher import Searcher
from vibekit.retrieval.snapshot import Snapshot

N, D = 50_000, 64
KS = (10, 100)


@pytest.mark.slow
def test_chosen_efforts_reach_their_target() -> None:
    random = np.random.default_rng(1)
    vectors = clustered(N, D, clusters=300)
    tied = (vectors @ random.normal(size=D) > 2).astype(float)
    labels = {
        "half": random.choice([1.0, 0.0], N),
        "tied": tied,
        "tenth": random.choice([1.0, 0.0], N, p=[0.1, 0.9]),
        "rare": random.choice([1.0, 0.0], N, p=[0.01, 0.99]),
    }
    index = small_index(vectors, labels, clusters=224)
    efforts = measure_efforts(index.snapshot, ks=KS, target=0.95, seed=1)
    assert efforts == measure_efforts(index.snapshot, ks=KS, target=0.95, seed=1)
    named = {one.restriction for one in efforts}
    assert {EVERYTHING, OTHER, "half", "tied", "tenth"} <= named
    assert all(one.recall >= 0.95 for one in efforts)
    searcher = Searcher(replace(index.snapshot, manifest=replace(index.snapshot.manifest, efforts=efforts)))
    rows = random.choice(N, (150, 2))
    users = (5 * vectors[rows[:, 0]] + 2 * vectors[rows[:, 1]]) / 7
    near = vectors[rows[:, 0]] + 0.3 * random.normal(size=(150, D)).astype(np.float32)
    fresh = np.concatenate([near, users])
    for text in ("", "half", "!half", "tied", "tenth", "tied & !half", "half | tenth", "!(half & tied)"):
        for k in KS:
            truth = searcher.search(fresh, k=k, restrict=text, exact=True)
            found = searcher.search(fresh, k=k, restrict=text)
            shares = [len(set(a.ids) & set(b.ids)) / k for a, b in zip(found, truth, strict=True)]
            assert found[0].plan is Plan.IVF
            assert found[0].expected_recall is not None
            assert found[0].expected_recall >= 0.95
            assert np.mean(shares) >= 0.95 - 2 * np.std(shares) / len(shares) ** 0.5, (text, k)
    assert searcher.search(fresh[:1], restrict="rare")[0].plan is Plan.EXACT


@cache
def half_known() -> tuple[Snapshot, Rows]:
    """Return an index that knows efforts of ``half`` and ``tied``, not of both, and queries."""
    random = np.random.default_rng(2)
    vectors = clustered(20_000, 32, clusters=150)
    labels = {
        "half": random.choice([1.0, 0.0], len(vectors)),
        "tied": (vectors @ random.normal(size=32) > 1).astype(float),
    }
    index = small_index(vectors, labels, clusters=128)
    efforts = measure_efforts(index.snapshot, ks=(10,), target=0.95)
    # far more than is needed, as where another restriction of as many matches needs it
    known = (replace(one, refine=900) if one.restriction == OTHER else one for one in efforts)
    efforts = tuple(one for one in known if one.restriction in {EVERYTHING, OTHER, "half", "tied"})
    snapshot = replace(index.snapshot, manifest=replace(index.snapshot.manifest, efforts=efforts))
    return snapshot, vectors[random.choice(len(vectors), 400)] + np.float32(0.02)


def learning() -> tuple[Searcher, Rows]:
    snapshot, queries = half_known()
    return Searcher(snapshot), queries


def recall_of(searcher: Searcher, queries: Rows, text: str) -> float:
    truth = searcher.search(queries, restrict=text, exact=True)
    found = searcher.search(queries, restrict=text)
    return float(np.mean([len(set(a.ids) & set(b.ids)) / 10 for a, b in zip(found, truth, strict=True)]))


def test_a_restriction_that_is_asked_for_often_is_measured() -> None:
    searcher, queries = learning()
    text = "half & !tied"
    before = searcher.search(queries[:1], restrict=text)[0].expected_recall
    for _ in range(5):
        searcher.search(queries[:100], restrict=text)
    after = searcher.search(queries[:1], restrict=text)[0].expected_recall
    assert before is not None
    assert after is not None
    assert after != before
    assert after >= 0.95
    assert recall_of(searcher, queries, text) >= 0.95
    # and it holds for more results than were measured, and with a list
    assert len(searcher.search(queries[:1], restrict=text, k=50)[0].ids) == 50
    some = searcher.search(queries[:1], restrict=text, k=900, exact=True)[0].ids
    assert set(searcher.search(queries[:1], restrict=text, allow=some)[0].ids) <= set(some)


def test_a_restriction_that_is_warmed_is_measured_at_once() -> None:
    searcher, queries = learning()
    searcher.warm(["half & !tied"])
    known, other = (searcher.search(queries[:1], restrict=one)[0] for one in ("!tied & half", "half | tied"))
    assert known.expected_recall is not None
    assert known.expected_recall >= 0.95
    assert other.expected_recall != known.expected_recall
    assert recall_of(searcher, queries, "half & !tied") >= 0.95


def test_threads_that_ask_while_one_measures_are_answered() -> None:
    searcher, queries = learning()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda at: searcher.search(queries[at : at + 5], restrict="half & tied"), range(0, 395)))
    truth = searcher.search(queries, restrict="half & tied", exact=True)
    shares = [len(set(one.ids) & set(truth[at].ids)) / 10 for at, batch in enumerate(found) for one in batch[:1]]
    assert np.mean(shares) >= 0.95


def test_without_clusters_there_is_nothing_to_measure() -> None:
    index = small_index(clustered(300, 8), {"one": np.ones(300)})
    assert measure_efforts(index.snapshot, ks=KS, target=0.95) == ()


def blind(rows: int, dim: int) -> tuple[Searcher, Rows]:
    """Return a searcher whose codes are all the same, and its vectors."""
    vectors = clustered(rows, dim, clusters=200)
    index = small_index(vectors, {"most": (np.arange(rows) % 8 > 0).astype(float)}, clusters=64)
    assert index.snapshot.codes is not None
    snapshot = replace(index.snapshot, codes=np.zeros_like(index.snapshot.codes))
    efforts = measure_efforts(snapshot, ks=(10,), target=0.95)
    return Searcher(replace(snapshot, manifest=replace(snapshot.manifest, efforts=efforts))), vectors


def test_where_codes_tell_nothing_every_vector_is_compared() -> None:
    searcher, _ = blind(6_000, 16)
    queries = np.random.default_rng(1).normal(size=(20, 16)).astype(np.float32)
    for text in ("", "most"):
        found = searcher.search(queries, k=10, restrict=text)
        assert {one.plan for one in found} == {Plan.EXACT}
        assert {one.expected_recall for one in found} == {1.0}
        assert found == searcher.search(queries, k=10, restrict=text, exact=True)


def test_where_codes_tell_nothing_vectors_of_the_nearest_clusters_are_compared() -> None:
    searcher, vectors = blind(24_000, 8)
    queries = vectors[np.random.default_rng(1).choice(len(vectors), 100)] + np.float32(0.01)
    for text in ("", "most"):
        truth = searcher.search(queries, k=10, restrict=text, exact=True)
        for _ in range(3):
            found = searcher.search(queries, k=10, restrict=text)
            assert {one.plan for one in found} == {Plan.IVF}
            assert all(one.expected_recall is not None and one.expected_recall >= 0.95 for one in found)
            assert np.mean([one.scanned for one in found]) < found[0].matched / 2
            shares = [len(set(a.ids) & set(b.ids)) / 10 for a, b in zip(found, truth, strict=True)]
            assert np.mean(shares) >= 0.95 - 2 * np.std(shares) / 10
            assert found == [one for query in queries for one in searcher.search(query, k=10, restrict=text)]
        allowed = {video for one in searcher.search(vectors[0], k=24_000, restrict=text) for video in one.ids}
        assert all(set(one.ids) <= allowed for one in found)
