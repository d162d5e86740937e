from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.core.signal_scale import SIGNAL_INFO
from vibekit.core.signals import Signal
from vibekit.media.measure import measure
from vibekit.media.measure_picture import colourfulness, measure_picture
from vibekit.media.measure_sound import measure_sound
from vibekit.media.opening import UnreadableError
from vibekit.media.synthesis import ClipSpec, Shot, SoundSpec, write_clip

if TYPE_CHECKING:
    from pathlib import Path


def clip(folder: Path, *shots: Shot, sound: SoundSpec | None = None) -> dict[Signal, float]:
    path = folder / "clip.mp4"
    write_clip(path, ClipSpec(width=160, height=96, shots=shots, sound=sound))
    return measure(str(path)).measurements.values


def test_a_faster_picture_moves_more(tmp_path: Path) -> None:
    still, slow, fast = (clip(tmp_path, Shot(speed=speed))[Signal.MOTION] for speed in (0.0, 0.05, 0.4))
    assert still < 0.002
    assert still < slow < fast


def test_cuts_are_counted_and_slow_movement_is_none(tmp_path: Path) -> None:
    shots = [Shot(seconds=0.75, hue=0.37 * n, brightness=0.3 + 0.2 * (n % 2), colour=0.8) for n in range(5)]
    assert clip(tmp_path, *shots)[Signal.CUT_RATE] == pytest.approx(4 / 3.625, rel=0.05)
    assert clip(tmp_path, Shot(seconds=3, speed=0.2))[Signal.CUT_RATE] == 0


def test_light_colour_and_contrast_follow_the_picture(tmp_path: Path) -> None:
    dull = clip(tmp_path, Shot(brightness=0.2, colour=0.0, contrast=0.1))
    vivid = clip(tmp_path, Shot(brightness=0.6, colour=0.9, contrast=0.8))
    for signal in (Signal.BRIGHTNESS, Signal.COLOURFULNESS, Signal.CONTRAST):
        assert dull[signal] < vivid[signal]
    assert dull[Signal.BRIGHTNESS] == pytest.approx(0.2, abs=0.03)
    assert dull[Signal.COLOURFULNESS] < 3


def test_colourfulness_is_the_published_formula() -> None:
    grey = np.full((8, 8, 3), 90.0)
    assert colourfulness(grey) == 0
    half = np.zeros((2, 2, 3))
    half[0, :, 0] = 255.0
    # rg is 255 or 0, yb is 127.5 or 0: deviations 127.5 and 63.75, means the same.
    assert colourfulness(half) == pytest.approx(1.3 * np.hypot(127.5, 63.75))


def test_sound_signals_follow_the_sound(tmp_path: Path) -> None:
    quiet = clip(tmp_path, Shot(seconds=3), sound=SoundSpec(kind="noise", level_dbfs=-45))
    loud = clip(tmp_path, Shot(seconds=3), sound=SoundSpec(kind="tone", level_dbfs=-15))
    clicks = clip(tmp_path, Shot(seconds=3), sound=SoundSpec(kind="clicks", level_dbfs=-20, per_second=4))
    speech = clip(tmp_path, Shot(seconds=3), sound=SoundSpec(kind="speech", level_dbfs=-20))
    assert quiet[Signal.LOUDNESS] < -40 < -20 < loud[Signal.LOUDNESS]
    assert clicks[Signal.ONSET_RATE] == pytest.approx(4, abs=0.7)
    assert loud[Signal.ONSET_RATE] < 1
    assert speech[Signal.SPEECH_SHARE] > 0.8
    assert loud[Signal.SPEECH_SHARE] == quiet[Signal.SPEECH_SHARE] == 0


def test_dynamics_is_the_distance_between_loud_and_quiet() -> None:
    rate = 16_000
    tone = np.sin(2 * np.pi * 300 * np.arange(4 * rate) / rate)
    tone[2 * rate :] *= 0.1
    values = measure_sound((tone * 20_000).astype(np.int16), rate=rate)
    assert values[Signal.DYNAMICS] == pytest.approx(20, abs=0.5)
    assert values[Signal.LOUDNESS] == pytest.approx(20 * np.log10(20_000 / 32768 * np.sqrt(0.5 * 1.01 / 2)), abs=0.1)


def test_what_cannot_be_measured_is_absent(tmp_path: Path) -> None:
    path = tmp_path / "still.mp4"
    write_clip(path, ClipSpec(width=32, height=32, shots=(Shot(seconds=1 / 24),), sound=None))
    values = measure(str(path)).measurements.values
    assert set(values) == {Signal.BRIGHTNESS, Signal.COLOURFULNESS, Signal.CONTRAST}
    silent = clip(tmp_path, Shot(), sound=SoundSpec(kind="silence"))
    assert not any(SIGNAL_INFO[signal].needs_audio for signal in silent)


def test_the_same_bytes_give_the_same_numbers(clips: dict[str, Path]) -> None:
    path = str(clips["open_gop.mp4"])
    assert measure(path) == measure(path)


def test_of_a_long_video_pieces_are_measured(clips: dict[str, Path]) -> None:
    whole = measure_picture(str(clips["gop60.mp4"]), max_s=60)
    pieces = measure_picture(str(clips["gop60.mp4"]), max_s=3)
    assert whole.frames == pytest.approx(32, abs=1)
    assert pieces.frames < whole.frames
    assert pieces.values[Signal.BRIGHTNESS] == pytest.approx(whole.values[Signal.BRIGHTNESS], abs=0.05)


def test_a_file_without_a_picture_says_why(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(UnreadableError, match="plain text"):
        measure(str(tmp_path / "text.mp4"))


@given(st.lists(st.integers(-32768, 32767), max_size=3000), st.integers(1, 12))
def test_any_sound_gives_finite_numbers(values: list[int], repeat: int) -> None:
    for number in measure_sound(np.array(values * repeat, dtype=np.int16), rate=16_000).values():
        assert np.isfinite(number)


def test_every_signal_has_its_scale() -> None:
    assert set(SIGNAL_INFO) == set(Signal)
    assert all(info.spread > 0 for info in SIGNAL_INFO.values())
