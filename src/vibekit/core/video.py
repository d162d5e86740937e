"""A video: its identity, what the container says of it, and what people wrote about it."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from vibekit.core.fingerprint import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

VIDEO_ID_LENGTH = 32
"""Hex digits of a video_id: the first 128 bits of the sha256 over the file's bytes."""
SHORTEST_HASH = 16
"""Hex digits that a hash must have at least: shorter ones meet by chance in large sets."""

_HASH = re.compile(rf"[0-9a-fA-F]{{{SHORTEST_HASH},64}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The words about a video that an annotator may read. Untrusted: anybody can write them.

    Only these fields ever leave the machine; other columns of a manifest may hold labels.
    """

    title: str = ""
    description: str = ""
    hashtags: tuple[str, ...] = ()
    creator: str = ""
    language: str = ""
    transcript: str = ""

    @property
    def fingerprint(self) -> str:
        """16 hex digits over all fields."""
        return fingerprint(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStream:
    """The picture.

    Attributes:
        codec: FFmpeg's codec name.
        width: Displayed width in pixels, after rotation.
        height: Displayed height in pixels, after rotation.
        rotation: Clockwise degrees that a player turns the picture by: 0, 90, 180 or 270.
        fps: Average frames per second; None when unknown.
        pixel_format: FFmpeg's name; empty when unknown.
    """

    codec: str
    width: int
    height: int
    rotation: int = 0
    fps: float | None = None
    pixel_format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStream:
    """The sound: codec, samples per second, channels."""

    codec: str
    rate: int
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What the container says, without trusting it more than needed.

    Attributes:
        container: FFmpeg's format name, such as ``mov,mp4,m4a,3gp,3g2,mj2``.
        duration_s: Length of the picture in seconds, measured on packets where the header has none; None if unknown.
        video: The best video stream; None for a file without a picture.
        audio: The best audio stream; None for a silent file.
        streams: One word per stream in file order, such as ``video:h264``.
        problem: Why no frame can be had from it; empty when the first frame decodes.
    """

    container: str
    duration_s: float | None
    video: VideoStream | None
    audio: AudioStream | None
    streams: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """One file of a run.

    Attributes:
        path: Where it lies; may hold bytes that are not UTF-8.
        video_id: Content hash; None when the file cannot be read.
        bytes: Size of the file.
        mtime_ns: Last change, nanoseconds since the epoch.
        ctime_ns: Last change of the file or its place in the file system; a copy that keeps the old time shows here.
        metadata: What people wrote about it.
        probe: What the container says; None when it cannot be opened.
        problem: Why it cannot be annotated; empty when it can.
        duplicate_of: Text path of the first file with the same bytes; empty for that first file.
        order: Place in the user's list, from 0.
    """

    path: Path
    video_id: str | None
    bytes: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    metadata: Metadata = Metadata()
    probe: Probe | None = None
    problem: str = ""
    duplicate_of: str = ""
    order: int = 0

    @property
    def text_path(self) -> str:
        r"""The path as valid Unicode: bytes that are not UTF-8 are written as ``\xNN``."""
        return text_path(self.path)

    @property
    def duration_s(self) -> float | None:
        """Length of the picture in seconds; None if unknown."""
        return self.probe.duration_s if self.probe else None


def is_hash(text: str) -> bool:
    """Say whether a text can be the content hash of a video, whole or cut."""
    return bool(_HASH.fullmatch(text))


def text_path(path: Path | str) -> str:
    r"""Write a path as valid Unicode: bytes that are not UTF-8 become ``\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
