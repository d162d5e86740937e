from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vibekit.core.media import FrameSampling, SamplingMode, Window
from vibekit.media.plan import Pick, Span, Timeline, picks, runs, span_of, targets


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Pictures at uneven times, stored out of order within GOPs, some GOPs open."""
    pts, place, position, starts = draw(st.integers(-500, 500)), 0, {}, []
    for _ in range(draw(st.integers(1, 6))):
        steps = draw(st.lists(st.integers(1, 40), min_size=1, max_size=12))
        times = []
        for step in steps:
            times.append(pts)
            pts += step
        key = draw(st.integers(0, min(2, len(times) - 1)))
        order = [times[key], *draw(st.permutations([t for t in times if t != times[key]]))]
        starts.append((place, times[key]))
        for at in order:
            position[at] = place
            place += 1
    ordered = tuple(sorted(position))
    return Timeline(ordered, ordered[-1] + draw(st.integers(1, 40)), position, tuple(starts))


def whole(timeline: Timeline) -> Span:
    return span_of(timeline, Window(), Fraction(1, 10))


def chosen_of(timeline: Timeline, sampling: FrameSampling) -> list[Pick]:
    return picks(timeline, sampling, span_of(timeline, sampling.window, Fraction(1, 10)))


samplings = st.builds(
    FrameSampling,
    frames=st.integers(1, 40),
    mode=st.sampled_from(SamplingMode),
    near=st.floats(0.01, 1.0),
)


@given(timelines(), samplings)
def test_picks_are_ascending_distinct_pictures_of_the_video(timeline: Timeline, sampling: FrameSampling) -> None:
    chosen = [pick.pts for pick in chosen_of(timeline, sampling)]
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(timeline.pts)
    assert 1 <= len(chosen) <= sampling.frames
    if len(timeline.pts) <= sampling.frames and sampling.frames != len(timeline.pts):
        assert chosen == list(timeline.pts)


@given(timelines(), st.integers(1, 40))
def test_exact_takes_the_last_picture_not_after_the_target(timeline: Timeline, count: int) -> None:
    if len(timeline.pts) < count:
        return
    shown = {
        max((p for p in timeline.pts if p <= target), default=timeline.pts[0])
        for target in targets(whole(timeline), count)
    }
    chosen = chosen_of(timeline, FrameSampling(frames=count, mode=SamplingMode.EXACT))
    assert [pick.pts for pick in chosen] == sorted(shown)


@given(timelines(), st.integers(1, 40))
def test_targets_are_the_exact_centres_of_equal_segments(timeline: Timeline, count: int) -> None:
    centres = targets(whole(timeline), count)
    span = timeline.end - timeline.pts[0]
    assert all(b - a == Fraction(span, count) for a, b in pairwise(centres))
    assert centres[0] - timeline.pts[0] == timeline.end - centres[-1] == Fraction(span, 2 * count)


@given(timelines(), samplings)
def test_near_stays_inside_its_own_segment_where_a_picture_begins_there(
    timeline: Timeline, sampling: FrameSampling
) -> None:
    if sampling.mode is SamplingMode.EXACT or len(timeline.pts) < sampling.frames:
        return
    half = Fraction(timeline.end - timeline.pts[0], 2 * sampling.frames)
    for pick in chosen_of(timeline, sampling):
        low, high = pick.target - half, pick.target + half
        if any(low <= pts < high for pts in timeline.pts if timeline.pts[0] <= pts):
            before = max((p for p in timeline.pts if p <= pick.target), default=timeline.pts[0])
            assert low <= pick.pts < high or pick.pts == before


@given(timelines(), samplings)
def test_runs_begin_at_a_start_and_reach_every_wanted_picture(timeline: Timeline, sampling: FrameSampling) -> None:
    chosen = [pick.pts for pick in chosen_of(timeline, sampling)]
    planned = runs(timeline, chosen)
    assert sorted(pts for run in planned for pts in run.wanted) == chosen
    start_pts = dict(timeline.starts)
    for run in planned:
        assert run.first == 0 or run.first in start_pts
        for pts in run.wanted:
            assert run.first <= timeline.position[pts] <= run.last
            if run.first:
                # A picture shown before the start may refer to pictures before it.
                assert start_pts[run.first] <= pts


def test_a_leading_picture_belongs_to_the_gop_before() -> None:
    timeline = Timeline((0, 1, 2, 3, 4, 5), 6, {0: 0, 1: 1, 4: 2, 2: 3, 3: 4, 5: 5}, ((0, 0), (2, 4)))
    assert [timeline.start_of(pts) for pts in timeline.pts] == [0, 0, 0, 0, 2, 2]


def test_near_prefers_a_start_and_moves_the_last_pick_of_a_run_forward() -> None:
    timeline = Timeline(tuple(range(24)), 24, {n: n for n in range(24)}, ((0, 0), (7, 7), (18, 18)))
    exact = chosen_of(timeline, FrameSampling(frames=3, mode=SamplingMode.EXACT))
    near = chosen_of(timeline, FrameSampling(frames=3, mode=SamplingMode.NEAR, near=1.0))
    assert [pick.pts for pick in exact] == [4, 12, 20]
    assert [pick.pts for pick in near] == [7, 8, 18]


@given(timelines(), samplings, st.floats(0, 30), st.none() | st.floats(0.01, 60))
def test_a_window_gives_what_is_shown_in_it(
    timeline: Timeline, sampling: FrameSampling, start: float, length: float | None
) -> None:
    window = Window(start_s=start, end_s=None if length is None else start + length)
    sampling = replace(sampling, window=window)
    tick = Fraction(1, 10)
    chosen = chosen_of(timeline, sampling)
    first = timeline.pts[0]
    if Fraction(start) >= (timeline.end - first) * tick:
        assert chosen == []
        return
    assert chosen
    for pick in chosen:
        shown_until = min((p for p in timeline.pts if p > pick.pts), default=timeline.end)
        assert (shown_until - first) * tick > Fraction(start)
        assert window.end_s is None or (pick.pts - first) * tick < Fraction(window.end_s)
