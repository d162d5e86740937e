"""Damage is never passed over in silence: what was asked for may be predicted from what is broken."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from vibekit.core.media import FrameSampling, MediaKind, MediaPlan, SamplingMode, Verdict, VerdictState, Window
from vibekit.media.jobs import take
from vibekit.media.measure import measure
from vibekit.media.pyav_frames import PyavFrames
from vibekit.media.sound import RATE, samples, sound
from vibekit.media.synthesis import ClipSpec, Shot, SoundSpec, write_clip

EXACT = FrameSampling(frames=8, mode=SamplingMode.EXACT, long_side=64)


def verdict(path: Path) -> Verdict:
    return PyavFrames().frames(str(path), EXACT).verdict


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("damage") / "whole.mp4"
    write_clip(
        path, ClipSpec(shots=(Shot(seconds=4, speed=0.5, detail=9),), gop=48, options=(("movflags", "faststart"),))
    )
    return path


@pytest.mark.parametrize("seed", range(6))
def test_flipped_bits_are_a_partial_verdict(whole: Path, tmp_path: Path, seed: int) -> None:
    data, dice = bytearray(whole.read_bytes()), random.Random(seed)
    begin = data.index(b"mdat") + 64
    for _ in range(12):
        data[dice.randrange(begin, len(data))] ^= 1 << dice.randrange(8)
    path = tmp_path / "flipped.mp4"
    path.write_bytes(data)
    clean, seen = PyavFrames().frames(str(whole), EXACT), PyavFrames().frames(str(path), EXACT)
    same = [frame.jpeg for frame in clean.frames] == [frame.jpeg for frame in seen.frames]
    assert same or seen.verdict.state is not VerdictState.OK


def test_lost_packets_of_a_transport_stream_are_a_partial_verdict(tmp_path: Path) -> None:
    path = tmp_path / "lost.ts"
    write_clip(path, ClipSpec(shots=(Shot(seconds=4, speed=0.5, detail=9),), gop=48, sound=None))
    cells = [path.read_bytes()[i : i + 188] for i in range(0, path.stat().st_size, 188)]
    keep = [cell for n, cell in enumerate(cells) if n < 10 or n % 29]
    path.write_bytes(b"".join(keep))
    assert verdict(path).state is not VerdictState.OK


def test_recordings_that_were_joined_byte_by_byte_are_noticed(tmp_path: Path) -> None:
    dark, bright = tmp_path / "dark.ts", tmp_path / "bright.ts"
    write_clip(dark, ClipSpec(shots=(Shot(seconds=3, brightness=0.2),), sound=None))
    write_clip(bright, ClipSpec(shots=(Shot(seconds=3, brightness=0.8),), sound=None))
    assert verdict(dark).state is VerdictState.OK
    joined = tmp_path / "joined.ts"
    joined.write_bytes(dark.read_bytes() + bright.read_bytes())
    assert verdict(joined).state is VerdictState.PARTIAL
    assert "several recordings" in verdict(joined).reason


@pytest.mark.parametrize("name", ["half.mkv", "half.webm"])
def test_half_a_matroska_file_is_a_partial_verdict(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    codec = "libvpx-vp9" if name.endswith("webm") else "libx264"
    write_clip(path, ClipSpec(shots=(Shot(seconds=6),), codec=codec, width=64, height=48, sound=None))
    assert verdict(path).state is VerdictState.OK
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert verdict(path).state is VerdictState.PARTIAL


def test_measurements_of_half_a_file_say_so(tmp_path: Path) -> None:
    path = tmp_path / "half.mkv"
    write_clip(path, ClipSpec(shots=(Shot(seconds=6),), width=64, height=48))
    assert measure(str(path)).verdict.state is VerdictState.OK
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    taken = take(str(path), MediaPlan(kind=MediaKind.SIGNALS), 0.0)
    assert taken.measurements is not None
    assert taken.frames is not None
    assert taken.frames.verdict.state is VerdictState.PARTIAL
    assert "header promises" in taken.frames.verdict.reason


def test_sound_that_begins_late_is_heard_late(tmp_path: Path) -> None:
    import av

    spec = ClipSpec(shots=(Shot(seconds=6),), width=64, height=48, sound=SoundSpec(level_dbfs=-12))
    source, path = tmp_path / "source.mkv", tmp_path / "late.mkv"
    write_clip(source, spec)
    with av.open(str(source)) as one, av.open(str(path), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in one.streams}
        for packet in one.demux():
            if packet.dts is None or packet.pts is None:
                continue
            sounding = packet.stream.type == "audio"
            shift = int(3 / packet.time_base) if sounding and packet.time_base else 0
            packet.stream = streams[packet.stream.index]
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            out.mux(packet)
    heard = samples(str(path), 6.0).values
    assert abs(heard[: int(2.8 * RATE)]).max() == 0
    assert abs(heard[int(3.2 * RATE) :]).max() > 1000
    late = sound(str(path), 9.0, window=Window(start_s=3.5, end_s=5.0))
    assert late.duration_s == 1.5
