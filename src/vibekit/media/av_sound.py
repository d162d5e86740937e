"""What is heard: level, silence, spectrum, cepstrum, onsets and beat, with numpy only."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vibekit.core.signals import Signal
from vibekit.media.measure_sound import HOP_S, bands, dbfs, measure_sound, running_mean, spectrogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COEFFICIENTS = 13
"""Of the cepstrum; the first one is the level."""
_FILTERS = 40
_LEVEL_S = 0.1
_FLOOR_DB = -70.0
_SILENT_DB = -50.0
_BANDS_HZ = {"low": (0.0, 250.0), "middle": (250.0, 2000.0), "high": (2000.0, 8000.0)}
_BEATS = (50.0, 200.0)


class Heard(NamedTuple):
    """The features, and the level over time, for what goes along with it."""

    features: dict[str, float]
    times_s: Floats
    level_db: Floats


def sound_features(values: NDArray[np.int16], *, rate: int) -> Heard | None:
    """Measure mono sound; None when there is silence or less than half a second.

    Args:
        values: int16, shape (samples,).
        rate: Samples a second.
    """
    known = measure_sound(values, rate=rate)
    if not known:
        return None
    x = values.astype(np.float64) / 32768.0
    level = _levels(x, rate)
    power = spectrogram(x, rate)
    loud = power.sum(axis=1) > 1e-9
    spectrum = _spectrum(power, rate, loud)
    features = {
        "sound.loudness": known[Signal.LOUDNESS],
        "sound.dynamics": known[Signal.DYNAMICS],
        "sound.onset_rate": known[Signal.ONSET_RATE],
        "sound.speech_share": known[Signal.SPEECH_SHARE],
        **_loudness(x, level),
        **spectrum,
        **_cepstrum(power, rate, loud),
        **_beat(power),
    }
    return Heard(features, np.asarray((np.arange(len(level)) + 0.5) * _LEVEL_S), level)


def _levels(x: Floats, rate: int) -> Floats:
    """Return dBFS of every tenth of a second, never below the floor."""
    size = min(len(x), round(_LEVEL_S * rate))
    pieces = x[: len(x) // size * size].reshape(-1, size)
    level = np.sqrt(np.mean(pieces**2, axis=1))
    return np.asarray(np.maximum(20 * np.log10(np.maximum(level, 1e-12)), _FLOOR_DB), np.float64)


def _loudness(x: Floats, level: Floats) -> dict[str, float]:
    high, middle, low = np.percentile(level, [95, 50, 5])
    time = np.arange(len(level)) * _LEVEL_S
    spread = float(((time - time.mean()) ** 2).sum())
    slope = float(((time - time.mean()) * level).sum()) / spread if spread > 0 else 0.0
    return {
        "sound.peak": dbfs(float(np.abs(x).max())),
        "sound.crest": dbfs(float(np.abs(x).max())) - dbfs(float(np.sqrt(np.mean(x**2)))),
        "sound.level.std": float(level.std()),
        "sound.level.range": float(high - low),
        "sound.level.above_median": float(high - middle),
        "sound.slope": slope * len(level) * _LEVEL_S,
        "sound.silence_share": float((level < _SILENT_DB).mean()),
        "sound.level.change": float(np.abs(np.diff(level)).mean()) if len(level) > 1 else 0.0,
    }


def _spectrum(power: Floats, rate: int, loud: NDArray[np.bool_]) -> dict[str, float]:
    """Describe the spectrum of the pieces that are not silent."""
    hertz = np.fft.rfftfreq(2 * (power.shape[1] - 1), 1 / rate)
    some = power[loud] if loud.any() else power[:1] + 1e-12
    whole = some.sum(axis=1)
    centre = (some * hertz).sum(axis=1) / whole
    width = np.sqrt(np.maximum((some * hertz**2).sum(axis=1) / whole - centre**2, 0))
    rolled = hertz[np.minimum((np.cumsum(some, axis=1) < 0.85 * whole[:, None]).sum(axis=1), len(hertz) - 1)]
    flat = np.exp(np.log(some + 1e-12).mean(axis=1)) / (some.mean(axis=1) + 1e-12)
    shape = np.sqrt(some / whole[:, None])
    flux = np.sqrt(np.maximum(2 - 2 * (shape[1:] * shape[:-1]).sum(axis=1), 0)) if len(shape) > 1 else np.zeros(1)
    over_time = {"centre": centre / 1000, "width": width / 1000, "rolloff": rolled / 1000, "flat": flat, "flux": flux}
    total = float(power.sum()) + 1e-12
    shares = {
        f"spectrum.{name}_share": float(power[:, (hertz >= low) & (hertz < high + 1e-6)].sum()) / total
        for name, (low, high) in _BANDS_HZ.items()
    }
    return {
        **{f"spectrum.{name}.mean": float(values.mean()) for name, values in over_time.items()},
        **{f"spectrum.{name}.std": float(values.std()) for name, values in over_time.items()},
        **shares,
    }


def _cepstrum(power: Floats, rate: int, loud: NDArray[np.bool_]) -> dict[str, float]:
    """Mel-frequency cepstral coefficients (Davis and Mermelstein 1980): natural log, orthonormal cosine transform."""
    some = power[loud] if loud.any() else power[:1]
    mel = np.log(some @ _mel_filters(power.shape[1], rate).T + 1e-10)
    number: Floats = np.arange(_FILTERS, dtype=np.float64)
    cosine = np.cos(np.pi / _FILTERS * np.outer(np.arange(COEFFICIENTS), number + 0.5))
    scale = np.where(np.arange(COEFFICIENTS) == 0, np.sqrt(1 / _FILTERS), np.sqrt(2 / _FILTERS))
    found = mel @ cosine.T * scale
    return {
        **{f"mfcc.{n}.mean": float(v) for n, v in enumerate(found.mean(axis=0))},
        **{f"mfcc.{n}.std": float(v) for n, v in enumerate(found.std(axis=0))},
    }


@lru_cache(maxsize=4)
def _mel_filters(count: int, rate: int) -> Floats:
    """Return triangles that are evenly spread on the mel scale; shape (filters, frequencies)."""
    hertz = np.linspace(0, rate / 2, count)
    top = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, _FILTERS + 2) / 2595) - 1)
    left, middle, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.maximum(0, np.minimum((hertz - left) / (middle - left), (right - hertz) / (right - middle)))


def _beat(power: Floats) -> dict[str, float]:
    """How strong onsets are, and how regularly they come.

    The beat is the highest peak of the autocorrelation of the onset strength between 50 and 200 a minute; its height
    (0: none, 1: a machine) is the confidence.
    """
    energy = np.log1p(1e4 * bands(power, 24))
    flux = np.maximum(energy[2:] - energy[:-2], 0).mean(axis=1) if len(energy) > 2 else np.zeros(1)
    strong = np.maximum(flux - running_mean(flux, 51), 0) if len(flux) > 51 else flux - flux.mean()
    values = {"onsets.strength.mean": float(flux.mean()), "onsets.strength.std": float(flux.std())}
    shortest, longest = (round(60 / beats / HOP_S) for beats in reversed(_BEATS))
    x = strong - strong.mean()
    size = len(x)
    if size < 2 * longest or not float((x**2).sum()) > 1e-9:
        return {**values, "onsets.beat_confidence": 0.0, "onsets.tempo": 0.0}
    spectrum = np.abs(np.fft.rfft(x, 2 * size)) ** 2
    same = np.fft.irfft(spectrum)[: longest + 1]
    same = same / same[0] * size / (size - np.arange(longest + 1))
    at = shortest + int(np.argmax(same[shortest:]))
    height = float(np.clip(same[at], 0, 1))
    # the pace counts as far as there is one: 120 a minute is 0
    return {
        **values,
        "onsets.beat_confidence": height,
        "onsets.tempo": height * float(np.log2(60 / (at * HOP_S) / 120)),
    }
