from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from vibekit.cli.main import run
from vibekit.core.demo import DemoReport
from vibekit.core.video import Metadata
from vibekit.errors import InputError
from vibekit.formats.index import read_index
from vibekit.retrieval import open_index
from vibekit.stages.demo import DemoConfig, demo
from vibekit.stages.demo.clip import EXPECTED
from vibekit.stages.demo.clips import CLIPS
from vibekit.stages.demo.commands import COMMANDS
from vibekit.stages.inputs import read_inputs


@pytest.fixture(scope="module")
def first(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoReport]:
    """A copy of a finished demo, and what a second run of it reports."""
    folder = tmp_path_factory.mktemp("second") / "demo"
    shutil.copytree(demo_folder, folder)
    return folder, demo(DemoConfig(folder=folder))


@pytest.mark.slow
def test_the_chain_runs_from_a_definition_to_a_search(first: tuple[Path, DemoReport]) -> None:
    folder, report = first
    assert [stage.name for stage in report.stages] == list(COMMANDS)
    assert (report.made, report.clips) == (0, len(CLIPS))
    assert report.failed == 0
    assert all((folder / stage.writes).exists() for stage in report.stages)


def test_every_kind_of_clip_and_creator_has_golden_labels_and_new_clips() -> None:
    golden = [clip for clip in CLIPS if clip.golden]
    assert {clip.made_as for clip in golden} == set(EXPECTED)
    assert min(sum(EXPECTED[c.made_as][name] for c in golden) for name in ("calming", "energetic")) >= 10
    assert all(clip.silver for clip in golden)
    assert any(not clip.silver for clip in CLIPS)
    assert len({clip.name for clip in CLIPS}) == len(CLIPS)


@pytest.mark.slow
def test_the_annotator_is_good_and_not_perfect(first: tuple[Path, DemoReport]) -> None:
    for score in first[1].scores:
        assert score.n == sum(clip.golden for clip in CLIPS)
        assert score.f1.value is not None
        assert 0.7 < score.f1.value < 1, score.attribute
    assert first[1].wrong


@pytest.mark.slow
def test_the_student_is_beside_its_teacher_and_the_nearest_neighbours(first: tuple[Path, DemoReport]) -> None:
    for one in first[1].students:
        assert one.student.value is not None
        assert one.teacher.value is not None
        assert one.simplest == ((one.neighbours.value or 0) >= (one.average_precision.value or 0))


@pytest.mark.slow
def test_searches_answer_with_what_was_asked_for(first: tuple[Path, DemoReport]) -> None:
    folder, report = first
    searcher = open_index(folder / "indexes" / "demo")
    plain, calming, both = report.searches
    assert plain.matched == len(CLIPS) - 1
    assert calming.matched <= searcher.matched("calming")
    assert 0 < both.matched < calming.matched
    for search in report.searches:
        assert len(search.found) == 6
        assert search.query.video_id not in [one.video_id for one in search.found]
    # what is lively is nearest to a lively clip; among the calming ones nothing is
    assert {one.made_as for one in plain.found} == {"lively"}
    assert "lively" not in {one.made_as for one in calming.found}
    assert read_index(folder / "indexes" / "demo").columns


@pytest.mark.slow
def test_the_page_needs_nothing_else(first: tuple[Path, DemoReport]) -> None:
    page = Path(first[1].page).read_text("utf-8")
    assert 'src="http' not in page
    assert "url(" not in page
    assert page.count("data:image/jpeg") > 60
    assert all(f'id="{name}"' in page for name in COMMANDS)
    assert "understands nothing" in page


@pytest.mark.slow
def test_again_makes_and_asks_nothing(first: tuple[Path, DemoReport]) -> None:
    folder, before = first
    files = ["runs/demo/annotations.jsonl", "students/demo/model.safetensors", "indexes/demo/index.json"]
    held = [(folder / name).read_bytes() for name in files]
    report = demo(DemoConfig(folder=folder))
    assert report.made == 0
    assert (report.scores, report.labels, report.searches) == (before.scores, before.labels, before.searches)
    assert [(folder / name).read_bytes() for name in files] == held


@pytest.mark.slow
def test_a_lost_clip_is_made_again_and_other_videos_are_left_alone(first: tuple[Path, DemoReport]) -> None:
    folder, before = first
    (folder / "clips" / "lake.mp4").unlink()
    (folder / "clips" / "mine.mp4").write_bytes(b"not mine to judge")
    report = demo(DemoConfig(folder=folder))
    (folder / "clips" / "mine.mp4").unlink()
    assert report.made == 1
    assert report.labels == before.labels
    assert not list((folder / "clips").glob(".part-*"))


@pytest.mark.slow
def test_the_commands_on_the_page_run(first: tuple[Path, DemoReport], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(first[0])
    for command in [s.command for s in first[1].stages] + [s.command for s in first[1].searches]:
        assert run([*shlex.split(command)[1:], "-q"]) == 0, command


@pytest.mark.slow
def test_an_edited_definition_goes_through_the_whole_chain(tmp_path: Path) -> None:
    demo(DemoConfig(folder=tmp_path))
    path = tmp_path / "attributes" / "calming.yaml"
    path.write_text(path.read_text("utf-8").replace("wind down?", "come to rest?"), "utf-8")
    before = read_index(tmp_path / "indexes" / "demo").attributes[0].definition
    report = demo(DemoConfig(folder=tmp_path))
    after = read_index(tmp_path / "indexes" / "demo").attributes[0].definition
    assert before != after == report.attributes[0].fingerprint


@pytest.mark.slow
def test_the_words_of_the_clips_and_what_stays_here(first: tuple[Path, DemoReport]) -> None:
    files = {file.path.name: file for file in read_inputs((str(first[0] / "clips"),)).files}
    assert files["race.mp4"].metadata == Metadata(
        title="Calm and relaxing (the title lies)", hashtags=("relax", "calm"), creator="hugo", language="en"
    )
    assert files["race.mp4"].columns["made_as"] == "lively"
    held = json.loads((first[0] / "runs" / "demo" / "run.json").read_text("utf-8"))
    assert held["status"] == "complete"


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written") as caught:
        demo(DemoConfig(folder=tmp_path / "file"))
    assert "vibekit demo" in caught.value.hint
