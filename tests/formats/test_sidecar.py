from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from vibekit.core.video import Metadata
from vibekit.formats.manifest import Value
from vibekit.formats.metadata import LIMITS, hashtags, merged, other_columns, words_of
from vibekit.formats.sidecar import MAX_BYTES, open_folder

SRT = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


def metadata_of(folder: Path, clip: str = "clip.mp4") -> Metadata:
    return open_folder(folder).words(clip).metadata


def test_a_file_of_yt_dlp(tmp_path: Path) -> None:
    info = {
        "title": "Rain", "description": "An hour of rain", "tags": ["rain", "#sleep"], "uploader": "Ann",
        "language": "en", "subtitles": {"en": [{"url": "x"}]}, "formats": [{"format_id": 1}],
    }  # fmt: skip
    write(tmp_path, {"clip.info.json": json.dumps(info)})
    assert metadata_of(tmp_path) == Metadata(
        title="Rain", description="An hour of rain", hashtags=("rain", "sleep"), creator="Ann", language="en"
    )


def test_the_own_json_comes_before_that_of_yt_dlp_field_by_field(tmp_path: Path) -> None:
    write(tmp_path, {
        "clip.json": '{"title": "Mine"}', "clip.info.json": '{"title": "Theirs", "channel": "Bo"}',
    })  # fmt: skip
    assert metadata_of(tmp_path) == Metadata(title="Mine", creator="Bo")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"clip.srt": "plain", "clip.en.vtt": "english"}, "plain"),
        ({"clip.de.vtt": "deutsch", "clip.en.vtt": "english"}, "english"),
        ({"clip.de.vtt": "deutsch", "clip.en-GB.srt": "english", "clip.json": '{"lang": "de"}'}, "deutsch"),
        ({"clip.fr.srt": "bonjour"}, "bonjour"),
        ({"other.srt": "other", "clip2.srt": "other"}, ""),
        ({"clip.en.srt": "english", "clip.en.mp4": ""}, ""),
    ],
)
def test_which_subtitles_are_heard(tmp_path: Path, files: dict[str, str], said: str) -> None:
    write(tmp_path, {n: SRT.format(t) if n.endswith(("srt", "vtt")) else t for n, t in files.items()})
    assert metadata_of(tmp_path).transcript == said


def test_a_transcript_in_json_comes_before_subtitles(tmp_path: Path) -> None:
    write(tmp_path, {"clip.json": '{"transcript": "written"}', "clip.srt": SRT.format("spoken")})
    assert metadata_of(tmp_path).transcript == "written"


@pytest.mark.parametrize(
    ("name", "text", "note"),
    [
        ("clip.json", '{"title": \n', "clip.json:2: not JSON"),
        ("clip.json", "[1]", "not a JSON object"),
        ("clip.json", "[" * 100_000, "not JSON"),
        ("clip.srt", "no times here", "holds no captions"),
        ("clip.srt", SRT.format("x" * 25_000), "transcript cut from 25000 to 20000 characters"),
    ],
)
def test_what_cannot_be_read_is_a_note_and_no_error(tmp_path: Path, name: str, text: str, note: str) -> None:
    write(tmp_path, {name: text})
    words = open_folder(tmp_path).words("clip.mp4")
    assert note in words.warnings[0]
    assert len(words.metadata.transcript) in (0, LIMITS["transcript"])


def test_a_pipe_a_folder_and_a_huge_file_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "clip.json")
    (tmp_path / "clip.srt").mkdir()
    with (tmp_path / "clip.info.json").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    notes = open_folder(tmp_path).words("clip.mp4").warnings
    assert [n.partition(": ")[2] for n in notes] == [
        "not a regular file; ignored", "larger than 16 MiB; ignored", "not a regular file; ignored",
    ]  # fmt: skip


def test_subtitles_in_an_old_encoding_are_read_with_a_note(tmp_path: Path) -> None:
    (tmp_path / "clip.srt").write_bytes(SRT.format("caf\xe9").encode("latin-1"))
    words = open_folder(tmp_path).words("clip.mp4")
    assert words.metadata.transcript == "caf\ufffd"
    assert "not UTF-8" in words.warnings[0]


def test_a_folder_that_is_not_there_has_no_side_cars(tmp_path: Path) -> None:
    assert open_folder(tmp_path / "none").words("clip.mp4").metadata == Metadata()


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#calm #lake", ("calm", "lake")),
        ("#calm,#lake#sea", ("calm", "lake", "sea")),
        ("slow tv, lake", ("slow tv", "lake")),
        ("calm lake calm", ("calm", "lake")),
        ('["slow tv", "lake"]', ("slow tv", "lake")),
        ("['slow tv', 'lake']", ("slow tv", "lake")),
        ("[]", ()),
        ("", ()),
        (("#a", "b c", ""), ("a", "b c")),
    ],
)
def test_hashtags(text: str | tuple[str, ...], tags: tuple[str, ...]) -> None:
    assert hashtags(text) == tags


def test_only_known_columns_can_be_sent() -> None:
    row: dict[str, Value] = {
        "path": "a.mp4",
        "title": "T",
        "calming": "1",
        "caption": "C",
        "author": "A",
        "rank": ("1", "2"),
    }
    assert words_of(row).metadata == Metadata(title="T", description="C", creator="A")
    assert other_columns(row) == {"path": "a.mp4", "calming": "1", "rank": '["1", "2"]'}


def test_bytes_that_are_not_unicode_and_control_characters_never_leave() -> None:
    sent = words_of({"title": "a\udcff\x00\x1b[31mb\nc"}).metadata.title
    assert sent == "a\ufffd\ufffd\ufffd[31mb\nc"
    sent.encode("utf-8")


def test_merging_takes_each_field_from_the_first_that_has_it() -> None:
    one, two = Metadata(title="1", hashtags=()), Metadata(title="2", hashtags=("x",), language="en")
    assert merged(one, two) == Metadata(title="1", hashtags=("x",), language="en")
    assert merged() == Metadata()
