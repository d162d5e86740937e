"""The optional decoder decord (package decord2): behind the same seam, for people who want its pictures.

On some valid files it spins for tens of CPU seconds or for ever, with the interpreter's lock held, so nothing inside
its process can stop it: use it through ``vibekit.media.pool`` only, which kills the process. decord2 3.4 turns pictures
by itself (decord 0.6 does not); it ignores edit lists and the shape of pixels. The latter is applied here, and a file
whose frames it does not count as a player does is refused.

Frame choice: the packet table says when each frame is shown; decord is asked for the frame of that rank. Its own
seeking is off without a word on transport streams and MPEG-4 with B frames (refused), and on some HEVC (not noticed).
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import simplejpeg

from vibekit.core.media import Frame, FrameSet, Verdict, VerdictState
from vibekit.media.in_order import InOrder
from vibekit.media.opening import UnreadableError, only, opened, reason_of
from vibekit.media.outcomes import no_frames
from vibekit.media.packets import PacketTable, read_packets
from vibekit.media.pictures import fitted, pixel_shape, shown_size, turn_of
from vibekit.media.plan import Pick, picks
from vibekit.media.pyav_frames import part_of, video_stream

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vibekit.core.media import FrameSampling


_COUNTS_RIGHT = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"}
_SEEKS_RIGHT = {"h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mjpeg"}


class DecordFrames:
    """Takes frames with decord; see ``FrameSource`` for what is promised and the module for what is not."""

    def frames(self, path: str | bytes, sampling: FrameSampling) -> FrameSet:
        """Take frames from one file; a broken file gives a verdict. May never return."""
        try:
            return _frames(os.path.abspath(os.fsdecode(path)), sampling)  # noqa: PTH100 - keeps ".." of links alone
        except UnreadableError as error:
            return no_frames(str(error))
        except (OSError, MemoryError) as error:
            return no_frames(reason_of(error))


def _frames(path: str, sampling: FrameSampling) -> FrameSet:
    with opened(path) as container:
        stream = video_stream(container)
        only(container, stream)
        table = read_packets(container, stream, path=path)
        _refuse(table, container.format.name, stream.codec_context.name)
        size = shown_size(stream.width, stream.height, pixel_shape(stream.sample_aspect_ratio))
    if _lies_on_its_side(path):
        size = (size[1], size[0])
    span = part_of(table.timeline, sampling, table.time_base)
    chosen = picks(table.timeline, sampling, span)
    rank = {pts: at for at, pts in enumerate(table.timeline.pts)}
    width, height = fitted(*size, long_side=sampling.long_side)
    pixels = _decode(path, [rank[pick.pts] for pick in chosen], width, height, count=len(rank))
    frames = tuple(_frame(picture, pick, table, sampling.quality) for picture, pick in zip(pixels, chosen, strict=True))
    return FrameSet(frames=frames, verdict=_verdict(table, sampling, len(frames), there=len(span.pts)))


def _refuse(table: PacketTable, container: str, codec: str) -> None:
    """Refuse what decord is known to get wrong without a word."""
    if not table.timeline.pts:
        raise UnreadableError(table.problem or "no coded picture in it")
    if table.hidden:
        raise UnreadableError("decord does not honour the edit list of this file; use --decoder pyav")
    if container not in _COUNTS_RIGHT or codec not in _SEEKS_RIGHT:
        raise UnreadableError(f"decord is not exact on {codec} in {container}; use --decoder pyav")
    if not table.timed:
        raise UnreadableError("decord cannot tell when the pictures of this file are shown; use --decoder pyav")


def _decode(path: str, ranks: list[int], width: int, height: int, *, count: int) -> NDArray[np.uint8]:
    """Return pictures, shape (ranks, height, width, 3), as RGB."""
    import decord
    from decord import DECORDError

    decord.logging.set_level(decord.logging.QUIET)
    # Given as bytes in memory where decord could not spell the name.
    name = path if path.isprintable() and path.isascii() else io.BytesIO(Path(path).read_bytes())
    try:
        reader = decord.VideoReader(name, ctx=decord.cpu(0), num_threads=1, width=width, height=height)
        if len(reader) != count:
            raise UnreadableError(
                f"decord counts {len(reader)} pictures where the file has {count}; use --decoder pyav"
            )
        pixels: NDArray[np.uint8] = reader.get_batch(ranks).asnumpy()
    except (DECORDError, AssertionError, RuntimeError) as error:
        # It asserts that a file has pictures, and says some things as a plain RuntimeError.
        raise UnreadableError(f"decord gave up: {_first_line(error)}") from error
    return pixels


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].split("] ", 1)[-1][:160] if lines else type(error).__name__


def _lies_on_its_side(path: str) -> bool:
    shown = next(InOrder(path).frames(), None)
    return shown is not None and turn_of(shown.frame).transpose


def _frame(pixels: NDArray[np.uint8], pick: Pick, table: PacketTable, quality: int) -> Frame:
    first, base = table.timeline.pts[0], table.time_base
    return Frame(
        time_s=float((pick.pts - first) * base),
        target_s=float((pick.target - first) * base),
        jpeg=simplejpeg.encode_jpeg(pixels, quality=quality, colorspace="RGB", colorsubsampling="420"),
        width=pixels.shape[1],
        height=pixels.shape[0],
    )


def _verdict(table: PacketTable, sampling: FrameSampling, got: int, *, there: int) -> Verdict:
    if table.problem:
        return Verdict(state=VerdictState.PARTIAL, reason=table.problem)
    if got < sampling.frames <= there:
        reason = f"{sampling.frames} targets fall on {got} pictures, because some are shown for long"
        return Verdict(state=VerdictState.PARTIAL, reason=reason)
    return Verdict(state=VerdictState.OK, reason=f"the video has only {got} pictures" if got < sampling.frames else "")
