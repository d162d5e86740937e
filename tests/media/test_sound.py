from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vibekit.core.media import VerdictState, Window
from vibekit.media.sound import RATE, samples, sound
from vibekit.media.synthesis import ClipSpec, Shot, SoundSpec, write_clip

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "tone.mp4"
    write_clip(
        path, ClipSpec(width=32, height=32, shots=(Shot(seconds=3),), sound=SoundSpec(hertz=440, level_dbfs=-20))
    )
    return path


def test_sound_is_a_mono_16_khz_wav_of_the_asked_length(tone: Path) -> None:
    taken = sound(str(tone), 2.0)
    assert taken.verdict.state is VerdictState.OK
    with wave.open(io.BytesIO(taken.wav)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, RATE, 2)
        assert file.getnframes() == 2 * RATE == taken.duration_s * RATE


def test_a_window_takes_its_own_part_only(tone: Path) -> None:
    whole = samples(str(tone), 3.0).values
    part = sound(str(tone), 1.0, window=Window(start_s=0.5, end_s=2.5))
    with wave.open(io.BytesIO(part.wav)) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    assert part.duration_s == 1.0
    assert np.array_equal(heard, whole[RATE // 2 : RATE // 2 + RATE])
    assert sound(str(tone), 9.0, window=Window(start_s=2.0, end_s=2.5)).duration_s == 0.5
    assert sound(str(tone), 9.0, window=Window(start_s=60.0)).wav == b""


def test_pitch_and_level_survive(tone: Path) -> None:
    heard = samples(str(tone), 10.0).values.astype(np.float64) / 32768
    assert len(heard) == pytest.approx(3 * RATE, abs=0.1 * RATE)
    middle = heard[RATE : 2 * RATE]
    assert np.argmax(np.abs(np.fft.rfft(middle))) == pytest.approx(440, abs=1)
    assert 20 * np.log10(np.sqrt(np.mean(middle**2))) == pytest.approx(-20, abs=0.7)


def test_a_silent_video_gives_no_sound_and_is_ok(clips: dict[str, Path]) -> None:
    taken = sound(str(clips["no_audio.mp4"]), 5.0)
    assert (taken.wav, taken.duration_s, taken.verdict.state) == (b"", 0.0, VerdictState.OK)
    assert taken.verdict.reason == "no sound in it"


def test_other_containers_and_codecs_are_heard(clips: dict[str, Path]) -> None:
    assert sound(str(clips["vp9.webm"]), 5.0).duration_s == pytest.approx(2.0, abs=0.1)


def test_a_missing_or_broken_file_is_a_failed_verdict(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(100))
    for name in ("gone.mp4", "broken.mp4"):
        taken = sound(str(tmp_path / name), 1.0)
        assert taken.verdict.state is VerdictState.FAILED
        assert taken.verdict.reason
