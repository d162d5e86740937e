"""What browsers play is handed over as it is; everything else becomes a copy that shows the same."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from vibekit.media import playable as module
from vibekit.media.identity import video_id
from vibekit.media.playable import playable
from vibekit.media.probe import probe
from vibekit.media.synthesis import ClipSpec, Shot, write_clip

SHOTS = (Shot(seconds=1.0),)


def spec(**values: object) -> ClipSpec:
    return ClipSpec(**({"shots": SHOTS, "width": 96, "height": 64, "fps": 10, "b_frames": 0} | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "made", "media_type"),
    [
        ("a.mp4", spec(), "video/mp4"),
        ("silent.mp4", spec(sound=None), "video/mp4"),
        ("b.webm", spec(codec="libvpx-vp9"), "video/webm"),
        ("c.webm", spec(codec="libvpx", sound=None), "video/webm"),
    ],
)
def test_what_browsers_play_is_left_alone(tmp_path: Path, name: str, made: ClipSpec, media_type: str) -> None:
    path = tmp_path / name
    write_clip(path, made)
    found = playable(str(path), video_id(str(path)), str(tmp_path / "copies"))
    assert (found.path, found.media_type, found.problem) == (path, media_type, "")
    assert not (tmp_path / "copies").exists()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("old.avi", spec(codec="mpeg4")),
        ("box.mkv", spec()),
        ("phone.mov", spec(codec="libx265")),
        ("upright.mp4", spec(codec="libx265", rotation=90, width=64, height=96)),
        ("deep.mp4", spec(pixel_format="yuv420p10le")),
        ("odd.mp4", spec(pixel_format="yuv444p", width=97, height=65)),
        ("wide.ts", spec(pixel_shape=Fraction(4, 3))),
        ("moving.gif", spec(codec="gif", pixel_format="rgb8", sound=None)),
    ],
)
def test_a_copy_shows_the_same(tmp_path: Path, name: str, made: ClipSpec) -> None:
    path = tmp_path / name
    write_clip(path, made)
    found = playable(str(path), video_id(str(path)), str(tmp_path / "copies"))
    assert found.path is not None, found.problem
    was, now = probe(path.as_posix()), probe(found.path.as_posix())
    assert was.video is not None
    assert now.video is not None
    assert now.problem == ""
    assert (now.video.codec, now.video.pixel_format, now.video.rotation) == ("h264", "yuv420p", was.video.rotation)
    assert abs(now.video.width - was.video.width) <= 1
    assert abs(now.video.height - was.video.height) <= 1
    assert was.duration_s is not None
    assert now.duration_s == pytest.approx(was.duration_s, abs=0.15)
    assert (now.audio is None) == (was.audio is None)
    assert list((tmp_path / "copies").iterdir()) == [found.path], "nothing half made is left"
    again = playable(str(path), video_id(str(path)), str(tmp_path / "copies"))
    assert again == found
    assert playable(str(found.path), "", str(tmp_path / "x")).path == found.path, "a copy needs no copy"


def test_problems_name_no_file(tmp_path: Path) -> None:
    good, text, cut = tmp_path / "secret.mp4", tmp_path / "secret.txt.mp4", tmp_path / "secret-cut.mp4"
    write_clip(good, spec())
    text.write_text("hello")
    cut.write_bytes(good.read_bytes()[:500])
    problems = [
        playable(str(good), "0" * 32, str(tmp_path)).problem,
        playable(str(text), "", str(tmp_path)).problem,
        playable(str(cut), "", str(tmp_path)).problem,
        playable(str(tmp_path / "secret-gone.mp4"), "", str(tmp_path)).problem,
    ]
    assert all(problems)
    assert not any("secret" in problem for problem in problems)
    assert playable(str(good), "a name from a table", str(tmp_path)).path == good


def test_old_copies_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT_BYTES", 1)
    copies = tmp_path / "copies"
    copies.mkdir()
    (copies / "old-1.mp4").write_bytes(b"old")
    path = tmp_path / "a.mkv"
    write_clip(path, spec())
    found = playable(str(path), "", str(copies))
    assert list(copies.iterdir()) == [found.path]
