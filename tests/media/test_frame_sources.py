"""The promises of ``FrameSource``, for every decoder and every clip."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
import simplejpeg

from support.clips import CLIPS, LONG_SIDE, QUALITY, cut_off, decoded_in_order, with_damaged_tail
from vibekit.core.media import WHOLE, FrameSampling, FrameSet, MediaKind, MediaPlan, SamplingMode, VerdictState, Window
from vibekit.errors import InputError
from vibekit.media.base import DECODERS, check_decoder
from vibekit.media.pictures import fitted
from vibekit.media.synthesis import TICKS
from vibekit.media.synthesis_picture import frame_number

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.media.pool import MediaPool

SOURCES = [("pyav", SamplingMode.EXACT), ("pyav", SamplingMode.NEAR), ("decord", SamplingMode.EXACT)]
NAMES = [name for name in CLIPS if name != "five_frames.gif"]
DECORD_REFUSES = {"tiny.mp4", "mpeg4.avi", "animation.gif", "transport.ts"}


def take(
    pool: MediaPool, path: Path, source: tuple[str, SamplingMode], frames: int = 16, window: Window = WHOLE
) -> FrameSet:
    decoder, mode = source
    if decoder == "decord" and find_spec("decord") is None:
        pytest.skip("decord is not installed: pip install 'vibekit[decord]'")
    sampling = FrameSampling(frames=frames, mode=mode, near=1.0, long_side=LONG_SIDE, quality=QUALITY, window=window)
    plan = MediaPlan(kind=MediaKind.FRAMES, sampling=sampling, decoder=decoder)
    taken = pool.take(path, plan, 0).result().frames
    assert taken is not None
    return taken


@pytest.fixture(params=SOURCES, ids=lambda source: f"{source[0]}-{source[1]}")
def source(request: pytest.FixtureRequest) -> tuple[str, SamplingMode]:
    chosen: tuple[str, SamplingMode] = request.param
    return chosen


@pytest.mark.parametrize("name", NAMES)
def test_frames_are_upright_ordered_distinct_and_at_true_times(
    name: str, source: tuple[str, SamplingMode], clips: dict[str, Path], pool: MediaPool
) -> None:
    spec, taken = CLIPS[name], take(pool, clips[name], source)
    if source[0] == "decord" and name in DECORD_REFUSES:
        assert taken.verdict.state is VerdictState.FAILED
        assert "decord" in taken.verdict.reason
        return
    assert taken.verdict.state is VerdictState.OK
    assert len(taken.frames) == 16
    assert taken.verdict.damaged_packets == 0
    times = [frame.time_s for frame in taken.frames]
    assert times == sorted(set(times))
    if not spec.barcode:
        return
    numbers = [frame_number(frame.jpeg) for frame in taken.frames]
    assert None not in numbers
    ticks = spec.ticks
    for number, frame in zip(numbers, taken.frames, strict=True):
        assert number is not None
        assert frame.time_s == pytest.approx(ticks[number] / TICKS, abs=0.011)
        shown = fitted(round(spec.width * spec.pixel_shape), spec.height, long_side=LONG_SIDE)
        assert (frame.width, frame.height) == shown
        height, width, _, _ = simplejpeg.decode_jpeg_header(frame.jpeg)
        assert (width, height) == (frame.width, frame.height)


@pytest.mark.parametrize("name", NAMES)
def test_frames_stay_in_their_segment(
    name: str, source: tuple[str, SamplingMode], clips: dict[str, Path], pool: MediaPool
) -> None:
    spec, taken = CLIPS[name], take(pool, clips[name], source)
    longest = 3 / spec.fps if spec.uneven else 1 / spec.fps
    half = max((frame.target_s for frame in taken.frames), default=0.0) / 31
    for frame in taken.frames:
        assert -max(half, longest) - 0.011 <= frame.time_s - frame.target_s <= half + 0.011


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("mode", SamplingMode)
def test_pyav_gives_the_very_pictures_that_decoding_in_order_gives(
    name: str, mode: SamplingMode, clips: dict[str, Path], pool: MediaPool
) -> None:
    reference = {round(r.time_s, 9): r.jpeg for r in decoded_in_order(clips[name])}
    for count in (3, 7, 16):
        for frame in take(pool, clips[name], ("pyav", mode), count).frames:
            assert reference[round(frame.time_s, 9)] == frame.jpeg


def test_a_video_with_fewer_frames_than_asked_gives_all_of_them(clips: dict[str, Path], pool: MediaPool) -> None:
    for mode in SamplingMode:
        taken = take(pool, clips["five_frames.gif"], ("pyav", mode))
        assert taken.verdict.state is VerdictState.OK
        assert "only 5 pictures" in taken.verdict.reason
        assert [frame_number(frame.jpeg) for frame in taken.frames] == [0, 1, 2, 3, 4]


def test_a_damaged_tail_is_partial_and_says_so(clips: dict[str, Path], pool: MediaPool, tmp_path: Path) -> None:
    damaged = with_damaged_tail(clips["gop60.mp4"], tmp_path / "damaged.mp4", share=0.6)
    taken = take(pool, damaged, ("pyav", SamplingMode.EXACT))
    assert taken.verdict.state is VerdictState.PARTIAL
    assert 0 < len(taken.frames) < 16
    assert taken.verdict.damaged_packets > 0
    assert "could not be decoded" in taken.verdict.reason


def test_decord_never_calls_a_damaged_file_ok_with_fewer_frames(
    clips: dict[str, Path], pool: MediaPool, tmp_path: Path
) -> None:
    damaged = with_damaged_tail(clips["gop60.mp4"], tmp_path / "damaged.mp4", share=0.6)
    taken = take(pool, damaged, ("decord", SamplingMode.EXACT))
    assert taken.verdict.state is not VerdictState.OK or len(taken.frames) == 16


def test_a_file_that_ends_early_is_partial(clips: dict[str, Path], pool: MediaPool, tmp_path: Path) -> None:
    short = cut_off(clips["many_b_frames.mkv"], tmp_path / "short.mkv", share=0.5)
    taken = take(pool, short, ("pyav", SamplingMode.EXACT))
    assert taken.frames
    assert [n for n in map(frame_number, (f.jpeg for f in taken.frames)) if n is None] == []


def test_every_decoder_in_the_table_exists_or_says_what_to_install() -> None:
    for name in DECODERS:
        if name == "decord" and find_spec("decord") is None:
            continue
        check_decoder(name)
    with pytest.raises(InputError, match="unknown decoder 'pyva'") as caught:
        check_decoder("pyva")
    assert caught.value.hint == "did you mean 'pyav'?"


def test_a_window_takes_its_own_part_only(
    source: tuple[str, SamplingMode], clips: dict[str, Path], pool: MediaPool
) -> None:
    taken = take(pool, clips["gop60.mp4"], source, frames=6, window=Window(start_s=1.0, end_s=2.5))
    assert taken.verdict.state is VerdictState.OK
    assert len(taken.frames) == 6
    assert all(1.0 <= frame.target_s < 2.5 and 0.9 < frame.time_s < 2.5 for frame in taken.frames)
    late = take(pool, clips["gop60.mp4"], source, window=Window(start_s=100.0))
    assert late.frames == ()
    assert late.verdict.state is VerdictState.FAILED
    assert "it lasts 4.0 s, and the part to look at begins at 100 s" in late.verdict.reason
