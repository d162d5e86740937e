from __future__ import annotations

from pathlib import Path

import pytest

from support.clips import CLIPS
from vibekit.media.probe import duration_s, probe
from vibekit.media.synthesis import ClipSpec, Shot, write_clip


@pytest.mark.parametrize("name", CLIPS)
def test_every_clip_is_described(name: str, clips: dict[str, Path]) -> None:
    spec, seen = CLIPS[name], probe(str(clips[name]))
    assert seen.problem == ""
    assert seen.video is not None
    assert (seen.video.width, seen.video.height) == (round(spec.width * spec.pixel_shape), spec.height)
    assert seen.video.rotation == spec.rotation
    assert (seen.audio is not None) is (spec.sound is not None)
    last = 3 / spec.fps if spec.uneven else 1 / spec.fps
    assert seen.duration_s == pytest.approx(spec.seconds, abs=last + 0.01)
    assert duration_s(str(clips[name])) == seen.duration_s
    assert seen.streams[0].startswith("video:")


def test_cover_art_is_not_the_picture(tmp_path: Path) -> None:
    import av
    from av.stream import Disposition

    plain, covered = tmp_path / "plain.mp4", tmp_path / "covered.mp4"
    write_clip(plain, ClipSpec(width=64, height=48, sound=None, shots=(Shot(seconds=1),)))
    with av.open(str(plain)) as source, av.open(str(covered), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        cover = out.add_stream("mjpeg")
        cover.width, cover.height, cover.pix_fmt = 320, 240, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        frame = av.VideoFrame(320, 240, "yuvj420p")
        frame.pts = 0
        art = [*cover.encode(frame), *cover.encode(None)]
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
        out.mux(art)
    seen = probe(str(covered))
    assert seen.streams == ("video:h264", "video:mjpeg")
    assert seen.video is not None
    assert (seen.video.codec, seen.video.width) == ("h264", 64)


def test_sound_without_a_picture_is_a_problem(tmp_path: Path) -> None:
    import wave

    path = tmp_path / "only_sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\1\2" * 8000)
    seen = probe(str(path))
    assert seen.problem == "only sound in it"
    assert seen.video is None
    assert seen.audio is not None
    assert duration_s(str(path)) is None


def test_a_header_with_an_absurd_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.gif"
    path.write_bytes(
        b"GIF89a\xff\xff\xff\xff\x80\0\0" + b"\0\0\0\xff\xff\xff" + b",\0\0\0\0\xff\xff\xff\xff\0\2\2D\1\0;"
    )
    assert probe(str(path)).problem
