from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from vibekit.media.pyav_frames import PyavFrames
from vibekit.media.synthesis import ClipSpec, Shot, SoundSpec, write_clip
from vibekit.media.synthesis_picture import frame_number, paint
from vibekit.media.synthesis_sound import waveform

if TYPE_CHECKING:
    from pathlib import Path


def test_the_same_spec_gives_the_same_pictures(tmp_path: Path) -> None:
    from vibekit.core.media import FrameSampling

    for name in ("one.mp4", "two.mp4"):
        write_clip(tmp_path / name, ClipSpec(barcode=True))
    one, two = (PyavFrames().frames(str(tmp_path / name), FrameSampling()) for name in ("one.mp4", "two.mp4"))
    assert one == two


@pytest.mark.parametrize("number", [0, 1, 32768, 43690, 65535])
def test_a_frame_number_can_be_read_back(number: int) -> None:
    import simplejpeg

    pixels = paint((Shot(),), 0.3, width=160, height=96, number=number)
    assert frame_number(simplejpeg.encode_jpeg(pixels, quality=60)) == number


def test_times_are_even_or_uneven_and_within_the_length() -> None:
    even, uneven = ClipSpec().ticks, ClipSpec(uneven=True).ticks
    assert len(even) == 48
    assert {b - a for a, b in pairwise(even)} == {500}
    assert {b - a for a, b in pairwise(uneven)} == {500, 1000, 1500}
    assert uneven[-1] < 24_000


@pytest.mark.parametrize("kind", ["tone", "noise", "clicks", "speech"])
def test_sound_has_the_level_that_was_asked_for(kind: str) -> None:
    import numpy as np

    samples = waveform(SoundSpec(kind=kind, level_dbfs=-30, per_second=2), 1.0)  # type: ignore[arg-type]
    assert 20 * np.log10(np.sqrt(np.mean(samples**2))) == pytest.approx(-30, abs=0.5)


def test_silence_is_silent() -> None:
    assert not waveform(SoundSpec(kind="silence"), 0.5).any()
