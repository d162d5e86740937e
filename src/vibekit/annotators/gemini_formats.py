"""Which files Gemini takes as video, and as what type they are declared.

Source, read 2026-11-21 in public copies: https://ai.google.dev/gemini-api/docs/video-understanding ("Supported video
formats": mp4, mpeg, quicktime, avi, x-flv, mpg, webm, wmv, 3gpp) and
https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/video-understanding (the same without avi). Only what
both name is sent as video; mkv, gif, avi, ogg, mpegts and the rest go as frames.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibekit.core.video import Video

_MP4_FAMILY = {
    ".mov": "video/quicktime",
    ".qt": "video/quicktime",
    ".3gp": "video/3gpp",
    ".3gpp": "video/3gpp",
    ".3g2": "video/3gpp",
}
"""One container under several names: the suffix chooses among them, and any other suffix is MP4."""

_BY_CONTAINER = {"flv": "video/x-flv", "mpeg": "video/mpeg", "asf": "video/wmv"}
_WEBM_VIDEO = {"vp8", "vp9", "av1"}
_WEBM_AUDIO = {"opus", "vorbis"}


def video_mime(video: Video) -> str | None:
    """Return the type to declare, by what the file is and not by what it is called; None for what Gemini refuses."""
    probe = video.probe
    if probe is None or probe.video is None:
        return None
    containers, suffix = set(probe.container.split(",")), PurePath(video.path).suffix.lower()
    if "mp4" in containers:
        return _MP4_FAMILY.get(suffix, "video/mp4")
    if "webm" in containers:
        # FFmpeg gives Matroska the same name; WebM is the part of it with these codecs.
        pure = probe.video.codec in _WEBM_VIDEO and (probe.audio is None or probe.audio.codec in _WEBM_AUDIO)
        return "video/webm" if suffix == ".webm" and pure else None
    return next((_BY_CONTAINER[name] for name in containers if name in _BY_CONTAINER), None)
