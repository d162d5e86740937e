"""Numbers that can be measured on a video without any model: picture and sound together."""

from __future__ import annotations

from vibekit.core.signals import Measurements
from vibekit.media.measure_picture import measure_picture
from vibekit.media.measure_sound import measure_sound
from vibekit.media.sound import RATE, samples

MAX_S = 120.0
"""Work is bounded: of a longer video, twelve pieces of ten seconds and the first two minutes of sound are measured."""


def measure(path: str | bytes) -> Measurements:
    """Measure one video; the same bytes always give the same numbers.

    A signal that cannot be measured (no sound, a single picture) is absent.

    Raises:
        UnreadableError: No picture can be had from the file.
    """
    picture = measure_picture(path, max_s=MAX_S)
    heard = samples(path, MAX_S).values
    return Measurements(
        values={**picture.values, **measure_sound(heard, rate=RATE)},
        duration_s=picture.duration_s,
        frames=picture.frames,
    )
