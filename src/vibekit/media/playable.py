"""Find what a browser can play for a video: the file itself, or a copy encoded as H.264 and AAC."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import av.error

from vibekit.core.playable import Playable
from vibekit.core.video import VIDEO_ID_LENGTH, is_hash
from vibekit.media.identity import video_id
from vibekit.media.opening import UnreadableError, best_video, decoder_of, opened, reason_of
from vibekit.media.recode import MP4, TooLargeError, recode

if TYPE_CHECKING:
    from av.container import InputContainer

WEBM = "video/webm"
RECIPE = 1
"""Counted up when copies would be encoded in another way."""
MOST_KEPT_BYTES = 20_000_000_000
"""Of all copies together."""
_PIXELS = frozenset({"yuv420p", "yuvj420p"})
_MP4_SOUND = frozenset({"aac", "mp3"})
_WEBM_PICTURE = frozenset({"vp8", "vp9", "av1"})
_WEBM_SOUND = frozenset({"opus", "vorbis"})
_MP4_BRANDS = ("isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "m4v ", "dash", "mmp4", "msnv")


def playable(path: str, expected: str, folder: str) -> Playable:
    """Return what a browser can play for a file.

    Args:
        path: The video.
        expected: Its content hash, checked so that nobody rates another video than the one that was drawn; a name
            that is no hash is not checked.
        folder: Where copies are kept, made when missing; a copy that is there is used again.
    """
    try:
        found = video_id(path)
        if len(expected) == VIDEO_ID_LENGTH and is_hash(expected) and found != expected.lower():
            return Playable(problem="the file has changed since it was drawn")
        with opened(path) as container:
            media_type = _plays_as(container, path)
        if media_type:
            return Playable(path=Path(path), media_type=media_type)
        return Playable(path=_copy(path, Path(folder) / f"{found}-{RECIPE}.mp4"), media_type=MP4)
    except (UnreadableError, TooLargeError) as error:
        return Playable(problem=str(error))
    except (OSError, MemoryError) as error:
        return Playable(problem=reason_of(error))


def _plays_as(container: InputContainer, path: str) -> str:
    """Return the media type under which every current browser plays a file; empty for none."""
    track = best_video(container)
    decoder = None if track is None else decoder_of(track)
    if decoder is None:
        raise UnreadableError("there is no picture in it that can be decoded")
    picture = decoder.codec.canonical_name
    sound = {s.codec_context.codec.canonical_name if s.codec_context else "" for s in container.streams.audio}
    brand = container.metadata.get("major_brand", "").lower()
    if picture == "h264" and decoder.pix_fmt in _PIXELS and sound <= _MP4_SOUND and brand in _MP4_BRANDS:
        return MP4
    if picture in _WEBM_PICTURE and decoder.pix_fmt == "yuv420p" and sound <= _WEBM_SOUND and _is_webm(path):
        return WEBM
    return ""


def _is_webm(path: str) -> bool:
    """Tell WebM from Matroska by the document type in its header; FFmpeg has one name for both."""
    with Path(path).open("rb") as file:
        return b"webm" in file.read(64)


def _copy(path: str, target: Path) -> Path:
    """Encode a copy, unless it is there; it appears whole or not at all."""
    if target.exists():
        target.touch()
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".mp4", dir=target.parent)
    os.close(handle)
    try:
        recode(path, name)
        Path(name).replace(target)
    except av.error.FFmpegError as error:
        raise UnreadableError(f"it cannot be encoded for a browser: {reason_of(error)}") from error
    finally:
        Path(name).unlink(missing_ok=True)
    _trim(target)
    return target


def _trim(newest: Path) -> None:
    """Remove the copies that were not asked for longest, until the rest is small enough."""
    copies = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in newest.parent.glob("*.mp4"))
    total = sum(size for _, size, _ in copies)
    for _, size, path in copies:
        if total <= MOST_KEPT_BYTES or path == newest:
            return
        path.unlink(missing_ok=True)
        total -= size
