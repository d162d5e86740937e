"""Make a small clip with known properties: for demos and tests, without any file from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import av.logging
import numpy as np

from vibekit.media.synthesis_picture import Shot, paint
from vibekit.media.synthesis_sound import RATE, SoundSpec, waveform

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

__all__ = ["ClipSpec", "Shot", "SoundSpec", "write_clip"]

TICKS = 12_000
"""Ticks per second of the picture; divides by 24, 25, 30 and 50."""
_AUDIO_CODECS = {".webm": "libopus"}
_UNEVEN = (1, 1, 3, 1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSpec:
    """What a clip is made of.

    Attributes:
        shots: What is seen, one after the other, with a cut in between.
        sound: What is heard; None for a file without a sound track.
        width: Width as shown, in pixels.
        height: Height as shown, in pixels.
        fps: Frames per second.
        codec: FFmpeg's encoder name.
        pixel_format: FFmpeg's name.
        gop: Frames from one keyframe to the next, at most.
        b_frames: Consecutive B frames, at most.
        open_gop: Keyframes that B frames before them may refer to.
        rotation: Degrees clockwise that a player has to turn the stored picture by: 0, 90, 180 or 270.
        pixel_shape: Width of a pixel over its height.
        uneven: Frames are shown for 1, 1, 3, 1, 2 ... frame times (variable frame rate).
        barcode: Burn the number of each frame into it; ``vibekit.media.synthesis_picture.frame_number`` reads it.
        quality: Constant rate factor of the encoder; lower is better.
        options: More options for the encoder.
    """

    shots: tuple[Shot, ...] = (Shot(),)
    sound: SoundSpec | None = field(default_factory=SoundSpec)
    width: int = 320
    height: int = 180
    fps: int = 24
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    gop: int = 48
    b_frames: int = 2
    open_gop: bool = False
    rotation: int = 0
    pixel_shape: Fraction = Fraction(1)
    uneven: bool = False
    barcode: bool = False
    quality: int = 26
    options: tuple[tuple[str, str], ...] = ()

    @property
    def seconds(self) -> float:
        """Length of all shots."""
        return sum(shot.seconds for shot in self.shots)

    @property
    def ticks(self) -> list[int]:
        """When each frame is shown, in ``TICKS`` per second."""
        step, end = TICKS // self.fps, round(self.seconds * TICKS)
        lengths = cycle(_UNEVEN) if self.uneven else cycle((1,))
        count = -(-end // step)
        times = accumulate(islice(lengths, count), lambda at, length: at + length * step, initial=0)
        return [at for at in times if at < end]


def write_clip(path: Path | str, spec: ClipSpec) -> None:
    """Encode a clip; the container follows from the file's ending. The same spec gives the same pictures and sound.

    Args:
        path: Where to write; an existing file is replaced.
        spec: What to make.
    """
    av.logging.set_level(av.logging.PANIC)
    with av.open(f"file:{path}", mode="w") as container:
        video = _video_stream(container, spec)
        audio = _audio_stream(container, Path(path).suffix) if spec.sound else None
        _write_picture(container, video, spec)
        if audio is not None and spec.sound is not None:
            _write_sound(container, audio, spec.sound, spec.seconds)


def _video_stream(container: OutputContainer, spec: ClipSpec) -> VideoStream:
    turned = spec.rotation in (90, 270)
    stream = cast("VideoStream", container.add_stream(spec.codec, rate=spec.fps, options=_encoder_options(spec)))
    stream.width, stream.height = (spec.height, spec.width) if turned else (spec.width, spec.height)
    stream.pix_fmt = spec.pixel_format
    stream.time_base = Fraction(1, TICKS)
    context = stream.codec_context
    context.time_base = Fraction(1, TICKS)
    context.gop_size = spec.gop
    context.max_b_frames = spec.b_frames
    context.sample_aspect_ratio = spec.pixel_shape
    if spec.rotation:
        stream.set_display_rotation(-spec.rotation)
    return stream


def _encoder_options(spec: ClipSpec) -> dict[str, str]:
    # One thread and no macroblock tree: with them x264 decides differently from run to run.
    options = {"threads": "1", "crf": str(spec.quality)}
    common = f"keyint={spec.gop}:min-keyint=1:scenecut=0:open-gop={int(spec.open_gop)}:bframes={spec.b_frames}"
    if spec.codec == "libx264":
        options |= {"preset": "veryfast", "x264-params": f"{common}:mbtree=0"}
    elif spec.codec == "libx265":
        options |= {"preset": "ultrafast", "x265-params": f"{common}:log-level=none:pools=none:frame-threads=1"}
    elif spec.codec.startswith("libvpx"):
        options |= {"deadline": "realtime", "cpu-used": "8", "b": "0"}
    elif spec.codec == "libsvtav1":
        options |= {"preset": "12", "svtav1-params": f"keyint={spec.gop}:lp=1"}
    else:
        options = {"threads": "1"}
    return options | dict(spec.options)


def _audio_stream(container: OutputContainer, suffix: str) -> AudioStream:
    stream = cast("AudioStream", container.add_stream(_AUDIO_CODECS.get(suffix, "aac"), rate=RATE))
    stream.layout = "mono"
    return stream


def _write_picture(container: OutputContainer, stream: VideoStream, spec: ClipSpec) -> None:
    for number, at in enumerate(spec.ticks):
        upright = paint(
            spec.shots, at / TICKS, width=spec.width, height=spec.height, number=number if spec.barcode else None
        )
        # A player turns clockwise, so what is stored is turned the other way.
        stored = np.ascontiguousarray(np.rot90(upright, spec.rotation // 90))
        frame = av.VideoFrame.from_ndarray(stored, format="rgb24")
        frame.pts, frame.time_base = at, Fraction(1, TICKS)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _write_sound(container: OutputContainer, stream: AudioStream, sound: SoundSpec, seconds: float) -> None:
    samples = waveform(sound, seconds)
    size = stream.codec_context.frame_size or 1024
    for begin in range(0, len(samples), size):
        piece = np.ascontiguousarray(samples[begin : begin + size], dtype=np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(piece, format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, begin, Fraction(1, RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
