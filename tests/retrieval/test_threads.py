"""Many threads on one searcher, while generations change under it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from support.vector_index import Small, clustered, small_index
from vibekit.core.index import Answer
from vibekit.retrieval.planner import Limits
from vibekit.retrieval.searcher import Searcher
from vibekit.retrieval.snapshot import Snapshot

LIMITS = Limits(exact=20, flat=100)
TEXTS = ("", "even", "!even", "low & even", "low | even", "low")


def generation(number: int) -> Small:
    """600 videos; in generation g those are even whose number plus g is."""
    numbers = np.arange(600)
    labels = {"even": ((numbers + number) % 2 == 0).astype(float), "low": (numbers < 300).astype(float)}
    return small_index(clustered(600, 8), labels, clusters=12, generation=f"g-{number:06d}")


def allowed(text: str, video: str, number: int) -> bool:
    n = int(video.rpartition("-")[2])
    even, low = (n + number) % 2 == 0, n < 300
    return {"": True, "even": even, "!even": not even, "low & even": low and even, "low | even": low or even,
            "low": low}[text]  # fmt: skip


def test_every_answer_is_of_one_generation() -> None:
    held = [generation(number).snapshot for number in range(1, 7)]
    now = [0]

    def newer(old: Snapshot) -> Snapshot | None:
        return held[now[0]] if held[now[0]] is not old else None

    searcher = Searcher(held[0], limits=LIMITS, memory=200_000, newer=newer, follow=True)
    wrong: list[tuple[str, Answer]] = []
    seen = set[str]()
    stop = threading.Event()

    def search(seed: int) -> int:
        random = np.random.default_rng(seed)
        count = 0
        while not stop.is_set() or count < 60:
            text = TEXTS[int(random.integers(len(TEXTS)))]
            excluded = [f"video-{n:06d}" for n in random.integers(0, 600, 3)]
            answers = searcher.search(
                clustered(int(random.integers(1, 4)), 8, seed=count), restrict=text, exclude=excluded
            )
            if len({answer.generation for answer in answers}) != 1:
                wrong.append((text, answers[0]))
            for answer in answers:
                seen.add(answer.generation)
                number = int(answer.generation.rpartition("-")[2])
                fine = all(allowed(text, one, number) and one not in excluded for one in answer.ids)
                if not fine or len(answer.ids) != 10:
                    wrong.append((text, answer))
            count += 1
        return count

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(search, seed) for seed in range(8)]
        for number in range(1, 6):
            now[0] = number
            while f"g-{number + 1:06d}" not in seen and not all(one.done() for one in running):
                stop.wait(0.01)
        stop.set()
        counts = [one.result() for one in running]
    assert not wrong
    assert len(seen) == 6
    assert min(counts) >= 60


def test_a_refresh_tells_whether_there_was_anything_new() -> None:
    first, second = generation(1).snapshot, generation(2).snapshot
    waiting: list[Snapshot] = []
    searcher = Searcher(first, newer=lambda _: waiting.pop() if waiting else None)
    assert searcher.refresh() is False
    waiting.append(second)
    assert searcher.manifest.generation == "g-000001"
    assert searcher.refresh() is True
    assert searcher.manifest.generation == "g-000002"
    assert Searcher(first).refresh() is False
