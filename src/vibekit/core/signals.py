"""The measurements that the built-in annotator works with: names, units and typical values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Signal(StrEnum):
    """A number that can be measured on a video without any model."""

    MOTION = "motion"
    CUT_RATE = "cut_rate"
    BRIGHTNESS = "brightness"
    COLOURFULNESS = "colourfulness"
    CONTRAST = "contrast"
    LOUDNESS = "loudness"
    DYNAMICS = "dynamics"
    ONSET_RATE = "onset_rate"
    SPEECH_SHARE = "speech_share"


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """What a signal means.

    Attributes:
        unit: Unit of the measured value.
        centre: A typical value on short online videos; standardised to 0.
        spread: A typical deviation; one spread above the centre is standardised to +1.
        needs_audio: True when it is measured on the sound.
        meaning: One line for people.
    """

    unit: str
    centre: float
    spread: float
    needs_audio: bool
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What was measured on one video.

    Attributes:
        values: Signal -> value in the unit of ``SignalInfo``; a signal that cannot be measured (no sound) is absent.
        duration_s: Length of the measured part, seconds.
        frames: Frames that were looked at.
    """

    values: dict[Signal, float]
    duration_s: float
    frames: int
