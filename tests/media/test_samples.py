"""Real files from outside: awkward, damaged and hostile ones, and clips with a known answer."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from support.clips import bench_data, decoded_in_order
from vibekit.core.media import FrameSampling, MediaKind, MediaPlan, SamplingMode, VerdictState
from vibekit.media.pyav_frames import PyavFrames

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.media.pool import MediaPool

DATA = bench_data()
DECODE = sorted(p.name for p in (DATA / "decode").iterdir()) if DATA else []
UNDAMAGED = [name for name in DECODE if not name.startswith("bad_")]
NO_FRAMES = {
    "bad_audio_only.mp4", "bad_text.mp4", "bad_zero.mp4", "dali_git_lfs_pointer.mp4", "gpac_fuzz.mp4",
    "gpac_fuzz_france.mp4", "small.avi", "small.flv", "small.wmv", "small_14bytes.gif", "small_262bytes.mp4",
    "small_with_audio.mp4",
}  # fmt: skip
PARTIAL = {"bad_dc_corrupted.mp4", "decord_corrupted.mp4", "bad_tail_noframes.mp4", "bad_truncated_faststart.mp4"}


@pytest.mark.slow
def test_every_awkward_file_gets_a_verdict(samples: Path, pool: MediaPool) -> None:
    paths = sorted([*(samples / "bad").iterdir(), *(samples / "decode").iterdir()])
    plan = MediaPlan(kind=MediaKind.FRAMES, sampling=FrameSampling(), audio=True)
    inspections = [pool.inspect(path) for path in paths]
    takes = [pool.take(path, plan, 5.0) for path in paths]
    for path, inspection, taking in zip(paths, inspections, takes, strict=True):
        seen, frames = inspection.result(), taking.result().frames
        assert seen.video_id, path.name
        assert frames is not None
        state = frames.verdict.state
        assert (state is VerdictState.FAILED) is bool(seen.probe.problem) is (path.name in NO_FRAMES), path.name
        assert (state is VerdictState.PARTIAL) is (path.name in PARTIAL), path.name
        assert bool(frames.frames) is (state is not VerdictState.FAILED)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*UNDAMAGED, "imageio_cockatoo_seek_green.mp4"])
def test_frames_are_those_of_decoding_in_order(name: str, samples: Path) -> None:
    path = next(samples / folder / name for folder in ("decode", "bad") if (samples / folder / name).exists())
    reference = decoded_in_order(path, long_side=64, quality=85)
    pictures = {r.time_s: r.jpeg for r in reference}
    for mode in SamplingMode:
        taken = PyavFrames().frames(str(path), FrameSampling(mode=mode, long_side=64))
        assert taken.verdict.state is VerdictState.OK
        assert [pictures[f.time_s] for f in taken.frames] == [f.jpeg for f in taken.frames]
        if mode is SamplingMode.EXACT and len(reference) > 16:
            expected = [max(r.time_s for r in reference if r.time_s <= f.target_s + 1e-9) for f in taken.frames]
            assert [f.time_s for f in taken.frames] == expected
            assert taken.frames[0].target_s == pytest.approx(float(Fraction(taken.frames[-1].target_s) / 31), rel=1e-6)
