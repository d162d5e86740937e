import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from support.clips import cut_off
from vibekit.core.signals import Signal
from vibekit.media.av_colour import colour_features
from vibekit.media.av_features import av_features
from vibekit.media.av_motion import motion_features
from vibekit.media.measure import measure
from vibekit.media.measure_picture import Small
from vibekit.media.opening import UnreadableError
from vibekit.media.synthesis import ClipSpec, Shot, SoundSpec, write_clip


def features(folder: Path, name: str, spec: ClipSpec) -> dict[str, float]:
    write_clip(folder / name, spec)
    return av_features(str(folder / name))


def test_the_same_bytes_give_the_same_numbers(small_clips: Path) -> None:
    assert av_features(str(small_clips / "busy.mp4")) == av_features(str(small_clips / "busy.mp4"))


def test_a_busy_clip_differs_from_a_calm_one_where_it_should(small_clips: Path) -> None:
    calm, busy = (av_features(str(small_clips / name)) for name in ("calm.mp4", "busy.mp4"))
    larger = ("cuts.rate", "motion.change.mean", "sound.onset_rate", "sound.crest", "onsets.strength.std")
    assert {name for name in larger if busy[name] <= calm[name]} == set()
    assert busy["cuts.shot_median"] < calm["cuts.shot_median"]


@pytest.mark.parametrize("name", ["calm.mp4", "busy.mp4", "silent.mp4"])
def test_what_the_signals_measure_is_the_same_here(small_clips: Path, name: str) -> None:
    found, known = av_features(str(small_clips / name)), measure(str(small_clips / name)).measurements.values
    same = {
        Signal.BRIGHTNESS: "colour.luma.mean", Signal.COLOURFULNESS: "colour.colourfulness.mean",
        Signal.MOTION: "motion.change.mean", Signal.CUT_RATE: "cuts.rate", Signal.LOUDNESS: "sound.loudness",
        Signal.DYNAMICS: "sound.dynamics", Signal.ONSET_RATE: "sound.onset_rate",
        Signal.SPEECH_SHARE: "sound.speech_share",
    }  # fmt: skip
    assert {signal: found[same[signal]] for signal in known if signal in same} == {
        signal: pytest.approx(value) for signal, value in known.items() if signal in same
    }


def test_a_silent_clip_has_no_sound_features_and_says_so(small_clips: Path) -> None:
    silent, heard = (av_features(str(small_clips / name)) for name in ("silent.mp4", "busy.mp4"))
    assert (silent["has.sound"], heard["has.sound"]) == (0.0, 1.0)
    assert silent["has.picture"] == heard["has.picture"] == 1.0
    groups = ("sound.", "spectrum.", "mfcc.", "onsets.", "together.")
    assert not [name for name in silent if name.startswith(groups)]


def test_a_file_with_sound_only_has_no_picture_features(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((np.sin(np.arange(32_000) / 5) * 9000).astype("<i2").tobytes())
    found = av_features(str(tmp_path / "tone.wav"))
    assert (found["has.picture"], found["has.motion"], found["has.sound"]) == (0.0, 0.0, 1.0)
    assert not [name for name in found if name.startswith(("colour.", "motion.", "cuts."))]
    assert found["spectrum.centre.mean"] == pytest.approx(16_000 / (2 * np.pi * 5) / 1000, rel=0.05)


def test_a_single_picture_does_not_move(tmp_path: Path) -> None:
    spec = ClipSpec(shots=(Shot(seconds=0.1),), codec="gif", pixel_format="rgb8", b_frames=0, fps=10, sound=None)
    found = features(tmp_path, "one.gif", spec)
    assert (found["has.picture"], found["has.motion"]) == (1.0, 0.0)
    assert found["motion.change.mean"] == found["motion.speed.mean"] == found["cuts.rate"] == 0.0


def test_the_camera_is_told_from_what_moves_in_front_of_it() -> None:
    rng = np.random.default_rng(0)
    wide = np.kron(rng.random((54, 200)), np.ones((4, 4)))
    pan = _pictures(lambda i: wide[:, 4 * i : 4 * i + 384])
    local = _pictures(lambda i: np.hstack([wide[:, :192], wide[:, 192 + 4 * i : 384 + 4 * i]]))
    panned, parted = motion_features(pan).features, motion_features(local).features
    assert panned["motion.camera_share"] == 1.0
    # 1 pixel of 96 in 1/8 s
    assert panned["motion.camera_across"] == pytest.approx(8 / 96, rel=0.05)
    assert panned["motion.camera_down"] == panned["motion.own_speed"] == 0.0
    assert parted["motion.own_speed"] > 0.3 * 8 / 96


def _pictures(of: Callable[[int], NDArray[np.floating]]) -> list[Small]:
    smalls = []
    for i in range(9):
        luma = of(i).reshape(54, 4, 96, 4).mean(axis=(1, 3))
        smalls.append(Small(i / 8, 0, np.repeat(luma[..., None] * 255, 3, axis=2), luma))
    return smalls


def test_a_beat_is_found_with_its_pace(tmp_path: Path) -> None:
    shots = (Shot(seconds=6.0),)
    beat = features(
        tmp_path, "beat.mp4", ClipSpec(shots=shots, width=64, height=64, sound=SoundSpec(kind="clicks", per_second=2.0))
    )
    noise = features(tmp_path, "noise.mp4", ClipSpec(shots=shots, width=64, height=64, sound=SoundSpec(kind="noise")))
    assert beat["onsets.beat_confidence"] > 0.7 > 0.4 > noise["onsets.beat_confidence"]
    # 120 a minute is 0
    assert abs(beat["onsets.tempo"]) < 0.1


def test_colours_are_where_they_belong() -> None:
    def of(rgb: tuple[int, int, int]) -> dict[str, float]:
        picture = np.full((54, 96, 3), rgb, np.float64)
        picture[:18] = 255
        return colour_features([Small(0.0, 0, picture, picture @ np.array([0.299, 0.587, 0.114]) / 255)])

    red, blue = of((255, 0, 0)), of((0, 0, 255))
    assert (red["hue.red"], red["hue.blue"], blue["hue.blue"]) == pytest.approx((2 / 3, 0.0, 2 / 3))
    assert red["colour.warmth.mean"] == pytest.approx(2 / 3)
    assert blue["colour.warmth.mean"] == pytest.approx(-2 / 3)
    assert red["place.top"] > 0 > red["place.bottom"]
    assert red["texture.level.mean"] == pytest.approx(1.0)
    assert red["saturation.quarter_4"] == pytest.approx(2 / 3)


def test_what_cannot_be_decoded_is_an_error_and_a_part_is_not(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "empty.mp4").write_bytes(b"")
    for name in ("text.mp4", "empty.mp4", "none.mp4"):
        with pytest.raises((UnreadableError, OSError)):
            av_features(str(tmp_path / name))
    write_clip(tmp_path / "whole.mkv", ClipSpec(width=96, height=64))
    found = av_features(str(cut_off(tmp_path / "whole.mkv", tmp_path / "half.mkv", share=0.6)))
    assert np.isfinite(list(found.values())).all()
    assert found["has.motion"] == 1.0
