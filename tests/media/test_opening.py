from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from vibekit.media.opening import UnreadableError, opened, size_problem
from vibekit.media.probe import probe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A port on this machine and what was said to it."""
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(100))

    thread = threading.Thread(target=listen)
    thread.start()
    yield server.getsockname()[1], heard
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:5,\n{other}\n#EXT-X-ENDLIST\n",
    "list.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:5,\n{other}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{other}'\n",
    "dash.mp4": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
    '<Representation id="1"><BaseURL>{other}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("where", ["network", "file"])
def test_a_playlist_opens_nothing_else(
    name: str, where: str, tmp_path: Path, clips: dict[str, Path], listener: tuple[int, list[bytes]]
) -> None:
    port, heard = listener
    other = f"http://127.0.0.1:{port}/other.ts" if where == "network" else str(clips["transport.ts"])
    path = tmp_path / name
    path.write_text(PLAYLISTS[name].format(other=other))
    assert probe(str(path)).problem in {
        "a playlist that refers to other files, not a video", "plain text, not a video"
    }  # fmt: skip
    assert heard == []


def test_reasons_are_short_and_say_what_it_is(tmp_path: Path, clips: dict[str, Path]) -> None:
    video = clips["no_audio.mp4"].read_bytes()
    contents = {
        "empty.mp4": (b"", "empty (0 bytes)"),
        "text.mp4": (b"Dear diary,\n" * 50, "plain text"),
        "pointer.mp4": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "Git LFS pointer"),
        "noise.mp4": (bytes(range(256)) * 40, "cannot be opened"),
        "cut.mp4": (video[: len(video) // 3], "truncated"),
    }
    for name, (data, words) in contents.items():
        path = tmp_path / name
        path.write_bytes(data)
        problem = probe(str(path)).problem
        assert words in problem, name
        assert "\n" not in problem
        assert len(problem) < 200


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "loop.mp4").symlink_to(tmp_path / "loop.mp4")
    for name, words in {"pipe.mp4": "not a regular file", ".": "not a regular file", "loop.mp4": "symbolic"}.items():
        with pytest.raises(UnreadableError, match=words), opened(str(tmp_path / name)):
            pass
    with pytest.raises(UnreadableError, match="null"), opened("a\0b.mp4"):
        pass


def test_absurd_sizes_are_refused() -> None:
    assert "65535x65535" in size_problem(65535, 65535)
    assert size_problem(0, 4)
    assert size_problem(7680, 4320) == ""
