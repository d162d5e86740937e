"""Everything that is measured on a video without any model, for the embedder ``av``: picture and sound together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.media.av_colour import colour_features
from vibekit.media.av_motion import motion_features
from vibekit.media.av_sound import sound_features
from vibekit.media.measure import MAX_S
from vibekit.media.measure_picture import Trouble, smalls_of
from vibekit.media.opening import UnreadableError, best_video, opened
from vibekit.media.sound import RATE, samples

if TYPE_CHECKING:
    from vibekit.media.av_motion import Motion
    from vibekit.media.av_sound import Heard

HAS_PICTURE, HAS_MOTION, HAS_SOUND = "has.picture", "has.motion", "has.sound"
"""1 where there is something to measure, else 0: the features of that group are then left out."""


def av_features(path: str) -> dict[str, float]:
    """Measure one video; the same bytes always give the same numbers.

    Of a long video the same parts are measured as by ``vibekit.media.measure``.

    Returns:
        Name -> finite value. What there is nothing of (a silent file, a file with sound only) is left out.

    Raises:
        UnreadableError: There is a picture and it cannot be decoded, or there is neither picture nor sound.
    """
    values = {HAS_PICTURE: 0.0, HAS_MOTION: 0.0, HAS_SOUND: 0.0}
    motion: Motion | None = None
    if _has_picture(path):
        smalls = sorted(smalls_of(path, MAX_S, Trouble()), key=lambda small: small.time_s)
        if not smalls:
            raise UnreadableError("no picture in it can be decoded")
        motion = motion_features(smalls)
        values |= {HAS_PICTURE: 1.0, HAS_MOTION: float(len(motion.change) > 0)}
        values |= colour_features(smalls) | motion.features
    heard = sound_features(samples(path, MAX_S).values, rate=RATE)
    if heard is not None:
        values |= heard.features | {HAS_SOUND: 1.0}
    if motion is None and heard is None:
        raise UnreadableError("neither a picture nor sound in it")
    if motion is not None and heard is not None:
        values["together.motion_loudness"] = _together(motion, heard)
    return {name: value if np.isfinite(value) else 0.0 for name, value in values.items()}


def _has_picture(path: str) -> bool:
    with opened(path) as container:
        return best_video(container) is not None


def _together(motion: Motion, heard: Heard) -> float:
    """Return the correlation of change and loudness over time, -1 to 1; 0 when one of them is constant."""
    inside = motion.times_s <= heard.times_s[-1]
    if inside.sum() < 8:
        return 0.0
    level = np.interp(motion.times_s[inside], heard.times_s, heard.level_db)
    x, y = np.sqrt(motion.change[inside]), level
    spread = float(x.std() * y.std())
    return float(((x - x.mean()) * (y - y.mean())).mean()) / spread if spread > 1e-9 else 0.0
