from __future__ import annotations

import json
from pathlib import Path

import pytest

from vibekit.core.video import Metadata
from vibekit.errors import InputError
from vibekit.stages.demo import DemoConfig, DemoReport, demo
from vibekit.stages.demo_clips import CLIPS
from vibekit.stages.inputs import read_inputs


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoReport]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, demo(DemoConfig(folder=folder))


def test_the_clips_get_the_labels_that_they_were_made_for(first: tuple[Path, DemoReport]) -> None:
    report = first[1]
    assert report.made == len(CLIPS)
    assert len(report.rows) == 2 * len(CLIPS)
    wrong = [(row.clip, row.attribute, row.label) for row in report.rows if row.as_made is False]
    assert wrong == []
    assert report.right == report.checked == 14
    assert report.failed == 0


def test_every_label_quotes_a_measurement(first: tuple[Path, DemoReport]) -> None:
    assert all("motion" in row.why and " sd)" in row.why for row in first[1].rows)
    silent = next(row for row in first[1].rows if row.clip == "candle.mp4")
    assert "(no sound)" in silent.why


def test_again_makes_nothing_and_asks_nothing(first: tuple[Path, DemoReport]) -> None:
    folder, before = first
    lines = (folder / "runs" / "demo" / "annotations.jsonl").read_bytes()
    report = demo(DemoConfig(folder=folder))
    assert report.made == 0
    assert report.rows == before.rows
    assert (folder / "runs" / "demo" / "annotations.jsonl").read_bytes() == lines


def test_a_lost_clip_is_made_again_and_other_videos_are_left_alone(first: tuple[Path, DemoReport]) -> None:
    folder, before = first
    (folder / "clips" / "lake.mp4").unlink()
    (folder / "clips" / "mine.mp4").write_bytes(b"not mine to judge")
    report = demo(DemoConfig(folder=folder))
    (folder / "clips" / "mine.mp4").unlink()
    assert report.made == 1
    assert report.rows == before.rows
    assert not list((folder / "clips").glob(".part-*"))


def test_the_words_of_the_clips_and_what_stays_here(first: tuple[Path, DemoReport]) -> None:
    files = {file.path.name: file for file in read_inputs((str(first[0] / "clips"),)).files}
    assert files["race.mp4"].metadata == Metadata(
        title="Calm and relaxing (the title lies)", hashtags=("relax", "calm")
    )
    assert files["race.mp4"].columns["made_as"] == "lively"
    run = json.loads((first[0] / "runs" / "demo" / "run.json").read_text("utf-8"))
    assert run["status"] == "complete"


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written") as caught:
        demo(DemoConfig(folder=tmp_path / "file"))
    assert "vibekit demo" in caught.value.hint
