"""Searches that leave out what was seen, or look at a list only: what is nearest then is found as well."""

from dataclasses import replace

import numpy as np
import pytest

from support.vector_index import Small, clustered, small_index
from vibekit.core.index import Answer, Plan
from vibekit.retrieval.effort import measure_efforts
from vibekit.retrieval.narrow import passed_over
from vibekit.retrieval.planner import choose
from vibekit.retrieval.query_kinds import draw_queries
from vibekit.retrieval.searcher import Searcher

N, D, USERS = 50_000, 48, 24


def _shares(found: list[Answer], truth: list[Answer]) -> float:
    return float(np.mean([len(set(a.ids) & set(b.ids)) / len(b.ids) for a, b in zip(found, truth, strict=True)]))


@pytest.fixture(scope="module")
def measured() -> tuple[Small, Searcher]:
    random = np.random.default_rng(1)
    vectors = clustered(N, D, clusters=300)
    labels = {
        "half": random.choice([1.0, 0.0], N),
        "tied": (vectors @ random.normal(size=D) > 2).astype(float),
    }
    index = small_index(vectors, labels, clusters=224)
    efforts = measure_efforts(index.snapshot, ks=(10, 100, 500), target=0.95, seed=1)
    return index, Searcher(replace(index.snapshot, manifest=replace(index.snapshot.manifest, efforts=efforts)))


@pytest.mark.slow
@pytest.mark.parametrize("seen", [40, 250, 400, 1_000, 3_000])
@pytest.mark.parametrize("text", ["", "half", "tied"])
def test_what_comes_after_all_that_was_seen_is_found(measured: tuple[Small, Searcher], text: str, seen: int) -> None:
    index, searcher = measured
    kinds = draw_queries(index.snapshot, searcher.places(text), USERS, np.random.default_rng(9))
    users = kinds.vectors[kinds.bounds[2] :][:USERS]
    found, truth = [], []
    for user in users:
        known = searcher.search(user, k=seen, restrict=text, exact=True)[0].ids
        truth += searcher.search(user, k=10, restrict=text, exclude=known, exact=True)
        found += searcher.search(user, k=10, restrict=text, exclude=known)
        assert not set(found[-1].ids) & set(known)
    assert _shares(found, truth) >= 0.9
    if seen >= 1_000:
        assert {one.expected_recall for one in found} <= {None, 1.0}


@pytest.mark.slow
def test_a_batch_says_of_each_query_how_it_was_answered(measured: tuple[Small, Searcher]) -> None:
    index, searcher = measured
    queries = index.vectors[:3]
    known = searcher.search(queries[1], k=2_000, exact=True)[0].ids
    batch = searcher.search(queries, exclude=known)
    alone = [searcher.search(query, exclude=known)[0] for query in queries]
    for one, other in zip(batch, alone, strict=True):
        assert (one.plan, one.expected_recall, one.matched) == (other.plan, other.expected_recall, N - 2_000)
        assert len(set(one.ids) & set(other.ids)) >= 9
    assert batch[1].expected_recall is None or batch[1].plan is Plan.EXACT


@pytest.mark.slow
def test_of_a_list_of_ids_nothing_is_claimed(measured: tuple[Small, Searcher]) -> None:
    index, searcher = measured
    # all of them on one side, so that they are as tied to the content as can be
    side = np.argsort(-(index.vectors @ np.random.default_rng(2).normal(size=D)))[:15_000]
    listed = np.array(index.ids)[side].tolist()
    queries = index.vectors[np.random.default_rng(3).choice(N, 60)]
    for text in ("", "tied"):
        found = searcher.search(queries, restrict=text, allow=listed)
        truth = searcher.search(queries, restrict=text, allow=listed, exact=True)
        assert _shares(found, truth) >= 0.93
        for one in found:
            assert one.expected_recall is None or one.plan is Plan.EXACT
            assert set(one.ids) <= set(listed)


def test_what_was_passed_over_is_counted() -> None:
    index = small_index(clustered(300, 8), {}, tail=20)
    queries = index.vectors[:2]
    scores = queries @ index.vectors.T
    excluded = np.arange(0, 300, 3)
    worst = np.sort(scores, axis=1)[:, -30]
    wanted = (scores[:, excluded] >= worst[:, None]).sum(axis=1)
    assert passed_over(index.snapshot, excluded, queries, worst).tolist() == wanted.tolist()


def test_nothing_is_promised_of_what_was_not_measured() -> None:
    assert choose((), restriction="", matched=1_000, k=10).recall is None
