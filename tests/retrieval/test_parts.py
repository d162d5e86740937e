"""The parts of a search, each against its formula."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.vector_index import clustered, small_index
from vibekit.core.index import Effort, Metric, Storage
from vibekit.retrieval.cluster import assign, clusters_for, normalised, train_centroids
from vibekit.retrieval.codes import encode, parts_for, quantiser_of, train_codebook
from vibekit.retrieval.diverse import spread_out
from vibekit.retrieval.id_text import IdText
from vibekit.retrieval.ivf import lists_of
from vibekit.retrieval.library import faiss
from vibekit.retrieval.planner import Choice, choose
from vibekit.retrieval.storage import from_storage, sq8_of, to_storage, train_sq8
from vibekit.retrieval.topk import best


def test_few_rows_have_no_clusters() -> None:
    assert clusters_for(19_999) == 0
    assert clusters_for(20_000) == 128
    assert clusters_for(1_000_000) == 1024


def test_centroids_are_the_same_for_a_seed() -> None:
    rows = clustered(3000, 16)
    first, again = train_centroids(rows, 40, seed=1), train_centroids(rows, 40, seed=1)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)
    of = assign(normalised(rows), first)
    np.testing.assert_array_equal(of, (normalised(rows) @ first.T).argmax(axis=1))
    assert of.dtype == np.int32


@given(st.integers(1, 4000))
def test_parts_are_even_and_fit_16_bits(dim: int) -> None:
    parts = parts_for(dim)
    assert parts % 2 == 0
    assert 2 <= parts <= 256
    assert parts * 255 < 2**16


@pytest.mark.parametrize("dim", [1, 3, 8, 33, pytest.param(300, marks=pytest.mark.slow)])
def test_codes_are_the_nearest_words(dim: int) -> None:
    rows = clustered(300, dim)
    codebook = train_codebook(rows)
    parts, words, width = codebook.shape
    assert (parts, words) == (parts_for(dim), 16)
    assert parts * width >= dim
    codes = encode(rows, codebook)
    assert codes.shape == (300, parts // 2)
    assert quantiser_of(codebook).code_size == parts // 2
    halves = np.stack([codes & 15, codes >> 4], axis=2).reshape(300, parts)
    wide = np.zeros((300, parts * width), np.float32)
    wide[:, :dim] = rows
    gaps = ((wide.reshape(300, parts, 1, width) - codebook[None]) ** 2).sum(axis=3)
    chosen = np.take_along_axis(gaps, halves[:, :, None].astype(np.int64), 2)[:, :, 0]
    np.testing.assert_allclose(chosen, gaps.min(axis=2), atol=1e-4)


def test_a_sample_in_the_order_of_the_rows_is_as_good_as_any() -> None:
    rows = clustered(12_000, 8, clusters=3)
    ordered = rows[np.argsort(rows[:, 0])]

    def gap(sample: np.ndarray) -> float:
        codebook = train_codebook(sample)
        codes = encode(rows, codebook)
        halves = np.stack([codes & 15, codes >> 4], axis=2).reshape(len(rows), -1)
        read = np.stack([codebook[part, halves[:, part], 0] for part in range(8)], axis=1)
        return float(((rows - read) ** 2).mean())

    assert gap(ordered) <= 1.1 * gap(rows)


def test_storage_of_four_bytes_is_what_was_given() -> None:
    rows = clustered(50, 8)
    assert from_storage(to_storage(rows, Storage.FP32)) is not None
    np.testing.assert_array_equal(from_storage(to_storage(rows, Storage.FP32)), rows)
    np.testing.assert_array_equal(from_storage(to_storage(rows, Storage.FP16)), rows.astype(np.float16))


def test_storage_of_one_byte_is_off_by_half_a_step() -> None:
    rows = clustered(500, 8)
    rows[:, 3] = 0.25
    scale = train_sq8(rows)
    stored = to_storage(rows, Storage.SQ8, sq8=scale)
    assert stored.dtype == np.uint8
    gaps = np.abs(from_storage(stored, sq8=scale) - rows)
    assert (gaps <= 0.5 * scale[1] + 1e-6).all()
    np.testing.assert_array_equal(from_storage(stored, sq8=scale)[:, 3], np.float32(0.25))
    np.testing.assert_array_equal(scale, sq8_of(rows.min(axis=0), rows.max(axis=0)))


def test_storage_of_one_byte_is_that_of_faiss() -> None:
    rows = clustered(500, 8)
    scale = train_sq8(rows)
    theirs = faiss.ScalarQuantizer(8, faiss.ScalarQuantizer.QT_8bit)
    faiss.copy_array_to_vector(np.concatenate([scale[0], scale[1] * 255]), theirs.trained)
    stored = to_storage(rows, Storage.SQ8, sq8=scale)
    np.testing.assert_allclose(theirs.decode(stored), from_storage(stored, sq8=scale), atol=1e-5)


def test_values_beyond_the_scale_are_cut_off() -> None:
    scale = sq8_of([0.0, 0.0], [1.0, 1.0])
    assert to_storage(np.array([[-5.0, 5.0]]), Storage.SQ8, sq8=scale).tolist() == [[0, 255]]


@settings(deadline=None)
@given(
    st.one_of(st.integers(1, 60), st.integers(8_100, 8_500)), st.integers(1, 70), st.integers(1, 4), st.integers(0, 9),
    st.sampled_from([2, 9, 1_000_000]),
)  # fmt: skip
def test_the_best_are_the_largest(n: int, k: int, queries: int, seed: int, values: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, values, (queries, n)).astype(np.float32)
    scores[:, random.random(n) < 0.1] = -np.inf
    found, places = best(scores, np.arange(n), k)
    np.testing.assert_array_equal(found, -np.sort(-scores, axis=1)[:, :k])
    np.testing.assert_array_equal(np.take_along_axis(scores, places, 1), found)
    assert all(len(set(row)) == min(k, n) for row in places.tolist())
    again, own = best(scores, np.tile(np.arange(n), (queries, 1)), k)
    np.testing.assert_array_equal(found, again)
    np.testing.assert_array_equal(np.take_along_axis(scores, own, 1), again)


@settings(deadline=None)
@given(
    st.integers(1, 200), st.integers(1, 4000), st.integers(1, 3), st.integers(0, 9), st.sampled_from([0, 0.05, 0.5, 9])
)
def test_lists_are_the_nearest_that_cover(lists: int, scan: int, queries: int, seed: int, margin: float) -> None:
    random = np.random.default_rng(seed)
    centres = random.normal(size=(lists, 4)).astype(np.float32)
    counts = random.integers(1, 40, lists)
    numbers = np.sort(random.choice(1000, lists, replace=False))
    near = random.normal(size=(queries, 4)).astype(np.float32)
    chosen, covered = lists_of(near, centres, numbers, counts, scan, margin)
    for query, mine, rows in zip(near, chosen, covered, strict=True):
        order = np.argsort(-(centres @ query))
        take = next((i + 1 for i in range(lists) if counts[order[: i + 1]].sum() >= scan), lists)
        scores = centres @ query
        close = scores >= scores.max() - margin * np.linalg.norm(query)
        take = max(take, int(close.sum()))
        opened = mine[mine >= 0]
        assert set(opened.tolist()) == set(numbers[order[:take]].tolist())
        assert len(opened) == take
        assert rows == counts[order[:take]].sum()


def test_relevance_alone_keeps_the_order() -> None:
    vectors = normalised(clustered(30, 8))
    scores = np.sort(np.random.default_rng(0).random(30).astype(np.float32))[::-1]
    assert spread_out(scores, vectors, 10, 0.0).tolist() == list(range(10))


def test_marginal_relevance_by_hand() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0.6, 0.8]], np.float32)
    scores = np.array([0.9, 0.89, 0.5, 0.6], np.float32)
    # after the first: 0.5 * 0.89 - 0.5 * 1, 0.5 * 0.5 - 0, 0.5 * 0.6 - 0.5 * 0.6; then -0.055 against -0.1
    assert spread_out(scores, vectors, 3, 0.5).tolist() == [0, 2, 1]
    assert spread_out(scores, vectors, 9, 0.5).tolist() == [0, 2, 1, 3]
    assert spread_out(scores, vectors, 0, 0.5).tolist() == []
    assert spread_out(scores[:0], vectors[:0], 3, 0.5).tolist() == []


def effort(restriction: str, matched: int, k: int, scan: int, refine: int, recall: float = 0.96) -> Effort:
    return Effort(restriction=restriction, matched=matched, k=k, scan=scan, refine=refine, recall=recall, queries=9)


EFFORTS = (
    effort("calming", 5000, 10, 1000, 40),
    effort("calming", 5000, 100, 2000, 300, 0.97),
    effort("*", 90_000, 10, 3000, 50),
    effort("", 5000, 10, 4000, 60, 0.955),
    effort("", 90_000, 10, 3000, 80),
)


def test_a_measured_restriction_has_its_own_effort() -> None:
    assert choose(EFFORTS, restriction="calming", matched=5100, k=10) == Choice(1000, 40, 0.96)
    assert choose(EFFORTS, restriction="calming", matched=5100, k=11) == Choice(2000, 300, 0.97)
    assert choose(EFFORTS, restriction="", matched=90_000, k=3) == Choice(3000, 50, 0.96)


def test_beyond_the_largest_k_it_grows_with_k() -> None:
    assert choose(EFFORTS, restriction="calming", matched=5100, k=200) == Choice(4000, 600, None)


def test_other_restrictions_take_the_larger_of_their_neighbours() -> None:
    assert choose(EFFORTS, restriction="sad", matched=20_000, k=10) == Choice(4000, 80, 0.955)
    assert choose(EFFORTS, restriction="sad", matched=100_000, k=10) == Choice(3000, 80, 0.96)
    assert choose(EFFORTS, restriction="sad", matched=100, k=10) == Choice(4000, 60, 0.955)


def test_where_nothing_was_measured_it_is_cautious() -> None:
    choice = choose((), restriction="sad", matched=20_000, k=10)
    assert choice.scan >= 16_000
    assert choice.refine >= 300
    assert choice.recall is None


@pytest.mark.parametrize("order", [True, False])
def test_places_of_ids(order: bool) -> None:
    from dataclasses import replace

    random = np.random.default_rng(0)
    index = small_index(clustered(300, 4), {}, tail=40, removed=random.random(300) < 0.2)
    snapshot = index.snapshot if order else replace(index.snapshot, ids_order=None)
    asked = [*index.ids, "", "aaa", "zzz", "video-0000001"]
    wanted = [i if alive else -1 for i, alive in enumerate(index.alive.tolist())] + [-1] * 4
    assert snapshot.places_of(asked).tolist() == wanted
    assert snapshot.places_of([]).tolist() == []
    for one, place in list(zip(asked, wanted, strict=True))[::37]:
        assert snapshot.places_of([one]).tolist() == [place]
    there = np.flatnonzero(index.alive)
    assert snapshot.ids_at(there) == [index.ids[i] for i in there.tolist()]


def test_rows_of_any_length_for_inner_product() -> None:
    index = small_index(clustered(200, 4) * 7, {}, metric=Metric.INNER_PRODUCT)
    assert np.linalg.norm(index.vectors, axis=1).max() > 2


@settings(deadline=None)
@given(
    st.one_of(
        st.lists(st.text(st.characters(codec="utf-8"), max_size=6), min_size=1, max_size=40),
        st.lists(st.text("abcé", min_size=4, max_size=4), min_size=1, max_size=40),
    ),
    st.integers(0, 5), st.integers(0, 9),
)  # fmt: skip
def test_ids_are_read_where_they_lie(ids: list[str], first: int, seed: int) -> None:
    column = pa.array(["x"] * first + ids, pa.string())[first:]
    places = np.random.default_rng(seed).integers(0, len(ids), 7)
    for held in (column, pa.chunked_array([column]), pa.chunked_array([column, column])):
        assert IdText(held).at(places) == [ids[at] for at in places]
