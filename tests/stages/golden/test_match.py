"""Which video a golden row means: the content before the name, and never one of two."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibekit.core.golden import Item
from vibekit.errors import InputError
from vibekit.stages.golden.match import Candidate, match

A, B = "aa" * 16, "bb" * 16
THERE = [Candidate(video_id=A, path="clips/x/lake.mp4"), Candidate(video_id=B, path="clips/y/sea.mp4")]


@pytest.mark.parametrize(
    ("video_id", "path"),
    [
        (A, ""),
        (A + "00" * 16, ""),
        (A[:20], ""),
        (A.upper(), ""),
        ("lake.mp4", ""),
        ("lake", ""),
        ("x/lake.mp4", ""),
        ("clips/x/lake.mp4", "clips/x/lake.mp4"),
        ("v1", "lake.mp4"),
        (A, "clips/y/sea.mp4"),
    ],
)
def test_names_that_are_found(video_id: str, path: str) -> None:
    assert match([Item(video_id=video_id, path=path)], THERE).keys == {video_id: A}


def test_a_path_from_the_folder_of_the_set(tmp_path: Path) -> None:
    there = [Candidate(video_id=A, path=str(tmp_path / "lake.mp4"))]
    assert match([Item(video_id="./lake.mp4")], there, base=tmp_path).keys == {"./lake.mp4": A}


def test_a_file_with_another_content_is_another_video() -> None:
    found = match([Item(video_id="cc" * 16, path="clips/x/lake.mp4"), Item(video_id="gone")], THERE)
    assert found.keys == {}
    assert found.unmatched == ("cc" * 16, "gone")
    assert found.changed == ("cc" * 16,)


def test_copies_of_one_video_are_one() -> None:
    there = [Candidate(video_id=A, path="a/lake.mp4"), Candidate(video_id=A, path="b/lake.mp4")]
    assert match([Item(video_id="lake")], there).keys == {"lake": A}


def test_two_videos_of_one_name_are_refused() -> None:
    there = [Candidate(video_id=A, path="a/lake.mp4"), Candidate(video_id=B, path="b/lake.mp4")]
    with pytest.raises(InputError, match=r"'lake.mp4' of the golden set fits 2 videos: a/lake.mp4 .*, b/lake.mp4"):
        match([Item(video_id="lake.mp4")], there)


def test_two_rows_that_mean_one_video_are_refused() -> None:
    with pytest.raises(InputError, match=r"'lake' and 'x/lake.mp4' of the golden set are one video"):
        match([Item(video_id="lake"), Item(video_id="x/lake.mp4")], THERE)


def test_tables_without_paths() -> None:
    there = [Candidate(video_id="v001"), Candidate(video_id="v002"), Candidate(video_id=None, path="z/w.mp4")]
    items = [Item(video_id="v001.mp4", path="v001.mp4"), Item(video_id="v002"), Item(video_id="w")]
    assert match(items, there).keys == {"v002": "v002", "w": "z/w.mp4", "v001.mp4": "v001"}
