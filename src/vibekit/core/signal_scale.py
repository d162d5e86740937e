"""What each signal is measured in, and what is typical of short online videos."""

from __future__ import annotations

from vibekit.core.signals import Signal, SignalInfo

SIGNAL_INFO: dict[Signal, SignalInfo] = {
    Signal.MOTION: SignalInfo(
        "mean luma change per 1/8 s, 0-1",
        0.03,
        0.025,
        False,
        "how much the picture changes from moment to moment",
    ),
    Signal.CUT_RATE: SignalInfo("cuts per second", 0.1, 0.15, False, "how often the shot changes"),
    Signal.BRIGHTNESS: SignalInfo("mean luma, 0-1", 0.42, 0.13, False, "how light the picture is"),
    Signal.COLOURFULNESS: SignalInfo(
        "Hasler-Suesstrunk M3, 0-150", 35.0, 20.0, False, "how strong and varied the colours are"
    ),
    Signal.CONTRAST: SignalInfo(
        "luma deviation / 128, 0-1", 0.4, 0.12, False, "how far light and dark lie apart inside a picture"
    ),
    Signal.LOUDNESS: SignalInfo("dBFS RMS", -22.0, 8.0, True, "how loud the sound is"),
    Signal.DYNAMICS: SignalInfo("dB", 18.0, 10.0, True, "how far loud and quiet moments lie apart"),
    Signal.ONSET_RATE: SignalInfo("onsets per second", 2.0, 1.0, True, "how often a new sound begins"),
    Signal.SPEECH_SHARE: SignalInfo(
        "share of time, 0-1", 0.3, 0.25, True, "how much of the sound may be speech; crude"
    ),
}
"""Units, centre (median) and spread of every signal."""
