from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from vibekit.media.scan import Scan, is_video_name, look_at, scan_folder, scan_glob


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(scan: Scan, folder: Path) -> list[str]:
    return [str(found.path.relative_to(folder)) for found in scan.found]


def test_videos_at_any_depth_in_the_order_of_their_bytes(tmp_path: Path) -> None:
    touch(tmp_path, "b.mp4", "a/z.MKV", "a/a.gif", "a.mp4", "é.webm", "Z.mov")
    assert names(scan_folder(tmp_path), tmp_path) == ["Z.mov", "a.mp4", "a/a.gif", "a/z.MKV", "b.mp4", "é.webm"]


def test_hidden_names_are_skipped_and_others_counted(tmp_path: Path) -> None:
    touch(tmp_path, ".x.mp4", ".git/y.mp4", "a.mp4", "b.txt", "c.TXT", "README")
    scan = scan_folder(tmp_path)
    assert names(scan, tmp_path) == ["a.mp4"]
    assert scan.ignored == {".txt": 2, "": 1}


def test_odd_names(tmp_path: Path) -> None:
    odd = ["-dash.mp4", "new\nline.mp4", "quo'te\".mp4", "🌊.mp4", os.fsdecode(b"v\xff\xfe.mp4"), " space .mp4"]
    touch(tmp_path, *odd)
    scan = scan_folder(tmp_path)
    assert sorted(names(scan, tmp_path)) == sorted(odd)
    assert all(not found.problem for found in scan.found)


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    touch(tmp_path, "a/x.mp4")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "b").symlink_to(tmp_path / "a", target_is_directory=True)
    assert names(scan_folder(tmp_path), tmp_path) == ["a/x.mp4"]
    assert names(scan_glob(f"{tmp_path}/**/*.mp4"), tmp_path) == ["a/x.mp4"]


def test_a_linked_folder_is_followed_and_a_linked_file_is_another_name(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/x.mp4", "clips/y.mp4")
    (tmp_path / "clips" / "more").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "clips" / "z.mp4").symlink_to(tmp_path / "clips" / "y.mp4")
    assert names(scan_folder(tmp_path / "clips"), tmp_path / "clips") == ["more/x.mp4", "y.mp4", "z.mp4"]


def test_pipes_sockets_and_dead_links_are_found_with_their_problem(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dead.mp4").symlink_to(tmp_path / "nowhere.mp4")
    (tmp_path / "loop.mp4").symlink_to(tmp_path / "loop.mp4")
    (tmp_path / "toself.mp4").symlink_to(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.mp4"))
        found = {f.path.name: f.problem for f in scan_folder(tmp_path).found}
    assert found == {
        "pipe.mp4": "a named pipe, not a video file",
        "pipe": "a named pipe, not a video file",
        "dead.mp4": "a link that leads nowhere",
        "loop.mp4": "a link that leads nowhere",
        "toself.mp4": "a named pipe, not a video file",
        "s.mp4": "a socket, not a video file",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_listed_is_not_lost(tmp_path: Path) -> None:
    touch(tmp_path, "shut/x.mp4", "a.mp4")
    (tmp_path / "shut").chmod(0)
    try:
        found = {f.path.name: f.problem for f in scan_folder(tmp_path).found}
    finally:
        (tmp_path / "shut").chmod(0o700)
    assert found["a.mp4"] == ""
    assert "cannot be listed" in found["shut"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.mp4", ["a.mp4"]),
        ("**/*.mp4", ["a.mp4", "d/b.mp4", "d/e/c.mp4"]),
        ("d/**/*.mp4", ["d/b.mp4", "d/e/c.mp4"]),
        ("**", ["a.mp4", "d/b.mp4", "d/e/c.mp4", "d/x.webm"]),
        ("**/e/*", ["d/e/c.mp4"]),
        ("d/[bx].*", ["d/b.mp4", "d/x.webm"]),
        ("*", ["a.mp4", "d/b.mp4", "d/e/c.mp4", "d/x.webm"]),
        ("**/*.bin", ["d/raw.bin"]),
        ("none/*.mp4", []),
        ("none/**/*.mp4", []),
    ],
)
def test_globs(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    touch(tmp_path, "a.mp4", "a.json", "d/b.mp4", "d/e/c.mp4", "d/x.webm", "d/raw.bin", "d/.h.mp4", ".g/h.mp4")
    assert names(scan_glob(f"{tmp_path}/{pattern}"), tmp_path) == expected


def test_a_relative_glob_keeps_its_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "d/b.mp4")
    monkeypatch.chdir(tmp_path)
    assert [found.path for found in scan_glob("**/*.mp4").found] == [Path("d/b.mp4")]


@pytest.mark.parametrize(
    ("name", "video"), [("a.mp4", True), ("a.MTS", True), ("a.3gp", True), ("a.json", False), ("mp4", False)]
)
def test_video_names(name: str, *, video: bool) -> None:
    assert is_video_name(name) is video


def test_looking_at_one_path(tmp_path: Path) -> None:
    touch(tmp_path, "a.bin")
    assert look_at(tmp_path / "a.bin").problem == ""
    assert look_at(tmp_path).problem == "a folder, not a video file"
    assert look_at(tmp_path / "none").problem == "no such file"
    assert look_at(tmp_path / "a\0b").problem == "not a possible file name"
