"""Loudness, dynamics, onsets and a crude share of speech, with numpy only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.signals import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SILENCE_DBFS = -80.0
"""A track below this is silent: nobody hears it, so it is measured like a file without sound."""
SHORTEST_S = 0.5
"""Shorter sound is not measured."""

HOP_S = 0.01
"""From one short piece to the next, seconds."""
_SPECTRUM_S = 0.032
_LEVEL_S = 0.4
_ONSET_LAG_S = 0.02
_ONSET_APART_S = 0.1
_SPEECH_BAND_HZ = (300.0, 3400.0)
_SYLLABLES_HZ = (2.0, 8.0)
_SPEECH_WINDOW_S = 1.5
_SPEECH_QUIET_DB = 35.0


def measure_sound(values: NDArray[np.int16], *, rate: int) -> dict[Signal, float]:
    """Measure mono sound.

    Args:
        values: int16, shape (samples,).
        rate: Samples per second.

    Returns:
        The four sound signals; nothing when there is silence or less than half a second.
    """
    if len(values) < SHORTEST_S * rate:
        return {}
    x = values.astype(np.float64) / 32768.0
    loudness = dbfs(float(np.sqrt(np.mean(x**2))))
    if loudness < SILENCE_DBFS:
        return {}
    power = spectrogram(x, rate)
    return {
        Signal.LOUDNESS: loudness,
        Signal.DYNAMICS: _dynamics(x, rate),
        Signal.ONSET_RATE: onset_rate(power, len(x) / rate),
        Signal.SPEECH_SHARE: _speech_share(power, rate),
    }


def dbfs(level: float) -> float:
    """Return decibels below full scale of a level of 0 to 1; -240 for nothing at all."""
    return 20 * float(np.log10(max(level, 1e-12)))


def _dynamics(x: Floats, rate: int) -> float:
    """Return the distance between the 95th and the 10th percentile of short levels, in dB."""
    size = min(len(x), round(_LEVEL_S * rate))
    levels = np.sqrt(np.mean(x[: len(x) // size * size].reshape(-1, size) ** 2, axis=1))
    decibels = np.maximum(20 * np.log10(np.maximum(levels, 1e-12)), -60.0)
    high, low = np.percentile(decibels, [95, 10])
    return float(high - low)


def spectrogram(x: Floats, rate: int) -> Floats:
    """Return the power of short pieces; shape (pieces, frequencies), one piece every 10 ms."""
    size, hop = round(_SPECTRUM_S * rate), round(HOP_S * rate)
    pieces = np.lib.stride_tricks.sliding_window_view(x, size)[::hop]
    return np.abs(np.fft.rfft(pieces * np.hanning(size), axis=1)) ** 2 / size


def onset_rate(power: Floats, seconds: float) -> float:
    """Count peaks of the spectral flux (energy that appears) per second.

    A peak counts when it stands out from its surroundings of half a second and at least 100 ms after the one before
    (Bello et al. 2005, "A tutorial on onset detection in music signals", describes the family).
    """
    energy = np.log1p(1e4 * bands(power, 24))
    lag = round(_ONSET_LAG_S / HOP_S)
    flux = np.maximum(energy[lag:] - energy[:-lag], 0).mean(axis=1)
    around = round(0.25 / HOP_S)
    local = running_mean(flux, 2 * around + 1)
    apart = round(_ONSET_APART_S / HOP_S)
    peak = np.flatnonzero((flux[1:-1] >= flux[:-2]) & (flux[1:-1] > flux[2:])) + 1
    count, last = 0, -apart
    for at in peak[flux[peak] > 1.5 * local[peak] + 0.15].tolist():
        if at - last >= apart:
            count, last = count + 1, at
    return count / seconds


def bands(power: Floats, count: int) -> Floats:
    """Sum frequencies into bands whose width grows with the frequency; shape (pieces, count)."""
    edges = np.unique(np.round(np.geomspace(2, power.shape[1], count + 1)).astype(int))
    return np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1)


def running_mean(values: Floats, size: int) -> Floats:
    """Return the mean around each value, the ends repeated; ``size`` is odd."""
    padded = np.pad(values, size // 2, mode="edge")
    return np.convolve(padded, np.ones(size) / size, mode="valid")


def _speech_share(power: Floats, rate: int) -> float:
    """Return the share of windows whose energy between 300 and 3400 Hz beats at the pace of syllables.

    Speech changes its level 2 to 8 times a second (Houtgast and Steeneken 1985). Crude: rhythmic music counts too, and
    speech over loud music may not.
    """
    hertz = np.fft.rfftfreq(2 * (power.shape[1] - 1), 1 / rate)
    inside = (hertz >= _SPEECH_BAND_HZ[0]) & (hertz <= _SPEECH_BAND_HZ[1])
    band, whole = power[:, inside].sum(axis=1), power.sum(axis=1)
    size = round(_SPEECH_WINDOW_S / HOP_S)
    starts = range(0, max(1, len(band) - size + 1), size // 2)
    loudest = 10 * np.log10(max(float(np.max(whole)), 1e-12))
    votes = [_beats_like_speech(band[s : s + size], whole[s : s + size], loudest) for s in starts]
    return float(np.mean(votes))


def _beats_like_speech(band: Floats, whole: Floats, loudest_db: float) -> bool:
    level = 10 * np.log10(max(float(np.mean(whole)), 1e-12))
    if level < loudest_db - _SPEECH_QUIET_DB or level < -60 or float(np.sum(band)) < 0.5 * float(np.sum(whole)):
        return False
    envelope = np.sqrt(band)
    mean = float(np.mean(envelope))
    swing = np.abs(np.fft.rfft((envelope / mean - 1) * np.hanning(len(envelope)))) ** 2
    pace = np.fft.rfftfreq(len(envelope), HOP_S)
    syllables = (pace >= _SYLLABLES_HZ[0]) & (pace <= _SYLLABLES_HZ[1])
    total = float(np.sum(swing[1:]))
    depth = float(np.std(envelope)) / mean
    return depth > 0.4 and total > 0 and float(np.sum(swing[syllables])) > 0.4 * total
