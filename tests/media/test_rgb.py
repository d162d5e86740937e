"""Frames as arrays: upright, in order, and the same ones every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vibekit.media.opening import UnreadableError
from vibekit.media.rgb import rgb_frames, rgb_parameters
from vibekit.media.synthesis import ClipSpec, Shot, write_clip


def test_frames_are_upright_and_in_order(tmp_path: Path) -> None:
    shots = (Shot(seconds=1.0, brightness=0.2), Shot(seconds=1.0, brightness=0.8))
    write_clip(tmp_path / "a.mp4", ClipSpec(shots=shots, width=64, height=96, rotation=90))
    found = rgb_frames(str(tmp_path / "a.mp4"), count=6, long_side=48)
    assert found.pixels.shape == (6, 48, 32, 3)
    assert found.pixels.dtype == np.uint8
    assert (np.diff(found.times_s) > 0).all()
    light = found.pixels.mean(axis=(1, 2, 3))
    assert light[:3].max() + 50 < light[3:].min()
    assert not found.note
    again = rgb_frames(str(tmp_path / "a.mp4"), count=6, long_side=48)
    np.testing.assert_array_equal(found.pixels, again.pixels)


def test_a_short_clip_gives_the_frames_that_it_has(tmp_path: Path) -> None:
    write_clip(tmp_path / "a.mp4", ClipSpec(shots=(Shot(seconds=0.2),), width=64, height=48))
    found = rgb_frames(str(tmp_path / "a.mp4"), count=50, long_side=400)
    assert 1 <= len(found.pixels) == len(found.times_s) < 50
    assert found.pixels.shape[1:] == (48, 64, 3)


def test_no_picture_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("words")
    with pytest.raises(UnreadableError):
        rgb_frames(str(tmp_path / "a.mp4"), count=2, long_side=48)


def test_everything_that_can_change_a_frame_is_a_parameter() -> None:
    assert rgb_parameters(8, 400) == {
        "frames": 8, "long_side": 400, "mode": "near", "near": 0.5, "quality": 95, "sampler": 1,
    }  # fmt: skip
