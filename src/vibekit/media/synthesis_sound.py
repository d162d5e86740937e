"""Made-up sound: a tone, noise, clicks, something that beats like speech, or silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RATE = 48_000
"""Samples per second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSpec:
    """What is heard.

    Attributes:
        kind: Tone (a soft chord), noise, clicks, speech (noise in the band of speech that swells four times a second),
            silence.
        level_dbfs: RMS level in dB below full scale.
        hertz: Pitch of the tone.
        per_second: Clicks, or swells of the tone and the noise, in a second; 0 keeps tone and noise steady.
    """

    kind: Literal["tone", "noise", "clicks", "speech", "silence"] = "tone"
    level_dbfs: float = -20.0
    hertz: float = 220.0
    per_second: float = 0.0


def waveform(spec: SoundSpec, seconds: float) -> Floats:
    """Return mono samples at ``RATE`` in -1 to 1; the same spec always gives the same samples."""
    time = np.arange(round(seconds * RATE)) / RATE
    shape = _shape(spec, time)
    level = float(np.sqrt(np.mean(shape**2))) if len(shape) else 0.0
    if level == 0:
        return shape
    return np.clip(shape * (10 ** (spec.level_dbfs / 20) / level), -1, 1)


def _shape(spec: SoundSpec, time: Floats) -> Floats:
    if spec.kind == "silence":
        return np.zeros(len(time))
    if spec.kind == "tone":
        chord = sum(np.sin(2 * np.pi * spec.hertz * ratio * time) / ratio for ratio in (1, 1.5, 2))
        return np.asarray(chord) * _swell(spec.per_second, time)
    noise = np.random.default_rng(7).standard_normal(len(time))
    if spec.kind == "noise":
        return noise * _swell(spec.per_second, time)
    if spec.kind == "clicks":
        since = time % (1 / max(spec.per_second, 0.1))
        return noise * np.exp(-since * 120)
    return _band(noise, 400, 3000) * (0.04 + np.sin(np.pi * 4 * time) ** 4)


def _swell(per_second: float, time: Floats) -> Floats:
    if per_second <= 0:
        return np.ones(len(time))
    return np.exp(-(time % (1 / per_second)) * per_second * 3)


def _band(noise: Floats, low_hz: float, high_hz: float) -> Floats:
    spectrum = np.fft.rfft(noise)
    hertz = np.fft.rfftfreq(len(noise), 1 / RATE)
    spectrum[(hertz < low_hz) | (hertz > high_hz)] = 0
    return np.fft.irfft(spectrum, len(noise))
