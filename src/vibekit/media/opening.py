"""Open a file that nobody vouches for: whatever its name or content, FFmpeg reads this one file and nothing else."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.error
import av.logging
from av.stream import Discard, Disposition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

MAX_PIXELS = 1 << 26
"""Pictures larger than 8192x8192 are refused before memory is asked for; 8K video has half as many pixels."""

# Playlists (hls, dash, concat, sdp ...) and devices are left out: they make FFmpeg open other files or the network.
_CONTAINERS = (
    "mov,matroska,avi,gif,apng,flv,live_flv,asf,mpegts,mpeg,mpegvideo,mpeg1video,mpeg2video,ogg,mxf,rm,nut,ivf,obu,av1,"
    "h264,hevc,vvc,vc1,m4v,h263,mjpeg,dv,wtv,nsv,roq,smk,bink,ea,y4m,yuv4mpegpipe,webp_pipe,"
    "mp3,wav,flac,aac,ac3,eac3,aiff,caf,amr,w64,au,tta,wv"
)
OPEN_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": _CONTAINERS,
    "max_pixels": str(MAX_PIXELS),
}
_SNIFF_BYTES = 4096


class UnreadableError(Exception):
    """No picture or sound can be had from a file; the text is a short reason for people."""


@contextmanager
def opened(path: str | bytes) -> Iterator[InputContainer]:
    """Open a media file for reading and close it afterwards.

    Args:
        path: Any name that the file system allows; never read as a URL, an option or a pattern.

    Raises:
        UnreadableError: The file is missing, not a regular file, empty, or in no container that is accepted.
    """
    name = os.fsdecode(path)
    _refuse_odd_files(name)
    av.logging.set_level(av.logging.PANIC)
    try:
        container = av.open(f"file:{name}", mode="r", options=dict(OPEN_OPTIONS), metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise UnreadableError(_why_not(name, error)) from error
    except (UnicodeError, ValueError) as error:
        raise UnreadableError(f"cannot be opened: {error}") from error
    with container:
        yield container


def best_video(container: InputContainer) -> VideoStream | None:
    """Return the video stream that a player would show; cover art only when there is no real video."""
    best = container.streams.best("video")
    streams = container.streams.video
    if best is None or not _is_cover(best):
        return best if best is None else streams[[s.index for s in streams].index(best.index)]
    moving = [s for s in streams if not _is_cover(s)]
    if moving:
        return max(moving, key=_area)
    return next(s for s in streams if s.index == best.index)


def decoder_of(stream: VideoStream) -> VideoCodecContext | None:
    """Return a stream's decoder; None when FFmpeg has none for its codec (the stubs leave that out)."""
    return stream.codec_context


def only(container: InputContainer, *kept: Stream) -> None:
    """Let the demuxer skip every stream but these; without it, sound is read from disk for nothing."""
    wanted = {s.index for s in kept}
    for stream in container.streams:
        if stream.index not in wanted:
            stream.discard = Discard.all


def size_problem(width: int, height: int) -> str:
    """Say why a picture of this size is refused; empty when it is not."""
    if width <= 0 or height <= 0:
        return "the header gives no picture size"
    if width * height > MAX_PIXELS:
        return f"the header says {width}x{height} pixels, more than {MAX_PIXELS // 1_000_000} million"
    return ""


def reason_of(error: BaseException) -> str:
    """Say in a few words what FFmpeg or the system complained about, without the file's name."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).strip().splitlines()[0][:160]


def _area(stream: VideoStream) -> int:
    decoder = decoder_of(stream)
    return decoder.width * decoder.height if decoder else 0


def _is_cover(stream: Stream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _refuse_odd_files(name: str) -> None:
    try:
        status = Path(name).stat()
    except (OSError, ValueError) as error:
        raise UnreadableError(f"cannot be read: {reason_of(error)}") from error
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("not a regular file")
    if status.st_size == 0:
        raise UnreadableError("the file is empty (0 bytes)")


def _why_not(name: str, error: Exception) -> str:
    try:
        with Path(name).open("rb") as file:
            head = file.read(_SNIFF_BYTES)
    except OSError as unreadable:
        return f"cannot be read: {reason_of(unreadable)}"
    return _content_reason(head) or f"cannot be opened: {reason_of(error)}"


def _content_reason(head: bytes) -> str:
    if head.startswith(b"version https://git-lfs.github.com/spec"):
        return "a Git LFS pointer, not the video (fetch it with: git lfs pull)"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"#EXTM3U", b"ffconcat", b"<MPD", b"v=0", b"[playlist]")):
        return "a playlist that refers to other files, not a video"
    if _is_text(head):
        return "plain text, not a video"
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"}:
        return "a truncated or damaged MP4: its index (moov) is missing or broken"
    return ""


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode("utf-8")
    return all(c.isprintable() or c in "\t\r\n\f" for c in text)
