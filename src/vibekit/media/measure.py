"""Numbers that can be measured on a video without any model: picture and sound together."""

from __future__ import annotations

from typing import NamedTuple

from vibekit.core.media import Verdict, VerdictState
from vibekit.core.signals import Measurements
from vibekit.media.measure_picture import measure_picture
from vibekit.media.measure_sound import measure_sound
from vibekit.media.sound import RATE, samples

MAX_S = 120.0
"""Work is bounded: of a longer video, twelve pieces of ten seconds and the first two minutes of sound are measured."""


class Measured(NamedTuple):
    """The numbers, and how much of the file they could be taken from."""

    measurements: Measurements
    verdict: Verdict


def measure(path: str | bytes) -> Measured:
    """Measure one video; the same bytes always give the same numbers.

    A signal that cannot be measured (no sound, a single picture) is absent.

    Raises:
        UnreadableError: No picture can be had from the file.
    """
    picture = measure_picture(path, max_s=MAX_S)
    heard = samples(path, MAX_S)
    measurements = Measurements(
        values={**picture.values, **measure_sound(heard.values, rate=RATE)},
        duration_s=picture.duration_s,
        frames=picture.frames,
    )
    sound = heard.verdict if heard.verdict.state is not VerdictState.OK else Verdict(state=VerdictState.OK)
    reasons = [reason for reason in (picture.problem, sound.reason) if reason]
    damaged = picture.damaged + sound.damaged_packets
    if damaged and not reasons:
        reasons.append(f"{damaged} damaged packets")
    state = VerdictState.PARTIAL if reasons else VerdictState.OK
    return Measured(measurements, Verdict(state=state, reason="; ".join(reasons), damaged_packets=damaged))
