"""The order of questions: complete, each rater's own, repeats far behind, the same on every day."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from support.reference import ROOT
from vibekit.core.golden import Event, EventKind
from vibekit.formats.attribute import read_attribute
from vibekit.labelling.queue import GAP, open_tasks, plan, skipped_tasks, standing_of
from vibekit.labelling.study import Clip, Order, Study, Task

ATTRIBUTES = {n: read_attribute(ROOT / "attributes" / f"{n}.yaml") for n in ("calming", "cozy")}


def study(videos: int, *, order: Order = Order.ATTRIBUTE, repeats: float = 0.08, seed: int = 0) -> Study:
    clips = {f"v{n}": Clip(video_id=f"v{n}", path=Path(f"v{n}.mp4")) for n in range(videos)}
    return Study(clips=clips, attributes=ATTRIBUTES, order=order, repeats=repeats, seed=seed)


@given(st.integers(1, 60), st.sampled_from(Order), st.floats(0, 0.5), st.integers(0, 9), st.sampled_from(["anna", "b"]))
def test_everything_is_asked_once_and_a_share_twice(
    videos: int, order: Order, repeats: float, seed: int, rater: str
) -> None:
    tasks = plan(study(videos, order=order, repeats=repeats, seed=seed), rater)
    assert len(set(tasks)) == len(tasks)
    first = [t for t in tasks if t.repeat == 0]
    assert len(first) == videos * 2
    again = [t for t in tasks if t.repeat]
    expected = 0 if repeats == 0 or videos < 5 else max(1, round(repeats * videos))
    assert len(again) == expected * 2
    for task in again:
        there = tasks.index(Task(video_id=task.video_id, attribute=task.attribute))
        assert tasks.index(task) - there > min(GAP, videos // 2) * (2 if order is Order.VIDEO else 1)
    blocks = [t.attribute if order is Order.ATTRIBUTE else (t.video_id, t.repeat) for t in tasks]
    changes = sum(a != b for a, b in pairwise(blocks))
    assert changes + 1 == len(set(blocks)), "a block is asked in one go"


def test_the_order_is_the_raters_own_and_the_same_tomorrow() -> None:
    assert plan(study(40), "anna") == plan(study(40), "anna")
    assert plan(study(40), "anna") != plan(study(40), "ben")
    assert plan(study(40, seed=1), "anna") != plan(study(40), "anna")


def test_a_video_that_is_added_does_not_move_the_others() -> None:
    def firsts(tasks: tuple[Task, ...]) -> list[Task]:
        return [t for t in tasks if t.repeat == 0 and t.video_id != "v40"]

    assert firsts(plan(study(41), "anna")) == firsts(plan(study(40), "anna"))


def test_rounds_come_one_after_the_other() -> None:
    clips = {f"v{n}": Clip(video_id=f"v{n}", path=Path("x"), round=1 + n % 3) for n in range(30)}
    asked = plan(Study(clips=clips, attributes={"calming": ATTRIBUTES["calming"]}, repeats=0), "anna")
    assert [clips[t.video_id].round for t in asked] == [1] * 10 + [2] * 10 + [3] * 10


def test_a_second_time_is_not_asked_while_the_first_is_open_or_skipped() -> None:
    tasks = (Task(video_id="v", attribute="calming"), Task(video_id="v", attribute="calming", repeat=1))

    def event(kind: EventKind, value: bool | None = None) -> Event:
        return Event(rater="anna", video_id="v", attribute="calming", kind=kind, value=value)

    skipped = standing_of([event(EventKind.SKIP)])
    assert open_tasks(tasks, {}) == [tasks[0]]
    assert open_tasks(tasks, skipped) == []
    assert skipped_tasks(tasks, skipped) == [tasks[0]]
    assert open_tasks(tasks, standing_of([event(EventKind.SKIP), event(EventKind.RATING, value=True)])) == [tasks[1]]


def test_what_was_skipped_longest_ago_comes_first() -> None:
    tasks = tuple(Task(video_id=v, attribute="calming") for v in "ab")

    def skip(video: str) -> Event:
        return Event(rater="anna", video_id=video, attribute="calming", kind=EventKind.SKIP)

    assert [t.video_id for t in skipped_tasks(tasks, standing_of([skip("a"), skip("b"), skip("a")]))] == ["b", "a"]
