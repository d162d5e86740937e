"""What a searcher finds, held against a plain search of the same rows."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from support.vector_index import Small, clustered, small_index
from vibekit.core.index import Answer, Metric, Plan, Storage
from vibekit.errors import InputError, UsageError
from vibekit.retrieval.planner import Limits
from vibekit.retrieval.searcher import Searcher

Mask = NDArray[np.bool_]
N, D, TAIL = 1500, 24, 60
SMALL = Limits(exact=40, flat=200)
"""So that rows of a test are searched in all ways."""


def made(*, clusters: int = 25, storage: Storage = Storage.FP32, metric: Metric = Metric.COSINE) -> Small:
    random = np.random.default_rng(3)
    vectors = clustered(N, D)
    labels = {
        "calming": random.choice([1.0, 0.0, np.nan], N, p=[0.5, 0.4, 0.1]),
        "sad": random.choice([1.0, 0.0, np.nan], N, p=[0.15, 0.7, 0.15]),
        "rare": random.choice([1.0, 0.0], N, p=[0.02, 0.98]),
        "tied": (vectors[:, 0] > 0.3).astype(float),
    }
    return small_index(
        vectors,
        labels,
        clusters=clusters,
        storage=storage,
        metric=metric,
        tail=TAIL,
        removed=random.random(N) < 0.05,
    )


INDEXES = {
    "no clusters": made(clusters=0),
    "fp32": made(),
    "fp16": made(storage=Storage.FP16),
    "sq8": made(storage=Storage.SQ8),
    "inner product": made(metric=Metric.INNER_PRODUCT),
}
ANY_INDEX = pytest.mark.parametrize("name", INDEXES)


@st.composite
def restrictions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Callable[[Small], tuple[Mask, Mask]]]:
    """A restriction, and what it is: surely true, surely false."""
    if depth == 0 or draw(st.booleans()):
        name = draw(st.sampled_from(["calming", "sad", "rare", "tied"]))
        return name, lambda index: (index.labels[name] == 1, index.labels[name] == 0)
    one, of_one = draw(restrictions(depth=depth - 1))
    kind = draw(st.sampled_from("!&|"))
    if kind == "!":
        return f"!({one})", lambda index: of_one(index)[::-1]
    two, of_two = draw(restrictions(depth=depth - 1))

    def both(index: Small) -> tuple[Mask, Mask]:
        (a, no_a), (b, no_b) = of_one(index), of_two(index)
        return (a & b, no_a | no_b) if kind == "&" else (a | b, no_a & no_b)

    return f"({one}) {kind} ({two})", both


def same(answer: Answer, truth: list[tuple[str, float]], k: int) -> None:
    """The same scores, and ids that have them: those of equal scores may come in any order."""
    wanted = truth[:k]
    assert len(answer.ids) == len(wanted)
    assert len(set(answer.ids)) == len(wanted)
    np.testing.assert_allclose(answer.scores, [score for _, score in wanted], rtol=2e-5, atol=2e-5)
    scores = dict(truth)
    np.testing.assert_allclose([scores[one] for one in answer.ids], answer.scores, rtol=2e-5, atol=2e-5)


@ANY_INDEX
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_exact_equals_a_plain_search(name: str, data: st.DataObject) -> None:
    index = INDEXES[name]
    text, allowed = data.draw(restrictions())
    k = data.draw(st.sampled_from([1, 3, 10, 200, 2000]))
    query = clustered(1, D, seed=data.draw(st.integers(0, 99)))[0]
    truth = index.truth(query, allowed(index)[0])
    searcher = Searcher(index.snapshot, limits=SMALL)
    answer = searcher.search(query, k=k, restrict=text, exact=True)[0]
    same(answer, truth, k)
    assert answer.matched == len(truth) == searcher.matched(text)
    assert answer.plan is (Plan.EXACT if truth else Plan.EMPTY)
    assert bool(answer.note) is (len(truth) < k)


@ANY_INDEX
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_nothing_else_is_found_and_no_fewer(name: str, data: st.DataObject) -> None:
    index = INDEXES[name]
    text, allowed = data.draw(restrictions())
    k = data.draw(st.sampled_from([1, 10, 300, 2000]))
    queries = clustered(data.draw(st.integers(1, 5)), D, seed=data.draw(st.integers(0, 99)))
    ids = np.array(index.ids)
    mine = allowed(index)[0] & index.alive
    excluded = set(ids[np.random.default_rng(k).random(len(ids)) < data.draw(st.sampled_from([0, 0.02, 0.5]))].tolist())
    few = set(ids[:: data.draw(st.sampled_from([3, 40]))].tolist()) if data.draw(st.booleans()) else None
    wanted = set(ids[mine].tolist()) - excluded
    if few is not None:
        wanted &= few
    searcher = Searcher(index.snapshot, limits=SMALL)
    searcher.warm([""] if data.draw(st.booleans()) else [text])
    for diverse in (0.0, 0.4):
        answers = searcher.search(queries, k=k, restrict=text, exclude=excluded, allow=few, diverse=diverse)
        assert len(answers) == len(queries)
        for answer in answers:
            assert set(answer.ids) <= wanted
            assert len(set(answer.ids)) == len(answer.ids) == min(k, len(wanted))
            assert answer.matched == len(wanted)
            assert len(answer.scores) == len(answer.ids)
            if not diverse:
                assert list(answer.scores) == sorted(answer.scores, reverse=True)


@ANY_INDEX
def test_one_at_a_time_is_what_a_batch_says(name: str) -> None:
    index = INDEXES[name]
    queries = clustered(20, D, seed=5)
    searcher = Searcher(index.snapshot, limits=SMALL)
    for text in ("", "calming", "calming & !sad", "rare"):
        batch = searcher.search(queries, restrict=text)
        for query, answer in zip(queries, batch, strict=True):
            alone = searcher.search(query, restrict=text)[0]
            assert alone.plan is answer.plan
            assert len(set(alone.ids) & set(answer.ids)) >= 9
            np.testing.assert_allclose(alone.scores[:3], answer.scores[:3], atol=1e-5)


@pytest.mark.parametrize("name", ["fp32", "fp16", "sq8", "inner product"])
def test_codes_find_nearly_all(name: str) -> None:
    index = INDEXES[name]
    queries = clustered(60, D, seed=6)
    searcher = Searcher(index.snapshot, limits=SMALL)
    for text in ("", "calming", "tied & !sad"):
        truth = searcher.search(queries, restrict=text, exact=True)
        cold, warm = searcher.search(queries, restrict=text), searcher.search(queries, restrict=text)
        assert {answer.plan for answer in cold} == {Plan.IVF}
        assert [answer.ids for answer in cold] == [answer.ids for answer in warm]
        shares = [len(set(a.ids) & set(b.ids)) / 10 for a, b in zip(warm, truth, strict=True)]
        assert np.mean(shares) > 0.9


def test_a_first_search_by_the_codes_of_all_says_the_same() -> None:
    index = INDEXES["fp32"]
    queries = clustered(20, D, seed=6)
    borrowing, owning = Searcher(index.snapshot, limits=SMALL), Searcher(index.snapshot, limits=SMALL)
    borrowing.warm([""])
    owning.warm(["calming"])
    for a, b in zip(
        borrowing.search(queries, restrict="calming"), owning.search(queries, restrict="calming"), strict=True
    ):
        assert a.plan is b.plan is Plan.IVF
        assert a.ids == b.ids


def test_efforts_of_a_restriction_say_how_far() -> None:
    answer = Searcher(INDEXES["fp32"].snapshot, limits=SMALL).search(clustered(1, D), restrict="calming")[0]
    assert answer.expected_recall is None
    assert answer.scanned <= answer.matched
    exact = Searcher(INDEXES["fp32"].snapshot).search(clustered(1, D), restrict="rare")[0]
    assert (exact.plan, exact.expected_recall, exact.scanned) == (Plan.EXACT, 1, exact.matched)


def test_videos_are_found_by_their_own_vectors() -> None:
    for name, index in INDEXES.items():
        searcher = Searcher(index.snapshot, limits=SMALL)
        some = [one for one, alive in zip(index.ids, index.alive, strict=True) if alive][::100]
        places = [index.ids.index(one) for one in some]
        np.testing.assert_allclose(searcher.vectors_of(some), index.vectors[places], rtol=1e-6)
        if name != "inner product":
            assert [answer.ids[0] for answer in searcher.search(searcher.vectors_of(some), k=1)] == some
    with pytest.raises(InputError, match="no video 'nobody' and 1 more"):
        searcher.vectors_of(["nobody", index.ids[0], "video"])


def test_removed_videos_have_no_vectors() -> None:
    index = INDEXES["fp32"]
    gone = [one for one, alive in zip(index.ids, index.alive, strict=True) if not alive]
    for one in gone[:5]:
        with pytest.raises(InputError, match=one):
            Searcher(index.snapshot).vectors_of([one])


def test_empty_answers_say_so() -> None:
    searcher = Searcher(INDEXES["fp32"].snapshot)
    answer = searcher.search(clustered(1, D), restrict="rare & !rare")[0]
    assert (answer.ids, answer.plan, answer.matched, answer.note) == ((), Plan.EMPTY, 0, "no video matches")
    answer = searcher.search(clustered(1, D), allow=[INDEXES["fp32"].ids[3], "nobody"])[0]
    assert len(answer.ids) == answer.matched
    assert answer.note.startswith("only 1 ") or not answer.matched
    assert searcher.search(np.zeros((0, D), np.float32)) == []


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        (np.zeros(D), "query 1 of 1 is all zeros"),
        (np.full(D, np.nan), "query 1 of 1 is not finite"),
        (np.vstack([np.ones(D), np.full(D, np.inf)]), "query 2 of 2 is not finite"),
        (np.full(D, 1e300), "query 1 of 1 is not finite"),
        (np.vstack([np.ones(D), np.zeros(D)]), "query 2 of 2 is all zeros"),
        (np.ones(D + 1), f"queries of {D + 1}, the index holds vectors of {D} dimensions"),
        (np.ones((2, 2, D)), "dimensions"),
        (np.float32(1), "dimensions"),
        (["a"] * D, "not numbers"),
        (np.ones(D, bool), "not numbers"),
        (np.ones(D, complex), "not numbers"),
    ],
)
def test_queries_that_cannot_be_searched(queries: object, said: str) -> None:
    for metric in ("fp32", "inner product"):
        with pytest.raises(InputError, match=said):
            Searcher(INDEXES[metric].snapshot).search(queries)  # type: ignore[arg-type]


@pytest.mark.parametrize("length", [1e-30, 1e-12, 1.0, 1e12, 1e30])
def test_the_length_of_a_query_does_not_matter_for_cosine(length: float) -> None:
    searcher = Searcher(INDEXES["fp32"].snapshot)
    query = clustered(1, D)[0]
    plain, other = searcher.search(query)[0], searcher.search(query.astype(np.float64) * length)[0]
    assert plain.ids == other.ids
    np.testing.assert_allclose(plain.scores, other.scores, atol=1e-5)


@pytest.mark.parametrize("k", [0, -1, True, 1.5, 100_001])
def test_numbers_of_results_that_cannot_be(k: int) -> None:
    with pytest.raises(UsageError, match="the number of results"):
        Searcher(INDEXES["fp32"].snapshot).search(clustered(1, D), k=k)


@pytest.mark.parametrize("diverse", [-0.1, 1.1, float("nan")])
def test_diversity_is_a_share(diverse: float) -> None:
    with pytest.raises(UsageError, match="diverse"):
        Searcher(INDEXES["fp32"].snapshot).search(clustered(1, D), diverse=diverse)


def test_an_unknown_attribute() -> None:
    with pytest.raises(UsageError, match="calmin"):
        Searcher(INDEXES["fp32"].snapshot).search(clustered(1, D), restrict="calmin")


def test_little_memory_changes_no_answer() -> None:
    index = INDEXES["fp32"]
    queries = clustered(10, D, seed=8)
    rich, poor = Searcher(index.snapshot, limits=SMALL), Searcher(index.snapshot, limits=SMALL, memory=0)
    for _ in range(2):
        for text in ("calming", "sad", "calming & !sad", "rare", ""):
            for a, b in zip(rich.search(queries, restrict=text), poor.search(queries, restrict=text), strict=True):
                assert a.plan is b.plan
                np.testing.assert_allclose(a.scores, b.scores, atol=1e-5)
