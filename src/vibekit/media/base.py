"""The seam to whoever decodes, and the table of decoders."""

from __future__ import annotations

from importlib import import_module, util
from typing import TYPE_CHECKING, Protocol, cast

from vibekit.errors import InputError, SetupError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from vibekit.core.media import FrameSampling, FrameSet

DECODERS: dict[str, str] = {
    "pyav": "vibekit.media.pyav_frames:PyavFrames",
    "decord": "vibekit.media.decord_frames:DecordFrames",
}
"""Name -> ``module:Class``; adding a decoder is one file and one line here."""

_NEEDS = {"decord": "decord"}
"""Decoder -> the package that an extra of the same name installs."""


class FrameSource(Protocol):
    """Somebody who takes frames from a video.

    Promises of every implementation:

    * Times are seconds from the first frame that a player shows; ``time_s`` is the frame's own presentation time,
      ``target_s`` the centre of its segment (``sampling.frames`` equal segments from the first frame to the end of the
      last one).
    * Frames come in order of time and are distinct: no presentation time appears twice.
    * Rotation, mirroring and non-square pixels are applied; no picture is enlarged.
    * The verdict is ``ok`` only if nothing was damaged and all frames came, or if the video has fewer distinct frames
      than were asked for (a still, a five-frame GIF): then it returns all of them and the reason says so. Otherwise it
      is ``partial`` (some came) or ``failed`` (none), with a reason.
    * Damage is data, not an exception: a broken file gives a verdict. Only a bug raises.

    An implementation may hang or crash on a hostile file: ``vibekit.media.pool`` runs it in a process that can be
    killed.
    """

    def frames(self, path: str | bytes, sampling: FrameSampling) -> FrameSet:
        """Take frames from one file.

        Args:
            path: Any name that the file system allows.
            sampling: Which frames, and how to encode them.
        """
        ...


def check_decoder(name: str) -> None:
    """Raise unless a decoder of this name exists and is installed; imports nothing heavy.

    Raises:
        InputError: There is no such decoder.
        SetupError: Its package is not installed.
    """
    if name not in DECODERS:
        known = ", ".join(sorted(DECODERS))
        near = did_you_mean(name, DECODERS)
        raise InputError(f"unknown decoder '{name}'; known: {known}", hint=near or "use --decoder pyav")
    package = _NEEDS.get(name)
    if package and util.find_spec(package) is None:
        raise SetupError(f"decoder '{name}' is not installed", hint=f"pip install 'vibekit[{name}]'")


def frame_source(name: str) -> FrameSource:
    """Return the decoder of that name, importing it now.

    Raises:
        InputError: There is no such decoder.
        SetupError: Its package is not installed.
    """
    check_decoder(name)
    module, _, attribute = DECODERS[name].partition(":")
    make = cast("Callable[[], FrameSource]", getattr(import_module(module), attribute))
    return make()
